"""Rows of the database as facts for the engine: everybody's as columns, one person's as records.

In force is what nothing supersedes; observations of a superseded event went out of force with it. Ids are row numbers
as text of equal length, so that their order as text is the order in which they were written.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from django.db import connection, transaction

from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts

_DIGITS = 12

_PEOPLE = """
SELECT p.id AS person_id, p.birth_date, p.sex, p.died_on, p.left_on, t.code AS team_id,
       CASE 'district' WHEN d.kind THEN d.code WHEN s.kind THEN s.code WHEN c.kind THEN c.code END AS district,
       i.code AS institution_id, CASE WHEN c.kind = 'community' THEN c.code END AS community
FROM people_person p
LEFT JOIN people_teammembership m
       ON m.person_id = p.id AND m.start_on <= '{day}' AND (m.end_on IS NULL OR m.end_on >= '{day}')
LEFT JOIN people_team t ON t.id = m.team_id
LEFT JOIN people_institution i ON i.id = t.institution_id
LEFT JOIN people_household h ON h.id = p.household_id
LEFT JOIN people_place c ON c.id = h.place_id
LEFT JOIN people_place s ON s.id = c.parent_id
LEFT JOIN people_place d ON d.id = s.parent_id
WHERE {whose_people}
"""
_EVENTS = """
SELECT e.id AS event_id, e.person_id, e.kind, e.happened_on, e.mode
FROM evidence_event e
WHERE NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = e.id) AND {whose}
"""
_OBSERVATIONS = """
SELECT e.id AS observation_id, e.event_id, e.person_id, e.code, e.happened_on, e.value, e.text
FROM evidence_observation e
WHERE NOT EXISTS (SELECT FROM evidence_observation s WHERE s.supersedes_id = e.id)
  AND NOT EXISTS (SELECT FROM evidence_event s WHERE s.supersedes_id = e.event_id) AND {whose}
"""
_ENROLMENTS = """
SELECT e.id AS enrolment_id, e.person_id, e.kind, e.start_on, e.end_on, e.end_reason, e.value
FROM evidence_enrolment e
WHERE NOT EXISTS (SELECT FROM evidence_enrolment s WHERE s.supersedes_id = e.id) AND {whose}
"""


class _Query(NamedTuple):
    """A table of the contract: its rows, the letters before the numbers of its ids, its columns as the CSV has them."""

    sql: str
    ids: dict[str, str]
    types: dict[str, pa.DataType]


_DAY, _TEXT, _NUMBER, _KEY = pa.date32(), pa.string(), pa.float64(), pa.int64()
_WORD = pa.dictionary(pa.int32(), pa.string())  # few different texts in millions of rows
_TABLES = {
    "people": _Query(
        _PEOPLE,
        {"person_id": ""},
        {
            "person_id": _KEY,
            "birth_date": _DAY,
            "sex": _TEXT,
            "died_on": _DAY,
            "left_on": _DAY,
            "team_id": _TEXT,
            "district": _TEXT,
            "institution_id": _TEXT,
            "community": _TEXT,
        },
    ),
    "events": _Query(
        _EVENTS,
        {"event_id": "e", "person_id": ""},
        {"event_id": _KEY, "person_id": _KEY, "kind": _WORD, "happened_on": _DAY, "mode": _WORD},
    ),
    "observations": _Query(
        _OBSERVATIONS,
        {"observation_id": "o", "event_id": "e", "person_id": ""},
        {
            "observation_id": _KEY,
            "event_id": _KEY,
            "person_id": _KEY,
            "code": _WORD,
            "happened_on": _DAY,
            "value": _NUMBER,
            "text": _TEXT,
        },
    ),
    "enrolments": _Query(
        _ENROLMENTS,
        {"enrolment_id": "n", "person_id": ""},
        {
            "enrolment_id": _KEY,
            "person_id": _KEY,
            "kind": _WORD,
            "start_on": _DAY,
            "end_on": _DAY,
            "end_reason": _TEXT,
            "value": _TEXT,
        },
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
    sql = query.sql.format(
        day=day.isoformat(), whose=_whose("e.person_id", chosen), whose_people=_whose("p.id", chosen)
    )
    sink = pa.BufferOutputStream()
    with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            sink.write(block)
    rows = _read_csv(sink.getvalue(), query)
    for column, letter in query.ids.items():
        rows = rows.set_column(rows.column_names.index(column), column, _as_text(rows[column], letter))
    return rows


def _whose(column: str, chosen: list[int] | None) -> str:
    return "true" if chosen is None else f"{column} = ANY ('{{{','.join(map(str, chosen))}}}')"


def _read_csv(data: pa.Buffer, query: _Query) -> pa.Table:
    if not data.size:
        return pa.table({name: pa.array([], kind) for name, kind in query.types.items()})
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(column_names=list(query.types), block_size=16 << 20),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        # PostgreSQL writes no value as nothing and an empty text as "": only the first is null.
        convert_options=pacsv.ConvertOptions(
            column_types=query.types, strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def _as_text(numbers: pa.ChunkedArray, letter: str) -> pa.ChunkedArray:
    text = pc.cast(numbers, pa.string())
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(text, _DIGITS, "0"), "") if letter else text


# --- one person -------------------------------------------------------------------------------------------------------


def person_facts(person_id: int) -> PersonFacts | None:
    """One person's facts, by four short queries; None when there is no such person."""
    with connection.cursor() as cursor:
        who = _rows(cursor, "SELECT birth_date, sex, died_on, left_on FROM people_person WHERE id = %s", person_id)
        if not who:
            return None
        ((birth_date, sex, died_on, left_on),) = who
        return PersonFacts(
            person_id=str(person_id),
            birth_date=birth_date,
            sex=sex,
            died_on=died_on,
            left_on=left_on,
            enrolments=tuple(_enrolments(cursor, person_id)),
            events=tuple(_events(cursor, person_id)),
            observations=tuple(_observations(cursor, person_id)),
        )


def _rows(cursor: Any, sql: str, person_id: int) -> list[tuple[Any, ...]]:
    cursor.execute(sql, [person_id])
    return cursor.fetchall()  # type: ignore[no-any-return]


def _of_one(sql: str) -> str:
    return sql.format(whose="e.person_id = %s")


def _enrolments(cursor: Any, person_id: int) -> Iterator[Enrolment]:
    for key, _, kind, start_on, end_on, end_reason, value in _rows(cursor, _of_one(_ENROLMENTS), person_id):
        yield Enrolment(row_id("n", key), kind, start_on, end_on, end_reason or None, value or None)


def _events(cursor: Any, person_id: int) -> Iterator[Event]:
    for key, _, kind, happened_on, mode in _rows(cursor, _of_one(_EVENTS), person_id):
        yield Event(row_id("e", key), kind, happened_on, mode)


def _observations(cursor: Any, person_id: int) -> Iterator[Observation]:
    for key, event, _, code, happened_on, value, text in _rows(cursor, _of_one(_OBSERVATIONS), person_id):
        event_id = None if event is None else row_id("e", event)
        yield Observation(row_id("o", key), code, happened_on, value, event_id, text or None)


def row_id(letter: str, key: int) -> str:
    """The text by which facts name a row: e for events, o for observations, n for enrolments."""
    return f"{letter}{key:0{_DIGITS}d}"


def row_key(fact_id: str) -> int:
    """The row's number in such a text."""
    return int(fact_id[1:])
