"""What two versions of a standard say differently, as sentences: one for each thing that changed.

Every field of the model is looked at. A limit is told by the ages at which its number differs; a test or a case that
names a limit did not change when the limit did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from jinxiu.standards.change.labels import ELIGIBLE, LABELS, SAID
from jinxiu.standards.codes import codes_for
from jinxiu.standards.eligible_words import who
from jinxiu.standards.model import (
    Anchor,
    Case,
    ClausesKept,
    Compare,
    CountContacts,
    CountEvents,
    CountObservations,
    Cycle,
    LatestInYear,
    Limit,
    Offset,
    Outcome,
    Source,
    Standard,
    Test,
    Text,
    walk,
)
from jinxiu.standards.show import Page
from jinxiu.standards.verdict import number_text
from jinxiu.standards.words import date_text

_CODED = {"action": "actions", "classification": "classifications", "code": "decisions"}


def differences(old: Standard, new: Standard, language: str) -> list[str]:
    """What `new` says otherwise than `old`, in `zh` or `en`; empty exactly when the two are equal."""
    if old == new:
        return []
    before, after = _Words.of(old, language), _Words.of(new, language)
    told = [*_limits(before, after)]
    for kind in ("standard", "contact", "test", "case", "decision", "advice", "clause", "indicator"):
        told += _things(kind, before, after)
    told += _order(before, after)
    return told or [SAID["written"].language(language)]


class _Words(Page):
    """A standard in words in which a named limit is called by its name: its number is told once, on its own."""

    @classmethod
    def of(cls, standard: Standard, language: str) -> _Words:
        return cls(standard, language, codes_for(Path(standard.file)))

    def compared(self, reading: str, limit: Limit) -> str:
        return limit.name or super().compared(reading, limit)

    def say(self, sentence: str, **values: object) -> str:
        return SAID[sentence].language(self.language).format(**values)

    def label(self, name: str) -> str:
        return LABELS[name].language(self.language)

    def joined_words(self, words: Sequence[str]) -> str:
        return self.w("comma").join(words)


# --- limits -----------------------------------------------------------------------------------------------------------


def _limits(before: _Words, after: _Words) -> Iterator[str]:
    old = {limit.name: limit for limit in before.standard.limits}
    new = {limit.name: limit for limit in after.standard.limits}
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield after.say("limit_gone", name=_called(before, old[name]))
        elif name not in old:
            yield after.say("limit_new", name=_called(after, new[name]), value=after.limit(new[name]))
        else:
            yield from _limit(after, old[name], new[name])


def _limit(words: _Words, old: Limit, new: Limit) -> Iterator[str]:
    """One sentence for each age from which another number holds."""
    ages = sorted({age for limit in (old, new) for age, _ in limit.from_age})
    for age in (None, *ages):
        if (old.at_age(age), old.unit) == (new.at_age(age), new.unit):
            continue
        values = {"old": _measured(words, old, age), "new": _measured(words, new, age), "name": _called(words, new)}
        people = "everybody" if not ages else "younger" if age is None else "from_age"
        yield words.say(f"limit_{people}", age=ages[0] if age is None and ages else age, **values)


def _measured(words: _Words, limit: Limit, age: int | None) -> str:
    return f"{number_text(limit.at_age(age))} {words.codes.name('units', limit.unit, words.language)}"


def _called(words: _Words, limit: Limit) -> str:
    """A limit's name with the readings that are held against it."""
    readings = dict.fromkeys(
        test.reading for test in _all_tests(words.standard) if isinstance(test, Compare) and test.limit == limit
    )
    return words.joined_words([*map(words.reading, readings), limit.name])


def _all_tests(standard: Standard) -> Iterator[Test]:
    asked: list[Test] = [case.when for case in standard.cases]
    if standard.contact:
        asked += [standard.contact.counts_if, *standard.contact.tests]
    for test in asked:
        yield from walk(test)


# --- everything else: things with fields ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Thing:
    """A part of a standard: how it is called, what it says when it is new, and each thing that it says by its label."""

    called: str
    whole: str
    says: Mapping[str, str]


def _things(kind: str, before: _Words, after: _Words) -> Iterator[str]:
    old, new = dict(_KINDS[kind](before)), dict(_KINDS[kind](after))
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield after.say(f"{kind}_gone", what=old[key].called)
        elif key not in old:
            yield after.say(f"{kind}_new", what=new[key].whole)
        else:
            yield from _changes(after, old[key], new[key])


def _changes(words: _Words, old: _Thing, new: _Thing) -> Iterator[str]:
    nothing = words.say("nothing")
    for label in dict.fromkeys((*old.says, *new.says)):
        told = {"old": old.says.get(label, nothing), "new": new.says.get(label, nothing)}
        if told["old"] != told["new"]:
            yield words.say("changes", what=new.called, label=label, **told)


def _order(before: _Words, after: _Words) -> Iterator[str]:
    """The first case that holds decides: another order is another meaning."""
    old, new = ([case.reason for case in words.standard.cases] for words in (before, after))
    common = set(old) & set(new)
    if [reason for reason in old if reason in common] != [reason for reason in new if reason in common]:
        yield after.say("order", reasons=after.joined_words(new))


def _standard(words: _Words) -> Iterator[tuple[str, _Thing]]:
    standard = words.standard
    says = {words.label(name): shown for name in ("id", "version") if (shown := getattr(standard, name))}
    says |= {words.label(n): _day(words, getattr(standard, n)) for n in ("valid_from", "valid_to")}
    says |= dict(_leaves(words, "title", standard.title))
    says |= dict(_leaves(words, "source", standard.source))
    says[ELIGIBLE.language(words.language)] = who(standard.eligible, words.codes, words.language)
    if standard.last_value:
        says |= dict(_leaves(words, "last_value", standard.last_value))
    called = standard.title.language(words.language)
    yield "", _Thing(called, called, says)


def _day(words: _Words, day: date | None) -> str:
    return date_text(day, words.language) if day else words.say("until_further")


def _contact(words: _Words) -> Iterator[tuple[str, _Thing]]:
    contact = words.standard.contact
    if contact is None:
        return
    readings = words.joined_words([words.reading(code) for code in contact.readings])
    says = {
        words.label("events"): words.events(contact.events),
        words.label("readings"): readings,
        words.label("counts_if"): words.test(contact.counts_if),
    }
    yield "", _Thing(words.w("contact"), words.joined_words([*says.values()]), says)


def _tests(words: _Words) -> Iterator[tuple[str, _Thing]]:
    contact = words.standard.contact
    for test in contact.tests if contact else ():
        says = {words.label("test"): words.test(test.test)}
        if test.title:
            says |= dict(_leaves(words, "title", test.title))
        yield test.name, _Thing(words.test(test), words.term(test), says)


def _cases(words: _Words) -> Iterator[tuple[str, _Thing]]:
    for number, case in enumerate(words.standard.cases, 1):
        whole = " ".join(line.strip() for line in words.case(number, case))
        yield case.reason, _Thing(_case_called(words, case), whole, dict(_fields(words, case)))


def _case_called(words: _Words, case: Case) -> str:
    classification = words.codes.name("classifications", case.classification, words.language)
    return words.say("case", reason=case.reason, classification=classification)


def _decision(words: _Words) -> Iterator[tuple[str, _Thing]]:
    if decision := words.standard.decision:
        yield "", _Thing(words.w("decided_by"), words.decision()[0], dict(_fields(words, decision)))


def _advice(words: _Words) -> Iterator[tuple[str, _Thing]]:
    for advice in words.standard.advice:
        called = words.say("advice", id=advice.id)
        yield advice.id, _Thing(called, words.advised(advice), dict(_fields(words, advice)))


def _clauses(words: _Words) -> Iterator[tuple[str, _Thing]]:
    for clause in words.standard.clauses:
        called = f"{clause.title.language(words.language)} [{clause.id}]"
        says = {words.label("kind"): words.label(type(clause).__name__), **dict(_fields(words, clause))}
        yield clause.id, _Thing(called, words.clause(clause), says)


def _indicators(words: _Words) -> Iterator[tuple[str, _Thing]]:
    for indicator in words.standard.indicators:
        called = f"{indicator.title.language(words.language)} [{indicator.id}]"
        yield indicator.id, _Thing(called, words.indicator(indicator), dict(_fields(words, indicator)))


_KINDS: Mapping[str, Callable[[_Words], Iterator[tuple[str, _Thing]]]] = {
    "standard": _standard,
    "contact": _contact,
    "test": _tests,
    "case": _cases,
    "decision": _decision,
    "advice": _advice,
    "clause": _clauses,
    "indicator": _indicators,
}


# --- a value of the model in words ------------------------------------------------------------------------------------


def _fields(words: _Words, record: Any) -> Iterator[tuple[str, str]]:
    """Every field of a record but its id, each with its label."""
    for each in fields(record):
        if each.name != "id" and (each.name, type(record)) != ("reason", Case):
            yield from _leaves(words, each.name, getattr(record, each.name), record)


def _leaves(words: _Words, name: str, value: Any, record: Any = None) -> Iterator[tuple[str, str]]:
    """A value as labels and texts: one for what is a single thing, several for what has parts of its own."""
    label = words.label(name)
    match value:
        case Text():
            for language in (words.language, "en" if words.language == "zh" else "zh"):
                in_language = label if language == words.language else words.say(f"in_{language}", label=label)
                yield in_language, f"“{value.language(language)}”"
        case Outcome() | Source():
            for inner, text in _fields(words, value):
                yield f"{label}{words.w('comma')}{inner}", text
        case ClausesKept() | LatestInYear():
            yield label, words.indicator(record).partition(words.w("colon"))[2]
        case tuple() if value and isinstance(value[0], Cycle):
            for cycle in value:
                for inner, text in _cycle(words, cycle):
                    yield f"{label} {cycle.id}".rstrip() + f"{words.w('comma')}{inner}", text
        case _:
            yield label, _plain(words, name, value)


def _cycle(words: _Words, cycle: Cycle) -> Iterator[tuple[str, str]]:
    if cycle.title:
        yield from _leaves(words, "title", cycle.title)
    for name in ("opens", "due", "closes"):
        offset: Offset | None = getattr(cycle, name)
        yield words.label(name), words.offset(offset) if offset else words.w("open")


def _plain(words: _Words, name: str, value: Any) -> str:
    match value:
        case bool():
            return words.say("yes" if value else "no")
        case int() | float():
            return words.w("day", number_text(value)) if "days" in name else number_text(value)
        case Test():
            return words.test(value)
        case Anchor():
            return words.anchor(value)
        case CountEvents() | CountContacts() | CountObservations():
            return words.counted(value)
        case tuple():
            return words.events(value) if value else words.say("nothing")
        case str() if name in _CODED:
            return words.codes.name(_CODED[name], value, words.language)
    return str(value) if value not in (None, "") else words.say("nothing")
