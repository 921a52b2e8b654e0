"""Where the expressions run: DuckDB, in the facts' own connection, or a PostgreSQL server or Spark, lent the facts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.csv as pacsv
import sqlglot as sg
import sqlglot.expressions as sge

from jinxiu.standards.facts import Facts
from jinxiu.standards.facts.contract import DATE, FREE, NUMBER, TABLES, TEXT
from jinxiu.standards.population.spark import SparkCompiler

Table = Any  # an Ibis table expression


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows that were computed under a name."""

    name: str
    sql: str
    schema: ibis.Schema


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and what the engine answered."""

    rows: Table
    answer: pa.Table


@dataclass(frozen=True, slots=True)
class Script:
    """What was asked of the engine on the way to an answer. It holds for any facts that answer its questions alike."""

    steps: tuple[_Kept | _Asked, ...]
    answer: Table


class Workspace:
    """The tables of the facts in one engine, and the temporary tables made of them on the way to an answer."""

    prefix = ""  # of the facts' tables

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self._numbers = count(1)
        self._kept: list[str] = []
        self._steps: list[_Kept | _Asked] = []

    def facts(self, name: str) -> Table:
        """One table of the facts contract."""
        return ibis.table(_FACTS[name], name=f"{self.prefix}{name}")

    def keep(self, rows: Table, name: str) -> Table:
        """Compute rows now, to be used more than once. Their types must be what Ibis believes them to be."""
        schema = ibis.schema({column: kind.copy(nullable=True) for column, kind in rows.schema().items()})
        self._take(_Kept(self._name(name), self.backend.compile(rows), schema))
        return ibis.table(schema, name=self._kept[-1])

    def rows(self, name: str, columns: Mapping[str, str], values: Sequence[Sequence[Any]]) -> Table:
        """Some rows of ours, at least one, as a table; the columns with their Ibis types."""
        schema = ibis.schema(dict(columns))
        compiler = self.backend.compiler
        plain = [tuple(one.isoformat() if isinstance(one, date) else one for one in row) for row in values]
        given = sge.values(plain, alias="given", columns=list(columns))
        typed = (sg.cast(sg.column(n), compiler.type_mapper.from_ibis(kind)).as_(n) for n, kind in schema.items())
        self._take(_Kept(self._name(name), sg.select(*typed).from_(given).sql(compiler.dialect), schema))
        return ibis.table(schema, name=self._kept[-1])

    def ask(self, rows: Table) -> pa.Table:
        """Rows that decide how the answer is looked for: few, in an order of their own."""
        answer = self.fetch(rows)
        self._steps.append(_Asked(rows, answer))
        return answer

    def script(self, answer: Table) -> Script:
        """All steps so far, to come to `answer` by."""
        return Script(tuple(self._steps), answer)

    def play(self, script: Script) -> Table | None:
        """Take the script's steps without compiling anything; None, and nothing kept, where a question is answered
        differently here."""
        for step in script.steps:
            if isinstance(step, _Kept):
                self._take(step)
            elif not self.ask(step.rows).equals(step.answer):
                self.undo()
                return None
        return script.answer

    def fetch(self, rows: Table) -> pa.Table:
        """Rows as Arrow, in the engine's own types."""
        raise NotImplementedError

    def write(self, rows: Table, path: Path) -> None:
        """Kept rows into a .csv or .parquet file; OSError when that cannot be done."""
        raise NotImplementedError

    def run(self, sql: str) -> None:
        """Run a statement without an answer."""
        raise NotImplementedError

    def undo(self) -> None:
        """Drop what was kept on the way to an answer; the facts stay."""
        self._steps.clear()
        while self._kept:
            self.run(f"DROP TABLE IF EXISTS {self._kept.pop()}")

    def forget(self) -> None:
        """Drop what was kept, and the facts where they were lent."""
        self.undo()

    def _name(self, name: str) -> str:
        return f"kept_{name}_{next(self._numbers)}"

    def _take(self, step: _Kept) -> None:
        self._kept.append(step.name)
        self._steps.append(step)
        self._compute(step)

    def _compute(self, step: _Kept) -> None:
        self.run(f"CREATE TEMP TABLE {step.name} AS {step.sql}")
        _require_types(step.name, self.backend.get_schema(step.name), step.schema)


class DuckDBWorkspace(Workspace):
    """The facts where they were checked: Parquet files are scanned, nothing is copied. Statements run one after the
    other on a thread of their own, while the next ones are compiled on ours."""

    def __init__(self, backend: Any) -> None:
        super().__init__(backend)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: list[Future[None]] = []

    def fetch(self, rows: Table) -> pa.Table:
        sql = self.backend.compile(rows)
        self._finish()
        return self.backend.con.sql(sql).to_arrow_table()

    def write(self, rows: Table, path: Path) -> None:
        form = "PARQUET" if path.suffix == ".parquet" else "CSV, HEADER"
        quoted = str(path).replace("'", "''")
        self._finish()
        try:
            self.run(f"COPY ({self.backend.compile(rows)}) TO '{quoted}' (FORMAT {form})")
        except Exception as error:  # the driver's own kind, which this package does not import; the rows are there
            number = re.search(r'"errno":"(\d+)"', str(error))
            raise (OSError(int(number[1]), os.strerror(int(number[1]))) if number else OSError(str(error))) from error

    def run(self, sql: str) -> None:
        self.backend.con.execute(sql).fetchall()

    def undo(self) -> None:
        self._finish()
        super().undo()

    def forget(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._under_way.clear()
        super().forget()

    def _take(self, step: _Kept) -> None:
        self._kept.append(step.name)
        self._steps.append(step)
        self._under_way.append(self._thread.submit(self._compute, step))

    def _finish(self) -> None:
        """Wait for what is under way; the first fault of it is raised."""
        while self._under_way:
            self._under_way.pop(0).result()


class PostgresWorkspace(Workspace):
    """A session of a PostgreSQL server, with copies of the facts in temporary tables, texts ordered by code point."""

    prefix = "facts_"

    def lend(self, facts: Facts) -> None:
        """Copy the facts into the session."""
        for table in TABLES.values():
            columns = ", ".join(f"{column.name} {_POSTGRES_TYPES[column.type]}" for column in table.columns)
            self.run(f"CREATE TEMP TABLE {self.prefix}{table.name} ({columns})")
            lines = BytesIO()
            pacsv.write_csv(facts.table(table.name), lines, pacsv.WriteOptions(include_header=False))
            into = f"COPY {self.prefix}{table.name} FROM STDIN (FORMAT csv)"
            with self.backend.con.cursor() as cursor, cursor.copy(into) as copy:
                copy.write(lines.getvalue())
            self.run(f"ANALYZE {self.prefix}{table.name}")

    def fetch(self, rows: Table) -> pa.Table:
        # Ibis turns whatever comes into the types it expects; the types of a kept table are the server's own.
        self.keep(rows, "answer")
        return self.backend.to_pyarrow(rows)

    def forget(self) -> None:
        self.undo()
        for table in TABLES.values():
            self.run(f"DROP TABLE IF EXISTS {self.prefix}{table.name}")

    def _take(self, step: _Kept) -> None:
        super()._take(step)
        self.run(f"ANALYZE {step.name}")

    def run(self, sql: str) -> None:
        with self.backend.con.cursor() as cursor:
            cursor.execute(sql)


class SparkWorkspace(Workspace):
    """A Spark session of its own, with copies of the facts; what is kept lies in the executors' memory or on their
    disks."""

    prefix = "facts_"

    def __init__(self, backend: Any) -> None:
        super().__init__(backend)
        backend.compiler = SparkCompiler()
        self._session = backend._session
        self._frames: dict[str, Any] = {}

    @classmethod
    def beside(cls, session: Any) -> SparkWorkspace:
        """In the cluster of a session, whose own settings and views stay as they are."""
        own = session.newSession()
        own.conf.set("spark.sql.ansi.enabled", "true")
        return cls(ibis.pyspark.connect(own))

    def lend(self, facts: Facts) -> None:
        """Send the facts to the executors."""
        for name in TABLES:
            self._keep_frame(f"{self.prefix}{name}", self._session.createDataFrame(facts.table(name)))

    def fetch(self, rows: Table) -> pa.Table:
        return self._session.sql(self.backend.compile(rows)).toArrow()

    def undo(self) -> None:
        self._steps.clear()
        while self._kept:
            self._drop(self._kept.pop())

    def forget(self) -> None:
        self.undo()
        for name in tuple(self._frames):
            self._drop(name)

    def _take(self, step: _Kept) -> None:
        self._kept.append(step.name)
        self._steps.append(step)
        self._keep_frame(step.name, self._session.sql(step.sql))
        _require_types(step.name, self.backend.get_schema(step.name), step.schema)

    def _keep_frame(self, name: str, frame: Any) -> None:
        # A view that is only cached carries the plans of all views under it, which grow beyond all bounds.
        self._frames[name] = frame.localCheckpoint()
        self._frames[name].createTempView(name)

    def _drop(self, name: str) -> None:
        if frame := self._frames.pop(name, None):
            self._session.catalog.dropTempView(name)
            frame._jdf.queryExecution().logical().rdd().unpersist(False)


@contextmanager
def workspace(engine: str, facts: Facts, connection: Any = None) -> Iterator[Workspace]:
    """A place to work in, tidied up afterwards. `connection` is psycopg's, for PostgreSQL: its session needs temporary
    tables and nothing else; or the SparkSession, of whose cluster a session of our own is used."""
    if engine == "duckdb":
        place: Workspace = DuckDBWorkspace(facts.connection)
    elif engine == "postgres" and connection is not None:
        place = PostgresWorkspace(ibis.postgres.from_connection(connection))
    elif engine == "spark" and connection is not None:
        place = SparkWorkspace.beside(connection)
    else:
        raise ValueError(f"engine {engine}: duckdb, or postgres or spark with an open connection, can be used")
    # Engines put selects together themselves; Ibis takes a third of its time for it.
    fused, ibis.options.sql.fuse_selects = ibis.options.sql.fuse_selects, False
    try:
        if isinstance(place, PostgresWorkspace):
            place.run("SET jit = off")  # many small statements: compiling each costs more than running it
        if isinstance(place, (PostgresWorkspace, SparkWorkspace)):
            place.lend(facts)
        yield place
    finally:
        ibis.options.sql.fuse_selects = fused
        place.forget()


_IBIS_TYPES = {TEXT: "string", FREE: "string", DATE: "date", NUMBER: "float64"}
_FACTS = {
    table.name: ibis.schema({column.name: _IBIS_TYPES[column.type] for column in table.columns})
    for table in TABLES.values()
}
_POSTGRES_TYPES = dict.fromkeys((TEXT, FREE), 'text COLLATE "C"') | {DATE: "date", NUMBER: "float8"}


def _require_types(name: str, made: ibis.Schema, meant: ibis.Schema) -> None:
    types = [{column: kind.copy(nullable=True) for column, kind in schema.items()} for schema in (made, meant)]
    if types[0] != types[1]:
        raise TypeError(f"{name}: the engine made {made}, meant was {meant}")
