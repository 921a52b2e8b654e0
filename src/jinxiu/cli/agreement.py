"""`./jinxiu agreement`: renew many agreements in one run; is the PDF of one as it was handed out?"""

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, prepare_database, say
from jinxiu.cli.options import add_data, day
from jinxiu.cli.output import new_file, print_table, progress
from jinxiu.cli.problems import BadInput

if TYPE_CHECKING:
    from jinxiu.agreements.models import RenewalRun

CHANGED = 3  # exit code
_MOST = 50_000_000  # bytes of a file that is looked at

_GROUP_HELP = """\
Agreements: renew many in one run, or check the PDF of one.

  ./jinxiu agreement renew --last 2026-12-31 --district
  ./jinxiu agreement verify agreement-12.pdf

Exit codes: 0 done, 3 a PDF that was changed or is not from here, 2 something in what you typed or gave cannot be used,
1 a fault of ours."""
_RENEW_HELP = """\
Renew all agreements of some teams whose last day lies from --first to --last, for a year, where the resident agreed to
that without a new signature. Everybody else is counted by reason and stays as they are. A run that was cut off goes on
where it stood when the same is asked again; nobody is renewed twice.

  ./jinxiu agreement renew --last 2026-12-31 --district
  ./jinxiu agreement renew --first 2026-12-31 --last 2026-12-31 --institution lx --list left-out.csv

Exit codes: 0 done, 2 no such team, a window that cannot be, or a file that is there already, 1 a fault of ours."""
_HELP = """\
Look whether a PDF is an agreement as it was handed out here: one changed byte is found.

  ./jinxiu agreement verify agreement-12.pdf

Exit codes: 0 as it was handed out, 3 changed or not from here, 2 a file that cannot be read, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("agreement", help="renew agreements, check the PDF of one", description=_GROUP_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    renew = what.add_parser("renew", help="all that end in a window, as agreed", description=_RENEW_HELP)
    whose = renew.add_mutually_exclusive_group(required=True)
    whose.add_argument("--district", action="store_true", help="the agreements of all teams")
    whose.add_argument("--institution", action="append", metavar="CODE", help="those of an institution's teams")
    whose.add_argument("--team", action="append", metavar="CODE", help="those of a team")
    renew.add_argument("--first", type=day, metavar="DATE", help="first day on which they may end (default: today)")
    renew.add_argument("--last", type=day, metavar="DATE", required=True, help="last day on which they may end")
    renew.add_argument("--list", type=Path, metavar="FILE", help="write who was left out and why as CSV")
    add_data(renew)
    renew.set_defaults(run=run_renew)
    verify = what.add_parser("verify", help="is it as it was handed out?", description=_HELP)
    verify.add_argument("file", type=Path, metavar="FILE", help="the PDF")
    add_data(verify)
    verify.set_defaults(run=run_verify)


def run_renew(args: argparse.Namespace) -> int:
    """Renew, and say how many, and who was left out for which reason."""
    if args.list is not None and args.list.exists():
        raise BadInput(f"{args.list} is there already; name another file.")
    with database(args, must_exist=True, will_prepare=True):
        prepare_database()
        from django.utils import translation

        from jinxiu.agreements.actions import AgreementError

        with translation.override("en"):
            try:
                run = _renew(args)
            except AgreementError as refused:
                raise BadInput(str(refused)) from refused
            _print_renewed(run)
            if args.list is not None:
                _write_list(args.list, run)
    say(f"{run.renewed:,} of {run.total:,} agreements renewed (run {run.pk}). The night works out what is due.")
    return 0


def _renew(args: argparse.Namespace) -> "RenewalRun":
    from uuid import uuid4

    from jinxiu.agreements.actions import NIGHT
    from jinxiu.agreements.renewing import actions, queries
    from jinxiu.people.clock import today

    try:
        teams = queries.team_ids(
            teams=args.team or (), institutions=args.institution or (), whole_district=args.district
        )
    except KeyError as unknown:
        raise BadInput(f"There is no team of {unknown}; the page Teams and institutions has the codes.") from unknown
    now = today()
    first = args.first or now
    run = actions.start(by=NIGHT, today=now, team_ids=teams, first_on=first, last_on=args.last, token=uuid4())
    with progress(f"Renewing {run.total:,} agreements") as show:
        return actions.carry_on(run_id=run.pk, today=now, progress=show)


def _print_renewed(run: "RenewalRun") -> None:
    from jinxiu.agreements.renewing.wording import REASONS

    left = [(REASONS[one], run.left_out[one]) for one in REASONS if one in run.left_out]
    print_table(("agreements", "how many"), [("renewed", run.renewed), *left])


def _write_list(path: Path, run: "RenewalRun") -> None:
    """The agreements that were left out; numbers only, no names."""
    from jinxiu.agreements.renewing import queries
    from jinxiu.agreements.renewing.wording import REASONS

    with new_file(path, encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(("agreement", "person", "last day", "reason", "in words"))
        for row in queries.left_out(run):
            words = REASONS[row.reason]
            writer.writerow(
                (row.agreement.contract_no, row.person_id, row.agreement.last_on.isoformat(), row.reason, words)
            )


def run_verify(args: argparse.Namespace) -> int:
    """Say of which agreement a file is, or that it is none as it was handed out."""
    content = _content(args.file)
    with database(args, must_exist=True):
        from django.utils import translation

        from jinxiu.agreements.issuing.queries import check
        from jinxiu.agreements.wording import STATES
        from jinxiu.people.clock import SHANGHAI

        found = check(content)
        if found is None:
            print(f"{args.file}: no agreement was handed out here as this file. It was changed, or is from elsewhere.")
            return CHANGED
        agreement = found.agreement
        if not found.is_text_whole:
            print(f"{args.file}: agreement {agreement.contract_no}; its text in the database is not the one signed.")
            return CHANGED
        print(f"{args.file}: agreement {agreement.contract_no}, as it was handed out, every byte.")
        print(f"First handed out {found.issued_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}; text and signatures agree.")
        with translation.override("en"):
            state = str(STATES[agreement.state])
        print(f"From {agreement.start_on} to {agreement.end_on}; today: {state}.")
    return 0


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise BadInput(f"{path} is larger than 50 MB; the PDF of an agreement is not.")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
