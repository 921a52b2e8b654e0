"""Bulk loading: whole columns into a table by PostgreSQL's COPY, with ids that nobody else gets."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from django.db import connection
from django.db.models import Model

from jinxiu.demo.chance import Array

ROWS_AT_ONCE = 100_000
Advance = Callable[[int], None]  # told how many rows have gone in since the last call

_WRITE = pacsv.WriteOptions(include_header=False)


def reserve_ids(model: type[Model], size: int) -> int:
    """Set `size` ids of the table aside and return the one before the first of them.

    The table is locked against other writers until the transaction ends, so that no id is given twice.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        (first,) = cursor.fetchone()
        if size > 1:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + size - 1])
    return int(first) - 1


_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conname
"""


@contextlib.contextmanager
def foreign_keys_checked_once(models: Sequence[type[Model]]) -> Iterator[None]:
    """Check the tables' foreign keys when all rows are in, not row by row: a third of the loading time at 90,000.

    The constraints are taken away and put back as they were, inside the caller's transaction, so a failure or a kill
    leaves them untouched. Begin it before any of these tables is written.
    """
    tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN_KEYS, [tables])
        found = cursor.fetchall()
        for table, name, _definition in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
        for table, name, definition in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def analyze(models: Sequence[type[Model]]) -> None:
    """Let the planner see what was loaded: the pages are opened before the server would look by itself."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def copy_columns(model: type[Model], columns: Mapping[str, pa.Array], advance: Advance) -> None:
    """Write rows, given column by column under the table's column names; a null is NULL."""
    table = pa.table(dict(columns))
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    into = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({names}) FROM STDIN WITH (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for batch in table.to_batches(ROWS_AT_ONCE):
            page = io.BytesIO()
            pacsv.write_csv(batch, page, _WRITE)
            copy.write(page.getbuffer())
            advance(len(batch))


def numbers(values: Array, absent: Array | None = None) -> pa.Array:
    """A column of whole numbers or floats; NULL where `absent` is true."""
    return pa.array(values, mask=absent)


def texts(values: Array | list[str]) -> pa.Array:
    """A column of text."""
    return pa.array(values, pa.string())


def repeated(text: str, size: int) -> pa.Array:
    """A column that says the same in every row."""
    return pa.repeat(pa.scalar(text), size)


def dates(values: Array) -> pa.Array:
    """A column of days; NaT is NULL."""
    return pa.array(values.astype("datetime64[D]"), pa.date32())


def instants(days: Array, hours: Array) -> pa.Array:
    """A column of instants: so many hours (UTC, fractions welcome) into each day."""
    seconds = (hours * 3600).astype("timedelta64[s]")
    return pa.array(days.astype("datetime64[s]") + seconds, pa.timestamp("s", "UTC"))


def hexes(values: list[bytes]) -> pa.Array:
    """A column of bytes, written as PostgreSQL reads them."""
    return pa.array([f"\\x{value.hex()}" for value in values], pa.string())


def row_ids(before: int, size: int) -> Array:
    """The reserved ids in the order of the rows."""
    return np.arange(before + 1, before + size + 1)
