"""A standard's tests and limits as expressions over columns: yes or no in every row, never unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, or_
from typing import Any as Expression

import ibis

from jinxiu.standards.days import FIRST_DAY, LAST_DAY
from jinxiu.standards.model import (
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
)

Reading = Callable[[str], Expression]
_COMPARISONS = {"at_least": ge, "at_most": le, "below": lt, "above": gt, "is": eq}


def answer(test: Test, reading: Reading, age: Expression, previous: Mapping[Previous, Expression]) -> Expression:
    """Whether each row's visit passes a test.

    `reading` gives the column of a reading, null where it was not taken; `age` is completed years, null where the birth
    date is unknown; `previous` has the answer of every look at a previous visit that the test makes.
    """
    match test:
        case Always():
            return ibis.literal(True)
        case Named(_, inner):
            return answer(inner, reading, age, previous)
        case All(tests):
            return reduce(and_, (answer(inner, reading, age, previous) for inner in tests), ibis.literal(True))
        case Any(tests):
            return reduce(or_, (answer(inner, reading, age, previous) for inner in tests), ibis.literal(False))
        case Not(inner):
            return ~answer(inner, reading, age, previous)
        case Has(name):
            return reading(name).notnull()
        case Compare(name, comparison, limit):
            return compared(reading(name), comparison, limit_at(limit, age))
        case Previous():
            return previous[test]
    raise TypeError(f"no test of ours: {test!r}")


def compared(value: Expression, comparison: str, limit: Expression) -> Expression:
    """Whether a reading stands so to a limit. An absent one answers no, so
    that its negation answers yes: SQL's third truth value must not get further."""
    return _COMPARISONS[comparison](value, limit).fill_null(False)


def limit_at(limit: Limit, age: Expression, write: Callable[[float], object] = float) -> Expression:
    """The limit that holds at an age (an unknown age gets the youngest one's), each number passed through `write`."""
    if not limit.from_age:
        return ibis.literal(write(limit.value))
    oldest_first = [(age >= years, write(value)) for years, value in reversed(limit.from_age)]
    return ibis.cases(*oldest_first, else_=write(limit.value))


# --- days -------------------------------------------------------------------------------------------------------------


def age_on(birth_date: Expression, day: Expression) -> Expression:
    """Completed years; null without a birth date. Born on 29 February: older on 1 March in common years."""
    before_birthday = _month_and_day(day) < _month_and_day(birth_date)
    return day.year() - birth_date.year() - before_birthday.cast("int32")


def birthday(birth_date: Expression, years: int) -> Expression:
    """The day on which somebody reaches an age; 1 March for 29 February in common years."""
    year = birth_date.year() + years
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    moved = (_month_and_day(birth_date) == 229) & ~leap
    month = ibis.ifelse(moved, 3, birth_date.month())
    return ibis.date(year.cast("int32"), month.cast("int32"), ibis.ifelse(moved, 1, birth_date.day()).cast("int32"))


def _month_and_day(day: Expression) -> Expression:
    return day.month() * 100 + day.day()


def days_after(day: Expression, days: Expression) -> Expression:
    """A date, some days later (a negative number: earlier). Engines make this a timestamp, and Ibis drops a cast to
    what it believes is a date already, so the way back leads over a timestamp."""
    return (day + days.as_interval("D")).cast("timestamp").cast("date")


def offset_day(day: Expression, months: int, days: int = 0) -> Expression:
    """As `days.offset_day`: first the months, clipped to the month's end as all engines do, then the days."""
    moved = day + ibis.interval(months=months) if months else day
    moved = moved + ibis.interval(days=days) if days else moved
    return moved.cast("timestamp").cast("date")


def years_after(day: Expression, years: Expression) -> Expression:
    """So many times twelve months later, clipped to the month's end."""
    return (day + (years * 12).as_interval("M")).cast("timestamp").cast("date")


def date_in(text: Expression) -> Expression:
    """As `days.date_in`: the date that a text is, null for any other. No cast may fail, in whatever order the engine
    looks, so every text is made one that can be read before it is."""
    looks = text.re_search(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$").fill_null(False)
    written = ibis.ifelse(looks, text, "1900-01-01")
    year, month, number = (written.substr(start, length).cast("int32") for start, length in ((0, 4), (5, 2), (8, 2)))
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = ibis.cases((month == 2, ibis.ifelse(leap, 29, 28)), (month.isin((4, 6, 9, 11)), 30), else_=31)
    years, months = year.between(FIRST_DAY.year, LAST_DAY.year), month.between(1, 12)
    real = looks & years & months & (number >= 1) & (number <= longest)
    return ibis.ifelse(real, ibis.ifelse(real, written, "1900-01-01").cast("date"), ibis.null("date"))


def day(value: date) -> Expression:
    """A date as a literal."""
    return ibis.literal(value, "date")
