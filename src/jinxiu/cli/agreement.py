"""`./jinxiu agreement verify`: whether the PDF of an agreement is as it was handed out."""

import argparse
from pathlib import Path

from jinxiu.cli.environment import database
from jinxiu.cli.options import add_data
from jinxiu.cli.problems import BadInput

CHANGED = 3  # exit code
_MOST = 50_000_000  # bytes of a file that is looked at

_HELP = """\
Look whether a PDF is an agreement as it was handed out here: one changed byte is found.

  ./jinxiu agreement verify agreement-12.pdf

Exit codes: 0 as it was handed out, 3 changed or not from here, 2 a file that cannot be read, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("agreement", help="check the PDF of an agreement", description=_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    verify = what.add_parser("verify", help="is it as it was handed out?", description=_HELP)
    verify.add_argument("file", type=Path, metavar="FILE", help="the PDF")
    add_data(verify)
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace) -> int:
    """Say of which agreement a file is, or that it is none as it was handed out."""
    content = _content(args.file)
    with database(args, must_exist=True):
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
        print(f"From {agreement.start_on} to {agreement.end_on}; today: {STATES[agreement.state]}.")
    return 0


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise BadInput(f"{path} is larger than 50 MB; the PDF of an agreement is not.")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
