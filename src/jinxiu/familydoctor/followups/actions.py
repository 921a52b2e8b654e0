"""Writing: a follow-up with everything that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Event
from jinxiu.evidence.questionnaires import Doubt, Questionnaire, Value, answers_as_json, measured_days, observations_of
from jinxiu.familydoctor.drafts import actions as drafts
from jinxiu.familydoctor.followups import queries, rules
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import lock_kept
from jinxiu.worklists.actions import refresh_person


@dataclass(frozen=True, slots=True)
class Recorded:
    """The events of one visit; `is_new` is False when the same form had been sent before."""

    event_ids: tuple[int, ...]
    is_new: bool


class AlreadyRecordedError(Exception):
    """This very form was saved before, with other answers; nothing has been changed."""

    def __init__(self, event_id: int) -> None:
        self.event_id = event_id
        super().__init__(f"the form became event {event_id}")


class OthersRecordedError(Exception):
    """Follow-ups that the form did not show, or of the same day; they ask whether this one is kept too."""

    def __init__(self, doubts: Sequence[Doubt]) -> None:
        self.doubts = tuple(doubts)
        super().__init__(", ".join(doubt.key for doubt in doubts))


@transaction.atomic
def record(
    *,
    viewer: Viewer,
    person_id: int,
    forms: Sequence[Questionnaire],
    values: Mapping[str, Value],
    token: str,
    seen: int,
    confirmed: Sequence[str] = (),
) -> Recorded:
    """Record one visit: events and observations, their lines in the trail, the due items that follow and the end of the
    draft, or nothing.

    `token` makes it once: the same form sent again returns what it became. `seen` is the newest follow-up that the form
    knew of; a newer one, or one of the same day, raises OthersRecordedError until its key stands in `confirmed`.
    """
    person_id = lock_kept(person_id).pk  # the record may have been merged since the form was opened
    before = queries.events_of_token(person_id, token)
    if before:
        return _same_visit(before, forms, values)
    happened_on = values["happened_on"]
    assert isinstance(happened_on, dt.date)
    others = queries.other_followups(person_id, [form.event for form in forms], seen, happened_on)
    if doubts := rules.unconfirmed(others, confirmed):
        raise OthersRecordedError(doubts)
    events = [_append(viewer, person_id, form, values, happened_on, token) for form in forms]
    drafts.end(person_id=person_id, token=token)
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
    return Recorded(tuple(event.pk for event in events), is_new=True)


def _same_visit(before: Sequence[Event], forms: Sequence[Questionnaire], values: Mapping[str, Value]) -> Recorded:
    """The form was sent twice: fine when nothing differs, else the second answers must not vanish unnoticed."""
    known = {event.form_id: event.answers for event in before}
    if known != {form.id: answers_as_json(form, values) for form in forms}:
        raise AlreadyRecordedError(before[0].pk)
    return Recorded(tuple(event.pk for event in before), is_new=False)


def _append(
    viewer: Viewer,
    person_id: int,
    form: Questionnaire,
    values: Mapping[str, Value],
    happened_on: dt.date,
    token: str,
) -> Event:
    return evidence.append_event(
        person_id=person_id,
        kind=form.event,
        happened_on=happened_on,
        mode=str(values["mode"]),
        observations=observations_of(form, values),
        measured_on=measured_days(form, values),
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
        today=viewer.today,
        source_system=queries.SOURCE,
        source_id=queries.source_id(token, person_id, form.id),
        form_id=form.id,
        form_version=form.version,
        answers=answers_as_json(form, values),
    )
