"""Reads the questions of a standard: limits, and the tests that are asked of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yaml.nodes import MappingNode, Node, ScalarNode

from jinxiu.standards.codes import Code, Codes
from jinxiu.standards.model import (
    COMPARISONS,
    COUNTED,
    LANGUAGES,
    All,
    Always,
    Any,
    Compare,
    Has,
    Limit,
    Named,
    Not,
    Previous,
    Test,
    Text,
    walk,
)
from jinxiu.standards.positions import Reader, kind_of, one_of
from jinxiu.standards.verdict import number_text

ALWAYS = "always"
_SHAPES = "a test's name, or one of all, any, not, has, reading with a comparison, previous"
_OLDEST = 130


def read_limits(reader: Reader, node: Node | None, codes: Codes) -> dict[str, Limit]:
    """The named limits: a number with its unit, and perhaps other numbers from an age on."""
    units = {code.unit for code in codes.observations.values()}
    limits = {}
    for name, (_, value) in reader.entries(node, "limits").items():
        place = f"limits.{name}"
        keys = reader.keys(value, place, ("value", "unit"), ("from_age",))
        number = reader.number(keys.get("value"), f"{place}.value")
        unit = reader.word(keys.get("unit"), f"{place}.unit", units)
        steps = _read_steps(reader, keys.get("from_age"), f"{place}.from_age")
        if number is not None and unit is not None:
            limits[name] = Limit(name, unit, number, steps)
    return limits


def _read_steps(reader: Reader, node: Node | None, place: str) -> tuple[tuple[int, float], ...]:
    steps: dict[int, float] = {}
    for key, value in reader.entries(node, place).values():
        age = reader.whole(key, place, 1, _OLDEST)
        number = reader.number(value, place)
        if age is not None and number is not None:
            steps[age] = number
    return tuple(sorted(steps.items()))


@dataclass
class Conditions:
    """What a test may speak of: the contact's readings, the limits, and the tests named so far."""

    reader: Reader
    codes: Codes
    readings: tuple[str, ...]
    limits: Mapping[str, Limit]
    named: dict[str, Named] = field(default_factory=dict)

    def read(self, node: Node | None, place: str, *, in_case: bool = False) -> Test | None:
        """One test; only a case's may look at the previous contact. None after noting what is wrong with it."""
        if node is None:
            return None
        if isinstance(node, ScalarNode):
            return self._named(node, place)
        if not isinstance(node, MappingNode) or not node.value:
            self.reader.mistakes.add(node, place, kind_of(node), _SHAPES)
            return None
        entries = self.reader.entries(node, place)
        if "reading" in entries:
            return self._compare(node, place)
        return self._operator(node, entries, place, in_case)

    def _named(self, node: ScalarNode, place: str) -> Named | None:
        name = self.reader.word(node, place, self.named)
        return self.named[name] if name else None

    def _operator(self, node: Node, entries: Mapping[str, tuple[Node, Node]], place: str, in_case: bool) -> Test | None:
        name, (key, value) = next(iter(entries.items()))
        if len(entries) > 1:
            self.reader.mistakes.add(node, place, " and ".join(entries), "one of them; put several under all or any")
            return None
        match name:
            case "all" | "any":
                return self._several(name, value, f"{place}.{name}", in_case)
            case "not":
                inner = self.read(value, f"{place}.not", in_case=in_case)
                return Not(inner) if inner else None
            case "has":
                reading = self.reader.word(value, f"{place}.has", self.readings)
                return Has(reading) if reading else None
            case "previous":
                return self._previous(key, value, f"{place}.previous", in_case)
        words = ("all", "any", "not", "has", "reading", "previous")
        self.reader.mistakes.add(key, place, f"unknown test {name}", one_of(name, words))
        return None

    def _several(self, name: str, node: Node, place: str, in_case: bool) -> Test | None:
        tests = [self.read(item, place, in_case=in_case) for item in self.reader.items(node, place)]
        whole = tuple(test for test in tests if test is not None)
        if not whole or len(whole) < len(tests):
            return None
        return All(whole) if name == "all" else Any(whole)

    def _previous(self, key: Node, node: Node, place: str, in_case: bool) -> Test | None:
        if not in_case:
            self.reader.mistakes.add(key, place, "a look at the previous contact", "this in the `when` of a case only")
            return None
        keys = self.reader.keys(node, place, ("which", "passes"))
        which, passes = (self.read(keys.get(part), f"{place}.{part}") for part in ("which", "passes"))
        return Previous(which, passes) if which and passes else None

    def _compare(self, node: Node, place: str) -> Test | None:
        keys = self.reader.keys(node, place, ("reading",), COMPARISONS)
        reading = self.reader.word(keys.get("reading"), f"{place}.reading", self.readings)
        comparisons = [name for name in COMPARISONS if name in keys]
        if len(comparisons) != 1:
            found = " and ".join(comparisons) or "no comparison"
            self.reader.mistakes.add(node, place, found, f"one of {', '.join(COMPARISONS)}")
            return None
        comparison = comparisons[0]
        if reading is None or reading not in self.codes.observations:
            return None
        limit = self.limit_for(self.codes[reading], comparison, keys[comparison], f"{place}.{comparison}")
        return Compare(reading, comparison, limit) if limit else None

    def limit_for(self, code: Code, comparison: str, node: Node, place: str) -> Limit | None:
        """The number that a value of this code is compared with: 0 or 1 for a flag, else a named limit."""
        if code.is_flag:
            if comparison != "is":
                self.reader.mistakes.add(node, place, f"{comparison} for {code.code}, which is 0 or 1", "is: 0, is: 1")
                return None
            value = self.reader.whole(node, place, 0, 1)
            return None if value is None else Limit("", code.unit, float(value))
        name = self.reader.word(node, place, self.limits)
        return self._fitting(self.limits[name], code, node, place) if name else None

    def _fitting(self, limit: Limit, code: Code, node: Node, place: str) -> Limit | None:
        """The limit, unless its unit is not the reading's or its number lies where no reading can."""
        if limit.unit != code.unit:
            self.reader.mistakes.add(node, place, f"{limit.name} in {limit.unit}", f"a limit in {code.unit}")
            return None
        for value in (limit.value, *(value for _, value in limit.from_age)):
            if not code.is_possible(value):
                found = f"{limit.name} = {number_text(value)} {limit.unit}"
                allowed = f"{number_text(code.hard_low or 0)} to {number_text(code.hard_high or 0)} for {code.code}"
                self.reader.mistakes.add(node, place, found, allowed)
                return None
        return limit

    def read_named(self, node: Node | None, place: str) -> tuple[Named, ...]:
        """The named tests in their order; each may use those before it."""
        for name, (key, value) in self.reader.entries(node, place).items():
            if name in (COUNTED, ALWAYS):
                self.reader.mistakes.add(key, place, name, f"any other name; {name} has its meaning already")
                continue
            title, question = self._titled(value, f"{place}.{name}")
            test = self.read(question, f"{place}.{name}")
            if test is not None:
                self.named[name] = Named(name, test, title)
        return tuple(self.named.values())

    def _titled(self, node: Node, place: str) -> tuple[Text | None, Node]:
        """What people call a named test, when it says so, and the test without those words."""
        title = self.reader.entries(node, place).get("title") if isinstance(node, MappingNode) else None
        if title is None:
            return None, node
        keys = self.reader.keys(title[1], f"{place}.title", LANGUAGES)
        zh, en = (self.reader.text(keys.get(language), f"{place}.title.{language}") for language in LANGUAGES)
        pairs = [(key, value) for key, value in node.value if key is not title[0]]
        question = MappingNode(node.tag, pairs, node.start_mark, node.end_mark)
        return (Text(zh, en) if zh and en else None), question

    def read_when(self, node: Node | None, place: str) -> Test | None:
        """A case's condition: a test, or the word always."""
        if isinstance(node, ScalarNode) and node.value == ALWAYS:
            return Always()
        test = self.read(node, place, in_case=True)
        if test is None or node is None:
            return None
        if len({inner for inner in walk(test) if isinstance(inner, Previous)}) > 1:
            self.reader.mistakes.add(node, place, "two looks at a previous contact", "one in a case; make two cases")
            return None
        return test
