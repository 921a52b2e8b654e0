"""Chance that can be repeated: one stream of random numbers for each subject, all from one seed."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Chance = np.random.Generator

NEVER = np.datetime64("NaT", "D")


def chance_for(seed: int, subject: str) -> Chance:
    """A stream of its own for each subject, so that a new draw in one place changes nothing in another."""
    return np.random.default_rng([seed, zlib.crc32(subject.encode())])


def pick(chance: Chance, options: Sequence[Any], size: int, weights: Sequence[float] | None = None) -> Array:
    """Draw `size` of the options with replacement, in proportion to the weights."""
    table = np.array(options, dtype=object if isinstance(options[0], str) else None)
    if weights is None:
        return table[chance.integers(len(table), size=size)]
    edges = np.cumsum(weights, dtype=float)
    drawn = np.searchsorted(edges, chance.random(size) * edges[-1], side="right")
    return table[np.minimum(drawn, len(table) - 1)]


def days(low: int, high: int, chance: Chance, size: int) -> Array:
    """Draw whole numbers of days from low to high, both included (timedelta64)."""
    return chance.integers(low, high + 1, size).astype("timedelta64[D]")


def day(date: dt.date) -> np.datetime64:
    """The date as numpy writes it."""
    return np.datetime64(date, "D")


def ages(birth_dates: Array, on: np.datetime64 | Array) -> Array:
    """Completed years on a day (int); born on 29 February: a year older on 1 March, as the engine has it."""
    on = np.asarray(on)
    months = _months(on).astype(int) - _months(birth_dates).astype(int)
    before_birthday = (months % 12 == 0) & (_day_of_month(on) < _day_of_month(birth_dates))
    return months // 12 - before_birthday


def months_after(dates: Array, months: Array) -> Array:
    """The same days so many months later, or the last day of that month where it has none such."""
    month = _months(dates) + months
    last = (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.minimum(month.astype("datetime64[D]") + _day_of_month(dates), last)


def _months(dates: Array) -> Array:
    return dates.astype("datetime64[M]")


def _day_of_month(dates: Array) -> Array:
    return (dates - _months(dates).astype("datetime64[D]")).astype(int)
