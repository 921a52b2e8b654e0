"""`./jinxiu packages`: whether service packages of your own are in order, and the schema of such files."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from jinxiu.cli.output import print_mistakes
from jinxiu.cli.problems import BadInput

_HELP = """\
Look at service packages and the terms of agreements, which are files (docs/how-to/sign.md). No database is needed.

  ./jinxiu packages check my-packages/   mistakes with file, line, what was found, what is allowed
  ./jinxiu packages schema               a JSON Schema, for an editor that completes and checks such files

Exit codes: 0 in order, 2 a file with mistakes, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("packages", help="check service packages", description=_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    example = "Print every mistake with its line.\n\n  ./jinxiu packages check my-packages/"
    check = what.add_parser("check", help="check a directory of your own", description=example)
    check.add_argument("directory", type=Path, metavar="DIR", help="a directory with packages and terms (.yaml)")
    check.set_defaults(run=run_check)
    schema = what.add_parser("schema", help="a JSON Schema of the files", description="Print the JSON Schema.")
    schema.set_defaults(run=run_schema)


def run_check(args: argparse.Namespace) -> int:
    """Check a directory; print all its mistakes, or that it is in order."""
    print_mistakes([(args.directory, _mistakes(args.directory))])
    return 0


def run_schema(args: argparse.Namespace) -> int:
    """Print the schema of packages."""
    from jinxiu.agreements.package_schema import schema_text
    from jinxiu.standards.codes import installed

    print(schema_text(installed()), end="")
    return 0


def _mistakes(directory: Path) -> Sequence[object]:
    from jinxiu.agreements.package_files import read_packages
    from jinxiu.standards.positions import StandardError

    if not directory.is_dir():
        raise BadInput(f"There is no directory {directory}.")
    try:
        read_packages([directory])
    except StandardError as error:
        return error.mistakes
    return ()
