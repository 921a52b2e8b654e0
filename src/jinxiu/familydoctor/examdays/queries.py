"""Reads of examination days: which there are within reach, who is owed an examination, who is invited when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from jinxiu.evidence.models import Event
from jinxiu.familydoctor.examdays import rules
from jinxiu.familydoctor.examdays.rules import CLAUSE, Candidate, Slot
from jinxiu.familydoctor.models import ExamAppointment, ExamDay, ExamSlot
from jinxiu.familydoctor.records.cards import counted_events
from jinxiu.familydoctor.records.queries import current
from jinxiu.people import sealing
from jinxiu.people.access import Viewer, in_force, may, open_on, people_for, require, team_ids_for
from jinxiu.people.identity import ID_CARD
from jinxiu.people.matching.queries import KEPT, whose
from jinxiu.people.models import ContactPoint, Identifier, Institution, Person, Place, Team, TeamMembership
from jinxiu.people.roles import PLAN_EXAMS, SEE_RECORD
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.queries import known_of_teams
from jinxiu.worklists.standards import in_force as standards_in_force

STANDS = Q(cancelled_at__isnull=True)
_COUNTS = STANDS & Q(absent_at__isnull=True)


# --- days within reach ------------------------------------------------------------------------------------------------


def permission_of(viewer: Viewer) -> str:
    """By which permission the viewer looks at examination days: as a planner, or as a reader of records.

    Raises PermissionDenied for who has neither.
    """
    if may(viewer, PLAN_EXAMS):
        return PLAN_EXAMS
    require(viewer, SEE_RECORD)
    return SEE_RECORD


def institutions_for(viewer: Viewer, permission: str) -> QuerySet[Institution]:
    """The open institutions of the teams that the permission reaches, by code."""
    teams = Team.objects.filter(pk__in=viewer.reach.get(permission, frozenset()))
    return Institution.objects.filter(open_on(viewer.today), pk__in=teams.values("institution")).order_by("code")


def days_for(viewer: Viewer, permission: str) -> QuerySet[ExamDay]:
    """The days of the institutions within reach, each with `places` and how many of them are `taken`."""
    teams = Team.objects.filter(pk__in=viewer.reach.get(permission, frozenset()))
    taken = Exists(ExamAppointment.objects.filter(STANDS, slot=OuterRef("slots__pk")))
    return (
        ExamDay.objects.filter(institution__in=teams.values("institution"))
        .select_related("institution")
        .annotate(
            places=Count("slots"),
            fasting_places=Count("slots", filter=Q(slots__fasting=True)),
            taken=Count("slots", filter=taken),
        )
        .order_by("on", "institution__code", "pk")
    )


def day_for(viewer: Viewer, permission: str, day_id: int) -> ExamDay:
    """One day within reach. Raises Http404."""
    found = days_for(viewer, permission).filter(pk=day_id).first()
    if found is None:
        raise Http404
    return found


def to_come(viewer: Viewer, permission: str) -> QuerySet[ExamDay]:
    """The days from today on that were not cancelled."""
    return days_for(viewer, permission).filter(STANDS, on__gte=viewer.today)


def free_slots(day_ids: Collection[int]) -> list[Slot]:
    """The slots of these days that nobody has."""
    taken = ExamAppointment.objects.filter(STANDS, slot=OuterRef("pk"))
    free = ExamSlot.objects.filter(~Exists(taken), day__in=day_ids, day__cancelled_at__isnull=True)
    rows = free.order_by("day__on", "starts", "pk").values_list("day__on", "starts", "pk", "day", "fasting")
    return [Slot(*row) for row in rows]


# --- who is owed one --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Into which days who is to be invited: of a team, of a community (its code), at least so urgent."""

    day_ids: tuple[int, ...]
    team_id: int | None = None
    community: str = ""
    urgency: int = 0


def owed(viewer: Viewer, year: int, on: dt.date, team_id: int | None = None) -> QuerySet[DueItem]:
    """The open yearly examinations of a year that may be done on a day, of people whom the viewer may invite.

    What is under special shelter is among them only for whom it is open. Raises TeamNotFound.
    """
    teams = team_ids_for(viewer, team_id, PLAN_EXAMS)
    return known_of_teams(viewer, teams).filter(
        clause=CLAUSE, cycle=str(year), opens_on__lte=on, person__in=people_for(viewer, PLAN_EXAMS).values("pk")
    )


def candidates(viewer: Viewer, wanted: Wanted, first_on: dt.date) -> list[Candidate]:
    """Who is owed the examination of that year on the first day and has no invitation for the year, each once.

    Three queries. Raises TeamNotFound.
    """
    year = first_on.year
    invited = ExamAppointment.objects.annotate(kept=KEPT).filter(_COUNTS, year=year, kept=OuterRef("person_id"))
    items = owed(viewer, year, first_on, wanted.team_id).filter(~Exists(invited))
    if wanted.community:
        items = items.filter(person__household__place__code=wanted.community)
    rows = items.values("person_id").annotate(standards=ArrayAgg("standard", distinct=True), due=Min("due_on"))
    found = list(rows.order_by("person_id"))
    urgent = _urgencies(viewer, wanted.team_id)
    return [
        Candidate(row["person_id"], rules.needs_fasting(row["standards"]), urgency, row["due"])
        for row in found
        if (urgency := urgent.get(row["person_id"], 0)) >= wanted.urgency
    ]


def _urgencies(viewer: Viewer, team_id: int | None) -> dict[int, int]:
    """The urgency of all that is open of each person; who is not in it has nothing urgent."""
    items = known_of_teams(viewer, team_ids_for(viewer, team_id, PLAN_EXAMS))
    rows = items.filter(urgency__gt=0, opens_on__lte=viewer.today).values("person_id").annotate(most=Max("urgency"))
    return {row["person_id"]: row["most"] for row in rows}


def fasting_by_year(viewer: Viewer, person_id: int) -> dict[int, bool]:
    """The years, this and the next, of which a person is owed the examination, and whether fasting.

    The person has been found by `people.access` for whom invites.
    """
    years = (viewer.today.year, viewer.today.year + 1)
    items = known_of_teams(viewer, team_ids_for(viewer, None, PLAN_EXAMS)).filter(
        person=person_id, clause=CLAUSE, cycle__in=map(str, years)
    )
    standards: dict[int, set[str]] = {}
    for cycle, standard in items.values_list("cycle", "standard"):
        standards.setdefault(int(cycle), set()).add(standard)
    return {year: rules.needs_fasting(found) for year, found in standards.items()}


def communities_for(viewer: Viewer) -> list[Place]:
    """The communities in which people live whom the viewer may invite, by code, with their streets."""
    members = TeamMembership.objects.filter(
        in_force(viewer.today),
        team__in=team_ids_for(viewer, None, PLAN_EXAMS),
        person__household__place=OuterRef("pk"),
    )
    return list(Place.objects.filter(Exists(members)).select_related("parent").order_by("code"))


# --- who is invited ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booking:
    """An invitation with what it has come to; `where` is empty when it is in the institution itself."""

    id: int
    person_id: int
    day_id: int
    on: dt.date
    starts: dt.time
    fasting: bool
    institution: Institution
    where: str
    state: str
    words: str


def bookings_of(person_id: int, today: dt.date) -> list[Booking]:
    """All invitations of a person whom `people.access` has found, the newest day first."""
    return _bookings(ExamAppointment.objects.filter(whose(person_id)), today)


def bookings(ids: Collection[int], today: dt.date) -> list[Booking]:
    """These invitations, the newest day first; of people whom a step of the worker is about."""
    return _bookings(ExamAppointment.objects.filter(pk__in=ids), today)


def booked(person_ids: Collection[int], today: dt.date) -> dict[int, Booking]:
    """By person the invitation that is still ahead; people without one are missing. Two queries."""
    ahead = ExamAppointment.objects.filter(_COUNTS, person__in=_records(person_ids), slot__day__on__gte=today)
    found = reversed(_bookings(ahead, today))
    return {one.person_id: one for one in found if one.state == rules.BOOKED}


def bookings_on(day_id: int, people: QuerySet[Person], today: dt.date) -> list[Booking]:
    """The invitations of a day that were not cancelled, of these people, in the order of the slots."""
    found = _bookings(ExamAppointment.objects.filter(STANDS, slot__day=day_id), today)
    shown = set(people.filter(pk__in={one.person_id for one in found}).values_list("pk", flat=True))
    return sorted((one for one in found if one.person_id in shown), key=lambda one: (one.starts, one.id))


def times_of(day_id: int) -> list[dict[str, Any]]:
    """The times of a day, each with `starts`, `fasting`, `places` and how many of them are `taken`."""
    taken = Exists(ExamAppointment.objects.filter(STANDS, slot=OuterRef("pk")))
    rows = ExamSlot.objects.filter(day=day_id).values("starts", "fasting")
    counted = rows.annotate(places=Count("pk"), taken=Count("pk", filter=taken)).order_by("starts")
    return [dict(row) for row in counted]


def count_on(day_id: int) -> int:
    """How many invitations of a day were not cancelled, whoever they are of."""
    return ExamAppointment.objects.filter(STANDS, slot__day=day_id).count()


def _bookings(rows: QuerySet[ExamAppointment], today: dt.date) -> list[Booking]:
    kept = rows.annotate(kept=KEPT).select_related("slot__day__institution").order_by("-slot__day__on", "-pk")
    found = list(kept)
    examined = _examined({row.kept for row in found}, today) if found else {}
    return [_booking(row, examined, today) for row in found]


def _records(person_ids: Collection[int]) -> QuerySet[Person, Any]:
    """All records of these people, those merged into theirs as well."""
    return Person.objects.filter(Q(pk__in=person_ids) | Q(merged_into__in=person_ids)).values("pk")


def _booking(row: Any, examined: Mapping[int, list[dt.date]], today: dt.date) -> Booking:
    day = row.slot.day
    state = rules.state_of(
        day.on,
        cancelled=row.cancelled_at is not None,
        absent=row.absent_at is not None,
        examined=examined.get(row.kept, []),
        today=today,
    )
    return Booking(
        id=row.pk,
        person_id=row.kept,
        day_id=day.pk,
        on=day.on,
        starts=row.slot.starts,
        fasting=row.fasting,
        institution=day.institution,
        where=day.place,
        state=state,
        words=row.cancelled_words,
    )


def _examined(person_ids: Collection[int], today: dt.date) -> dict[int, list[dt.date]]:
    """By person the days of yearly examinations, as far as they stand in the record."""
    events = current(Event).filter(person__in=_records(person_ids), kind__in=exam_events(today))
    found: dict[int, list[dt.date]] = {}
    for person_id, on in events.annotate(kept=KEPT).values_list("kept", "happened_on"):
        found.setdefault(person_id, []).append(on)
    return found


def exam_events(today: dt.date) -> set[str]:
    """The kinds of events that keep the promise of a yearly examination."""
    having = (one for one in standards_in_force(today) if any(clause.id == CLAUSE for clause in one.clauses))
    return {kind for standard in having for kind in counted_events(standard, CLAUSE)}


# --- who they are -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """What a list says of a person; `phone` is masked, unless the whole number was asked for."""

    name: str
    sex: str
    birth_date: dt.date | None
    masked_id: str
    phone: str
    gone: bool


def who_are(person_ids: Collection[int], *, whole_phones: bool = False) -> dict[int, Who]:
    """These people by id, after `people.access` has found them. One query."""
    documents = Identifier.objects.filter(person=OuterRef("pk"), system=ID_CARD).order_by("pk").values("masked")
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk")
    rows = Person.objects.filter(pk__in=person_ids).values(
        *("pk", "name", "sex", "birth_date", "died_on", "left_on"),
        masked_id=Subquery(documents[:1]),
        masked=Subquery(phones.values("masked")[:1]),
        sealed=Subquery(phones.values("sealed")[:1]),
    )
    return {row["pk"]: _who(row, whole_phones=whole_phones) for row in rows}


def _who(row: Mapping[str, Any], *, whole_phones: bool) -> Who:
    phone = row["masked"] or ""
    if whole_phones and row["sealed"]:
        phone = sealing.open_sealed(row["sealed"], sealing.PHONE)
    return Who(
        name=row["name"],
        sex=row["sex"],
        birth_date=row["birth_date"],
        masked_id=row["masked_id"] or "",
        phone=phone,
        gone=bool(row["died_on"] or row["left_on"]),
    )
