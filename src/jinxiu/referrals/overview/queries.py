"""Reads of all referrals within reach: a page of the list, the choices that narrow it, and the numbers.

A person is in the list as long as the viewer reads the person's record; the numbers are of the team that sent. What is
under special shelter is in the list only where the viewer has opened it, and in no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Q, QuerySet

from jinxiu.indicators.queries import Scope
from jinxiu.people.access import Viewer, people_for, reads_sheltered
from jinxiu.people.among import among
from jinxiu.people.models import Person, Team, TeamMembership
from jinxiu.people.roles import SEE_RECORD
from jinxiu.referrals.models import Hospital, Referral
from jinxiu.referrals.overview.rules import (
    ANSWERED,
    ARRIVED,
    BACK,
    NOT_ANSWERED,
    NOT_ARRIVED,
    SENT,
    Numbers,
)
from jinxiu.referrals.rules import (
    CANCELLED,
    NO_ARRIVAL,
    NO_RESULT,
    OURS,
    ROUTINE,
    UP,
    arrival_asked_before,
    result_asked_before,
)

MOST_CHOICES = 300
_AT_ONCE = 60  # a page and as many again
_SENT = Q(direction=UP, sent_on__isnull=False) & ~Q(state=CANCELLED)
_BACK = Q(returned_on__isnull=False) & ~Q(state=CANCELLED)
_COUNTED = {
    SENT: _SENT,
    ARRIVED: _SENT & Q(arrived_on__isnull=False),
    NOT_ARRIVED: _SENT & Q(arrived_on__isnull=True),
    ANSWERED: _SENT & Q(answered_on__isnull=False),
    NOT_ANSWERED: _SENT & Q(answered_on__isnull=True),
    BACK: _BACK,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; empty values narrow nothing. `counted` is one of the numbers' names, `hospital` a
    name, the days are those of the sending."""

    direction: str = ""
    state: str = ""
    counted: str = ""
    hospital: str = ""
    team_id: int | None = None
    since: date | None = None
    until: date | None = None
    urgent: bool = False
    waiting: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A referral of the list, and whose it is: the record that is kept."""

    referral: Referral
    person_id: int
    name: str
    sex: str
    birth_date: date | None


def page(viewer: Viewer, asked: Asked, *, after: int, limit: int) -> list[Row]:
    """The referrals that fit, the newest first, those with a smaller number than `after` (0: from the start).

    They are walked from the newest on, some at a time, and of each the door says whether the viewer reads the person's
    record today: to ask it of everybody first would take longer than all the rest.
    """
    fitting = _perhaps_within_reach(viewer).filter(_fitting(asked, viewer.today))
    fitting = fitting.select_related("hospital", "person__merged_into").order_by("-pk")
    found: list[Row] = []
    last = after
    while len(found) < limit:
        rows = [_row(one) for one in (fitting.filter(pk__lt=last) if last else fitting)[:_AT_ONCE]]
        people = people_for(viewer, SEE_RECORD).filter(pk__in=[row.person_id for row in rows])
        read = set(people.values_list("pk", flat=True)) if rows else set()
        found += [row for row in rows if row.person_id in read]
        if len(rows) < _AT_ONCE:
            break
        last = rows[-1].referral.pk
    return found[:limit]


def _row(one: Referral) -> Row:
    person = one.person.merged_into or one.person
    return Row(one, person.pk, person.name, person.sex, person.birth_date)


def _perhaps_within_reach(viewer: Viewer) -> QuerySet[Referral]:
    """The referrals of whoever was in one of the viewer's teams at any time, or whose record was merged: all that may
    be within reach, and little else. What is under shelter only where the viewer has opened it."""
    ever = TeamMembership.objects.filter(among("team_id", viewer.reach.get(SEE_RECORD, frozenset())))
    merged = Person.objects.filter(merged_into__isnull=False)
    opened = [one for one in viewer.shelters if reads_sheltered(viewer, one)]
    own = Person.objects.filter(Q(pk__in=opened) | Q(merged_into__in=opened))
    return Referral.objects.filter(
        Q(person__in=ever.values("person")) | Q(person__in=merged.values("pk")),
        Q(sheltered=False) | Q(person__in=own.values("pk")) if opened else Q(sheltered=False),
    )


def _fitting(asked: Asked, today: date) -> Q:
    where = Q(**{name: value for name, value in _equal(asked).items() if value})
    if asked.counted:
        where &= _COUNTED[asked.counted]
    if asked.since:
        where &= Q(sent_on__gte=asked.since)
    if asked.until:
        where &= Q(sent_on__lte=asked.until)
    if asked.urgent:
        where &= ~Q(priority=ROUTINE)
    if asked.waiting:
        where &= Q(state__in=OURS) | _late(today)
    return where & _late(today) if asked.late else where


def _equal(asked: Asked) -> dict[str, Any]:
    return {
        "direction": asked.direction,
        "state": asked.state,
        "hospital__name": asked.hospital,
        "team": asked.team_id,
    }


def _late(today: date) -> Q:
    """What `referrals.rules.late` calls late."""
    no_arrival = Q(state__in=NO_ARRIVAL, sent_on__lt=arrival_asked_before(today))
    return no_arrival | Q(state__in=NO_RESULT, sent_on__lt=result_asked_before(today))


def hospitals(viewer: Viewer) -> list[str]:
    """The names of the hospitals of the viewer's centres, for a filter to offer."""
    centres = Team.objects.filter(pk__in=viewer.reach.get(SEE_RECORD, frozenset())).values("institution")
    names = Hospital.objects.filter(centre__in=centres).order_by("name").values_list("name", flat=True)
    return list(names.distinct()[:MOST_CHOICES])


# --- numbers ----------------------------------------------------------------------------------------------------------


class _Median(Aggregate):
    """The middle of some lengths of time."""

    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


_SUMS: dict[str, Aggregate] = {
    "sent": Count("pk", filter=_SENT),
    "arrived": Count("pk", filter=_COUNTED[ARRIVED]),
    "answered": Count("pk", filter=_COUNTED[ANSWERED]),
    "back": Count("pk", filter=_BACK),
    "days_to_arrival": _Median(F("arrived_on") - F("sent_on"), filter=_COUNTED[ARRIVED]),
    "days_to_answer": _Median(F("answered_on") - F("sent_on"), filter=_COUNTED[ANSWERED]),
}
BY_HOSPITAL, BY_TEAM, BY_INSTITUTION = "hospital__name", "team", "team__institution"


def numbers(scope: Scope, since: date, until: date, *, by: str = "") -> dict[str, Numbers]:
    """The numbers of what the teams of a scope sent in these days: all together under "", and of each group."""
    teams = frozenset[int]().union(*(group.team_ids for group in scope.groups))
    rows = Referral.objects.filter(team__in=teams, sheltered=False, sent_on__range=(since, until))
    if not by:
        return {"": _numbers(rows.aggregate(**_SUMS))}
    groups = map(dict[str, Any], rows.values(by).annotate(**_SUMS))
    return {str(row[by]): _numbers(row) for row in groups}


def _numbers(row: dict[str, Any]) -> Numbers:
    return Numbers(
        sent=row["sent"],
        arrived=row["arrived"],
        answered=row["answered"],
        back=row["back"],
        days_to_arrival=_days(row["days_to_arrival"]),
        days_to_answer=_days(row["days_to_answer"]),
    )


def _days(length: timedelta | None) -> float | None:
    return None if length is None else length / timedelta(days=1)
