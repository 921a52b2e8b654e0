"""The effect of a change in words: how many people, what becomes of them."""

from __future__ import annotations

from jinxiu.standards.change.effect import Effect, Moved
from jinxiu.standards.codes import Codes
from jinxiu.standards.model import Standard, Text

_MOVED = {
    "owed": Text("新增对象 {people} 人", "{people} people are owed it now"),
    "not_owed": Text("不再是对象 {people} 人", "{people} are no longer owed it"),
    "due": Text("新到期 {people} 人", "{people} people become due"),
    "not_due": Text("不再到期 {people} 人", "{people} are no longer due"),
    "earlier": Text("到期日提前 {people} 人", "{people} are due on an earlier day"),
    "later": Text("到期日推后 {people} 人", "{people} are due on a later day"),
    "class": Text("由“{before}”改为“{after}” {people} 人", "{people} change class from “{before}” to “{after}”"),
    "action": Text(
        "措施由“{before}”改为“{after}” {people} 人", "for {people} what to do changes from “{before}” to “{after}”"
    ),
}
_ONE = {
    "owed": Text("新增对象 1 人", "1 person is owed it now"),
    "not_owed": Text("不再是对象 1 人", "1 is no longer owed it"),
    "due": Text("新到期 1 人", "1 person becomes due"),
    "not_due": Text("不再到期 1 人", "1 is no longer due"),
    "earlier": Text("到期日提前 1 人", "1 is due on an earlier day"),
    "later": Text("到期日推后 1 人", "1 is due on a later day"),
    "class": Text("由“{before}”改为“{after}” 1 人", "1 changes class from “{before}” to “{after}”"),
    "action": _MOVED["action"],
}
_EXAMPLES = Text("（如 {ids}）", " (such as {ids})")
_NOBODY = Text("对任何人都没有影响。", "For nobody anything changes.")
_BETWEEN, _COLON, _END = Text("；", "; "), Text("：", ": "), Text("。", ".")
_LIST = Text("、", ", ")
_SECTIONS = {"class": "classifications", "action": "actions"}


def sentences(
    effect: Effect, old: Standard | None, new: Standard | None, codes: Codes, language: str, people: bool = False
) -> list[str]:
    """One sentence for each clause that reaches somebody otherwise; with `people`, a few ids in each part of it."""
    clauses = dict.fromkeys(moved.clause for moved in effect.moved)
    told = [
        clause_title(old, new, clause, language)
        + _COLON.language(language)
        + _BETWEEN.language(language).join(
            _part(moved, codes, language, people) for moved in effect.moved if moved.clause == clause
        )
        + _END.language(language)
        for clause in clauses
    ]
    return told or [_NOBODY.language(language)]


def _part(moved: Moved, codes: Codes, language: str, people: bool) -> str:
    section = _SECTIONS.get(moved.what)
    before, after = (codes.name(section, word, language) if section else "" for word in (moved.before, moved.after))
    wording = (_ONE if moved.people == 1 else _MOVED)[moved.what]
    said = wording.language(language).format(people=f"{moved.people:,}", before=before, after=after)
    if not people:
        return said
    return said + _EXAMPLES.language(language).format(ids=_LIST.language(language).join(moved.examples))


def clause_title(old: Standard | None, new: Standard | None, clause: str, language: str) -> str:
    """A clause's title and id; the new version's title where both have one."""
    titles = {each.id: each.title for standard in (old, new) if standard for each in standard.clauses}
    return f"{titles[clause].language(language)} [{clause}]"
