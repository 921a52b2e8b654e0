"""Reads of who looked at one person's record, for the person or who has the person's rights (`Visit.may_ask`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.utils.translation import gettext

from jinxiu.audit.queries import Look, looks_before
from jinxiu.audit.sentences import purpose_words
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people.access import OPENED_IN_EMERGENCY, SHELTER_OPENED
from jinxiu.people.access import REFUSED as STAFF_REFUSED
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.matching.queries import records_of, whose
from jinxiu.people.models import Relationship, Staff, StaffAssignment
from jinxiu.people.roles import ROLES
from jinxiu.people.wording import named
from jinxiu.portal.access import REFUSED, Visit
from jinxiu.portal.lookers import wording

LINES = 40  # of a page, and what is left of its last day


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who looked on one day: who, as what and where, what for, when (HH:MM) and how often."""

    who: str
    about: str
    purpose: str
    minute: str
    last_minute: str
    times: int
    is_refused: bool = False
    notes: tuple[str, ...] = ()  # in an emergency, whole numbers, what is under special protection


@dataclass(frozen=True, slots=True)
class LookersPage:
    """The lookers of some days, the newest first, and the day before which the next page goes on."""

    days: tuple[tuple[date, tuple[Looker, ...]], ...]
    before: date | None


def lookers_of(visit: Visit, before: date | None) -> LookersPage:
    """A page of who looked. What was opened of a special shelter is told to the person alone."""
    records = records_of(visit.person.pk)
    without = () if visit.is_self else (SHELTER_OPENED.code,)
    found, then = looks_before(records, before, limit=LINES, zone=SHANGHAI, without=without)
    names = _Names.of(visit, records, found)
    days = groupby(found, lambda look: look.day)
    return LookersPage(tuple((day, tuple(_lookers(list(looks), names))) for day, looks in days), then)


@dataclass(frozen=True)
class _Names:
    """What is needed to name the lookers of a page."""

    residents: Mapping[int, str]
    staff: Mapping[int, Staff] = field(default_factory=dict)
    places: Mapping[int, list[StaffAssignment]] = field(default_factory=dict)
    emergencies: Mapping[tuple[int, date], str] = field(default_factory=dict)

    @classmethod
    def of(cls, visit: Visit, records: list[int], found: Iterable[Look]) -> _Names:
        users = {look.actor_id for look in found if look.actor_id is not None}
        beside = Relationship.objects.filter(whose(visit.person.pk), relative__isnull=False).select_related("relative")
        staff = {one.user_id: one for one in Staff.objects.filter(user__in=users) if one.user_id is not None}
        places: dict[int, list[StaffAssignment]] = {}
        posts = StaffAssignment.objects.filter(staff__user__in=users).select_related("team__institution", "institution")
        for post in posts.order_by("-start_on", "pk"):
            places.setdefault(post.staff_id, []).append(post)
        is_any = any(look.action == OPENED_IN_EMERGENCY.code for look in found)
        return cls(
            residents={
                **{one.relative.pk: one.relative.name for one in beside if one.relative},
                **dict.fromkeys(records, visit.person.name),
                visit.resident.person.pk: gettext("you yourself"),
            },
            staff=staff,
            places=places,
            emergencies=_emergencies(records) if is_any else {},
        )

    def place(self, staff: Staff | None, day: date) -> str:
        """Where somebody worked on a day; empty where that is not known."""
        for post in self.places.get(staff.pk, ()) if staff else ():
            if post.start_on <= day and (post.end_on is None or day <= post.end_on):
                institution = post.team.institution if post.team else post.institution
                return named(institution) if institution else ""
        return ""


def _emergencies(records: list[int]) -> dict[tuple[int, date], str]:
    """Why a record was opened in an emergency, and what the review found, by staff and day."""
    rows = EmergencyOpening.objects.filter(person__in=records).order_by("pk")
    return {
        (row.staff_id, row.opened_at.astimezone(SHANGHAI).date()): wording.emergency(row.reason, row.was_right)
        for row in rows
    }


def _lookers(looks: list[Look], names: _Names) -> list[Looker]:
    """The lookers of one day; what one resident opened on the own pages stands once."""
    by_resident: dict[tuple[int, bool], list[Look]] = {}
    lines: list[tuple[datetime, Looker]] = []
    for look in looks:
        if look.resident is None:
            lines.append((look.first, _of_staff(look, names)))
        else:
            by_resident.setdefault((look.resident, look.action == REFUSED.code), []).append(look)
    for (resident, is_refused), theirs in by_resident.items():
        lines.append((min(one.first for one in theirs), _of_resident(resident, is_refused, theirs, names)))
    return [looker for _first, looker in sorted(lines, key=lambda line: line[0], reverse=True)]


def _of_staff(look: Look, names: _Names) -> Looker:
    staff = names.staff.get(look.actor_id or 0)
    roles = gettext(", ").join(str(ROLES[role].label) for role in look.roles if role in ROLES)
    place = names.place(staff, look.day)
    notes = [str(wording.NOTES[look.action])] if look.action in wording.NOTES else []
    if look.action == OPENED_IN_EMERGENCY.code and staff:
        notes += [said] if (said := names.emergencies.get((staff.pk, look.day))) else []
    return Looker(
        who=named(staff) if staff else gettext("who runs the system") if "system" in look.roles else look.actor,
        about=" · ".join(part for part in (roles, place) if part),
        purpose=purpose_words(look.purpose),
        minute=_minute(look.first),
        last_minute=_minute(look.last),
        times=look.times,
        is_refused=look.action == STAFF_REFUSED.code,
        notes=tuple(notes),
    )


def _of_resident(resident: int, is_refused: bool, looks: list[Look], names: _Names) -> Looker:
    """Somebody on the residents' pages: oneself, who stands beside, or a stranger, whose name is covered."""
    return Looker(
        who=names.residents.get(resident) or looks[0].actor.partition(" (")[0],
        about=gettext("on the residents' pages"),
        purpose=gettext(", ").join(dict.fromkeys(purpose_words(one.purpose) for one in looks)),
        minute=_minute(min(one.first for one in looks)),
        last_minute=_minute(max(one.last for one in looks)),
        times=sum(one.times for one in looks),
        is_refused=is_refused,
    )


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%H:%M}"
