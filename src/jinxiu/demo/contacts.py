"""Three years of follow-up contacts: how pressure and glucose go up and down, and when somebody comes next.

This is a play, not a rule: the numbers say how simulated staff and patients behave. What the norm says of the result is
for the standards to find out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import Array, Chance, chance_for, day, days, pick
from jinxiu.demo.patients import Patients

HISTORY_DAYS = 3 * 365
MOST_CONTACTS = 70  # of one patient in three years; the loop ends long before

# What staff hold against a reading, to decide whether somebody comes back in two weeks or in three months.
_SYSTOLIC_LIMIT, _SYSTOLIC_LIMIT_FROM_65, _DIASTOLIC_LIMIT, _GLUCOSE_LIMIT = 140, 150, 90, 7.0

# By kind of patient: (mean, spread) of the level at the start; rise between contacts; fall after a contact off target.
_SYSTOLIC = {"steady": (131, 7), "drifting": (148, 7), "irregular": (141, 9)}
_GLUCOSE = {"steady": (6.2, 0.45), "drifting": (7.8, 0.9), "irregular": (7.1, 0.9)}
_RISE = {"steady": 0.5, "drifting": 7.0, "irregular": 2.0}  # mmHg; a fifteenth of it in mmol/L
_FALL = {"steady": 8.0, "drifting": 4.0, "irregular": 3.0}
_ROUTINE_DAYS = {"steady": (78, 6), "drifting": (84, 10), "irregular": (140, 50)}  # mean, spread
_COMES_BACK_IN_TIME = {"steady": 0.96, "drifting": 0.84, "irregular": 0.45}  # within two weeks, when asked to
_LIKE = {"lost": "steady", "new": "steady", "unseen": "steady", "ended": "irregular"}
_WINTER = (4.0, 0.15)  # mmHg and mmol/L more in January, as much less in July
_PER_MMOL = 15.0

_NEW_REACTION, _REACTION_GOES_ON, _COMPLICATION, _DANGER_SIGN = 0.008, 0.25, 0.0015, 0.0008
FLAGS = ("adverse_reaction", "complication", "danger_sign")
_MODES = ["clinic", "home", "phone", "online"]


@dataclass(frozen=True)
class Contacts:
    """One row a contact; `patient` indexes the patients; values not taken are NaN (mmHg, mmol/L, /min, kg)."""

    patient: Array
    on: Array
    mode: Array
    systolic: Array
    diastolic: Array
    fasting_glucose: Array
    random_glucose: Array
    adverse_reaction: Array
    complication: Array
    danger_sign: Array
    pulse: Array


@dataclass
class _Course:
    """Where each patient stands between two contacts; changes from contact to contact."""

    kind: Array
    systolic: Array
    diastolic_offset: Array
    glucose: Array
    misses: Array
    reaction: Array
    next_on: Array


def play_contacts(patients: Patients, seed: int, today: dt.date) -> Contacts:
    """Let everybody come, be measured and come again, all patients at once, until the demo's day."""
    chance = chance_for(seed, "contacts")
    course = _begin(chance, patients, today)
    rounds: list[Contacts] = []
    for _ in range(MOST_CONTACTS):
        come = np.flatnonzero(course.next_on <= patients.seen_until)
        if not len(come):
            break
        contacts = _measure(chance, patients, course, come)
        rounds.append(contacts)
        _come_again(chance, patients, course, contacts)
    rounds += _finale_contacts(chance_for(seed, "finales"), patients, today)
    return _joined(rounds)


def _by_kind(table: Mapping[str, float], kind: Array) -> Array:
    return np.select([kind == name for name in table], list(table.values()))


def _begin(chance: Chance, patients: Patients, today: dt.date) -> _Course:
    size = len(patients)
    kind = patients.behaviour.astype(object)
    for name, like in _LIKE.items():
        kind = np.where(kind == name, like, kind)
    window = day(today) - np.timedelta64(HISTORY_DAYS, "D")
    first_within = np.where(kind == "irregular", days(6, 70, chance, size), days(3, 14, chance, size))
    since = patients.enrolled_from
    return _Course(
        kind=kind,
        systolic=_levels(chance, _SYSTOLIC, kind),
        diastolic_offset=chance.normal(0, 4.5, size) - 0.22 * (patients.age - 60),
        glucose=_levels(chance, _GLUCOSE, kind),
        misses=np.zeros(size, dtype=int),
        reaction=np.zeros(size, dtype=bool),
        next_on=np.where(since >= window, since + first_within, window + days(0, 90, chance, size)),
    )


def _levels(chance: Chance, table: Mapping[str, tuple[float, float]], kind: Array) -> Array:
    mean = _by_kind({name: pair[0] for name, pair in table.items()}, kind)
    return mean + _by_kind({name: pair[1] for name, pair in table.items()}, kind) * chance.normal(size=len(kind))


def winter(on: Array) -> Array:
    """1 in the middle of January, −1 in the middle of July."""
    day_of_year = (on - on.astype("datetime64[Y]").astype("datetime64[D]")).astype(int)
    return np.cos((day_of_year - 15) * 2 * np.pi / 365)


def not_on_sunday(on: Array) -> Array:
    """The Saturday before, for a Sunday: the centres are closed."""
    is_sunday = (on.astype(int) + 3) % 7 == 6  # day 0 of the calendar, 1 January 1970, was a Thursday
    return on - is_sunday.astype("timedelta64[D]")


def _measure(chance: Chance, patients: Patients, course: _Course, come: Array) -> Contacts:
    size, on = len(come), not_on_sunday(course.next_on[come])
    mode = _modes(chance, patients, course, come)
    apart = mode == "phone"
    pressure_told = ~apart | (chance.random(size) < 0.9)
    systolic = course.systolic[come] + _WINTER[0] * winter(on) + chance.normal(0, 5.5, size)
    diastolic = 79 + 0.38 * (systolic - 130) + course.diastolic_offset[come] + chance.normal(0, 3.5, size)
    systolic = np.clip(np.round(systolic), 92, 178)
    diastolic = np.minimum(np.clip(np.round(diastolic), 50, 108), systolic - 22)
    fasting, at_random = _glucose(chance, patients, course, come, on, apart)
    return Contacts(
        patient=come,
        on=on,
        mode=mode,
        systolic=np.where(pressure_told, systolic, np.nan),
        diastolic=np.where(pressure_told, diastolic, np.nan),
        fasting_glucose=fasting,
        random_glucose=at_random,
        adverse_reaction=_raised(chance, np.where(course.reaction[come], _REACTION_GOES_ON, _NEW_REACTION)),
        complication=_raised(chance, np.full(size, _COMPLICATION)),
        danger_sign=_raised(chance, np.full(size, _DANGER_SIGN)),
        pulse=np.where(~apart & (chance.random(size) < 0.5), np.round(chance.normal(74, 8, size)), np.nan),
    )


def _raised(chance: Chance, share: Array) -> Array:
    """A flag for so large a share of the rows; a flag that is not raised is not written down."""
    return np.where(chance.random(len(share)) < share, 1.0, np.nan)


def _modes(chance: Chance, patients: Patients, course: _Course, come: Array) -> Array:
    """The old are seen at home more often; a check after two weeks is often a call."""
    size = len(come)
    routine = np.where(
        course.kind[come] == "steady", *(pick(chance, _MODES, size, w) for w in ((80, 12, 7, 1), (66, 12, 20, 2)))
    )
    soon = pick(chance, _MODES, size, (56, 8, 35, 1))
    mode = np.where(course.misses[come] > 0, soon, routine)
    goes_out = (patients.age[come] >= 78) & (mode == "clinic") & (chance.random(size) < 0.4)
    return np.where(goes_out, "home", mode)


def _glucose(
    chance: Chance, patients: Patients, course: _Course, come: Array, on: Array, apart: Array
) -> tuple[Array, Array]:
    """Fasting glucose mostly; a random one from those who have had breakfast; sometimes none."""
    size = len(come)
    in_care = patients.diabetes_from[come] <= on
    value = course.glucose[come] + _WINTER[1] * winter(on) + chance.normal(0, 0.4, size)
    value = np.where(chance.random(size) < 0.002, chance.uniform(3.2, 3.9, size), np.clip(value, 4.2, 16.2))
    luck = chance.random(size)
    fasting = in_care & (luck < np.where(apart, 0.75, 0.92))
    after_meal = in_care & ~fasting & (luck < np.where(apart, 0.82, 0.98))
    random_value = np.minimum(value + chance.uniform(1, 4, size), 16.4)
    return np.where(fasting, np.round(value, 1), np.nan), np.where(after_meal, np.round(random_value, 1), np.nan)


def _come_again(chance: Chance, patients: Patients, course: _Course, seen: Contacts) -> None:
    """Treatment answers what was found, and the next contact is agreed: in two weeks or in three months."""
    who, size = seen.patient, len(seen.patient)
    kind = course.kind[who]
    high, sweet = _off_target(patients, seen)
    reacts = seen.adverse_reaction == 1
    off = high | sweet
    course.misses[who] = np.where(off, course.misses[who] + 1, 0)
    course.reaction[who] = reacts
    # From the second miss on the hospital helps, and that usually works.
    fall = _by_kind(_FALL, kind) * chance.gamma(2, 0.5, size) * np.where(course.misses[who] >= 2, 1.4, 1)
    rise = _by_kind(_RISE, kind) * chance.gamma(2, 0.5, size)
    course.systolic[who] = np.clip(course.systolic[who] + np.where(high, -fall, rise), 112, 168)
    course.glucose[who] = np.clip(course.glucose[who] + np.where(sweet, -fall, rise) / _PER_MMOL, 5.2, 13)
    soon = off | reacts | (seen.complication == 1) | (seen.danger_sign == 1)
    in_time = chance.random(size) < _by_kind(_COMES_BACK_IN_TIME, kind)
    within_two_weeks = np.where(in_time, days(9, 14, chance, size), days(16, 75, chance, size))
    course.next_on[who] = seen.on + np.where(soon, within_two_weeks, _routine_days(chance, kind))


def _routine_days(chance: Chance, kind: Array) -> Array:
    mean = _by_kind({name: pair[0] for name, pair in _ROUTINE_DAYS.items()}, kind)
    spread = _by_kind({name: pair[1] for name, pair in _ROUTINE_DAYS.items()}, kind)
    return np.clip(mean + spread * chance.normal(size=len(kind)), 40, 360).astype("timedelta64[D]")


def _off_target(patients: Patients, seen: Contacts) -> tuple[Array, Array]:
    who = seen.patient
    limit = np.where(patients.age[who] >= 65, _SYSTOLIC_LIMIT_FROM_65, _SYSTOLIC_LIMIT)
    high = (patients.hypertension_from[who] <= seen.on) & (
        (seen.systolic >= limit) | (seen.diastolic >= _DIASTOLIC_LIMIT)
    )
    return high, (patients.diabetes_from[who] <= seen.on) & (seen.fasting_glucose >= _GLUCOSE_LIMIT)


# --- the last scenes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """What a contact finds, from – to (mmHg, mmHg, mmol/L)."""

    systolic: tuple[int, int]
    diastolic: tuple[int, int]
    glucose: tuple[float, float]


@dataclass(frozen=True)
class _Scene:
    """One contact of a finale: so many days ago (from, to), what was found, and a flag if one was raised."""

    ago: tuple[int, int]
    found: _Found
    flag: str = ""
    mode: str = "clinic"


_CALM = _Found((122, 136), (70, 84), (5.6, 6.7))
_HIGH = _Found((152, 168), (92, 100), (7.6, 10.5))
_EXTREME = _Found((181, 198), (96, 114), (16.8, 21.5))
_SCENES = {
    "danger": [_Scene((1, 2), _EXTREME)],
    "uncontrolled_twice": [_Scene((15, 26), _HIGH), _Scene((1, 13), _HIGH)],
    "reaction_persists": [
        _Scene((16, 26), _CALM, flag="adverse_reaction"),
        _Scene((1, 12), _CALM, flag="adverse_reaction"),
    ],
    "first_reaction": [_Scene((1, 13), _CALM, flag="adverse_reaction", mode="phone")],
    "complication": [_Scene((1, 9), _CALM, flag="complication")],
}


def _finale_contacts(chance: Chance, patients: Patients, today: dt.date) -> list[Contacts]:
    played = []
    for name, scenes in _SCENES.items():
        who = np.flatnonzero(patients.finale == name)
        played += [_play(chance, patients, who, scene, today) for scene in scenes]
    return played


def _play(chance: Chance, patients: Patients, who: Array, scene: _Scene, today: dt.date) -> Contacts:
    size, on = len(who), day(today) - days(*scene.ago, chance, len(who))
    nothing = np.full(size, np.nan)
    raised = {flag: np.full(size, 1.0 if scene.flag == flag else np.nan) for flag in FLAGS}
    sugar = np.round(chance.uniform(*scene.found.glucose, size), 1)
    return Contacts(
        patient=who,
        on=on,
        mode=np.full(size, scene.mode, dtype=object),
        systolic=_whole_numbers(chance, scene.found.systolic, size),
        diastolic=_whole_numbers(chance, scene.found.diastolic, size),
        fasting_glucose=np.where(patients.diabetes_from[who] <= on, sugar, np.nan),
        random_glucose=nothing,
        pulse=nothing,
        **raised,
    )


def _whole_numbers(chance: Chance, reach: tuple[int, int], size: int) -> Array:
    return chance.integers(reach[0], reach[1] + 1, size).astype(float)


def _joined(rounds: list[Contacts]) -> Contacts:
    return Contacts(**{name: np.concatenate([vars(part)[name] for part in rounds]) for name in vars(rounds[0])})
