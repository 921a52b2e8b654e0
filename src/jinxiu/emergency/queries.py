"""Which emergency openings run, which wait for a review, and who asked for too many numbers that are nobody's."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.queries import recent
from jinxiu.emergency.models import EmergencyOpening

# What the trail calls a number that is nobody's, and too many of them within an hour.
NOBODY, NAME_NEEDED = "emergency.nobody", "emergency.name_needed"
_HOUR = timedelta(hours=1)
REASONS = EmergencyOpening.Reason.choices


def running(staff_id: int | None, at: datetime) -> QuerySet[EmergencyOpening]:
    """The openings of a staff member that have not ended at that instant, with the person."""
    return (
        EmergencyOpening.objects.filter(staff=staff_id, opened_at__lte=at, ends_at__gt=at)
        .select_related("person")
        .order_by("ends_at")
    )


def of_staff(staff_id: int | None, limit: int = 20) -> list[EmergencyOpening]:
    """The last openings of a staff member, newest first."""
    rows = EmergencyOpening.objects.filter(staff=staff_id).select_related("person", "reviewed_by")
    return list(rows.order_by("-opened_at", "-pk")[:limit])


def to_review(team_ids: Collection[int], reviewer_id: int | None) -> QuerySet[EmergencyOpening]:
    """The openings that wait for a review by this staff member, the most pressing first; nobody reviews their own."""
    return (
        EmergencyOpening.objects.filter(team__in=team_ids, reviewed_at__isnull=True)
        .exclude(staff=reviewer_id)
        .select_related("person", "staff", "team__institution")
        .order_by("review_by", "pk")
    )


def reviewed(team_ids: Collection[int], limit: int = 20) -> list[EmergencyOpening]:
    """The last reviewed openings of these teams, newest first."""
    rows = EmergencyOpening.objects.filter(team__in=team_ids, reviewed_at__isnull=False)
    return list(rows.select_related("person", "staff", "reviewed_by").order_by("-reviewed_at", "-pk")[:limit])


def name_needed_until(user_id: int | None) -> datetime | None:
    """Until when a number alone opens nothing for this account, which asked for too many of nobody; None: it does."""
    line = recent(NAME_NEEDED, [user_id], _HOUR).first()
    return line.at + _HOUR if line else None


def numbers_of_nobody(user_id: int | None) -> int:
    """How many numbers that are nobody's this account asked for within the hour."""
    return recent(NOBODY, [user_id], _HOUR).count()


def guessers(user_ids: Collection[int], limit: int = 20) -> list[AuditEntry]:
    """The lines of a month that say that one of these accounts asked for too many numbers of nobody, newest first."""
    return list(recent(NAME_NEEDED, user_ids, timedelta(days=30))[:limit])
