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
from jinxiu.familydoctor.imports import beside, queries, statements
from jinxiu.familydoctor.imports.job import Files, Job, Progress, RegisterChangedError, silent, teams_in
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.report import PROPOSED, SHOWN_CHANGES, Change, ImportReport
from jinxiu.familydoctor.imports.rows import Problem, RowRead
from jinxiu.familydoctor.imports.staging import RESIDENTS, Staging, sealed_identifier, sealed_phones
from jinxiu.familydoctor.residency import rules as residency
from jinxiu.familydoctor.residency.actions import record_departure
from jinxiu.people import clock
from jinxiu.people.correcting.actions import locked
from jinxiu.people.identity import ID_CARD, IdCard
from jinxiu.people.names import search_keys
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE

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
        _check_departure(read)
        home, team, conditions = self.lookup.home(read), self.lookup.team(read), _conditions(read)
        guardian = beside.guardian(read, self.today)
        if not read.is_usable:
            return
        if _gone(read.values):  # neither a team nor a programme waits for them
            self._stage(staging, n, read.values, home, (None, None))
            return
        self._stage(staging, n, read.values, home, (team, self.team_id))
        for kind, start_on in conditions:
            staging.put("staged_condition", n, kind, start_on)
        if guardian:
            staging.put("staged_guardian", n, *guardian)

    def _stage(
        self,
        staging: Staging,
        n: int,
        values: dict[str, Any],
        home: tuple[int | None, str],
        teams: tuple[int | None, int | None],
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
            *(phones[0][2] if phones else None, *home, *teams, values.get("signed_on") or self.today),
            *_gone(values) or (None, None),
            *beside.head(values),
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
        self._leave_alone(statements.BEFORE_LEAVING, "before_leaving", "day", "died_on")
        self._leave_alone(statements.SEEN_LATER, "seen_later", "day", "died_on")
        self.all(statements.CANDIDATES)
        self._look_beside()
        self.do(statements.PROGRAMMES)
        for n, kind in sorted(set(self.rows(statements.CLOSED_PROGRAMMES))):
            self._without(n, kind, "", "closed")
        self.all(statements.DIFFERENCES)
        for (n,) in self.rows(statements.TEAM_FIXED):
            self._without(n, "team", "", "team_fixed")
        self.all(statements.SETTLE_CANDIDATES)
        self._propose()
        self._count()

    def _look_beside(self) -> None:
        """Compare who represents the households and who stands beside the children; note what cannot be."""
        self.all(statements.GUARDIANS)
        for n, reason, name in self.rows(statements.GUARDIAN_TROUBLES):
            self._without(n, "guardian_name", name, reason)
        self.do(statements.DROP_TROUBLES)
        self.do(statements.LIVING)
        self.all(statements.HEADS)
        for (n,) in self.rows(statements.HEAD_UNKNOWN):
            self._without(n, "head_number", "", "head_unknown")
        for n, name, other in self.rows(statements.REPRESENTED):
            self._without(n, "head_name", name, "represented", name=other)

    def _without(self, n: int, column: str, found: str, reason: str, **parts: str) -> None:
        """Note a value that is left out of a row that goes in."""
        self.report.refuse(self.places[n], Problem(column, found, reason, parts, whole_row=False))

    def _leave_alone(self, statement: str, reason: str, part: str = "", column: str = "id_number") -> None:
        """Take the rows that a statement names out, and their persons with them."""
        rows = self.refuse(statement, column, reason, part)
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
        if any(closed_on is not None and closed_on <= self.today for (closed_on,) in self.rows(statements.LOCK_TEAMS)):
            raise RegisterChangedError
        self.all(statements.TEAMS)
        self.do(statements.ENROLMENTS)
        self.say("households and guardians")
        self.all(statements.HOUSEHOLDS)
        self.do(statements.RELATIONSHIPS)
        self._record_departures()

    def _record_departures(self) -> None:
        """Whoever died or moved away: team, programmes and openings end with it, as when it is recorded on the page."""
        rows = self.rows(statements.DEPARTURES)
        ((staff_id,),) = self.rows(statements.STAFF)
        for person_id, field, day in rows:
            died = field == "died_on"
            record_departure(
                person=locked(person_id),
                change=residency.DIED if died else residency.MOVED,
                on=date.fromisoformat(day),
                detail="other" if died else "",
                words="",
                staff_id=staff_id,
                actor=self.actor,
            )

    def parameters(self) -> dict[str, object]:
        """What every statement may name."""
        return super().parameters() | {
            "reach": teams_in(self.reach),
            "user": self.actor.user_id,
            "id_card": ID_CARD,
            "closed_to_care": CLOSED_TO_CARE,
        }


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
        if since := names.retired.get(found[0]):
            parts = {"day": since.isoformat()}
            read.problems.append(Problem(column, name[:60], "place_retired", parts, whole_row=False, is_taken=True))
        return found


def _gone(values: Mapping[str, Any]) -> tuple[date | None, date | None] | None:
    """The day of death and the day of moving away, of which a death counts alone; None for whoever lives here."""
    died_on, left_on = values.get("died_on"), values.get("left_on")
    return (died_on, None if died_on else left_on) if died_on or left_on else None


def _check_departure(read: RowRead) -> None:
    born = read.values.get("birth_date")
    for column in ("died_on", "left_on"):
        day = read.values.get(column)
        if born and day and day < born:
            read.problems.append(Problem(column, day.isoformat(), "before_birth"))


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
