"""Writes of examination days, each in one transaction. Two clerks at once come one after the other: days are locked.

What slips through all the same is refused by the constraints of the tables, and said in the same sentences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define, define_purpose
from jinxiu.familydoctor.examdays import queries, rules
from jinxiu.familydoctor.examdays.queries import STANDS, Wanted
from jinxiu.familydoctor.examdays.rules import Line, Plan
from jinxiu.familydoctor.models import ExamAppointment, ExamDay, ExamSlot
from jinxiu.people import clock
from jinxiu.people.access import Viewer, require
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept, records_of
from jinxiu.people.roles import PLAN_EXAMS

INVITING = define_purpose("exam invitation", _("an invitation to an examination"))
PLANNED = define("exam_day.planned", _("%(actor)s planned an examination day on %(on)s with %(places)s places."))
DAY_CANCELLED = define(
    "exam_day.cancelled", _("%(actor)s cancelled the examination day of %(on)s with %(people)s invitations.")
)
FILLED = define("exam_day.filled", _("%(actor)s invited %(people)s people to examination days in bulk."))
READ = define("exam_day.read", _("%(actor)s read the list of the examination day of %(on)s: %(people)s people."))
PRINTED = define(
    "exam_day.printed", _("%(actor)s printed the list of the examination day of %(on)s: %(people)s people.")
)
INVITED = define("exam.invited", _("%(actor)s invited %(person)s to the yearly examination on %(on)s."))
MOVED = define("exam.moved", _("%(actor)s moved the examination of %(person)s from %(was)s to %(on)s."))
CANCELLED = define("exam.cancelled", _("%(actor)s cancelled the examination of %(person)s on %(on)s."))
ABSENT = define("exam.absent", _("%(actor)s noted that %(person)s did not come to the examination on %(on)s."))
LISTED = define(
    "exam.listed", _("%(actor)s printed %(person)s on the list of an examination day, with the phone number.")
)

_CHANGED = _("Somebody else changed this meanwhile; nothing was saved. Please look at the page again.")
_FULL = _("This time is full, or was taken just now. Please choose another one.")


class ExamDayError(PeopleError):
    """Something about an examination day that cannot be; `field` is the field of the form, None for all of it."""

    def __init__(self, sentence: str | Promise, field: str | None = None) -> None:
        self.field = field
        super().__init__(sentence)


# --- days -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def plan_days(
    *, viewer: Viewer, institution_id: int, place: str, dates: Iterable[dt.date], lines: Sequence[Line]
) -> list[ExamDay]:
    """Plan the same day on several dates, each with all its slots: all of them or none.

    Raises PermissionDenied, Http404 for an institution out of reach, ExamDayError for a date on which the institution
    has such a day in that place already.
    """
    require(viewer, PLAN_EXAMS)
    if not queries.institutions_for(viewer, PLAN_EXAMS).filter(pk=institution_id).exists():
        raise Http404
    return [_plan_day(viewer, institution_id, place, on, lines) for on in sorted(set(dates))]


def _plan_day(viewer: Viewer, institution_id: int, place: str, on: dt.date, lines: Sequence[Line]) -> ExamDay:
    try:
        with transaction.atomic():
            day = ExamDay.objects.create(
                institution_id=institution_id,
                place=place,
                on=on,
                planned_by_id=viewer.staff_id,
                planned_at=clock.now(),
            )
    except IntegrityError as error:
        sentence = gettext("There is an examination day on %(day)s in this place already; please leave this date out.")
        raise ExamDayError(sentence % {"day": on.isoformat()}, "dates") from error
    slots = [
        ExamSlot(day=day, starts=line.starts, ends=line.ends, number=number, fasting=line.fasting)
        for line in lines
        for number in range(1, line.places + 1)
    ]
    ExamSlot.objects.bulk_create(slots)
    audit.record(PLANNED, actor=viewer.actor, detail=_on(day) | {"places": len(slots)})
    return day


@transaction.atomic
def cancel_day(*, viewer: Viewer, day_id: int, words: str) -> int:
    """Cancel a day with all its invitations, and return how many; the invited may be invited again.

    Raises PermissionDenied, Http404, ExamDayError for a day that is over or was cancelled.
    """
    require(viewer, PLAN_EXAMS)
    queries.day_for(viewer, PLAN_EXAMS, day_id)
    day = _locked([day_id])[0]
    if day.cancelled_at is not None:
        raise ExamDayError(_("This day was cancelled already."))
    if day.on < viewer.today:
        raise ExamDayError(_("This day is over; it cannot be cancelled any more."))
    rows = list(ExamAppointment.objects.filter(STANDS, slot__day=day, absent_at__isnull=True))
    for row in rows:
        _cancel(viewer, row, day, words)
    day.cancelled_at, day.cancelled_by_id, day.cancelled_words = clock.now(), viewer.staff_id, words
    day.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_words"])
    audit.record(DAY_CANCELLED, actor=viewer.actor, detail=_on(day) | {"people": len(rows)})
    return len(rows)


# --- many people ------------------------------------------------------------------------------------------------------


def plan_of(*, viewer: Viewer, wanted: Wanted) -> Plan:
    """Who would be invited now into which slots of the wanted days; changes nothing.

    Raises PermissionDenied, TeamNotFound, ExamDayError when there is no such day, or they are of several years.
    """
    require(viewer, PLAN_EXAMS)
    days = list(queries.to_come(viewer, PLAN_EXAMS).filter(pk__in=wanted.day_ids))
    if len(days) != len(set(wanted.day_ids)) or not days:
        raise ExamDayError(_("One of these days is over, was cancelled, or is not yours. Please choose again."), "days")
    if len({day.on.year for day in days}) > 1:
        raise ExamDayError(_("These days are of two years; please choose those of one year."), "days")
    found = queries.candidates(viewer, wanted, days[0].on)
    return rules.fill(queries.free_slots(wanted.day_ids), found)


@transaction.atomic
def fill_days(*, viewer: Viewer, wanted: Wanted, seen: str) -> int:
    """Invite the people of the plan whose fingerprint was `seen`, all of them or none; return how many.

    Raises PermissionDenied, TeamNotFound, ExamDayError when the plan is another one by now.
    """
    require(viewer, PLAN_EXAMS)
    _locked(wanted.day_ids)
    plan = plan_of(viewer=viewer, wanted=wanted)
    if plan.fingerprint != seen:
        raise ExamDayError(
            _("Somebody was invited, or something else changed, since you looked. Nothing is saved; look again.")
        )
    now = clock.now()
    rows = [
        ExamAppointment(
            slot_id=one.slot.id,
            person_id=one.candidate.person_id,
            year=one.slot.on.year,
            fasting=one.candidate.fasting,
            booked_by_id=viewer.staff_id,
            booked_at=now,
        )
        for one in plan.invitations
    ]
    with _refused_by_the_table():
        ExamAppointment.objects.bulk_create(rows)
    for one in plan.invitations:
        _record_for(viewer, INVITED, one.candidate.person_id, on=one.slot.on.isoformat())
    audit.record(FILLED, actor=viewer.actor, detail={"people": len(rows), "days": sorted(wanted.day_ids)})
    return len(rows)


# --- one person -------------------------------------------------------------------------------------------------------


@transaction.atomic
def book(*, viewer: Viewer, person_id: int, day_id: int, starts: dt.time) -> ExamAppointment:
    """Invite a person to a time of a day; an invitation that is still ahead in that year is moved there.

    `person_id` has come through `people.access`. Raises PermissionDenied, Http404, ExamDayError: over, full, not
    owed the examination, or a time for which one need not fast and the person has blood taken fasting.
    """
    require(viewer, PLAN_EXAMS)
    queries.day_for(viewer, PLAN_EXAMS, day_id)
    person = lock_kept(person_id)
    day = _locked([day_id])[0]
    if day.cancelled_at is not None or day.on < viewer.today:
        raise ExamDayError(_("This day is over or was cancelled. Please choose another one."), "slot")
    fasting = queries.fasting_by_year(viewer, person.pk).get(day.on.year)
    if fasting is None:
        raise ExamDayError(_("No yearly examination is open for this person in that year."), "slot")
    free = [one for one in queries.free_slots([day.pk]) if one.starts == starts]
    if not free:
        raise ExamDayError(_FULL, "slot")
    if fasting and not free[0].fasting:
        raise ExamDayError(_("This person has blood taken fasting: please choose a fasting time."), "slot")
    standing = ExamAppointment.objects.filter(
        STANDS, person__in=records_of(person.pk), year=day.on.year, absent_at__isnull=True
    )
    row = standing.select_related("slot__day").order_by("pk").first()
    if row is None:
        return _invite(viewer, person.pk, day, free[0].id, fasting=fasting)
    if row.slot.day.on < viewer.today:
        raise ExamDayError(_("Please note first that the person did not come to the earlier day."))
    was = row.slot.day.on
    row.slot_id, row.fasting = free[0].id, fasting
    with _refused_by_the_table():
        row.save(update_fields=["slot", "fasting"])
    _record_for(viewer, MOVED, person.pk, was=was.isoformat(), on=day.on.isoformat())
    return row


def _invite(viewer: Viewer, person_id: int, day: ExamDay, slot_id: int, *, fasting: bool) -> ExamAppointment:
    with _refused_by_the_table():
        row = ExamAppointment.objects.create(
            slot_id=slot_id,
            person_id=person_id,
            year=day.on.year,
            fasting=fasting,
            booked_by_id=viewer.staff_id,
            booked_at=clock.now(),
        )
    _record_for(viewer, INVITED, person_id, on=day.on.isoformat())
    return row


@transaction.atomic
def cancel(*, viewer: Viewer, person_id: int, appointment_id: int, words: str) -> None:
    """Cancel an invitation with the reason; the slot is free, and the person may be invited again.

    Raises PermissionDenied, Http404, ExamDayError when it does not stand any more.
    """
    row, day = _standing(viewer, person_id, appointment_id)
    _cancel(viewer, row, day, words)


@transaction.atomic
def note_absent(*, viewer: Viewer, person_id: int, appointment_id: int) -> None:
    """Note that somebody did not come; the person may be invited again.

    Raises PermissionDenied, Http404, ExamDayError when the day is still to come, or it does not stand any more.
    """
    row, day = _standing(viewer, person_id, appointment_id)
    if day.on > viewer.today:
        raise ExamDayError(_("This day is still to come. Who cannot come is moved, or cancelled with the reason."))
    row.absent_at, row.absent_by_id = clock.now(), viewer.staff_id
    row.save(update_fields=["absent_at", "absent_by"])
    _record_for(viewer, ABSENT, person_id, on=day.on.isoformat())


# --- lists ------------------------------------------------------------------------------------------------------------


def list_read(*, viewer: Viewer, day: ExamDay, people: int) -> None:
    """Write down that somebody read the list of a day."""
    audit.record(READ, actor=viewer.actor, detail=_on(day) | {"people": people})


@transaction.atomic
def list_printed(*, viewer: Viewer, day: ExamDay, person_ids: Sequence[int]) -> None:
    """Write down that somebody printed the list of a day, and for each person that the number stands on it."""
    audit.record(PRINTED, actor=viewer.actor, detail=_on(day) | {"people": len(person_ids)})
    for person_id in person_ids:
        _record_for(viewer, LISTED, person_id, on=day.on.isoformat())


# --- steps ------------------------------------------------------------------------------------------------------------


def _locked(day_ids: Iterable[int]) -> list[ExamDay]:
    return list(ExamDay.objects.select_for_update().filter(pk__in=list(day_ids)).order_by("pk"))


def _standing(viewer: Viewer, person_id: int, appointment_id: int) -> tuple[ExamAppointment, ExamDay]:
    require(viewer, PLAN_EXAMS)
    own = Q(person=person_id) | Q(person__merged_into=person_id)
    row = ExamAppointment.objects.filter(own, pk=appointment_id).select_related("slot").first()
    if row is None:
        raise Http404
    day = _locked([row.slot.day_id])[0]
    row.refresh_from_db()
    if row.cancelled_at is not None or row.absent_at is not None:
        raise ExamDayError(_CHANGED)
    return row, day


def _cancel(viewer: Viewer, row: ExamAppointment, day: ExamDay, words: str) -> None:
    row.cancelled_at, row.cancelled_by_id, row.cancelled_words = clock.now(), viewer.staff_id, words
    row.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_words"])
    _record_for(viewer, CANCELLED, row.person_id, on=day.on.isoformat())


def _record_for(viewer: Viewer, action: Any, person_id: int, **detail: str) -> None:
    audit.record(action, actor=viewer.actor, person_id=person_id, purpose=INVITING, detail=detail)


def _on(day: ExamDay) -> dict[str, object]:
    return {"day": day.pk, "on": day.on.isoformat()}


@contextmanager
def _refused_by_the_table() -> Iterator[None]:
    """Say in a sentence that a constraint refused: the slot was taken, or the person invited, in this very moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ExamDayError(_FULL) from error
