"""What is on record of a person before their data or their status change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Min, Q
from django.utils.translation import get_language

from jinxiu.agreements.queries import ENROLMENT as AGREEMENT
from jinxiu.evidence.actions import WITHDRAWN
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.familydoctor.records.queries import current
from jinxiu.people.access import open_on
from jinxiu.people.models import Person, PersonVersion, Team, TeamMembership
from jinxiu.people.wording import named
from jinxiu.standards.codes import installed


def _of(person_id: int) -> Q:
    """The rows of a person, those of records that were merged into this one too."""
    return Q(person=person_id) | Q(person__merged_into=person_id)


def first_day(person_id: int) -> date | None:
    """The first day of which something is recorded; None for nothing at all."""
    days = [
        current(Event).filter(_of(person_id)).exclude(kind=WITHDRAWN).aggregate(day=Min("happened_on"))["day"],
        current(Enrolment).filter(_of(person_id)).aggregate(day=Min("start_on"))["day"],
    ]
    return min((day for day in days if day is not None), default=None)


def last_contact(person_id: int) -> date | None:
    """The last day on which somebody of ours saw or heard of the person."""
    seen = current(Event).filter(_of(person_id)).exclude(kind=WITHDRAWN)
    day: date | None = seen.aggregate(day=Max("happened_on"))["day"]
    return day


def running_enrolments(person_id: int) -> list[Enrolment]:
    """The programmes that have no end."""
    return list(current(Enrolment).filter(_of(person_id), end_on__isnull=True).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Departure:
    """A move or a death as it was recorded, with what it closed."""

    revision: int
    kind: str
    detail: str
    words: str
    memberships: tuple[tuple[int, str | None], ...]
    enrolments: tuple[int, ...]
    agreements: tuple[int, ...]
    programmes: tuple[tuple[str, str], ...]  # code, words


def last_departure(person: Person) -> Departure | None:
    """What made the person be gone; None when nobody recorded it here (a file did)."""
    kind = "died" if person.died_on else "moved"
    version = PersonVersion.objects.filter(person=person, reason=kind).order_by("-revision").first()
    if version is None or (person.died_on is None and person.left_on is None):
        return None
    change = version.values["change"]
    closed = change["closed"]
    ended = Enrolment.objects.filter(pk__in=closed["enrolments"]).exclude(kind=AGREEMENT)  # an agreement is signed anew
    kinds = ended.order_by("pk").values_list("kind", flat=True)
    return Departure(
        version.revision,
        kind,
        change["detail"],
        version.words,
        tuple((pk, end) for pk, end in closed["memberships"]),
        tuple(closed["enrolments"]),
        tuple(closed.get("agreements", ())),  # not in departures of earlier versions
        tuple((code, installed().name("enrolments", code, get_language() or "")) for code in dict.fromkeys(kinds)),
    )


def team_choices(day: date) -> list[tuple[str, str]]:
    """Every team that is open on a day as (id, words)."""
    teams = Team.objects.filter(open_on(day)).select_related("institution")
    return [(str(team.pk), f"{named(team.institution)} · {named(team)}") for team in teams.order_by("code")]


def last_team(person_id: int) -> int | None:
    """The team that the person belongs to, or belonged to last."""
    rows = TeamMembership.objects.filter(person_id=person_id).order_by("-start_on")
    return rows.values_list("team_id", flat=True).first()
