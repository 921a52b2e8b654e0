"""The rows of `measure_rows` added up to the numbers that people compare: by measure and by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jinxiu.standards.facts import Facts
from jinxiu.standards.measures.model import Measure, period_of
from jinxiu.standards.measures.population import measure_rows

GROUPINGS = {"team": "team_id", "institution": "institution_id", "community": "community", "district": "district"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of one measure for one group (empty: everybody, or those who belong to none): `counted` of `of`.

    `left_out` are people whom an exclusion or exception takes out; of `unknown` nothing is known, so they do not count.
    """

    measure: Measure
    group: str
    counted: int
    of: int
    left_out: int
    unknown: int

    @property
    def percent(self) -> float | None:
        """The share in percent; None of nothing."""
        return 100 * self.counted / self.of if self.of else None


def figures(measures: Sequence[Measure], facts: Facts, month: date, as_of: date, by: str = "") -> list[Figure]:
    """Each measure's numbers for the month (any day of it) up to `as_of`, by measure and group; one of GROUPINGS, or
    everybody together. A measure that finds nobody says 0 of 0."""
    found: list[Figure] = []
    in_order = sorted(measures, key=lambda one: (one.window, one.id))
    for window, group in groupby(in_order, key=lambda one: one.window):
        chosen = list(group)
        added_up = _added_up(measure_rows(chosen, facts, period_of(window, month, as_of)), by)
        for measure in chosen:
            lines = [line[1:] for line in added_up if line[0] == measure.id]
            found += [Figure(measure, *line) for line in lines or [("", 0, 0, 0, 0)]]
    return sorted(found, key=lambda one: (one.measure.id, one.group))


def _added_up(rows: pa.Table, by: str) -> list[tuple[Any, ...]]:
    """(measure, group, counted, of, left out, unknown) of everybody in a denominator."""
    rows = rows.filter(rows["denominator"])
    groups = pc.fill_null(rows[GROUPINGS[by]], "") if by else pa.array([""] * len(rows), pa.string())
    left_out = pc.or_(rows["denominator_exclusion"], rows["denominator_exception"])
    numbers = {
        "counted": rows["counted"],
        "of": rows["of"],
        "left_out": pc.cast(left_out, pa.int64()),
        "unknown": pc.cast(pc.is_valid(rows["missing"]), pa.int64()),
    }
    table = pa.table({"measure": rows["measure"], "group": groups, **numbers})
    sums = table.group_by(["measure", "group"]).aggregate([(name, "sum") for name in numbers])
    columns = ("measure", "group", *(f"{name}_sum" for name in numbers))
    return [tuple(row[name] for name in columns) for row in sums.to_pylist()]
