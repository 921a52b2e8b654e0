"""When a service may be rated, when somebody may be asked, and when a number is old and large enough to be shown. Pure.

Source: facts of the family-doctor contract, 6.2 (five points; anonymous when n < 5; never asked twice in 30 days) and
6.1 (satisfaction: satisfied by valid answers). The days of 6.2 are examples of the project's own ([D]).

Nobody can take two numbers that were shown and find a single answer between them: a team's answers come out by whole
months, each once its last answer can no longer be changed, and together with the months after it until FEW people are
in it. What is shown is made of these batches and of nothing else; they never change afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.standards.days import months_after

FEW = 5
"""Answers of fewer people than this are never shown."""
BEST = 5
SATISFIED = 4  # points, from which somebody counts as satisfied
CHANGE_DAYS = 7  # so long after the first answer it may be changed
MONTHS = 12  # how far back a summary looks
ASK_DAYS = 30  # for so long nobody is asked again
LATELY_DAYS = 3  # how long after a service somebody is asked
ASKED_FOR_DAYS = 3  # for so long the message is of use
BY_PHONE_FROM = 65  # years; younger people answer on their own pages

SELF, GUARDIAN, HELPER, PHONE = "self", "guardian", "helper", "phone"
WAYS = (SELF, GUARDIAN, HELPER, PHONE)


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers of a month, or of months together: how many gave 1, 2, 3, 4 and 5 points, and who.

    `people` are the ids of who answered; None where they are FEW or more.
    """

    first: date
    last: date
    points: tuple[int, ...]
    people: frozenset[int] | None = None

    @property
    def answers(self) -> int:
        """How many answers there are."""
        return sum(self.points)

    @property
    def is_enough(self) -> bool:
        """True when enough different people answered for the numbers to be shown."""
        return self.people is None or len(self.people) >= FEW

    def with_next(self, later: Tally) -> Tally:
        """The two months together."""
        both = None if self.people is None or later.people is None else self.people | later.people
        points = tuple(mine + theirs for mine, theirs in zip(self.points, later.points, strict=True))
        return Tally(self.first, later.last, points, both)


@dataclass(frozen=True, slots=True)
class Summary:
    """What people think of a team, or of teams together: how many gave 1, 2, 3, 4 and 5 points, of all that may be
    shown. Of none, there is neither a score nor a share."""

    points: tuple[int, ...] = (0,) * BEST

    @property
    def answers(self) -> int:
        """How many answers the numbers are made of."""
        return sum(self.points)

    @property
    def score(self) -> float | None:
        """The mean, 1 to 5."""
        total = sum(value * number for value, number in enumerate(self.points, start=1))
        return total / self.answers if self.answers else None

    @property
    def satisfied(self) -> int | None:
        """How many are satisfied: 4 or 5 points."""
        return sum(self.points[SATISFIED - 1 :]) if self.answers else None

    @property
    def percent(self) -> float | None:
        """The satisfied as a share of the answers, in percent (section 6.1: satisfied by valid answers)."""
        return None if self.satisfied is None else 100 * self.satisfied / self.answers

    def __add__(self, another: Summary) -> Summary:
        return Summary(tuple(mine + theirs for mine, theirs in zip(self.points, another.points, strict=True)))


def first_open_month(today: date) -> date:
    """The first month of which answers may still come or change; all before it are final."""
    return (today - timedelta(days=CHANGE_DAYS)).replace(day=1)


def batches(months: Iterable[Tally]) -> list[Tally]:
    """What may be shown of the months of one team, from its first one on: each month with enough people, a small one
    together with those after it. What is left at the end waits."""
    found: list[Tally] = []
    small: Tally | None = None
    for month in sorted(months, key=lambda one: one.first):
        small = small.with_next(month) if small else month
        if small.is_enough:
            found.append(small)
            small = None
    return found


def within(shown: Iterable[Tally], first: date, last: date) -> list[Tally]:
    """The batches that lie wholly between two days, both inside."""
    return [one for one in shown if one.first >= first and months_after(one.last, 1) - timedelta(days=1) <= last]


def summary(shown: Iterable[Tally]) -> Summary:
    """The batches together."""
    return sum((Summary(one.points) for one in shown), Summary())


def window(today: date, months: int = MONTHS) -> tuple[date, date]:
    """The first and the last day of the last months whose answers are final."""
    end = first_open_month(today)
    return months_after(end, -months), end - timedelta(days=1)


# --- answering --------------------------------------------------------------------------------------------------------


def may_change(given_on: date, today: date) -> bool:
    """Tell whether an answer may still be changed."""
    return today <= given_on + timedelta(days=CHANGE_DAYS)


def may_ask(last_on: date | None, today: date) -> bool:
    """Tell whether somebody who was asked, or has answered, on a day may be asked again."""
    return last_on is None or today >= last_on + timedelta(days=ASK_DAYS)


def may_see(way: str, said: str) -> bool:
    """Tell whether who comes by one way may see and change what was said by another: the persons themselves everything,
    others only what was said by their own way; a helper does not read what the person thinks."""
    return way in (SELF, said)
