"""Who is in a standard on a day, and since when."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import Eligibility, EnrolledIn, MinAge
from jinxiu.standards.population.answers import birthday, day
from jinxiu.standards.population.engines import Table, Workspace


def living(place: Workspace, as_of: date) -> Table:
    """person_id, birth_date of everybody who has neither died nor left by the day."""
    people = place.facts("people")
    gone = (people.died_on <= as_of).fill_null(False) | (people.left_on <= as_of).fill_null(False)
    return people.filter(~gone).select("person_id", "birth_date")


def members(place: Workspace, eligible: Eligibility, as_of: date) -> Table:
    """person_id, birth_date, start_on, enrolment_id (null where it is by age), one row for everybody who is in."""
    people = living(place, as_of)
    if isinstance(eligible, MinAge):
        return _old_enough(people, eligible, as_of)
    return _enrolled(place, people, eligible, as_of)


def _old_enough(people: Table, eligible: MinAge, as_of: date) -> Table:
    start_on = birthday(people.birth_date, eligible.years)
    return people.mutate(start_on=start_on, enrolment_id=ibis.null("string")).filter(ibis._.start_on <= day(as_of))


def _enrolled(place: Workspace, people: Table, eligible: EnrolledIn, as_of: date) -> Table:
    """The latest enrolment that runs on the day decides, by (start_on, enrolment_id)."""
    enrolments: Any = place.facts("enrolments")
    running = enrolments.filter(
        enrolments.kind == eligible.kind,
        enrolments.start_on <= as_of,
        enrolments.end_on.isnull() | (enrolments.end_on >= as_of),
    )
    newest_first = [running.start_on.desc(), running.enrolment_id.desc()]
    place_in_line = ibis.row_number().over(group_by=running.person_id, order_by=newest_first)
    latest = running.mutate(earlier_ones=place_in_line).filter(ibis._.earlier_ones == 0)
    return people.inner_join(latest, "person_id").select("person_id", "birth_date", "start_on", "enrolment_id")
