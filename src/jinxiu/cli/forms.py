"""`./jinxiu forms`: whether a record form of your own is in order, and the schema of such files."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from jinxiu.cli.output import print_mistakes
from jinxiu.cli.problems import BadInput

_HELP = """\
Look at record forms, which are files of questions (docs/how-to/change-a-form.md). No database is needed.

  ./jinxiu forms check my-form.yaml   mistakes with file, line, what was found, what is allowed
  ./jinxiu forms schema               a JSON Schema, for an editor that completes and checks such files

Exit codes: 0 in order, 2 a file with mistakes, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("forms", help="check record forms", description=_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    example = "Print every mistake with its line.\n\n  ./jinxiu forms check my-form.yaml"
    check = what.add_parser("check", help="check files of your own", description=example)
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a form (.yaml)")
    check.set_defaults(run=run_check)
    schema = what.add_parser("schema", help="a JSON Schema of the files", description="Print the JSON Schema.")
    schema.set_defaults(run=run_schema)


def run_check(args: argparse.Namespace) -> int:
    """Check files; print all their mistakes, or that they are in order."""
    print_mistakes((path, _mistakes(path)) for path in args.files)
    return 0


def run_schema(args: argparse.Namespace) -> int:
    """Print the schema of forms."""
    from jinxiu.evidence.questionnaire_schema import schema_text
    from jinxiu.standards.codes import installed

    print(schema_text(installed()), end="")
    return 0


def _mistakes(path: Path) -> Sequence[object]:
    from jinxiu.evidence.questionnaire_files import read_questionnaire
    from jinxiu.standards.positions import StandardError

    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        read_questionnaire(path)
    except StandardError as error:
        return error.mistakes
    return ()
