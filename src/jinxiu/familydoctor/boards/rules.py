"""What can be missing by a standard, who has the age for it, and which people of a board are asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.standards.eligibility import age_day
from jinxiu.standards.model import (
    BelowAge,
    BelowAgeMonths,
    Clause,
    EnrolledIn,
    Everybody,
    Interval,
    MinAge,
    MinAgeMonths,
    Standard,
    parts,
)

OPEN = "open"
OVERDUE = "overdue"
NOTHING = "nothing"
EVERYBODY = "all"
CALL = "contact.call"  # the kind of event that a call to ask somebody in becomes
CALL_DAYS = 180  # how far a call can be put off, and how far back calls are looked for [this project's own number]
REFUSED_DAYS = 90  # how long somebody who refused is left in peace [this project's own number]
GONE = ("lost", "refused")  # how a programme ended for those who should be looked for
_NEVER = ".never"
_YEAR, _MONTH = 365.2425, 30.436875  # days


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that can be missing: a clause, or of a repeating contact the very first one."""

    clause: Clause
    never_seen: bool = False

    @property
    def key(self) -> str:
        """How an address names it."""
        return self.clause.id + (_NEVER if self.never_seen else "")

    @property
    def reason(self) -> str:
        """The reason of the first contact; empty for a clause that has none."""
        return self.clause.never_seen.reason if isinstance(self.clause, Interval) else ""


def gaps_of(standard: Standard) -> tuple[Gap, ...]:
    """All that can be missing by a standard, in its order; never seen stands before seen too long ago."""
    found: list[Gap] = []
    for clause in standard.clauses:
        found += [Gap(clause, never_seen=True)] if isinstance(clause, Interval) else []
        found.append(Gap(clause))
    return tuple(found)


def is_of_a_group(standard: Standard) -> bool:
    """Tell whether a standard is for some people: what holds for everybody has no board."""
    return not any(isinstance(part, Everybody) for part in parts(standard.eligible))


def programme_of(standard: Standard) -> str:
    """The kind of enrolment that a standard asks for; empty when it goes by age alone."""
    return next((part.kind for part in parts(standard.eligible) if isinstance(part, EnrolledIn)), "")


def gone_of(standard: Standard) -> tuple[str, ...]:
    """How somebody can be gone: out of a programme people are lost, out of an age they are not."""
    return GONE if programme_of(standard) else ()


def statuses_of(standard: Standard) -> tuple[str, ...]:
    """What may be chosen on a board."""
    return (OPEN, OVERDUE, NOTHING, EVERYBODY, *gone_of(standard))


def gap_of(standard: Standard, key: str) -> Gap | None:
    """The gap of this key; None for any other text."""
    return next((gap for gap in gaps_of(standard) if gap.key == key), None)


@dataclass(frozen=True, slots=True)
class Call:
    """The latest call to somebody: when, what became of it, when to call again if that was said, and who called."""

    on: date
    outcome: str
    again_on: date | None
    by: str

    def is_done(self, day: date) -> bool:
        """Tell whether nobody is to call on a day: somebody did, it was put off, or refused not long ago."""
        was_put_off = self.again_on is not None and self.again_on > day
        return self.on == day or was_put_off or (self.outcome == "refused" and (day - self.on).days < REFUSED_DAYS)


def latest_birth(age: MinAge | MinAgeMonths | BelowAge | BelowAgeMonths, day: date) -> date:
    """The latest birth date of somebody who has reached an age by a day."""
    number, unit = (age.years, _YEAR) if isinstance(age, (MinAge, BelowAge)) else (age.months, _MONTH)
    born = day - timedelta(days=int(number * unit) - 5)  # five days late at most: month ends and leap days
    while age_day(age, born) > day:
        born -= timedelta(days=1)
    return born
