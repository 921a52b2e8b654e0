"""When a night may look at the touched people only, and which days touch somebody although no fact changed. Pure.

A person's open items (verdicts that are upcoming, due or overdue) follow from the facts that the day can see, from the
rules, and from the day. Let them be right on day d, and let nobody write a fact or change a rule. Then, on the days
after d in the same calendar year, they can change only

1. when a fact becomes visible or stops to hold: a birth, death, departure, event, observation or enrolment dated that
   day, or an enrolment whose last day was the day before;
2. when an age is reached that decides who is in;
3. on the `opens_on` of an open item, or on the day after its `closes_on`;
4. when a year that is counted from the start begins, where its clause says nothing of the next year.

Why, clause by clause, while who is in, since when and by which enrolment stays the same (1 and 2 are all that decides
it):

* Interval: one row, without `closes_on`, whose columns come from the latest contact or the start. Nothing of it follows
  from the day; from upcoming to due to overdue it stays the same open item.
* PerYear of the calendar: its columns follow from the year of the day. A new year is nobody's to skip: everybody.
* PerYear from the start: the row of this year closes the day before the next one begins (3), unless it was kept, then
  it is no open item. The next year's row is an open item and opens on that day (3); without such a row, it is 4.
* Window: cycles stand in the order in which they open, and rows are those that have opened and the next one. What was
  shown before it opened cannot be kept yet, since nothing counts before `opens_on`; so the next one is an open item,
  and that it opens, and that another comes after it, happens on its `opens_on` (3). One that is not owed (closed before
  the start, or cut short by `until`) stays so without a new fact, and so do those that open after it. An open one is
  missed after its `closes_on` (3).
* AfterEach: a question becomes an open item on its day (1) and is missed after its `closes_on` (3); an answer has a
  day (1). Answered ones are no open items.

Facts of the database hold no waivers; who adds them, adds their first day and the day after their last to 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.standards.model import (
    AfterEach,
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    EnrolledIn,
    Everybody,
    Interval,
    MinAge,
    MinAgeMonths,
    NotIn,
    PerYear,
    SexIs,
    Standard,
    Window,
    parts,
)

WEEK = timedelta(days=7)
MANY = 0.5  # of all people: then everybody is no more work
FAR = 1 << 30  # transactions; PostgreSQL tells older and newer apart up to twice as far

# Why everybody was judged: what the run stores, and the sentence for the log.
REASONS = {
    "first": "no earlier evaluation to go by",
    "asked": "as asked",
    "rules": "the standards or the program changed",
    "database": "the database was restored or moved",
    "backwards": "the last evaluation was for a later day",
    "year": "a new year began",
    "week": "everybody's turn comes once a week",
    "unknown": "a standard has a clause whose days are not known",
    "many": "more than half of the people were touched",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What an evaluation rests on. `rules` and `database` are compared only; every transaction with a number below
    `transactions` had ended before its facts were read."""

    day: date
    rules: str
    database: str
    transactions: int


@dataclass(frozen=True, slots=True)
class Turns:
    """The days of 2 and 4 above, counted from a birth date or an enrolment's start. `years` and `months` are ages;
    `year_kinds` are enrolments, and `year_months` ages in months, on whose anniversaries a year from the start begins.
    """

    years: tuple[int, ...]
    months: tuple[int, ...]
    year_kinds: tuple[str, ...]
    year_months: tuple[int, ...]


def why_everybody(last: Ground | None, last_everybody: date | None, now: Ground) -> str:
    """The key in REASONS why `last` cannot be built on; empty when it can. `last_everybody` is the day for which all
    people were judged last."""
    if last is None or last_everybody is None:
        return "first"
    behind = now.transactions - last.transactions
    checks = {
        "rules": last.rules != now.rules,
        "database": last.database != now.database or not 0 <= behind < FAR,
        "backwards": last.day > now.day,
        "year": last.day.year != now.day.year,
        "week": not last_everybody <= now.day < last_everybody + WEEK,
    }
    return next((reason for reason, holds in checks.items() if holds), "")


def turns(standards: Iterable[Standard]) -> Turns | None:
    """The days of these standards; None when one has a clause or a condition of which this file does not know."""
    years, months, year_kinds, year_months = set[int](), set[int](), set[str](), set[int]()
    for standard in standards:
        own_year = any(_begins_unseen(clause) for clause in standard.clauses)
        if not all(isinstance(clause, (Interval, PerYear, Window, AfterEach)) for clause in standard.clauses):
            return None
        for part in parts(standard.eligible):
            match part:
                case EnrolledIn(kind):
                    year_kinds |= {kind} if own_year else set()
                case MinAge(age) | BelowAge(age):
                    years.add(age)
                    year_months |= {0} if own_year else set()
                case MinAgeMonths(age) | BelowAgeMonths(age):
                    months.add(age)
                    year_months |= {0, age} if own_year else set()
                case Everybody() | SexIs() | AllOf() | AnyOf() | NotIn():
                    pass  # since ever, or what its parts say
                case _:
                    return None
    return Turns(tuple(sorted(years)), tuple(sorted(months)), tuple(sorted(year_kinds)), tuple(sorted(year_months)))


def _begins_unseen(clause: object) -> bool:
    return isinstance(clause, PerYear) and clause.anniversary and clause.next_year is None
