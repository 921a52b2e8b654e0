"""How readings over time become a drawing: the limits that applied then, and what lies outside. Pure.

The numbers are the standard's own: its test `off_target` names the limit of every reading, `danger_value` the ranges in
which a reading calls for help at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jinxiu.standards.model import Compare, Limit, Standard, Test, walk
from jinxiu.standards.person import birthday

OFF_TARGET = "off_target"
DANGER_VALUE = "danger_value"
COMPARISONS = {
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
    "above": lambda value, limit: value > limit,
    "below": lambda value, limit: value < limit,
    "is": lambda value, limit: value == limit,
}


@dataclass(frozen=True, slots=True)
class LimitStep:
    """A target in force from `start` to `end` (both inside); a reading of `value` or more is outside."""

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
class Danger:
    """A range of one reading that calls for help at once: how it compares with which number."""

    code: str
    comparison: str
    value: float

    def holds(self, value: float) -> bool:
        """Say whether a value lies in the range."""
        return COMPARISONS[self.comparison](value, self.value)


def comparisons_of(standard: Standard, test_name: str) -> list[Compare]:
    """Return every comparison inside a named test of the standard's contact; empty when there is no such test."""
    if standard.contact is None:
        return []
    named: list[Test] = [test for test in standard.contact.tests if test.name == test_name]
    return [inner for test in named for inner in walk(test) if isinstance(inner, Compare)]


def target_rules(versions: Iterable[Standard], code: str) -> list[LimitRule]:
    """Return the control limit of one reading in each version of a standard; none for a reading without a target."""
    return [
        _rule(compare.limit, version)
        for version in versions
        for compare in comparisons_of(version, OFF_TARGET)
        if compare.reading == code and compare.comparison == "at_least"
    ]


def _rule(limit: Limit, version: Standard) -> LimitRule:
    return LimitRule(((0, limit.value), *limit.from_age), version.valid_from, version.valid_to)


def danger_ranges(standard: Standard) -> list[Danger]:
    """Return the danger ranges of a standard's readings."""
    return [
        Danger(compare.reading, compare.comparison, compare.limit.value)
        for compare in comparisons_of(standard, DANGER_VALUE)
    ]


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
    """Yield from, to and value of each age's limit while the version is valid."""
    ages = rule.from_ages if birth_date else rule.from_ages[:1]
    starts = [birthday(birth_date, age) if birth_date and age else dt.date.min for age, _ in ages]
    ends = [*(start - dt.timedelta(days=1) for start in starts[1:]), dt.date.max]
    for start, end, (_, value) in zip(starts, ends, ages, strict=True):
        yield max(start, rule.valid_from), min(end, rule.valid_to or dt.date.max), value


def _append(steps: list[LimitStep], step: LimitStep) -> None:
    """A new version that leaves the number as it was continues the step instead of starting another."""
    if steps and steps[-1].value == step.value and steps[-1].end + dt.timedelta(days=1) == step.start:
        steps[-1] = LimitStep(steps[-1].start, step.end, step.value)
    else:
        steps.append(step)


def limit_on(steps: Sequence[LimitStep], day: dt.date) -> float | None:
    """Return the limit in force on a day, or None."""
    return next((step.value for step in steps if step.start <= day <= step.end), None)


def outside(
    values: Mapping[str, float], targets: Mapping[str, Sequence[LimitStep]], dangers: Sequence[Danger], day: dt.date
) -> frozenset[str]:
    """Return the codes whose value was at or over the target of that day, or in a danger range."""
    over = {danger.code for danger in dangers if danger.code in values and danger.holds(values[danger.code])}
    for code, value in values.items():
        limit = limit_on(targets.get(code, ()), day)
        if limit is not None and value >= limit:
            over.add(code)
    return frozenset(over)
