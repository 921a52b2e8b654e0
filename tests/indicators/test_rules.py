"""What is too small to be shown, and that nothing which is shown gives it away."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from jinxiu.indicators.rules import Figure, hidden, months_to_store, read_month, total

FIGURES = st.builds(
    lambda numerator, other, unknown: Figure(numerator, numerator + other + unknown, numerator, other, unknown=unknown),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 3),
)


def of(numerator: int, other: int) -> Figure:
    return Figure(numerator, numerator + other, numerator, other)


def test_a_small_side_hides_the_figure_and_the_next_one_with_it() -> None:
    groups = {"a": of(30, 3), "b": of(20, 10), "c": of(50, 40)}
    assert hidden(groups) == {"a", "b"}, "else the total less b and c would say how many of a there are"


def test_zero_is_not_small_and_large_numbers_stay() -> None:
    assert hidden({"a": of(0, 30), "b": of(20, 10)}) == frozenset()


def test_the_total_goes_when_nothing_else_can() -> None:
    assert hidden({"a": of(30, 3), "b": of(1, 0)}) == {"a", "b", ""}
    assert hidden({"a": of(2, 1)}) == {"a", ""}


def test_of_whom_nothing_is_known_counts_on_the_other_side() -> None:
    assert Figure(30, 33, numerator=30, unknown=3).is_small


@given(st.dictionaries(st.sampled_from("abcdef"), FIGURES, max_size=6))
def test_no_sum_or_difference_of_what_is_shown_is_small(groups: dict[str, Figure]) -> None:
    out = hidden(groups)
    assert not any(figure.is_small for key, figure in groups.items() if key not in out)
    if "" not in out:
        assert not total(groups.values()).is_small
        left = total(groups[key] for key in out)
        assert not left.is_small, "the total less what is shown"


def test_the_month_before_is_worked_out_again_for_some_days() -> None:
    assert months_to_store(date(2026, 11, 25)) == (date(2026, 11, 1),)
    assert months_to_store(date(2026, 1, 10)) == (date(2025, 12, 1), date(2026, 1, 1))


def test_a_month_is_read_or_refused() -> None:
    today = date(2026, 11, 25)
    assert read_month("2026-03", today) == date(2026, 3, 1)
    assert [read_month(text, today) for text in ("", "2026-12", "2026-13", "x", "2026-1")] == [None] * 5
