"""Reads for copies: how many were taken, how large the documents are."""

from __future__ import annotations

from datetime import datetime, timedelta

from jinxiu.attachments.queries import all_of
from jinxiu.audit.models import AuditEntry
from jinxiu.people.matching.queries import records_of


def taken_within_a_day(person_id: int, action: str, now: datetime) -> int:
    """How many copies of a person's data residents took within the last 24 hours, as the trail has them."""
    lines = AuditEntry.objects.filter(person_id__in=records_of(person_id), at__gt=now - timedelta(days=1))
    return lines.filter(action=action).count()


def documents_bytes(person_id: int) -> int:
    """How large the documents are together that a copy would hold."""
    return sum(one.attachment.size for one in all_of(person_id) if not one.withdrawn and not one.sheltered)
