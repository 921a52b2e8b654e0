"""Bring FHIR R4 files into the records: read, map, stage, check, write, in one transaction.

The files are read once, line by line, into temporary tables; from there everything is done by set-based statements, so
neither the number of files nor their order matters and memory does not grow with them. Whatever goes wrong, or whoever
kills the process, nothing has happened before the last statement is through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.fhir import changes, statements
from jinxiu.fhir.bundles import reader_of
from jinxiu.fhir.fields import ResourceError
from jinxiu.fhir.mapping import map_line
from jinxiu.fhir.maps import Maps, read_maps
from jinxiu.fhir.models import ImportRun
from jinxiu.fhir.ndjson import InputError, Line, SourceFile, find_files
from jinxiu.fhir.numbers import check_numbers
from jinxiu.fhir.report import ImportReport, Refused
from jinxiu.fhir.staging import Staging
from jinxiu.people import clock
from jinxiu.people.access import open_on
from jinxiu.people.models import Team
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE

IMPORTED = define("fhir.imported", _("%(actor)s imported %(resources)s FHIR resources from %(source)s."))

DEFAULT_SOURCE = "fhir"
LINES_PER_REPORT = 500
_LOCK = 0x6A785F66  # one import at a time: two would not see each other's persons
_ALLOWED_LINKS = {
    "patient": "a patient in these files or in an earlier import, the same one each time",
    "encounter": "an encounter of the same patient, in these files or in an earlier import",
    "serviceProvider": "an organization in these files or in an earlier import",
    "practitioner": "a practitioner in these files or in an earlier import",
}
_CLOSED = "nothing new while the use of this person's data is restricted; the line may come again when that has ended"
_BORN_BEFORE_DEATH = "a birth that is not after the death recorded here"
_ONE_LINE = "one JSON object a line, in UTF-8, in a whole file"

Progress = Callable[[int, int, str], None]
"""Called with bytes read, bytes in all, and the name of the file or step at hand."""


class ImportRefused(Exception):  # noqa: N818 - nothing broke; the files were turned down
    """Lines cannot go in and nobody said to go on without them; nothing has changed. `report` has the lines."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report
        count = report.refused_count
        lines = "1 line" if count == 1 else f"{count:,} lines"
        super().__init__(
            f"{lines} cannot go in, so nothing was imported; mend the lines, or say --skip-errors to import the rest."
        )


def import_directory(
    path: Path | Sequence[Path],
    *,
    skip_errors: bool = False,
    progress: Progress | None = None,
    source: str = DEFAULT_SOURCE,
    team: str | None = None,
    maps: Iterable[Path] | None = None,
    today: date | None = None,
    actor: Actor = SYSTEM,
) -> ImportReport:
    """Import the NDJSON files and Bundles of a directory (or several paths) and return what happened.

    `source` names the system that the ids come from: the same id from another source is somebody else. `team` is the
    code of a team for people who have none; without it they join a team of the institution where they were seen most.
    `maps` replaces the shipped map files. Raises InputError for paths, source or team that cannot be, StandardError for
    mistakes in map files, ImportRefused when lines are bad and `skip_errors` is off.
    """
    started, began = clock.now(), perf_counter()
    files = find_files([path] if isinstance(path, Path) else path)
    report = ImportReport(source=_checked_source(source), files=[file.name for file in files])
    table = read_maps(maps)
    with transaction.atomic(), connection.cursor() as cursor:
        job = _Import(cursor, report, table, skip_errors, progress or _silent, started, today or clock.today())
        job.team_id, job.user_id = _team_id(team), actor.user_id
        job.run(files)
        report.applied = True
        report.seconds = perf_counter() - began
        job.remember()
        detail = {"resources": report.resources, "source": source}
        audit.record(IMPORTED, actor=actor, detail=detail)
    report.seconds = perf_counter() - began  # with the commit, which checks all foreign keys
    return report


def _silent(_done: int, _total: int, _step: str) -> None:
    """Tell nobody."""


def _checked_source(source: str) -> str:
    if not 1 <= len(source) <= 60 or not source.isprintable():
        raise InputError("The name of the source must have 1 to 60 characters, such as 'hospital-3'.")
    return source


def _team_id(code: str | None) -> int | None:
    if code is None:
        return None
    team_id = Team.objects.filter(open_on(clock.today()), code=code).values_list("pk", flat=True).first()
    if team_id is None:
        raise InputError(
            f"There is no team with the code {code!r} that is open; give the code of an existing team, or leave it out."
        )
    return team_id


@dataclass
class _Import:
    """One import at work inside its transaction."""

    cursor: Any
    report: ImportReport
    maps: Maps
    skip_errors: bool
    progress: Progress
    now: datetime
    today: date
    team_id: int | None = None
    user_id: int | None = None  # of whoever imports

    def run(self, files: Sequence[SourceFile]) -> None:
        """Read all files and bring what is new or changed into force; raises ImportRefused."""
        self.files = files
        self.total = sum(file.size for file in files)
        self.cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for name in (*statements.TEMPORARY_TABLES, *changes.TEMPORARY_TABLES):
            self.cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self._read(files)
        self._say("checking references")
        self._refuse_second_times()
        self._refuse_links()
        self._refuse_closed()
        self._refuse_born_after_death()
        if self.report.refused_count and not self.skip_errors:
            raise ImportRefused(self.report)
        self._count_incoming()
        if self.report.changed_anything:
            self._write()

    def remember(self) -> None:
        """Write the run down, and what was seen in it."""
        finished = clock.now()
        run = ImportRun.objects.create(
            source_system=self.report.source, started_at=self.now, finished_at=finished, report=self.report.as_json()
        )
        if self.report.changed_anything:
            self._all(statements.REMEMBER, run=run.pk)

    # --- reading

    def _read(self, files: Sequence[SourceFile]) -> None:
        staging, n, before = Staging(self.cursor), 0, 0
        for index, file in enumerate(files):
            reader = reader_of(file)
            for line in reader:
                n += 1
                self._take(staging, n, index, line)
                if n % LINES_PER_REPORT == 0:
                    self.progress(before + reader.position, self.total, file.name)
            before += file.size
            self.progress(before, self.total, file.name)
        staging.finish()

    def _take(self, staging: Staging, n: int, index: int, line: Line) -> None:
        """Map one line and stage it, or note why it cannot be used."""
        file = self.files[index]
        if line.problem:
            self.report.refuse(Refused(file.name, line.number, "line", line.problem, _ONE_LINE), file.resource_type)
            return
        try:
            mapped = map_line(line.content, self.maps, file.resource_type)
            check_numbers(mapped, line.content, self.today)
        except ResourceError as error:
            refused = Refused(file.name, line.number, error.element, error.found, error.allowed)
            self.report.refuse(refused, file.resource_type)
            return
        staging.add(n, index, line.number, mapped)
        if mapped.kept:
            self.report.of(mapped.resource_type).kept += 1
            for kept in mapped.kept:
                self.report.keep(mapped.resource_type, kept.reason, kept.detail)

    # --- checking

    def _refuse_second_times(self) -> None:
        """A resource that comes twice is one when both say the same; when they differ nobody knows which is right."""
        self.cursor.execute(statements.SECOND_TIMES)
        for _n, file, line, kind, resource_id, first_file, first_line, same in self._rows():
            if same:
                self.report.of(kind).unchanged += 1
                continue
            found = f"{kind}/{resource_id} again with other content"
            allowed = f"each resource once; the first is in {self.files[first_file].name} line {first_line}"
            self.report.refuse(Refused(self.files[file].name, line, "id", found, allowed), kind)
        self.cursor.execute(statements.REMOVE_SECOND_TIMES)
        self.cursor.execute(statements.INDEX_STAGED)
        self.cursor.execute("ANALYZE staged")

    def _refuse_links(self) -> None:
        """Lines about nobody are taken out; a link to anything else that is not there is left out."""
        self._do(statements.ABOUT_NOBODY)
        self._do(statements.ADD_MOVED)
        self._refuse_from("about_nobody")
        self._do(statements.REMOVE_ABOUT_NOBODY)
        self._do(statements.LINKS_TO_NOTHING)
        self._refuse_from("link_to_nothing", without_link=True)
        self._do(statements.REMOVE_LINKS_TO_NOTHING)

    def _refuse_closed(self) -> None:
        """Of somebody whose record is closed nothing new is recorded; what is registered may still be put right."""
        self._do(statements.CLOSED, closed_to_care=CLOSED_TO_CARE)
        self._refuse_from("closed", allowed=_CLOSED)
        self._do(statements.REMOVE_CLOSED)

    def _refuse_born_after_death(self) -> None:
        self._do(changes.BORN_AFTER_DEATH)
        self._refuse_from("born_after_death", allowed=_BORN_BEFORE_DEATH)
        self._do(changes.REMOVE_BORN_AFTER_DEATH)

    def _refuse_from(self, table: str, *, without_link: bool = False, allowed: str = "") -> None:
        self.cursor.execute(f"SELECT file, line, type, element, target FROM {table} ORDER BY n")  # noqa: S608 - our name
        for file, line, kind, element, target in self._rows():
            refused = Refused(
                self.files[file].name, line, element, target, allowed or _ALLOWED_LINKS[element], without_link
            )
            self.report.refuse(refused, kind)

    def _rows(self) -> Iterable[tuple[Any, ...]]:
        while rows := self.cursor.fetchmany(5000):
            yield from rows

    def _count_incoming(self) -> None:
        self._do(statements.INCOMING)
        self.cursor.execute(statements.INCOMING_COUNTS)
        for kind, every, new, changed in self.cursor.fetchall():
            counts = self.report.of(kind)
            counts.new += new
            counts.changed += changed
            counts.unchanged += every - new - changed

    # --- writing

    def _write(self) -> None:
        self._do(statements.INDEX_INCOMING)
        self._say("people and institutions")
        self._all(statements.PLACES)
        self._all(statements.INSTITUTIONS)
        self._all(statements.STAFF)
        self._all(changes.CHANGES, user=self.user_id)
        self._note_kept_deaths()
        changes.seal_numbers(self.cursor)
        self._all(statements.PERSONS)
        self._note_taken_numbers()
        self._all(statements.PATIENT_OF)
        self._say("what is there already")
        self._all(statements.IN_FORCE)
        self._do(statements.ENROLMENTS_WANTED)
        self._write_rules()
        self._do(statements.READINGS_WANTED)
        self._all(statements.EVENTS_WANTED)
        self._say("enrolments, events and observations")
        self.report.rows["enrolments"] = self._do(statements.WRITE_ENROLMENTS)
        self._all(statements.WRITE_EVENTS)
        self.report.rows["events"] = self._count("new_event")
        self.report.rows["observations"] = self._do(statements.WRITE_READINGS)
        self._say("teams")
        if self.team_id is None:
            self._all(statements.TEAMS)
        else:
            self._do(statements.JOIN_ONE_TEAM, team=self.team_id)

    def _write_rules(self) -> None:
        self._do(statements.RULES)
        for ordinal, rule in enumerate(self.maps.derived_events, start=1):
            types = sorted({self.maps.short(system, code) for system, code in rule.of_type})
            lists = (types, list(rule.settings), list(rule.when_any), list(rule.takes))
            self.cursor.execute(statements.ADD_RULE, [ordinal, rule.event, rule.enrolled_in, *lists])

    def _note_taken_numbers(self) -> None:
        """A number that already names somebody else stays with that person: who is the same, people decide."""
        self._do(statements.TAKEN_NUMBERS)
        for kind, count in self.cursor.fetchall():
            self.report.kept["Patient", "identifier", kind] += count

    def _note_kept_deaths(self) -> None:
        """A death that is recorded here stays when the file has none; somebody should look who is right."""
        self.cursor.execute(changes.KEPT_DEATHS)
        for (key,) in self.cursor.fetchall():
            self.report.keep("Patient", "death", key)

    def _all(self, many: Iterable[str], **more: object) -> None:
        for statement in many:
            self._do(statement, **more)

    def _do(self, statement: str, **more: object) -> int:
        """Run one statement and return how many rows it touched."""
        parameters = {"source": self.report.source, "now": self.now, "today": self.today, **more}
        self.cursor.execute(statement, parameters)
        return int(self.cursor.rowcount)

    def _count(self, table: str) -> int:
        self.cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
        return int(self.cursor.fetchone()[0])

    def _say(self, step: str) -> None:
        self.progress(self.total, self.total, step)
