"""Rows of the database as facts for the engine: everybody's as columns, one person's as records.

In force is what nothing supersedes; observations of a superseded event went out of force with it. What was written for
a record that was merged into another is a fact of that other, and the merged record is nobody in the facts. Ids are row
numbers as text of equal length, so that their order as text is the order in which they were written.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from django.db import connection, transaction

from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts

_DIGITS = 12
_AT_ONCE = 250_000  # rows that one value of the answer holds: some 12 MB

# Each query stands between SELECT and GROUP: its columns come from the table of columns below it.
_PEOPLE = """
FROM people_person e
LEFT JOIN people_teammembership m
       ON m.person_id = e.id AND m.start_on <= '{day}' AND (m.end_on IS NULL OR m.end_on >= '{day}')
LEFT JOIN people_team t ON t.id = m.team_id
LEFT JOIN people_institution i ON i.id = t.institution_id
LEFT JOIN people_household h ON h.id = e.household_id
LEFT JOIN people_place c ON c.id = h.place_id
LEFT JOIN people_place s ON s.id = c.parent_id
LEFT JOIN people_place d ON d.id = s.parent_id
WHERE e.merged_into_id IS NULL AND {whose}
"""
# The few records that were merged, to know the one that each is kept under.
_MERGED = "LEFT JOIN people_person w ON w.id = e.person_id AND w.merged_into_id IS NOT NULL"
# "IS NOT NULL" tells the planner that few rows supersede anything; without it, it guesses that most do.
_EVENTS = f"""
FROM evidence_event e {_MERGED}
WHERE NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = e.id AND s.supersedes_id IS NOT NULL)
  AND {{whose}}
"""
_OBSERVATIONS = f"""
FROM evidence_observation e {_MERGED}
WHERE NOT EXISTS (SELECT FROM evidence_observation s WHERE s.supersedes_id = e.id AND s.supersedes_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = e.event_id AND s.supersedes_id IS NOT NULL)
  AND {{whose}}
"""  # noqa: S608 - only words of ours
_ENROLMENTS = f"""
FROM evidence_enrolment e {_MERGED}
WHERE NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id AND s.supersedes_id IS NOT NULL)
  AND {{whose}}
"""
_DISTRICT = "CASE 'district' WHEN d.kind THEN d.code WHEN s.kind THEN s.code WHEN c.kind THEN c.code END"
_CODE = "CASE WHEN e.form_id = '' THEN e.answers ->> 'code' END"  # of events that an import brought
_KEPT = "coalesce(w.merged_into_id, e.person_id)"
_COMMUNITY = "CASE WHEN c.kind = 'community' THEN c.code END"


class _Column(NamedTuple):
    """A column of the contract: where it comes from, its type, and for an id the letter before its number."""

    name: str
    sql: str
    type: pa.DataType
    letter: str | None = None


class _Query(NamedTuple):
    """A table of the contract: the database table that its ids come from, its rows and its columns."""

    table: str
    rows: str
    columns: tuple[_Column, ...]


_DAY, _TEXT, _NUMBER, _KEY = pa.date32(), pa.string(), pa.float64(), pa.int64()
_WORD = pa.dictionary(pa.int32(), pa.string())  # few different texts in millions of rows


def _columns(**given: tuple[str, pa.DataType] | tuple[str, pa.DataType, str]) -> tuple[_Column, ...]:
    return tuple(_Column(name, *rest) for name, rest in given.items())


_TABLES = {
    "people": _Query(
        "people_person",
        _PEOPLE,
        _columns(
            person_id=("e.id", _KEY, ""),
            birth_date=("e.birth_date", _DAY),
            sex=("e.sex", _TEXT),
            died_on=("e.died_on", _DAY),
            left_on=("e.left_on", _DAY),
            team_id=("t.code", _TEXT),
            district=(_DISTRICT, _TEXT),
            institution_id=("i.code", _TEXT),
            community=(_COMMUNITY, _TEXT),
        ),
    ),
    "events": _Query(
        "evidence_event",
        _EVENTS,
        _columns(
            event_id=("e.id", _KEY, "e"),
            person_id=(_KEPT, _KEY, ""),
            kind=("e.kind", _WORD),
            happened_on=("e.happened_on", _DAY),
            mode=("e.mode", _WORD),
            end_on=("e.end_on", _DAY),
            setting=("e.setting", _WORD),
            code=(_CODE, _WORD),
        ),
    ),
    "observations": _Query(
        "evidence_observation",
        _OBSERVATIONS,
        _columns(
            observation_id=("e.id", _KEY, "o"),
            event_id=("e.event_id", _KEY, "e"),
            person_id=(_KEPT, _KEY, ""),
            code=("e.code", _WORD),
            happened_on=("e.happened_on", _DAY),
            value=("e.value", _NUMBER),
            text=("e.text", _TEXT),
        ),
    ),
    "enrolments": _Query(
        "evidence_enrolment",
        _ENROLMENTS,
        _columns(
            enrolment_id=("e.id", _KEY, "n"),
            person_id=(_KEPT, _KEY, ""),
            kind=("e.kind", _WORD),
            start_on=("e.start_on", _DAY),
            end_on=("e.end_on", _DAY),
            end_reason=("e.end_reason", _TEXT),
            value=("e.value", _TEXT),
        ),
    ),
}


class Snapshot(NamedTuple):
    """Facts, and the transactions that they contain (a pg_snapshot as text)."""

    facts: Facts
    transactions: str


def facts(day: date, person_ids: Iterable[int] | None = None) -> Facts:
    """Everybody's facts (or these people's), with the team that each belongs to on the day."""
    return snapshot(day, person_ids).facts


def snapshot(day: date, person_ids: Iterable[int] | None = None) -> Snapshot:
    """The same, from one moment, with the moment's name: what commits later is not in it.

    Inside a transaction of the caller the tables come from moments that lie close together instead.
    """
    chosen = None if person_ids is None else [int(one) for one in person_ids]
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_current_snapshot()::text")
        moment = cursor.fetchone()[0]
        tables = {name: _table(cursor, query, day, chosen) for name, query in _TABLES.items()}
    return Snapshot(facts_from(tables), moment)


def _table(cursor: Any, query: _Query, day: date, chosen: list[int] | None) -> pa.Table:
    with ThreadPoolExecutor(max_workers=1) as reader:  # reads one portion while the database writes the next
        parts = list(reader.map(lambda text: _read_csv(text, query), _csv_texts(cursor, query, day, chosen)))
    rows = pa.concat_tables(parts or [_read_csv("", query)]).unify_dictionaries()
    for index, column in enumerate(query.columns):
        if column.letter is not None:
            rows = rows.set_column(index, column.name, _as_text(rows[column.name], column.letter))
    return rows


def _csv_texts(cursor: Any, query: _Query, day: date, chosen: list[int] | None) -> Iterator[str]:
    """The rows as CSV, very many in one value: the driver takes its time for every row, however long."""
    line = ", ',', ".join(_quoted(column) for column in query.columns)
    sql = f"SELECT string_agg(concat({line}), E'\\n') {query.rows}".replace("{day}", day.isoformat())
    for whose in _portions(cursor, query, chosen):
        cursor.execute(sql.replace("{whose}", whose))
        yield cursor.fetchone()[0] or ""


def _quoted(column: _Column) -> str:
    """SQL of a CSV cell; no value and an empty text are both nothing, as the contract has it."""
    if column.type in (_TEXT, _WORD):
        return f"""'"' || replace(nullif({column.sql}, ''), '"', '""') || '"'"""
    return column.sql


def _portions(cursor: Any, query: _Query, chosen: list[int] | None) -> Iterator[str]:
    if chosen is not None:
        ids = f"ANY ('{{{','.join(map(str, chosen))}}}')"
        own = "e.id" if query.rows is _PEOPLE else "e.person_id"
        yield f"{own} IN (SELECT id FROM people_person WHERE id = {ids} OR merged_into_id = {ids})"  # noqa: S608
        return
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {query.table}")  # noqa: S608
    last = cursor.fetchone()[0]
    for first in range(1, last + 1, _AT_ONCE):
        yield f"e.id BETWEEN {first} AND {first + _AT_ONCE - 1}"


def _read_csv(text: str, query: _Query) -> pa.Table:
    types = {column.name: column.type for column in query.columns}
    if not text:
        return pa.schema(types.items()).empty_table()
    return pacsv.read_csv(
        pa.BufferReader(text.encode()),
        read_options=pacsv.ReadOptions(column_names=list(types), block_size=2 << 20),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )


def _as_text(numbers: pa.ChunkedArray, letter: str) -> pa.ChunkedArray:
    text = pc.cast(numbers, pa.string())
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(text, _DIGITS, "0"), "") if letter else text


# --- one person -------------------------------------------------------------------------------------------------------


_WHO = """
SELECT birth_date, sex, died_on, left_on, ARRAY (SELECT id FROM people_person m WHERE m.merged_into_id = p.id)
FROM people_person p WHERE id = %s AND merged_into_id IS NULL
"""


def person_facts(person_id: int) -> PersonFacts | None:
    """One person's facts, by four short queries; None when there is no such person, or the record was merged away."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO, [person_id])
        who = cursor.fetchone()
        if who is None:
            return None
        birth_date, sex, died_on, left_on, merged = who
        records = [person_id, *merged]
        return PersonFacts(
            person_id=str(person_id),
            birth_date=birth_date,
            sex=sex,
            died_on=died_on,
            left_on=left_on,
            enrolments=tuple(_enrolments(cursor, records)),
            events=tuple(_events(cursor, records)),
            observations=tuple(_observations(cursor, records)),
        )


def _rows(cursor: Any, sql: str, records: list[int]) -> list[tuple[Any, ...]]:
    cursor.execute(sql, [records])
    return list(cursor.fetchall())


def _of_one(name: str) -> str:
    query = _TABLES[name]
    columns = ", ".join(column.sql for column in query.columns if column.name != "person_id")
    return f"SELECT {columns} {query.rows}".replace("{whose}", "e.person_id = ANY (%s)")


def _enrolments(cursor: Any, records: list[int]) -> Iterator[Enrolment]:
    for key, kind, start_on, end_on, end_reason, value in _rows(cursor, _of_one("enrolments"), records):
        yield Enrolment(row_id("n", key), kind, start_on, end_on, end_reason or None, value or None)


def _events(cursor: Any, records: list[int]) -> Iterator[Event]:
    for key, kind, happened_on, mode, end_on, setting, code in _rows(cursor, _of_one("events"), records):
        yield Event(row_id("e", key), kind, happened_on, mode, end_on, setting or None, code or None)


def _observations(cursor: Any, records: list[int]) -> Iterator[Observation]:
    for key, event, code, happened_on, value, text in _rows(cursor, _of_one("observations"), records):
        event_id = None if event is None else row_id("e", event)
        yield Observation(row_id("o", key), code, happened_on, value, event_id, text or None)


def row_id(letter: str, key: int) -> str:
    """The text by which facts name a row: e for events, o for observations, n for enrolments."""
    return f"{letter}{key:0{_DIGITS}d}"


def row_key(fact_id: str) -> int:
    """The row's number in such a text."""
    return int(fact_id[1:])
