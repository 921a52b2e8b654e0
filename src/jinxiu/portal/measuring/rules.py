"""What a value from home means and what is said to it at once. Pure, no Django.

Source: sections 4.2 and 4.3 of the project's reference page (triage of consultations, response times), with the danger
rows of 2.3 and 2.4 that 4.2 names. Its numbers are the same at every age and at home as in the clinic; only the target
of 2.3, which no call depends on, is another one from 65. Where 4.2 says nothing a value is green. The software
suggests; a clinician of the team looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from jinxiu.familydoctor.homevalues.kinds import (
    CONTACT_NOW,
    CONTACT_SOON,
    DIASTOLIC,
    FASTING,
    NOT_FASTING,
    SYSTOLIC,
)

VERSION = "4.2/2026.1"  # of these rules; each answer keeps the version by which it was given

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"
PRESSURE, GLUCOSE = "pressure", "glucose"

SYSTOLIC_DANGER, DIASTOLIC_DANGER = 180, 110  # mmHg, from
SYSTOLIC_HIGH, DIASTOLIC_HIGH = 160, 100  # mmHg, from
GLUCOSE_LOW_DANGER, GLUCOSE_HIGH_DANGER = 3.9, 16.7  # mmol/L, up to and from
GLUCOSE_HIGH = 13.9  # mmol/L, from
GLUCOSE_LOW = 4.5  # mmol/L, below; who takes insulin (4.2: 4.0 to 4.4)
SYSTOLIC_LOW, DIASTOLIC_LOW = 90, 60  # mmHg, below; this project's own: green, with other words
# Section 2.3: above normal is a danger to who is pregnant or breast-feeding. 2.4: so is a high glucose.
SYSTOLIC_NORMAL, DIASTOLIC_NORMAL, FASTING_NORMAL = 140, 90, 7.0  # below
SYSTOLIC_FROM_65 = 150  # mmHg, below

# What the value asks for, in the order in which it is read: section 4.2 and rows 1 of 2.3 and 2.4.
SYMPTOMS: Mapping[str, tuple[str, ...]] = {
    PRESSURE: ("chest", "stroke", "breath", "headache", "eyes", "vomiting", "heart", "confused"),
    GLUCOSE: ("confused", "sweating", "vomiting", "thirst", "belly", "breath", "chest", "fever"),
}
NONE = "none"  # the answer that none of them is there

OLDEST = timedelta(days=30)
AHEAD = timedelta(minutes=5)  # a phone's clock may be fast
FRESH = timedelta(hours=24)  # older, and the answer asks to measure again
A_DAY = 24  # values of one person that are taken in a day


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody knows beside the value; None: not answered. `symptoms` are words of SYMPTOMS, () for none of them.

    `expecting`: the person is pregnant or has a child at the breast, as far as the record knows. `is_65`: or older.
    """

    symptoms: tuple[str, ...] | None = None
    insulin: bool | None = None
    expecting: bool = False
    is_65: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How urgent a value is, what is still to be asked, and which of the words of `wording.DO` say what to do."""

    level: str
    asks: tuple[str, ...]  # "symptoms", "insulin"
    do: tuple[str, ...]


def answer_to(values: Mapping[str, float], told: Told) -> Answer:
    """Sort one measurement: a pressure (both values) or one glucose, by code. What was not answered counts as open: the
    value is taken for the graver of what it can be, and the question is asked."""
    return _pressure(values, told) if SYSTOLIC in values else _glucose(values, told)


def is_dangerous(values: Mapping[str, float]) -> bool:
    """Whether one of these values alone, of those that are there yet, is a danger: said before anything is saved."""
    return (
        values.get(SYSTOLIC, 0) >= SYSTOLIC_DANGER
        or values.get(DIASTOLIC, 0) >= DIASTOLIC_DANGER
        or any(not GLUCOSE_LOW_DANGER < values.get(code, 7) < GLUCOSE_HIGH_DANGER for code in (FASTING, NOT_FASTING))
    )


def kind_of(values: Mapping[str, float]) -> str:
    """Whether it is a pressure or a glucose."""
    return PRESSURE if SYSTOLIC in values or DIASTOLIC in values else GLUCOSE


def _pressure(values: Mapping[str, float], told: Told) -> Answer:
    high, low = values[SYSTOLIC], values[DIASTOLIC]
    if high >= SYSTOLIC_DANGER or low >= DIASTOLIC_DANGER:
        return _danger(told, "rest")
    if told.expecting and (high >= SYSTOLIC_NORMAL or low >= DIASTOLIC_NORMAL):
        return _danger(told, "expecting")
    if high >= SYSTOLIC_HIGH or low >= DIASTOLIC_HIGH:
        return Answer(YELLOW, (), ("high_pressure",))
    if high >= (SYSTOLIC_FROM_65 if told.is_65 else SYSTOLIC_NORMAL) or low >= DIASTOLIC_NORMAL:
        return Answer(GREEN, (), ("above_target",))
    return Answer(GREEN, (), ("low_pressure" if high < SYSTOLIC_LOW or low < DIASTOLIC_LOW else "usual",))


def _glucose(values: Mapping[str, float], told: Told) -> Answer:
    value = values.get(FASTING, values.get(NOT_FASTING, 0.0))
    if value <= GLUCOSE_LOW_DANGER:
        return _danger(told, "sugar")
    if value >= GLUCOSE_HIGH_DANGER:
        return _danger(told, "refer_today")
    if told.expecting and values.get(FASTING, 0.0) >= FASTING_NORMAL:
        return _danger(told, "expecting")
    if value < GLUCOSE_LOW and told.insulin is not False:
        return Answer(YELLOW, ("insulin",) if told.insulin is None else (), ("low_glucose",))
    if value >= GLUCOSE_HIGH:
        return Answer(YELLOW, (), ("high_glucose",))
    if values.get(FASTING, 0.0) >= FASTING_NORMAL:
        return Answer(GREEN, (), ("above_target",))
    return Answer(GREEN, (), ("usual",))


def _danger(told: Told, first: str) -> Answer:
    """Any symptom turns orange into red: then 120 and nothing that would delay it, but sugar, which takes a moment.
    Without an answer it is orange, and the symptoms are asked for."""
    if told.symptoms:
        return Answer(RED, (), ("call_120", "sugar_meanwhile") if first == "sugar" else ("call_120",))
    return Answer(ORANGE, ("symptoms",) if told.symptoms is None else (), (first,))


def contact_of(level: str) -> str:
    """The code that asks the team for a contact: now, soon; empty when nobody needs to call."""
    return {RED: CONTACT_NOW, ORANGE: CONTACT_NOW, YELLOW: CONTACT_SOON}.get(level, "")


def day_problem(at: datetime, now: datetime) -> str:
    """What is wrong with the time of a measurement: future, old; empty when nothing is."""
    if at > now + AHEAD:
        return "future"
    return "old" if at.date() < (now - OLDEST).date() else ""


def is_fresh(at: datetime, now: datetime) -> bool:
    """Whether a value still says how somebody is: measured within the last day."""
    return at >= now - FRESH
