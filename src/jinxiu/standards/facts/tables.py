"""The checked tables of a set of facts in one DuckDB connection, and one person's facts out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import duckdb
import pyarrow as pa

from jinxiu.standards.facts.checks import row_problems
from jinxiu.standards.facts.contract import DATE, FREE, NUMBER, TABLES, TEXT, Column
from jinxiu.standards.facts.problems import FactsError
from jinxiu.standards.facts.sources import ARROW_TYPES, Source, sources_in, sources_of
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, Waiver

_SQL_TYPES = {TEXT: "VARCHAR", FREE: "VARCHAR", DATE: "DATE", NUMBER: "DOUBLE"}
MEMORY_BYTES = 4 * 2**30  # for a city of any size; on a small machine it is less, as DuckDB sees fit
_AT_ONCE = 5000  # people whose rows are turned into records at a time


def read_facts(directory: Path) -> Facts:
    """The facts in a directory, one `<table>.csv` or `<table>.parquet` a table; FactsError lists what is wrong."""
    return Facts(sources_in(Path(directory)))


def facts_from(tables: Mapping[str, pa.Table]) -> Facts:
    """The same from Arrow tables by name; `waivers` and `memberships` may be missing."""
    return Facts(sources_of(tables))


class Facts:
    """A checked set of facts; the columns have the contract's order, names and types, missing ids are filled in.

    They lie in a DuckDB connection of their own, which is not to be shared between threads.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sql: Any = duckdb.connect()
        self._bound_memory()
        lent = {name: self._lend(source) for name, source in sources.items()}
        problems = row_problems(self._sql, {name: self._numbered(source) for name, source in lent.items()})
        if problems:
            raise FactsError(problems)

    @cached_property
    def connection(self) -> Any:
        """An Ibis DuckDB backend with one view for each table of the contract."""
        import ibis  # half a second, which whoever asks the referee about a few people need not wait

        return ibis.duckdb.from_connection(self._sql)

    def table(self, name: str) -> pa.Table:
        """One table in memory: text as string, days as date32, numbers as float64."""
        schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in TABLES[name].columns])
        return self._sql.sql(f"FROM {name}").to_arrow_table().cast(schema)

    def person(self, person_id: str) -> PersonFacts | None:
        """One person's facts; None when nobody has this id."""
        return next(self.persons([person_id]), None)

    def persons(self, person_ids: Collection[str] | None = None) -> Iterator[PersonFacts]:
        """These people's facts, or everybody's, in the order of their ids, a few thousand in memory at a time."""
        ids = self._known_ids(person_ids)
        by_person = self._sorted_copies() if person_ids is None else {name: name for name in _RECORDS}
        for first in range(0, len(ids), _AT_ONCE):
            yield from self._records(ids[first : first + _AT_ONCE], by_person)

    def _known_ids(self, wanted: Collection[str] | None) -> list[str]:
        if wanted is None:
            found = self._sql.execute("SELECT person_id FROM people ORDER BY person_id")
        else:
            found = self._sql.execute(
                "SELECT person_id FROM people WHERE person_id IN (SELECT unnest(?)) ORDER BY person_id", [list(wanted)]
            )
        return [person_id for (person_id,) in found.fetchall()]

    def _sorted_copies(self) -> dict[str, str]:
        """Copies in the order of the people, so that each few thousand of them lie together."""
        names = {name: f"{name}_by_person" for name in ("people", *_RECORDS)}
        for name, copy in names.items():
            self._sql.execute(f"CREATE OR REPLACE TEMP TABLE {copy} AS FROM {name} ORDER BY person_id")
        return names

    def _records(self, ids: list[str], by_person: Mapping[str, str]) -> Iterator[PersonFacts]:
        rows = {name: self._grouped(by_person.get(name, name), name, ids) for name in _RECORDS}
        chosen = self._rows(by_person.get("people", "people"), _PERSON_COLUMNS, ids, "person_id")
        for person_id, birth_date, sex, died_on, left_on in chosen:
            found = {name: tuple(of_person.get(person_id, ())) for name, of_person in rows.items()}
            yield PersonFacts(person_id, birth_date, sex, died_on, left_on, **found)

    def _grouped(self, relation: str, name: str, ids: list[str]) -> dict[str, list[Any]]:
        columns, order, record = _RECORDS[name]
        grouped: dict[str, list[Any]] = defaultdict(list)
        for person_id, *values in self._rows(relation, ("person_id", *columns), ids, order):
            grouped[person_id].append(record(*values))
        return grouped

    def _rows(self, relation: str, columns: tuple[str, ...], ids: list[str], order: str) -> Iterator[tuple[Any, ...]]:
        found = self._sql.sql(
            f"SELECT {', '.join(columns)} FROM {relation}"  # noqa: S608
            f" WHERE person_id BETWEEN ? AND ? AND person_id IN (SELECT unnest(?)) ORDER BY {order}",
            params=[ids[0], ids[-1], ids],
        ).to_arrow_table()
        return zip(*(found.column(i).to_pylist() for i in range(len(columns))), strict=True)

    def _bound_memory(self) -> None:
        """What does not fit goes to a folder that only this account reads and that ends with the facts."""
        (limit,) = self._sql.execute("SELECT parse_formatted_bytes(current_setting('memory_limit'))").fetchone()
        self._sql.execute(f"SET memory_limit = '{min(limit, MEMORY_BYTES)}B'")
        folder = mkdtemp(prefix="jinxiu-facts-")
        finalize(self, rmtree, folder, ignore_errors=True)
        self._sql.execute("SET temp_directory = '{}'".format(folder.replace("'", "''")))

    # --- views of the rows in the contract's shape --------------------------------------------------------------------

    def _lend(self, source: Source) -> Source:
        if isinstance(source.rows, pa.Table):
            self._sql.register(source.arrow_name, source.rows)
        source = self._without_needless_blanks(source)
        name = source.table.name
        rows = source.scan()
        if _wants_ordinals(source):
            rows = self._with_ordinals(source)
        self._sql.execute(f"CREATE VIEW {name} AS SELECT {_columns(source)} FROM {rows}")  # noqa: S608
        return source

    def _without_needless_blanks(self, source: Source) -> Source:
        """Joins on event_id are twice as quick on the plain column: look once whether an empty text is in it at all."""
        if "event_id" not in source.blanks & source.columns:
            return source
        found = self._sql.execute(f"FROM {source.scan()} WHERE event_id = '' LIMIT 1").fetchall()
        return source if found else replace(source, blanks=source.blanks - {"event_id"})

    def _with_ordinals(self, source: Source) -> str:
        """Rows with `ordinal`, each one's number among those whose id would otherwise be the same."""
        name = source.table.name
        given = tuple(column.name for column in source.table.columns if column.name != source.table.id)
        equals = _ALIKE[name].format(**_expressions(source, given))
        self._sql.execute(
            f"CREATE TEMP TABLE {name}_numbered AS SELECT *, "  # noqa: S608
            f"row_number() OVER (PARTITION BY {equals} ORDER BY row_number) AS ordinal "
            f"FROM {source.numbered()} ORDER BY row_number"
        )
        return f"{name}_numbered"

    def _numbered(self, source: Source) -> str:
        """SQL of the view's rows with their `row_number`, for messages."""
        rows = f"{source.table.name}_numbered" if _wants_ordinals(source) else source.numbered()
        return f"(SELECT {_columns(source)}, row_number FROM {rows})"  # noqa: S608


def _columns(source: Source) -> str:
    names = tuple(column.name for column in source.table.columns)
    return ", ".join(f'{sql} AS "{name}"' for name, sql in _expressions(source, names).items())


def _expressions(source: Source, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _expression(source, source.table.column(name)) for name in names}


def _expression(source: Source, column: Column) -> str:
    """SQL of one contract column: empty text is no text, an unknown sex is U, a missing id is made of what is there."""
    name = column.name
    if name not in source.columns:
        return _FILLED.get(name, f"CAST(NULL AS {_SQL_TYPES[column.type]})")
    if column.type in (DATE, NUMBER):
        return f"CAST({name} AS {_SQL_TYPES[column.type]})"
    text = f'CAST("{name}" AS VARCHAR)'
    if name == "sex":
        return f"coalesce(nullif({text}, ''), 'U')"
    return f"nullif({text}, '')" if name in source.blanks else text


# The ordinal has a fixed width: ids are compared as text, and the last of several readings wins.
_FILLED = {
    "enrolment_id": "person_id || '/' || kind || '/' || CAST(start_on AS DATE)"
    " || CASE WHEN ordinal > 1 THEN '/' || lpad(CAST(ordinal AS VARCHAR), 3, '0') ELSE '' END",
    "observation_id": "coalesce(nullif(event_id, ''), person_id)"
    " || '/' || code || '/' || CAST(happened_on AS DATE) || '/' || lpad(CAST(ordinal AS VARCHAR), 3, '0')",
}
_ALIKE = {
    "enrolments": "{person_id}, {kind}, {start_on}",
    "observations": "coalesce({event_id}, {person_id}), {code}, {happened_on}",
}


def _wants_ordinals(source: Source) -> bool:
    table = source.table
    return table.name in _ALIKE and table.id not in source.columns


_PERSON_COLUMNS = ("person_id", "birth_date", "sex", "died_on", "left_on")
_Record = Callable[..., Any]
_RECORDS: dict[str, tuple[tuple[str, ...], str, _Record]] = {
    "enrolments": (
        ("enrolment_id", "kind", "start_on", "end_on", "end_reason", "value"),
        "start_on, enrolment_id",
        Enrolment,
    ),
    "events": (
        ("event_id", "kind", "happened_on", "mode", "end_on", "setting", "code"),
        "happened_on, event_id",
        Event,
    ),
    "observations": (
        ("observation_id", "code", "happened_on", "value", "event_id", "text"),
        "happened_on, observation_id",
        Observation,
    ),
    "waivers": (("standard", "clause", "start_on", "cycle", "end_on", "reason"), "start_on, standard, clause", Waiver),
}
