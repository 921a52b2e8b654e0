"""Worked cases of a measure: this person, these facts, that month, this population. Both executors must meet them.

A file names its measure and lists cases. A fact is a line: with `event` it is one, with its readings and answers on it;
without, its readings stand alone. A reading is a number, a text, or `none` for one that found no result. `expect` is
where the person stands (WHERE), or the fact under `missing` that says that nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from jinxiu.standards.codes import Codes, installed
from jinxiu.standards.measures.referee import Answer
from jinxiu.standards.model import LANGUAGES, MODES, Text
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose

OUTSIDE, EXCLUSION, EXCEPTION, NUMERATOR, OTHER = "outside", "exclusion", "exception", "numerator", "other"
WHERE = (OUTSIDE, EXCLUSION, EXCEPTION, NUMERATOR, OTHER)
_NONE = "none"
_ENROLLED = ("until", "because", "value")
_EVENT = ("event", "mode", "setting", "code", "until")


@dataclass(frozen=True)
class MeasureCase:
    """One case. `month` is any day of the month; `counts` are what the person adds to numerator and denominator, for
    measures that add up something else than people."""

    name: str
    title: Text
    measure: str
    month: date
    person: PersonFacts
    expected: str
    counts: tuple[int, int] | None
    file: str
    line: int


def standing(found: Answer) -> str:
    """Where an answer puts the person: one of WHERE, or the fact that says what is missing."""
    places = {
        OUTSIDE: not found.denominator,
        EXCLUSION: found.denominator_exclusion,
        EXCEPTION: found.denominator_exception,
        NUMERATOR: found.numerator,
    }
    return next((place for place, here in places.items() if here), found.missing or OTHER)


def load_cases(directory: Path) -> list[MeasureCase]:
    """All cases of a directory's .yaml files; raises StandardError with the mistakes of the first file that has any."""
    return [case for path in sorted(directory.glob("*.yaml")) for case in read_cases(path)]


def read_cases(path: Path) -> list[MeasureCase]:
    """The cases of one file, in its order; raises StandardError with everything that is wrong with it."""
    mistakes = Mistakes(str(path))
    cases = _Cases(Reader(mistakes), installed(), str(path)).read(compose(path, mistakes))
    if mistakes.found:
        raise StandardError(mistakes.found)
    return cases


@dataclass
class _Cases:
    reader: Reader
    codes: Codes
    file: str

    def read(self, root: Node | None) -> list[MeasureCase]:
        keys = self.reader.keys(root, "", ("measure", "cases"))
        measure = self.reader.text(keys.get("measure"), "measure") or ""
        found = [self._case(node, measure) for node in self.reader.items(keys.get("cases"), "cases")]
        return [case for case in found if case]

    def _case(self, node: Node, measure: str) -> MeasureCase | None:
        needed, optional = ("name", "title", "month", "person", "expect"), ("enrolled", "facts", "counts")
        keys = self.reader.keys(node, "case", needed, optional)
        name = self.reader.text(keys.get("name"), "name") or ""
        place = name or "case"
        titles = self.reader.keys(keys.get("title"), f"{place}.title", LANGUAGES)
        zh, en = (self.reader.text(titles.get(one), f"{place}.title.{one}") for one in LANGUAGES)
        month = self._day(keys.get("month"), f"{place}.month", "-01")
        person = self._person(keys, place)
        expected = self.reader.text(keys.get("expect"), f"{place}.expect")
        counts = self._counts(keys.get("counts"), f"{place}.counts")
        if not (name and zh and en and month and expected):
            return None
        line = node.start_mark.line + 1 if node.start_mark else 0
        return MeasureCase(name, Text(zh, en), measure, month, person, expected, counts, self.file, line)

    def _counts(self, node: Node | None, place: str) -> tuple[int, int] | None:
        if node is None:
            return None
        keys = self.reader.keys(node, place, ("counted", "of"))
        counted, of = (self.reader.whole(keys.get(name), f"{place}.{name}", 0, 10_000) for name in ("counted", "of"))
        return (counted, of) if counted is not None and of is not None else None

    def _day(self, node: Node | None, place: str, more: str = "") -> date | None:
        text = self.reader.text(node, place)
        if node is None or text is None:
            return None
        try:
            return date.fromisoformat(text + more)
        except ValueError:
            allowed = 'a month as "YYYY-MM"' if more else 'a day as "YYYY-MM-DD"'
            self.reader.mistakes.add(node, place, repr(text), allowed)
            return None

    # --- the person and the facts -------------------------------------------------------------------------------------

    def _person(self, keys: Mapping[str, Node], place: str) -> PersonFacts:
        known = self.reader.keys(keys.get("person"), f"{place}.person", (), ("born", "sex", "died_on", "left_on"))
        lines = self.reader.items(keys.get("facts"), f"{place}.facts")
        pairs = [self._line(number, one, f"{place}.facts") for number, one in enumerate(lines, start=1)]
        return PersonFacts(
            person_id="p1",
            birth_date=self._day(known.get("born"), f"{place}.person.born"),
            sex=self.reader.word(known.get("sex"), f"{place}.person.sex", "MFU") or "U",
            died_on=self._day(known.get("died_on"), f"{place}.person.died_on"),
            left_on=self._day(known.get("left_on"), f"{place}.person.left_on"),
            enrolments=self._enrolments(keys.get("enrolled"), f"{place}.enrolled"),
            events=tuple(event for event, _ in pairs if event),
            observations=tuple(one for _, observations in pairs for one in observations),
        )

    def _enrolments(self, node: Node | None, place: str) -> tuple[Enrolment, ...]:
        found = []
        for number, item in enumerate(self.reader.items(node, place), start=1):
            keys = self.reader.keys(item, place, ("kind", "since"), _ENROLLED)
            kind = self.reader.word(keys.get("kind"), f"{place}.kind", self.codes.enrolments)
            since, until = (self._day(keys.get(name), f"{place}.{name}") for name in ("since", "until"))
            because = self.reader.word(keys.get("because"), f"{place}.because", self.codes.end_reasons)
            value = self.reader.text(keys.get("value"), f"{place}.value")
            if kind and since:
                found.append(Enrolment(f"n{number:02}", kind, since, until, because, value))
        return tuple(found)

    def _line(self, number: int, node: Node, place: str) -> tuple[Event | None, list[Observation]]:
        words = (*self.codes.observations, *self.codes.decisions)
        keys = self.reader.keys(node, place, ("on",), (*_EVENT, *words))
        day = self._day(keys.get("on"), f"{place}.on")
        if day is None:
            return None, []
        event = self._event(f"e{number:02}", keys, day, place) if "event" in keys else None
        values = {word: self._value(keys[word], f"{place}.{word}") for word in words if word in keys}
        on = event.event_id if event else None
        return event, [
            Observation(f"o{number:02}.{word}", word, day, value, on, text) for word, (value, text) in values.items()
        ]

    def _event(self, event_id: str, keys: Mapping[str, Node], day: date, place: str) -> Event | None:
        kind = self.reader.word(keys["event"], f"{place}.event", self.codes.events)
        mode = self.reader.word(keys.get("mode"), f"{place}.mode", MODES) or "clinic"
        until = self._day(keys.get("until"), f"{place}.until")
        setting, code = (self.reader.text(keys.get(name), f"{place}.{name}") for name in ("setting", "code"))
        return Event(event_id, kind, day, mode, until, setting, code) if kind else None

    def _value(self, node: Node, place: str) -> tuple[float | None, str | None]:
        """A number, or a text; for none the text of a reading that found no result."""
        if isinstance(node, ScalarNode) and node.tag.endswith((":int", ":float")):
            return self.reader.number(node, place), None
        text = self.reader.text(node, place)
        return None, "no result" if text == _NONE else text
