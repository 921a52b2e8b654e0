"""`./jinxiu indicators`: the numbers that a centre is asked for, from the database or from files."""

import argparse
import csv
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_as_of, add_data, positive
from jinxiu.cli.output import new_file, print_table, progress
from jinxiu.cli.problems import BadInput, Problem

if TYPE_CHECKING:
    from jinxiu.standards.facts import Facts
    from jinxiu.standards.measures.figures import Figure
    from jinxiu.standards.measures.model import Measure

_HELP = """\
The indicators of the norm, each with what it counts, of how many, who is left out and of whom nothing is known.

  ./jinxiu indicators                                     of everybody, this month so far, on the database
  ./jinxiu indicators --by team --measure hypertension_controlled
  ./jinxiu indicators --facts facts/ --as-of 2026-09-30 --by district --output numbers.csv
  ./jinxiu indicators --facts facts/ --as-of 2025-12-31 --measure cms165       a measure of another country, by name

  ./jinxiu indicators --store 13                          work out and store this month and the 12 before, for the pages

Every night stores the month that runs; --store is for the months before, or when a measure was changed.
A measure's formula and source stand in its file, src/jinxiu/familydoctor/measures/. A number of nobody is 0 of 0.
Exit codes: 0 done, 2 facts or options that cannot be used, 1 a fault of ours."""
_GROUPINGS = ("team", "institution", "community", "district")
_HEADS = {
    "zh": ("指标", "版本", "分组", "达到", "应计", "%", "剔除", "无数据", "名称"),
    "en": ("indicator", "version", "group", "counted", "of", "%", "left out", "unknown", "title"),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("indicators", help="the numbers of the norm's indicators", description=_HELP)
    parser.add_argument("--facts", type=Path, metavar="DIR", help="directory with the facts; leaves the database alone")
    add_as_of(parser)
    parser.add_argument("--by", choices=_GROUPINGS, default="", help="a number for each of them (default: everybody)")
    parser.add_argument("--measure", metavar="ID", help="one indicator (default: all of the norm)")
    parser.add_argument("--output", type=Path, metavar="FILE.csv", help="a new CSV file instead of the screen")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the titles (default: zh)")
    parser.add_argument(
        "--store", type=positive, metavar="MONTHS", help="store so many months, the newest that of --as-of"
    )
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work the numbers out and print or write them, or store them."""
    if args.store is not None:
        return _store(args)
    if args.facts is not None and args.as_of is None:
        raise BadInput("--as-of is missing: files are counted up to a day (--as-of 2026-09-30).")
    if args.output is not None and args.output.exists():
        raise BadInput(f"There is a file {args.output} already; name another one, or move it away.")
    with nullcontext() if args.facts is not None else database(args, must_exist=True):
        facts, as_of = _facts(args)
        measures = _measures(args.measure, as_of)
    from jinxiu.standards.measures.figures import figures

    found = figures(measures, facts, as_of, as_of, args.by)
    heads, lines = _HEADS[args.lang], [_line(one, args.lang) for one in found]
    if args.output is None:
        print_table(heads, lines)
    else:
        _write(args.output, heads, lines)
        say(f"{len(lines)} numbers in {args.output}.")
    return 0


def _store(args: argparse.Namespace) -> int:
    given = [name for name in ("facts", "measure", "output", "by") if getattr(args, name)]
    if given:
        raise BadInput(f"--{given[0]} does not go with --store: all measures are stored, of everybody in the database.")
    with database(args, must_exist=True):
        from jinxiu.indicators.actions import IndicatorError, refresh
        from jinxiu.people.clock import today
        from jinxiu.standards.days import months_after

        day = args.as_of or today()
        months = [months_after(day.replace(day=1), -back) for back in range(args.store)]
        try:
            with progress("Working out the indicators") as show:
                changed = sum(refresh(month=month, today=day, progress=show) for month in months)
        except IndicatorError as error:
            raise Problem(str(error)) from error
    say(f"{len(months)} months are stored, {changed} rows changed.")
    return 0


def _facts(args: argparse.Namespace) -> "tuple[Facts, date]":
    if args.facts is None:
        from jinxiu.evidence.facts import facts
        from jinxiu.people.clock import today

        as_of = args.as_of or today()
        return facts(as_of), as_of
    from jinxiu.standards.facts import FactsError, read_facts

    if not args.facts.is_dir():
        raise BadInput(f"There is no directory {args.facts}; --facts names the one with people.csv or people.parquet.")
    try:
        return read_facts(args.facts), args.as_of
    except FactsError as error:
        raise BadInput("The facts cannot be used:\n  " + "\n  ".join(map(str, error.problems[:20]))) from error


def _measures(wanted: str | None, day: date) -> "Sequence[Measure]":
    from jinxiu.standards.measures.catalogue import installed, library
    from jinxiu.standards.positions import one_of

    if wanted is None:
        return installed().in_force(day)
    found = [one for one in library().in_force(day) if one.id == wanted]
    if not found:
        allowed = one_of(wanted, (one.id for one in library().in_force(day)))
        raise BadInput(f"There is no indicator '{wanted}' on {day}; choose from {allowed}.")
    return found


def _line(figure: "Figure", language: str) -> tuple[str, ...]:
    percent = "" if figure.percent is None else f"{figure.percent:.1f}"
    numbers = (str(figure.counted), str(figure.of), percent, str(figure.left_out), str(figure.unknown))
    measure = figure.measure
    return (measure.id, measure.version, figure.group, *numbers, measure.title.language(language))


def _write(path: Path, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    with new_file(path, "utf-8-sig") as file:
        csv.writer(file).writerows([heads, *lines])
