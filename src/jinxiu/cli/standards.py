"""`./jinxiu standards`: which standards are known, what one says, and whether a file of your own is in order."""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.options import add_as_of
from jinxiu.cli.output import print_table
from jinxiu.cli.problems import BadInput

if TYPE_CHECKING:
    from jinxiu.standards.catalogue import Catalogue
    from jinxiu.standards.model import Clause, EnrolledIn, Limit, MinAge, Outcome, Standard

_HELP = """\
Look at the service standards (服务规范), which say what is owed to whom and by when. No database is needed.

  ./jinxiu standards list                     all of them, with their versions
  ./jinxiu standards show hypertension        what one says, in both languages
  ./jinxiu standards check my-standard.yaml   mistakes with file, line, what was found, what is allowed

JINXIU_STANDARDS names further directories with standards of your own.
Exit codes: 0 done or in order, 2 an unknown standard or a file with mistakes, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("standards", help="list, show or check service standards", description=_HELP)
    what = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    listing = what.add_parser("list", help="all standards with their versions")
    listing.set_defaults(run=run_list)
    show = what.add_parser("show", help="what a standard says", description="What a standard says on a day.")
    show.add_argument("standard", metavar="STANDARD", help="its id, for example hypertension")
    add_as_of(show)
    show.set_defaults(run=run_show)
    check = what.add_parser("check", help="check files of your own", description="Check standards and their cases.")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a standard (.yaml), or a directory of them")
    check.set_defaults(run=run_check)


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


# --- list -------------------------------------------------------------------------------------------------------------


def run_list(args: argparse.Namespace) -> int:
    """Print every version of every standard."""
    rows = [
        (each.id, each.version, _span(each), each.title.zh, each.title.en, ", ".join(c.id for c in each.clauses))
        for each in known_standards().all()
    ]
    print_table(("standard", "version", "in force", "名称", "title", "clauses"), rows)
    return 0


def _span(standard: "Standard") -> str:
    return f"{standard.valid_from} to {standard.valid_to or 'further notice'}"


# --- show -------------------------------------------------------------------------------------------------------------


def run_show(args: argparse.Namespace) -> int:
    """Print one standard in words."""
    standard = standard_on(known_standards(), args.standard, args.as_of or date.today())  # noqa: DTZ011 - a version
    print("\n".join(_in_words(standard)))
    return 0


def _in_words(standard: "Standard") -> Iterator[str]:
    yield f"{standard.title.zh} · {standard.title.en}"
    yield f"{standard.id} {standard.version}, in force {_span(standard)}"
    yield f"{standard.source.title.zh} · {standard.source.title.en}, {standard.source.section}"
    yield f"\nWho: {_who(standard.eligible)}"
    if standard.limits:
        yield "\nLimits"
        yield from (f"  {limit.name}: {_limit(limit)}" for limit in standard.limits)
    if standard.cases:
        yield "\nThe latest contact, by the first case that holds"
        for case in standard.cases:
            yield f"  {case.reason} → {case.classification}; {case.action}; next within {case.next_within_days} days"
            yield from _said(case)
    for clause in standard.clauses:
        yield from _clause(clause)
    if standard.indicators:
        yield "\nIndicators"
        yield from (f"  {one.id}: {one.title.zh} · {one.title.en} ({one.section})" for one in standard.indicators)


def _who(eligible: "EnrolledIn | MinAge") -> str:
    from jinxiu.standards.model import EnrolledIn

    if isinstance(eligible, EnrolledIn):
        return f"everybody enrolled in {eligible.kind}"
    return f"everybody from {eligible.years} years of age"


def _limit(limit: "Limit") -> str:
    ages = "".join(f", from {age} years {value:g}" for age, value in limit.from_age)
    return f"{limit.value:g}{ages} {limit.unit}"


def _clause(clause: "Clause") -> Iterator[str]:
    from jinxiu.standards.model import Interval

    yield f"\n{clause.id}: {clause.title.zh} · {clause.title.en}"
    if isinstance(clause, Interval):
        yield f"  never seen: within {clause.never_seen.within_days} days; opens {clause.opens_before_days} days before"
        yield from _said(clause.never_seen)
        return
    yield f"  {clause.times} in a calendar year{', by the days enrolled' if clause.prorated else ''}; {clause.action}"
    for outcome in (clause.done, clause.short, clause.next_year):
        yield from _said(outcome)


def _said(outcome: "Outcome") -> Iterator[str]:
    yield f"    {outcome.say.zh}"
    yield f"    {outcome.say.en}"


# --- check ------------------------------------------------------------------------------------------------------------


def run_check(args: argparse.Namespace) -> int:
    """Check files; print their mistakes, or that they are in order."""
    found = load_standards(args.files).all()
    _refuse_none(args.files, found)
    for standard in found:
        print(f"{standard.file}: {standard.id} {standard.version} is in order, {_size(standard)}.")
    return 0


def _refuse_none(files: Sequence[Path], found: Sequence["Standard"]) -> None:
    if not found:
        raise BadInput(f"There is no standard (.yaml) in {', '.join(map(str, files))}.")


def _size(standard: "Standard") -> str:
    return f"{len(standard.clauses)} clauses, {len(standard.cases)} cases of a contact"
