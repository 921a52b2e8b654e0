"""The clauses as rows: however many there are, one statement looks at all that are of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jinxiu.standards.model import Clause, Outcome, Standard
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.members import Roll
from jinxiu.standards.population.texts import Shapes

# What every row of a clause has: its number, the number of the condition that says who is in, and what verdicts repeat.
_COMMON = {"number": "int32", "eligible": "int32", "standard": "string", "version": "string", "clause": "string"}


@dataclass(frozen=True, slots=True)
class Promise:
    """One clause of one standard with its number among all clauses, and that of the standard's condition."""

    number: int
    eligible: int
    standard: Standard
    clause: Any  # one of model.Clause


def promises(standards: Sequence[Standard], roll: Roll) -> list[Promise]:
    """All clauses, numbered."""
    every = [(standard, clause) for standard in standards for clause in standard.clauses]
    return [Promise(n, roll.number(s.eligible), s, clause) for n, (s, clause) in enumerate(every)]


def of_kind(every: Sequence[Promise], kind: type[Clause]) -> list[Promise]:
    """Those of one kind."""
    return [promise for promise in every if isinstance(promise.clause, kind)]


def table(
    place: Workspace,
    name: str,
    every: Sequence[Promise],
    columns: dict[str, str],
    values: Callable[[Any], Sequence[Any]],
) -> Table:
    """The promises as a table: what all have, and these columns with a clause's values."""
    rows = [(p.number, p.eligible, p.standard.id, p.standard.version, p.clause.id, *values(p.clause)) for p in every]
    return place.rows(name, _COMMON | columns, rows)


def outcome_columns(*names: str) -> dict[str, str]:
    """The columns of some outcomes: each one's reason, and the number of its shape."""
    return {f"{name}_{what}": kind for name in names for what, kind in (("reason", "string"), ("shape", "int32"))}


def outcome_values(shapes: Shapes, *outcomes: Outcome | None) -> Iterator[Any]:
    """What stands in those columns; null where there is no outcome."""
    for outcome in outcomes:
        yield from (outcome.reason, shapes.number(outcome.placeholders)) if outcome else (None, None)
