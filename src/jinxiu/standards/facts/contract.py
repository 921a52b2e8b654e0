"""The facts contract as data: which tables and columns the engine reads, their types, and what is allowed in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

TEXT = "text"
DATE = "date"
NUMBER = "number"
FREE = "free"  # anything, kept as text: no rule reads it

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 12, 31)
TOO_LARGE = 1e12  # below it a number prints the same in every engine

SEXES = ("M", "F", "U")
MODES = ("clinic", "home", "phone", "online")
END_REASONS = ("lost", "refused", "moved", "died", "completed")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `optional` columns may be missing altogether, `key` columns may not be empty."""

    name: str
    type: str = TEXT
    key: bool = False
    optional: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the contract; `id` names the column in which no value may stand twice.

    These ids can stand in a verdict's JSON: control characters in them are refused, so that its bytes are the same
    in every engine.
    """

    name: str
    columns: tuple[Column, ...]
    id: str | None = None
    optional: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the contract has none."""
        return {column.name: column for column in self.columns}[name]


_PERSON = Column("person_id", key=True)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "people",
            (
                _PERSON,
                Column("birth_date", DATE),
                Column("sex", allowed=SEXES),
                Column("died_on", DATE),
                Column("left_on", DATE),
                Column("team_id"),
                Column("district"),
                Column("institution_id", optional=True),
                Column("community", optional=True),
            ),
            id="person_id",
        ),
        Table(
            "enrolments",
            (
                Column("enrolment_id", key=True, optional=True),
                _PERSON,
                Column("kind", key=True),
                Column("start_on", DATE, key=True),
                Column("end_on", DATE),
                Column("end_reason", optional=True, allowed=END_REASONS),
                Column("value", FREE, optional=True),
            ),
            id="enrolment_id",
        ),
        Table(
            "events",
            (
                Column("event_id", key=True),
                _PERSON,
                Column("kind", key=True),
                Column("happened_on", DATE, key=True),
                Column("mode", allowed=MODES),
                Column("at", FREE, optional=True),
                Column("end_on", DATE, optional=True),
                Column("setting", optional=True),
                Column("code", optional=True),
            ),
            id="event_id",
        ),
        Table(
            "observations",
            (
                Column("observation_id", key=True, optional=True),
                Column("event_id"),
                _PERSON,
                Column("code", key=True),
                Column("happened_on", DATE, key=True),
                Column("value", NUMBER),
                Column("text"),
            ),
            id="observation_id",
        ),
        Table(
            "waivers",
            (
                _PERSON,
                Column("standard", key=True),
                Column("clause", key=True),
                Column("cycle"),
                Column("start_on", DATE, key=True),
                Column("end_on", DATE),
                Column("reason"),
            ),
            optional=True,
        ),
        Table(
            "memberships",
            (_PERSON, Column("team_id", key=True), Column("start_on", DATE, key=True), Column("end_on", DATE)),
            optional=True,
        ),
    )
}
