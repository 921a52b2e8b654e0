"""What every import does: open the files, read the rows, note what cannot be used, run the statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from jinxiu.audit.origin import Actor
from jinxiu.familydoctor.imports.report import ImportReport, Place, TableRead
from jinxiu.familydoctor.imports.rows import Problem, RowRead, RowReader
from jinxiu.familydoctor.imports.staging import Staging
from jinxiu.familydoctor.imports.tables import FileError, Table, read_tables
from jinxiu.people import clock

ENROLMENT_SOURCE = "residents"
"""The source system of programmes, whichever file brought them: the same one twice is one."""

_LOCK = 0x6A785F72  # one import at a time: two would not see each other's persons
_ROWS_PER_REPORT = 1_000

COUNTS = ("new", "changed", "same", "proposed", "refused")
"""What may become of a row."""

Progress = Callable[[str, float], None]
"""Called with a few words and the share done, 0 to 1."""

Files = Sequence[tuple[str, bytes]]
"""Names and contents."""


class RegisterChangedError(RuntimeError):
    """What is registered has changed while the import ran, or since somebody looked; nothing was written."""


def teams_in(reach: frozenset[int] | None) -> list[int] | None:
    """The teams within reach as a parameter of a statement; None for all."""
    return None if reach is None else sorted(reach)


def silent(_words: str, _share: float) -> None:
    """Tell nobody."""


def counts_of(report: ImportReport) -> dict[str, int]:
    """Rows by what becomes of them."""
    return {name: report.counts[name] for name in COUNTS}


@dataclass
class Job:
    """One import at work inside its transaction. A kind of import says how a row is taken in, compared and written."""

    actor: Actor
    today: date
    progress: Progress
    report: ImportReport
    cursor: Any
    places: list[Place] = field(default_factory=list)  # by row number `n`

    def carry_out(self, files: Files, *, dry_run: bool, agreed: Mapping[str, int] | None) -> None:
        """Look, and write unless it is a dry run.

        With `agreed` the outcome has to be what somebody has seen and said yes to. Raises FileError,
        RegisterChangedError.
        """
        began = perf_counter()
        self.look(files, dry_run)
        if agreed is not None and counts_of(self.report) != agreed:
            raise RegisterChangedError
        if not dry_run and self.report.changes_anything:
            self.write()
        self.report.applied, self.report.seconds = not dry_run, perf_counter() - began

    def take(self, staging: Staging, n: int, read: RowRead) -> None:
        """Check what a row says together, note it in `read.problems`, and stage the row if it is usable."""
        raise NotImplementedError

    def look(self, files: Files, dry_run: bool) -> None:
        """Stage the rows and compare them with what is there. Raises FileError."""
        raise NotImplementedError

    def write(self) -> None:
        """Bring in what is new and what has changed."""
        raise NotImplementedError

    def open(self, files: Files) -> list[tuple[str, Table]]:
        """The tables of all files. Raises FileError that names the file."""
        found = []
        for name, content in files:
            self.progress(name, 0.0)
            try:
                tables, others = read_tables(content, self.report.layout)
            except FileError as error:
                raise FileError(error.reason, file=name, **error.parts) from error
            found += [(name, table) for table in tables]
            self.report.unread_sheets += [(name, sheet) for sheet in others]
        return found

    def read(self, tables: list[tuple[str, Table]], into: dict[str, str], temporary: Iterable[str]) -> None:
        """Stage the rows that can be used, with the import's lock held until the transaction ends."""
        self.cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for name in temporary:
            self.cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        staging, total = Staging(self.cursor, into), sum(len(table.rows) for _, table in tables) or 1
        for name, table in tables:
            reader, rows = RowReader(self.report.layout, table.columns, self.today), 0
            for number, cells in table.numbered():
                rows += 1
                self._take(staging, Place(name, table.sheet, number), reader.read(cells))
                if len(self.places) % _ROWS_PER_REPORT == 0:
                    self.progress(name, 0.7 * len(self.places) / total)
            self.report.tables.append(TableRead(name, table.sheet, rows, table.columns))
        staging.finish()

    def _take(self, staging: Staging, place: Place, read: RowRead) -> None:
        n = len(self.places)
        self.places.append(place)
        self.take(staging, n, read)
        for problem in read.problems:
            self.report.refuse(place, problem)
        self.report.counts["refused"] += not read.is_usable

    def refuse(self, statement: str, column: str, reason: str, part: str = "") -> list[int]:
        """Turn down the rows that a statement names, by number or with one more value; returns their numbers.

        The value is what the sentence needs as `part`; for `first` it is the number of the row before.
        """
        rows = self.rows(statement)
        for n, *other in rows:
            value = str(other[0]) if other else ""
            parts = {part: self._where(other[0], self.places[n]) if part == "first" else value} if part else {}
            self.turn_down(n, Problem(column, "", reason, parts))
        return sorted({row[0] for row in rows})

    def _where(self, n: int, beside: Place) -> str:
        first = self.places[n]
        same_sheet = (first.file, first.sheet) == (beside.file, beside.sheet)
        return str(first.row) if same_sheet else " ".join(filter(None, (first.file, first.sheet, str(first.row))))

    def turn_down(self, n: int, problem: Problem, count: str = "refused") -> None:
        """Note why a row stays out, and count it."""
        self.report.refuse(self.places[n], problem)
        self.report.counts[count] += 1

    def summary(self, files: Files) -> dict[str, object]:
        """What the trail keeps of the import: counts, never a name of a person."""
        names = ", ".join(name for name, _ in files)[:200]
        return {"files": names, "layout": self.report.layout.id, **counts_of(self.report)}

    def all(self, many: Iterable[str], **more: object) -> None:
        """Run statements one after the other."""
        for statement in many:
            self.do(statement, **more)

    def rows(self, statement: str, **more: object) -> list[tuple[Any, ...]]:
        """Run one statement and return what it finds."""
        self.do(statement, **more)
        return list(self.cursor.fetchall())

    def do(self, statement: str, **more: object) -> int:
        """Run one statement and return how many rows it touched."""
        self.cursor.execute(statement, self.parameters() | more)
        return int(self.cursor.rowcount)

    def parameters(self) -> dict[str, object]:
        """What every statement may name."""
        return {"today": self.today, "now": clock.now(), "source": ENROLMENT_SOURCE}

    def say(self, step: str) -> None:
        """Tell which step has begun, after the reading."""
        self.progress(step, 0.8)
