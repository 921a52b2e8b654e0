"""How readings over time become a drawing: the limits that applied then, and what lies outside. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitStep:
    """A limit in force from `start` to `end` (both inside); a reading of `value` or more is outside."""

    start: dt.date
    end: dt.date
    value: float


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit as one version of a standard states it: the value from each age, while that version is valid."""

    from_ages: tuple[tuple[int, float], ...]
    valid_from: dt.date
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One contact's readings by code, with what was said of it then."""

    on: dt.date
    values: Mapping[str, float]
    mode: str = ""
    classification: str = ""
    recorded_by: str = ""
    outside: frozenset[str] = frozenset()


def birthday(birth_date: dt.date, age: int) -> dt.date:
    """Return the day somebody reaches an age; who is born on 29 February has it on 1 March in common years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return dt.date(birth_date.year + age, 3, 1)


def limit_steps(
    rules: Iterable[LimitRule], birth_date: dt.date | None, first: dt.date, last: dt.date
) -> tuple[LimitStep, ...]:
    """Return the limit day by day between two days, as steps; without a birth date the youngest limit applies."""
    steps: list[LimitStep] = []
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        for start, end, value in _periods(rule, birth_date):
            start, end = max(start, first), min(end, last)
            if start <= end:
                _append(steps, LimitStep(start, end, value))
    return tuple(steps)


def _periods(rule: LimitRule, birth_date: dt.date | None) -> Iterable[tuple[dt.date, dt.date, float]]:
    ages = sorted(rule.from_ages) if birth_date else sorted(rule.from_ages)[:1]
    valid_to = rule.valid_to or dt.date.max
    for place, (age, value) in enumerate(ages):
        start = birthday(birth_date, age) if birth_date and age else dt.date.min
        is_last = place + 1 == len(ages)
        end = (
            dt.date.max
            if is_last or not birth_date
            else birthday(birth_date, ages[place + 1][0]) - dt.timedelta(days=1)
        )
        yield max(start, rule.valid_from), min(end, valid_to), value


def _append(steps: list[LimitStep], step: LimitStep) -> None:
    """A new version that leaves the number as it was continues the step instead of starting another."""
    if steps and steps[-1].value == step.value and steps[-1].end + dt.timedelta(days=1) == step.start:
        steps[-1] = LimitStep(steps[-1].start, step.end, step.value)
    else:
        steps.append(step)


def limit_on(steps: Sequence[LimitStep], day: dt.date) -> float | None:
    """Return the limit in force on a day, or None."""
    return next((step.value for step in steps if step.start <= day <= step.end), None)


def outside(values: Mapping[str, float], limits: Mapping[str, Sequence[LimitStep]], day: dt.date) -> frozenset[str]:
    """Return the codes whose value was at or over the limit of that day."""
    over = set()
    for code, value in values.items():
        limit = limit_on(limits.get(code, ()), day)
        if limit is not None and value >= limit:
            over.add(code)
    return frozenset(over)
