"""Edges of the referee that `./jinxiu test --mutation` found nobody looking at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from jinxiu.standards.eligibility import membership
from jinxiu.standards.model import AllOf, BelowAge, EnrolledIn, Everybody, NotIn, SexIs
from jinxiu.standards.person import Enrolment, PersonFacts
from tests.engine.test_judge import STANDARDS, judge, person, row

DAY = date(2026, 3, 10)


def somebody(**more: object) -> PersonFacts:
    return replace(PersonFacts(person_id="zhang", birth_date=date(2020, 3, 10), sex="F"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("eligible", "inside"),
    [
        (SexIs("F"), True),
        (SexIs("M"), False),
        (NotIn(SexIs("M")), True),
        (NotIn(SexIs("F")), False),
        (AllOf((Everybody(), SexIs("M"))), False),
        (AllOf((SexIs("M"), Everybody())), False),
        (AllOf((Everybody(), SexIs("F"))), True),
    ],
)
def test_who_is_in(eligible, inside):
    assert (membership(eligible, somebody(), DAY) is not None) == inside


def test_a_child_is_in_from_the_day_of_birth_to_the_day_before_the_birthday():
    eligible = BelowAge(6)
    born = somebody().birth_date
    days = [date(2020, 3, 9), born, date(2026, 3, 9), date(2026, 3, 10)]
    assert [membership(eligible, somebody(), day) is not None for day in days] == [False, True, True, False]


def test_of_two_enrolments_the_later_start_decides_and_of_equal_ones_the_part_written_first():
    both = AllOf((EnrolledIn("a"), EnrolledIn("b")))
    early, late = date(2025, 1, 1), date(2025, 2, 1)

    def decides(a: date, b: date) -> str:
        zhang = somebody(enrolments=(Enrolment("n1", "b", b), Enrolment("n2", "a", a)))
        return membership(both, zhang, DAY).enrolment.kind

    assert [decides(early, late), decides(late, early), decides(early, early)] == ["b", "a", "a"]


def test_next_year_has_nothing_done_and_all_that_is_needed():
    coming = row(judge(STANDARDS["hypertension"], person(), DAY), "visits_per_year", "2027")
    assert coming.reason_args["needed"] == 4
    assert coming.opens_on == date(2027, 1, 1)
    assert coming.status == "upcoming"
