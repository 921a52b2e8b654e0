"""Questions that nobody answers, since other answers give them: body mass index, scores, weeks of pregnancy, grades.

A small closed set of calculations, written in a form's file as `calculate`. Pure: no Django, no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = bool | int | float | str | dt.date | tuple[str, ...]
ScoreOf = Callable[[str], float | None]

# How each calculation is written, and the type of the question that it fills.
KINDS: Mapping[str, tuple[str, ...]] = {
    "sum": ("integer", "decimal"),  # the numbers of some questions, less those of others, plus a number
    "highest": ("integer", "decimal"),
    "bmi": ("decimal",),  # [weight in kg, height in cm]
    "weeks": ("string",),  # [first day, day]: completed weeks and days, as 12+3
    "dayAfter": ("date",),  # [day] and a number of days
    "decide": ("choice",),  # the first row whose ranges all hold
    "ranked": ("choice",),  # of several numbers those from a number on, the highest first
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `decide`: the option, and the range (both ends inside) in which each question's number must lie."""

    code: str
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Calculation:
    """What to do with which questions' answers; the other fields belong to single kinds."""

    kind: str
    of: tuple[str, ...]
    less: tuple[str, ...] = ()
    plus: float = 0
    days: int = 0
    rows: tuple[Row, ...] = ()
    names: tuple[str, ...] = ()
    at_least: float = 0

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every question that it looks at."""
        return (*self.of, *self.less, *(link_id for row in self.rows for link_id in row.ranges))


def calculate(calculation: Calculation, values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    """Return the value, None while an answer that it needs is missing. `score_of` gives the number of an answer."""
    return _DOERS[calculation.kind](calculation, values, score_of)


def _sum(calculation: Calculation, _values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    added = [score_of(link_id) for link_id in calculation.of]
    taken = [score_of(link_id) for link_id in calculation.less]
    if None in added or None in taken:
        return None
    return float(sum(filter(None, added)) - sum(filter(None, taken)) + calculation.plus)


def _highest(calculation: Calculation, _values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    numbers = [number for link_id in calculation.of if (number := score_of(link_id)) is not None]
    return max(numbers) if len(numbers) == len(calculation.of) else None


def _bmi(calculation: Calculation, _values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    weight, height = (score_of(link_id) for link_id in calculation.of)
    return weight / (height / 100) ** 2 if weight and height else None


def _weeks(calculation: Calculation, values: Mapping[str, Value], _score_of: ScoreOf) -> Value | None:
    first, day = (values.get(link_id) for link_id in calculation.of)
    if not isinstance(first, dt.date) or not isinstance(day, dt.date) or day < first:
        return None
    weeks, days = divmod((day - first).days, 7)
    return f"{weeks}+{days}"


def _day_after(calculation: Calculation, values: Mapping[str, Value], _score_of: ScoreOf) -> Value | None:
    day = values.get(calculation.of[0])
    last = dt.date.max - dt.timedelta(days=calculation.days)
    return day + dt.timedelta(days=calculation.days) if isinstance(day, dt.date) and day <= last else None


def _decide(calculation: Calculation, _values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    numbers = {link_id: score_of(link_id) for link_id in calculation.inputs}
    if any(number is None for number in numbers.values()):
        return None
    for row in calculation.rows:
        if all(low <= (numbers[link_id] or 0) <= high for link_id, (low, high) in row.ranges.items()):
            return row.code
    return None


def _ranked(calculation: Calculation, _values: Mapping[str, Value], score_of: ScoreOf) -> Value | None:
    numbers = {name: score_of(link_id) for name, link_id in zip(calculation.names, calculation.of, strict=True)}
    if any(number is None for number in numbers.values()):
        return None
    high = {name: number for name, number in numbers.items() if number is not None and number >= calculation.at_least}
    return tuple(sorted(high, key=lambda name: -high[name])) or None


_DOERS: Mapping[str, Callable[[Calculation, Mapping[str, Value], ScoreOf], Value | None]] = {
    "sum": _sum,
    "highest": _highest,
    "bmi": _bmi,
    "weeks": _weeks,
    "dayAfter": _day_after,
    "decide": _decide,
    "ranked": _ranked,
}
