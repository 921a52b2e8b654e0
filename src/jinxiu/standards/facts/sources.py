"""Where a table's rows come from (CSV, Parquet, Arrow in memory), and whether its columns fit the contract."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jinxiu.standards.facts.contract import DATE, FREE, NUMBER, TABLES, TEXT, Column, Table
from jinxiu.standards.facts.problems import EXAMPLES, FactsError, More, Problem

ARROW_TYPES = {TEXT: pa.string(), FREE: pa.string(), DATE: pa.date32(), NUMBER: pa.float64()}
_WORDS = {TEXT: "text", DATE: "dates (2026-03-31)", NUMBER: "numbers (double)"}
_NUMBER = r"(?i)^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(nan|inf|infinity)$"
_GLOB = set("*?[")


@dataclass(frozen=True)
class Source:
    """The rows of a contract table as they came.

    `columns` are the contract's columns that are there and not empty; in those of `blanks` an empty text may stand for
    nothing.
    """

    table: Table
    rows: pa.Table | Path
    columns: frozenset[str]
    blanks: frozenset[str] = frozenset()

    def scan(self) -> str:
        """SQL of the rows as they came."""
        return _read_parquet(self.rows) if isinstance(self.rows, Path) else self.arrow_name

    def numbered(self) -> str:
        """SQL of the rows with `row_number` counted from 1, in the order in which they came."""
        if isinstance(self.rows, Path):
            scan = _read_parquet(self.rows, ", file_row_number = true")
            return f"(SELECT *, file_row_number + 1 AS row_number FROM {scan})"  # noqa: S608
        return f"(SELECT *, row_number() OVER () AS row_number FROM {self.arrow_name})"  # noqa: S608

    @property
    def arrow_name(self) -> str:
        """The name under which rows in memory are known to DuckDB."""
        return f"{self.table.name}_as_given"


def _read_parquet(path: Path, options: str = "") -> str:
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}'{options})"


def sources_in(directory: Path) -> dict[str, Source]:
    """The tables of a directory, `<table>.csv` or `<table>.parquet`; FactsError lists everything that does not fit."""
    if not directory.is_dir():
        raise FactsError(
            [
                Problem(
                    str(directory),
                    "there is no such directory",
                    "Name the directory that holds people.csv and the others.",
                )
            ]
        )
    return _all_or_error({name: _from_directory(table, directory) for name, table in TABLES.items()})


def sources_of(tables: Mapping[str, pa.Table]) -> dict[str, Source]:
    """The tables as handed over; the optional ones may be missing."""
    return _all_or_error({name: _from_arrow(table, tables.get(name)) for name, table in TABLES.items()})


def _all_or_error(found: dict[str, Source | list[Problem | More]]) -> dict[str, Source]:
    problems = [problem for one in found.values() if isinstance(one, list) for problem in one]
    if problems:
        raise FactsError(problems)
    return {name: one for name, one in found.items() if isinstance(one, Source)}


def _from_directory(table: Table, directory: Path) -> Source | list[Problem | More]:
    as_csv, as_parquet = (directory / f"{table.name}.{ending}" for ending in ("csv", "parquet"))
    if as_csv.exists() and as_parquet.exists():
        return [Problem(table.name, "there is a .csv and a .parquet file", "Keep the one that counts.")]
    if as_csv.exists():
        return _from_csv(table, as_csv)
    if as_parquet.exists():
        return _from_parquet(table, as_parquet)
    return _empty(table) if table.optional else [_no_file(table, directory)]


def _no_file(table: Table, directory: Path) -> Problem:
    names = [path.name for path in directory.iterdir()]
    close = difflib.get_close_matches(f"{table.name}.csv", names, n=1)
    hint = f" There is {close[0]}: is it meant to be this one?" if close else ""
    remedy = f"Put it there, with at least its header line if it has no rows.{hint}"
    return Problem(table.name, f"neither {table.name}.csv nor {table.name}.parquet is there", remedy)


def _empty(table: Table) -> Source:
    return Source(table, empty_table(table), frozenset())


def empty_table(table: Table) -> pa.Table:
    """No rows, in the contract's columns and types."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns]).empty_table()


# --- Arrow and Parquet ------------------------------------------------------------------------------------------------


def _from_arrow(table: Table, rows: pa.Table | None) -> Source | list[Problem | More]:
    if rows is None:
        if table.optional:
            return _empty(table)
        return [Problem(table.name, "the table is missing", f"Give a table {table.name}.")]
    return _fitting(table, rows.schema, rows)


def _from_parquet(table: Table, path: Path) -> Source | list[Problem | More]:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        return [Problem(table.name, f"{path.name} cannot be read as Parquet ({reason})", "Write the file again.")]
    if _GLOB & set(str(path)):  # DuckDB would take the path as a pattern
        return _fitting(table, schema, pq.read_table(path))
    return _fitting(table, schema, path)


def _fitting(table: Table, schema: pa.Schema, rows: pa.Table | Path) -> Source | list[Problem | More]:
    """The source if every column is there with a type that fits. A column without any value fits whatever its type."""
    problems: list[Problem | More] = _missing(table, schema.names)
    there = []
    for column in table.columns:
        if column.name not in schema.names:
            continue
        arrow_type = schema.field(column.name).type
        if _fits(column.type, arrow_type):
            there.append(column.name)
        elif not _all_null(rows, column.name):
            problems.append(_mistyped(table, column, arrow_type))
    blanks = {column.name for column in table.columns if column.type in (TEXT, FREE) and not column.key}
    return problems or Source(table, rows, frozenset(there), frozenset(blanks))


def _missing(table: Table, names: list[str]) -> list[Problem | More]:
    wanted = [column.name for column in table.columns if not column.optional]
    return [
        Problem(
            table.name,
            "the column is missing" if names.count(name) == 0 else "the column stands there twice",
            f"Columns wanted: {', '.join(wanted)}. Found: {', '.join(names) or 'none'}.",
            column=name,
        )
        for name in [column.name for column in table.columns]
        if names.count(name) > 1 or (names.count(name) == 0 and name in wanted)
    ]


def _mistyped(table: Table, column: Column, found: pa.DataType) -> Problem:
    why = " (32 bits cannot hold 3.9)" if pa.types.is_float32(found) else ""
    return Problem(
        table.name,
        f"the column holds {found}{why}, where {_WORDS[column.type]} are allowed",
        f"Write it as {ARROW_TYPES[column.type]}.",
        column=column.name,
    )


def _fits(wanted: str, found: pa.DataType) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    is_text = pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
    match wanted:
        case "text":
            return is_text
        case "date":
            return pa.types.is_date(found)
        case "number":
            return pa.types.is_float64(found) or pa.types.is_integer(found) or pa.types.is_decimal(found)
    return not pa.types.is_nested(found)


def _all_null(rows: pa.Table | Path, name: str) -> bool:
    column = (pq.read_table(rows, columns=[name]) if isinstance(rows, Path) else rows).column(name)
    return column.null_count == len(column)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _from_csv(table: Table, path: Path) -> Source | list[Problem | More]:
    try:
        header = _header(path)
    except (UnicodeDecodeError, csv.Error):
        return [_not_text(table, path)]
    problems = _missing(table, header)
    if problems:
        return [*problems, *_other_separator(table, header)]
    wanted = {column.name: ARROW_TYPES[column.type] for column in table.columns if column.name in header}
    try:
        return Source(table, _read_csv(path, wanted), frozenset(wanted))
    except pa.ArrowInvalid as error:
        return _why_unreadable(table, path, wanted, error)


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _other_separator(table: Table, header: list[str]) -> Iterator[Problem | More]:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        yield Problem(table.name, "the header has no comma", "Save the file with commas between the columns.")


def _read_csv(path: Path, types: Mapping[str, pa.DataType]) -> pa.Table:
    return pacsv.read_csv(
        path, parse_options=pacsv.ParseOptions(newlines_in_values=True), convert_options=_conversion(types)
    )


def _conversion(types: Mapping[str, pa.DataType]) -> pacsv.ConvertOptions:
    return pacsv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )


def _why_unreadable(
    table: Table, path: Path, wanted: Mapping[str, pa.DataType], error: pa.ArrowInvalid
) -> list[Problem | More]:
    """Read the file once more, all as text, to find the lines and cells that stopped the first reading."""
    ragged: list[Problem] = []

    def note(row: pacsv.InvalidRow) -> str:
        allowed = f"the line has {row.actual_columns} columns where the header has {row.expected_columns}"
        ragged.append(
            Problem(table.name, allowed, "Put quotes around texts with commas.", (row.number or 2) - 1, None, row.text)
        )
        return "skip"

    try:
        cells = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            convert_options=_conversion(dict.fromkeys(wanted, pa.string())),
        )
    except pa.ArrowInvalid:
        return [_not_text(table, path)]
    if ragged:
        return _examples(ragged, "columns")
    problems = [
        problem for name in wanted for problem in _bad_cells(table.name, table.column(name), cells.column(name))
    ]
    return problems or [Problem(table.name, f"{path.name} cannot be read ({error})", "Write the file again.")]


def _examples(problems: list[Problem], what: str) -> list[Problem | More]:
    rest = len(problems) - EXAMPLES
    return [*problems[:EXAMPLES], *([More(problems[0].table, what, rest)] if rest > 0 else [])]


def _bad_cells(table: str, column: Column, cells: pa.ChunkedArray) -> list[Problem | More]:
    """Examples of the cells that do not read as the column's type, and how many more there are."""
    if column.type not in (DATE, NUMBER):
        return []
    texts = pc.utf8_trim_whitespace(cells)
    good = _dates_among(texts) if column.type == DATE else pc.match_substring_regex(texts, _NUMBER)
    allowed = "a date such as 2026-03-31 is allowed" if column.type == DATE else "a number such as 6.9 is allowed"
    remedy = "Correct the value, or leave it empty if it is unknown."
    rows = pc.indices_nonzero(pc.invert(pc.fill_null(good, True))).to_pylist()
    bad = [Problem(table, allowed, remedy, row + 1, column.name, cells[row].as_py()) for row in rows[:EXAMPLES]]
    rest = len(rows) - len(bad)
    return [*bad, *([More(table, column.name, rest)] if rest > 0 else [])]


def _dates_among(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    days = [text for text in pc.unique(texts).to_pylist() if text is not None and _is_day(text)]
    return pc.if_else(pc.is_valid(texts), pc.is_in(texts, value_set=pa.array(days, pa.string())), None)


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("2026-03-31") and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _not_text(table: Table, path: Path) -> Problem:
    with path.open("rb") as lines:
        line = next((number for number, line in enumerate(lines, 1) if not _is_utf8(line)), None)
    where = f" (line {line})" if line else ""
    return Problem(table.name, f"{path.name} is not UTF-8 text with commas{where}", "Save the file as CSV UTF-8.")


def _is_utf8(line: bytes) -> bool:
    try:
        return bool(line.decode()) or True
    except UnicodeDecodeError:
        return False
