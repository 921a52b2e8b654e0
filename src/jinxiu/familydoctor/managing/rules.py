"""What the manager's page counts: groups, targets, weeks, periods; what is too small to be shown. Pure, no Django."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import yaml

from jinxiu.indicators.rules import Figure
from jinxiu.standards.days import months_after
from jinxiu.standards.model import Text

COVERAGE, EXPIRING, CHANGES, LOAD, KEPT, RENEWAL = "coverage", "expiring", "changes", "load", "kept", "renewal"
PARTS = (COVERAGE, EXPIRING, CHANGES, LOAD, KEPT, RENEWAL)
BY_NIGHT = (COVERAGE, KEPT)
"""These are counted by night and stored with their day; the others are read as they stand."""

ALL, PRIORITY = "all", "priority"
SIGNED, UNSIGNED = "signed", "unsigned"
WHOLE, SOME, NOTHING = "whole", "some", "nothing"
OPEN, RENEWED, LAPSED = "open", "renewed", "lapsed"
CAME, LEFT, ENDED = "in", "out", "ended"
# A number of a page is one of its states, or a state and of what: "signed.elderly", "ended.moved".
STATES = {
    COVERAGE: (SIGNED, UNSIGNED),
    EXPIRING: (OPEN, RENEWED),
    CHANGES: (CAME, LEFT, ENDED),
    LOAD: (SIGNED,),
    KEPT: (WHOLE, SOME, NOTHING),
    RENEWAL: (RENEWED, LAPSED),
}

WEEKS_AHEAD = 60  # days that expiring agreements are looked for; the terms of agreements say the same for a team's list
RENEWAL_DAYS = 60  # any new agreement so long before or after the last day renews one; as the indicator `renewal_rate`


@dataclass(frozen=True, slots=True)
class Group:
    """A priority group of the guideline: by age in whole years, or by a running programme."""

    code: str
    programme: str = ""
    from_years: int | None = None
    below_years: int | None = None


# Section 1.4 of the facts file, as far as the register and the programmes know them; the indicator
# `signing_rate_focus` counts the same.
GROUPS = (
    Group("elderly", from_years=65),
    Group("child", below_years=7),
    Group("maternal", programme="pregnancy"),
    Group("hypertension", programme="hypertension"),
    Group("diabetes", programme="diabetes"),
    Group("tb", programme="tb"),
    Group("mental", programme="mental"),
)


# --- targets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """What part of the residents should be signed in a year, in percent; an `example` waits for the city's own."""

    year: int
    all: float
    priority: float
    source: Text
    example: bool = False

    def of(self, group: str) -> float:
        """The target for a group; every group but everybody has that of the priority groups."""
        return self.all if group == ALL else self.priority


def read_targets(text: str) -> tuple[Target, ...]:
    """The targets of a file by year. Raises ValueError for what is none: a wrong line on a page misleads."""
    try:
        entries = yaml.safe_load(text) or ()
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(entries, (list, tuple)):
        raise ValueError("a file of targets is a list, one entry for each year")
    targets = [_target(entry) for entry in entries]
    if len({one.year for one in targets}) != len(targets):
        raise ValueError("two targets are for the same year; keep one")
    return tuple(sorted(targets, key=lambda one: one.year))


def _target(entry: object) -> Target:
    known = {"year", "all", "priority", "source", "example"}
    if not isinstance(entry, dict) or not set(entry) <= known or not isinstance(entry.get("source"), dict):
        raise ValueError(f"a target has year, all, priority and source (zh, en), and nothing else: {entry}")
    year, shares = entry.get("year"), (entry.get("all"), entry.get("priority"))
    if not isinstance(year, int):
        raise ValueError(f"the year of a target is a number such as 2035, not {year}")
    if not all(isinstance(one, (int, float)) and 0 < one <= 100 for one in shares):
        raise ValueError(f"all and priority of {year} are percentages above 0, at most 100")
    source = Text(str(entry["source"].get("zh", "")), str(entry["source"].get("en", "")))
    return Target(year, entry["all"], entry["priority"], source, bool(entry.get("example")))


def targets_on(targets: Sequence[Target], today: date) -> tuple[Target, ...]:
    """The lines to draw: the target of this year where there is one, and the last one that is still to come."""
    this = [one for one in targets if one.year == today.year]
    coming = [one for one in targets if one.year > today.year]
    return (*this, *coming[-1:])


# --- days -------------------------------------------------------------------------------------------------------------


def weeks(today: date, days: int = WEEKS_AHEAD) -> Iterator[tuple[date, date]]:
    """The weeks from today on, as (first day, last day); the last one ends with the last of the days."""
    last = today + timedelta(days=days)
    first = today
    while first <= last:
        yield first, min(first + timedelta(days=6), last)
        first += timedelta(days=7)


PERIODS = ("this_year", "twelve_months", "quarter", "month")


def period(name: str, today: date) -> tuple[date, date]:
    """The first and the last day of a period that ends today; any other name is this year."""
    first = {
        "twelve_months": months_after(today, -12) + timedelta(days=1),
        "quarter": months_after(today, -3) + timedelta(days=1),
        "month": today.replace(day=1),
    }.get(name, today.replace(month=1, day=1))
    return first, today


# --- what may be shown ------------------------------------------------------------------------------------------------


def figure(numbers: Sequence[int]) -> Figure:
    """Up to three numbers of people that stand beside each other, as one figure of which none may be small."""
    first, second, third = (*numbers, 0, 0, 0)[:3]
    return Figure(numerator=first, other=second + third, counted=second, of=second + third)


def percent(part: float, whole: float) -> float | None:
    """The share in percent; None of nothing."""
    return 100 * part / whole if whole else None
