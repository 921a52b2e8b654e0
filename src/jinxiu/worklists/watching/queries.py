"""The counts and last times behind the first page of administrator and auditor."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q

from jinxiu.audit.models import AuditEntry
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people.models import Restriction

DAY, MONTH = timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True)
class Told:
    """How often the trail tells of an action in thirty days, in the last 24 hours of them, and when last."""

    times: int = 0
    in_a_day: int = 0
    last: datetime | None = None


def told(now: datetime, *actions: str) -> dict[str, Told]:
    """What the trail tells of these actions in thirty days, each with its count."""
    rows = AuditEntry.objects.filter(at__gte=now - MONTH, action__in=actions).order_by().values("action")
    counted = rows.annotate(times=Count("pk"), day=Count("pk", filter=Q(at__gte=now - DAY)), last=Max("at"))
    found = {row["action"]: Told(row["times"], row["day"], row["last"]) for row in counted}
    return {action: found.get(action, Told()) for action in actions}


def reviews(now: datetime) -> tuple[int, int]:
    """Emergency openings that wait for a review, and those of them whose review is late."""
    waiting = EmergencyOpening.objects.filter(reviewed_at__isnull=True)
    found = waiting.aggregate(all=Count("pk"), late=Count("pk", filter=Q(review_by__lt=now)))
    return found["all"], found["late"]


def restricted(now: datetime, today: date) -> int:
    """How many restrictions of use are in force."""
    begun = Restriction.objects.filter(Q(end_at__isnull=True) | Q(end_at__gt=now), start_at__lte=now)
    return begun.filter(Q(until_on__isnull=True) | Q(until_on__gte=today)).count()
