"""Who is in a standard on a day, since when, and by which enrolment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from jinxiu.standards.days import FIRST_DAY, months_after
from jinxiu.standards.model import (
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    Eligibility,
    EnrolledIn,
    Everybody,
    MinAge,
    MinAgeMonths,
    NotIn,
    SexIs,
)
from jinxiu.standards.person import Enrolment, PersonFacts, birthday


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody is in since a day; `enrolment` is the one that decides, None when no enrolment does."""

    start_on: date
    enrolment: Enrolment | None = None


def membership(eligible: Eligibility, person: PersonFacts, as_of: date) -> Membership | None:
    """Since when and by which enrolment somebody is in on a day; None when not in."""
    match eligible:
        case EnrolledIn(kind):
            enrolment = running_enrolment(person, kind, as_of)
            return Membership(enrolment.start_on, enrolment) if enrolment else None
        case Everybody():
            return Membership(FIRST_DAY)
        case SexIs(sex):
            return Membership(FIRST_DAY) if person.sex == sex else None
        case AllOf(parts):
            return _all([membership(part, person, as_of) for part in parts])
        case AnyOf(parts):
            found = [inside for part in parts if (inside := membership(part, person, as_of)) is not None]
            return min(found, key=lambda inside: inside.start_on, default=None)
        case NotIn(part):
            return Membership(FIRST_DAY) if membership(part, person, as_of) is None else None
    return _by_age(eligible, person.birth_date, as_of)


def running_enrolment(person: PersonFacts, kind: str, as_of: date) -> Enrolment | None:
    """The latest enrolment of a kind, by (start_on, enrolment_id), that runs on the day; its last day is inside."""
    running = [
        enrolment
        for enrolment in person.enrolments
        if enrolment.kind == kind
        and enrolment.start_on <= as_of
        and (enrolment.end_on is None or enrolment.end_on >= as_of)
    ]
    return max(running, key=lambda enrolment: (enrolment.start_on, enrolment.enrolment_id), default=None)


def age_day(eligible: Eligibility, birth_date: date) -> date:
    """The day on which somebody reaches the age that a condition names; TypeError for another condition."""
    reached: Callable[[date, int], date]
    match eligible:
        case MinAge(number) | BelowAge(number):
            reached = birthday
        case MinAgeMonths(number) | BelowAgeMonths(number):
            reached = months_after
        case _:
            raise TypeError(f"no age of ours: {eligible!r}")
    return reached(birth_date, number)


def _by_age(eligible: Eligibility, birth_date: date | None, as_of: date) -> Membership | None:
    if birth_date is None:
        return None
    day = age_day(eligible, birth_date)
    if isinstance(eligible, (MinAge, MinAgeMonths)):
        return Membership(day) if day <= as_of else None
    return Membership(birth_date) if birth_date <= as_of < day else None


def _all(parts: Sequence[Membership | None]) -> Membership | None:
    inside = [part for part in parts if part is not None]
    return reduce(_both, inside) if len(inside) == len(parts) else None


def _both(first: Membership, second: Membership) -> Membership:
    """In since the later day, by the enrolment that began later; on a tie by the first."""
    enrolments = [part.enrolment for part in (first, second) if part.enrolment]
    decides = max(enrolments, key=lambda enrolment: enrolment.start_on, default=None)  # max keeps the first of equals
    return Membership(max(first.start_on, second.start_on), decides)
