"""Targets, weeks and periods of the manager's page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jinxiu.config.checks import check_targets
from jinxiu.familydoctor.managing import queries, rules

SHIPPED = Path(rules.__file__).parent.parent / "targets.yaml"
ONE = "- {year: 2030, all: 70, priority: 80.5, source: {zh: 市, en: city}}\n"


def test_the_shipped_targets_end_with_the_guideline() -> None:
    *_earlier, last = rules.read_targets(SHIPPED.read_text(encoding="utf-8"))
    assert (last.year, last.of(rules.ALL), last.of("elderly"), last.of(rules.PRIORITY)) == (2035, 75, 85, 85)
    assert "10号" in last.source.zh


def test_this_year_and_the_last_one_to_come_are_drawn() -> None:
    targets = rules.read_targets(ONE + ONE.replace("2030", "2035") + ONE.replace("2030", "2028"))
    assert [one.year for one in rules.targets_on(targets, date(2028, 5, 1))] == [2028, 2035]
    assert [one.year for one in rules.targets_on(targets, date(2029, 5, 1))] == [2035]
    assert [one.year for one in rules.targets_on(targets, date(2035, 5, 1))] == [2035]
    assert rules.targets_on(targets, date(2036, 1, 1)) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ONE + ONE, "same year"),
        (ONE.replace("70", "0"), "percentages"),
        (ONE.replace("70", "101"), "percentages"),
        (ONE.replace("70", "many"), "percentages"),
        (ONE.replace("all: 70, ", ""), "percentages"),
        (ONE.replace("source", "sauce"), "nothing else"),
        (ONE.replace("2030", "soon"), "the year of a target"),
        ("- 2030\n", "year, all, priority"),
        ("year: 2030\n", "a list"),
        ("- {year: 2030", "expected"),
        (ONE.replace("en: city", "en: ''"), "English"),
    ],
)
def test_a_target_that_is_none_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rules.read_targets(text)


def test_weeks_begin_today_and_end_with_the_last_day() -> None:
    found = list(rules.weeks(date(2026, 11, 25)))
    assert found[0] == (date(2026, 11, 25), date(2026, 12, 1))
    assert found[-1] == (date(2027, 1, 20), date(2027, 1, 24))
    assert sum((last - first).days + 1 for first, last in found) == 61, "today and sixty days"


def test_periods_end_today() -> None:
    today = date(2024, 2, 29)
    assert {name: rules.period(name, today)[0] for name in rules.PERIODS} == {
        "this_year": date(2024, 1, 1),
        "twelve_months": date(2023, 3, 1),
        "quarter": date(2023, 11, 30),
        "month": date(2024, 2, 1),
    }
    assert rules.period("nonsense", today) == (date(2024, 1, 1), today)


def test_three_numbers_side_by_side_are_small_when_one_of_them_is() -> None:
    assert not rules.figure([7, 0, 9]).is_small
    assert all(rules.figure(numbers).is_small for numbers in ([4], [9, 1], [9, 9, 4], [9, 3, 9], [1, 9, 9]))
    assert not rules.figure([]).is_small


def test_a_file_of_targets_that_is_none_is_told_at_the_start(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(ONE + ONE, encoding="utf-8")
    settings.JINXIU_TARGETS = file  # type: ignore[attr-defined]
    queries.targets.cache_clear()
    (told,) = check_targets(None)
    assert told.id == "jinxiu.E012"
    assert "same year" in told.msg
    file.write_text(ONE, encoding="utf-8")
    assert check_targets(None) == []
    queries.targets.cache_clear()
