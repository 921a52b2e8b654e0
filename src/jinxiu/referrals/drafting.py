"""What a letter begins with: what is known of the person, and what the verdict says that asks for the referral.

What is under special shelter is known here only to a viewer who has opened it, and goes into a letter only when ticked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from jinxiu.evidence.facts import person_facts, row_id
from jinxiu.evidence.sheltered import sheltered, without
from jinxiu.referrals.queries import last_medicines
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import why
from jinxiu.standards.judge import running_enrolment
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Verdict, number_text
from jinxiu.worklists.standards import in_force

REFER = "refer"
CONDITION = "condition"  # what somebody has, as another system said it
READ_SINCE = 366  # days: older readings are no news to a hospital
MOST_READINGS = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """The last value of a code, with its day."""

    code: str
    value: float
    on: dt.date
    sheltered: bool

    def as_row(self) -> dict[str, Any]:
        """As it stands in a letter."""
        return {"code": self.code, "value": self.value, "on": self.on.isoformat()}


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme that the person is in."""

    kind: str
    start_on: dt.date
    sheltered: bool

    def as_row(self) -> dict[str, Any]:
        """As it stands in a letter."""
        return {"kind": self.kind, "start_on": self.start_on.isoformat()}


@dataclass(frozen=True, slots=True)
class Known:
    """What a letter can be filled with. `reason` and what belongs to it are empty without a verdict."""

    readings: tuple[Reading, ...]
    programmes: tuple[Programme, ...]
    history: str
    medicines: str
    reason: str = ""
    reason_code: str = ""
    standard: str = ""
    version: str = ""
    contact_id: int | None = None
    urgency: int = 0
    sheltered_reason: bool = False


def known_of(person_id: int, today: dt.date, *, event_id: int | None, opened: bool) -> Known:
    """What is known of a person; `event_id` is the contact whose verdict asks for the referral.

    `opened`: the viewer has opened what is under special shelter.
    """
    whole = person_facts(person_id)
    assert whole is not None  # the person came from `people.access`
    facts = whole if opened else without(whole)
    asked = _asked_by(facts, today, event_id) if event_id else {}
    return Known(
        readings=tuple(_readings(facts, today)),
        programmes=tuple(_programmes(facts, today)),
        history=gettext("; ").join(_conditions(facts, today)),
        medicines=last_medicines(person_id),
        **asked,
    )


def _readings(facts: PersonFacts, today: dt.date) -> list[Reading]:
    hidden = sheltered()
    kinds = {one.event_id: one.kind for one in facts.events}
    since = today - dt.timedelta(days=READ_SINCE)
    last: dict[str, Reading] = {}
    for one in sorted(facts.observations, key=lambda one: (one.happened_on, one.observation_id)):
        if one.value is None or not since <= one.happened_on <= today:
            continue
        under = one.code in hidden.observations or kinds.get(one.event_id or "") in hidden.events
        last[one.code] = Reading(one.code, one.value, one.happened_on, under)
    told = [one for one in last.values() if not (_is_flag(one.code) and not one.value)]
    return sorted(told, key=lambda one: one.on, reverse=True)[:MOST_READINGS]


def _is_flag(code: str) -> bool:
    known = installed().observations.get(code)
    return known is not None and known.is_flag


def _programmes(facts: PersonFacts, today: dt.date) -> Iterator[Programme]:
    kinds = dict.fromkeys(one.kind for one in facts.enrolments if one.kind != CONDITION)
    for kind in kinds:
        if running := running_enrolment(facts, kind, today):
            yield Programme(kind, running.start_on, kind in sheltered().enrolments)


def _conditions(facts: PersonFacts, today: dt.date) -> list[str]:
    """What other systems said that the person has, without the codes before the words."""
    rows = [one for one in facts.enrolments if one.kind == CONDITION and one.value]
    running = [one for one in rows if one.end_on is None or one.end_on >= today]
    words = (" ".join(part for part in (one.value or "").split() if "|" not in part) for one in running)
    return list(dict.fromkeys(one for one in words if one))


def _asked_by(facts: PersonFacts, today: dt.date, event_id: int) -> Mapping[str, Any]:
    """The verdict that asks for a referral because of this contact; empty where none does."""
    key, language = row_id("e", event_id), get_language() or ""
    for standard in in_force(today):
        for clause in why(standard, facts, today, language).clauses:
            if _asks(clause.verdict, key):
                said = gettext("%(sentence)s (rule version %(version)s)")
                return {
                    "reason": said % {"sentence": clause.sentence, "version": standard.version},
                    "reason_code": clause.verdict.reason_code,
                    "standard": standard.id,
                    "version": standard.version,
                    "contact_id": event_id,
                    "urgency": clause.verdict.urgency,
                    "sheltered_reason": sheltered().covers(standard),
                }
    return {}


def _asks(verdict: Verdict, key: str) -> bool:
    return verdict.action == REFER and key in verdict.facts_used and verdict.status in ("due", "overdue")


def reading_words(row: Mapping[str, Any]) -> tuple[str, str]:
    """Name and value of a letter's reading, in the reader's language."""
    known, language = installed().observations.get(row["code"]), get_language() or ""
    if known is None:
        return row["code"], number_text(row["value"])
    name = known.title.language(language)
    if known.is_flag:
        return name, gettext("yes") if row["value"] else gettext("no")
    return name, f"{number_text(row['value'])} {installed().name('units', known.unit, language)}".strip()


def programme_words(kind: str) -> str:
    """A programme's name in the reader's language."""
    return installed().name("enrolments", kind, get_language() or "")
