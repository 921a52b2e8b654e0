"""The forms of pregnancy, severe mental disorder and tuberculosis: what they compute, repeat, and refuse."""

from __future__ import annotations

import pytest
from tests.pages.test_record_forms import least

from jinxiu.evidence.questionnaires import Answers, take_answers
from jinxiu.familydoctor.followups.forms import every_form


def taken(form_id: str, **typed: str) -> Answers:
    """What a form makes of the fewest answers and these."""
    form = every_form()[form_id]
    sent = {name.replace("__", "."): words for name, words in typed.items()}
    return take_answers(form, least(form) | sent, {"sex": "F", "age.years": 30, "age.months": 360})


@pytest.mark.parametrize("form_id", ["mental", "tb_first", "tb_followup"])
def test_medicines_repeat_from_the_top(form_id: str) -> None:
    several = {"medicine__1__name": "利培酮", "medicine__1__times_a_day": "2", "medicine__2__name": "异烟肼"}
    answers = taken(form_id, **several)
    assert not answers.problems
    assert answers.values["medicine.2.name"] == "异烟肼"
    (problem,) = taken(form_id, medicine__2__name="异烟肼").problems
    assert (problem.link_id, problem.code) == ("medicine.2.name", "not_enabled")


def test_the_last_discharge_is_asked_of_who_was_in_hospital() -> None:
    assert taken("mental", hospital="2", discharged_on="2026-11-25").values["hospital"] == "2"
    assert [one.code for one in taken("mental", hospital="2", discharged_on="2026-11-26").problems] == ["after_other"]
    assert [one.code for one in taken("mental", hospital="0", discharged_on="2026-11-01").problems] == ["not_enabled"]
