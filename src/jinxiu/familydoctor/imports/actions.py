"""Bring residents out of files into the register: read, stage, compare, and write in one transaction, or only say.

The rows go into temporary tables by COPY; from there everything is done by set-based statements. Whatever goes wrong,
or whoever kills the process, nothing has happened before the last statement is through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.familydoctor.imports import queries, statements
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.report import PROPOSED, SHOWN_CHANGES, Change, ImportReport, Place, TableRead
from jinxiu.familydoctor.imports.rows import Problem, RowRead, RowReader
from jinxiu.familydoctor.imports.staging import RESIDENTS, Staging, sealed_identifier, sealed_phones
from jinxiu.familydoctor.imports.tables import FileError, Table, read_tables
from jinxiu.people import clock
from jinxiu.people.identity import ID_CARD, IdCard
from jinxiu.people.names import search_keys

IMPORTED = define(
    "residents.imported",
    _("%(actor)s imported residents from %(files)s: %(new)s new, %(changed)s changed, %(refused)s rows refused."),
)
LOOKED = define(
    "residents.dry_run", _("%(actor)s looked at what importing %(files)s would do: %(new)s new, %(changed)s changed.")
)

SOURCE = "residents"
_LOCK = 0x6A785F72  # one import at a time: two would not see each other's persons
_ROWS_PER_REPORT = 1_000

Progress = Callable[[str, float], None]
"""Called with a few words and the share done, 0 to 1."""


class RegisterChangedError(RuntimeError):
    """Somebody registered one of the numbers while the import ran; nothing was written, run it again."""


def import_residents(
    files: Sequence[tuple[str, bytes]],
    *,
    actor: Actor,
    dry_run: bool = False,
    team_id: int | None = None,
    reach: frozenset[int] | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportReport:
    """Import files (name, content) and return what happened, or with `dry_run` what would.

    `team_id` is the team of people who have none and whose row names none. `reach` are the teams that the actor may
    change (None: all): people of other teams are left alone. Rows that cannot be used stay out and are in the report.
    The due list is not touched: refresh it afterwards. Raises FileError, RegisterChangedError.
    """
    began = perf_counter()
    job = _Residents(
        actor=actor,
        today=today or clock.today(),
        team_id=team_id,
        reach=reach,
        progress=progress or _silent,
        report=ImportReport(layouts()["residents"]),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        job.cursor = cursor
        job.look(job.open(files), dry_run)
        if not dry_run:
            job.write()
        job.leave_a_line(LOOKED if dry_run else IMPORTED, [name for name, _content in files])
    job.report.applied = not dry_run
    job.report.seconds = perf_counter() - began
    return job.report


def _silent(_words: str, _share: float) -> None:
    """Tell nobody."""


@dataclass
class _Residents:
    """One import at work inside its transaction."""

    actor: Actor
    today: date
    team_id: int | None
    reach: frozenset[int] | None
    progress: Progress
    report: ImportReport
    cursor: Any = None
    places: list[Place] = field(default_factory=list)  # by row number `n`

    # --- reading

    def open(self, files: Sequence[tuple[str, bytes]]) -> list[tuple[str, Table]]:
        """The tables of all files; a file that cannot be used is named."""
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

    def look(self, tables: list[tuple[str, Table]], dry_run: bool) -> None:
        """Stage the rows and compare them with the register."""
        self.cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        self._read(tables)
        self._say("comparing with the register")
        self._refuse(statements.REPEATED, "id_number", "repeated", first=True)
        self._all(statements.MATCH)
        if not dry_run:
            self._do(statements.LOCK_MATCHED)
        self._refuse(statements.SAME_PERSON_TWICE, "id_number", "repeated", first=True)
        self._refuse(statements.OUT_OF_REACH, "id_number", "elsewhere")
        self._refuse(statements.GONE, "id_number", "gone")
        self._all(statements.CANDIDATES)
        self._all(statements.DIFFERENCES)
        self._note_fixed_teams()
        self._all(statements.SETTLE_CANDIDATES)
        self._propose()
        self._count()

    def _read(self, tables: list[tuple[str, Table]]) -> None:
        for name in statements.TEMPORARY_TABLES:
            self.cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        staging, lookup = Staging(self.cursor, RESIDENTS), _Lookup(self.report.layout.endings, self.reach)
        total = sum(len(table.rows) for _, table in tables) or 1
        for name, table in tables:
            reader, rows = RowReader(self.report.layout, table.columns, self.today), 0
            for number, cells in table.numbered():
                rows += 1
                self._take(staging, lookup, Place(name, table.sheet, number), reader.read(cells))
                if len(self.places) % _ROWS_PER_REPORT == 0:
                    self.progress(name, 0.7 * len(self.places) / total)
            self.report.tables.append(TableRead(name, table.sheet, rows, table.columns))
        staging.finish()

    def _take(self, staging: Staging, lookup: _Lookup, place: Place, read: RowRead) -> None:
        """Stage one row, or note why it stays out."""
        n = len(self.places)
        self.places.append(place)
        if read.is_usable and not (read.values.get("id_number") or read.values.get("birth_date")):
            read.problems.append(Problem("id_number", "", "who"))
        home, team = lookup.home(read), lookup.team(read)
        conditions = _conditions(read)
        for problem in read.problems:
            self.report.refuse(place, problem)
        if not read.is_usable:
            self.report.counts["refused"] += 1
            return
        self._stage(staging, n, read.values, home, team)
        for kind, start_on in conditions:
            staging.put("staged_condition", n, kind, start_on)

    def _stage(
        self, staging: Staging, n: int, values: dict[str, Any], home: tuple[int | None, str], team: int | None
    ) -> None:
        name, keys = values["name"], search_keys(values["name"])
        number = values.get("id_number")
        identifier: tuple[Any, ...] = (None,) * 5
        if isinstance(number, IdCard):
            identifier = sealed_identifier(ID_CARD, number.number)
        elif number:
            identifier = sealed_identifier(values["id_kind"], number)
        phones = sealed_phones(values.get("phone", ()))
        staging.put(
            *("staged_resident", n, name, keys.pinyin[:300], keys.initials[:60]),
            *(values.get("sex", "U"), values.get("birth_date"), *identifier),
            *(phones[0][2] if phones else None, *home, team, self.team_id),
            values.get("signed_on") or self.today,
        )
        for phone in phones:
            staging.put("staged_phone", n, *phone)

    # --- comparing

    def _refuse(self, statement: str, column: str, reason: str, *, first: bool = False) -> None:
        """Take the rows that a statement names out of the import."""
        rows = self._rows(statement)
        for n, *other in rows:
            parts = {}
            if first:
                parts = {"first": self._where(other[0], self.places[n])}
            elif other:
                parts = {"day": str(other[0])}
            self._turn_down(n, Problem(column, "", reason, parts))
        if rows:
            gone = sorted({row[0] for row in rows})
            self._do(statements.REMOVE_ROWS, rows=gone)
            if statement is not statements.REPEATED:
                self._do("DELETE FROM matched WHERE n = ANY(%(rows)s)", rows=gone)

    def _where(self, n: int, beside: Place) -> str:
        first = self.places[n]
        return str(first.row) if first.file == beside.file else f"{first.file} {first.row}"

    def _turn_down(self, n: int, problem: Problem, count: str = "refused") -> None:
        self.report.refuse(self.places[n], problem)
        self.report.counts[count] += 1

    def _note_fixed_teams(self) -> None:
        for (n,) in self._rows(statements.TEAM_FIXED):
            self.report.refuse(self.places[n], Problem("team", "", "team_fixed", whole_row=False))

    def _propose(self) -> None:
        """Rows that may be somebody who is registered stay out until a person has looked."""
        rows = self._rows(statements.PROPOSED)
        for n, person_id in rows:
            self._turn_down(n, Problem("name", "", PROPOSED, {"person": str(person_id)}), "proposed")
        self._do(statements.REMOVE_ROWS, rows=[n for n, _ in rows])

    def _count(self) -> None:
        ((new, changed, matched),) = self._rows(statements.COUNTS)
        self.report.counts.update(new=new, changed=changed, same=matched - changed)
        self.report.changed_fields.update(dict(self._rows(statements.CHANGED_FIELDS)))
        for n, person_id, column, was, becomes in self._rows(statements.CHANGES, limit=SHOWN_CHANGES):
            self.report.changes.append(Change(self.places[n], person_id, column, was, becomes))
        self.report.problems.sort(key=lambda one: (one[0].file, one[0].sheet, one[0].row))

    # --- writing

    def write(self) -> None:
        """Bring what is new and what has changed into the register. Raises RegisterChangedError."""
        if not self.report.changes_anything:
            return
        self._say("people")
        self._all(statements.NEWCOMERS)
        self._all(statements.HOMES)
        self._all(statements.PERSONS)
        ((numbered,),) = self._rows(statements.NUMBERED_NEWCOMERS)
        if self._do(statements.IDENTIFIERS) != numbered:
            raise RegisterChangedError
        self._say("teams and programmes")
        self._all(statements.TEAMS)
        self._do(statements.ENROLMENTS)

    def leave_a_line(self, action: Any, files: list[str]) -> None:
        """Say in the trail what was done: counts, never a name."""
        counts = {name: self.report.counts[name] for name in ("new", "changed", "same", "proposed", "refused")}
        audit.record(action, actor=self.actor, detail={"files": ", ".join(files)[:200], **counts})

    def _all(self, many: Iterable[str]) -> None:
        for statement in many:
            self._do(statement)

    def _rows(self, statement: str, **more: object) -> list[tuple[Any, ...]]:
        self._do(statement, **more)
        return list(self.cursor.fetchall())

    def _do(self, statement: str, **more: object) -> int:
        """Run one statement and return how many rows it touched."""
        reach = None if self.reach is None else sorted(self.reach)
        known = {"today": self.today, "now": clock.now(), "source": SOURCE, "reach": reach}
        self.cursor.execute(statement, known | more)
        return int(self.cursor.rowcount)

    def _say(self, step: str) -> None:
        self.progress(step, 0.8)


class _Lookup:
    """Finds the place and the team that a row names, or notes that there is none such."""

    def __init__(self, endings: tuple[str, ...], reach: frozenset[int] | None) -> None:
        self._endings = endings
        self._streets = queries.places("street", endings)
        self._communities = queries.places("community", endings)
        self._teams = queries.teams(reach)

    def home(self, read: RowRead) -> tuple[int | None, str]:
        """The place (community, else street) and the address of a row; without a known place no address is kept."""
        values = read.values
        streets = self._find(read, "street", self._streets, None)
        communities = self._find(read, "community", self._communities, streets or None)
        address = values.get("address", "")
        if communities or streets:
            return (communities or streets)[0], address
        if address and not any(problem.field in ("street", "community") for problem in read.problems):
            read.problems.append(Problem("address", address[:60], "address_alone", whole_row=False))
        return None, ""

    def team(self, read: RowRead) -> int | None:
        """The team of a row."""
        found = self._find(read, "team", self._teams, None)
        return found[0] if found else None

    def _find(self, read: RowRead, column: str, names: queries.Names, below: list[int] | None) -> list[int]:
        """The one id that a cell names, as a list; an empty one with a problem when there is none or more than one."""
        name = read.values.get(column)
        if not name:
            return []
        found = names.find(name, below) or names.find(queries.short(name, self._endings), below)
        if len(found) != 1:
            reason = f"{column}_unclear" if found else f"{column}_unknown"
            read.problems.append(Problem(column, name[:60], reason, whole_row=False))
            return []
        return found


def _conditions(read: RowRead) -> list[tuple[str, date]]:
    """The programmes of a row with their first day: of the programme's own column, else of the file, else signing."""
    values, found = read.values, []
    for kind in dict.fromkeys((*values.get("groups", ()), *(k for k in ("hypertension", "diabetes") if values.get(k)))):
        start_on = values.get(f"{kind}_on") or values.get("filed_on") or values.get("signed_on")
        born = values.get("birth_date")
        if start_on is None:
            read.problems.append(Problem(kind, "", "programme_without_day", whole_row=False))
        elif born and start_on < born:
            read.problems.append(Problem(kind, start_on.isoformat(), "before_birth", whole_row=False))
        else:
            found.append((kind, start_on))
    return found
