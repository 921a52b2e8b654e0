"""Whom a changed standard reaches: everybody's verdicts by the old and by the new version on the same facts, compared.

Both versions are judged as if they were in force on the day, so that the one of next year can be tried today. All is
counted in people, clause by clause: somebody is *due* by a clause who has a row there that is due or overdue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from jinxiu.standards.facts import Facts
from jinxiu.standards.model import Standard
from jinxiu.standards.population import population
from jinxiu.standards.verdict import STATUSES

OPEN = ("due", "overdue")
EXAMPLES = 5  # ids at most
_KEYS = ["clause", "person_id"]


@dataclass(frozen=True, slots=True)
class Moved:
    """How many people a change does something to, and a few of their ids. `what` is one of: owed and not_owed (a row at
    all, now or no longer), due and not_due, earlier and later (due by both, on another day), class and action (where
    both versions have one row, `before` and `after` differ)."""

    clause: str
    what: str
    people: int
    examples: tuple[str, ...]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The people of a clause who have a row of this status: by the old version, by the new one, and who comes, goes."""

    clause: str
    status: str
    before: int
    after: int
    come: int
    go: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What one standard's change does to everybody: the movements of people, and the table by clause and status."""

    moved: tuple[Moved, ...]
    standings: tuple[Standing, ...]


def in_force_on(standard: Standard, day: date) -> Standard:
    """The standard as if it were in force on the day."""
    if standard.valid_on(day):
        return standard
    return replace(standard, valid_from=min(standard.valid_from, day), valid_to=None)


def effects(pairs: Sequence[tuple[Standard | None, Standard | None]], facts: Facts, day: date) -> list[Effect]:
    """The effect of each pair (old, new) on a day; None stands for no such standard. Each version is judged for
    everybody at once."""
    before, after = (
        population([in_force_on(one, day) for pair in pairs if (one := pair[side])], facts, day) for side in (0, 1)
    )
    return [compare(_of(before, old), _of(after, new)) for old, new in pairs]


def _of(verdicts: pa.Table, standard: Standard | None) -> pa.Table:
    return verdicts.filter(pc.equal(verdicts["standard"], standard.id if standard else ""))


def compare(before: pa.Table, after: pa.Table) -> Effect:
    """Two tables of verdicts on the same people by one standard."""
    people = _both(_by_person(before), _by_person(after))
    moved = [
        *_count(people, "owed", pc.and_(pc.is_null(people["rows"]), pc.is_valid(people["rows_new"]))),
        *_count(people, "not_owed", pc.and_(pc.is_valid(people["rows"]), pc.is_null(people["rows_new"]))),
        *_count(people, "due", pc.and_(pc.invert(_due(people)), _due(people, "_new"))),
        *_count(people, "not_due", pc.and_(_due(people), pc.invert(_due(people, "_new")))),
        *_count(people, "earlier", pc.less(people["due_on_new"], people["due_on"])),
        *_count(people, "later", pc.greater(people["due_on_new"], people["due_on"])),
        *_turned(people, "class", "classification"),
        *_turned(people, "action", "action"),
    ]
    return Effect(tuple(sorted(moved, key=lambda one: one.clause)), tuple(_standings(before, after)))


def _by_person(verdicts: pa.Table) -> pa.Table:
    """One line for each person and clause: how many rows, the earliest day of what is due, and where there is one row
    only its class and action."""
    is_open = pc.is_in(verdicts["status"], value_set=pa.array(OPEN))
    due_on = pc.if_else(is_open, verdicts["due_on"], pa.scalar(None, pa.date32()))
    table = verdicts.select([*_KEYS, "classification", "action"]).append_column("due_on", due_on)
    grouped = table.group_by(_KEYS).aggregate(
        [("due_on", "min"), ("classification", "max"), ("action", "max"), ("action", "count")]
    )
    return grouped.rename_columns([*_KEYS, "due_on", "classification", "action", "rows"])


def _both(before: pa.Table, after: pa.Table) -> pa.Table:
    joined = before.join(after, _KEYS, join_type="full outer", right_suffix="_new")
    return joined.sort_by([(key, "ascending") for key in _KEYS])


def _due(people: pa.Table, side: str = "") -> pa.ChunkedArray:
    return pc.is_valid(people[f"due_on{side}"])


def _count(people: pa.Table, what: str, which: pa.ChunkedArray, before: str = "", after: str = "") -> list[Moved]:
    """Those of a clause for whom something holds, one entry for each clause that has some."""
    found = people.filter(which)
    moved = []
    for clause in pc.unique(found["clause"]).to_pylist():
        ids = found.filter(pc.equal(found["clause"], clause))["person_id"]
        moved.append(Moved(clause, what, len(ids), tuple(ids[:EXAMPLES].to_pylist()), before, after))
    return moved


def _turned(people: pa.Table, what: str, column: str) -> list[Moved]:
    """Those with another class or action than before, by the two of them."""
    single = pc.and_(pc.equal(people["rows"], 1), pc.equal(people["rows_new"], 1))
    changed = people.filter(pc.and_(single, pc.not_equal(people[column], people[f"{column}_new"])))
    pairs = changed.select([column, f"{column}_new"]).group_by([column, f"{column}_new"]).aggregate([]).to_pylist()
    moved = []
    for pair in sorted(pairs, key=lambda pair: tuple(pair.values())):
        before, after = pair[column], pair[f"{column}_new"]
        which = pc.and_(pc.equal(changed[column], before), pc.equal(changed[f"{column}_new"], after))
        moved += _count(changed, what, which, before, after)
    return moved


def _standings(before: pa.Table, after: pa.Table) -> list[Standing]:
    keys = ["clause", "status", "person_id"]
    old, new = (table.select(keys).group_by(keys).aggregate([]) for table in (before, after))
    counts = [
        _numbers(table)
        for table in (old, new, new.join(old, keys, join_type="left anti"), old.join(new, keys, join_type="left anti"))
    ]
    found = sorted({key for numbers in counts for key in numbers}, key=lambda key: (key[0], STATUSES.index(key[1])))
    return [Standing(*key, *(numbers.get(key, 0) for numbers in counts)) for key in found]


def _numbers(table: pa.Table) -> dict[tuple[str, str], int]:
    counted = table.group_by(["clause", "status"]).aggregate([("person_id", "count")]).to_pylist()
    return {(row["clause"], row["status"]): row["person_id_count"] for row in counted}
