"""A whole generated district: the same for the same size, seed and day. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

from jinxiu.demo.agreements import Agreements, play_agreements
from jinxiu.demo.chance import Array
from jinxiu.demo.contacts import FLAGS, Contacts, play_contacts
from jinxiu.demo.exams import Exams, Happenings, play_exams, play_happenings
from jinxiu.demo.patients import Patients, choose_patients
from jinxiu.demo.places import Ground, lay_ground
from jinxiu.demo.referrals import Story, tell_stories
from jinxiu.demo.residents import Households, Residents, settle

SMALLEST, LARGEST = 100, 1_000_000  # residents; below, not every status finds somebody; above, streets run out of codes

PROGRAMMES = ("hypertension", "diabetes")
_PRESSURES = ("systolic", "diastolic")
_TAKEN = {
    "hypertension": (*_PRESSURES, *FLAGS, "pulse"),
    "diabetes": (*_PRESSURES, "fasting_glucose", "random_glucose", *FLAGS),
}
_EXAMINED = ("height", "weight", "bmi", "waist", *_PRESSURES, "fasting_glucose")


@dataclass(frozen=True)
class Enrolments:
    """One row an enrolment; `person` indexes the residents."""

    person: Array
    kind: Array
    start_on: Array
    end_on: Array
    end_reason: Array
    value: Array  # the last day of an agreement; empty otherwise


@dataclass(frozen=True)
class Events:
    """One row an event, in the order of their days; `about` is what a visit or a vaccination was, in words, `referral`
    the referral that a step belongs to (−1: none)."""

    person: Array
    kind: Array
    happened_on: Array
    mode: Array
    about: Array
    referral: Array


@dataclass(frozen=True)
class Observations:
    """One row a value; `event` indexes the events. Rows stand in the order of their events."""

    event: Array
    person: Array
    code: Array
    happened_on: Array
    value: Array


@dataclass(frozen=True)
class District:
    """Everything that the demo loads."""

    today: dt.date
    ground: Ground
    households: Households
    residents: Residents
    enrolments: Enrolments
    events: Events
    observations: Observations
    referrals: list[Story]


def generate(residents: int, seed: int, today: dt.date) -> District:
    """Make the district of that many residents as it stands on the morning of `today`.

    Raises ValueError with a sentence when the number is out of reach.
    """
    if not SMALLEST <= residents <= LARGEST:
        raise ValueError(
            f"A district has {SMALLEST} to {LARGEST:,} residents, not {residents:,}; choose a number between."
        )
    ground = lay_ground(residents, seed)
    households, people = settle(ground, residents, seed, today)
    patients = choose_patients(people, seed, today)
    contacts = play_contacts(patients, seed, today)
    referrals = tell_stories(patients, contacts, seed, today)
    events, observations = _write_down(
        patients,
        contacts,
        play_exams(people, patients, contacts, seed, today),
        play_happenings(people, seed, today),
        referrals,
    )
    people = _signed_before_care(people, patients)
    enrolments = _enrolments(patients, play_agreements(people, seed, today))
    return District(today, ground, households, people, enrolments, events, observations, referrals)


def _signed_before_care(people: Residents, patients: Patients) -> Residents:
    """Whoever a team cares for has signed with it."""
    signed_on = people.signed_on.copy()
    signed_on[patients.person] = np.minimum(signed_on[patients.person], patients.enrolled_from)
    return replace(people, signed_on=signed_on)


def _enrolments(patients: Patients, signed: Agreements) -> Enrolments:
    parts = []
    for kind, since in (("hypertension", patients.hypertension_from), ("diabetes", patients.diabetes_from)):
        who = np.flatnonzero(~np.isnat(since))
        ended = patients.ended_on[who], patients.end_reason[who]
        parts.append((patients.person[who], _all(kind, who), since[who], *ended, _all("", who)))
    last_day = signed.last_on.astype(str).astype(object)
    kinds = _all("agreement", signed.person)
    parts.append((signed.person, kinds, signed.start_on, signed.end_on, signed.end_reason, last_day))
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)]
    order = np.lexsort((columns[0], columns[2]))
    return Enrolments(*(column[order] for column in columns))


_Sheet = tuple[Events, dict[str, Array]]  # events, and for each code one value (or NaN) an event


def _write_down(
    patients: Patients, contacts: Contacts, exams: Exams, others: Happenings, referrals: list[Story]
) -> tuple[Events, Observations]:
    """Turn what was played into events in the order of their days, and the values that hang on them."""
    sheets = [_followups(patients, contacts, programme) for programme in PROGRAMMES]
    sheets += [_exam_sheet(exams), _other_sheet(others), _referral_sheet(referrals)]
    events = Events(*(np.concatenate(parts) for parts in zip(*(_columns(sheet) for sheet, _ in sheets), strict=True)))
    order = np.lexsort((events.person, events.happened_on))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    observations = _observations(sheets, number)
    return Events(*(column[order] for column in vars(events).values())), observations


def _columns(events: Events) -> list[Array]:
    return list(vars(events).values())


def _followups(patients: Patients, contacts: Contacts, programme: str) -> _Sheet:
    """The contacts as records of one programme; somebody in both has one record in each, as on paper."""
    since = {"hypertension": patients.hypertension_from, "diabetes": patients.diabetes_from}
    rows = np.flatnonzero(since[programme][contacts.patient] <= contacts.on)
    who = contacts.patient[rows]
    values = {code: vars(contacts)[code][rows] for code in _TAKEN[programme]}
    # A reaction to a tablet is one programme's affair: hypertension's, but for half of those who are in both.
    in_both = ~np.isnat(since["hypertension"][who]) & ~np.isnat(since["diabetes"][who])
    elsewhere = in_both & ((who % 2 == 0) == (programme == "diabetes"))
    for flag in FLAGS:
        values[flag] = np.where(elsewhere, np.nan, values[flag])
    events = Events(
        person=patients.person[who],
        kind=_all(f"followup.{programme}", rows),
        happened_on=contacts.on[rows],
        mode=contacts.mode[rows],
        about=_all("", rows),
        referral=_none(rows),
    )
    return events, values


def _exam_sheet(exams: Exams) -> _Sheet:
    kind, mode, about = (_all(text, exams.on) for text in ("exam.annual", "clinic", ""))
    return Events(exams.person, kind, exams.on, mode, about, _none(kind)), {
        code: vars(exams)[code] for code in _EXAMINED
    }


def _other_sheet(others: Happenings) -> _Sheet:
    modes = _all("clinic", others.on)
    return Events(others.person, others.kind, others.on, modes, others.about, _none(modes)), {}


def _referral_sheet(referrals: list[Story]) -> _Sheet:
    rows = [(at, story.person, *event) for at, story in enumerate(referrals) for event in story.events()]
    number, person, kind, on, mode = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    events = Events(
        person=np.array(person, dtype=np.int64),
        kind=np.array(kind, dtype=object),
        happened_on=np.array(on, dtype="datetime64[D]"),
        mode=np.array(mode, dtype=object),
        about=np.full(len(rows), "", dtype=object),
        referral=np.array(number, dtype=np.int64),
    )
    return events, {}


def _none(rows: Array) -> Array:
    return np.full(len(rows), -1)


def _all(text: str, rows: Array) -> Array:
    return np.full(len(rows), text, dtype=object)


def _observations(sheets: list[_Sheet], number: Array) -> Observations:
    """One row for each value that was taken; `number` is each event's place in the final order."""
    event, person, code, on, value = [], [], [], [], []
    start = 0
    for events, values in sheets:
        for name, column in values.items():
            taken = np.flatnonzero(~np.isnan(column))
            event.append(number[start + taken])
            person.append(events.person[taken])
            code.append(_all(name, taken))
            on.append(events.happened_on[taken])
            value.append(column[taken])
        start += len(events.person)
    joined = [np.concatenate(parts) for parts in (event, person, code, on, value)]
    order = np.argsort(joined[0], kind="stable")
    return Observations(*(column[order] for column in joined))


def memberships(district: District) -> tuple[Array, Array, Array, Array]:
    """Who belongs to which team from when to when: (person, team, start_on, end_on), one row a period."""
    people = district.residents
    everybody = np.arange(len(people))
    moved = np.flatnonzero(people.former_team >= 0)
    start_on = np.where(people.former_team >= 0, people.changed_on, people.signed_on)
    before_change = people.changed_on[moved] - np.timedelta64(1, "D")
    return (
        np.concatenate([moved, everybody]),
        np.concatenate([people.former_team[moved], people.team]),
        np.concatenate([people.signed_on[moved], start_on]),
        np.concatenate([before_change, people.gone_on]),
    )
