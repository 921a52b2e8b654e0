"""`./jinxiu standards diff`: what a changed standard says otherwise, and whom that reaches."""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database
from jinxiu.cli.options import add_data, day
from jinxiu.cli.output import print_table
from jinxiu.cli.problems import BadInput
from jinxiu.cli.standards import known_standards, load_standards, standard_on
from jinxiu.cli.trail import note_printed
from jinxiu.cli.words import choice

if TYPE_CHECKING:
    from jinxiu.standards.change.effect import Effect
    from jinxiu.standards.facts import Facts
    from jinxiu.standards.model import Standard

_HELP = """\
What changes for people when a standard changes: in words first, then how many it reaches, clause by clause.

  ./jinxiu standards diff hypertension-2017.1 my-hypertension.yaml               on the database, for today
  ./jinxiu standards diff old/ new/ --facts facts/ --on 2026-09-30 --people      on files; a few ids with each number
  ./jinxiu standards diff hypertension my-hypertension.yaml --words              only what it says; no facts needed

OLD and NEW are a file, a directory, ID-VERSION of the known standards, or ID for the version of the day. Both are
judged on the same facts as if they were in force on the day. What only one side has is new or dropped.
Exit codes: 0 done, 2 files, facts or options that cannot be used, 1 a fault of ours."""

Pair = tuple["Standard | None", "Standard | None"]
_HEADS = {
    "zh": ("承诺", "状态", "原有人数", "现有人数", "新增", "减少"),
    "en": ("clause", "status", "people before", "people after", "come", "go"),
}
_STATUSES_ZH = {
    "upcoming": "未开放",
    "due": "到期",
    "overdue": "逾期",
    "missed": "错过",
    "kept": "已完成",
    "waived": "已豁免",
}
_SAY = {
    "zh": {
        "equal": "没有变化。",
        "new": "新的标准：{}",
        "gone": "不再有的标准：{}",
        "if": "假设两个版本在 {} 都有效：",
    },
    "en": {
        "equal": "Nothing changes.",
        "new": "New standard: {}",
        "gone": "Standard that is dropped: {}",
        "if": "As if both were in force on {}:",
    },
}


def add(what: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `diff` to the words that may follow `./jinxiu standards`."""
    parser = what.add_parser("diff", help="what a changed standard changes, and for whom", description=_HELP)
    parser.add_argument("old", metavar="OLD", help="a file, a directory, ID-VERSION or ID")
    parser.add_argument("new", metavar="NEW", help="the same")
    parser.add_argument("--facts", type=Path, metavar="DIR", help="directory with the facts; leaves the database alone")
    parser.add_argument("--on", type=day, metavar="DATE", help="the day, YYYY-MM-DD (default: today in China)")
    parser.add_argument("--language", "--lang", choices=("zh", "en"), default="zh", help="zh (default) or en")
    parser.add_argument(
        "--people",
        action="store_true",
        help="a few ids of the people with each number, never names; out of the database with a line in the trail",
    )
    parser.add_argument("--words", action="store_true", help="only what the standards say; asks for no facts")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what changes, and for whom."""
    from jinxiu.people.clock import today

    on = args.on or today()
    say = _SAY[args.language]
    changed = [pair for pair in pairs(args.old, args.new, on) if pair[0] != pair[1]]
    if not changed:
        print(say["equal"])
        return 0
    for pair in changed:
        print("\n".join(_said(pair, args.language)), end="\n\n")
    if args.words:
        return 0
    print(say["if"].format(on))
    _print_effects(changed, args, on)
    return 0


# --- which standards --------------------------------------------------------------------------------------------------


def pairs(old: str, new: str, on: date) -> list[Pair]:
    """The standards of both sides by id; one file against one file is one standard, whatever its id."""
    before, after = named(old, on), named(new, on)
    if len(before) == len(after) == 1:
        return [(*before.values(), *after.values())]  # type: ignore[list-item]
    return [(before.get(identifier), after.get(identifier)) for identifier in sorted({*before, *after})]


def named(word: str, on: date) -> dict[str, "Standard"]:
    """By id the version of the day, or the latest where none is in force then."""
    path = Path(word)
    if path.exists() or "/" in word or word.endswith(".yaml"):
        known = load_standards([path])
        return {s.id: known.valid_on(s.id, on) or s for s in known.all()}
    catalogue = known_standards()
    if word in catalogue.ids():
        return {word: standard_on(catalogue, word, on)}
    versions = {f"{standard.id}-{standard.version}": standard for standard in catalogue.all()}
    standard = versions[choice("file, directory or standard", word, versions)]
    return {standard.id: standard}


def _said(pair: Pair, language: str) -> list[str]:
    from jinxiu.standards.change.words import differences
    from jinxiu.standards.show import show

    old, new = pair
    if old and new:
        return [f"{new.title.language(language)} [{new.id}]", *(f"  {one}" for one in differences(old, new, language))]
    if new:
        return [_SAY[language]["new"].format(show(new, language).rstrip())]
    return [_SAY[language]["gone"].format(f"{old.title.language(language)} [{old.id}]" if old else "")]


# --- whom it reaches --------------------------------------------------------------------------------------------------


def _print_effects(pairs: list[Pair], args: argparse.Namespace, on: date) -> None:
    from jinxiu.standards.change.effect import effects

    with nullcontext() if args.facts is not None else database(args, must_exist=True):
        found = effects(pairs, facts_of(args.facts, on), on)
        if args.people and args.facts is None:
            note_printed(f"standards diff {args.old} {args.new} --people", len(_shown(found)))
    for pair, effect in zip(pairs, found, strict=True):
        _print_effect(pair, effect, args)


def _shown(found: Sequence["Effect"]) -> set[str]:
    return {person_id for effect in found for moved in effect.moved for person_id in moved.examples}


def _print_effect(pair: Pair, effect: "Effect", args: argparse.Namespace) -> None:
    from jinxiu.standards.change.sentences import clause_title, sentences
    from jinxiu.standards.codes import codes_for

    old, new = pair
    shown = new or old
    codes = codes_for(Path(shown.file if shown else ""))
    print("\n".join(f"  {one}" for one in sentences(effect, old, new, codes, args.language, args.people)), end="\n\n")
    rows = [
        (
            clause_title(old, new, one.clause, args.language),
            _STATUSES_ZH[one.status] if args.language == "zh" else one.status,
            *(one.before, one.after, one.come, one.go),
        )
        for one in effect.standings
    ]
    print_table(_HEADS[args.language], rows)
    print()


def facts_of(directory: Path | None, on: date) -> "Facts":
    """The facts of a directory, or everybody's of the database."""
    if directory is None:
        from jinxiu.evidence.facts import facts

        return facts(on)
    from jinxiu.standards.facts import FactsError, read_facts

    if not directory.is_dir():
        raise BadInput(f"There is no directory {directory}; --facts names the one with people.csv or people.parquet.")
    try:
        return read_facts(directory)
    except FactsError as error:
        raise BadInput("The facts cannot be used:\n  " + "\n  ".join(map(str, error.problems[:20]))) from error
