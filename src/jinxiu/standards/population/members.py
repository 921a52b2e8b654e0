"""Who is in a standard on a day, since when, and by which enrolment: as `eligibility.membership`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import count
from typing import Any

import ibis

from jinxiu.standards.days import FIRST_DAY
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
from jinxiu.standards.population.answers import birthday, day, offset_day
from jinxiu.standards.population.engines import Table, Workspace

COLUMNS = ("person_id", "birth_date", "start_on", "enrolment_id", "value")


def living(place: Workspace, as_of: date) -> Table:
    """person_id, birth_date, sex of everybody who has neither died nor left by the day."""
    people = place.facts("people")
    gone = (people.died_on <= as_of).fill_null(False) | (people.left_on <= as_of).fill_null(False)
    return people.filter(~gone).select("person_id", "birth_date", "sex")


class Roll:
    """Who is in by each of some conditions on a day: one table for all of them."""

    def __init__(self, place: Workspace, conditions: Sequence[Eligibility], as_of: date) -> None:
        self._numbers = {condition: number for number, condition in enumerate(dict.fromkeys(conditions))}
        people = place.keep(living(place, as_of), "living")
        tables = [
            _members(place, people, condition, as_of).mutate(eligible=ibis.literal(number, "int32"))
            for condition, number in self._numbers.items()
        ]
        self.rows = place.keep(ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0], "roll")

    def number(self, eligible: Eligibility) -> int:
        """The number of a condition: `eligible` in `rows`, which has the columns of `of` besides."""
        return self._numbers[eligible]

    def of(self, eligible: Eligibility) -> Table:
        """person_id, birth_date, start_on, and of the enrolment that decides enrolment_id and value (null where none
        does), one row for everybody who is in."""
        return self.rows.filter(self.rows.eligible == self.number(eligible)).select(*COLUMNS)


def _members(place: Workspace, people: Table, eligible: Eligibility, as_of: date) -> Table:
    if isinstance(eligible, EnrolledIn):  # the usual one, without a look at who is not in
        inside = people.inner_join(_latest_running(place, eligible.kind, as_of), "person_id")
        return inside.select(*COLUMNS)
    condition = _Condition(place, people, as_of)
    part = condition.part(eligible)
    rows = condition.rows.filter(part.holds)
    return rows.select(
        "person_id", "birth_date", start_on=part.start_on, enrolment_id=part.enrolment_id, value=part.value
    )


def _latest_running(place: Workspace, kind: str, as_of: date) -> Table:
    """The latest enrolment of a kind that runs on the day decides, by (start_on, enrolment_id)."""
    enrolments: Any = place.facts("enrolments")
    running = enrolments.filter(
        enrolments.kind == kind,
        enrolments.start_on <= as_of,
        enrolments.end_on.isnull() | (enrolments.end_on >= as_of),
    )
    newest_first = [running.start_on.desc(), running.enrolment_id.desc()]
    place_in_line = ibis.row_number().over(group_by=running.person_id, order_by=newest_first)
    latest = running.mutate(earlier_ones=place_in_line).filter(ibis._.earlier_ones == 0)
    return latest.select("person_id", "start_on", "enrolment_id", "value")


@dataclass(frozen=True, slots=True)
class _Part:
    """One condition over the rows: does it hold (never unknown), since when, and by which enrolment, begun when."""

    holds: Any
    start_on: Any
    began_on: Any
    enrolment_id: Any
    value: Any

    @classmethod
    def without_enrolment(cls, holds: Any, start_on: Any) -> _Part:
        """By age or sex: no enrolment decides."""
        return cls(holds.fill_null(False), start_on, ibis.null("date"), ibis.null("string"), ibis.null("string"))

    def chosen(self, mine: Any, other: _Part, holds: Any, start_on: Any) -> _Part:
        """The enrolment of this part where `mine` says so, else of the other."""
        names = ("began_on", "enrolment_id", "value")
        return _Part(holds, start_on, *(ibis.ifelse(mine, getattr(self, n), getattr(other, n)) for n in names))


class _Condition:
    """The living with a look at the enrolments that a condition speaks of."""

    def __init__(self, place: Workspace, people: Table, as_of: date) -> None:
        self.rows = people
        self._place, self._as_of = place, as_of
        self._numbers = count()

    def part(self, eligible: Eligibility) -> _Part:
        match eligible:
            case EnrolledIn(kind):
                return self._enrolled(kind)
            case Everybody():
                return _Part.without_enrolment(ibis.literal(True), day(FIRST_DAY))
            case SexIs(sex):
                return _Part.without_enrolment(self.rows.sex == sex, day(FIRST_DAY))
            case AllOf(parts):
                return reduce(_both, [self.part(part) for part in parts])
            case AnyOf(parts):
                return reduce(_either, [self.part(part) for part in parts])
            case NotIn(part):
                return _Part.without_enrolment(~self.part(part).holds, day(FIRST_DAY))
        return self._by_age(eligible)

    def _enrolled(self, kind: str) -> _Part:
        number = next(self._numbers)
        names = {name: f"{name}_{number}" for name in ("start_on", "enrolment_id", "value")}
        latest = _latest_running(self._place, kind, self._as_of)
        there = latest.select(**{f"person_{number}": latest.person_id}, **{n: latest[o] for o, n in names.items()})
        self.rows = self.rows.left_join(there, self.rows.person_id == there[f"person_{number}"])
        # Columns by name: the rows get more of them as the condition is read on.
        start_on, identifier, value = (ibis._[name] for name in names.values())
        return _Part(identifier.notnull(), start_on, start_on, identifier, value)

    def _by_age(self, eligible: Eligibility) -> _Part:
        born = ibis._.birth_date
        reached: Callable[[Any, int], Any]
        match eligible:
            case MinAge(number) | BelowAge(number):
                reached = birthday
            case MinAgeMonths(number) | BelowAgeMonths(number):
                reached = offset_day
            case _:
                raise TypeError(f"no condition of ours: {eligible!r}")
        turned = reached(born, number)
        if isinstance(eligible, (MinAge, MinAgeMonths)):
            return _Part.without_enrolment(turned <= day(self._as_of), turned)
        return _Part.without_enrolment((born <= day(self._as_of)) & (turned > day(self._as_of)), born)


def _both(first: _Part, second: _Part) -> _Part:
    later = second.began_on.notnull() & (first.began_on.isnull() | (second.began_on > first.began_on)).fill_null(False)
    start_on = ibis.greatest(first.start_on, second.start_on)
    return first.chosen(~later, second, first.holds & second.holds, start_on)


def _either(first: _Part, second: _Part) -> _Part:
    mine = first.holds & (~second.holds | (first.start_on <= second.start_on).fill_null(False))
    start_on = ibis.ifelse(mine, first.start_on, second.start_on)
    return first.chosen(mine, second, first.holds | second.holds, start_on)
