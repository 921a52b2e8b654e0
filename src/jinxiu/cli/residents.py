"""`./jinxiu import residents` and `import records`: people, and what was done for them, out of Excel and CSV."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import data_directory, database, prepare_database, say
from jinxiu.cli.night import evaluate_database
from jinxiu.cli.output import Progress, print_table, progress
from jinxiu.cli.problems import BadInput
from jinxiu.cli.spreadsheets import (
    NOTHING_USABLE,
    add_options,
    content_of,
    files_as_people_know_them,
    print_wrong,
    say_unchanged,
)
from jinxiu.cli.words import choice

if TYPE_CHECKING:
    from jinxiu.familydoctor.imports.report import ImportReport

_HELP = """\
Import residents from Excel (.xlsx, .xls) or text (.csv, .txt; UTF-8 or GB18030; commas or tabs) as centres have them.
Then work out the due list. Look first, then import:

  ./jinxiu import residents 名册.xlsx --dry-run
  ./jinxiu import residents 名册.xlsx --team lx-1 --report 待改.xlsx

Columns are known by their headings (姓名, 身份证号, 性别, 出生日期, 联系电话, 社区, 现住址, 责任团队, 高血压 …),
in any order, below titles, beside other columns. What was read as what is printed. People are known by their ID number;
a row without one that may be somebody registered is proposed, never merged. Empty cells erase nothing.

Rows that cannot be used stay out, the others go in together or not at all; --report writes row, column, value and what
is allowed. The same file twice changes nothing. Places and teams must exist before.
Exit codes: 0 imported (or looked), 2 files, a team or rows that cannot be used, 1 a full disk or a fault of ours."""

_RECORDS_HELP = """\
Import what was done before from Excel or text, one row a record, so that nobody looks never seen. Then work out the due
list. People are registered first (import residents), and known here by ID number and name.

  ./jinxiu import records 高血压随访.xlsx --layout hypertension --dry-run
  ./jinxiu import records 体检.csv --layout exams --report 待改.xlsx

Layouts: hypertension and diabetes (contacts: 随访日期, 随访方式, 收缩压, 舒张压 or 血压, 空腹血糖 …), exams (体检日期),
enrolments (管理类型, 管理开始日期, 结束日期, 结束原因), agreements (签约日期, 到期日期, 解约日期). Records are only
added: what is there with the same values stays, with other values the row is refused. The same file twice changes
nothing.
Exit codes: 0 imported (or looked), 2 files or rows that cannot be used, 1 a full disk or a fault of ours."""

_RECORD_LAYOUTS = ("hypertension", "diabetes", "exams", "enrolments", "agreements")


def add(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the kinds of files to `./jinxiu import`."""
    residents = kinds.add_parser("residents", help="residents from Excel or CSV", description=_HELP)
    residents.add_argument("--team", metavar="CODE", help="team for people who have none and whose row names none")
    residents.set_defaults(layout="residents")
    records = kinds.add_parser(
        "records", help="past contacts, exams, programmes, agreements", description=_RECORDS_HELP
    )
    records.add_argument("--layout", choices=_RECORD_LAYOUTS, required=True, help="what a row of the files is")
    for parser in (residents, records):
        _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an .xlsx, .xls, .csv or .txt file")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what stayed out as .xlsx or .csv")
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import or look, and print what went in, what changed, and what stayed out."""
    if args.report and args.report.suffix not in (".xlsx", ".csv"):
        raise BadInput(f"The report {args.report} should end with .xlsx or .csv.")
    if args.report and not args.report.absolute().parent.is_dir():
        raise BadInput(f"There is no directory {args.report.parent} for the report.")
    contents = [(path.name, content_of(path)) for path in args.files]
    with database(args, must_exist=args.dry_run):
        from django.utils.translation import override

        if not args.dry_run:
            prepare_database()
        with override("en" if args.lang == "en" else "zh-hans"):
            report = _import(args, contents)
            _print_report(report, args.lang)
            _write_report(args, report)
        if report.applied and report.changes_anything:
            evaluate_database()
    if report.rows and not sum(report.counts[kind] for kind in ("new", "changed", "same")):
        raise BadInput(NOTHING_USABLE)
    if args.dry_run:
        say_unchanged()
    else:
        say(f"Look at it with: ./jinxiu serve (data in {data_directory(args)}).")
    return 0


def _import(args: argparse.Namespace, contents: list[tuple[str, bytes]]) -> "ImportReport":
    from jinxiu.familydoctor.imports.job import RegisterChangedError

    try:
        with files_as_people_know_them(), progress("Reading") as show:
            bring = _import_residents if args.layout == "residents" else _import_records
            return bring(args, contents, show)
    except RegisterChangedError as error:
        raise BadInput("Somebody registered one of these people in the meantime; run the same again.") from error


def _import_residents(args: argparse.Namespace, contents: list[tuple[str, bytes]], show: Progress) -> "ImportReport":
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.cli.queries import open_teams
    from jinxiu.familydoctor.imports.actions import import_residents

    teams = {team.code: team.pk for team in open_teams()} if args.team else {}
    team_id = teams[choice("team", args.team, teams)] if args.team else None
    return import_residents(contents, actor=SYSTEM, dry_run=args.dry_run, team_id=team_id, progress=show)


def _import_records(args: argparse.Namespace, contents: list[tuple[str, bytes]], show: Progress) -> "ImportReport":
    from jinxiu.audit.origin import SYSTEM
    from jinxiu.familydoctor.imports.records import import_records

    return import_records(contents, layout=args.layout, actor=SYSTEM, dry_run=args.dry_run, progress=show)


def _print_report(report: "ImportReport", language: str) -> None:
    for table in report.tables:
        print(f"{' / '.join(filter(None, (table.file, table.sheet)))}: {table.rows:,} rows")
        rows = [(one.heading, _read_as(report, one.field, language), _how(one)) for one in table.columns]
        print_table(("column", "read as", ""), rows)
        print()
    for file, sheet in report.unread_sheets:
        print(f"{file} / {sheet}: no headings found, not read")
    kinds = ("new", "changed", "same", "proposed", "refused")
    print_table(kinds, [[f"{report.counts[kind]:,}" for kind in kinds]])
    if report.changed_fields:
        changes = ", ".join(
            f"{_title(report, name, language)} {n:,}" for name, n in report.changed_fields.most_common()
        )
        print(f"\nChanged: {changes}")
    print(f"\n{'Written' if report.applied else 'Compared'} in {report.seconds:.1f} s.")
    _print_problems(report)


def _read_as(report: "ImportReport", field: str, language: str) -> str:
    return _title(report, field, language) if field else "–"


def _title(report: "ImportReport", field: str, language: str) -> str:
    from jinxiu.familydoctor.imports.wording import field_title

    return field_title(report.layout, field, language)


def _how(one: object) -> str:
    field, exactly = getattr(one, "field", ""), getattr(one, "exactly", True)
    return "not read" if not field else "" if exactly else "only part of the heading is known: is this right?"


def _print_problems(report: "ImportReport") -> None:
    from jinxiu.familydoctor.imports.report_file import report_lines

    lines = [
        f"{' '.join(filter(None, (file, sheet)))} {row} {column}: {found} · {allowed} ({became})"
        for file, sheet, row, column, found, allowed, became in list(report_lines(report))[1:]
    ]
    print_wrong(lines, how_to_see_all="; --report FILE writes them all")


def _write_report(args: argparse.Namespace, report: "ImportReport") -> None:
    if not args.report:
        return
    from jinxiu.familydoctor.imports.report_file import report_file

    try:
        args.report.write_bytes(report_file(report, args.report.suffix))
    except OSError as error:
        raise BadInput(f"{args.report} cannot be written ({error.strerror}).") from error
    say(f"{len(report.problems):,} values to correct are in {args.report}.")
