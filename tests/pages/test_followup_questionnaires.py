"""Form definitions are read with exact mistakes, and answers are taken with one kind of care."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.evidence.questionnaire_files import read_questionnaire
from jinxiu.evidence.questionnaires import (
    Questionnaire,
    answers_as_json,
    combine,
    measured_days,
    observations_of,
    take_answers,
)
from jinxiu.standards.positions import Mistake, StandardError

FORMS = Path(__file__).parents[2] / "src/jinxiu/familydoctor/forms"

LINK_IDS = {
    item.link_id
    for name in ("hypertension", "diabetes")
    for item in read_questionnaire(FORMS / f"{name}.yaml").questions()
}

SMALL = """\
id: small
version: "1"
event: followup.diabetes
title: {zh: 小表, en: Small form}
source: {zh: 无, en: None}
needs: [[weight]]
item:
  - linkId: weight
    type: decimal
    decimals: 1
    text: {zh: 体重, en: Weight}
    unit: kg
    minValue: 2
    maxValue: 300
    observation: weight
"""


@pytest.fixture(scope="module")
def hypertension() -> Questionnaire:
    return read_questionnaire(FORMS / "hypertension.yaml")


@pytest.fixture(scope="module")
def diabetes() -> Questionnaire:
    return read_questionnaire(FORMS / "diabetes.yaml")


def mistakes_of(path: Path) -> tuple[Mistake, ...]:
    """What is wrong with a definition; nothing when it can be read."""
    try:
        read_questionnaire(path)
    except StandardError as error:
        return tuple(error.mistakes)
    return ()


def mistakes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "form.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StandardError) as caught:
        read_questionnaire(path)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("found", "put", "line", "says"),
    [
        ("    unit: kg", "    untt: kg", 12, "(did you mean unit?)"),
        ("    type: decimal", "    type: decimel", 9, "did you mean decimal"),
        ("    minValue: 2", "    minValue: two", 13, "weight.minValue: found 'two'; allowed: a number"),
        ("    maxValue: 300", "    maxValue: 1", 8, "limits out of order"),
        ("needs: [[weight]]", "needs: [[wait]]", 6, "found 'wait'; allowed: weight"),
        ("    text: {zh: 体重, en: Weight}", "    text: {zh: 体重}", 11, "found no en"),
        ('version: "1"\n', "", 1, "found no version"),
        ("    unit: kg\n", "    unit: kg\n    unit: g\n", 13, "found unit a second time"),
        ("    type: decimal", "    type: choice", 8, "a choice without answerOption"),
        ("    observation: weight", "    observation: wieght", 15, "did you mean weight"),
        ("    observation: weight", "    observation: danger_sign", 15, "boolean for a flag"),
        ("id: small", "id: [", 3, "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, found: str, put: str, line: int, says: str) -> None:
    said = mistakes(tmp_path, SMALL.replace(found, put))
    assert any(text.startswith(f"form.yaml:{line}: ") and says in text for text in said), said


def test_a_second_question_of_the_same_name_is_refused(tmp_path: Path) -> None:
    twice = SMALL + SMALL[SMALL.index("  - linkId") :]
    assert mistakes(tmp_path, twice) == [
        "form.yaml:16: linkId: found weight a second time (first on line 8); allowed: each linkId once."
    ]


def test_a_condition_must_look_back(tmp_path: Path) -> None:
    forward = SMALL + '    enableWhen: [{question: later, operator: "=", answer: true}]\n'
    assert "found later; allowed: an earlier question" in mistakes(tmp_path, forward)[0]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "The file should hold keys" in mistakes(tmp_path, "")[0]


def test_answers_become_typed_values_and_observations(hypertension: Questionnaire) -> None:
    raw = {"happened_on": "2026-11-25", "mode": "home", "systolic": " 148", "diastolic": "92", "danger_sign": ""}
    answers = take_answers(hypertension, raw)
    assert answers.problems == ()
    assert answers.values["happened_on"] == dt.date(2026, 11, 25)
    assert observations_of(hypertension, answers.values) == {
        "systolic": 148,
        "diastolic": 92,
        "danger_sign": 0,
        "complication": 0,
        "adverse_reaction": 0,
    }
    assert answers_as_json(hypertension, answers.values)["happened_on"] == "2026-11-25"


def test_a_chinese_keyboard_writes_numbers_too(hypertension: Questionnaire) -> None:
    answers = take_answers(hypertension, {"happened_on": "2026-11-25", "mode": "clinic", "systolic": "１４８"})
    assert answers.values["systolic"] == 148


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("39", "out_of_range"),
        ("40", None),
        ("300", None),
        ("301", "out_of_range"),
        ("148.5", "not_whole"),
        ("1e2", "not_a_number"),
        ("nan", "not_a_number"),
        ("148 mmHg", "not_a_number"),
        ("1" * 30, "not_a_number"),
        ("-148", "out_of_range"),
    ],
)
def test_hard_limits_refuse(hypertension: Questionnaire, typed: str, code: str | None) -> None:
    answers = take_answers(hypertension, {"happened_on": "2026-11-25", "mode": "clinic", "systolic": typed})
    assert [problem.code for problem in answers.problems] == ([code] if code else [])


@pytest.mark.parametrize(
    ("typed", "codes"), [("80", []), ("79", ["unusually_low"]), ("220", []), ("221", ["unusually_high"])]
)
def test_unusual_values_ask_for_a_second_look(hypertension: Questionnaire, typed: str, codes: list[str]) -> None:
    answers = take_answers(hypertension, {"happened_on": "2026-11-25", "mode": "clinic", "systolic": typed})
    assert [doubt.code for doubt in answers.doubts] == codes
    assert all(doubt.key == f"systolic={typed}" for doubt in answers.doubts)


@pytest.mark.parametrize(("typed", "converted"), [("126", "7.0"), ("72", "4.0"), ("40.1", "2.2"), ("301", "16.7")])
def test_milligrams_are_recognised_and_never_converted_in_silence(
    diabetes: Questionnaire, typed: str, converted: str
) -> None:
    answers = take_answers(diabetes, {"happened_on": "2026-11-25", "mode": "clinic", "fasting_glucose": typed})
    (problem,) = answers.problems
    assert (problem.code, problem.args["converted"], problem.args["other"]) == ("other_unit", converted, "mg/dL")
    assert "fasting_glucose" not in answers.values


def test_forty_is_still_ours(diabetes: Questionnaire) -> None:
    answers = take_answers(diabetes, {"happened_on": "2026-11-25", "mode": "clinic", "fasting_glucose": "40"})
    assert answers.values["fasting_glucose"] == 40
    assert [doubt.code for doubt in answers.doubts] == ["unusually_high"]


def test_words_beside_an_unticked_flag_are_pointed_out(hypertension: Questionnaire) -> None:
    raw = {"happened_on": "2026-11-25", "mode": "clinic", "danger_sign_text": "severe headache"}
    (problem,) = take_answers(hypertension, raw).problems
    assert (problem.link_id, problem.code, problem.args["question"]) == (
        "danger_sign_text",
        "not_enabled",
        "danger_sign",
    )


def test_unknown_options_and_days_are_refused(hypertension: Questionnaire) -> None:
    answers = take_answers(hypertension, {"happened_on": "2026-02-30", "mode": "fax"})
    assert [(problem.link_id, problem.code) for problem in answers.problems] == [
        ("happened_on", "not_a_date"),
        ("mode", "not_an_option"),
    ]


def test_one_visit_for_both_asks_nothing_twice(hypertension: Questionnaire, diabetes: Questionnaire) -> None:
    both = combine([hypertension, diabetes])
    asked = [item.link_id for item in both.questions()]
    assert len(asked) == len(set(asked))
    assert {item.link_id for item in hypertension.questions()} | {item.link_id for item in diabetes.questions()} == set(
        asked
    )
    assert len(both.question("danger_sign").hints) == 2
    assert observations_of(diabetes, {"systolic": 148, "hypertension.complication": True}) == {"systolic": 148}


def test_forms_that_disagree_cannot_share_a_page(hypertension: Questionnaire, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        (FORMS / "diabetes.yaml")
        .read_text("utf-8")
        .replace("observation: systolic", "observation: systolic\n        maxValue: 310"),
        "utf-8",
    )
    with pytest.raises(ValueError, match="'systolic' differently"):
        combine([hypertension, read_questionnaire(other)])


@settings(max_examples=200, deadline=None)
@given(typed=st.dictionaries(st.sampled_from(sorted(LINK_IDS)), st.text(max_size=30)))
def test_whatever_is_typed_is_taken_or_refused_in_words(
    hypertension: Questionnaire, diabetes: Questionnaire, typed: dict[str, str]
) -> None:
    both = combine([hypertension, diabetes])
    answers = take_answers(both, typed)
    for problem in answers.problems:
        assert problem.link_id not in answers.values
    for value in observations_of(both, answers.values).values():
        assert math.isfinite(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.integers(0, 60),
    put=st.sampled_from(["", "x", "  x: 1", "- y", "id: [", "    type: group", "*a", "\t", "item:"]),
)
def test_a_damaged_definition_is_refused_with_lines_or_still_whole(tmp_path: Path, line: int, put: str) -> None:
    lines = (FORMS / "diabetes.yaml").read_text("utf-8").splitlines()
    lines[line] = put
    path = tmp_path / "damaged.yaml"
    path.write_text("\n".join(lines), "utf-8")
    assert all(mistake.line >= 1 and mistake.message for mistake in mistakes_of(path))


def test_a_combined_visit_offers_the_symptoms_of_both_and_each_form_keeps_its_own(
    hypertension: Questionnaire, diabetes: Questionnaire
) -> None:
    both = combine([hypertension, diabetes])
    offered = [option.code for option in both.question("symptoms").options]
    assert (offered[0], offered[-1], len(offered)) == ("none", "other", len(set(offered)))
    day = {"happened_on": "2026-11-25", "mode": "clinic"}
    values = take_answers(both, day | {"symptoms": "headache,polydipsia,oedema"}).values
    assert answers_as_json(hypertension, values)["symptoms"] == ["headache", "oedema"]
    assert answers_as_json(diabetes, values)["symptoms"] == ["polydipsia", "oedema"]
    only = take_answers(both, day | {"symptoms": "polydipsia"}).values
    assert "symptoms" not in answers_as_json(hypertension, only)
    (problem,) = take_answers(both, day | {"symptoms": "none,polydipsia"}).problems
    assert problem.code == "not_alone"


def test_nothing_that_stands_out_of_sight_is_required(hypertension: Questionnaire, diabetes: Questionnaire) -> None:
    for form in (hypertension, diabetes):
        closed = [item for group in form.items if group.collapsed for item in group.items]
        assert len(closed) > 30
        assert not any(item.required or item.initial is not None for item in closed)
        assert [item.link_id for item in form.questions() if item.required] == ["happened_on", "mode"]


def test_a_value_has_the_day_on_which_it_was_measured(diabetes: Questionnaire) -> None:
    raw = {"happened_on": "2026-11-25", "mode": "clinic", "hba1c": "7.2"}
    assert measured_days(diabetes, take_answers(diabetes, raw).values) == {}
    earlier = take_answers(diabetes, raw | {"hba1c_on": "2026-11-02"}).values
    assert measured_days(diabetes, earlier) == {"hba1c": dt.date(2026, 11, 2)}
    (problem,) = take_answers(diabetes, raw | {"hba1c_on": "2026-11-26"}).problems
    assert (problem.link_id, problem.code) == ("hba1c_on", "after_other")


@pytest.mark.parametrize(
    ("group", "says"),
    [
        ("collapsed: true, times: 1", "times"),
        ("times: 2, collapsed: maybe", "allowed: true or false"),
        ("times: 2, repeats: true", "repeats in a question of type group"),
    ],
)
def test_a_wrong_group_is_named(tmp_path: Path, group: str, says: str) -> None:
    assert any(says in text for text in mistakes(tmp_path, SMALL + a_group(group, "type: string")))


def a_group(keys: str, question: str) -> str:
    """The lines of one more group with one question in it."""
    inside = f"[{{linkId: a, {question}, text: {{zh: 甲, en: A}}}}]"
    return f"  - {{linkId: g, type: group, {keys}, text: {{zh: 组, en: G}}, item: {inside}}}\n"


def test_rows_hold_plain_questions_and_nothing_required_is_out_of_sight(tmp_path: Path) -> None:
    rows = a_group("times: 2", "type: decimal, observation: bmi")
    assert "an observation in a row; allowed: plain questions" in mistakes(tmp_path, SMALL + rows)[0]
    closed = a_group("collapsed: true", "type: date, required: true")
    assert "a required question out of sight" in mistakes(tmp_path, SMALL + closed)[0]
