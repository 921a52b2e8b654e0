"""What only the whole record can tell: the day, the pair of pressures, whether anything was measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from jinxiu.evidence.questionnaire_files import read_questionnaire
from jinxiu.evidence.questionnaires import combine, take_answers
from jinxiu.familydoctor.followups import rules

FORMS = Path(__file__).parents[2] / "src/jinxiu/familydoctor/forms"
HYPERTENSION = read_questionnaire(FORMS / "hypertension.yaml")
DIABETES = read_questionnaire(FORMS / "diabetes.yaml")
CHEN = rules.Situation(
    today=dt.date(2026, 11, 25),
    birth_date=dt.date(1956, 3, 1),
    died_on=None,
    left_on=None,
    enrolled_on={"hypertension": dt.date(2024, 5, 6), "diabetes": dt.date(2025, 1, 2)},
)
GOOD = {"happened_on": "2026-11-25", "mode": "clinic", "systolic": "148", "diastolic": "92"}


def check(typed: dict[str, str], *forms: object, situation: rules.Situation = CHEN) -> rules.Answers:
    chosen = list(forms) or [HYPERTENSION]
    return rules.check_visit(chosen, take_answers(combine(chosen), GOOD | typed), situation)  # type: ignore[arg-type]


def codes(answers: rules.Answers) -> list[tuple[str, str]]:
    return [(problem.link_id, problem.code) for problem in answers.problems]


def test_a_plain_visit_is_accepted() -> None:
    answers = check({})
    assert (answers.problems, answers.doubts) == ((), ())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"happened_on": "2026-11-26"}, ("happened_on", "in_future")),
        ({"happened_on": "1955-01-01"}, ("happened_on", "before_birth")),
        ({"happened_on": "2024-05-05"}, ("happened_on", "before_enrolment")),
        ({"diastolic": "148"}, ("diastolic", "not_below_systolic")),
        ({"systolic": "92", "diastolic": "148"}, ("diastolic", "not_below_systolic")),
        ({"diastolic": ""}, ("diastolic", "pair_missing")),
        ({"systolic": ""}, ("systolic", "pair_missing")),
        ({"systolic": "400"}, ("systolic", "out_of_range")),
        ({"systolic": "", "diastolic": ""}, ("systolic", "nothing_measured")),
    ],
)
def test_what_is_refused_is_refused_once(typed: dict[str, str], expected: tuple[str, str]) -> None:
    assert codes(check(typed)) == [expected]


def test_a_pressure_alone_is_no_diabetes_follow_up_whatever_the_mode() -> None:
    for mode in ("clinic", "phone"):
        answers = check({"mode": mode, "systolic": "200", "diastolic": "120"}, DIABETES)
        assert codes(answers) == [("fasting_glucose", "only_pressure")]
    assert codes(check({"systolic": "200", "diastolic": "120", "danger_sign": "on"}, DIABETES)) == []


def test_the_first_day_inside_counts() -> None:
    assert codes(check({"happened_on": "2024-05-06"})) == []


def test_the_dead_and_the_moved_have_no_later_visits() -> None:
    assert codes(check({}, situation=replace(CHEN, died_on=dt.date(2026, 11, 24)))) == [("happened_on", "after_death")]
    assert codes(check({}, situation=replace(CHEN, left_on=dt.date(2026, 11, 24)))) == [
        ("happened_on", "after_leaving")
    ]


def test_a_visit_long_ago_is_asked_about() -> None:
    assert [doubt.code for doubt in check({"happened_on": "2026-09-26"}).doubts] == []
    assert [doubt.code for doubt in check({"happened_on": "2026-09-25"}).doubts] == ["long_ago"]


def test_a_flag_alone_is_worth_a_record() -> None:
    assert codes(check({"systolic": "", "diastolic": "", "danger_sign": "on"})) == []


def test_a_telephone_call_without_a_measurement_asks_first() -> None:
    answers = check({"systolic": "", "diastolic": "", "mode": "phone"})
    assert answers.problems == ()
    assert [doubt.key for doubt in answers.doubts] == ["nothing_measured"]
    assert rules.unconfirmed(answers.doubts, ["nothing_measured"]) == []


def test_a_confirmation_holds_for_one_value() -> None:
    doubts = check({"systolic": "230"}).doubts
    assert rules.unconfirmed(doubts, ["systolic=230"]) == []
    assert rules.unconfirmed(doubts, ["systolic=231"]) == list(doubts)


def test_a_combined_visit_keeps_the_forms_that_say_something() -> None:
    forms = [HYPERTENSION, DIABETES]
    only_pressure = check({}, *forms)
    assert [form.id for form in rules.forms_to_record(forms, only_pressure.values)] == ["hypertension"]
    both = check({"fasting_glucose": "6.9"}, *forms)
    assert [form.id for form in rules.forms_to_record(forms, both.values)] == ["hypertension", "diabetes"]
    danger = check({"danger_sign": "1"}, *forms)
    assert [form.id for form in rules.forms_to_record(forms, danger.values)] == ["hypertension", "diabetes"]


def test_a_combined_visit_is_not_before_either_enrolment() -> None:
    answers = check({"happened_on": "2024-12-31"}, HYPERTENSION, DIABETES)
    assert answers.problems[0].args["form"] == "diabetes"
