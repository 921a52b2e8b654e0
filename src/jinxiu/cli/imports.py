"""`./jinxiu import fhir`: people and their records out of files that another system exported."""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from jinxiu.cli import places, residents
from jinxiu.cli.environment import data_directory, database, prepare_database, say
from jinxiu.cli.night import evaluate_database
from jinxiu.cli.options import add_data
from jinxiu.cli.output import print_table, progress
from jinxiu.cli.problems import BadInput

if TYPE_CHECKING:
    from jinxiu.fhir.report import ImportReport

_FHIR_HELP = """\
Import FHIR R4 resources from NDJSON files as a bulk export delivers them, or from Bundles (.json, one file each), plain
or gzip: Patient, Condition, Observation, Encounter, Procedure, orders, Immunization, MedicationRequest,
AllergyIntolerance, DiagnosticReport, Organization, Practitioner. Then work out the due list.

  ./jinxiu import fhir export/
  ./jinxiu import fhir bundles/ --skip-errors
  ./jinxiu import fhir export/ --source hospital-3 --skip-errors
  ./jinxiu import fhir Patient.ndjson Observation.ndjson.gz

All goes in or nothing: a broken line, a wrong type, a reference to nobody is listed with file and line, and the rest
goes in only with --skip-errors. The same import twice changes nothing. What is not understood is kept and counted.
Exit codes: 0 imported, 2 files or lines that cannot go in, 1 a full disk or a fault of ours."""

_SHOWN_PROBLEMS = 20
_SHOWN_DETAILS = 3


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("import", help="import records from files", description="Import records from files.")
    kinds = parser.add_subparsers(title="kinds of files", metavar="KIND", required=True)
    fhir = kinds.add_parser("fhir", help="FHIR R4 NDJSON, plain or gzip", description=_FHIR_HELP)
    fhir.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="directory of NDJSON files or Bundles, or files"
    )
    fhir.add_argument("--source", metavar="NAME", help="the system that the ids come from (default: fhir)")
    fhir.add_argument("--team", metavar="CODE", help="team for people who have none (default: of where they were seen)")
    fhir.add_argument("--skip-errors", action="store_true", help="import the rest when lines cannot go in")
    fhir.add_argument(
        "--map", action="append", type=Path, dest="maps", metavar="FILE", help="map file, in place of the shipped ones"
    )
    add_data(fhir)
    fhir.set_defaults(run=run_fhir)
    residents.add(kinds)
    places.add(kinds)


def run_fhir(args: argparse.Namespace) -> int:
    """Import, and print what went in and what did not."""
    for path in (*args.paths, *(args.maps or ())):
        if not path.exists():
            raise BadInput(f"There is no file or directory {path}.")
    with database(args):
        prepare_database()
        report = _import(args)
        _print_report(report)
        if report.changed_anything:
            evaluate_database()
    say(f"Look at it with: ./jinxiu due, ./jinxiu serve (data in {data_directory(args)}).")
    return 0


def _import(args: argparse.Namespace) -> "ImportReport":
    from jinxiu.fhir.load import DEFAULT_SOURCE, ImportRefused, import_directory
    from jinxiu.fhir.ndjson import InputError
    from jinxiu.standards.positions import StandardError

    try:
        with progress("Importing") as show:
            return import_directory(
                args.paths,
                skip_errors=args.skip_errors,
                progress=lambda done, total, step: show(step, done / max(total, 1)),
                source=args.source or DEFAULT_SOURCE,
                team=args.team,
                maps=args.maps,
            )
    except ImportRefused as refused:
        _print_problems(refused.report)
        raise BadInput(str(refused)) from refused
    except InputError as error:
        raise BadInput(str(error)) from error
    except StandardError as error:
        raise BadInput("\n  ".join(["A map file has mistakes:", *map(str, error.mistakes)])) from error


def _print_report(report: "ImportReport") -> None:
    rows = [(name, c.new, c.changed, c.unchanged, c.kept, c.refused) for name, c in sorted(report.types.items())]
    print_table(("resource", "new", "changed", "unchanged", "not all understood", "left out"), rows)
    written = ", ".join(f"{count} {name}" for name, count in report.rows.items()) or "nothing new"
    print(f"\nWritten: {written}, in {report.seconds:.1f} s.")
    _print_kept(report)
    _print_problems(report)


def _print_kept(report: "ImportReport") -> None:
    """What was not understood: kept as it came, by type and reason, with the commonest examples."""
    from jinxiu.fhir.report import REASONS

    details: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (kind, reason, detail), count in report.kept.most_common():
        details[kind, reason].append(f"{shorten(detail, 60)} ({count})")
    if details:
        print("\nNot understood, kept as it came:")
    for (kind, reason), count in report.kept_by_reason().items():
        examples = details[kind, reason]
        more = ", …" if len(examples) > _SHOWN_DETAILS else ""
        print(f"  {kind}: {count} × {REASONS.get(reason, reason)}: {', '.join(examples[:_SHOWN_DETAILS])}{more}")


def _print_problems(report: "ImportReport") -> None:
    for refused in report.refused[:_SHOWN_PROBLEMS]:
        print(refused, file=sys.stderr)
    if report.refused_count > _SHOWN_PROBLEMS:
        print(f"… and {report.refused_count - _SHOWN_PROBLEMS} more.", file=sys.stderr)
