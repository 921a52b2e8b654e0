"""Temporary tables that take in what rows say, by COPY; numbers of people are sealed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinxiu.people import sealing
from jinxiu.people.identity import is_mobile

_BLOCK = 10_000  # rows held in memory for one table

RESIDENTS: dict[str, str] = {
    "staged_resident": """n bigint, name text, pinyin text, initials text, sex text, birth_date date, id_system text,
        id_sealed bytea, id_hash bytea, id_last4 bytea, id_masked text, phone_hash bytea, place_id bigint, address text,
        team_id bigint, default_team_id bigint, joined_on date, died_on date, left_on date, is_head bool,
        head_name text, head_hash bytea, head_relation text""",
    "staged_phone": "n bigint, use text, sealed bytea, whole_hash bytea, last4_hash bytea, masked text",
    "staged_condition": "n bigint, kind text, start_on date",
    "staged_guardian": """n bigint, name text, id_hash bytea, relation text, words text, sealed bytea, whole_hash bytea,
        last4_hash bytea, masked text""",
}
RECORDS: dict[str, str] = {
    "staged_record": """n bigint, name text, id_system text, id_hash bytea, kind text, start_on date, mode text,
        end_on date, end_reason text, last_on date""",
    "staged_value": "n bigint, code text, value float8",
}


class Staging:
    """The temporary tables of one import, inside its transaction."""

    def __init__(self, cursor: Any, tables: Mapping[str, str]) -> None:
        self._cursor = cursor
        self._rows: dict[str, list[Sequence[Any]]] = {name: [] for name in tables}
        for name, columns in tables.items():
            # A transaction of the caller (a test's) may still hold the tables of an import before this one.
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")

    def put(self, table: str, *values: Any) -> None:
        """Take one row in."""
        rows = self._rows[table]
        rows.append(values)
        if len(rows) >= _BLOCK:
            self._send(table)

    def finish(self) -> None:
        """Send what is left and let the planner look at the tables."""
        for name in self._rows:
            self._send(name)
            self._cursor.execute(f"ANALYZE {name}")

    def _send(self, table: str) -> None:
        with self._cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in self._rows[table]:
                copy.write_row(row)
        self._rows[table].clear()


def sealed_identifier(system: str, number: str) -> tuple[Any, ...]:
    """The columns id_system, id_sealed, id_hash, id_last4, id_masked of a number."""
    columns = sealing.identifier_columns(system, number)
    return (system, *(columns[name] for name in ("sealed", "whole_hash", "last4_hash", "masked")))


def sealed_phones(numbers: Iterable[str]) -> list[tuple[Any, ...]]:
    """For each number the columns use, sealed, whole_hash, last4_hash, masked."""
    found = []
    for number in numbers:
        columns = sealing.phone_columns(number)
        use = "mobile" if is_mobile(number) else "home"
        found.append((use, *(columns[name] for name in ("sealed", "whole_hash", "last4_hash", "masked"))))
    return found
