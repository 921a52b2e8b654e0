"""Writing the trail, and closing what is written under a chain of fingerprints."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from jinxiu.audit import origin, rules
from jinxiu.audit.models import AuditBlock, AuditEntry
from jinxiu.audit.origin import Actor
from jinxiu.audit.queries import content, head_of, last_block
from jinxiu.audit.sentences import Action

CLOSE_EVERY = 300  # seconds of a process in which somebody works; what is not closed yet could be cut off unseen
BLOCK_LINES = 5_000  # at most: a block is read at once, in a request of somebody who waits
_CLOSING = 0x4A696E786975  # number of the advisory lock: one closes, the others have nothing to do
_LOOK_AGAIN = 0.05  # seconds


def record(
    action: Action,
    *,
    actor: Actor,
    person_id: int | None = None,
    purpose: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry, inside the transaction of what it tells.

    `detail` holds ids, codes and counts, never names or values of a person.
    """
    here = origin.current()
    entry = AuditEntry.objects.create(
        at=timezone.now(),  # the true instant, also where the business day is pinned
        actor_id=actor.user_id,
        actor_name=actor.name,
        role=actor.role,
        action=action.code,
        person_id=person_id,
        purpose=purpose,
        detail=dict(detail or {}),
        request_id=here.request_id,
        address=here.address,
    )
    _close_when_time()
    return entry


_MANY = (
    "COPY audit_auditentry (at, actor_id, actor_name, role, action, person_id, purpose, detail, request_id, address)"
    " FROM STDIN"
)


def record_many(action: Action, *, actor: Actor, lines: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Add an entry for each of many persons (id, detail), inside the transaction of what they tell; see `record`."""
    here, now = origin.current(), timezone.now()
    with connection.cursor() as cursor, cursor.copy(_MANY) as copy:
        for person_id, detail in lines:
            row = (now, actor.user_id, actor.name, actor.role, action.code, person_id, "", json.dumps(detail))
            copy.write_row((*row, here.request_id, here.address))
    _close_when_time()


# --- the chain --------------------------------------------------------------------------------------------------------


class _Pace:
    """When this process closes blocks next, by the monotonic clock."""

    next_time = time.monotonic() + CLOSE_EVERY


def _close_when_time() -> None:
    if time.monotonic() >= _Pace.next_time:
        _Pace.next_time = time.monotonic() + CLOSE_EVERY
        # Robust: that closing failed is told to the log, and does not undo what somebody did.
        transaction.on_commit(partial(close_block, wait=0), robust=True)


def close_blocks(*, wait: float) -> int:
    """Close all that can be closed, and return the number of lines; see `close_block`."""
    lines = 0
    while block := close_block(wait=wait):
        lines += block.lines
    return lines


def close_block(*, wait: float) -> AuditBlock | None:
    """Close the oldest open lines under a fingerprint; None when there are none, or another process is at it.

    Ids are given out before their transactions commit. Whoever could still bring in an id that the block covers holds a
    lock on the table, as every INSERT does to the end of its transaction; these few are waited for, up to `wait`
    seconds, while everybody else goes on writing.
    """
    with transaction.atomic():
        if not _alone():
            return None
        ceiling = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
        last = last_block()
        after_id = last.last_id if last else 0
        if ceiling <= after_id or not _settled(wait):
            return None
        lines = content(after_id, _end(after_id, ceiling))
        return _close(last, lines) if lines else None


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CLOSING])
        return bool(cursor.fetchone()[0])


def _settled(wait: float) -> bool:
    deadline = time.monotonic() + wait
    writers = set(_writers())
    while writers and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN)
        writers &= set(_writers())
    return not writers


def _writers() -> Iterator[str]:
    """The other transactions that have written to the trail and not ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
            " AND relation = 'audit_auditentry'::regclass AND pid IS DISTINCT FROM pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        yield from (row[0] for row in cursor.fetchall())


def _end(after_id: int, ceiling: int) -> int:
    ids = AuditEntry.objects.filter(pk__gt=after_id, pk__lte=ceiling).order_by("pk").values_list("pk", flat=True)
    return ids[BLOCK_LINES - 1 : BLOCK_LINES].first() or ceiling


def _close(last: AuditBlock | None, lines: list[bytes]) -> AuditBlock:
    block = AuditBlock(
        number=last.number + 1 if last else 1,
        after_id=last.last_id if last else 0,
        last_id=rules.id_of(lines[-1]),
        lines=len(lines),
        closed_at=timezone.now(),
        previous=last.fingerprint if last else rules.NOTHING_BEFORE,
        marks=rules.marks(lines),
    )
    block.fingerprint = rules.fingerprint(head_of(block), lines)
    block.save(force_insert=True)
    return block
