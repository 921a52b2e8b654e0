"""The pages of what a follow-up became: what is suggested and why, and a clinician's word on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from jinxiu.evidence.questionnaires import answers_from_json, in_words
from jinxiu.familydoctor.followups import actions, forms, queries
from jinxiu.familydoctor.followups.rules import URGENT
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import facts_of, head_of, values_in_words
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import (
    FOLLOW_UP,
    Viewer,
    person_for,
    person_to_care_for,
    reader_of,
    reads_sheltered,
    viewer_for,
)
from jinxiu.people.roles import SEE_RECORD
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import ClauseExplanation, Explanation
from jinxiu.standards.judge import judge
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Verdict
from jinxiu.worklists.standards import in_force


@dataclass(frozen=True, slots=True)
class Result:
    """One recorded follow-up: what was written down, what follows from it, and the suggestion to confirm."""

    event_id: int
    title: str
    on: dt.date
    mode: str
    values: str
    tone: str
    is_danger: bool
    sentence: str
    source: str
    facts: tuple[str, ...]
    note: str
    suggestion: cards.Suggestion | None
    rows: tuple[tuple[str, str], ...] = ()


def saved(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Show what a follow-up became: the class suggested and why, when the next contact is due, and who is next."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, FOLLOW_UP, SEE_RECORD)
    reader = reader_of(viewer, person)
    sheltered = reads_sheltered(viewer, person_id)
    events = queries.visit_of(person_id, event_id, _kinds(), sheltered=sheltered)
    if not events and (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if not events:
        raise Http404
    facts = facts_of(person_id, sheltered=sheltered)
    said = cards.explanations(facts, viewer.today)
    confirmed = queries.confirmations(event.pk for event in events)
    results = [_result(event, said, facts, reader, confirmed) for event in events]
    context = {
        "head": head_of(person, viewer.today),
        "results": results,
        "is_danger": any(result.is_danger for result in results),
        "not_recorded": _not_recorded(events, facts, viewer.today),
        "next": queries.next_person(viewer, person_id),
    }
    return render(request, "familydoctor/followup_saved.html", context)


def _kinds() -> list[str]:
    return [form.event for form in forms.every_form().values()]


def _result(
    event: queries.Followup,
    said: Sequence[Explanation],
    facts: PersonFacts,
    viewer: Viewer,
    confirmed: Mapping[int, queries.Confirmation],
) -> Result:
    language = get_language() or ""
    deciding = _deciding(event, said) or _kept_by(event, said)
    verdict = deciding[1].verdict if deciding else None
    tone = {3: "red", 2: "amber", 1: "amber"}.get(verdict.urgency, "jade") if verdict else "plain"
    return Result(
        event_id=event.pk,
        title=installed().name("events", event.kind, language),
        on=event.happened_on,
        mode=installed().name("modes", event.mode, language),
        values=values_in_words(event.values),
        tone=tone,
        is_danger=bool(verdict and verdict.urgency >= URGENT),
        sentence=deciding[1].sentence if deciding else "",
        source=cards.source_of(deciding[0].standard) if deciding else "",
        facts=cards.facts_in_words(deciding[1], facts, viewer.today) if deciding else (),
        note="" if deciding else _why_it_decides_nothing(event, said),
        suggestion=cards.suggestion_for(verdict, viewer, event.person_id, confirmed) if verdict else None,
        rows=_answers(event, language),
    )


def _answers(event: queries.Followup, language: str) -> tuple[tuple[str, str], ...]:
    """What was answered on a form of its own, in words; a follow-up shows what it measured instead."""
    form = forms.every_form().get(event.form_id)
    if form is None or form.id in forms.definitions():
        return ()
    values = answers_from_json(form, event.answers)
    asked = [
        item for item in form.questions() if item.link_id in values and item.link_id not in ("happened_on", "mode")
    ]
    asked.sort(key=lambda item: item.calculation is None)  # first what the answers come to
    return tuple((item.text.language(language), in_words(item, values[item.link_id], language)) for item in asked)


def _kept_by(event: queries.Followup, said: Sequence[Explanation]) -> tuple[Explanation, ClauseExplanation] | None:
    """The promise that this very event keeps, None when it keeps none."""
    for one in said:
        for clause in one.clauses:
            counted = cards.counted_events(one.standard, clause.verdict.clause)
            is_kept = clause.verdict.status == "kept" and event.kind in counted
            if is_kept and event.pk in cards.event_pks(clause.verdict):
                return one, clause
    return None


def _deciding(event: queries.Followup, said: Sequence[Explanation]) -> tuple[Explanation, ClauseExplanation] | None:
    """The verdict that this very contact decides, None when it does not count or a later one decides."""
    for one in said:
        for clause in one.clauses:
            if clause.verdict.classification and cards.event_pk(clause.verdict) == event.pk:
                return one, clause
    return None


def _why_it_decides_nothing(event: queries.Followup, said: Sequence[Explanation]) -> str:
    for one in said:
        contact = one.standard.contact
        if contact is None or event.kind not in contact.events:
            continue
        for clause in one.clauses:
            if not clause.verdict.classification and clause.verdict.reason_code != "never_seen":
                continue
            return gettext("This record does not change when the next contact is due. What holds: %(sentence)s") % {
                "sentence": clause.sentence
            }
    return gettext("This record is kept; no programme is running that looks at it.")


def _not_recorded(events: Sequence[queries.Followup], facts: PersonFacts, today: dt.date) -> list[str]:
    """Say which of the person's programmes this visit brought nothing for."""
    kinds = {event.kind for event in events}
    if kinds.isdisjoint(form.event for form in forms.definitions().values()):
        return []
    return [
        gettext("Not recorded: %(form)s. Nothing was measured or ticked for it; it stays due as it is.")
        % {"form": form.title.language(get_language() or "")}
        for form in forms.definitions().values()
        if form.event not in kinds and queries.enrolment_for(form, facts, today) is not None
    ]


# ── A clinician's word ─────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
def confirm(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Record that a doctor agrees with the class suggested for a contact."""
    viewer = viewer_for(request)
    person_to_care_for(viewer, person_id, FOLLOW_UP)
    if not cards.may_confirm(viewer):
        raise PermissionDenied
    facts = facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))
    verdict = _suggested(facts, viewer.today, event_id)
    if verdict is None or verdict.classification != request.POST.get("classification"):
        messages.warning(request, gettext("The suggestion has changed in the meantime; please look at it again."))
        return redirect("person", person_id)
    try:
        actions.confirm(
            viewer=viewer,
            person_id=person_id,
            event_id=event_id,
            classification=verdict.classification or "",
            standard=verdict.standard,
            version=verdict.version,
        )
    except actions.AlreadyConfirmedError:
        messages.info(request, gettext("A colleague has confirmed this already; nothing has been changed."))
    else:
        messages.success(request, gettext("Confirmed."))
    return redirect("person", person_id)


def _suggested(facts: PersonFacts, today: dt.date, event_id: int) -> Verdict | None:
    """The verdict that a contact decides today, None when it decides nothing any more."""
    for standard in in_force(today):
        for verdict in judge(standard, facts, today):
            if verdict.classification and cards.event_pk(verdict) == event_id:
                return verdict
    return None
