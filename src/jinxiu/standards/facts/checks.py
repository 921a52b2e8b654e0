"""What the contract promises of the rows themselves, asked of whole columns; examples are fetched only if wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinxiu.standards.facts.contract import DATE, FIRST_DAY, LAST_DAY, NUMBER, TABLES, TOO_LARGE, Column, Table
from jinxiu.standards.facts.problems import EXAMPLES, More, Problem

_CONTROL = r"[\x00-\x1f]"


@dataclass(frozen=True, slots=True)
class _Check:
    """`wrong` is the SQL of a condition that no row may meet."""

    column: str
    wrong: str
    allowed: str
    remedy: str


def row_problems(connection: Any, scans: dict[str, str]) -> list[Problem | More]:
    """Every promise that some row breaks, up to 20 examples each.

    `connection` is DuckDB's, with a view of every contract table; `scans` gives, by table, the SQL of the view's rows
    with their `row_number`.
    """
    problems: list[Problem | More] = []
    for table in TABLES.values():
        problems += _column_problems(connection, table, scans[table.name])
    for table in TABLES.values():
        problems += _repeated_ids(connection, table, scans[table.name])
        problems += _strangers(connection, table, scans[table.name])
    return problems


def _column_problems(connection: Any, table: Table, scan: str) -> list[Problem | More]:
    """One pass over the table counts what is wrong; only broken checks are asked for examples."""
    checks = [check for column in table.columns for check in _checks(table, column)]
    counts = ", ".join(f"count(*) FILTER (WHERE {check.wrong})" for check in checks)
    (found,) = connection.execute(f"SELECT {counts} FROM {table.name}").fetchall()  # noqa: S608
    return [
        problem
        for check, count in zip(checks, found, strict=True)
        if count
        for problem in _shown(connection, table, check, scan, count)
    ]


def _checks(table: Table, column: Column) -> list[_Check]:
    name = column.name
    checks = []
    if column.key:
        empty = f"{name} IS NULL" if column.type == DATE else f"({name} IS NULL OR {name} = '')"
        checks.append(_Check(name, empty, "it may not be empty", "Fill it in."))
    if name == table.id and name != "person_id":
        checks.append(
            _Check(name, f"regexp_matches({name}, '{_CONTROL}')", "an id has no control characters", "Remove them.")
        )
    if column.type == DATE:
        wrong = f"({name} < DATE '{FIRST_DAY}' OR {name} > DATE '{LAST_DAY}')"
        checks.append(_Check(name, wrong, f"days from {FIRST_DAY} to {LAST_DAY} are allowed", "Correct the date."))
    if name == "end_on":
        start = "happened_on" if table.name == "events" else "start_on"
        checks.append(
            _Check(name, f"end_on < {start}", f"it may not lie before {start}", "Correct one of the two dates.")
        )
    if column.type == NUMBER:
        wrong = f"NOT (abs({name}) < {TOO_LARGE:.0f})"  # NaN counts as larger than everything here
        checks.append(
            _Check(name, wrong, f"numbers below {TOO_LARGE:.0f} are allowed", "Correct it, or leave it empty.")
        )
    if column.allowed:
        names = ", ".join(f"'{one}'" for one in column.allowed)
        remedy = f"Write one of {', '.join(column.allowed)}, or leave it empty if it is unknown."
        checks.append(_Check(name, f"{name} NOT IN ({names})", "the code is unknown", remedy))
    return checks


def _shown(connection: Any, table: Table, check: _Check, scan: str, count: int) -> list[Problem | More]:
    rows = connection.execute(
        f"SELECT row_number, CAST({check.column} AS VARCHAR) FROM {scan} WHERE {check.wrong} "  # noqa: S608
        f"ORDER BY row_number LIMIT {EXAMPLES}"
    ).fetchall()
    examples = [Problem(table.name, check.allowed, check.remedy, row, check.column, value) for row, value in rows]
    rest = count - len(examples)
    return [*examples, *([More(table.name, check.column, rest)] if rest > 0 else [])]


def _repeated_ids(connection: Any, table: Table, scan: str) -> list[Problem | More]:
    name = table.id
    if name is None or _rising(connection, table.name, name):
        return []
    query = f"SELECT count(DISTINCT {name}), count({name}) FROM {table.name}"  # noqa: S608
    ((different, given),) = connection.execute(query).fetchall()
    if different == given:
        return []
    rows = f"(SELECT *, row_number() OVER (PARTITION BY {name} ORDER BY row_number) AS nth FROM {scan})"  # noqa: S608
    wrong = f"nth > 1 AND {name} IS NOT NULL"
    check = _Check(name, wrong, "the id stands in an earlier row already", _OWN_ID[table.name])
    return _shown(connection, table, check, rows, given - different)


def _rising(connection: Any, table: str, name: str) -> bool:
    """True when every id is larger than the one before it, as most files have them: three times as quick to see."""
    ((larger, rows),) = connection.execute(
        f"SELECT count(*) FILTER (WHERE id > earlier), count(*) "  # noqa: S608
        f"FROM (SELECT {name} AS id, lag({name}) OVER () AS earlier FROM {table})"
    ).fetchall()
    return rows == 0 or larger == rows - 1


_OWN_ID = {
    "people": "Give every person one row.",
    "enrolments": "Give every enrolment its own enrolment_id, or leave that column out.",
    "events": "Give every event its own event_id.",
    "observations": "Give every observation its own observation_id, or leave that column out.",
}


def _strangers(connection: Any, table: Table, scan: str) -> list[Problem | More]:
    """Rows of somebody who is not in people, and observations of an event that is not there or is somebody else's."""
    if table.name == "people":
        return []
    if table.name != "observations":
        return _without_match(connection, table, _NOBODY, scan, "true")
    # An observation of a known event of the same person needs no further look at people.
    return [
        *_without_match(connection, table, _NOBODY, scan, "event_id IS NULL"),
        *_without_match(connection, table, _NO_EVENT, scan, "event_id IS NOT NULL"),
    ]


_NOBODY = _Check(
    "person_id", "people USING (person_id)", "the person is not in people", "Add the person, or leave the row out."
)
_NO_EVENT = _Check(
    "event_id",
    "events USING (event_id, person_id)",
    "this person has no such event in events",
    "Add the event, correct the id or the person, or leave event_id empty.",
)


def _without_match(connection: Any, table: Table, check: _Check, scan: str, among: str) -> list[Problem | More]:
    """Rows without their partner; `check.wrong` names the table and the columns of the partner."""
    rows = f"(FROM {{}} AS rows ANTI JOIN {check.wrong} WHERE {among})"
    ((count,),) = connection.execute(f"SELECT count(*) FROM {rows.format(table.name)}").fetchall()  # noqa: S608
    if not count:
        return []
    every = _Check(check.column, "true", check.allowed, check.remedy)
    return _shown(connection, table, every, rows.format(scan), count)
