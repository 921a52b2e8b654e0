"""Reads who is in: conditions on enrolment, age and sex, put together with all, any and not."""

from __future__ import annotations

from yaml.nodes import MappingNode, Node

from jinxiu.standards.model import (
    SEXES,
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    Eligibility,
    EnrolledIn,
    Everybody,
    MinAge,
    MinAgeMonths,
    NotIn,
    SexIs,
)
from jinxiu.standards.positions import kind_of
from jinxiu.standards.read_parts import PartReader

_OLDEST = 130
_WORDS = ("enrolled_in", "min_age", "below_age", "sex", "everybody", "all", "any", "not")


class EligibleReader(PartReader):
    """Reads conditions on people."""

    def eligible(self, node: Node | None, place: str = "eligible") -> Eligibility | None:
        """One condition; None after noting what is wrong with it."""
        keys = self.reader.keys(node, place, (), _WORDS)
        known = [word for word in _WORDS if word in keys]
        if node is None or set(keys) > set(known):  # an unknown word was told already
            return None
        if len(known) != 1:
            self.mistakes.add(node, place, " and ".join(known) or "neither", f"one of {', '.join(_WORDS)}")
            return None
        ((word, value),) = keys.items()
        place = f"{place}.{word}"
        match word:
            case "enrolled_in":
                kind = self.reader.word(value, place, self.codes.enrolments)
                return EnrolledIn(kind) if kind else None
            case "sex":
                sex = self.reader.word(value, place, SEXES)
                return SexIs(sex) if sex else None
            case "everybody":
                return self._everybody(value, place)
            case "not":
                part = self.eligible(value, place)
                return NotIn(part) if part else None
            case "all" | "any":
                return self._several(word, value, place)
        return self._age(word, value, place)

    def _everybody(self, node: Node, place: str) -> Everybody | None:
        if self.reader.yes_no(node, place):
            return Everybody()
        self.mistakes.add(node, place, kind_of(node), "true; for others name a condition")
        return None

    def _several(self, word: str, node: Node, place: str) -> Eligibility | None:
        parts = [self.eligible(item, place) for item in self.reader.items(node, place)]
        whole = tuple(part for part in parts if part is not None)
        if not whole or len(whole) < len(parts):
            return None
        return AllOf(whole) if word == "all" else AnyOf(whole)

    def _age(self, word: str, node: Node, place: str) -> Eligibility | None:
        """A whole number of years, or {years: 7}, or {months: 84}."""
        lowest = 0 if word == "min_age" else 1
        if not isinstance(node, MappingNode):
            years = self.reader.whole(node, place, lowest, _OLDEST)
            return None if years is None else MinAge(years) if word == "min_age" else BelowAge(years)
        keys = self.reader.keys(node, place, (), ("years", "months"))
        if set(keys) - {"years", "months"}:
            return None
        if len(keys) != 1:
            self.mistakes.add(node, place, " and ".join(keys) or "no number", "one of years, months")
            return None
        if "years" in keys:
            return self._age(word, keys["years"], f"{place}.years")
        months = self.reader.whole(keys["months"], f"{place}.months", lowest, _OLDEST * 12)
        return None if months is None else MinAgeMonths(months) if word == "min_age" else BelowAgeMonths(months)
