"""Some dozens of referrals in every state, each told as a story that a contact with high pressure began.

Which story somebody has follows from how long ago that contact was, so that the days of the steps fit the evidence: a
letter of yesterday is on its way, one of last month has been answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from jinxiu.demo.chance import Array, Chance, chance_for, day
from jinxiu.demo.contacts import Contacts
from jinxiu.demo.patients import Patients

MOST = 60
_HIGH = 150  # mmHg at the contact that a letter speaks of
HOSPITALS = (
    ("汾河示范医院", "0351 9990001", ("心内科", "神经内科", "内分泌科")),
    ("双塔示范医院", "0351 9990002", ("心内科", "肾内科")),
    ("并州示范中医院", "0351 9990003", ("心病科", "脑病科")),
)
_DOCTORS = ("高主任", "郝医生", "任医生")

# (state, days after the contact, what is said); the last one is where the story stands.
_Told = tuple[str, int, str]
_SENT: _Told = ("sent", 0, "")
_ARRIVED: _Told = ("arrived", 2, "")
_TAKEN: _Told = ("taken", 10, "")
# By how many days ago the contact was, from – to.
STORIES: dict[tuple[int, int], tuple[tuple[_Told, ...], ...]] = {
    (1, 3): (
        (("draft", 0, ""),),
        (_SENT,),
        (_SENT, ("accepted", 0, "")),
        (_SENT, ("booked", 0, "上午 9 点，心内科门诊")),
    ),
    (5, 14): (
        (_SENT,),
        (_SENT, _ARRIVED),
        (_SENT, ("refused", 1, "近期无床位")),
        (_SENT, ("not_arrived", 4, "本人想先观察几天")),
        (_SENT, _ARRIVED, ("answered", 4, "")),
        (_SENT, ("booked", 1, "上午 9 点，心内科门诊"), ("arrived", 3, ""), ("returned", 4, "")),
    ),
    (20, 330): (
        (_SENT,),
        (_SENT, _ARRIVED),
        (_SENT, _ARRIVED, ("answered", 8, ""), _TAKEN, ("closed", 12, "")),
        (_SENT, _ARRIVED, ("returned", 9, ""), _TAKEN, ("followed_up", 14, ""), ("closed", 15, "")),
        (_SENT, _ARRIVED, ("returned", 9, ""), _TAKEN, ("followed_up", 13, "")),
        (_SENT, _ARRIVED, ("answered", 8, ""), _TAKEN),
        (_SENT, _ARRIVED, ("returned", 9, ""), ("declined", 10, "病情未稳定，建议继续住院")),
        (_SENT, ("refused", 1, "专科不符"), ("closed", 3, "已另转他院")),
        (_SENT, ("not_arrived", 5, "外出探亲"), ("closed", 15, "回来后血压已达标")),
        (("draft", 0, ""), ("cancelled", 1, "重复填写")),
        (("returned", 6, ""), _TAKEN, ("followed_up", 11, ""), ("closed", 12, "")),  # the hospital's own letter
        (("returned", 6, ""), _TAKEN),
    ),
}
_EVENTS = {
    "sent": "referral.sent",
    "arrived": "referral.arrived",
    "not_arrived": "referral.not_arrived",
    "returned": "referral.returned",
    "followed_up": "referral.followed_up",
}
_HERE = ("referral.sent", "referral.followed_up")


@dataclass(frozen=True)
class Step:
    """A state that a referral came into: on which day, and why."""

    state: str
    on: dt.date
    note: str


@dataclass(frozen=True)
class Story:
    """One referral; `person` indexes the residents, `contact_on` is the day of the contact that it speaks of."""

    person: int
    contact_on: dt.date
    systolic: int
    since: dt.date  # in the programme for hypertension
    hospital: int
    department: str
    doctor: str
    priority: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.steps[-1].state

    @property
    def is_down(self) -> bool:
        """A hospital's own letter began it."""
        return self.steps[0].state == "returned"

    @property
    def answered(self) -> Step | None:
        """The step with which the hospital wrote, if it has."""
        return next((step for step in self.steps if step.state in ("answered", "returned")), None)

    @property
    def result_kind(self) -> str:
        """The kind of event with which a taken answer stands in the record."""
        return "referral.returned" if self.is_down else "referral.result"

    @property
    def sent_on(self) -> dt.date | None:
        """The day of the letter, ours or the hospital's; None of a draft."""
        return self.day_of("returned") if self.is_down else self.day_of("sent")

    def day_of(self, state: str) -> dt.date | None:
        """The day on which it came into a state; None if it never did."""
        return next((step.on for step in self.steps if step.state == state), None)

    def events(self) -> Iterator[tuple[str, dt.date, str]]:
        """What the standards look at: kind, day, mode. What was withdrawn later is not among them."""
        states = {step.state for step in self.steps}
        for step in self.steps:
            kind = _EVENTS.get(step.state, "")
            if kind and not (step.state == "returned" and "declined" in states):
                yield kind, step.on, "clinic" if kind in _HERE else "online"
        answer = self.answered
        if answer and "taken" in states and not self.is_down:
            yield "referral.result", answer.on, "online"
        elif self.state == "closed" and answer is None:
            if "not_arrived" not in states:
                yield "referral.not_arrived", self.steps[-1].on, "online"
            yield "referral.result", self.steps[-1].on, "online"


# --- what is written --------------------------------------------------------------------------------------------------


def letter_of(story: Story) -> dict[str, Any]:
    """What a letter says, without who the person and the sender are."""
    place = {
        "hospital": HOSPITALS[story.hospital][0],
        "department": story.department,
        "doctor": "" if story.is_down else story.doctor,
    }
    if story.is_down:
        return {"place": place}
    return {
        "place": place,
        "reason": f"血压 {story.systolic} mmHg，控制不满意，请进一步诊治。",
        "condition": "随访血压高于控制目标，无特殊不适。",
        "impression": "原发性高血压",
        "treatment": "生活方式指导，规律服药。",
        "history": "",
        "allergies": "",
        "medicines": "氨氯地平 5mg 每日一次",
        "readings": [{"code": "systolic", "value": float(story.systolic), "on": story.contact_on.isoformat()}],
        "programmes": [{"kind": "hypertension", "start_on": story.since.isoformat()}],
    }


def answer_of(story: Story, step: Step) -> dict[str, Any]:
    """What a hospital writes: of a stay, when it sends the person back; else of a visit."""
    said = {
        "seen_on": step.on - dt.timedelta(days=1),
        "diagnosis": "高血压 3 级" if story.priority == "urgent" else "高血压 2 级",
        "plan": "调整降压药，两周后复查血压。",
        "medicines": "氨氯地平 5mg 每日一次\n缬沙坦 80mg 每日一次",
        "author": story.doctor,
        "title": "主任医师",
        "department": story.department,
    }
    if step.state == "answered":
        return said
    return said | {
        "seen_on": step.on - dt.timedelta(days=2),
        "returned_on": step.on,
        "case_number": f"SL-{story.contact_on:%y%m}-{story.person % 1000:03d}",
        "results": "心电图、肾功能未见明显异常。",
        "course": "住院监测血压，联合用药后平稳。",
        "rehabilitation": "低盐饮食，每日步行半小时，家庭自测血压。",
    }


def words_of_event(story: Story, kind: str) -> dict[str, str]:
    """What an event of a story says in the record, as `referrals.actions` keeps it: the answer that was taken."""
    step = story.answered
    if step is None or story.day_of("taken") is None or kind != story.result_kind:
        return {}
    said = answer_of(story, step)
    parts = (said["diagnosis"], said.get("course", ""), said["plan"], said.get("rehabilitation", ""))
    names = {f"medicine.{place}.name": name for place, name in enumerate(said["medicines"].splitlines(), start=1)}
    return {"note": " · ".join(part for part in parts if part), "drugs": said["medicines"], **names}


# --- the stories ------------------------------------------------------------------------------------------------------


def tell_stories(patients: Patients, contacts: Contacts, seed: int, today: dt.date) -> list[Story]:
    """The referrals of the district as it stands on the morning of `today`: one for a patient at most."""
    chance = chance_for(seed, "referrals")
    in_care = np.isnat(patients.ended_on) & ~np.isnat(patients.hypertension_from)
    high = (contacts.systolic >= _HIGH) & in_care[contacts.patient]
    high &= patients.hypertension_from[contacts.patient] <= contacts.on
    ago = (day(today) - contacts.on).astype(int)
    taken: set[int] = set()
    told: list[Story] = []
    for (least, most), stories in STORIES.items():
        rows = chance.permutation(np.flatnonzero(high & (ago >= least) & (ago <= most)))
        firsts = _once(rows, contacts.patient, taken, MOST // len(STORIES))
        for number, row in enumerate(firsts):
            told.append(_story(chance, patients, contacts, row, stories[number % len(stories)]))
    return sorted(told, key=lambda story: story.steps[0].on)


def _once(rows: Array, patient: Array, taken: set[int], most: int) -> list[int]:
    """The first row of each patient who has no story yet, of so many at most."""
    found: list[int] = []
    for row in rows:
        if len(found) < most and int(patient[row]) not in taken:
            taken.add(int(patient[row]))
            found.append(int(row))
    return found


def _story(chance: Chance, patients: Patients, contacts: Contacts, row: int, told: tuple[_Told, ...]) -> Story:
    who, on = contacts.patient[row], contacts.on[row].astype(object)
    hospital = int(chance.integers(len(HOSPITALS)))
    departments = HOSPITALS[hospital][2]
    drafted = (("draft", 0, ""),) if told[0] == _SENT else ()
    return Story(
        person=int(patients.person[who]),
        contact_on=on,
        systolic=int(contacts.systolic[row]),
        since=patients.hypertension_from[who].astype(object),
        hospital=hospital,
        department=departments[int(chance.integers(len(departments)))],
        doctor=_DOCTORS[hospital],
        priority="urgent" if contacts.systolic[row] >= 180 else "routine",
        steps=tuple(Step(state, on + dt.timedelta(days=after), note) for state, after, note in (*drafted, *told)),
    )
