"""`./jinxiu due`: who is to be contacted, examined or referred, computed for a day from the facts."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database
from jinxiu.cli.options import add_as_of, add_data
from jinxiu.cli.output import print_table, progress
from jinxiu.cli.problems import BadInput
from jinxiu.cli.standards import known_standards, standard_on
from jinxiu.cli.trail import note_printed
from jinxiu.cli.words import choice

if TYPE_CHECKING:
    from jinxiu.cli.queries import Belonging
    from jinxiu.people.models import Team
    from jinxiu.standards.model import Standard
    from jinxiu.standards.verdict import Verdict

_HELP = """\
Print the due list of a day: what is due or overdue, most urgent first, then most days overdue. It is computed from the
facts as they were known that day, so a day in the past works too. Leaves a line in the trail.

  ./jinxiu due
  ./jinxiu due --as-of 2026-09-30 --standard hypertension
  ./jinxiu due --team GEN-901-T01 --format csv > due.csv

A team is named by its code or its name. CSV and JSON also have version, cycle, classification, action and reason_code.
Exit codes: 0 done (an empty list too), 2 an unknown team, standard or date, or no data yet, 1 a fault of ours."""

_SHOWN = (
    "person_id",
    "name",
    "age",
    "team",
    "standard",
    "clause",
    "status",
    "due_on",
    "days_overdue",
    "urgency",
    "reason",
)
_ASKED = ("due", "overdue")


@dataclass(frozen=True)
class Row:
    """One line of the due list. `days_overdue` is negative before the day, 0 on it; `age` in completed years."""

    person_id: str
    name: str
    age: int | None
    team: str
    standard: str
    clause: str
    status: str
    due_on: date
    days_overdue: int
    urgency: int
    reason: str
    version: str
    cycle: str
    classification: str | None
    action: str
    reason_code: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("due", help="print the due list of a day", description=_HELP)
    add_as_of(parser)
    parser.add_argument("--team", metavar="T", help="only people of this team on that day (code or name)")
    parser.add_argument("--standard", metavar="S", help="only this standard, for example hypertension")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the reasons (default: zh)")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    with database(args, must_exist=True):
        from jinxiu.people.clock import today

        as_of = args.as_of or today()
        standards = _standards(args.standard, as_of)
        rows = _rows(standards, _team(args.team), as_of, args.lang)
        note_printed(_asked_for(args, as_of), len({row.person_id for row in rows}))
        {"table": _print_table, "csv": _print_csv, "json": _print_json}[args.format](rows)
    return 0


def _asked_for(args: argparse.Namespace, as_of: date) -> str:
    narrowed = [f"--{name} {value}" for name, value in (("team", args.team), ("standard", args.standard)) if value]
    return " ".join(["due", f"--as-of {as_of}", *narrowed])


def _standards(wanted: str | None, as_of: date) -> Sequence["Standard"]:
    from jinxiu.worklists.standards import in_force

    return [standard_on(known_standards(), wanted, as_of)] if wanted else in_force(as_of)


def _team(wanted: str | None) -> "Team | None":
    from jinxiu.cli.queries import open_teams

    if wanted is None:
        return None
    teams = open_teams()
    found = [team for team in teams if wanted in (team.code, team.name, team.name_en)]
    if len(found) > 1:
        raise BadInput(f"Several teams are named {wanted}; name one by its code: {', '.join(t.code for t in found)}.")
    if not found:
        choice("team", wanted, [word for team in teams for word in (team.code, team.name)])
    return found[0]


def _rows(standards: Sequence["Standard"], team: "Team | None", as_of: date, language: str) -> list[Row]:
    from jinxiu.cli.queries import belonging, members_of
    from jinxiu.evidence.facts import facts

    with progress("Working out what is due") as show:
        known = facts(as_of, members_of(team, as_of) if team else None)
        show("Judging everybody", 0.4)
        verdicts = list(_open_verdicts(standards, known, as_of))
        show("Writing the reasons", 0.8)
        of = belonging(sorted({int(verdict.person_id) for verdict in verdicts}), as_of)
        births = _birth_dates(known)
        by_id = {standard.id: standard for standard in standards}
        rows = [_row(by_id[v.standard], v, of, births.get(v.person_id), as_of, language) for v in verdicts]
    return sorted(rows, key=lambda row: (-row.urgency, row.due_on, row.person_id, row.standard, row.clause))


def _open_verdicts(standards: Sequence["Standard"], known, as_of: date) -> Iterator["Verdict"]:  # type: ignore[no-untyped-def]
    import pyarrow.compute as pc

    from jinxiu.standards.verdict import Verdict
    from jinxiu.worklists.judging import sooner

    table = sooner(standards, known, as_of)
    asked = table.filter(pc.is_in(table["status"], value_set=_text_array(_ASKED)))
    for record in asked.to_pylist():
        arguments, ids = json.loads(record.pop("reason_args")), json.loads(record.pop("facts_used"))
        yield Verdict(**record, reason_args=arguments, facts_used=tuple(ids))


def _text_array(words: Sequence[str]):  # type: ignore[no-untyped-def]
    import pyarrow as pa

    return pa.array(words, pa.string())


def _birth_dates(known) -> dict[str, date | None]:  # type: ignore[no-untyped-def]
    people = known.table("people")
    return dict(zip(people["person_id"].to_pylist(), people["birth_date"].to_pylist(), strict=True))


def _row(
    standard: "Standard", verdict: "Verdict", of: "Belonging", birth: date | None, as_of: date, language: str
) -> Row:
    from jinxiu.standards.explain import sentence
    from jinxiu.standards.person import age_on

    return Row(
        person_id=verdict.person_id,
        name=of.name(verdict.person_id),
        age=age_on(birth, as_of),
        team=of.team(verdict.person_id),
        standard=verdict.standard,
        clause=verdict.clause,
        status=verdict.status,
        due_on=verdict.due_on,
        days_overdue=(as_of - verdict.due_on).days,
        urgency=verdict.urgency,
        reason=sentence(standard, verdict, language),
        version=verdict.version,
        cycle=verdict.cycle,
        classification=verdict.classification,
        action=verdict.action,
        reason_code=verdict.reason_code,
    )


def _print_table(rows: Sequence[Row]) -> None:
    if not rows:
        print("Nothing is due.")
        return
    print_table([name.replace("_", " ") for name in _SHOWN], [[getattr(row, name) for name in _SHOWN] for row in rows])
    print(f"\n{len(rows)} due or overdue, {len({row.person_id for row in rows})} people.")


def _print_csv(rows: Sequence[Row]) -> None:
    writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)


def _print_json(rows: Sequence[Row]) -> None:
    json.dump([asdict(row) for row in rows], sys.stdout, ensure_ascii=False, default=date.isoformat, indent=1)
    print()
