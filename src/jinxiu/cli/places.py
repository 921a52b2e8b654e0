"""`./jinxiu import places`: city, district, street, community, out of a list as statistics bureaus publish it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, prepare_database
from jinxiu.cli.output import print_table
from jinxiu.cli.problems import BadInput
from jinxiu.cli.spreadsheets import (
    NOTHING_USABLE,
    add_options,
    content_of,
    files_as_people_know_them,
    print_wrong,
    say_unchanged,
)

if TYPE_CHECKING:
    from jinxiu.places.rules import Plan

_HELP = """\
Import the list of places from Excel (.xlsx, .xls) or text (.csv, .txt), as statistics bureaus publish it. Look first:

  ./jinxiu import places 统计用区划代码.xlsx --dry-run
  ./jinxiu import places 统计用区划代码.xlsx

Columns are known by their headings (统计用区划代码, 名称; 英文名称 where there is one), below titles, beside others
such as 城乡分类代码. Codes have 6, 9 or 12 digits; what a place belongs to is read from its code. Where the list has
other places of the same parent, and the parent, a place that it lacks is retired: kept, and households keep it.

Rows that cannot be used are listed and stay out, the others go in together. The same file twice changes nothing.
Exit codes: 0 imported (or looked), 2 a file or rows that cannot be used, 1 a full disk or a fault of ours."""

_SHOWN = 20


def add(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the kind of file to `./jinxiu import`."""
    parser = kinds.add_parser("places", help="the list of places, Excel or CSV", description=_HELP)
    parser.add_argument("file", type=Path, metavar="FILE", help="an .xlsx, .xls, .csv or .txt file")
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import or look, and print what is new, changed, retired, the same, and what stays out."""
    content = content_of(args.file)
    with database(args, must_exist=args.dry_run):
        from django.utils.translation import override

        if not args.dry_run:
            prepare_database()
        with override("en" if args.lang == "en" else "zh-hans"):
            planned = _import(content, dry_run=args.dry_run)
            _print(planned, args.lang)
    counts = planned.counts
    if counts["refused"] and not counts["new"] + counts["changed"] + counts["same"]:
        raise BadInput(NOTHING_USABLE)
    if args.dry_run:
        say_unchanged()
    return 0


def _import(content: bytes, *, dry_run: bool) -> "Plan":
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.people import clock
    from jinxiu.places.actions import import_places, look_at_places

    with files_as_people_know_them():
        if dry_run:
            return look_at_places(content=content)
        return import_places(content=content, today=clock.today(), actor=SYSTEM)


def _print(planned: "Plan", language: str) -> None:
    rows = [
        *(("new", one.code, one.name, "") for one in planned.new),
        *(("changed", one.known.code, one.listed.name, one.known.name) for one in planned.changed),
        *(("retired", one.code, "", one.name) for one in planned.retired),
    ]
    if rows:
        print_table(("", "code", "in the file", "before"), rows[:_SHOWN])
        if len(rows) > _SHOWN:
            print(f"… and {len(rows) - _SHOWN:,} more")
        print()
    print_table(tuple(planned.counts), [[f"{count:,}" for count in planned.counts.values()]])
    if planned.above:
        print(f"{planned.above:,} rows are provinces; the tree begins with the city.")
    if planned.retires_nothing:
        print("Some codes cannot be read, so it is not certain what is missing: nothing is retired with this file.")
    _print_mistakes(planned, language)


def _print_mistakes(planned: "Plan", language: str) -> None:
    from jinxiu.places.files import layout
    from jinxiu.places.wording import sentence_for

    titles = {name: column.title.language(language) for name, column in layout().columns.items()}
    print_wrong(
        [f"{one.where} {titles[one.column]}: {one.found or '–'} · {sentence_for(one)}" for one in planned.mistakes]
    )
