"""What is on record of a person before their data or their status change."""

from __future__ import annotations

from datetime import date

from django.db.models import Min

from jinxiu.evidence.actions import WITHDRAWN
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.familydoctor.records.queries import current


def first_day(person_id: int) -> date | None:
    """The first day of which something is recorded; None for nothing at all."""
    days = [
        current(Event).filter(person=person_id).exclude(kind=WITHDRAWN).aggregate(day=Min("happened_on"))["day"],
        current(Enrolment).filter(person=person_id).aggregate(day=Min("start_on"))["day"],
    ]
    return min((day for day in days if day is not None), default=None)
