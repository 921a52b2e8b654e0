"""When the fee of a year of an agreement falls due. Pure, no Django; money is whole fen.

A year has so many equal parts as the city says: one, twelve months, or its days. Each part falls due on its first day,
if the agreement is in force on that day. The parts are cut by rounding the running sum (a half up), so they add up to
the fee whatever months are asked for, and whatever agreements a year is divided between by a transfer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.agreements.rules import DAY, years_of
from jinxiu.pay.scheme import DAYS, MONTHS
from jinxiu.standards.days import months_after


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which an agreement is in force with one team; `counted_from` begins its years."""

    counted_from: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one year that fall due: those after `before`, up to `upto`, of `whole`."""

    before: int
    upto: int
    whole: int

    def of(self, fen: int) -> int:
        """What these parts come to of a year's fee, in fen."""
        return self._sum(fen, self.upto) - self._sum(fen, self.before)

    def _sum(self, fen: int, parts: int) -> int:
        return (2 * fen * parts + self.whole) // (2 * self.whole)


def parts_due(stretch: Stretch, since: date, until: date, prorate: str) -> list[Parts]:
    """The parts of each year of an agreement that fall due from one day to another."""
    first, last = max(since, stretch.first), min(until, stretch.last)
    return list(_parts(stretch.counted_from, first, last, prorate)) if first <= last else []


def _parts(counted_from: date, first: date, last: date, prorate: str) -> Iterator[Parts]:
    for year, _end in years_of(counted_from, last):
        whole = _whole(year, prorate)
        parts = Parts(_begun(year, first - DAY, prorate, whole), _begun(year, last, prorate, whole), whole)
        if parts.upto > parts.before:
            yield parts


def _whole(year: date, prorate: str) -> int:
    if prorate == DAYS:
        return (months_after(year, 12) - year).days
    return 12 if prorate == MONTHS else 1


def _begun(year: date, day: date, prorate: str, whole: int) -> int:
    """How many parts of a year have begun on a day."""
    if day < year:
        return 0
    if prorate == DAYS:
        return min((day - year) // timedelta(days=1) + 1, whole)
    if prorate != MONTHS:
        return 1
    months = 12 * (day.year - year.year) + day.month - year.month
    return min(months + (months_after(year, months) <= day), whole)


def staff_part(owed: int, percent: int) -> int:
    """What of a sum goes to those who do the work, in fen; rounded up, so it is never less than the percentage."""
    return -(-owed * percent // 100)
