"""`./jinxiu evaluate`: the night's work on the database, or verdicts from files without any database."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, prepare_database, say
from jinxiu.cli.night import evaluate_database
from jinxiu.cli.options import add_as_of, add_data
from jinxiu.cli.output import progress
from jinxiu.cli.problems import BadInput, Problem
from jinxiu.cli.standards import known_standards, load_standards, standard_on

if TYPE_CHECKING:
    from jinxiu.standards.model import Standard

_HELP = """\
Judge everybody by the standards.

On the database: the night's work. Those are judged who were touched since the last time, and once a week everybody; due
items are opened and closed. Twice changes nothing; a run that fails leaves the list as it was.
  ./jinxiu evaluate
  ./jinxiu evaluate --everybody

On files, without a database: facts in, verdicts out (docs/reference/facts-contract.md).
  ./jinxiu evaluate --facts facts/ --standards hypertension,diabetes --as-of 2026-09-30 --out verdicts.parquet
  ./jinxiu evaluate --facts facts/ --standards my-standards/ --as-of 2026-09-30 --out verdicts.csv --engine judge

The directory holds people, enrolments, events, observations and perhaps waivers, each as .csv or .parquet. Both engines
give the same rows; judge is the readable referee, duckdb the fast one.
Exit codes: 0 done, 2 facts, standards or options that cannot be used, 1 a full disk or a fault of ours."""

_SHOWN_PROBLEMS = 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("evaluate", help="judge everybody: the night's work, or from files", description=_HELP)
    parser.add_argument("--facts", type=Path, metavar="DIR", help="directory with the facts; leaves the database alone")
    parser.add_argument(
        "--standards", metavar="ID,…|DIR", help="with --facts: ids, or a directory or file (default: all)"
    )
    add_as_of(parser)
    parser.add_argument("--everybody", action="store_true", help="on the database: judge everybody, touched or not")
    parser.add_argument("--out", type=Path, metavar="FILE", help="with --facts: where verdicts go, .csv or .parquet")
    parser.add_argument("--engine", choices=("duckdb", "judge"), help="with --facts: who judges (default: duckdb)")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate the database, or the files."""
    if args.facts is not None:
        return _evaluate_files(args)
    given = [option for option in ("standards", "out", "engine") if getattr(args, option) is not None]
    if given:
        raise BadInput(
            f"--{given[0]} goes with --facts DIR; without files, all standards are evaluated on the database."
        )
    with database(args, must_exist=True, will_prepare=True):
        prepare_database()
        day = evaluate_database(args.as_of, everybody=args.everybody)
    say(f"What is due stands as of {day}.")
    return 0


def _evaluate_files(args: argparse.Namespace) -> int:
    _check_options(args)
    standards = _standards(args.standards, args.as_of)
    from jinxiu.standards.evaluate import EvaluateError, evaluate
    from jinxiu.standards.facts import FactsError

    try:
        with progress("Judging"):
            done = evaluate(args.facts, standards, args.as_of, args.out, engine=args.engine or "duckdb")
    except FactsError as error:
        raise BadInput(_problems(error.problems)) from error
    except EvaluateError as error:
        raise (Problem if isinstance(error.__cause__, OSError) else BadInput)(str(error)) from error
    for remark in done.remarks:
        say(f"Please check {remark}")
    say(f"{done.verdicts} verdicts in {done.out}.")
    return 0


def _check_options(args: argparse.Namespace) -> None:
    if args.everybody:
        raise BadInput("--everybody is about the database; files are always judged whole.")
    if args.as_of is None or args.out is None:
        missing = "--as-of" if args.as_of is None else "--out"
        raise BadInput(f"{missing} is missing: files are evaluated for a day (--as-of) into a file (--out).")
    if not args.facts.is_dir():
        raise BadInput(f"There is no directory {args.facts}; --facts names the one with people.csv or people.parquet.")


def _standards(wanted: str | None, day: date) -> Sequence["Standard"]:
    if wanted is None:
        return known_standards().in_force(day)
    if "/" in wanted or wanted.endswith(".yaml") or Path(wanted).is_dir():
        return load_standards([Path(wanted)]).in_force(day)
    catalogue = known_standards()
    names = dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip())
    return [standard_on(catalogue, name, day) for name in names]


def _problems(problems: Sequence[object]) -> str:
    lines = [str(problem) for problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > _SHOWN_PROBLEMS:
        lines.append(f"… and {len(problems) - _SHOWN_PROBLEMS} more.")
    return "\n  ".join(["The facts cannot be used until this is put right:", *lines])
