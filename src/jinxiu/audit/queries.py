"""Reading the trail, and checking that it is whole."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Now, TruncDate

from jinxiu.audit import rules
from jinxiu.audit.models import AuditBlock, AuditEntry
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
    return [line_of(entry, person_name) for entry in entries.order_by("-at", "-pk")[:limit]]


def line_of(entry: AuditEntry, person_name: str) -> Line:
    """An entry as a reader sees it, with the person called as said."""
    parts = {**entry.detail, "actor": entry.actor_name, "person": person_name, "purpose": entry.purpose}
    return Line(entry.at, entry.actor_name, entry.role, sentence(entry.action, parts), entry.request_id, entry.address)


@dataclass(frozen=True)
class Wanted:
    """What is searched in the trail; empty means everything. From `since` on, up to before `until`."""

    since: datetime
    until: datetime
    actor: str = ""
    person_id: int | None = None
    action: str = ""
    purpose: str = ""
    records: tuple[int, ...] = ()  # all records of the person, where there are several


@dataclass(frozen=True)
class Key:
    """The place of an entry in the order of the search."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}|{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        """Read a key from an address; None for anything that is none."""
        at, _bar, pk = text.partition("|")
        try:
            key = cls(datetime.fromisoformat(at), int(pk))
        except ValueError:
            return None
        return key if key.at.tzinfo and 0 <= key.pk < 2**63 else None


def search(wanted: Wanted, *, after: Key | None = None, limit: int) -> list[AuditEntry]:
    """The entries that fit, newest first, those after the key only."""
    entries = AuditEntry.objects.filter(at__gte=wanted.since, at__lt=wanted.until)
    exact = {"action": wanted.action, "purpose": wanted.purpose}
    if wanted.person_id:
        entries = entries.filter(person_id__in={wanted.person_id, *wanted.records})
    entries = entries.filter(**{name: value for name, value in exact.items() if value})
    if wanted.actor:
        entries = entries.filter(actor_name__icontains=wanted.actor)
    if after:
        entries = entries.filter(at__lte=after.at).exclude(at=after.at, pk__gte=after.pk)
    return list(entries.order_by("-at", "-pk")[:limit])


def recent(action: str, by: Collection[int | None], within: timedelta) -> QuerySet[AuditEntry]:
    """The lines of these accounts about one action, of the time up to now by the trail's own clock, newest first."""
    return AuditEntry.objects.filter(actor_id__in=by, at__gt=Now() - within, action=action).order_by("-at", "-pk")


@dataclass(frozen=True)
class Look:
    """Somebody opened one record on one day for one purpose, so many times (or asked and was refused).

    `actor_id` is a user, `resident` a person who looked on the residents' pages: one of the two at most.
    """

    day: date
    actor: str
    roles: tuple[str, ...]
    action: str
    purpose: str
    times: int
    first: datetime
    last: datetime
    actor_id: int | None = None
    resident: int | None = None


def looks_at(person_ids: Collection[int], *, year: int, zone: tzinfo) -> list[Look]:
    """Who looked at a person's records in a year, by day (newest first) and hour: all lines that name a purpose."""
    since, until = (datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
    rows = AuditEntry.objects.filter(person_id__in=person_ids, at__gte=since, at__lt=until)
    return list(map(_look, _by_day(rows, zone)))


def looks_before(
    person_ids: Collection[int], day: date | None, *, limit: int, zone: tzinfo, without: Collection[str] = ()
) -> tuple[list[Look], date | None]:
    """The newest looks at a person's records before a day (None: all), of whole days, some `limit` of them; and the day
    to go on from, None at the end. Looks by an action in `without` are left out."""
    rows = AuditEntry.objects.filter(person_id__in=person_ids).exclude(action__in=without)
    if day is not None:
        rows = rows.filter(at__lt=_start(day, zone))
    found = list(_by_day(rows, zone)[: limit + 1])
    if len(found) <= limit:
        return list(map(_look, found)), None
    begun = found[-1]["day"]
    whole = [row for row in found if row["day"] > begun]
    if not whole:  # one day alone has more
        whole = list(_by_day(rows.filter(at__gte=_start(begun, zone)), zone))
    return list(map(_look, whole)), whole[-1]["day"]


def _start(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _by_day(rows: QuerySet[AuditEntry], zone: tzinfo) -> QuerySet[Any, Any]:
    grouped = (
        rows.exclude(purpose="")
        .annotate(day=TruncDate("at", tzinfo=zone), resident=KT("detail__resident"))
        .values("day", "actor_id", "actor_name", "role", "action", "purpose", "resident")
    )
    return grouped.annotate(times=Count("pk"), first=Min("at"), last=Max("at")).order_by("-day", "first")


def _look(row: Mapping[str, Any]) -> Look:
    return Look(
        day=row["day"],
        actor=row["actor_name"],
        roles=tuple(row["role"].split(",")) if row["role"] else (),
        action=row["action"],
        purpose=row["purpose"],
        times=row["times"],
        first=row["first"],
        last=row["last"],
        actor_id=row["actor_id"],
        resident=int(row["resident"]) if row["resident"] else None,
    )


def first_look_at(person_ids: Collection[int]) -> datetime | None:
    """When somebody looked at the person's record (any of them) first."""
    return AuditEntry.objects.filter(person_id__in=person_ids).exclude(purpose="").aggregate(first=Min("at"))["first"]


# --- the chain --------------------------------------------------------------------------------------------------------

_SPELLED = {"at": "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"}
_CONTENT = (
    f"COPY (SELECT {', '.join(_SPELLED.get(name, name) for name in rules.COLUMNS)} FROM audit_auditentry "  # noqa: S608
    "WHERE id > {after_id} AND id <= {last_id} ORDER BY id) TO STDOUT"
)


@dataclass(frozen=True)
class Finding:
    """Something in the trail that is not as it was closed.

    `line` is the entry's id, None where the block itself was touched; the line stood between the two times (None: there
    is nothing before, or after).
    """

    block: int
    line: int | None
    what: str
    earlier: datetime | None = None
    later: datetime | None = None


@dataclass(frozen=True)
class Chain:
    """How far the trail is closed."""

    blocks: int
    closed_lines: int
    open_lines: int
    last: AuditBlock | None


def content(after_id: int, last_id: int) -> list[bytes]:
    """The lines with these ids (the first excluded, the last included), as their block's fingerprint covers them."""
    with (
        connection.cursor() as cursor,
        cursor.copy(_CONTENT.format(after_id=int(after_id), last_id=int(last_id))) as copy,
    ):
        return b"".join(bytes(piece) for piece in copy).split(b"\n")[:-1]


def head_of(block: AuditBlock) -> rules.Head:
    """The block's head, as its fingerprint covers it."""
    return rules.Head(block.number, block.after_id, block.last_id, block.lines, in_utc(block.closed_at), block.previous)


def in_utc(instant: datetime) -> str:
    """An instant as fingerprints and anchors write it, to the microsecond."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def last_block() -> AuditBlock | None:
    """The block that was closed last."""
    return AuditBlock.objects.defer("marks").order_by("-number").first()


def chain() -> Chain:
    """How many lines are closed, and how many are not yet."""
    last = last_block()
    closed = AuditEntry.objects.filter(pk__lte=last.last_id).count() if last else 0
    return Chain(AuditBlock.objects.count(), closed, AuditEntry.objects.count() - closed, last)


def findings(anchors: Mapping[int, str] | None = None) -> Iterator[Finding]:
    """Everything in the closed part of the trail that is not as it was closed, in order of the blocks.

    `anchors` are fingerprints by block number that were kept outside of the database.
    """
    before = None
    known = dict(anchors or {})
    for block in AuditBlock.objects.order_by("number").iterator(chunk_size=50):
        yield from _joint(block, before)
        yield from _inside(block)
        if known.pop(block.number, block.fingerprint) != block.fingerprint:
            yield Finding(block.number, None, "anchor")
        before = block
    yield from (Finding(number, None, "cut") for number in sorted(known))


def _joint(block: AuditBlock, before: AuditBlock | None) -> Iterator[Finding]:
    number, last_id, fingerprint = (
        (before.number, before.last_id, before.fingerprint) if before else (0, 0, rules.NOTHING_BEFORE)
    )
    if (block.number, block.after_id, block.previous) != (number + 1, last_id, fingerprint):
        yield Finding(block.number, None, "joint")


def _inside(block: AuditBlock) -> Iterator[Finding]:
    lines = content(block.after_id, block.last_id)
    whole = rules.fingerprint(head_of(block), lines) == block.fingerprint
    differing = list(rules.breaks(bytes(block.marks), lines))
    if whole and not differing:
        return
    if whole or not differing:  # the lines are as they were: what was touched stands in the block
        yield Finding(block.number, None, "head")
        return
    for line, how in differing:
        yield Finding(block.number, line, how.value, *_around(line))


def _around(line: int) -> tuple[datetime | None, datetime | None]:
    entries = AuditEntry.objects.values_list("at", flat=True)
    return entries.filter(pk__lt=line).order_by("-pk").first(), entries.filter(pk__gt=line).order_by("pk").first()
