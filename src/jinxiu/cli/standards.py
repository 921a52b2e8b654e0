"""`./jinxiu standards`: which standards are known, what one says, and whether a file of your own is in order."""

import argparse
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.options import LANGUAGES, add_as_of
from jinxiu.cli.output import print_mistakes, print_table
from jinxiu.cli.problems import BadInput

if TYPE_CHECKING:
    from jinxiu.standards.catalogue import Catalogue
    from jinxiu.standards.model import Standard

_HELP = """\
Look at the service standards, which say what is owed to whom and by when. No database is needed.

  ./jinxiu standards list                     all of them, with their versions
  ./jinxiu standards show hypertension        what one says, in both languages
  ./jinxiu standards check my-standard.yaml   mistakes with file, line, what was found, what is allowed
  ./jinxiu standards diff OLD NEW             what a changed standard changes, and for how many people
  ./jinxiu standards simulate NEW             the work that it asks for in the months to come, beside that of today
  ./jinxiu standards schema                   a JSON Schema, for an editor that completes and checks such files
  ./jinxiu standards docs FOLDER              the standards and their worked cases as pages to read and sign

JINXIU_STANDARDS names further directories with standards of your own.
Exit codes: 0 done or in order, 2 an unknown standard or a file with mistakes, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    from jinxiu.cli import change, simulate  # which read standards with what stands below

    parser = commands.add_parser("standards", help="list, show, check or compare service standards", description=_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    listing = what.add_parser("list", help="all standards with their versions")
    add_as_of(listing)
    listing.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the titles (default: zh)")
    listing.set_defaults(run=run_list)
    show = what.add_parser("show", help="what a standard says", description="Print what a standard says, in words.")
    show.add_argument("standard", metavar="STANDARD", help="its id, for example hypertension")
    add_as_of(show)
    show.add_argument("--lang", choices=tuple(LANGUAGES), default="both", help="zh, en or both (default)")
    show.set_defaults(run=run_show)
    check = what.add_parser("check", help="check files of your own", description="Print every mistake with its line.")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a standard (.yaml), or a directory of them")
    check.set_defaults(run=run_check)
    schema = what.add_parser("schema", help="a JSON Schema of the files", description="Print the JSON Schema.")
    schema.set_defaults(run=run_schema)
    docs = what.add_parser("docs", help="pages to read and sign", description="Write the standards as Markdown pages.")
    docs.add_argument("folder", type=Path, metavar="FOLDER", help="where the pages are put; it is made if need be")
    docs.set_defaults(run=run_docs)
    change.add(what)
    simulate.add(what)


# --- what other commands need too -------------------------------------------------------------------------------------


def known_standards() -> "Catalogue":
    """The standards that come with Jinxiu and those in the directories of JINXIU_STANDARDS."""
    shipped = Path(__file__).parents[1].glob("*/standards/*.yaml")
    own = [Path(part) for part in os.environ.get("JINXIU_STANDARDS", "").split(os.pathsep) if part.strip()]
    return load_standards([*sorted({path.parent for path in shipped}), *own])


def load_standards(paths: Iterable[Path]) -> "Catalogue":
    """Read standards from files and directories; raises BadInput with all their mistakes."""
    from jinxiu.standards.catalogue import Catalogue
    from jinxiu.standards.positions import StandardError

    paths = list(paths)
    for path in paths:
        if not path.exists():
            raise BadInput(f"There is no file or directory {path}.")
    try:
        return Catalogue.load(*paths)
    except StandardError as error:
        mistakes = "\n".join(f"  {mistake}" for mistake in error.mistakes)
        raise BadInput(f"These mistakes must be put right first:\n{mistakes}") from error


def standard_on(catalogue: "Catalogue", identifier: str, day: date) -> "Standard":
    """The version of a standard in force on a day; raises BadInput that names what there is."""
    from jinxiu.cli.words import choice

    choice("standard", identifier, catalogue.ids())
    standard = catalogue.valid_on(identifier, day)
    if standard is None:
        spans = ", ".join(_span(each) for each in catalogue.all() if each.id == identifier)
        raise BadInput(f"No version of {identifier} is in force on {day}; there is: {spans}.")
    return standard


# --- list, show, check ------------------------------------------------------------------------------------------------


def run_list(args: argparse.Namespace) -> int:
    """Print every version of every standard."""
    from jinxiu.people.clock import today
    from jinxiu.standards.check import rows

    listed = [
        (row.id, row.version, row.valid_from, row.valid_to, "yes" if row.in_force else "", row.title, *row.clauses)
        for row in rows(known_standards(), args.as_of or today(), args.lang)
    ]
    headings = ("standard", "version", "from", "to", "in force", "title", "clauses")
    print_table(headings, [(*row[:6], ", ".join(map(str, row[6:]))) for row in listed])
    return 0


def _span(standard: "Standard") -> str:
    return f"{standard.valid_from} to {standard.valid_to or 'further notice'}"


def run_show(args: argparse.Namespace) -> int:
    """Print one standard in words."""
    from jinxiu.people.clock import today
    from jinxiu.standards.check import show

    standard = standard_on(known_standards(), args.standard, args.as_of or today())
    print("\n".join(show(standard, language) for language in LANGUAGES[args.lang]), end="")
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Check files; print all their mistakes, or that they are in order."""
    print_mistakes((path, _mistakes(path)) for path in args.files)
    return 0


def _mistakes(path: Path) -> Sequence[object]:
    from jinxiu.standards.check import check_file

    if not path.exists():
        raise BadInput(f"There is no file or directory {path}.")
    return check_file(path)


def run_schema(args: argparse.Namespace) -> int:
    """Print the JSON Schema of a standard's file."""
    from jinxiu.standards.codes import installed
    from jinxiu.standards.schema import schema_text

    print(schema_text(installed()), end="")
    return 0


def run_docs(args: argparse.Namespace) -> int:
    """Write a page for each standard, with its worked cases, and an index."""
    from jinxiu.standards.cases import load_cases
    from jinxiu.standards.pages import pages

    folders = sorted({path.parent for path in Path(__file__).parents[1].glob("*/standards/cases/*.yaml")})
    made = pages(known_standards(), [case for folder in folders for case in load_cases(folder)])
    try:
        args.folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (args.folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"The pages cannot be written to {args.folder} ({error.strerror}); name another folder."
        ) from error
    print(f"{len(made)} pages in {args.folder}.")
    return 0
