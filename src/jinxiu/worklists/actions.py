"""Keeping due items true: one person's when something was recorded, everybody's by night.

Both do the same: today's verdicts beside the open items, by person, standard, clause and cycle. What is new is opened,
what says something else is changed in place (it stays the same work, open since the same day), what is gone or kept is
closed.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.evidence.facts import Snapshot, person_facts, snapshot
from jinxiu.people import clock
from jinxiu.people.matching.queries import lock_kept
from jinxiu.standards.facts import Facts
from jinxiu.standards.model import Standard
from jinxiu.standards.verdict import Verdict, arguments_json
from jinxiu.worklists import judging, statements
from jinxiu.worklists.changes.queries import Scope, scope
from jinxiu.worklists.models import DueItem, EvaluationRun
from jinxiu.worklists.standards import in_force

REFRESHED = define(
    "worklist.refreshed",
    _("%(actor)s changed what is due for %(person)s: %(opened)s opened, %(changed)s changed, %(closed)s closed."),
)
EVALUATED = define("worklist.evaluated", _("%(actor)s applied the standards to everybody for %(as_of)s."))

OPEN = ("upcoming", "due", "overdue")  # the verdicts that ask somebody to act, now or soon
_COMPARED = (
    "version",
    "opens_on",
    "due_on",
    "closes_on",
    "classification",
    "action",
    "urgency",
    "reason_code",
    "reason_args",
    "facts_used",
)
_REFRESH_LOCK = 7_210_001  # shared while one person is refreshed, alone while the night writes
_NIGHT_LOCK = 7_210_002  # one night at a time

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Refreshed:
    """What one refresh found and changed; `verdicts` are all of today's, kept and upcoming ones too."""

    verdicts: tuple[Verdict, ...]
    opened: int
    changed: int
    closed: int


class EvaluationError(RuntimeError):
    """Everybody's evaluation was given up; yesterday's list stays in force. The text says why and what to do."""


# --- one person -------------------------------------------------------------------------------------------------------


@transaction.atomic
def refresh_person(*, person_id: int, today: date, actor: Actor) -> Refreshed:
    """Judge one person and bring the open items up to date, in the transaction of what was recorded.

    Two refreshes of one person wait for each other, so the second sees what the first one's transaction wrote. A record
    that was merged into another has nothing due: its items are closed, and the record that is kept is judged.
    """
    _lock("pg_advisory_xact_lock_shared", _REFRESH_LOCK)
    kept_id = lock_kept(person_id).pk
    if kept_id != person_id:
        _refresh_one(person_id, today, actor)
    return _refresh_one(kept_id, today, actor)


def _refresh_one(person_id: int, today: date, actor: Actor) -> Refreshed:
    refreshed = _refresh(person_id, today)
    if refreshed.opened or refreshed.changed or refreshed.closed:
        detail = {"opened": refreshed.opened, "changed": refreshed.changed, "closed": refreshed.closed}
        audit.record(REFRESHED, actor=actor, person_id=person_id, detail=detail)
    return refreshed


def _refresh(person_id: int, today: date, run: EvaluationRun | None = None) -> Refreshed:
    facts = person_facts(person_id)
    verdicts = judging.verdicts_of(in_force(today), facts, today) if facts else []
    with connection.cursor() as cursor:
        cursor.execute(statements.REMEMBER_REFRESH, [person_id])
    open_items = {_key(item): item for item in DueItem.objects.filter(person_id=person_id, closed_at__isnull=True)}
    now = clock.now()
    wanted = {_key(verdict): verdict for verdict in verdicts if verdict.status in OPEN}
    new = [_item(person_id, wanted[key], now, run) for key in wanted if key not in open_items]
    DueItem.objects.bulk_create(new)
    changed = sum(_change(open_items[key], wanted[key]) for key in wanted if key in open_items)
    closed = _close((open_items[key] for key in open_items if key not in wanted), verdicts, now)
    return Refreshed(tuple(verdicts), len(new), changed, closed)


def _key(row: Verdict | DueItem) -> tuple[str, str, str]:
    return row.standard, row.clause, row.cycle


def _columns(verdict: Verdict) -> dict[str, Any]:
    values = {name: getattr(verdict, name) for name in _COMPARED}
    return values | {
        "classification": verdict.classification or "",
        # By way of the text, so that numbers are stored as the night stores them: 148, not 148.0.
        "reason_args": json.loads(arguments_json(verdict.reason_args)),
        "facts_used": list(verdict.facts_used),
    }


def _item(person_id: int, verdict: Verdict, now: datetime, run: EvaluationRun | None) -> DueItem:
    standard, clause, cycle = _key(verdict)
    return DueItem(
        person_id=person_id,
        standard=standard,
        clause=clause,
        cycle=cycle,
        opened_at=now,
        run=run,
        **_columns(verdict),
    )


def _change(item: DueItem, verdict: Verdict) -> bool:
    wanted = _columns(verdict)
    different = [name for name, value in wanted.items() if getattr(item, name) != value]
    for name in different:
        setattr(item, name, wanted[name])
    if different:
        item.save(update_fields=different)
    return bool(different)


def _close(items: Iterable[DueItem], verdicts: Sequence[Verdict], now: datetime) -> int:
    status = {_key(verdict): verdict.status for verdict in verdicts}
    closed = 0
    for item in items:
        item.closed_at = now
        item.closed_reason = status.get(_key(item), "gone")
        item.save(update_fields=["closed_at", "closed_reason"])
        closed += 1
    return closed


def _lock(function: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])


def wait_for_the_night() -> None:
    """Wait until no night writes; the next one then writes after this transaction. For who deletes a person."""
    _lock("pg_advisory_xact_lock_shared", _REFRESH_LOCK)


# --- everybody --------------------------------------------------------------------------------------------------------


def refresh_everyone(
    today: date, progress: Progress | None = None, sample: int = 200, actor: Actor = SYSTEM, everybody: bool = False
) -> EvaluationRun:
    """The night: judge those who were touched since the last one, or everybody, and write what differs, all or nothing.

    `changes.rules` says who is touched and when it is everybody's turn; `everybody` makes it theirs now. A random
    sample is judged again one by one; if one row differs, nothing is written. Running twice changes nothing. Raises
    EvaluationError; yesterday's list then stays in force.
    """
    say = progress or (lambda _words, _share: None)
    with _alone():
        run = EvaluationRun.objects.create(as_of=today, started_at=clock.now())
        began = time.monotonic()
        standards = in_force(today)
        say("Looking for who was touched", 0.0)
        whom = scope(today, standards, everybody)
        say("Reading what is known of them", 0.05)
        moment = snapshot(today, whom.touched)
        say("Applying the standards", 0.35)
        if whom.touched is not None and len(whom.touched) <= judging.FEW:
            verdicts, judged = judging.one_by_one(standards, moment.facts, today), 0
        else:
            verdicts = judging.at_once(standards, moment.facts, today)
            say("Judging a sample again, one by one", 0.65)
            judged = _judge_again(standards, moment.facts, verdicts, today, sample)
        say("Writing what has changed", 0.75)
        with transaction.atomic():
            counts = _write(run, moment, verdicts, today, whom.touched)
            touched = moment.facts.table("people").num_rows
            _finish(run, whom, {**counts, "people": whom.people, "touched": touched, "judged_again": judged}, began)
            _tell(run, actor)
        say("Done", 1.0)
    return run


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_NIGHT_LOCK])
        (free,) = cursor.fetchone()
    if not free:
        raise EvaluationError("Everybody is being evaluated already; wait until that has finished.")
    try:
        yield
    finally:
        _lock("pg_advisory_unlock", _NIGHT_LOCK)


def _judge_again(standards: Sequence[Standard], facts: Facts, verdicts: pa.Table, today: date, sample: int) -> int:
    people = facts.table("people")["person_id"]
    places = sorted(random.sample(range(len(people)), min(sample, len(people))))
    chosen = people.take(pa.array(places, pa.int64()))
    rows = verdicts.filter(pc.is_in(verdicts["person_id"], value_set=chosen.combine_chunks()))
    together = sorted(rows.to_pylist(), key=_sort_key)
    one_by_one = sorted(
        (
            verdict.as_row()
            for person in facts.persons(chosen.to_pylist())
            for verdict in judging.verdicts_of(standards, person, today)
        ),
        key=_sort_key,
    )
    if together != one_by_one:
        raise EvaluationError(_first_difference(together, one_by_one))
    return len(chosen)


def _sort_key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("person_id", "standard", "clause", "cycle"))


def _first_difference(together: list[dict[str, Any]], one_by_one: list[dict[str, Any]]) -> str:
    keys = {_sort_key(row) for row in [*together, *one_by_one]}
    all_at_once = {_sort_key(row): row for row in together}
    alone = {_sort_key(row): row for row in one_by_one}
    person, standard, clause, cycle = min(key for key in keys if all_at_once.get(key) != alone.get(key))
    return (
        f"The two ways to apply {standard} disagree on person {person} ({clause} {cycle}), so nothing was changed and "
        f"the last list stays in force. Please report this with the output of: explain {person} --standard {standard}."
    )


def _write(
    run: EvaluationRun, moment: Snapshot, verdicts: pa.Table, today: date, touched: list[int] | None
) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statements.MAKE_VERDICTS)
        _copy_in(cursor, verdicts)
        # Whoever is refreshing one person finishes first; who comes later waits for us, and reads what we wrote.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_REFRESH_LOCK])
        cursor.execute(statements.LEAVE_OUT_DELETED)
        since = _refreshed_since(cursor, moment.transactions)
        counts = _apply_difference(cursor, {"now": clock.now(), "since": since, "run": run.pk, "touched": touched})
    again = [_refresh(person_id, today, run) for person_id in since]
    return {
        "opened": counts["opened"] + sum(one.opened for one in again),
        "changed": counts["changed"] + sum(one.changed for one in again),
        "closed": counts["closed"] + sum(one.closed for one in again),
        "open": DueItem.objects.filter(closed_at__isnull=True).count(),
    }


def _apply_difference(cursor: Any, values: dict[str, Any]) -> dict[str, int]:
    of_everybody = values["touched"] is None
    if of_everybody:
        cursor.execute(statements.PLAN_FOR_MANY)
    counts = {
        "closed": _affected(cursor, statements.CLOSE, values),
        "changed": _affected(cursor, statements.CHANGE, values),
        "opened": _affected(cursor, statements.OPEN, values),
    }
    cursor.execute(statements.CLEAN_UP)
    if of_everybody:
        cursor.execute(statements.COUNT_AGAIN)
    return counts


def _copy_in(cursor: Any, verdicts: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pacsv.write_csv(verdicts, sink, pacsv.WriteOptions(include_header=False))
    with cursor.copy(statements.COPY_VERDICTS) as copy:
        copy.write(sink.getvalue())
    cursor.execute("ANALYZE verdict")


def _refreshed_since(cursor: Any, transactions: str) -> list[int]:
    """Those whose items were refreshed by transactions that our facts do not contain."""
    cursor.execute(statements.REFRESHED_SINCE, [transactions])
    return [person_id for (person_id,) in cursor.fetchall()]


def _affected(cursor: Any, statement: str, values: dict[str, Any]) -> int:
    cursor.execute(statement, values)
    return int(cursor.rowcount)


def _finish(run: EvaluationRun, whom: Scope, counts: dict[str, int], began: float) -> None:
    """The run says what the next one can build on in the transaction of what it wrote: neither stands alone."""
    run.counts = counts
    run.everybody, run.rules = whom.why, whom.ground.rules
    run.database, run.transactions = whom.ground.database, whom.ground.transactions
    run.seconds = round(time.monotonic() - began, 3)
    run.finished_at = clock.now()
    run.save()


def _tell(run: EvaluationRun, actor: Actor) -> None:
    detail = {"as_of": run.as_of.isoformat(), "run": run.pk, "everybody": run.everybody, **run.counts}
    audit.record(EVALUATED, actor=actor, detail=detail)
