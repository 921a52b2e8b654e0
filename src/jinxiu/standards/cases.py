"""Worked cases: this person, these facts, that day, this outcome. Doctors sign them; both executors must meet them.

A file names its standard and lists cases. A fact is a line: a contact of the standard with its readings (`mode` says
how), an `event` of another kind, `event: none` for observations that hang on nothing, or `for: e01` for readings that
were added later to an earlier event. A clinician's word is such a line too: `confirmed_class: controlled`, or
`{class: controlled, days: 30}`. Ids come from the order of the lines: n01 for the first enrolment, e01 for the
event of the first line and e01.systolic for its reading, o03.systolic for a reading of the third line that stands alone
or was added. So a case can expect `facts_used`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from yaml.nodes import Node, ScalarNode, SequenceNode

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.model import LANGUAGES, Standard, Text
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, Waiver
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of
from jinxiu.standards.verdict import VERDICT_COLUMNS

NOTHING = "nothing"
NONE = "none"
_COLUMNS = {name: kind for name, kind, _ in VERDICT_COLUMNS if name not in ("person_id", "standard", "version")}
_FACT_KEYS = ("on", "event", "mode", "for")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class WorkedCase:
    """One case. `expected`: rows with the columns that matter (clause and cycle among them); empty: no row at all.
    `indicators`: for each named one, whether the person is in its numerator (None: not even in the denominator)."""

    name: str
    title: Text
    section: str
    standard: str
    person: PersonFacts
    as_of: date
    expected: tuple[Row, ...]
    indicators: Mapping[str, bool | None]
    file: str
    line: int


def load_cases(directory: Path | str) -> list[WorkedCase]:
    """All cases of a directory's .yaml files; raises StandardError with the mistakes of all of them."""
    cases: list[WorkedCase] = []
    mistakes = []
    for path in sorted(Path(directory).glob("*.yaml")):
        try:
            cases.extend(read_cases(path))
        except StandardError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise StandardError(mistakes)
    return cases


def read_cases(path: Path | str) -> list[WorkedCase]:
    """The cases of one file, in its order; raises StandardError with everything that is wrong with it."""
    path = Path(path)
    mistakes = Mistakes(str(path))
    root = compose(path, mistakes)
    cases = [] if root is None else _CaseReader(Reader(mistakes), codes_for(path.parent), str(path)).cases(root)
    if mistakes.found:
        raise StandardError(mistakes.found)
    return cases


def differences(case: WorkedCase, rows: Iterable[Row]) -> list[str]:
    """What the verdicts of the case's person (as rows: `Verdict.as_row`) have otherwise than expected; none: met."""
    rows = list(rows)
    if not case.expected:
        return [f"{case.name}: expected no row, found {len(rows)}"] if rows else []
    return [line for expected in case.expected for line in _row_differences(case.name, expected, rows)]


def _row_differences(name: str, expected: Row, rows: list[Row]) -> list[str]:
    keys = [key for key in ("clause", "cycle") if key in expected]
    found = [row for row in rows if all(row[key] == expected[key] for key in keys)]
    if "cycle" not in expected:
        found = found[:1]  # rows stand by clause and cycle: the current one comes first
    if not found:
        return [f"{name}: no row {' '.join(expected[key] for key in keys)}"]
    row = {**found[0], **{column: json.loads(found[0][column]) for column in ("reason_args", "facts_used")}}
    return [
        f"{name}: {expected['clause']} {column}: expected {value}, found {row[column]}"
        for column, value in expected.items()
        if not _fits(row[column], value)
    ]


def _fits(found: Any, expected: Any) -> bool:
    """Equal; of arguments only those that are named."""
    if isinstance(expected, Mapping):
        return all(key in found and found[key] == value for key, value in expected.items())
    return bool(found == expected)


class _CaseReader:
    """Reads the cases of one file; what is wrong is noted and reading goes on."""

    def __init__(self, reader: Reader, codes: Codes, file: str) -> None:
        self.reader = reader
        self.codes = codes
        self.file = file
        self.contact_kind = ""
        self.enrolment_kind = ""
        self.standard = ""

    def cases(self, root: Node) -> list[WorkedCase]:
        keys = self.reader.keys(root, "", ("standard", "cases"), ("contact", "enrolment"))
        self.standard = self.reader.text(keys.get("standard"), "standard") or ""
        self.contact_kind = self.reader.word(keys.get("contact"), "contact", self.codes.events) or ""
        self.enrolment_kind = self.reader.word(keys.get("enrolment"), "enrolment", self.codes.enrolments) or ""
        names: set[str] = set()
        cases = []
        for item in self.reader.items(keys.get("cases"), "cases"):
            case = self.case(item)
            if case is None:
                continue
            if case.name in names:
                self.reader.mistakes.add(item, "cases", f"{case.name} a second time", "each name once")
            names.add(case.name)
            cases.append(case)
        return cases

    def case(self, node: Node) -> WorkedCase | None:
        optional = ("enrolled", "facts", "waived", "indicators")
        keys = self.reader.keys(node, "case", ("name", "title", "section", "person", "as_of", "expect"), optional)
        name = self.reader.text(keys.get("name"), "name")
        place = name or "case"
        title = self.title(keys.get("title"), place)
        section = self.reader.text(keys.get("section"), f"{place}.section")
        person = self.person(keys, place)
        as_of = self.day(keys.get("as_of"), f"{place}.as_of")
        expected = self.expected(keys.get("expect"), f"{place}.expect")
        indicators = self.indicators(keys.get("indicators"), f"{place}.indicators")
        if not (name and title and section and as_of):
            return None
        line = node.start_mark.line + 1 if node.start_mark else 0
        return WorkedCase(name, title, section, self.standard, person, as_of, expected, indicators, self.file, line)

    def title(self, node: Node | None, place: str) -> Text | None:
        keys = self.reader.keys(node, f"{place}.title", LANGUAGES)
        zh, en = (self.reader.text(keys.get(language), f"{place}.title.{language}") for language in LANGUAGES)
        return Text(zh, en) if zh and en else None

    def day(self, node: Node | None, place: str) -> date | None:
        value = self.reader.text(node, place)
        if node is None or value is None:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.reader.mistakes.add(node, place, repr(value), 'a date as "YYYY-MM-DD"')
            return None

    # --- the person and the facts -------------------------------------------------------------------------------------

    def person(self, keys: Mapping[str, Node], place: str) -> PersonFacts:
        known = self.reader.keys(keys.get("person"), f"{place}.person", (), ("born", "sex", "died_on", "left_on"))
        events, observations = self.facts(keys.get("facts"), f"{place}.facts")
        return PersonFacts(
            person_id="p1",
            birth_date=self.day(known.get("born"), f"{place}.person.born"),
            sex=self.reader.word(known.get("sex"), f"{place}.person.sex", "MFU") or "U",
            died_on=self.day(known.get("died_on"), f"{place}.person.died_on"),
            left_on=self.day(known.get("left_on"), f"{place}.person.left_on"),
            enrolments=self.enrolments(keys.get("enrolled"), f"{place}.enrolled"),
            events=events,
            observations=observations,
            waivers=self.waivers(keys.get("waived"), f"{place}.waived"),
        )

    def enrolments(self, node: Node | None, place: str) -> tuple[Enrolment, ...]:
        enrolments = []
        for number, item in enumerate(self.reader.items(node, place), start=1):
            keys = self.reader.keys(item, place, ("since",), ("until", "because", "kind", "value"))
            since = self.day(keys.get("since"), f"{place}.since")
            until = self.day(keys.get("until"), f"{place}.until")
            kind = self.reader.word(keys.get("kind"), f"{place}.kind", self.codes.enrolments) or self.enrolment_kind
            because = self.reader.word(keys.get("because"), f"{place}.because", self.codes.end_reasons)
            value = self.reader.text(keys.get("value"), f"{place}.value")
            if since:
                enrolments.append(Enrolment(f"n{number:02}", kind, since, until, because, value))
        return tuple(enrolments)

    def waivers(self, node: Node | None, place: str) -> tuple[Waiver, ...]:
        waivers = []
        for item in self.reader.items(node, place):
            keys = self.reader.keys(item, place, ("clause", "since"), ("until", "cycle", "reason"))
            clause = self.reader.text(keys.get("clause"), f"{place}.clause")
            since, until = (self.day(keys.get(name), f"{place}.{name}") for name in ("since", "until"))
            cycle, reason = (self.reader.text(keys.get(name), f"{place}.{name}") for name in ("cycle", "reason"))
            if clause and since:
                waivers.append(Waiver(self.standard, clause, since, cycle, until, reason))
        return tuple(waivers)

    def facts(self, node: Node | None, place: str) -> tuple[tuple[Event, ...], tuple[Observation, ...]]:
        events: list[Event] = []
        observations: list[Observation] = []
        for number, item in enumerate(self.reader.items(node, place), start=1):
            keys = self.reader.keys(
                item, place, ("on",), (*_FACT_KEYS, *self.codes.observations, *self.codes.decisions)
            )
            day = self.day(keys.get("on"), f"{place}.on")
            if day is None:
                continue
            event = self.event(keys, number, day, place)
            if event:
                events.append(event)
            stem = event.event_id if event else f"o{number:02}"
            belongs_to = event.event_id if event else self.reader.text(keys.get("for"), f"{place}.for")
            for code in self.codes.observations:
                if code in keys:
                    value = self.value(keys[code], f"{place}.{code}")
                    observations.append(Observation(f"{stem}.{code}", code, day, value, belongs_to))
            for code in self.codes.decisions:
                if code in keys:
                    text, value = self.decision(keys[code], f"{place}.{code}")
                    observations.append(Observation(f"{stem}.{code}", code, day, value, belongs_to, text))
        return tuple(events), tuple(observations)

    def event(self, keys: Mapping[str, Node], number: int, day: date, place: str) -> Event | None:
        """The event of a line: of the standard's contact kind, or another; none for readings alone."""
        kind: str | None = self.contact_kind
        if "event" in keys:
            kind = self.reader.word(keys["event"], f"{place}.event", (*self.codes.events, NONE))
        if not kind or kind == NONE or "for" in keys:
            return None
        mode = self.reader.word(keys.get("mode"), f"{place}.mode", (*self.codes.modes, NONE)) or "clinic"
        return Event(f"e{number:02}", kind, day, None if mode == NONE else mode)

    def value(self, node: Node, place: str) -> float | None:
        """A reading's number; the word none for one that was noted without a value."""
        return None if _is_none(node) else self.reader.number(node, place)

    def decision(self, node: Node, place: str) -> tuple[str | None, float | None]:
        """A class, or a class and the days until the next contact."""
        if isinstance(node, ScalarNode):
            return self.reader.word(node, place, self.codes.classifications), None
        keys = self.reader.keys(node, place, ("class", "days"))
        classification = self.reader.word(keys.get("class"), f"{place}.class", self.codes.classifications)
        return classification, self.reader.number(keys.get("days"), f"{place}.days")

    # --- what is expected ---------------------------------------------------------------------------------------------

    def expected(self, node: Node | None, place: str) -> tuple[Row, ...]:
        if isinstance(node, ScalarNode) and node.value == NOTHING:
            return ()
        if node is not None and not isinstance(node, SequenceNode):
            self.reader.mistakes.add(node, place, kind_of(node), "nothing, or a list of rows")
            return ()
        return tuple(self.row(item, place) for item in self.reader.items(node, place))

    def row(self, node: Node, place: str) -> Row:
        keys = self.reader.keys(node, place, ("clause",), _COLUMNS)
        return {name: self.column(name, keys[name], f"{place}.{name}") for name in _COLUMNS if name in keys}

    def column(self, name: str, node: Node, place: str) -> Any:
        if _is_none(node):
            return None
        if name == "facts_used":
            return [self.reader.text(item, place) for item in self.reader.items(node, place)]
        if name == "reason_args":
            entries = self.reader.entries(node, place)
            return {key: self.argument(value, place) for key, (_, value) in entries.items()}
        if _COLUMNS[name] == "date":
            return self.day(node, place)
        return self.reader.whole(node, place, 0, 3) if _COLUMNS[name] == "int32" else self.reader.text(node, place)

    def argument(self, node: Node, place: str) -> float | str | None:
        if _is_none(node):
            return None
        is_number = isinstance(node, ScalarNode) and node.tag.endswith((":int", ":float"))
        return self.reader.number(node, place) if is_number else self.reader.text(node, place)

    def indicators(self, node: Node | None, place: str) -> dict[str, bool | None]:
        entries = self.reader.entries(node, place)
        return {
            name: None if _is_none(value) else self.reader.yes_no(value, place) for name, (_, value) in entries.items()
        }


def _is_none(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == NONE


def standard_for(case: WorkedCase, standards: Iterable[Standard]) -> Standard | None:
    """The version that is in force on the case's day; None when there is none."""
    return next((s for s in standards if s.id == case.standard and s.valid_on(case.as_of)), None)
