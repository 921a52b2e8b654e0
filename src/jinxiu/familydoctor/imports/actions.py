"""Bring residents out of files into the register: read, stage, compare, and write in one transaction, or only say.

The rows go into temporary tables by COPY; from there everything is done by set-based statements. Whatever goes wrong,
or whoever kills the process, nothing has happened before the last statement is through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.familydoctor.imports import queries, statements
from jinxiu.familydoctor.imports.job import Files, Job, Progress, RegisterChangedError, silent, teams_in
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.report import PROPOSED, SHOWN_CHANGES, Change, ImportReport
from jinxiu.familydoctor.imports.rows import Problem, RowRead
from jinxiu.familydoctor.imports.staging import RESIDENTS, Staging, sealed_identifier, sealed_phones
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


def import_residents(
    files: Files,
    *,
    actor: Actor,
    dry_run: bool = False,
    team_id: int | None = None,
    reach: frozenset[int] | None = None,
    agreed: Mapping[str, int] | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportReport:
    """Import files (name, content) and return what happened, or with `dry_run` what would.

    `team_id` is the team of people who have none and whose row names none. `reach` are the teams that the actor may
    change (None: all): people of other teams are left alone. Rows that cannot be used stay out and are in the report.
    `agreed` are the counts that somebody has said yes to. The due list is not touched: refresh it afterwards.
    Raises FileError, RegisterChangedError.
    """
    report, day = ImportReport(layouts()["residents"]), today or clock.today()
    with transaction.atomic(), connection.cursor() as cursor:
        job = _Residents(actor, day, progress or silent, report, cursor, reach=reach, team_id=team_id)
        job.carry_out(files, dry_run=dry_run, agreed=agreed)
        audit.record(LOOKED if dry_run else IMPORTED, actor=actor, detail=job.summary(files))
    return report


@dataclass
class _Residents(Job):
    """One import of residents at work inside its transaction."""

    reach: frozenset[int] | None = None
    team_id: int | None = None

    def __post_init__(self) -> None:
        self.lookup = _Lookup(self.report.layout.endings, self.reach)

    def take(self, staging: Staging, n: int, read: RowRead) -> None:
        """Stage one row, with the ids of its place and team."""
        if read.is_usable and not (read.values.get("id_number") or read.values.get("birth_date")):
            read.problems.append(Problem("id_number", "", "who"))
        home, team, conditions = self.lookup.home(read), self.lookup.team(read), _conditions(read)
        if not read.is_usable:
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

    def look(self, files: Files, dry_run: bool) -> None:
        """Stage the rows and compare them with the register. Raises FileError."""
        self.read(self.open(files), RESIDENTS, statements.TEMPORARY_TABLES)
        self.say("comparing with the register")
        self.do(statements.REMOVE_ROWS, rows=self.refuse(statements.REPEATED, "id_number", "repeated", "first"))
        self.all(statements.MATCH)
        if not dry_run:
            self.do(statements.LOCK_MATCHED)
            if self.rows(statements.MERGED_MEANWHILE):
                raise RegisterChangedError
        self._leave_alone(statements.SAME_PERSON_TWICE, "repeated", "first")
        self._leave_alone(statements.OUT_OF_REACH, "elsewhere")
        self._leave_alone(statements.GONE, "gone", "day")
        self.all(statements.CANDIDATES)
        self.all(statements.DIFFERENCES)
        for (n,) in self.rows(statements.TEAM_FIXED):
            self.report.refuse(self.places[n], Problem("team", "", "team_fixed", whole_row=False))
        self.all(statements.SETTLE_CANDIDATES)
        self._propose()
        self._count()

    def _leave_alone(self, statement: str, reason: str, part: str = "") -> None:
        """Take the rows that a statement names out, and their persons with them."""
        rows = self.refuse(statement, "id_number", reason, part)
        self.do(statements.REMOVE_ROWS, rows=rows)
        self.do(statements.REMOVE_MATCHED, rows=rows)

    def _propose(self) -> None:
        """Rows that may be somebody who is registered stay out until a person has looked."""
        rows = self.rows(statements.PROPOSED)
        for n, person_id in rows:
            self.turn_down(n, Problem("name", "", PROPOSED, {"person": str(person_id)}), "proposed")
        self.do(statements.REMOVE_ROWS, rows=[n for n, _ in rows])

    def _count(self) -> None:
        ((new, changed, matched),) = self.rows(statements.COUNTS)
        self.report.counts.update(new=new, changed=changed, same=matched - changed)
        self.report.changed_fields.update(dict(self.rows(statements.CHANGED_FIELDS)))
        for n, person_id, column, was, becomes in self.rows(statements.CHANGES, limit=SHOWN_CHANGES):
            self.report.changes.append(Change(self.places[n], person_id, column, was, becomes))
        self.report.sort()

    # --- writing

    def write(self) -> None:
        """Bring what is new and what has changed into the register. Raises RegisterChangedError."""
        self.say("people")
        self.all(statements.NEWCOMERS)
        self.all(statements.HOMES)
        self.all(statements.VERSIONS)
        self.all(statements.PERSONS)
        ((numbered,),) = self.rows(statements.NUMBERED_NEWCOMERS)
        if self.do(statements.IDENTIFIERS) != numbered:
            raise RegisterChangedError
        self.say("teams and programmes")
        self.all(statements.TEAMS)
        self.do(statements.ENROLMENTS)

    def parameters(self) -> dict[str, object]:
        """What every statement may name."""
        return super().parameters() | {"reach": teams_in(self.reach), "user": self.actor.user_id}


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
