"""What a city sets for money, as plain frozen records: how a fee falls due, and how a month's money is shared. Pure.

Source: sections 1.6 and 6.3 of the reference page "family doctor facts". Weights and rates are exact (`Fraction`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from jinxiu.standards.days import months_after
from jinxiu.standards.model import Text

WHOLE, MONTHS, DAYS = "none", "months", "days"
PRORATE = (WHOLE, MONTHS, DAYS)
LEAST_STAFF_PERCENT = 70  # of the fee to those who do the work (facts file 6.3)


@dataclass(frozen=True, slots=True)
class Quality:
    """A line of a score sheet: full `score` where a stored figure reaches the baseline (in percent), else its part."""

    measure: str
    baseline: Fraction
    score: Fraction


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is done and paid for: its part of the money by weight, and the weight of each kind of event.

    Or, in place of `events`, the people of a team: the weight of an agreement with each package (by its id), which is
    shared by role and days alone. `manual` is the most that may be scored by hand; 0: nothing is.
    """

    id: str
    title: Text
    weight: Fraction
    events: Mapping[str, Fraction] = field(default_factory=dict)
    people: Mapping[str, Fraction] = field(default_factory=dict)
    quality: tuple[Quality, ...] = ()
    manual: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of the rules of pay. `example` marks figures that are made up and wait for the city's own."""

    version: str
    valid_from: date
    title: Text
    source: Text
    example: bool
    prorate: str  # how the fee of a year of an agreement falls due: PRORATE
    staff_percent: int  # so much of the fee goes to those who do the work
    together_percent: int  # so much of a team's money goes by role and days there, the rest by own points
    threshold: Fraction  # a rate of quality below this one cuts the points
    coefficients: Mapping[str, Fraction]  # by role; who has none is given nothing
    difficulty: Mapping[str, Fraction]  # by mode of the contact
    items: tuple[Item, ...]
    file: str = ""

    @property
    def events(self) -> frozenset[str]:
        """Every kind of event that gives points."""
        return frozenset(kind for item in self.items for kind in item.events)

    def item(self, item_id: str) -> Item | None:
        """The item of an id."""
        return next((one for one in self.items if one.id == item_id), None)


def in_force(schemes: Sequence[Scheme], month: date) -> Scheme | None:
    """The scheme of a month: of those that are valid on its first day the youngest, of two as young the later file."""
    valid = [one for one in schemes if one.valid_from <= month]
    return max(enumerate(valid), key=lambda pair: (pair[1].valid_from, pair[0]))[1] if valid else None


def spans(schemes: Sequence[Scheme], since: date, until: date) -> list[tuple[date, date, str]]:
    """The days of a time under one way of falling due each, as (first day, last day, PRORATE); days before any scheme
    are left out."""
    found: list[tuple[date, date, str]] = []
    while since <= until:
        following = months_after(since.replace(day=1), 1)
        last = min(following - timedelta(days=1), until)
        scheme = in_force(schemes, since.replace(day=1))
        if scheme is not None and found and found[-1][2] == scheme.prorate:
            found[-1] = (found[-1][0], last, scheme.prorate)
        elif scheme is not None:
            found.append((since, last, scheme.prorate))
        since = following
    return found
