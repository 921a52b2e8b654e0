"""Bring what was done before into the records: past contacts, examinations, and who is in which programme since when.

Each row is about a registered person, known by number and name. Evidence is only added: what is there already with the
same values is left as it is, with other values the row is refused, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.actions import adopt
from jinxiu.agreements.queries import ENROLMENT as AGREEMENT
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.familydoctor.imports import record_statements as statements
from jinxiu.familydoctor.imports.job import Files, Job, Progress, silent, teams_in
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.imports.rows import Problem, RowRead, measured_values
from jinxiu.familydoctor.imports.staging import RECORDS, Staging
from jinxiu.people import clock, sealing
from jinxiu.people.identity import ID_CARD
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE

IMPORTED = define(
    "records.imported",
    _("%(actor)s imported past records (%(layout)s) from %(files)s: %(new)s new, %(refused)s rows refused."),
)
LOOKED = define(
    "records.dry_run",
    _("%(actor)s looked at what importing past records (%(layout)s) from %(files)s would do: %(new)s new."),
)

SOURCE = "records"
"""The source system of imported events and their observations."""


def import_records(
    files: Files,
    *,
    layout: str,
    actor: Actor,
    dry_run: bool = False,
    reach: frozenset[int] | None = None,
    agreed: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportReport:
    """Import files (name, content) of a layout with past records, and return what happened, or what would.

    `reach` are the teams whose people the actor may write about (None: all); rows about people of other teams are
    refused. `agreed` are the counts that somebody has said yes to. The due list is not touched: refresh it afterwards.
    Raises KeyError for an unknown layout, FileError, RegisterChangedError.
    """
    report, day = ImportReport(layouts()[layout]), today or clock.today()
    with transaction.atomic(), connection.cursor() as cursor:
        job = _Records(actor, day, progress or silent, report, cursor, reach=reach)
        job.carry_out(files, dry_run=dry_run, agreed=agreed)
        audit.record(LOOKED if dry_run else IMPORTED, actor=actor, detail=job.summary(files))
    return report


@dataclass
class _Records(Job):
    """One import of past records at work inside its transaction."""

    reach: frozenset[int] | None = None

    def take(self, staging: Staging, n: int, read: RowRead) -> None:
        """Stage one row: an event with its observations, or an enrolment."""
        values, layout = read.values, self.report.layout
        for column in ("end_on", "valid_to"):
            if read.is_usable and column in values and values[column] < values["start_on"]:
                read.problems.append(Problem(column, values[column].isoformat(), "ends_before"))
        if not read.is_usable:
            return
        number = sealing.keyed_hash(values["id_number"].number, sealing.IDENTIFIER)
        kind = layout.event or layout.enrolment or values["kind"]
        day = values["happened_on" if layout.event else "start_on"]
        what = (kind, day, values.get("mode", layout.mode))
        end = (values.get("end_on"), values.get("end_reason", ""), values.get("valid_to"))
        staging.put("staged_record", n, values["name"], ID_CARD, number, *what, *end)
        for code, value in measured_values(layout, values).items():
            staging.put("staged_value", n, code, value)

    def look(self, files: Files, dry_run: bool) -> None:
        """Stage the rows and compare them with the records. Raises FileError."""
        self.read(self.open(files), RECORDS, statements.TEMPORARY_TABLES)
        self.say("comparing with the records")
        is_event = bool(self.report.layout.event)
        day = "happened_on" if is_event else "start_on"
        twice = statements.REPEATED if is_event else statements.OVERLAPPING
        self._leave_out(twice, day, "repeated_record", "first")
        self.all(statements.MATCH)
        self._leave_out(statements.NOBODY, "id_number", "nobody")
        self._leave_out(statements.OUT_OF_REACH, "id_number", "elsewhere")
        self._leave_out(statements.OTHER_NAME, "name", "other_name")
        self._leave_out(statements.CLOSED, "id_number", "closed")
        self._leave_out(statements.OUTSIDE_OF_LIFE, day, "outside_of_life")
        self.all(statements.KNOWN_EVENTS if is_event else statements.KNOWN_ENROLMENTS)
        self._leave_out(statements.OTHERWISE, day, "recorded_otherwise")
        ((every, same),) = self.rows(statements.COUNTS)
        self.report.counts.update(new=every - same, same=same)
        self.report.sort()

    def _leave_out(self, statement: str, column: str, reason: str, part: str = "") -> None:
        self.do(statements.REMOVE_ROWS, rows=self.refuse(statement, column, reason, part))

    def write(self) -> None:
        """Add what is not there yet."""
        self.say("records")
        if self.report.layout.event:
            self.all(statements.WRITE_EVENTS)
        else:
            self.do(statements.WRITE_ENROLMENTS)
        if self.report.layout.enrolment == AGREEMENT:
            adopt(today=self.today, actor=self.actor)

    def parameters(self) -> dict[str, object]:
        """What every statement may name."""
        more = {"event_source": SOURCE, "reach": teams_in(self.reach), "closed_to_care": CLOSED_TO_CARE}
        return super().parameters() | more
