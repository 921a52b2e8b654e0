"""What of a person must be kept until when, and what may go. Pure functions; the times are those of retention.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.oversight.rules import Retention

CARE, REGISTERED, TRAIL = "care", "registered", "trail"


@dataclass(frozen=True)
class Part:
    """One part of what is kept of a person: `rows` by table, the law that keeps it, and the last day on which it does.

    Without `keep_until` no law keeps it. `deletable` is false for what no request deletes, however old it is.
    """

    code: str
    rows: Mapping[str, int]
    law: Retention | None = None
    keep_until: date | None = None
    deletable: bool = True

    def may_go(self, today: date) -> bool:
        """Tell whether it may be deleted today."""
        return self.deletable and (self.keep_until is None or self.keep_until < today)


def parts(
    *,
    care: Mapping[str, int],
    registered: Mapping[str, int],
    trail: int,
    last_care: date | None,
    last_line: date | None,
    retentions: Mapping[str, Retention],
) -> tuple[Part, ...]:
    """What is kept of a person, in three parts, each with its law.

    The record of care is one record: all of it is counted from its last day (医疗机构病历管理规定). A record without
    the name of whose it is would be none, so what is registered is kept as long. The trail is closed in blocks, each
    with the fingerprint of the one before; no line is taken out of it.
    """
    records, lines = retentions["records"], retentions["trail"]
    kept = _last_day(records, last_care)
    law = records if kept else None
    return (
        Part(CARE, care, law, kept),
        Part(REGISTERED, registered, law, kept),
        Part(TRAIL, {"auditentry": trail}, lines, _last_day(lines, last_line), deletable=False),
    )


def may_go(found: tuple[Part, ...], today: date) -> tuple[Part, ...]:
    """The parts that may be deleted today."""
    return tuple(part for part in found if part.may_go(today))


def fingerprint(found: tuple[Part, ...]) -> str:
    """The counts as one text: who confirms sends back what was on the page, so nothing goes that nobody saw."""
    return ";".join(f"{table}={count}" for part in found if part.deletable for table, count in part.rows.items())


def last_free_day(retention: Retention, today: date) -> date:
    """The last day such that what is counted from it need not be kept today any more."""
    day = _months_before(today, retention.months) + timedelta(days=3)  # months end on different days
    while retention.free_on(day) > today:
        day -= timedelta(days=1)
    return day


def _months_before(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, 28))


def _last_day(retention: Retention, counted_from: date | None) -> date | None:
    return retention.free_on(counted_from) - timedelta(days=1) if counted_from else None
