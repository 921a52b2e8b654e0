"""A referral as pages and paper tell it: the letter, its steps and answers in words of the active language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.access import Viewer, may, reaches
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.models import Person
from jinxiu.people.roles import RECORD_FOLLOWUP, SEND_REFERRALS
from jinxiu.people.wording import about, told
from jinxiu.referrals import queries, rules, wording
from jinxiu.referrals.drafting import programme_words, reading_words
from jinxiu.referrals.models import Referral, ReferralAnswer, ReferralStep
from jinxiu.standards.codes import installed
from jinxiu.ui.templatetags.jinxiu import day_text

PARTS: dict[str, Promise] = {
    "reason": _("Why"),
    "condition": _("What was found"),
    "impression": _("First impression"),
    "treatment": _("Treatment so far"),
    "history": _("Earlier illnesses"),
    "allergies": _("Allergies"),
    "medicines": _("Medicines"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One referral in a list or on a card."""

    id: int
    person_id: int
    is_down: bool
    state: str | Promise
    is_ended: bool
    priority: str
    tone: str
    to: str
    since: dt.date
    late: str


def line_of(referral: Referral, today: dt.date) -> Line:
    """The referral as one line."""
    return Line(
        id=referral.pk,
        person_id=referral.person_id,
        is_down=referral.direction == rules.DOWN,
        state=wording.STATES[referral.state],
        is_ended=referral.state in rules.ENDED,
        priority=referral.get_priority_display() if referral.priority != rules.ROUTINE else "",
        tone=wording.TONES[referral.priority],
        to=wording.place_of(referral),
        since=referral.since.astimezone(SHANGHAI).date(),
        late=wording.late_words(referral, today),
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A person's referrals on the person page; `may_draft` offers a new one."""

    person_id: int
    lines: tuple[Line, ...]
    may_draft: bool


def card_of(viewer: Viewer, person_id: int) -> Card:
    """The card of a person whose record the viewer reads."""
    lines = tuple(line_of(one, viewer.today) for one in queries.referrals_of(viewer, person_id))
    return Card(person_id, lines, may(viewer, RECORD_FOLLOWUP) and reaches(viewer, person_id, RECORD_FOLLOWUP))


# --- the letter -------------------------------------------------------------------------------------------------------


def letter_rows(letter: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the letter says, part by part; empty parts are left out."""
    rows = [(str(label), letter.get(name, "")) for name, label in PARTS.items()]
    rows.append((gettext("Programmes"), gettext("; ").join(_programme(row) for row in letter.get("programmes", ()))))
    return [(label, words) for label, words in rows if words]


def letter_readings(letter: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and day of each reading of the letter."""
    rows = letter.get("readings", ())
    return [(*reading_words(row), _day(row["on"])) for row in rows]


def letter_from(letter: Mapping[str, Any]) -> str:
    """Who sends: centre, team, doctor and phone, as they stood when it was sent."""
    said = letter.get("from", {})
    names = (told(said.get(one, ""), said.get(f"{one}_en", "")) for one in ("centre", "team", "doctor"))
    return " · ".join(part for part in (*names, said.get("phone", "")) if part)


def letter_person(letter: Mapping[str, Any], today: dt.date) -> str:
    """Whose letter it is: name, age and sex. The birth date stands on no letter: the code's page asks for it."""
    said = letter["person"]
    born = dt.date.fromisoformat(said["birth_date"]) if said["birth_date"] else None
    return f"{said['name']} · {about(born, said['sex'], today)}"


def _programme(row: Mapping[str, Any]) -> str:
    since = gettext("since %(day)s") % {"day": _day(row["start_on"])}
    return f"{programme_words(row['kind'])} {since}"


def _day(text: str) -> str:
    return day_text(dt.date.fromisoformat(text))


# --- what became of it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A step in words: the state, of which day, who and when wrote it down, why."""

    state: str | Promise
    on: dt.date
    at: dt.datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in words."""

    id: int
    rows: tuple[tuple[str, str], ...]
    by: str
    at: dt.datetime
    channel: str
    is_taken: bool


def steps_of(referral: Referral) -> list[Step]:
    """The steps, the first one first."""
    rows = referral.steps.select_related("by").order_by("pk")
    return [_step(row) for row in rows]


def _step(row: ReferralStep) -> Step:
    at = row.at.astimezone(SHANGHAI)
    return Step(wording.STATES[row.state], row.on, at, wording.step_by(row), row.note)


def answers_of(referral: Referral) -> list[Answer]:
    """The answers, the newest first."""
    taken = queries.taken_answers(referral)
    rows = referral.answers.order_by("-pk")
    return [
        Answer(
            id=row.pk,
            rows=tuple(answer_rows(row)),
            by=wording.answer_by(row),
            at=row.at.astimezone(SHANGHAI),
            channel=row.get_channel_display(),
            is_taken=row.pk in taken,
        )
        for row in rows
    ]


def answer_rows(row: ReferralAnswer) -> list[tuple[str, str]]:
    """What an answer says, part by part."""
    rows = [
        (gettext("Case number"), row.case_number),
        (gettext("Seen on"), day_text(row.seen_on)),
        (gettext("Sent back to the health centre on"), day_text(row.returned_on) if row.returned_on else ""),
        (gettext("Diagnosis"), row.diagnosis),
        (gettext("Main results of examinations"), row.results),
        (gettext("Course of the treatment"), row.course),
        (gettext("Treatment and what comes next"), row.plan),
        (gettext("Guidance for rehabilitation"), row.rehabilitation),
        (gettext("Medicines"), row.medicines),
        (gettext("What the family doctor is asked to do"), row.wish),
    ]
    return [(label, words) for label, words in rows if words]


@dataclass(frozen=True, slots=True)
class Button:
    """A step that may be taken now; with `asks_words` a reason is asked, with `asks_day` the day, with `asks_booking`
    the day of an appointment, and of `modes` how it was done."""

    to: str
    label: str | Promise
    asks_words: bool
    asks_day: bool
    asks_booking: bool
    modes: tuple[tuple[str, str], ...]


def buttons_of(referral: Referral, who: str) -> list[Button]:
    """The steps that somebody may take now, those with a form of their own left out."""
    return [
        Button(
            to=to,
            label=wording.STEPS[to],
            asks_words=rules.needs_words(referral.state, to),
            asks_day=to in (rules.ARRIVED, rules.FOLLOWED),
            asks_booking=to == rules.BOOKED,
            modes=tuple((one, _mode(one)) for one in rules.MODES) if to == rules.FOLLOWED else (),
        )
        for to in rules.next_states(referral.state, who, referral.direction)
        if to in wording.STEPS
    ]


def _mode(code: str) -> str:
    return installed().name("modes", code, get_language() or "")


def may_write(referral: Referral, who: str) -> bool:
    """Tell whether somebody may write down now what the hospital says."""
    states = rules.next_states(referral.state, who, referral.direction)
    return rules.ANSWERED in states or rules.RETURNED in states


def role_of(viewer: Viewer, person: Person) -> str:
    """As whom the viewer brings this person's referrals on: as a doctor, as staff, or not at all (empty)."""
    if reaches(viewer, person.pk, SEND_REFERRALS):
        return rules.DOCTOR
    return rules.STAFF if reaches(viewer, person.pk, RECORD_FOLLOWUP) else ""
