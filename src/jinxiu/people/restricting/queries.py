"""Reads of restrictions of use."""

from datetime import date

from django.db.models import Q

from jinxiu.people.models import Restriction


def running(today: date) -> Q:
    """The restrictions that hold on this day: not ended, and their last day has not passed."""
    return Q(end_at__isnull=True) & (Q(until_on__isnull=True) | Q(until_on__gte=today))


def restriction_of(person_id: int, today: date) -> Restriction | None:
    """The restriction that holds for the person, if there is one."""
    return Restriction.objects.filter(running(today), person=person_id).first()


def restrictions_of(person_id: int) -> list[Restriction]:
    """All of the person's restrictions, the newest first."""
    rows = Restriction.objects.filter(person=person_id).select_related("made_by", "ended_by")
    return list(rows.order_by("-start_at", "-pk"))
