"""`./jinxiu standards simulate`: the work that a changed standard asks for in the months to come, beside the old."""

import argparse
import csv
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.change import Pair, facts_of, named, pairs
from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_data, day
from jinxiu.cli.output import new_file, print_table
from jinxiu.cli.problems import BadInput
from jinxiu.cli.standards import known_standards

if TYPE_CHECKING:
    from jinxiu.standards.change.workload import NotForeseen, Workload

_HELP = """\
The work that a standard asks for, month by month: the new version beside the old, and the difference.

  ./jinxiu standards simulate my-hypertension.yaml                      on the database, against today's version
  ./jinxiu standards simulate new/ --against old/ --facts facts/ --on 2026-09-30 --by team --picture work.svg
  ./jinxiu standards simulate hypertension                              nothing changed: the work of the year ahead

Every item owed is taken as done on the day it is due, an overdue one today; classes and measurements stay as they
are, and the next contact is owed by the interval of that class; nobody comes or goes. Each clause is counted by
itself. What cannot be foreseen is left out and named.
NEW and OLD are a file, a directory, ID-VERSION of the known standards, or ID for the version of the day.
Exit codes: 0 done, 2 files, facts or options that cannot be used, 1 a fault of ours."""
_MOST_MONTHS = 36
_NAMED = 3  # standards on each side
_NOTES = {
    "zh": (
        "每项应做事项按到期日完成，已逾期的计入首月；首月只计当日及以后。",
        "分类和测量值保持不变，下一次随访按该分类的间隔推算；人员不增不减。",
        "各项承诺分别计数（单位：项），一次随访可同时完成几项。",
    ),
    "en": (
        "Every item owed is taken as done on the day it is due, an overdue one in the first month (its rest).",
        "Classes and measurements stay as they are, the next contact is owed by the interval of that class; nobody "
        "comes or goes.",
        "Counted in items, each clause by itself: one visit may keep several.",
    ),
}
_LEGENDS = {"zh": ("原标准：{}", "新标准：{}"), "en": ("old: {}", "new: {}")}
_SIDES = {"zh": ("原", "新", "增减"), "en": ("old", "new", "difference")}
_HEADS = {
    "zh": ("标准", "承诺", "名称", "分组", "月份", "原", "新", "增减"),
    "en": ("standard", "clause", "title", "group", "month", "old", "new", "difference"),
}
_WORDS = {
    "zh": {
        "title": "{}起各月应做事项",
        "drawn": "图中只列有变化的承诺。",
        "everybody": "全部",
        "nobody": "（未分组）",
        "none": "无",
        "sum": "合计",
        "panel": "{title}：{before:,} → {after:,}（{difference:+,}）",
        "left": "未计入：",
        "after_first": "{clause}：从未随访者（{people} 人）首次随访之后的各次，间隔取决于首次随访的结果。",
        "waived": "{clause}：当前已豁免者（{people} 人）的全部事项。",
        "new_questions": "{clause}：今后新发生者的应答；只计目前等待应答的。",
        "new_anchors": "{clause}：今后新的起算或结束事件所带来的；只按目前的事件推算。",
        "written": "{} 行已写入 {}。",
        "drawn_to": "图已写入 {}。",
    },
    "en": {
        "title": "What is owed month by month from {}",
        "drawn": "Only the clauses whose numbers change are drawn.",
        "everybody": "all",
        "nobody": "(none)",
        "none": "nothing",
        "sum": "sum",
        "panel": "{title}: {before:,} → {after:,} ({difference:+,})",
        "left": "Left out:",
        "after_first": "{clause}: what follows the first contact of the people never seen ({people}); it depends on "
        "what that finds.",
        "waived": "{clause}: everything of the people with a waiver today ({people}).",
        "new_questions": "{clause}: answers to what comes up later; counted is what waits today.",
        "new_anchors": "{clause}: what a later event begins or ends; counted is what today's events ask for.",
        "written": "{} rows in {}.",
        "drawn_to": "The picture is in {}.",
    },
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One clause of one group (None: all groups added up), by the old and by the new version."""

    standard: str
    clause: str
    title: str
    group: str | None
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def called(self) -> str:
        return f"{self.standard} · {self.title}"

    @property
    def difference(self) -> tuple[int, ...]:
        return tuple(after - before for before, after in zip(self.before, self.after, strict=True))


def add(what: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `simulate` to the words that may follow `./jinxiu standards`."""
    parser = what.add_parser("simulate", help="the work that a changed standard asks for", description=_HELP)
    parser.add_argument("new", metavar="NEW", help="a file, a directory, ID-VERSION or ID")
    parser.add_argument("--against", metavar="OLD", help="the same (default: the known version of the day)")
    parser.add_argument("--facts", type=Path, metavar="DIR", help="directory with the facts; leaves the database alone")
    parser.add_argument("--on", type=day, metavar="DATE", help="the first day, YYYY-MM-DD (default: today in China)")
    parser.add_argument("--months", type=_months, default=12, metavar="N", help="how many (default: 12)")
    parser.add_argument("--by", choices=("team", "district"), default="", help="for each of them (default: everybody)")
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="a new CSV file instead of the screen")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="a new picture too")
    parser.add_argument("--language", "--lang", choices=("zh", "en"), default="zh", help="zh (default) or en")
    add_data(parser)
    parser.set_defaults(run=run)


def _months(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_MONTHS:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of months; write one from 1 to {_MOST_MONTHS}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Work it out, print or write the table, and draw the picture."""
    from jinxiu.people.clock import today
    from jinxiu.standards.change.workload import months_from, workloads

    for path in (args.out, args.picture):
        if path is not None and path.exists():
            raise BadInput(f"There is a file {path} already; name another one, or move it away.")
    on = args.on or today()
    compared = pairs(args.against, args.new, on) if args.against else _against_known(args.new, on)
    with nullcontext() if args.facts is not None else database(args, must_exist=True):
        found = workloads(compared, facts_of(args.facts, on), on, args.months, args.by)
    months = months_from(on, args.months)
    lines = [line for pair, work in zip(compared, found, strict=True) for line in _lines(pair, work, args)]
    left_out = [one for pair, work in zip(compared, found, strict=True) for one in _left_out(pair, work, args.language)]
    if args.out is None:
        _print(lines, months, compared, on, args)
    else:
        _write(lines, months, args)
    if args.picture is not None:
        _draw(lines, months, compared, on, args)
    if left_out:
        print("\n".join([_WORDS[args.language]["left"], *(f"  {one}" for one in left_out)]))
    return 0


def _against_known(new: str, on: date) -> list[Pair]:
    known = known_standards()
    return [(known.valid_on(identifier, on), standard) for identifier, standard in sorted(named(new, on).items())]


# --- the lines --------------------------------------------------------------------------------------------------------


def _lines(pair: Pair, work: "tuple[Workload, Workload]", args: argparse.Namespace) -> Iterator[_Line]:
    """Of every clause that either version has: each group, and before them all together."""
    from jinxiu.standards.change.sentences import clause_title

    old, new = pair
    nothing = (0,) * args.months
    clauses = dict.fromkeys(clause.id for standard in (new, old) if standard for clause in standard.clauses)
    for clause in clauses:
        keys = sorted({key for side in work for key in side.items if key[0] == clause})
        numbers = [[side.items.get(key, nothing) for side in work] for key in keys]
        sums = [tuple(map(sum, zip(nothing, *(each[side] for each in numbers), strict=True))) for side in (0, 1)]
        about = ((new or old).id, clause, clause_title(old, new, clause, args.language))  # type: ignore[union-attr]
        yield _Line(*about, None, *sums)
        if args.by:
            yield from (_Line(*about, key[1], *each) for key, each in zip(keys, numbers, strict=True))


def _group(line: _Line, language: str) -> str:
    return _WORDS[language]["everybody"] if line.group is None else line.group or _WORDS[language]["nobody"]


def _left_out(pair: Pair, work: "tuple[Workload, Workload]", language: str) -> Iterator[str]:
    from jinxiu.standards.change.sentences import clause_title

    old, new = pair
    standard = (new or old).id  # type: ignore[union-attr]
    of_either: dict[tuple[str, str], NotForeseen] = {}
    for side in work:
        of_either |= {(one.clause, one.what): one for one in side.not_foreseen}
    for one in of_either.values():
        clause = f"{standard} · {clause_title(*pair, one.clause, language)}"
        yield _WORDS[language][one.what].format(clause=clause, people=f"{one.people:,}")


# --- as table, as file, as picture ------------------------------------------------------------------------------------


def _print(lines: list[_Line], months: list[date], compared: list[Pair], on: date, args: argparse.Namespace) -> None:
    words = _WORDS[args.language]
    print("\n".join([words["title"].format(on), *_NOTES[args.language], *_legend(compared, args.language)]), end="\n\n")
    for clause in dict.fromkeys(line.called for line in lines):
        rows = [row for line in lines if line.called == clause for row in _rows(line, args.language)]
        print_table((clause, "", *(f"{month:%Y-%m}" for month in months), words["sum"]), rows)
        print()


def _rows(line: _Line, language: str) -> Iterator[tuple[object, ...]]:
    sides = zip(_SIDES[language], (line.before, line.after, line.difference), strict=True)
    for number, (side, values) in enumerate(sides):
        shown = [f"{value:+}" for value in (*values, sum(values))] if number == 2 else [*values, sum(values)]
        yield ("" if number else _group(line, language), side, *shown)


def _legend(compared: list[Pair], language: str) -> list[str]:
    """What stands on each side as ID-VERSION: the standards that differ, all where none does; a few of many."""
    shown = [pair for pair in compared if pair[0] != pair[1]] or compared
    legend = []
    for said, side in zip(_LEGENDS[language], zip(*shown, strict=True), strict=True):
        names = [f"{one.id}-{one.version}" for one in side if one] or [_WORDS[language]["none"]]
        legend.append(said.format(", ".join([*names[:_NAMED], *(["…"] if names[_NAMED:] else [])])))
    return legend


def _write(lines: list[_Line], months: list[date], args: argparse.Namespace) -> None:
    """A row for each clause, group and month; sums are left to who reads it."""
    rows = [
        (line.standard, line.clause, line.title, line.group or "", f"{month:%Y-%m}", *numbers)
        for line in lines
        if bool(args.by) == (line.group is not None)
        for month, *numbers in zip(months, line.before, line.after, line.difference, strict=True)
    ]
    with new_file(args.out, "utf-8-sig") as file:
        csv.writer(file).writerows([_HEADS[args.language], *rows])
    say(_WORDS[args.language]["written"].format(len(rows), args.out))


def _draw(lines: list[_Line], months: list[date], compared: list[Pair], on: date, args: argparse.Namespace) -> None:
    """Each clause that changes, of all together or of each group; every clause where none changes."""
    from jinxiu.standards.change.picture import Panel, picture

    words = _WORDS[args.language]
    changing = {(line.standard, line.clause) for line in lines if any(line.difference)}
    panels = [
        Panel(_panel_title(line, args.language), line.before, line.after)
        for line in lines
        if bool(args.by) == (line.group is not None) and (not changing or (line.standard, line.clause) in changing)
    ]
    notes = [*_NOTES[args.language], *([words["drawn"]] if changing else [])]
    before, after = _legend(compared, args.language)
    with new_file(args.picture) as file:
        file.write(picture(words["title"].format(on), notes, (before, after), months, panels))
    say(words["drawn_to"].format(args.picture))


def _panel_title(line: _Line, language: str) -> str:
    title = f"{line.called} · {_group(line, language)}"
    before, after = sum(line.before), sum(line.after)
    return _WORDS[language]["panel"].format(title=title, before=before, after=after, difference=after - before)
