"""What a figure is, which months are worked out again, and when a number is too small to be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date

from jinxiu.standards.days import months_after
from jinxiu.standards.measures.model import Measure

FEW = 5
"""For those who see numbers only, so few people are never told apart (facts file 6.2: anonymous when n < 5)."""
SETTLING_DAYS = 10
"""So many days of a month, the month before is worked out again by night: care is often recorded a little later."""
NUMERATOR, OTHER, EXCLUSION, EXCEPTION = "numerator", "other", "exclusion", "exception"
PARTS = (NUMERATOR, OTHER, EXCLUSION, EXCEPTION)
"""Everybody in a denominator is in one of these, or under the name of the fact that says what is missing."""


@dataclass(frozen=True)
class Figure:
    """A number of one measure for some people. Of `unknown` nothing is known; `missing` counts them by the name of the
    fact that says so, where somebody asked for it."""

    counted: int = 0
    of: int = 0
    numerator: int = 0
    other: int = 0
    exclusion: int = 0
    exception: int = 0
    unknown: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        """People whom an exclusion or an exception takes out."""
        return self.exclusion + self.exception

    @property
    def not_reached(self) -> int:
        """People who are counted, and not in the numerator."""
        return self.other + self.unknown

    @property
    def percent(self) -> float | None:
        """The share in percent; None of nothing."""
        return 100 * self.counted / self.of if self.of else None

    @property
    def is_small(self) -> bool:
        """True when it would tell of fewer than FEW people (or things done for them) on either side."""
        sides = (self.numerator, self.not_reached, self.counted, self.of - self.counted)
        return any(0 < side < FEW for side in sides)

    @property
    def has_small_part(self) -> bool:
        """True when one part of the denominator, or a reason, tells of fewer than FEW people."""
        return any(0 < people < FEW for people in (*(getattr(self, part) for part in PARTS), *self.missing.values()))

    def __add__(self, another: Figure) -> Figure:
        names = dict.fromkeys([*self.missing, *another.missing])
        missing = {name: self.missing.get(name, 0) + another.missing.get(name, 0) for name in names}
        numbers = ("counted", "of", *PARTS, "unknown")
        return Figure(**{one: getattr(self, one) + getattr(another, one) for one in numbers}, missing=missing)


def total(figures: Iterable[Figure]) -> Figure:
    """All of them together."""
    return sum(figures, Figure())


def hidden(groups: Mapping[str, Figure]) -> frozenset[str]:
    """The groups whose numbers may not stand beside each other and beside their total, "" standing for the total.

    A small group is hidden; and as the total less all that is shown would tell of those who are hidden, the next ones
    by size go with it, until what is left over is not small either. When that does not come about, the total is hidden.
    """
    out = {name for name, one in groups.items() if one.is_small}
    by_size = sorted((name for name in groups if name not in out), key=lambda name: (groups[name].of, name))
    while out and by_size and (len(out) == 1 or total(groups[name] for name in out).is_small):
        out.add(by_size.pop(0))
    everybody = total(groups.values())
    leftover_tells = len(out) == 1 or total(groups[name] for name in out).is_small
    if everybody.is_small or (out and leftover_tells):
        out.add("")
    return frozenset(out)


def months_to_store(today: date) -> tuple[date, ...]:
    """The months that the night works out, by their first day: this one, and at its beginning the one before."""
    this = today.replace(day=1)
    return (months_after(this, -1), this) if today.day <= SETTLING_DAYS else (this,)


def read_month(text: str, today: date) -> date | None:
    """The first day of a month written 2026-03, none after today's; None when it is no such month."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if month <= today else None


def months_to_compare(month: date) -> tuple[date, date, date]:
    """The month, the one before, and the same one of the year before."""
    return month, months_after(month, -1), months_after(month, -12)


def words_of(measure: Measure) -> frozenset[str]:
    """Every kind and code that the measure looks at."""
    return frozenset(_texts(measure.facts))


def _texts(thing: object) -> Iterable[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from _texts(one)
    elif is_dataclass(thing):
        for one in fields(thing):
            yield from _texts(getattr(thing, one.name))
