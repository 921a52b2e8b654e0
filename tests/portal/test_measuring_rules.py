"""A value from home is sorted by section 4.2: each boundary, and what is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jinxiu.people.clock import SHANGHAI
from jinxiu.portal.measuring import rules
from jinxiu.portal.measuring.rules import GREEN, ORANGE, RED, YELLOW, Told, answer_to

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=SHANGHAI)
WELL = Told(symptoms=(), insulin=False)


def pressure(systolic: float, diastolic: float, told: Told = WELL) -> rules.Answer:
    return answer_to({"home_systolic": systolic, "home_diastolic": diastolic}, told)


def glucose(value: float, told: Told = WELL, code: str = "home_random_glucose") -> rules.Answer:
    return answer_to({code: value}, told)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "level"),
    [
        (120, 80, GREEN),
        (159, 99, GREEN),
        (160, 80, YELLOW),
        (159, 100, YELLOW),
        (179, 109, YELLOW),
        (180, 80, ORANGE),
        (179, 110, ORANGE),
        (170, 110, ORANGE),  # 2.3: the lower value alone is enough
        (180, 100, ORANGE),
        (300, 200, ORANGE),
        (85, 50, GREEN),
    ],
)
def test_a_pressure_without_symptoms(systolic: float, diastolic: float, level: str) -> None:
    assert pressure(systolic, diastolic).level == level


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0.6, ORANGE),
        (3.9, ORANGE),
        (4.0, GREEN),  # 2.4: 4.0 is no danger
        (4.4, GREEN),
        (13.8, GREEN),
        (13.9, YELLOW),
        (16.6, YELLOW),  # 2.4: 16.6 is no danger
        (16.7, ORANGE),
        (40, ORANGE),
    ],
)
@pytest.mark.parametrize("code", ["home_fasting_glucose", "home_random_glucose"])
def test_a_glucose_without_symptoms_and_without_insulin(value: float, level: str, code: str) -> None:
    assert glucose(value, code=code).level == level


@pytest.mark.parametrize(("value", "level"), [(3.9, ORANGE), (4.0, YELLOW), (4.4, YELLOW), (4.5, GREEN)])
def test_with_insulin_a_low_glucose_is_looked_at_soon(value: float, level: str) -> None:
    assert glucose(value, Told(symptoms=(), insulin=True)).level == level


@pytest.mark.parametrize("symptom", rules.SYMPTOMS["pressure"])
def test_any_symptom_turns_a_dangerous_pressure_red(symptom: str) -> None:
    found = pressure(180, 80, Told(symptoms=(symptom,)))
    assert (found.level, found.asks, found.do) == (RED, (), ("call_120",)), "nobody rests and measures again first"


@pytest.mark.parametrize("symptom", rules.SYMPTOMS["glucose"])
@pytest.mark.parametrize("value", [3.9, 16.7])
def test_any_symptom_turns_a_dangerous_glucose_red(symptom: str, value: float) -> None:
    found = glucose(value, Told(symptoms=(symptom,)))
    assert (found.level, found.do) == (RED, ("call_120", "sugar_meanwhile") if value < 4 else ("call_120",))


@pytest.mark.parametrize(
    "found", [pressure(180, 80, Told()), pressure(120, 110, Told()), glucose(3.9, Told()), glucose(16.7, Told())]
)
def test_a_missing_answer_is_asked_for_and_waits_for_nothing(found: rules.Answer) -> None:
    assert (found.level, found.asks) == (ORANGE, ("symptoms",))
    assert rules.contact_of(found.level) == "home_contact_now"


@pytest.mark.parametrize(("value", "asks"), [(4.0, ("insulin",)), (4.4, ("insulin",)), (4.5, ()), (13.9, ())])
def test_insulin_is_asked_for_only_where_it_matters(value: float, asks: tuple[str, ...]) -> None:
    found = glucose(value, Told())
    assert found.asks == asks
    assert found.level == (YELLOW if asks or value == 13.9 else GREEN)


@pytest.mark.parametrize("found", [pressure(179, 109, Told()), glucose(4.5, Told()), glucose(16.6, Told())])
def test_below_the_danger_no_symptom_is_asked_for(found: rules.Answer) -> None:
    assert "symptoms" not in found.asks


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (pressure(139, 89, Told(expecting=True)), GREEN),
        (pressure(140, 80, Told(expecting=True)), ORANGE),
        (pressure(120, 90, Told(expecting=True)), ORANGE),
        (pressure(140, 80, Told(expecting=True, symptoms=("headache",))), RED),
        (glucose(6.9, Told(expecting=True), "home_fasting_glucose"), GREEN),
        (glucose(7.0, Told(expecting=True), "home_fasting_glucose"), ORANGE),
        (glucose(7.0, Told(expecting=True)), GREEN),
    ],
)
def test_for_who_expects_a_child_above_normal_is_a_danger(found: rules.Answer, level: str) -> None:
    assert found.level == level


@pytest.mark.parametrize(("systolic", "words"), [(149, "usual"), (150, "above_target")])
def test_from_65_the_target_is_another_one_and_the_calls_are_the_same(systolic: float, words: str) -> None:
    old = Told(symptoms=(), is_65=True)
    assert pressure(systolic, 80, old).do == (words,)
    assert pressure(120, 90, old).do == ("above_target",)
    assert [pressure(value, 80, old).level for value in (159, 160, 180)] == [GREEN, YELLOW, ORANGE]


@pytest.mark.parametrize(
    ("values", "danger"),
    [
        ({"home_systolic": 180}, True),
        ({"home_systolic": 179, "home_diastolic": 109}, False),
        ({"home_diastolic": 110}, True),
        ({"home_fasting_glucose": 3.9}, True),
        ({"home_random_glucose": 16.6}, False),
        ({"home_random_glucose": 16.7}, True),
        ({}, False),
    ],
)
def test_a_danger_is_seen_before_the_form_is_complete(values: dict[str, float], danger: bool) -> None:
    assert rules.is_dangerous(values) == danger


def test_what_to_do_first() -> None:
    assert pressure(186, 112).do == ("rest",)
    assert glucose(3.4).do == ("sugar",)
    assert glucose(18).do == ("refer_today",)
    assert pressure(150, 80).do == ("above_target",)
    assert pressure(120, 80).do == ("usual",)
    assert pressure(89, 60).do == pressure(90, 59).do == ("low_pressure",)
    assert glucose(7.0, code="home_fasting_glucose").do == ("above_target",)


def test_who_is_called() -> None:
    assert [rules.contact_of(level) for level in (RED, ORANGE, YELLOW, GREEN)] == [
        "home_contact_now",
        "home_contact_now",
        "home_contact_soon",
        "",
    ]


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        (NOW, ""),
        (NOW + timedelta(minutes=5), ""),
        (NOW + timedelta(minutes=6), "future"),
        (NOW - timedelta(days=30, hours=9), ""),
        (NOW - timedelta(days=30, hours=10), "old"),
    ],
)
def test_the_day_is_neither_ahead_nor_long_ago(at: datetime, problem: str) -> None:
    assert rules.day_problem(at, NOW) == problem


def test_a_value_of_yesterday_morning_is_not_fresh() -> None:
    assert rules.is_fresh(NOW - timedelta(hours=24), NOW)
    assert not rules.is_fresh(NOW - timedelta(hours=24, minutes=1), NOW)
