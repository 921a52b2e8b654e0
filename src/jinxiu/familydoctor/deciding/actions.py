"""Writing: a clinician's word on what is suggested, and what somebody did at once about an urgent contact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Decision, Event, Observation, UrgentAnswer
from jinxiu.evidence.questionnaires import Questionnaire, Value, answers_as_json, measured_days, observations_of
from jinxiu.familydoctor.deciding import queries
from jinxiu.familydoctor.deciding.rules import Word
from jinxiu.familydoctor.followups.queries import CONFIRMATIONS, CONFIRMED_CLASS
from jinxiu.people import clock
from jinxiu.people.access import FOLLOW_UP, Viewer
from jinxiu.people.matching.queries import lock_kept
from jinxiu.standards.verdict import Verdict
from jinxiu.worklists.actions import refresh_person

CONFIRMED = define("followup.confirmed", _("%(actor)s confirmed the suggested class of a follow-up of %(person)s."))
DECIDED = define(
    "followup.decided", _("%(actor)s decided the class of a follow-up of %(person)s otherwise than suggested.")
)
ACTED = define("followup.acted", _("%(actor)s noted what was done at once about a follow-up of %(person)s."))


class AlreadyDecidedError(Exception):
    """The same was said of this contact already."""


class DecidedMeanwhileError(Exception):
    """Somebody said something else of this contact since the page was opened."""


@transaction.atomic
def decide(*, viewer: Viewer, person_id: int, event_id: int, word: Word, suggested: Verdict, seen: int | None) -> None:
    """Keep a clinician's word on a contact beside what was suggested, and bring what is due up to date with it.

    `suggested` is what the rule says without any decision; `seen` is the latest word that the page knew of (0: none;
    None: the page did not say). Raises AlreadyDecidedError, DecidedMeanwhileError.
    """
    person_id = lock_kept(person_id).pk
    contact = Event.objects.get(pk=event_id)
    before = queries.decisions([event_id]).get(event_id, [])
    days = (word.next_on - contact.happened_on).days if word.next_on else None
    same = before and (before[0].classification, before[0].days) == (word.classification, days)
    if same and before[0].still_rests_on(suggested):
        raise AlreadyDecidedError
    if seen is not None and seen != (before[0].id if before else 0):
        raise DecidedMeanwhileError
    said = Observation.objects.create(
        person_id=contact.person_id,
        event_id=event_id,
        code=CONFIRMED_CLASS,
        happened_on=viewer.today,
        text=word.classification,
        value=days,
        recorded_by_id=viewer.staff_id,
        recorded_at=clock.now(),
        source_system=CONFIRMATIONS,
        source_id=f"{event_id}/{len(before) + 1}",
    )
    Decision.objects.create(
        person_id=contact.person_id,
        observation=said,
        standard=suggested.standard,
        version=suggested.version,
        suggested=suggested.classification or "",
        reason_code=suggested.reason_code,
        reason_args=dict(suggested.reason_args),
        facts_used=list(suggested.facts_used),
        because=word.because,
        words=word.words.strip(),
    )
    is_other = word.classification != suggested.classification
    detail = {"event": event_id, "standard": suggested.standard, "version": suggested.version}
    if is_other:
        detail |= {"suggested": suggested.classification or "", "decided": word.classification, "because": word.because}
    action = DECIDED if is_other else CONFIRMED
    audit.record(action, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail=detail)
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)


@transaction.atomic
def act(*, viewer: Viewer, person_id: int, event_id: int, done: Sequence[str], words: str) -> None:
    """Keep what somebody did at once about a contact; a later answer stands beside the earlier ones."""
    person_id = lock_kept(person_id).pk
    contact = Event.objects.get(pk=event_id)
    UrgentAnswer.objects.create(
        person_id=contact.person_id,
        contact=contact,
        done=list(done),
        words=words.strip(),
        recorded_by_id=viewer.staff_id,
        recorded_at=clock.now(),
    )
    detail = {"event": event_id, "done": ", ".join(done)}
    audit.record(ACTED, actor=viewer.actor, person_id=person_id, purpose=FOLLOW_UP, detail=detail)


@transaction.atomic
def correct(
    *, viewer: Viewer, person_id: int, event_id: int, form: Questionnaire, values: Mapping[str, Value], reason: str
) -> int:
    """Put a corrected version in the place of a recorded form, and bring what is due up to date; its id is returned.

    Raises EvidenceError when somebody has corrected or withdrawn it since.
    """
    person_id = lock_kept(person_id).pk
    happened_on = values["happened_on"]
    assert isinstance(happened_on, dt.date)
    new = evidence.correct_event(
        event_id=event_id,
        happened_on=happened_on,
        mode=str(values["mode"]),
        observations=observations_of(form, values),
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
        today=viewer.today,
        answers=answers_as_json(form, values),
        reason=reason,
        measured_on=measured_days(form, values),
    )
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
    return new.pk


@transaction.atomic
def withdraw(*, viewer: Viewer, person_id: int, event_id: int, reason: str) -> None:
    """Say that a recorded form did not happen, and bring what is due up to date.

    Raises EvidenceError when somebody has corrected or withdrawn it since.
    """
    person_id = lock_kept(person_id).pk
    evidence.withdraw_event(event_id=event_id, reason=reason, actor=viewer.actor, recorded_by=viewer.staff_id)
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
