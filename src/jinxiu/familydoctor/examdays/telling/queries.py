"""Reads of who is to be told something about an examination day now, and was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from jinxiu.familydoctor.examdays import rules
from jinxiu.familydoctor.examdays.queries import Booking, bookings
from jinxiu.familydoctor.models import ExamAppointment
from jinxiu.messaging.models import Message
from jinxiu.people.models import Person

# Keys of messages: the invitation and its slot, so that who is moved is told again.
INVITED, TOMORROW, CANCELLED = "exam/", "exam-eve/", "exam-off/"
_KEPT = Coalesce(OuterRef("person__merged_into_id"), OuterRef("person_id"))
_SAME = Concat(Cast(OuterRef("pk"), CharField()), Value("/"), Cast(OuterRef("slot_id"), CharField()))


def to_tell(what: str, first: date, last: date, today: date, limit: int) -> list[tuple[Booking, str]]:
    """The invitations for days from `first` to `last` that still stand and of which this was not told, with the key."""
    rows = ExamAppointment.objects.filter(
        cancelled_at__isnull=True, absent_at__isnull=True, slot__day__on__range=(first, last)
    )
    return _bookings(rows, what, today, limit, rules.BOOKED)


def cancelled(today: date, limit: int) -> list[tuple[Booking, str]]:
    """The cancelled invitations for days to come of which the invitation was told, and the end was not."""
    rows = ExamAppointment.objects.filter(_was_told(INVITED), cancelled_at__isnull=False, slot__day__on__gte=today)
    return _bookings(rows, CANCELLED, today, limit, rules.CANCELLED)


def _bookings(
    rows: QuerySet[ExamAppointment], what: str, today: date, limit: int, state: str
) -> list[tuple[Booking, str]]:
    here = Q(person__died_on__isnull=True, person__left_on__isnull=True)
    ids = rows.filter(here).exclude(_was_told(what)).order_by("slot__day__on", "pk").values_list("pk", "slot_id")
    keys = {pk: f"{what}{pk}/{slot_id}" for pk, slot_id in ids[:limit]}
    return [(one, keys[one.id]) for one in bookings(keys, today) if one.state == state]


def _was_told(what: str) -> Exists:
    return Exists(Message.objects.filter(person=_KEPT, dedupe_key=Concat(Value(what), _SAME)))


def people(person_ids: Iterable[int]) -> dict[int, Person]:
    """These people by id."""
    return Person.objects.in_bulk(list(person_ids))
