"""What an import did, or would do: counts, columns, changes, and every row that stays out with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from jinxiu.familydoctor.imports.layouts import Found, Layout
from jinxiu.familydoctor.imports.rows import Problem

PROPOSED = "maybe_registered"
SHOWN_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: file, sheet (empty in a text file), and the number that the spreadsheet program shows."""

    file: str
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table that was read: how many rows, and each column with what it was read as."""

    file: str
    sheet: str
    rows: int
    columns: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one registered person that the file says otherwise."""

    place: Place
    person_id: int
    field: str
    was: str
    becomes: str


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import or of its dry run. `counts`: new, changed, same, proposed, refused rows."""

    layout: Layout
    applied: bool = False
    tables: list[TableRead] = field(default_factory=list)
    unread_sheets: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    changed_fields: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    problems: list[tuple[Place, Problem]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return sum(table.rows for table in self.tables)

    @property
    def changes_anything(self) -> bool:
        """True when there is something to write."""
        return bool(self.counts["new"] or self.counts["changed"])

    def refuse(self, place: Place, problem: Problem) -> None:
        """Note a problem; a row is counted by its caller."""
        self.problems.append((place, problem))

    def sort(self) -> None:
        """Put the problems in the order of the files' rows."""
        self.problems.sort(key=lambda one: (one[0].file, one[0].sheet, one[0].row))
