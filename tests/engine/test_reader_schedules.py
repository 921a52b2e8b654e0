"""Mistakes in windows, answers, years from the start and conditions on people are told with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

import jinxiu.familydoctor
from jinxiu.standards.model import (
    AllOf,
    AnyOf,
    BelowAgeMonths,
    CountObservations,
    Everybody,
    MinAge,
    MinAgeMonths,
    NotIn,
    Offset,
    SexIs,
    Window,
)
from jinxiu.standards.positions import StandardError
from jinxiu.standards.reader import read_standard

FOLDER = Path(jinxiu.familydoctor.__file__).parent / "standards"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}

# Each: the standard, what is replaced, by what, what the message says.
BROKEN = [
    ("child", "below_age: 7", "below_age: 0", "a whole number from 1 to 130"),
    ("child", "below_age: 7", "below_age: {weeks: 3}", "years"),
    ("child", "below_age: 7", "below_age: {}", "one of years, months"),
    ("child", "below_age: 7", "sex: X", "F, M, U"),
    ("child", "{below_age: 7}", "{everybody: false}", "name a condition"),
    ("child", "{below_age: 7}", "{all: []}", "an empty list"),
    ("child", "{below_age: 7}", "{any: [{min_age: 3}, {sex: Q}]}", "F, M, U"),
    ("child", "{below_age: 7}", "{not: {enrolled_in: pregnancie}}", "did you mean pregnancy?"),
    ("child", "otherwise: birth", "otherwise: born", "birth, start, value"),
    ("child", "{latest: [discharge.newborn], otherwise: birth}", "latest", "latest: with a list of events"),
    ("child", "{latest: [discharge.newborn], otherwise: birth}", "{otherwise: birth}", "one of latest, first"),
    ("child", "{latest: [discharge.newborn]", "{latest: [discharge.newbron]", "did you mean discharge.newborn?"),
    ("child", "after: birth", "after: bith", "did you mean birth?"),
    ("child", "within: {days: 7}", "within: {}", "years, months, weeks, days, hours"),
    ("child", "within: {days: 7}", "within: {day: 7}", "did you mean days?"),
    ("child", "within: {days: 7}", "within: {days: 7.5}", "a whole number"),
    ("child", "within: {days: 7}", "within: {days: -1}", "opens ≤ due ≤ closes"),
    ("child", "closes: {days: 27}", "closes: {days: 6}", "opens ≤ due ≤ closes"),
    ("child", "closes: {months: 6, days: 28}", "closes: {months: 6, days: 30}", "after the one before it closes"),
    ("child", '"6m": {title', "6m: {title", "in quotes"),
    ("child", '"6m": {title', '"6 m": {title', "letters, digits"),
    ("child", "due: {months: 3}, closes: {months: 3, days: 30}", "", "due, closes or both"),
    ("child", "is: 1", "is: 2", "a whole number from 0 to 1"),
    ("child", "is: 1", "at_least: 1", "is: 0, is: 1"),
    ("child", "is: 1", "is: 1, below: 1", "one comparison"),
    ("child", "is: 1", "is: 1, modes: [home]", "modes for observations"),
    ("child", "{events: [referral.sent]}", "{contacts: [home]}", "events or observations"),
    ("child", "within_days: 14", "within_days: 14\n      closes_after_days: 13", "at least 14"),
    ("child", "{closes_on}截止，之后", "{closes}截止，之后", "did you mean closes_on?"),
    ("child", "最迟{due_on}。", "最迟{last_on}。", "{last_on}"),
    ("child", "visit: child", "visit: A child", "small letters"),
    ("child", "urgency: 2", "urgency: 4", "a whole number from 0 to 3"),
    ("maternal", "until: [delivery]", "until: [deliver]", "did you mean delivery?"),
    ("maternal", "opens: {weeks: 16}", "opens: {weeks: 12}", "after the one before it closes"),
    ("tb", "modes: [home]", "modes: [house]", "clinic, home, online, phone"),
    ("tb", "events: [visit.tb_first], modes: [home]", "events: [visit.tb_first], is: 1", "is for events"),
    ("agreement", "year: start", "year: begin", "calendar, start"),
    ("agreement", "year: start", "year: start\n      prorated: true", "whole years from the start"),
    ("mental", "{contacts: [clinic, home, phone]}", "{contacts: [clinic], modes: [home]}", "modes for contacts"),
]


@pytest.mark.parametrize(("name", "part", "wrong", "told"), BROKEN, ids=lambda value: value.strip()[:30] or "nothing")
def test_a_mistake_is_told_with_its_line(tmp_path, name, part, wrong, told):
    assert part in TEXTS[name]
    text = TEXTS[name].replace(part, wrong, 1)
    with pytest.raises(StandardError) as caught:
        read(tmp_path, text)
    assert any(told in mistake.message for mistake in caught.value.mistakes), str(caught.value)
    first = TEXTS[name][: TEXTS[name].index(part)].count("\n") + 1
    assert any(abs(mistake.line - first) <= 3 for mistake in caught.value.mistakes)


def test_times_are_read_as_months_and_days(tmp_path):
    text = TEXTS["child"].replace("within: {days: 7}", "within: {years: 0, months: 0, weeks: 1, days: 2, hours: 25}")
    (newborn, *_) = read(tmp_path, text).clauses
    assert isinstance(newborn, Window)
    assert newborn.cycles[0].due == Offset(0, 11)


def test_conditions_may_stand_in_each_other(tmp_path):
    wanted = "{all: [{min_age: {months: 6}}, {below_age: {months: 36}}, {not: {sex: U}}]}"
    standard = read(tmp_path, TEXTS["child"].replace("{below_age: 7}", wanted))
    assert standard.eligible == AllOf((MinAgeMonths(6), BelowAgeMonths(36), NotIn(SexIs("U"))))


def test_who_is_in_by_one_of_several_conditions_and_who_is_in_at_all(tmp_path):
    either = read(tmp_path, TEXTS["child"].replace("{below_age: 7}", "{any: [{sex: F}, {min_age: 65}]}"))
    assert either.eligible == AnyOf((SexIs("F"), MinAge(65)))
    assert read(tmp_path, TEXTS["child"].replace("{below_age: 7}", "{everybody: true}")).eligible == Everybody()


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{everybody: false}", "eligible.everybody: found 'false'; allowed: true; for others name a condition."),
        (
            "{any: [{sex: F}, {min_age: old}]}",
            "eligible.any.min_age: found 'old'; allowed: a whole number from 0 to 130.",
        ),
        ("{all: {sex: F}}", "eligible.all: found a group of keys; allowed: a list with at least one entry."),
        ("{all: [{sex: Q}, {sex: F}]}", "eligible.all.sex: found 'Q'; allowed: F, M, U."),
    ],
)
def test_a_mistake_in_a_condition_says_where_it_is_what_was_found_and_what_is_allowed(tmp_path, condition, told):
    with pytest.raises(StandardError) as caught:
        read(tmp_path, TEXTS["child"].replace("{below_age: 7}", condition))
    assert [mistake.message for mistake in caught.value.mistakes] == [told]


def test_a_count_may_ask_for_a_value(tmp_path):
    text = TEXTS["child"].replace("\nclauses:", "\nlimits: {low: {value: 110, unit: g/L}}\n\nclauses:", 1)
    text = text.replace("count: {observations: hemoglobin}", "count: {observations: hemoglobin, at_least: low}")
    counts = read(tmp_path, text).clause("hemoglobin").counts
    assert isinstance(counts, CountObservations)
    assert (counts.comparison, counts.limit.value) == ("at_least", 110)
    by_age = text.replace("unit: g/L}", "unit: g/L, from_age: {6: 120}}")
    with pytest.raises(StandardError, match="a limit without from_age"):
        read(tmp_path, by_age)


def read(directory: Path, text: str):
    path = directory / "standard.yaml"
    path.write_text(text, encoding="utf-8")
    return read_standard(path)
