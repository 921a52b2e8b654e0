"""Writing evidence: rows are added, a correction supersedes. Refreshing the worklist is the caller's next step.

`recorded_by` is the id of the staff member, None for what a machine brought; `today` is the business day. What comes
for a record that was merged into another is written for that other; a correction stays at the record that it corrects.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.evidence.codes import observation_code
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.people import clock
from jinxiu.people.matching.queries import lock_kept, records_of
from jinxiu.people.models import Person

EVENT_RECORDED = define("event.recorded", _("%(actor)s recorded %(kind)s of %(happened_on)s for %(person)s."))
EVENT_CORRECTED = define("event.corrected", _("%(actor)s corrected event %(old)s of %(person)s."))
EVENT_WITHDRAWN = define("event.withdrawn", _("%(actor)s withdrew event %(old)s of %(person)s: %(reason)s."))
ENROLLED = define("enrolment.begun", _("%(actor)s enrolled %(person)s in %(kind)s from %(start_on)s."))
ENROLMENT_ENDED = define("enrolment.ended", _("%(actor)s ended %(kind)s of %(person)s with %(end_on)s."))
ENROLMENT_REOPENED = define("enrolment.reopened", _("%(actor)s took the end of %(kind)s of %(person)s back."))

WITHDRAWN = "withdrawn"  # the kind of an event that says: the one it supersedes did not happen


class EvidenceError(ValueError):
    """Evidence that cannot be; `field` names what was wrong, the text is the sentence for the person who typed it."""

    def __init__(self, field: str, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@transaction.atomic
def append_event(
    *,
    person_id: int,
    kind: str,
    happened_on: date,
    mode: str,
    observations: Mapping[str, float],
    recorded_by: int | None,
    actor: Actor | None = None,
    today: date | None = None,
    at: datetime | None = None,
    setting: str = "",
    source_system: str = "",
    source_id: str | None = None,
    form_id: str = "",
    form_version: str = "",
    answers: Mapping[str, Any] | None = None,
    measured_on: Mapping[str, date] | None = None,
) -> Event:
    """Add an event with its observations (code to value, in the code's unit).

    `measured_on` has the day, by code, of those that were made on another day than the event's.
    Without `actor` no line is added to the trail: then this is a step of an action that adds its own.
    Raises EvidenceError for a day in the future, before birth or after death, an unknown code or an impossible value.
    """
    person = lock_kept(person_id)
    event = Event(
        person=person,
        kind=kind,
        happened_on=happened_on,
        mode=mode,
        at=at,
        setting=setting,
        form_id=form_id,
        form_version=form_version,
        answers=dict(answers or {}),
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        source_system=source_system,
        source_id=source_id,
    )
    _append(event, person, observations, today or clock.today(), measured_on)
    if actor is not None:
        detail = {"event": event.pk, "kind": kind, "happened_on": happened_on.isoformat()}
        audit.record(EVENT_RECORDED, actor=actor, person_id=person.pk, detail=detail)
    return event


@transaction.atomic
def correct_event(
    *,
    event_id: int,
    happened_on: date,
    mode: str,
    observations: Mapping[str, float],
    actor: Actor,
    recorded_by: int | None,
    today: date | None = None,
    answers: Mapping[str, Any] | None = None,
    reason: str = "",
    measured_on: Mapping[str, date] | None = None,
) -> Event:
    """Put a corrected event in the place of an old one, with all its observations and the reason; the old ones stay
    readable.

    Raises EvidenceError as append_event does, and when somebody else has corrected the event already.
    """
    old = Event.objects.get(pk=event_id)
    person = lock_kept(old.person_id)
    _refuse_superseded(old)
    new = Event(
        person_id=old.person_id,
        kind=old.kind,
        happened_on=happened_on,
        mode=mode,
        at=old.at,
        end_on=old.end_on,
        setting=old.setting,
        form_id=old.form_id,
        form_version=old.form_version,
        answers=dict(old.answers if answers is None else answers),
        reason=reason,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        source_system=old.source_system,
        source_id=old.source_id,
        supersedes=old,
    )
    _append(new, person, observations, today or clock.today(), measured_on)
    audit.record(EVENT_CORRECTED, actor=actor, person_id=person.pk, detail={"old": old.pk, "event": new.pk})
    return new


@transaction.atomic
def withdraw_event(*, event_id: int, reason: str, actor: Actor, recorded_by: int | None) -> Event:
    """Say that an event did not happen: its place is taken by one that no rule looks at, without observations.

    Raises EvidenceError when somebody else has corrected the event already.
    """
    old = Event.objects.get(pk=event_id)
    person = lock_kept(old.person_id)
    _refuse_superseded(old)
    new = Event.objects.create(
        person_id=old.person_id,
        kind=WITHDRAWN,
        happened_on=old.happened_on,
        mode=old.mode,
        answers={"reason": reason},
        reason=reason,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        source_system=old.source_system,
        source_id=old.source_id,
        supersedes=old,
    )
    audit.record(EVENT_WITHDRAWN, actor=actor, person_id=person.pk, detail={"old": old.pk, "reason": reason})
    return new


@transaction.atomic
def enrol(
    *,
    person_id: int,
    kind: str,
    start_on: date,
    actor: Actor,
    recorded_by: int | None,
    today: date | None = None,
    value: str = "",
) -> Enrolment:
    """Take a person into a programme from a day. Raises EvidenceError when the person is in it on that day already."""
    person = lock_kept(person_id)
    _refuse_impossible_day("start_on", start_on, person, today or clock.today())
    if any(one.end_on is None or one.end_on >= start_on for one in _current_enrolments(person.pk, kind)):
        raise EvidenceError("start_on", _("This person is already enrolled; end that enrolment first."))
    enrolment = Enrolment.objects.create(
        person=person,
        kind=kind,
        start_on=start_on,
        value=value,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
    )
    detail = {"enrolment": enrolment.pk, "kind": kind, "start_on": start_on.isoformat()}
    audit.record(ENROLLED, actor=actor, person_id=person.pk, detail=detail)
    return enrolment


@transaction.atomic
def end_enrolment(
    *, enrolment_id: int, end_on: date, end_reason: str, actor: Actor, recorded_by: int | None
) -> Enrolment:
    """End an enrolment with its last day inside: a new row that supersedes the running one.

    Raises EvidenceError when it ended before, or would end before it began.
    """
    old = Enrolment.objects.get(pk=enrolment_id)
    person = lock_kept(old.person_id)
    if old.end_on is not None or Enrolment.objects.filter(supersedes=old).exists():
        raise EvidenceError("end_on", _("This enrolment has ended or was corrected in the meantime; open it again."))
    if end_on < old.start_on:
        raise EvidenceError("end_on", _("An enrolment cannot end before it began; choose a later day."))
    new = Enrolment.objects.create(
        person_id=old.person_id,
        kind=old.kind,
        start_on=old.start_on,
        end_on=end_on,
        end_reason=end_reason,
        value=old.value,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        source_system=old.source_system,
        source_id=old.source_id,
        supersedes=old,
    )
    detail = {"enrolment": new.pk, "kind": old.kind, "end_on": end_on.isoformat(), "reason": end_reason}
    audit.record(ENROLMENT_ENDED, actor=actor, person_id=person.pk, detail=detail)
    return new


@transaction.atomic
def reopen_enrolment(*, enrolment_id: int, actor: Actor, recorded_by: int | None) -> Enrolment | None:
    """Take the end of an enrolment back that was recorded by mistake: a new row without an end supersedes it.

    None when the enrolment runs again already, or its end was corrected since.
    """
    ended = Enrolment.objects.get(pk=enrolment_id)
    person = lock_kept(ended.person_id)
    runs = any(one.end_on is None for one in _current_enrolments(person.pk, ended.kind))
    if runs or Enrolment.objects.filter(supersedes=ended).exists():
        return None
    new = Enrolment.objects.create(
        person_id=ended.person_id,
        kind=ended.kind,
        start_on=ended.start_on,
        value=ended.value,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        source_system=ended.source_system,
        source_id=ended.source_id,
        supersedes=ended,
    )
    detail = {"enrolment": new.pk, "kind": new.kind}
    audit.record(ENROLMENT_REOPENED, actor=actor, person_id=person.pk, detail=detail)
    return new


# --- steps ------------------------------------------------------------------------------------------------------------


def _append(
    event: Event,
    person: Person,
    observations: Mapping[str, float],
    today: date,
    measured_on: Mapping[str, date] | None = None,
) -> None:
    days = dict.fromkeys(observations, event.happened_on) | dict(measured_on or {})
    for day in {event.happened_on, *days.values()}:
        _refuse_impossible_day("happened_on", day, person, today)
    for code, value in observations.items():
        _refuse_impossible_value(code, value)
    event.save(force_insert=True)
    before = _observations_of(event.supersedes_id, event.person_id)
    Observation.objects.bulk_create(
        Observation(
            person_id=event.person_id,
            event=event,
            code=code,
            happened_on=days[code],
            value=value,
            recorded_by_id=event.recorded_by_id,
            recorded_at=event.recorded_at,
            source_system=event.source_system,
            supersedes_id=before.get(code),
        )
        for code, value in observations.items()
    )


def _observations_of(event_id: int | None, person_id: int) -> dict[str, int]:
    if event_id is None:
        return {}
    rows = Observation.objects.filter(person_id=person_id, event_id=event_id).order_by("pk")
    return dict(rows.values_list("code", "pk"))


def _current_enrolments(person_id: int, kind: str) -> list[Enrolment]:
    rows = list(Enrolment.objects.filter(person__in=records_of(person_id), kind=kind))
    replaced = {row.supersedes_id for row in rows}
    return [row for row in rows if row.pk not in replaced]


def _refuse_superseded(event: Event) -> None:
    if Event.objects.filter(supersedes=event, person_id=event.person_id).exists():
        raise EvidenceError("event", _("Somebody has corrected this record in the meantime; open it again."))
    if event.kind == WITHDRAWN:
        raise EvidenceError("event", _("This record was withdrawn; record a new one instead."))


def _refuse_impossible_day(field: str, day: date, person: Person, today: date) -> None:
    if day > today:
        raise EvidenceError(field, _("This day is in the future; choose today or an earlier day."))
    if person.birth_date is not None and day < person.birth_date:
        raise EvidenceError(field, _("This day is before the person was born; check the year."))
    if person.died_on is not None and day > person.died_on:
        raise EvidenceError(field, _("This day is after the person died; check the day."))


def _refuse_impossible_value(code: str, value: float) -> None:
    known = observation_code(code)
    if known is None:
        raise EvidenceError(code, _("The code “%(code)s” is not in the code list.") % {"code": code})
    if not known.is_possible(value):
        raise EvidenceError(
            code,
            _("%(value)s %(unit)s cannot be; allowed is %(low)s to %(high)s.")
            % {
                "value": value,
                "unit": known.unit,
                "low": _bound(known.hard_low, 0),
                "high": _bound(known.hard_high, 1),
            },
        )


def _bound(limit: float | None, of_flag: int) -> str:
    return f"{of_flag if limit is None else limit:g}"
