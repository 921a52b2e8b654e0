"""Reading the trail."""

from dataclasses import dataclass
from datetime import datetime

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.sentences import sentence


@dataclass(frozen=True)
class Line:
    """One entry as a reader sees it."""

    at: datetime
    actor: str
    role: str
    sentence: str
    request_id: str
    address: str


def lines_about(person_id: int, *, person_name: str, limit: int = 50, before: datetime | None = None) -> list[Line]:
    """The trail of one person, newest first; pass the last line's `at` as `before` for the next page."""
    entries = AuditEntry.objects.filter(person_id=person_id)
    if before is not None:
        entries = entries.filter(at__lt=before)
    return [_line(entry, person_name) for entry in entries.order_by("-at", "-pk")[:limit]]


def _line(entry: AuditEntry, person_name: str) -> Line:
    parts = {**entry.detail, "actor": entry.actor_name, "person": person_name, "purpose": entry.purpose}
    return Line(entry.at, entry.actor_name, entry.role, sentence(entry.action, parts), entry.request_id, entry.address)
