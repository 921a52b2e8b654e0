"""A standard over a whole population: the same meaning as `judge`, as one set-based expression for each clause.

The rule model is compiled to Ibis expressions that name no standard and use only what DuckDB, PostgreSQL and Spark all
have: joins, ranked windows, conditional aggregates. `judge` is the referee; property-based tests hold the two equal to
the last byte.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from jinxiu.standards.facts import Facts
from jinxiu.standards.model import Standard
from jinxiu.standards.population.city import City
from jinxiu.standards.population.engines import Script, Table, Workspace, workspace
from jinxiu.standards.verdict import VERDICT_COLUMNS
from jinxiu.standards.verdict_table import VERDICT_SCHEMA

_SCRIPTS_KEPT = 8
_scripts: dict[tuple[Any, ...], Script] = {}  # the one used last stands last
INDICATOR_SCHEMA = pa.schema(
    [
        pa.field("person_id", pa.string(), False),
        pa.field("standard", pa.string(), False),
        pa.field("indicator", pa.string(), False),
        pa.field("denominator", pa.bool_(), False),
        pa.field("numerator", pa.bool_(), False),
        pa.field("team_id", pa.string(), True),
    ]
)


def population(
    standards: Sequence[Standard], facts: Facts, as_of: date, engine: str = "duckdb", connection: Any = None
) -> pa.Table:
    """Everybody's verdicts on a day, in VERDICT_SCHEMA, sorted by person_id, standard, clause, cycle.

    Standards that are not in force on the day give no rows. `engine` is duckdb, or postgres with an open psycopg
    connection, whose session is lent the facts in temporary tables, or spark with a SparkSession, to whose executors
    they are sent.
    """
    with workspace(engine, facts, connection) as place:
        return _of_schema(place.fetch(_asked(place, City.verdicts, standards, as_of)), VERDICT_SCHEMA)


def indicator_rows(
    standards: Sequence[Standard], facts: Facts, as_of: date, engine: str = "duckdb", connection: Any = None
) -> pa.Table:
    """Who is in each indicator on a day, and in its numerator, in INDICATOR_SCHEMA: as `judge.indicators`, for those in
    the denominator, with the team of `people`. Sorted by person_id, standard, indicator."""
    with workspace(engine, facts, connection) as place:
        return _of_schema(place.fetch(_asked(place, City.indicators, standards, as_of)), INDICATOR_SCHEMA)


def write_verdicts(standards: Sequence[Standard], facts: Facts, as_of: date, path: Path) -> int:
    """The rows of `population` straight into a .csv or .parquet file, without a copy of them in memory; how many."""
    with workspace("duckdb", facts) as place:
        rows = _asked(place, City.verdicts, standards, as_of)
        counts = {f"no_{name}": rows[name].isnull().sum() for name, _, nullable in VERDICT_COLUMNS if not nullable}
        (seen,) = place.fetch(rows.agg(rows=rows.count(), **counts)).to_pylist()
        _require_full([name for name in VERDICT_SCHEMA.names if seen.get(f"no_{name}")])
        place.write(rows, path)
        return int(seen["rows"])


def _asked(place: Workspace, question: Callable[[City], Table], standards: Sequence[Standard], as_of: date) -> Table:
    """The answer to a question about everybody. Compiling some ninety statements takes longer than most facts take to
    be looked at, so the scripts of the last few questions are kept: the same standards, day and engine."""
    asked = (type(place), question.__name__, tuple(standards), as_of)
    known = _scripts.pop(asked, None)
    answer = place.play(known) if known else None
    if answer is None:
        with _no_collection():
            answer = question(City(place, standards, as_of))
    _scripts[asked] = place.script(answer)
    while len(_scripts) > _SCRIPTS_KEPT:
        _scripts.pop(next(iter(_scripts)), None)
    return answer


@contextmanager
def _no_collection() -> Iterator[None]:
    """Compiling makes a million small objects that are all still needed: the collector would look through them, and
    everything else in the process, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _of_schema(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with the schema that says which columns are never empty, once it is seen to be true."""
    found = [(field.name, field.type) for field in rows.schema]
    if found != [(field.name, field.type) for field in schema]:
        raise TypeError(f"the engine answered with {found}")
    _require_full([field.name for field in schema if not field.nullable and rows.column(field.name).null_count])
    return rows.cast(schema)


def _require_full(empty: list[str]) -> None:
    if empty:
        raise ValueError(f"the engine left {', '.join(empty)} empty")
