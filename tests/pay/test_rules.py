"""Money: every sum exact to the fen, whatever the order; quality below and at the threshold; a year's fee in parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jinxiu.pay import fees, rules
from jinxiu.pay.fees import Stretch, parts_due
from jinxiu.pay.rules import Known, Member, Score, Work
from jinxiu.pay.scheme import PRORATE, Item, Scheme, in_force
from jinxiu.standards.days import months_after
from jinxiu.standards.model import Text

QUICK = settings(max_examples=50, deadline=None)  # a busy machine is no fault
WORDS = Text("?", "?")
F = Fraction
VISITS = Item("visits", WORDS, F(3), {"followup.hypertension": F(1), "followup.diabetes": F(2)})
EXAMS = Item("exams", WORDS, F(1), {"exam.annual": F(3)})
PEOPLE = Item("people", WORDS, F(1), people={"basic": F(1), "elderly": F(1, 2)})
SCHEME = Scheme(
    version="1",
    valid_from=date(2026, 1, 1),
    title=WORDS,
    source=WORDS,
    example=True,
    prorate="months",
    staff_percent=70,
    together_percent=40,
    threshold=F(85, 100),
    coefficients={"doctor": F(1), "nurse": F(8, 10)},
    difficulty={"clinic": F(1), "home": F(2), "phone": F(1, 2), "online": F(1, 2)},
    items=(VISITS, EXAMS, PEOPLE),
)

weight = st.fractions(min_value=0, max_value=100, max_denominator=20)
work = st.builds(
    Work,
    staff=st.integers(1, 4),
    unit=st.integers(0, 2),
    kind=st.sampled_from(sorted(SCHEME.events)),
    mode=st.sampled_from(sorted(SCHEME.difficulty)),
    count=st.integers(0, 30),
)
members = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(1, 4)),
    st.builds(Member, st.sampled_from([F(0), F(1, 2), F(8, 10), F(1)]), st.integers(1, 31)),
)
scores = st.dictionaries(
    st.tuples(st.integers(0, 2), st.sampled_from(["visits", "exams", "people"])),
    st.builds(lambda got, more: (Score(got, got + more),), weight, weight),
)
held = st.dictionaries(st.tuples(st.integers(0, 2), st.sampled_from(["basic", "elderly", "?"])), st.integers(0, 900))
known = st.builds(Known, st.integers(0, 10_000_000), st.lists(work, max_size=12).map(tuple), members, scores, held)


@QUICK
@given(st.integers(0, 10**12), st.dictionaries(st.integers(0, 50), weight, max_size=12), st.randoms())
def test_shares_are_the_sum_whatever_their_order(total: int, weights: dict[int, Fraction], chance) -> None:
    found = rules.shares(total, weights)
    keys = list(weights)
    chance.shuffle(keys)
    assert rules.shares(total, {key: weights[key] for key in keys}) == found
    whole = sum(weights.values(), F(0))
    assert sum(found.values()) == (total if whole else 0)
    assert all(abs(found[key] - total * weights[key] / whole) < 1 for key in weights if whole)
    assert all(found[key] == 0 for key, one in weights.items() if one == 0)


@pytest.mark.parametrize(("total", "weights"), [(-1, {1: F(1)}), (1, {1: F(-1)})])
def test_below_zero_nothing_is_shared(total: int, weights: dict[int, Fraction]) -> None:
    with pytest.raises(ValueError, match="not below zero"):
        rules.shares(total, weights)


def test_left_over_fen_go_to_the_largest_remainders() -> None:
    assert rules.shares(100, {1: F(1), 2: F(1), 3: F(1)}) == {1: 34, 2: 33, 3: 33}
    assert rules.shares(10, {1: F(55), 2: F(45)}) == {1: 6, 2: 4}  # 5.5 and 4.5: of equal ones the lower key
    assert rules.shares(7, {1: F(0), 2: F(0)}) == {1: 0, 2: 0}


def test_a_figure_scores_in_full_from_its_baseline_on() -> None:
    assert rules.score(60, 100, F(60), F(50)) == 50
    assert rules.score(90, 100, F(60), F(50)) == 50
    assert rules.score(45, 100, F(60), F(50)) == F("37.5")  # 50 x 45 / (100 x 60 %)


def test_quality_cuts_points_below_the_threshold_and_not_at_it() -> None:
    at, below = rules.quality(F(85), F(100)), rules.quality(F("84.9"), F(100))
    assert rules.corrected(F(200), at, SCHEME.threshold) == 200
    assert rules.corrected(F(200), below, SCHEME.threshold) == F("169.8")
    assert rules.quality(F(0), F(0)) == 1  # nothing could be scored
    assert rules.quality(F(120), F(100)) == 1
    with pytest.raises(ValueError, match="not below zero"):
        rules.quality(F(-1), F(100))


@QUICK
@given(known, st.randoms())
def test_a_month_adds_up_to_the_fen_whatever_the_order_of_events(month: Known, chance) -> None:
    found = rules.share_out(month, SCHEME)
    assert sum(share.fen for share in found.shares) + found.left == month.pot
    assert all(share.fen >= 0 for share in found.shares)
    assert sum(found.items.values()) == month.pot
    for item, fen in found.items.items():
        units = [one for one in found.results if one.item == item]
        assert sum(one.fen for one in units) == (fen if any(one.corrected for one in units) else 0)
    for one in found.results:
        assert sum(share.fen for share in found.shares if share.result == one) == one.fen
    shuffled, people = list(month.work), list(month.members.items())
    chance.shuffle(shuffled)
    chance.shuffle(people)
    assert rules.share_out(replace(month, work=tuple(shuffled), members=dict(people)), SCHEME) == found


def test_a_month_by_hand() -> None:
    """Two units; the second one's quality is 80 %, so 10 points become 8. Kept by the doctor and the nurse of one."""
    month = Known(
        pot=50_000,
        work=(
            Work(1, 1, "followup.hypertension", "clinic", 6),
            Work(2, 1, "followup.hypertension", "home", 3),
            Work(3, 2, "followup.diabetes", "clinic", 5),
            Work(9, 2, "followup.diabetes", "clinic", 50),  # nobody of this unit
        ),
        members={(1, 1): Member(F(1), 30), (1, 2): Member(F(8, 10), 30), (2, 3): Member(F(1), 30)},
        scores={(2, "visits"): (Score(F(80), F(100)),), (1, "visits"): (Score(F(85), F(100)),)},
        held={(1, "basic"): 80, (1, "elderly"): 20, (2, "basic"): 30, (4, "basic"): 50},  # nobody works for unit 4
    )
    found = rules.share_out(month, SCHEME)
    assert found.items == {"visits": 30_000, "exams": 10_000, "people": 10_000}
    assert [(one.unit, one.points, one.corrected, one.fen) for one in found.results] == [
        (1, 12, 12, 18_000),
        (2, 10, 8, 12_000),
        (1, 90, 90, 7_500),
        (2, 30, 30, 2_500),
    ]
    assert [(one.staff, one.part, one.own, one.fen) for one in found.shares] == [
        (1, "together", 30, 4_000),
        (2, "together", 24, 3_200),
        (1, "points", 6, 6_000),
        (2, "points", F("4.8"), 4_800),
        (3, "together", 30, 4_800),
        (3, "points", 10, 7_200),
        (1, "together", 30, 4_167),  # for the people of a team by role and days alone
        (2, "together", 24, 3_333),
        (3, "together", 30, 2_500),
    ]
    assert found.left == 10_000  # nobody examined anybody


# --- the fee of a year ------------------------------------------------------------------------------------------------

day = st.dates(date(2023, 1, 1), date(2028, 12, 31))


@QUICK
@given(st.integers(0, 100_000), day, st.integers(0, 1200), st.sampled_from(PRORATE), st.lists(day, max_size=6))
def test_the_parts_of_a_fee_add_up_wherever_time_is_cut(fen: int, start: date, days: int, prorate: str, cuts) -> None:
    stretch = Stretch(start, start, start + timedelta(days=days))
    since, until = date(2022, 1, 1), date(2033, 1, 1)
    whole = _due(fen, stretch, since, until, prorate)
    bounds = sorted({since, *cuts, until})
    pieces = [_due(fen, stretch, a, b - timedelta(days=1), prorate) for a, b in pairwise(bounds)]
    assert sum(pieces) == whole  # cut into periods
    for cut in cuts:  # cut into two agreements by a transfer
        if stretch.first < cut <= stretch.last:
            former = Stretch(start, start, cut - timedelta(days=1))
            later = Stretch(start, cut, stretch.last)
            assert sum(_due(fen, one, since, until, prorate) for one in (former, later)) == whole
    whole_years = sum(1 for k in range(5) if months_after(start, 12 * (k + 1)) - timedelta(days=1) <= stretch.last)
    assert fen * whole_years <= whole <= fen * (whole_years + 1)


def _due(fen: int, stretch: Stretch, since: date, until: date, prorate: str) -> int:
    return sum(parts.of(fen) for parts in parts_due(stretch, since, until, prorate))


def test_a_terminated_agreement_owes_what_has_begun() -> None:
    ended = Stretch(date(2026, 1, 31), date(2026, 1, 31), date(2026, 4, 29))
    year = date(2026, 1, 1), date(2026, 12, 31)
    assert _due(12_000, ended, *year, "none") == 12_000
    assert _due(12_000, ended, *year, "months") == 3_000  # begun on 31 January, 28 February, 31 March
    assert _due(12_000, ended, *year, "days") == 2_926  # 89 of 365 days
    assert _due(100, ended, date(2026, 2, 1), date(2026, 2, 28), "months") == 9  # 16.67 - 8.33, each rounded
    assert _due(12_000, replace(ended, last=date(2026, 1, 30)), *year, "none") == 0  # it never began


@QUICK
@given(st.integers(0, 10**9), st.integers(70, 100))
def test_staff_never_get_less_than_the_percentage(owed: int, percent: int) -> None:
    found = fees.staff_part(owed, percent)
    assert 0 <= found * 100 - owed * percent < 100
    assert found <= owed


def test_the_youngest_scheme_of_a_month_holds_and_of_two_the_later_file() -> None:
    old, new = SCHEME, replace(SCHEME, version="2", valid_from=date(2026, 7, 1))
    city = replace(new, version="city")
    assert in_force((new, city, old), date(2026, 7, 1)) is city
    assert in_force((new, city, old), date(2026, 6, 1)) is old
    assert in_force((old,), date(2025, 12, 1)) is None
