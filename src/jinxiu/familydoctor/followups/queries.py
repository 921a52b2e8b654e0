"""What recording a follow-up reads: what is known of the person, others' records, confirmations.

Follow-ups under special shelter are left out, unless `sheltered` says that the viewer has opened them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import get_language, gettext

from jinxiu.evidence.models import Event
from jinxiu.evidence.questionnaires import Doubt, Questionnaire
from jinxiu.evidence.sheltered import open_events
from jinxiu.familydoctor.records.queries import current, staff_name, values_by_event, values_in_words
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import whose
from jinxiu.standards.codes import installed
from jinxiu.standards.judge import running_enrolment
from jinxiu.standards.model import EnrolledIn, Standard
from jinxiu.standards.person import Enrolment, Observation, PersonFacts
from jinxiu.standards.verdict import number_text
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.queries import PersonRow, worklist
from jinxiu.worklists.standards import in_force

SOURCE = "jinxiu.followup"
CONFIRMATIONS = "jinxiu.confirmation"
CONFIRMED_CLASS = "confirmed_class"
FOLLOWUPS = "followup."  # other systems record contacts for which there is no form here


def source_id(token: str, person_id: int, form_id: str) -> str:
    """Name the event that a form becomes: unique in the database, so that one form is recorded once."""
    return f"{token}/{person_id}/{form_id}"


def standard_for(form: Questionnaire, day: dt.date) -> Standard | None:
    """Return the standard in force whose contacts this form records, or None."""
    return next(
        (standard for standard in in_force(day) if standard.contact and form.event in standard.contact.events),
        None,
    )


def enrolment_for(form: Questionnaire, facts: PersonFacts, today: dt.date) -> Enrolment | None:
    """Return the running enrolment that this form's follow-ups belong to, or None."""
    standard = standard_for(form, today)
    if standard is None or not isinstance(standard.eligible, EnrolledIn):
        return None
    return running_enrolment(facts, standard.eligible.kind, today)


def newest(person_id: int, kinds: Iterable[str], *, sheltered: bool = False) -> int:
    """Return the id of the event of these kinds recorded last, 0 when there is none: what a form "has seen"."""
    events = Event.objects.filter(Q() if sheltered else open_events(), whose(person_id), kind__in=list(kinds))
    return events.aggregate(newest=Max("pk"))["newest"] or 0


def events_of_token(person_id: int, token: str) -> list[Event]:
    """Return the events that a form became, in the order they were written."""
    return list(
        Event.objects.filter(
            whose(person_id),
            source_system=SOURCE,
            source_id__startswith=f"{token}/",
            supersedes__isnull=True,
        ).order_by("pk")
    )


@dataclass(frozen=True, slots=True)
class Followup:
    """One recorded follow-up or other form with its measured values by code and its answers."""

    pk: int
    person_id: int
    kind: str
    happened_on: dt.date
    mode: str
    form_id: str
    answers: Mapping[str, Any]
    values: Mapping[str, float]


_SHOWN = ("pk", "person_id", "kind", "happened_on", "mode", "form_id", "answers")


def visit_of(person_id: int, event_id: int, kinds: Iterable[str], *, sheltered: bool = False) -> list[Followup]:
    """Return a follow-up, or an event of these kinds, with those of the same visit; empty when it is not there."""
    shown = Q() if sheltered else open_events()
    recorded = Q(kind__startswith=FOLLOWUPS) | Q(kind__in=list(kinds))
    rows = current(Event).filter(shown, recorded, whose(person_id))
    event = rows.filter(pk=event_id).first()
    if event is None:
        return []
    same_form = Q(pk=event_id)
    if event.source_system == SOURCE and event.source_id:
        token = event.source_id.partition("/")[0]
        same_form |= Q(source_system=SOURCE, source_id__startswith=f"{token}/{event.person_id}/")
    found = list(rows.filter(same_form).order_by("pk").values(*_SHOWN))
    values = values_by_event(row["pk"] for row in found)
    return [Followup(**row, values=values.get(row["pk"], {})) for row in found]


def other_followups(person_id: int, kinds: Sequence[str], seen: int, day: dt.date) -> list[Doubt]:
    """Ask about each follow-up of the same kinds that is newer than what the form showed, or of the same day."""
    rows = current(Event).filter(Q(pk__gt=seen) | Q(happened_on=day), whose(person_id), kind__in=kinds).order_by("pk")
    found = list(rows.values("pk", "kind", "happened_on", "recorded_by__name", "recorded_by__name_en"))
    values = values_by_event(row["pk"] for row in found)
    return [_other_doubt(row, values.get(row["pk"], {})) for row in found]


def _other_doubt(row: Mapping[str, Any], values: Mapping[str, float]) -> Doubt:
    kind = installed().name("events", row["kind"], get_language() or "")
    args = {
        "who": staff_name(row),
        "kind": kind,
        "found": day_text(row["happened_on"]),
        "reading": values_in_words(values) or kind,
    }
    return Doubt(f"event={row['pk']}", "happened_on", "other_record", args)


def last_values(page: Questionnaire, facts: PersonFacts, today: dt.date) -> dict[str, str]:
    """Return, by linkId, the last value of what a number asks for, in words: "142 · 12 November · clinic"."""
    modes = {event.event_id: event.mode for event in facts.events}
    last: dict[str, Observation] = {}
    for one in sorted(facts.observations, key=lambda one: (one.happened_on, one.observation_id)):
        if one.value is not None and one.happened_on <= today:
            last[one.code] = one
    return {
        item.link_id: _last_in_words(last[item.observation], modes, today)
        for item in page.questions()
        if item.type in ("integer", "decimal") and item.observation in last
    }


def _last_in_words(one: Observation, modes: Mapping[str, str | None], today: dt.date) -> str:
    mode = modes.get(one.event_id or "")
    place = installed().name("modes", mode, get_language() or "") if mode else ""
    parts = (number_text(one.value or 0), day_text(one.happened_on, today), place)
    return gettext("Last: %(value)s") % {"value": " · ".join(part for part in parts if part)}


def next_person(viewer: Viewer, after_person_id: int) -> PersonRow | None:
    """Return who stands first on the viewer's worklist, somebody else than the person just seen."""
    rows = worklist(viewer, limit=2).rows
    return next((row for row in rows if row.person_id != after_person_id), None)
