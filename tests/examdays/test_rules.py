"""Filling examination days and what an invitation has come to: by property, and by example."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinxiu.familydoctor.examdays.rules import (
    ABSENT,
    ATTENDED,
    BOOKED,
    CANCELLED,
    EXAMINED,
    UNKNOWN,
    Candidate,
    Line,
    Slot,
    fill,
    needs_fasting,
    overlap,
    state_of,
)

DAYS = st.dates(date(2026, 12, 1), date(2026, 12, 4))
SLOTS = st.lists(st.tuples(DAYS, st.integers(7, 10), st.booleans()), max_size=12).map(
    lambda rows: [Slot(on, time(hour), n, 1, fasting) for n, (on, hour, fasting) in enumerate(rows)]
)
PEOPLE = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.dates(date(2026, 11, 1), date(2026, 12, 31))), max_size=16
).map(lambda rows: [Candidate(n, *row) for n, row in enumerate(rows)])


@settings(max_examples=150, deadline=None)
@given(SLOTS, PEOPLE, st.randoms(use_true_random=False))
def test_filling_keeps_what_it_promises(slots, people, chance):
    plan = fill(slots, people)
    used = [one.slot.id for one in plan.invitations]
    invited = [one.candidate for one in plan.invitations]
    assert len(set(used)) == len(used), "a slot holds one person"
    assert len({one.person_id for one in invited}) == len(invited), "nobody twice"
    assert all(one.slot.fasting for one in plan.invitations if one.candidate.fasting), "fasting is kept"

    waiting = [one for one in people if one not in invited]
    free = [one for one in slots if one.id not in used]
    assert not (free and any(not one.fasting for one in waiting)), "nobody waits beside a slot that fits"
    assert not (any(one.fasting for one in free) and waiting)
    assert (plan.left_fasting, plan.left_others) == (
        sum(one.fasting for one in waiting),
        sum(not one.fasting for one in waiting),
    )
    for kind in (True, False):
        ranks = [one.rank for one in invited if one.fasting is kind]
        assert all(mine <= one.rank for one in waiting if one.fasting is kind for mine in ranks), "most urgent first"

    mixed = [chance.sample(some, len(some)) for some in (slots, people)]
    assert fill(*mixed).fingerprint == plan.fingerprint, "the order in which they were read does not matter"


def test_who_fasts_comes_first_into_fasting_slots_and_the_rest_may_be_used():
    on = date(2026, 12, 3)
    slots = [Slot(on, time(9, 30), 9, 1, fasting=False), *(Slot(on, time(7, 30), n, 1, fasting=True) for n in (1, 2))]
    people = [
        Candidate(1, fasting=False, urgency=3, due_on=date(2026, 12, 31)),
        Candidate(2, fasting=False, urgency=0, due_on=date(2026, 12, 31)),
        Candidate(3, fasting=True, urgency=0, due_on=date(2026, 12, 31)),
    ]
    plan = fill(slots, people)
    assert {one.candidate.person_id: one.slot.id for one in plan.invitations} == {3: 1, 2: 2, 1: 9}


ON, TODAY = date(2026, 12, 3), date(2026, 12, 10)


@pytest.mark.parametrize(
    ("said", "examined", "today", "state"),
    [
        ({}, [], ON, BOOKED),
        ({}, [], TODAY, UNKNOWN),
        ({}, [ON], TODAY, ATTENDED),
        ({}, [date(2026, 12, 9)], TODAY, ATTENDED),
        ({}, [date(2026, 3, 1)], ON, EXAMINED),
        ({}, [date(2025, 12, 30)], ON, BOOKED),
        ({"absent": True}, [], TODAY, ABSENT),
        ({"absent": True}, [date(2026, 12, 9)], TODAY, ABSENT),
        ({"absent": True}, [ON], TODAY, ATTENDED),
        ({"cancelled": True}, [ON], TODAY, CANCELLED),
    ],
)
def test_what_an_invitation_has_come_to_is_read_from_the_record(said, examined, today, state):
    flags = {"absent": False, "cancelled": False} | said
    assert state_of(ON, **flags, examined=examined, today=today) == state


def test_whose_blood_is_taken_fasting():
    assert needs_fasting(["hypertension", "diabetes"])
    assert needs_fasting(["elderly"])
    assert not needs_fasting(["hypertension", "mental"])


def test_times_that_touch_do_not_overlap():
    first, second = Line(time(7, 30), time(8), 10, fasting=True), Line(time(8), time(9), 10, fasting=False)
    assert not overlap([second, first])
    assert overlap([first, Line(time(7, 45), time(9), 1, fasting=False)])
