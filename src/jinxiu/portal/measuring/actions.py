"""Writes: a value is sent from home, and what was asked about it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.facts import person_facts
from jinxiu.evidence.models import Event, Observation
from jinxiu.familydoctor.homevalues import queries as waiting
from jinxiu.familydoctor.homevalues.kinds import ANSWERS, MEASURED, MEASUREMENT, SOURCE
from jinxiu.familydoctor.homevalues.queries import Sent
from jinxiu.familydoctor.records.queries import current
from jinxiu.people import clock
from jinxiu.people.matching.queries import lock_kept, whose
from jinxiu.people.models import Person
from jinxiu.portal.access import Visit
from jinxiu.portal.measuring import rules
from jinxiu.portal.measuring.rules import Answer, Told
from jinxiu.standards.judge import running_enrolment
from jinxiu.standards.person import age_on
from jinxiu.worklists.actions import refresh_person

SENT = define("home_value.sent", _("The resident %(actor)s sent a value from home for %(person)s."))
TOLD = define("home_value.told", _("The resident %(actor)s answered what was asked about a value of %(person)s."))

_ONLINE = "online"
_PREGNANCY = "pregnancy"


@dataclass(frozen=True, slots=True)
class Measured:
    """What somebody typed: values by code, when, and further words (arm, before or after a meal) as they are kept."""

    values: Mapping[str, float]
    at: datetime
    words: Mapping[str, str]


@transaction.atomic
def send(*, visit: Visit, measured: Measured, token: str, now: datetime) -> int:
    """Keep a value from home, and ask the team for a contact where it wants one. Returns the event's id; the same
    `token` again changes nothing and returns what it became.

    Raises EvidenceError for a time ahead or more than 30 days ago, an impossible value, or too many values in a day.
    """
    person = lock_kept(visit.person.pk)
    made = current(Event).filter(whose(person.pk), source_system=SOURCE, source_id=f"{token}/{person.pk}")
    if before := made.values_list("pk", flat=True).first():
        return before
    _refuse_time(measured.at, now)
    _refuse_too_many(person.pk, visit.today)
    told = Told(expecting=_expects(person.pk, visit.today), is_65=_is_65(person, measured.at.date()))
    found = rules.answer_to(measured.values, told)
    event = evidence.append_event(
        person_id=person.pk,
        kind=MEASUREMENT,
        happened_on=measured.at.date(),
        mode=_ONLINE,
        at=measured.at,
        recorded_by=None,
        today=visit.today,
        source_system=SOURCE,
        source_id=f"{token}/{person.pk}",
        answers={**measured.words, "by": _as_what(visit), "by_id": visit.resident.person.pk, **_kept(found, told)},
        **_observed(measured.values, _asked_for(person.pk, found, visit.today)),
    )
    audit.record(SENT, actor=visit.actor, person_id=person.pk, detail={"event": event.pk, "level": found.level})
    refresh_person(person_id=person.pk, today=visit.today, actor=visit.actor)
    return event.pk


@transaction.atomic
def tell(*, visit: Visit, event_id: int, symptoms: tuple[str, ...] | None, insulin: bool | None) -> int:
    """Keep the answers to what was asked about a value, in a version that takes its place, and sort it again. Returns
    that version's id; what was answered before stays as it was.
    """
    person = lock_kept(visit.person.pk)
    newest = waiting.newest_of(person.pk, event_id)
    one = waiting.sent_of(person.pk, newest)
    if one is None:
        return newest
    told = told_of(one, symptoms=symptoms, insulin=insulin)
    found = rules.answer_to(one.values, told)
    if told == told_of(one):
        return newest
    asked = _asked_before(newest) or _asked_for(person.pk, found, visit.today)
    event = evidence.correct_event(
        event_id=newest,
        happened_on=one.at.date(),
        mode=_ONLINE,
        actor=visit.actor,
        recorded_by=None,
        today=visit.today,
        answers={**one.answers, **_kept(found, told)},
        **_observed(
            _measured(one), {code: day for code, day in asked.items() if code == rules.contact_of(found.level)}
        ),
    )
    audit.record(TOLD, actor=visit.actor, person_id=person.pk, detail={"event": event.pk, "level": found.level})
    refresh_person(person_id=person.pk, today=visit.today, actor=visit.actor)
    return event.pk


# --- steps ------------------------------------------------------------------------------------------------------------


def told_of(one: Sent, *, symptoms: tuple[str, ...] | None = None, insulin: bool | None = None) -> Told:
    """What is known beside a value that was sent, with an answer that was not given before."""
    kept = one.answers
    return Told(
        symptoms=one.symptoms if one.symptoms is not None else symptoms,
        insulin=kept["insulin"] if kept.get("insulin") is not None else insulin,
        expecting=bool(kept.get("expecting")),
        is_65=bool(kept.get("is_65")),
    )


def _kept(found: Answer, told: Told) -> dict[str, Any]:
    """How a value was sorted, by which rules and answers, as it is kept with it."""
    return {
        "level": found.level,
        "rules": rules.VERSION,
        "symptoms": None if told.symptoms is None else [*told.symptoms],
        "insulin": told.insulin,
        "expecting": told.expecting,
        "is_65": told.is_65,
    }


def _observed(values: Mapping[str, float], asked: Mapping[str, date]) -> dict[str, Any]:
    """The observations of a value: what was measured on its own day, and what asks for a contact since it was sent."""
    return {"observations": {**values, **dict.fromkeys(asked, 1.0)}, "measured_on": asked}


def _measured(one: Sent) -> dict[str, float]:
    return {code: value for code, value in one.values.items() if code in MEASURED}


def _asked_for(person_id: int, found: Answer, today: date) -> dict[str, date]:
    """The code that asks the team for a contact, and since when; none while one of its kind waits already: who is told
    to measure again after a rest is called once."""
    code = rules.contact_of(found.level)
    waits = any(item.clause == code for item in waiting.open_of(person_id, today))
    return {code: today} if code and not waits else {}


def _asked_before(event_id: int) -> dict[str, date]:
    asked = Observation.objects.filter(event=event_id, code__in=ANSWERS)
    return dict(asked.values_list("code", "happened_on"))


def _as_what(visit: Visit) -> str:
    if visit.is_self:
        return "self"
    return "guardian" if visit.may_decide else "helper"


def _expects(person_id: int, today: date) -> bool:
    facts = person_facts(person_id)
    return facts is not None and running_enrolment(facts, _PREGNANCY, today) is not None


def _is_65(person: Person, day: date) -> bool:
    age = age_on(person.birth_date, day)
    return age is not None and age >= 65


def _refuse_time(at: datetime, now: datetime) -> None:
    problem = rules.day_problem(at, now)
    if problem == "future":
        raise EvidenceError("day", _("This time is still ahead; choose the day and the time of the measurement."))
    if problem:
        raise EvidenceError("day", _("This was more than 30 days ago; please measure again and send the new value."))


def _refuse_too_many(person_id: int, today: date) -> None:
    since = clock.start_of(today)
    made = Event.objects.filter(whose(person_id), source_system=SOURCE, recorded_at__gte=since, supersedes__isnull=True)
    if made.count() >= rules.A_DAY:
        raise EvidenceError(
            "__all__",
            _("Today %(count)s values were sent already. Please call your team; in an emergency call 120.")
            % {"count": rules.A_DAY},
        )
