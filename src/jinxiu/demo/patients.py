"""Which residents are in care for hypertension or diabetes, since when, and what kind of patient each of them is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import NEVER, Array, Chance, ages, chance_for, day, days, pick
from jinxiu.demo.residents import Residents

YOUNGEST = 35  # the norm's programmes are for residents from 35 on
_AGE_STEPS = (35, 45, 55, 65, 75)
_HYPERTENSION = (0.0, 0.06, 0.17, 0.33, 0.48, 0.55)  # share below 35, from 35, from 45 …
_DIABETES = (0.0, 0.02, 0.06, 0.10, 0.12, 0.13)
_DIABETES_WITH_HYPERTENSION, _DIABETES_WITHOUT = 1.5, 0.75  # the two diseases keep company

# What kind of patient somebody is, with its share.
BEHAVIOURS = {
    "steady": 0.45,  # comes on time, mostly on target
    "drifting": 0.22,  # off target again and again: visits every two weeks, referrals
    "irregular": 0.14,  # comes when it suits
    "lost": 0.06,  # has not been seen for half a year to a year and a half
    "unseen": 0.05,  # enrolled, never came
    "new": 0.04,  # enrolled within the last two months
    "ended": 0.04,  # no longer in the programme: lost or refused
}
# Patients whose latest contacts are written by hand, so that every case stands on the list of the demo's day:
# one patient in so many, and at least so many.
FINALES = {
    "danger": (150, 2),
    "uncontrolled_twice": (70, 2),
    "reaction_persists": (300, 1),
    "first_reaction": (250, 1),
    "complication": (300, 1),
}


@dataclass(frozen=True)
class Patients:
    """One row for each resident in care; `person` indexes the residents, empty days are NaT."""

    person: Array
    age: Array  # on the demo's day
    hypertension_from: Array
    diabetes_from: Array
    ended_on: Array  # last day inside both programmes
    end_reason: Array
    behaviour: Array
    finale: Array  # a key of FINALES, or empty
    seen_until: Array  # no contact happens after this day

    def __len__(self) -> int:
        return len(self.person)

    @property
    def enrolled_from(self) -> Array:
        """The first day in either programme."""
        return np.fmin(self.hypertension_from, self.diabetes_from)

    def takes(self, *behaviours: str) -> Array:
        """True for the patients of these kinds."""
        return np.isin(self.behaviour, behaviours)


def choose_patients(residents: Residents, seed: int, today: dt.date) -> Patients:
    """Draw who is in care, so that shares rise with age as they do in life."""
    chance = chance_for(seed, "patients")
    has_hypertension, has_diabetes = _diseases(chance, ages(residents.birth_date, day(today)))
    person = np.flatnonzero(has_hypertension | has_diabetes)
    behaviour = _share_out(chance, BEHAVIOURS, len(person))
    since = _enrolment_days(chance, behaviour, residents.birth_date[person], today)
    since_other = np.minimum(since + days(0, 900, chance, len(person)), day(today) - days(90, 400, chance, len(person)))
    both = has_hypertension[person] & has_diabetes[person]
    glucose_later = chance.random(len(person)) < 0.7
    hypertension_from = np.where(both & ~glucose_later, np.maximum(since, since_other), since)
    diabetes_from = np.where(both & glucose_later, np.maximum(since, since_other), since)
    gone_on = residents.gone_on[person]
    ended_on, end_reason = _endings(chance, behaviour, gone_on, residents.died_on[person], since, today)
    stays = np.isnat(ended_on) | (ended_on > since)  # somebody who had left by then was never enrolled
    finale = _finales(chance, behaviour, np.isnat(ended_on), since, today)
    patients = Patients(
        person=person,
        age=ages(residents.birth_date[person], day(today)),
        hypertension_from=_within(hypertension_from, has_hypertension[person], ended_on),
        diabetes_from=_within(diabetes_from, has_diabetes[person], ended_on),
        ended_on=ended_on,
        end_reason=end_reason,
        behaviour=behaviour,
        finale=finale,
        seen_until=_last_days(chance, behaviour, finale, ended_on, today),
    )
    return _only(patients, stays & ~np.isnat(patients.enrolled_from))


def _diseases(chance: Chance, age: Array) -> tuple[Array, Array]:
    step = np.searchsorted(_AGE_STEPS, age, side="right")
    hypertension = chance.random(len(age)) < np.array(_HYPERTENSION)[step]
    company = np.where(hypertension, _DIABETES_WITH_HYPERTENSION, _DIABETES_WITHOUT)
    return hypertension, chance.random(len(age)) < np.array(_DIABETES)[step] * company


def _share_out(chance: Chance, shares: dict[str, float], size: int) -> Array:
    """Shares as exact as whole numbers allow, in random order: a small district has every kind too."""
    edges = np.cumsum(list(shares.values()))
    number = np.searchsorted(edges / edges[-1], (np.arange(size) + 0.5) / max(size, 1))
    return chance.permutation(np.array(list(shares))[number])


def _enrolment_days(chance: Chance, behaviour: Array, birth: Array, today: dt.date) -> Array:
    size = len(behaviour)
    ago = np.select(
        [behaviour == "new", behaviour == "unseen", behaviour == "lost"],
        [days(1, 60, chance, size), days(20, 700, chance, size), days(600, 2900, chance, size)],
        days(90, 2900, chance, size),
    )
    # Somebody of 36 cannot have been enrolled eight years ago.
    old_enough = birth + np.timedelta64(int(YOUNGEST * 365.25) + 1, "D") + days(0, 30, chance, size)
    return np.minimum(np.maximum(day(today) - ago, old_enough), day(today) - np.timedelta64(1, "D"))


def _endings(
    chance: Chance, behaviour: Array, gone_on: Array, died_on: Array, since: Array, today: dt.date
) -> tuple[Array, Array]:
    """The last day inside and the reason: death and moving away end every care; others are lost or refuse."""
    size = len(behaviour)
    ended_on = np.where(behaviour == "ended", day(today) - days(20, 900, chance, size), NEVER)
    ended_on = np.where(ended_on <= since, day(today) - np.timedelta64(5, "D"), ended_on)
    reason = np.where(behaviour == "ended", pick(chance, ["lost", "refused"], size, [2, 1]), "")
    gone_reason = np.where(np.isnat(died_on), "moved", "died")
    ended_on = np.where(np.isnat(gone_on), ended_on, np.fmin(gone_on, ended_on))
    return ended_on, np.where(np.isnat(gone_on) | (ended_on < gone_on), reason, gone_reason)


def _finales(chance: Chance, behaviour: Array, in_care: Array, since: Array, today: dt.date) -> Array:
    finale = np.full(len(behaviour), "", dtype=object)
    settled = in_care & np.isin(behaviour, ["steady", "drifting"]) & (day(today) - since > np.timedelta64(80, "D"))
    waiting = chance.permutation(np.flatnonzero(settled))
    for name, (one_in, at_least) in FINALES.items():
        chosen, waiting = np.split(waiting, [min(len(waiting), max(at_least, len(behaviour) // one_in))])
        finale[chosen] = name
    return finale


def _within(since: Array, has: Array, ended_on: Array) -> Array:
    """The day of enrolment of those who have the disease, had it not begun after all had ended."""
    return np.where(has & (np.isnat(ended_on) | (since <= ended_on)), since, NEVER)


def _last_days(chance: Chance, behaviour: Array, finale: Array, ended_on: Array, today: dt.date) -> Array:
    """The last day on which a contact can happen; yesterday for most, since the demo's day has only begun."""
    size = len(behaviour)
    last = np.full(size, day(today) - np.timedelta64(1, "D"))
    last = np.where(behaviour == "lost", day(today) - days(200, 560, chance, size), last)
    last = np.where(behaviour == "unseen", day(dt.date(1900, 1, 1)), last)
    last = np.where(finale != "", day(today) - np.timedelta64(40, "D"), last)
    before_end = np.where(behaviour == "ended", days(60, 400, chance, size), days(1, 20, chance, size))
    return np.where(np.isnat(ended_on), last, np.minimum(last, ended_on - before_end))


def _only(patients: Patients, wanted: Array) -> Patients:
    return Patients(**{name: column[wanted] for name, column in vars(patients).items()})
