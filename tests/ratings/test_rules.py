"""When numbers may be shown: no two of them lead to the answers of fewer than five people."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from jinxiu.ratings import rules
from jinxiu.ratings.rules import FEW, Summary, Tally
from jinxiu.standards.days import months_after

JANUARY = date(2026, 1, 1)


def month(number: int, *who: int, points: tuple[int, ...] | None = None) -> Tally:
    """A month from January 2026 on in which these people gave five points each."""
    first = months_after(JANUARY, number)
    people = frozenset(who)
    return Tally(first, first, points or (0, 0, 0, 0, len(who)), people if len(people) < FEW else None)


def test_a_small_month_waits_for_the_next() -> None:
    shown = rules.batches([month(0, 1, 2), month(1, 3, 4), month(2, 5, 6), month(3, *range(9)), month(4, 1)])
    assert [(one.first.month, one.last.month, one.answers) for one in shown] == [(1, 3, 6), (4, 4, 9)]


def test_one_person_who_answers_often_is_one() -> None:
    assert not rules.batches([month(number, 1, 2, 3, 4) for number in range(12)])


def test_months_come_out_when_nothing_of_them_can_change() -> None:
    assert rules.first_open_month(date(2026, 12, 7)) == date(2026, 11, 1)
    assert rules.first_open_month(date(2026, 12, 8)) == date(2026, 12, 1)


def test_a_window_takes_whole_batches_only() -> None:
    shown = rules.batches([month(0, 1, 2), month(1, 3, 4, 5), month(2, *range(5))])
    inside = rules.within(shown, date(2026, 2, 1), date(2026, 3, 31))
    assert [one.first.month for one in inside] == [3]
    assert not rules.within(shown, JANUARY, date(2026, 2, 27))
    assert rules.window(date(2026, 11, 25)) == (date(2025, 11, 1), date(2026, 10, 31))


@given(st.lists(st.frozensets(st.integers(1, 9), max_size=9), max_size=18))
def test_what_was_shown_never_changes_and_holds_five_people_or_more(months: list[frozenset[int]]) -> None:
    tallies = [month(number, *people) for number, people in enumerate(months) if people]
    everything = rules.batches(tallies)
    for end in range(len(tallies) + 1):
        assert everything[: len(rules.batches(tallies[:end]))] == rules.batches(tallies[:end])
    for one in everything:
        covered = [who for number, who in enumerate(months) if one.first <= months_after(JANUARY, number) <= one.last]
        assert len(frozenset().union(*covered)) >= FEW


def test_a_summary_has_mean_and_share() -> None:
    both = rules.summary([month(0, *range(5), points=(1, 0, 0, 2, 2))]) + Summary((0, 0, 1, 0, 0))
    assert (both.answers, both.satisfied) == (6, 4)
    assert both.score is not None
    assert round(both.score, 2) == 3.67
    assert both.percent is not None
    assert round(both.percent, 1) == 66.7
    assert (Summary().answers, Summary().score, Summary().percent) == (0, None, None)
