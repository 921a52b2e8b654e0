"""The work that a standard asks for in the months to come, so that two versions can be laid side by side.

One assumption stands behind every number: each item is done on the day it is due, what is overdue on the day of the
question itself, so in the first month; classes and measurements stay as they are, nobody comes or goes, and no anchor
moves. The day's verdicts say what is owed now; what follows is each kind of clause's own:

- Interval: again and again after the days of the case that holds today; where a clinician decided another class, after
  those of the class that the same readings suggest again.
- PerYear: what the running year still lacks, then the whole number in every later year, on the year's last day.
- Window: what the open cycles still lack, then the cycles that have not been reached, each on its own due day.
- AfterEach: what waits for an answer today.

What this cannot know is left out and named: see `NotForeseen`. Everything is counted in items, each clause by itself.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from jinxiu.standards.change.effect import in_force_on
from jinxiu.standards.days import months_after
from jinxiu.standards.facts import Facts
from jinxiu.standards.measures.figures import GROUPINGS
from jinxiu.standards.model import AfterEach, Clause, CountEvents, Interval, Outcome, PerYear, Standard, Text, Window
from jinxiu.standards.population import population

_WINDOW = "{anchor_on} {done} {needed}"
_Said = TypeVar("_Said", bound=Outcome)
_NOT_OWED = ("kept", "missed", "waived")
_ALIKE = ["clause", "group", "status", "cycle", "opens_on", "due_on", "reason_code", "reason_args"]


@dataclass(frozen=True, slots=True)
class NotForeseen:
    """What is left out of a clause's numbers. `what` is one of: after_first (what follows the first contact of the
    `people` never seen, whose class nobody knows), waived (everything of the `people` who have a waiver on the day),
    new_questions (answers to questions that come later) and new_anchors (windows after the next event that they are
    counted from, or that ends them); the last two of nobody in particular: 0 people."""

    clause: str
    what: str
    people: int = 0


@dataclass(frozen=True, slots=True)
class Workload:
    """By (clause, group) the items of each month; a group is a team or another of GROUPINGS, empty for who has none."""

    items: Mapping[tuple[str, str], tuple[int, ...]]
    not_foreseen: tuple[NotForeseen, ...] = ()


def months_from(day: date, months: int) -> list[date]:
    """The first days of so many months; the first is the month of the day, of which only the rest is left."""
    return [months_after(day.replace(day=1), later) for later in range(months)]


def workloads(
    pairs: Sequence[tuple[Standard | None, Standard | None]], facts: Facts, day: date, months: int, by: str = ""
) -> list[tuple[Workload, Workload]]:
    """The work of each pair (old, new) in these months, by one of GROUPINGS or of everybody together; None stands for
    no such standard. Each version is judged as if it were in force on the day, for everybody at once."""
    sides = []
    for side in (0, 1):
        standards = [_counting(in_force_on(one, day)) for pair in pairs if (one := pair[side])]
        sides.append(_grouped(population(standards, facts, day), facts, by))
    return [(_workload(sides[0], old, day, months), _workload(sides[1], new, day, months)) for old, new in pairs]


def _counting(standard: Standard) -> Standard:
    """The standard with sentences that say only what is counted with: people of whom the same holds get equal rows."""

    def counting(clause: Clause) -> Clause:
        match clause:
            case Interval():
                return replace(clause, never_seen=_saying(clause.never_seen))
            case PerYear():
                done, short = (_saying(one, "{done} {needed}") for one in (clause.done, clause.short))
                return replace(clause, done=done, short=short, next_year=None)
            case Window():
                missing, upcoming = (_saying(one, _WINDOW) for one in (clause.missing, clause.upcoming))
                return replace(clause, done=_saying(clause.done), missing=missing, upcoming=upcoming)
        return replace(clause, done=_saying(clause.done), missing=_saying(clause.missing))

    clauses = tuple(counting(clause) for clause in standard.clauses)
    decision = _saying(standard.decision, "{suggested}") if standard.decision else None
    return replace(standard, cases=tuple(map(_saying, standard.cases)), clauses=clauses, decision=decision)


def _saying(outcome: _Said, words: str = "-") -> _Said:
    return replace(outcome, say=Text(words, words))


def _grouped(verdicts: pa.Table, facts: Facts, by: str) -> pa.Table:
    """How many people have an equal row, by standard and group."""
    if by:
        people = facts.table("people").select(["person_id", GROUPINGS[by]]).rename_columns(["person_id", "group"])
        verdicts = verdicts.join(people, "person_id")
        groups = pc.fill_null(verdicts["group"], "")
        verdicts = verdicts.drop_columns("group").append_column("group", groups)
    else:
        verdicts = verdicts.append_column("group", pa.repeat("", len(verdicts)))
    return verdicts.group_by(["standard", *_ALIKE]).aggregate([("person_id", "count")])


# --- the items of one standard ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """So many people who have this row on the day."""

    people: int
    clause: str
    group: str
    status: str
    cycle: str
    opens_on: date
    due_on: date
    reason_code: str
    said: Mapping[str, int | str]


def _row(line: Mapping[str, Any]) -> _Row:
    said = json.loads(line["reason_args"])
    return _Row(**{name: line[name] for name in _ALIKE[:-1]}, people=line["person_id_count"], said=said)


def _workload(counted: pa.Table, standard: Standard | None, day: date, months: int) -> Workload:
    if standard is None:
        return Workload({})
    of_it = counted.filter(pc.equal(counted["standard"], standard.id)).to_pylist()
    rows = [_row(line) for line in of_it]
    following = months_after(day.replace(day=1), months)
    items: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * months)
    for row in rows:
        for owed_on, how_many in _owed(standard, row, day, following):
            month = (owed_on.year - day.year) * 12 + owed_on.month - day.month
            items[row.clause, row.group][month] += how_many * row.people
    return Workload({key: tuple(numbers) for key, numbers in items.items()}, tuple(_not_foreseen(standard, rows)))


def _owed(standard: Standard, row: _Row, day: date, following: date) -> Iterator[tuple[date, int]]:
    """(day, how many) of what one person with this row will have done before the day `following`."""
    clause = standard.clause(row.clause)
    match clause:
        case Interval():
            found = _again_and_again(standard, row, day, following)
        case PerYear():
            found = _every_year(clause, row, following)
        case Window():
            found = _cycles(clause, row)
        case AfterEach():
            found = iter([(row.due_on, int(row.status not in _NOT_OWED))])
    return ((max(owed_on, day), how_many) for owed_on, how_many in found if max(owed_on, day) < following and how_many)


def _again_and_again(standard: Standard, row: _Row, day: date, following: date) -> Iterator[tuple[date, int]]:
    if row.status in _NOT_OWED:
        return
    days = _days(standard, row)
    owed_on = max(row.due_on, day)
    while owed_on < following:
        yield owed_on, 1
        if days is None:  # never seen: nobody knows the class that the first contact will find
            return
        owed_on += timedelta(days=days)


def _days(standard: Standard, row: _Row) -> int | None:
    """From one contact to the next; None for somebody never seen."""
    if standard.decision and row.reason_code == standard.decision.reason:
        return next(one.next_within_days for one in standard.cases if one.classification == row.said["suggested"])
    return next((case.next_within_days for case in standard.cases if case.reason == row.reason_code), None)


def _every_year(clause: PerYear, row: _Row, following: date) -> Iterator[tuple[date, int]]:
    if row.status == "waived":
        return
    yield row.due_on, max(0, int(row.said["needed"]) - int(row.said["done"]))
    first_of_next = row.due_on + timedelta(days=1)
    for later in range(1, following.year - row.due_on.year + 1):
        yield months_after(first_of_next, later * 12) - timedelta(days=1), clause.times


def _cycles(clause: Window, row: _Row) -> Iterator[tuple[date, int]]:
    """What the row lacks; and behind the one that has not opened yet, which is the last that has a row, those after
    it."""
    if row.status in _NOT_OWED:
        return
    yield row.due_on, max(0, int(row.said["needed"]) - int(row.said["done"]))
    if row.status != "upcoming" or _doing_moves(clause):
        return
    anchor_on = date.fromisoformat(str(row.said["anchor_on"]))
    names = [cycle.id or anchor_on.isoformat() for cycle in clause.cycles]
    for cycle in clause.cycles[names.index(row.cycle) + 1 :]:
        yield cycle.due.after(anchor_on), clause.times


def _doing_moves(clause: Window) -> bool:
    """Whether doing what a window asks for is itself an event that moves its anchor or ends it."""
    moving = (*(clause.anchor.events if clause.anchor.day == "latest" else ()), *clause.until)
    return isinstance(clause.counts, CountEvents) and not set(moving).isdisjoint(clause.counts.events)


def _not_foreseen(standard: Standard, rows: Sequence[_Row]) -> Iterator[NotForeseen]:
    waived: Counter[str] = Counter()
    never_seen: Counter[str] = Counter()
    for row in rows:
        clause = standard.clause(row.clause)
        if row.status == "waived":
            waived[row.clause] += row.people
        elif isinstance(clause, Interval) and row.reason_code == clause.never_seen.reason:
            never_seen[row.clause] += row.people
    for clause in standard.clauses:
        if never_seen[clause.id]:
            yield NotForeseen(clause.id, "after_first", never_seen[clause.id])
        if waived[clause.id]:
            yield NotForeseen(clause.id, "waived", waived[clause.id])
        if isinstance(clause, AfterEach):
            yield NotForeseen(clause.id, "new_questions")
        if isinstance(clause, Window) and (clause.anchor.day == "latest" or _doing_moves(clause)):
            yield NotForeseen(clause.id, "new_anchors")
