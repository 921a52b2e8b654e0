"""What the demo reads: is there a district already, may one be built here, who are its accounts, what waits there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from jinxiu.demo.models import DemoDistrict
from jinxiu.demo.places import BUREAU, CODE
from jinxiu.evidence.models import Enrolment
from jinxiu.indicators.models import StoredFigure
from jinxiu.people import sealing
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import ContactPoint, Person, StaffAssignment, Team, User
from jinxiu.people.roles import ROLES
from jinxiu.worklists.models import DueItem


@dataclass(frozen=True)
class Post:
    """A staff member whom a demo account stands for."""

    staff_id: int
    role: str
    name: str
    scope: str


def district() -> DemoDistrict | None:
    """The generated district of this database, when it is complete."""
    return DemoDistrict.objects.first()


def somebody_works_here() -> bool:
    """True when there are accounts that can sign in: then this is no place for invented people."""
    cannot_sign_in = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return User.objects.filter(is_active=True).exclude(cannot_sign_in).exists()


def biggest_team() -> Team:
    """The generated team with the most people; the demo's accounts work there."""
    now = Count("memberships", filter=Q(memberships__end_on__isnull=True))
    return Team.objects.filter(code__startswith=CODE).annotate(people=now).order_by("-people", "code")[0]


def posts(team: Team) -> list[Post]:
    """One staff member for each role: of the team, of its institution, of the district."""
    here = Q(team=team) | Q(institution=team.institution) | Q(institution__code=BUREAU)
    found = (
        StaffAssignment.objects.filter(here, end_on__isnull=True)
        .order_by("id")
        .values("staff_id", "role", name=F("staff__name"), team_name=F("team__name"), place=F("institution__name"))
    )
    first: dict[str, Post] = {}
    for row in found:
        scope = row["team_name"] or row["place"]
        first.setdefault(row["role"], Post(row["staff_id"], row["role"], row["name"], scope))
    return [first[role] for role in ROLES if role in first]


@dataclass(frozen=True)
class Resident:
    """An invented resident with the whole numbers that open the residents' pages."""

    name: str
    phone: str
    number: str


def resident_to_try(today: dt.date) -> Resident | None:
    """Somebody of the accounts' team with an own phone, an ID card and hypertension; None when nobody has all that."""
    programme = Enrolment.objects.filter(person=OuterRef("pk"), kind="hypertension", end_on__isnull=True)
    people = Person.objects.filter(
        Exists(programme),
        _in_force("memberships__", today),
        memberships__team=biggest_team(),
        died_on__isnull=True,
        left_on__isnull=True,
        identifiers__system=ID_CARD,
        contact_points__use=ContactPoint.Use.MOBILE,
    )
    person = people.order_by("pk").first()
    if person is None:
        return None
    phone = person.contact_points.filter(use=ContactPoint.Use.MOBILE).earliest("pk")
    card = person.identifiers.filter(system=ID_CARD).earliest("pk")
    return Resident(
        person.name,
        sealing.open_sealed(phone.sealed, sealing.PHONE),
        sealing.open_sealed(card.sealed, sealing.IDENTIFIER),
    )


@dataclass(frozen=True)
class TeamLoad:
    """A team's people, and how many of them have something due or overdue, by standard: {standard: (due, overdue)}."""

    name: str
    people: int
    waiting: dict[str, tuple[int, int]]


def team_loads(today: dt.date) -> list[TeamLoad]:
    """Every team with people on the day, the one with most overdue first."""
    waiting: dict[int, dict[str, tuple[int, int]]] = {}
    for row in _waiting_by_team(today):
        waiting.setdefault(row["team"], {})[row["standard"]] = (row["due"], row["overdue"])
    here = Count("memberships", filter=_in_force("memberships__", today))
    teams = Team.objects.annotate(people=here).filter(people__gt=0).order_by("code")
    loads = [TeamLoad(team.name, team.people, waiting.get(team.pk, {})) for team in teams]
    return sorted(loads, key=lambda load: -sum(overdue for _due, overdue in load.waiting.values()))


def _waiting_by_team(today: dt.date) -> Iterable[Mapping[str, Any]]:
    is_open = Q(opens_on__lte=today) & (Q(closes_on__isnull=True) | Q(closes_on__gte=today))
    return (
        DueItem.objects.filter(is_open, _in_force("person__memberships__", today), closed_at__isnull=True)
        .values("standard", team=F("person__memberships__team"))
        .annotate(
            due=Count("person", distinct=True, filter=Q(due_on__gte=today)),
            overdue=Count("person", distinct=True, filter=Q(due_on__lt=today)),
        )
        .order_by()
    )


def _in_force(path: str, today: dt.date) -> Q:
    begun = Q(**{f"{path}start_on__lte": today})
    return begun & (Q(**{f"{path}end_on__isnull": True}) | Q(**{f"{path}end_on__gte": today}))


def stored_shares(month: dt.date) -> dict[str, tuple[int, int]]:
    """What the night stored for a month, the whole district together: by measure how many of how many."""
    rows = StoredFigure.objects.filter(month=month).values("measure").annotate(sum=Sum("counted"), whole=Sum("of"))
    return {row["measure"]: (row["sum"], row["whole"]) for row in rows}


def people_here(today: dt.date) -> int:
    """How many people live in the district on the day."""
    gone = Q(died_on__isnull=False, died_on__lte=today) | Q(left_on__isnull=False, left_on__lte=today)
    return Person.objects.exclude(gone).count()
