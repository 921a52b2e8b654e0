"""The rows of `measure_rows` added up to the numbers that people compare: by measure and by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb

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
        rows = measure_rows(chosen, facts, period_of(window, month, as_of))
        with duckdb.connect() as connection:
            connection.register("rows", rows)
            for measure in chosen:
                lines = connection.execute(_added_up(by), [measure.id]).fetchall()
                found += [Figure(measure, *line) for line in lines or [("", 0, 0, 0, 0)]]
    return sorted(found, key=lambda one: (one.measure.id, one.group))


def _added_up(by: str) -> str:
    group = f"coalesce({GROUPINGS[by]}, '')" if by else "''"
    return (
        f'SELECT {group}, sum(counted)::BIGINT, sum("of")::BIGINT, '  # noqa: S608 - a column of ours
        "count(*) FILTER (WHERE denominator_exclusion OR denominator_exception), "
        "count(*) FILTER (WHERE missing IS NOT NULL) "
        "FROM rows WHERE measure = ? AND denominator GROUP BY 1"
    )
