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


def year_of(dates: Array) -> Array:
    """The calendar year of each date (int)."""
    return dates.astype("datetime64[Y]").astype(int) + 1970


def ages(birth_dates: Array, on: np.datetime64 | Array) -> Array:
    """Completed years on a day (int); born on 29 February: a year older on 1 March, as the engine has it."""
    months = lambda dates: dates.astype("datetime64[M]")  # noqa: E731
    whole = months(np.asarray(on)).astype(int) - months(birth_dates).astype(int)
    day_in_month = lambda dates: (dates - months(dates).astype("datetime64[D]")).astype(int)  # noqa: E731
    before_birthday = (whole % 12 == 0) & (day_in_month(np.asarray(on)) < day_in_month(birth_dates))
    return whole // 12 - before_birthday
