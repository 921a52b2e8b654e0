"""`./jinxiu demo`: a generated district from nothing to the worklist in a browser."""

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from jinxiu.cli.environment import data_directory, database, only_server_of, prepare_database, say
from jinxiu.cli.night import evaluate_database
from jinxiu.cli.options import add_data, add_port
from jinxiu.cli.output import print_table, progress
from jinxiu.cli.problems import BadInput
from jinxiu.cli.serve import add_workers, address_of, refuse_taken_port, refuse_unsafe, serve_pages
from jinxiu.cli.worker import working_beside

if TYPE_CHECKING:
    from jinxiu.demo.build import Built
    from jinxiu.demo.queries import Resident

_HELP = """\
Make a district of invented people with three years of history, work out what is due, print a summary and one account
for each role, and serve the pages until Ctrl-C.

  ./jinxiu demo
  ./jinxiu demo --residents 90000 --data ~/big --port 8090
  ./jinxiu demo --no-serve

A second run finds the district, loses nothing and only serves it; a run that was killed begins again.
Exit codes: 0 done, 2 port taken, directory in use or another district in it, 1 a full disk or a fault of ours."""

_RESIDENTS, _SEED = 3000, 1
_SMALL, _MONTHS_BACK = 10_000, 3  # a month of indicators takes some seconds, more in a big district
_SMALLEST, _LARGEST = 100, 1_000_000  # as demo.district has them; known here so that --help starts at once


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("demo", help="make a district of invented people and serve it", description=_HELP)
    parser.add_argument(
        "--residents",
        type=_residents,
        metavar="N",
        help=f"how many people, {_SMALLEST} to {_LARGEST} (default: {_RESIDENTS})",
    )
    parser.add_argument("--seed", type=int, metavar="N", help=f"another seed, another district (default: {_SEED})")
    add_port(parser)
    add_workers(parser)
    add_data(parser)
    parser.add_argument("--no-serve", action="store_true", help="make the district and print the summary only")
    parser.set_defaults(run=run)


def _residents(text: str) -> int:
    if not text.isdecimal() or not _SMALLEST <= int(text) <= _LARGEST:
        raise argparse.ArgumentTypeError(f"'{text}' will not do; write a number from {_SMALLEST} to {_LARGEST}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Build what is missing, then serve."""
    if not args.no_serve:
        refuse_taken_port(args.port)
    os.environ.setdefault("JINXIU_INBOX", "1")  # invented people have no phones: their messages stand on a page
    with only_server_of(data_directory(args), address_of(args.port)), database(args):
        prepare_database()
        _refuse_other_district(args)
        built = _build(args)
        _evaluate_once_a_day()
        if built.is_new and built.residents <= _SMALL and not args.no_serve:
            store_earlier_months()
        _print_summary()
        _print_accounts(built)
        if not args.no_serve:
            (data_directory(args) / "static").mkdir(exist_ok=True)
            refuse_unsafe()
            resident = _resident()
            with working_beside():
                serve_pages(args.port, args.workers, lambda: _welcome(args.port, resident))
    return 0


def _refuse_other_district(args: argparse.Namespace) -> None:
    from jinxiu.demo.queries import district

    there = district()
    if there is None:
        return
    if (args.residents or there.residents, args.seed if args.seed is not None else there.seed) != (
        there.residents,
        there.seed,
    ):
        raise BadInput(
            f"{data_directory(args)} already has a district of {there.residents} residents (seed {there.seed}); "
            "leave out --residents and --seed to use it, or choose another --data DIR."
        )


def _build(args: argparse.Namespace) -> "Built":
    from jinxiu.demo.build import DemoError, build
    from jinxiu.people.clock import today

    seed = _SEED if args.seed is None else args.seed
    try:
        with progress("Looking for the district") as show:
            return build(args.residents or _RESIDENTS, seed, today(), _counted(show))
    except DemoError as error:
        raise BadInput(str(error)) from error


def _counted(show: Callable[[str, float], None]) -> Callable[[str, int, int], None]:
    return lambda label, done, total: show(label, done / max(total, 1))


def _evaluate_once_a_day() -> None:
    """The day's evaluation, unless it is done: also after a run that was killed between building and evaluating."""
    from jinxiu.cli.queries import evaluated_on
    from jinxiu.people.clock import today

    if not evaluated_on(today()):
        evaluate_database()


def store_earlier_months() -> None:
    """The indicators of the few months before this one, so that the pages have a course to draw."""
    from jinxiu.indicators.actions import refresh
    from jinxiu.people.clock import today
    from jinxiu.standards.days import months_after

    with progress("Working out earlier months") as show:
        for back in range(1, _MONTHS_BACK + 1):
            refresh(month=months_after(today().replace(day=1), -back), today=today(), progress=show)


def _print_summary() -> None:
    from jinxiu.demo.summary import summary, text
    from jinxiu.people.clock import today

    with progress("Adding up") as show:
        numbers = summary(today(), show)
    print(text(numbers))


def _print_accounts(built: "Built") -> None:
    rows = [(one.role, one.username, one.password, f"{one.name}, {one.scope}") for one in built.accounts]
    print_table(("role", "user name", "password", "as"), rows)
    print(flush=True)


def _resident() -> "Resident | None":
    from jinxiu.demo.queries import resident_to_try
    from jinxiu.people.clock import today

    return resident_to_try(today())


def _welcome(port: int, resident: "Resident | None") -> None:
    say(f"Open {address_of(port)} and sign in with one of these accounts (Ctrl-C stops).")
    if resident:
        say(
            f"As a resident: {address_of(port)}/my/ with phone {resident.phone} and ID card {resident.number} "
            f"({resident.name}); the code stands at {address_of(port)}/inbox/."
        )
