"""`./jinxiu duplicates`: pairs of records that may be of one person, in the whole register."""

import argparse
import json

from jinxiu.cli.environment import database
from jinxiu.cli.options import add_data
from jinxiu.cli.output import print_table, progress
from jinxiu.cli.trail import note_printed

_HELP = """\
List pairs of records that may be of one person, the likeliest first, with the reasons. Everybody is compared, also
people of different teams and centres. No record is changed: somebody looks at both in the browser and decides. A line
in the trail says how many people were shown.

  ./jinxiu duplicates
  ./jinxiu duplicates --limit 500 --format json

Reasons: name_birth (same name and birth date), number (names sound the same, ID numbers differ in one digit or by two
swapped), newborn (no number yet, same birth date and guardian), name_phone, sound_phone, birth_home (same birth date
and household, one without a number). Exit codes: 0 done (no pairs too), 2 no data yet, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("duplicates", help="list records that may be of one person", description=_HELP)
    parser.add_argument("--limit", type=_limit, default=100, metavar="N", help="how many pairs at most (default: 100)")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    add_data(parser)
    parser.set_defaults(run=run)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of pairs; write 1 to 1000000")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Print the pairs."""
    with database(args, must_exist=True):
        from jinxiu.people.clock import today
        from jinxiu.people.matching.queries import pairs
        from jinxiu.people.queries import names_of

        with progress("Looking for records of one person") as show:
            found = pairs(None, today=today(), progress=show)
        shown = found[: args.limit]
        names = names_of({person_id for pair in shown for person_id in (pair.one_id, pair.other_id)})
        note_printed("duplicates", len(names))
    if args.format == "json":
        rows = [{"one": one.one_id, "other": one.other_id, "reasons": one.reasons} for one in shown]
        print(json.dumps(rows, indent=1))
        return 0
    if shown:
        lines = [
            (one.one_id, names[one.one_id], one.other_id, names[one.other_id], ", ".join(one.reasons)) for one in shown
        ]
        print_table(("id", "name", "id", "name", "reasons"), lines)
        print()
    print(f"{len(found):,} pairs that may be one person; {len(shown):,} are shown.")
    return 0
