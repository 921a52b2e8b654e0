"""Reading the rules of pay from YAML: every mistake with its file and line, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path

from yaml.nodes import Node

from jinxiu.pay.scheme import LEAST_STAFF_PERCENT, PRORATE, Item, Quality, Scheme
from jinxiu.standards.codes import Codes
from jinxiu.standards.days import date_in
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of

_KEYS = ("version", "valid_from", "title", "source", "prorate", "coefficients", "difficulty", "items")
_PERCENTS = {"staff_percent": LEAST_STAFF_PERCENT, "together_percent": 0, "threshold_percent": 0}  # the least of each
_MOST = 1000  # of any weight, coefficient, difficulty or score
_NOTHING = Text("?", "?")  # stands in where a text is missing, so that reading goes on to the next mistake


def read_schemes(
    paths: Iterable[Path],
    codes: Codes,
    measures: Collection[str],
    packages: Collection[str],
    roles: Collection[str],
) -> tuple[Scheme, ...]:
    """The rules of pay of some files, in their order; raises StandardError with every mistake in all files."""
    schemes, found = [], []
    for path in paths:
        mistakes = Mistakes(path.name)
        reader = _SchemeReader(mistakes, codes, measures, packages, roles)
        schemes.append(reader.scheme(compose(path, mistakes), path.name))
        found += mistakes.found
    if found:
        raise StandardError(found)
    return tuple(schemes)


class _SchemeReader(Reader):
    """Walks the YAML nodes, keeps every mistake with its line and goes on as far as it can."""

    def __init__(
        self,
        mistakes: Mistakes,
        codes: Codes,
        measures: Collection[str],
        packages: Collection[str],
        roles: Collection[str],
    ) -> None:
        super().__init__(mistakes)
        self.codes, self.measures, self.packages, self.roles = codes, measures, packages, roles

    def scheme(self, root: Node | None, file: str) -> Scheme:
        keys = self.keys(root, "", (*_KEYS, *_PERCENTS), ("example",))
        percent = {name: self.whole(keys.get(name), name, least, 100) or 0 for name, least in _PERCENTS.items()}
        difficulty = self.weights(keys.get("difficulty"), "difficulty", self.codes.modes)
        if "difficulty" in keys and set(difficulty) != set(self.codes.modes):
            missing = ", ".join(sorted(set(self.codes.modes) - set(difficulty)))
            self.mistakes.add(keys["difficulty"], "difficulty", f"no {missing}", "a number for every mode")
        return Scheme(
            version=self.text(keys.get("version"), "version") or "",
            valid_from=self.day(keys.get("valid_from"), "valid_from"),
            title=self.both(keys.get("title"), "title"),
            source=self.both(keys.get("source"), "source"),
            example=bool(self.yes_no(keys.get("example"), "example")),
            prorate=self.word(keys.get("prorate"), "prorate", PRORATE) or PRORATE[0],
            staff_percent=percent["staff_percent"],
            together_percent=percent["together_percent"],
            threshold=Fraction(percent["threshold_percent"], 100),
            coefficients=self.weights(keys.get("coefficients"), "coefficients", self.roles),
            difficulty=difficulty,
            items=self.item_list(keys.get("items")),
            file=file,
        )

    def item_list(self, node: Node | None) -> tuple[Item, ...]:
        found: dict[str, Item] = {}
        paid: set[str] = set()
        for part in self.items(node, "items"):
            item = self.item(part)
            if item.id in found:
                self.mistakes.add(part, "items", f"{item.id} a second time", "each item once")
            for kind in sorted(paid & set(item.events)):
                self.mistakes.add(part, f"{item.id}.events", f"{kind} a second time", "each kind in one item")
            paid |= set(item.events)
            found[item.id] = item
        return tuple(found.values())

    def item(self, node: Node) -> Item:
        keys = self.keys(node, "items", ("id", "title", "weight"), ("events", "people", "quality", "manual"))
        name = self.text(keys.get("id"), "items.id") or "?"
        if ("events" in keys) == ("people" in keys):
            self.mistakes.add(node, name, "nothing, or both, of events and people", "one of them: what gives points")
        lines = self.items(keys["quality"], f"{name}.quality") if "quality" in keys else []
        return Item(
            id=name,
            title=self.both(keys.get("title"), f"{name}.title"),
            weight=self.exact(keys.get("weight"), f"{name}.weight"),
            events=self.weights(keys.get("events"), f"{name}.events", self.codes.events),
            people=self.weights(keys.get("people"), f"{name}.people", self.packages),
            quality=tuple(self.line(line, f"{name}.quality") for line in lines),
            manual=self.exact(keys.get("manual"), f"{name}.manual"),
        )

    def line(self, node: Node, place: str) -> Quality:
        keys = self.keys(node, place, ("measure", "baseline", "score"))
        baseline = self.exact(keys.get("baseline"), f"{place}.baseline")
        if "baseline" in keys and not 0 < baseline <= 100:
            self.mistakes.add(keys["baseline"], f"{place}.baseline", kind_of(keys["baseline"]), "above 0, at most 100")
        return Quality(
            measure=self.word(keys.get("measure"), f"{place}.measure", self.measures) or "?",
            baseline=baseline,
            score=self.exact(keys.get("score"), f"{place}.score"),
        )

    def weights(self, node: Node | None, place: str, allowed: Collection[str]) -> dict[str, Fraction]:
        """Numbers by one of a list of words."""
        found = {}
        for name, (key, value) in self.entries(node, place).items():
            if self.word(key, place, allowed) is not None:
                found[name] = self.exact(value, f"{place}.{name}")
        return found

    def exact(self, node: Node | None, place: str) -> Fraction:
        """A number from 0 on, to the last digit as it is written."""
        if node is None or self.number(node, place) is None:
            return Fraction(0)
        value = Fraction(str(node.value))
        if not 0 <= value <= _MOST:
            self.mistakes.add(node, place, kind_of(node), f"a number from 0 to {_MOST}")
        return value

    def day(self, node: Node | None, place: str) -> date:
        day = date_in(str(node.value)) if node is not None else None
        if node is not None and day is None:
            self.mistakes.add(node, place, kind_of(node), "a day as YYYY-MM-DD")
        return day or date(1900, 1, 1)

    def both(self, node: Node | None, place: str) -> Text:
        """The same words in both languages."""
        keys = self.keys(node, place, ("zh", "en"))
        zh, en = self.text(keys.get("zh"), f"{place}.zh"), self.text(keys.get("en"), f"{place}.en")
        return Text(zh, en) if zh and en else _NOTHING
