"""The rest of three years: yearly examinations of the old and of patients, visits for a cold, vaccinations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import Array, Chance, ages, chance_for, day, pick
from jinxiu.demo.contacts import HISTORY_DAYS, Contacts, not_on_sunday
from jinxiu.demo.patients import Patients
from jinxiu.demo.residents import Residents

ELDERLY = 65
# How likely somebody comes to this year's examination.
_COMES = {"steady": 0.84, "drifting": 0.7, "irregular": 0.45, "lost": 0.12, "unseen": 0.08, "new": 0.4, "ended": 0.25}
_COMES_WITHOUT_DISEASE = 0.68
_VISITS_A_YEAR = 0.3
_COMPLAINTS = ["上呼吸道感染", "腰痛", "膝关节痛", "胃部不适", "咳嗽", "头晕", "皮疹", "开药复诊"]
_VACCINES_OF_CHILDREN = ["乙肝疫苗", "脊灰疫苗", "百白破疫苗", "麻腮风疫苗", "乙脑减毒活疫苗", "A群流脑多糖疫苗"]
_FLU_VACCINE, _FLU_SHARE = "流感疫苗", 0.25


@dataclass(frozen=True)
class Exams:
    """One row a yearly examination; `person` indexes the residents (cm, kg, kg/m², mmHg, mmol/L)."""

    person: Array
    on: Array
    height: Array
    weight: Array
    bmi: Array
    waist: Array
    systolic: Array
    diastolic: Array
    fasting_glucose: Array


@dataclass(frozen=True)
class Happenings:
    """One row a visit or a vaccination that no standard here asks for; `about` says in words what it was."""

    person: Array
    on: Array
    kind: Array
    about: Array


def play_exams(residents: Residents, patients: Patients, contacts: Contacts, seed: int, today: dt.date) -> Exams:
    """Examinations of the last three years, mostly from March to October; values are near those of the contacts."""
    chance = chance_for(seed, "exams")
    comes = _readiness(chance, residents, patients)
    person, on = [], []
    for year in range(today.year - HISTORY_DAYS // 365, today.year + 1):
        who = np.flatnonzero(chance.random(len(residents)) < comes)
        when = _days_of_year(chance, year, len(who))
        invited = _is_invited(residents, patients, who, when) & _is_here(residents, who, when, today)
        person.append(who[invited])
        on.append(when[invited])
    usual = (
        _usual(chance, residents, patients, contacts, contacts.systolic, (126, 9)),
        _usual(chance, residents, patients, contacts, contacts.fasting_glucose, (5.3, 0.4)),
    )
    return _examine(chance, residents, usual, np.concatenate(person), np.concatenate(on))


def _readiness(chance: Chance, residents: Residents, patients: Patients) -> Array:
    """Each person's own chance to come; people keep their habits from year to year."""
    share = np.full(len(residents), _COMES_WITHOUT_DISEASE)
    share[patients.person] = np.select([patients.behaviour == name for name in _COMES], list(_COMES.values()))
    return chance.beta(4 * share, 4 * (1 - share))


def _days_of_year(chance: Chance, year: int, size: int) -> Array:
    season = 62 + 240 * chance.beta(1.5, 1.7, size)
    any_time = 365 * chance.random(size)
    number = np.where(chance.random(size) < 0.88, season, any_time).astype(int)
    return not_on_sunday(day(dt.date(year, 1, 3)) + np.minimum(number, 361).astype("timedelta64[D]"))


def _is_invited(residents: Residents, patients: Patients, who: Array, on: Array) -> Array:
    since = np.full(len(residents), day(dt.date(2199, 1, 1)))
    since[patients.person] = patients.enrolled_from
    return (since[who] < on) | (ages(residents.birth_date[who], on) >= ELDERLY)


def _is_here(residents: Residents, who: Array, on: Array, today: dt.date) -> Array:
    window = day(today) - np.timedelta64(HISTORY_DAYS, "D")
    gone_on = residents.gone_on[who]
    return (on >= window) & (on < day(today)) & (np.isnat(gone_on) | (on < gone_on))


def _usual(
    chance: Chance,
    residents: Residents,
    patients: Patients,
    contacts: Contacts,
    taken: Array,
    healthy: tuple[float, float],
) -> Array:
    """Each resident's usual value: the mean of what contacts found, else about what the healthy have."""
    usual = chance.normal(*healthy, len(residents))
    known = ~np.isnan(taken)
    times = np.bincount(contacts.patient[known], minlength=len(patients))
    total = np.bincount(contacts.patient[known], weights=taken[known], minlength=len(patients))
    seen = times > 0
    usual[patients.person[seen]] = total[seen] / times[seen]
    return usual


def _examine(chance: Chance, residents: Residents, usual: tuple[Array, Array], person: Array, on: Array) -> Exams:
    size, female = len(person), residents.sex[person] == "F"
    tall, heavy = _bodies(chance, residents)
    height = np.round(tall[person], 1)
    weight = np.round(np.clip(heavy[person] + chance.normal(0, 0.7, size), 15, 34) * (height / 100) ** 2, 1)
    bmi = np.round(weight / (height / 100) ** 2, 1)
    systolic = np.clip(np.round(usual[0][person] + chance.normal(0, 7, size)), 95, 176)
    diastolic = np.round(76 + 0.35 * (systolic - 130) + chance.normal(0, 5, size))
    glucose = usual[1][person] + chance.normal(0, 0.35, size)
    return Exams(
        person=person,
        on=on,
        height=height,
        weight=weight,
        bmi=bmi,
        waist=np.round(2.6 * bmi + np.where(female, 18, 23) + chance.normal(0, 3, size)),
        systolic=systolic,
        diastolic=np.minimum(np.clip(diastolic, 50, 108), systolic - 22),
        fasting_glucose=np.round(np.clip(glucose, 4.2, 16.0), 1),
    )


def _bodies(chance: Chance, residents: Residents) -> tuple[Array, Array]:
    """Height in cm and body mass index of each resident, so that later years fit earlier ones."""
    size, female = len(residents), residents.sex == "F"
    tall = np.where(female, 158, 169.5) + chance.normal(0, 5.5, size)
    return np.clip(tall, 140, 195), np.clip(chance.normal(24.4, 2.9, size), 16.5, 34)


def play_happenings(residents: Residents, seed: int, today: dt.date) -> Happenings:
    """Sparse visits and vaccinations of the last three years."""
    chance = chance_for(seed, "happenings")
    visits = _visits(chance, residents, today)
    flu = _flu_vaccinations(chance, residents, today)
    children = _vaccinations_of_children(chance, residents, today)
    person, on, kind, about = (np.concatenate(columns) for columns in zip(visits, flu, children, strict=True))
    here = _is_here(residents, person, on, today) & (on > residents.birth_date[person])
    return Happenings(person[here], on[here], kind[here], about[here])


_Rows = tuple[Array, Array, Array, Array]


def _visits(chance: Chance, residents: Residents, today: dt.date) -> _Rows:
    person = np.repeat(np.arange(len(residents)), chance.poisson(3 * _VISITS_A_YEAR, len(residents)))
    ago = chance.integers(1, HISTORY_DAYS, len(person)).astype("timedelta64[D]")
    about = pick(chance, _COMPLAINTS, len(person))
    return person, not_on_sunday(day(today) - ago), np.full(len(person), "visit", dtype=object), about


def _flu_vaccinations(chance: Chance, residents: Residents, today: dt.date) -> _Rows:
    person, on = [], []
    for year in range(today.year - HISTORY_DAYS // 365, today.year + 1):
        autumn = day(dt.date(year, 9, 20))
        old = ages(residents.birth_date, autumn) >= 60
        who = np.flatnonzero(old & (chance.random(len(residents)) < _FLU_SHARE))
        person.append(who)
        on.append(not_on_sunday(autumn + chance.integers(1, 70, len(who)).astype("timedelta64[D]")))
    who = np.concatenate(person)
    about = np.full(len(who), _FLU_VACCINE, dtype=object)
    return who, np.concatenate(on), np.full(len(who), "immunization", dtype=object), about


def _vaccinations_of_children(chance: Chance, residents: Residents, today: dt.date) -> _Rows:
    children = np.flatnonzero(ages(residents.birth_date, day(today)) < 7)
    person = np.repeat(children, len(_VACCINES_OF_CHILDREN))
    about = np.tile(np.array(_VACCINES_OF_CHILDREN, dtype=object), len(children))
    at_age = np.tile(np.array([30, 90, 120, 240, 250, 190]), len(children)) + chance.integers(0, 40, len(person))
    on = not_on_sunday(residents.birth_date[person] + at_age.astype("timedelta64[D]"))
    return person, on, np.full(len(person), "immunization", dtype=object), about
