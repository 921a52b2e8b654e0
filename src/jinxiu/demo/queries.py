"""What the demo reads: is there a district already, may one be built here, who are its accounts."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, F, Q

from jinxiu.demo.models import DemoDistrict
from jinxiu.demo.places import BUREAU, CODE
from jinxiu.people.models import StaffAssignment, Team, User
from jinxiu.people.roles import ROLES


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
