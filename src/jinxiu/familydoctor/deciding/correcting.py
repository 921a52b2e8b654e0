"""The pages on which a recorded form is put right or withdrawn, and the one that shows all its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.questionnaires import Answers, Questionnaire, Value, answers_from_json, take_answers
from jinxiu.familydoctor.deciding import actions, queries, shown
from jinxiu.familydoctor.deciding.forms import WithdrawForm
from jinxiu.familydoctor.deciding.rules import LONGEST_WORDS, as_typed
from jinxiu.familydoctor.followups import forms, rules
from jinxiu.familydoctor.followups import queries as followups
from jinxiu.familydoctor.records.queries import facts_of, head_of
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import FOLLOW_UP, Viewer, person_for, person_to_care_for, reads_sheltered, viewer_for
from jinxiu.people.roles import SEE_RECORD
from jinxiu.standards.person import PersonFacts


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Show a recorded form as it was filled in, and keep what it says otherwise as a new version."""
    viewer = viewer_for(request)
    person_to_care_for(viewer, person_id, FOLLOW_UP)
    event = _event(request, viewer, person_id, event_id)
    if isinstance(event, HttpResponse):
        return event
    form = forms.every_form().get(event.form_id)
    if form is None or form.event != event.kind:
        messages.warning(request, gettext("This record came from elsewhere; it is corrected where it was made."))
        return redirect("followup", person_id, event_id)
    facts = facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))
    if request.method == "POST":
        return _take(request, viewer, facts, event, form)
    raw = as_typed(answers_from_json(form, event.answers))
    return _show(request, viewer, facts, event, form, raw)


def _event(request: HttpRequest, viewer: Viewer, person_id: int, event_id: int) -> followups.Followup | HttpResponse:
    """The record as it holds today; where it is not there any more, the way to what took its place."""
    sheltered = reads_sheltered(viewer, person_id)
    kinds = [form.event for form in forms.every_form().values()]
    found = [e for e in followups.visit_of(person_id, event_id, kinds, sheltered=sheltered) if e.pk == event_id]
    if found:
        return found[0]
    if (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if queries.versions(person_id, event_id, sheltered=sheltered):
        return redirect("followup-versions", person_id, event_id)
    raise Http404


def _take(
    request: HttpRequest, viewer: Viewer, facts: PersonFacts, event: followups.Followup, form: Questionnaire
) -> HttpResponse:
    raw = {item.link_id: ",".join(request.POST.getlist(item.link_id)) for item in form.questions()}
    known = _known(raw, facts, viewer.today)
    answers = rules.check_visit([form], take_answers(form, raw, known), _situation(form, facts, viewer.today), known)
    reason = request.POST.get("reason", "").strip()
    confirmed = request.POST.getlist("confirmed")
    if not reason or len(reason) > LONGEST_WORDS or answers.problems or rules.unconfirmed(answers.doubts, confirmed):
        return _show(request, viewer, facts, event, form, raw, answers=answers, reason=reason, confirmed=confirmed)
    try:
        new = actions.correct(
            viewer=viewer,
            person_id=int(facts.person_id),
            event_id=event.pk,
            form=form,
            values=answers.values,
            reason=reason,
        )
    except EvidenceError as refused:
        messages.error(request, str(refused.sentence))
        return _show(request, viewer, facts, event, form, raw, answers=answers, reason=reason, confirmed=confirmed)
    messages.success(request, gettext("The correction is kept as a new version; the earlier one can still be read."))
    return redirect("followup", facts.person_id, new)


def _known(raw: Mapping[str, str], facts: PersonFacts, today: dt.date) -> dict[str, Value]:
    try:
        day = dt.date.fromisoformat(raw.get("happened_on", ""))
    except ValueError:
        day = today
    return rules.known_of(facts, day)


def _situation(form: Questionnaire, facts: PersonFacts, today: dt.date) -> rules.Situation:
    enrolment = followups.enrolment_for(form, facts, today)
    return rules.Situation(
        today=today,
        birth_date=facts.birth_date,
        died_on=facts.died_on,
        left_on=facts.left_on,
        enrolled_on={form.id: enrolment.start_on} if enrolment else {},
    )


def _show(
    request: HttpRequest,
    viewer: Viewer,
    facts: PersonFacts,
    event: followups.Followup,
    form: Questionnaire,
    raw: Mapping[str, str],
    *,
    answers: Answers | None = None,
    reason: str = "",
    confirmed: Sequence[str] = (),
) -> HttpResponse:
    problems = answers.problems if answers else ()
    known = _known(raw, facts, viewer.today)
    sections = forms.sections(form, raw, answers, {}, viewer.today, known)
    # Nothing is focused but the reason: whoever corrects knows which field is meant.
    sections = [replace(one, fields=tuple(replace(f, autofocus=False) for f in one.fields)) for one in sections]
    fields = {field.item.link_id: field for section in sections for field in section.fields}
    context = {
        "head": head_of(person_to_care_for(viewer, int(facts.person_id), FOLLOW_UP), viewer.today),
        "title": form.title.language(get_language() or ""),
        "event_id": event.pk,
        "sections": sections,
        "problems": [
            {"field_id": fields[problem.link_id].id, "sentence": forms.problem_sentence(form, problem)}
            for problem in problems
        ],
        "doubts": [forms.doubt_view(form, doubt) for doubt in answers.doubts] if answers and not problems else [],
        "confirmed": confirmed,
        "reason": reason,
        "reason_missing": answers is not None and not reason,
        "longest": LONGEST_WORDS,
    }
    return render(request, "familydoctor/followup_correct.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Ask why a record is to be withdrawn, and say that it did not happen; it stays readable."""
    viewer = viewer_for(request)
    person = person_to_care_for(viewer, person_id, FOLLOW_UP)
    event = _event(request, viewer, person_id, event_id)
    if isinstance(event, HttpResponse):
        return event
    if not event.form_id:
        messages.warning(request, gettext("This record came from elsewhere; it is corrected where it was made."))
        return redirect("followup", person_id, event_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.withdraw(viewer=viewer, person_id=person_id, event_id=event_id, reason=form.cleaned_data["reason"])
        except EvidenceError as refused:
            messages.error(request, str(refused.sentence))
        else:
            messages.success(request, gettext("The record is withdrawn: no rule looks at it any more."))
        return redirect("person", person_id)
    context = {
        "head": head_of(person, viewer.today),
        "event_id": event_id,
        "form": form,
        "version": shown.version(queries.versions(person_id, event_id, sheltered=True)[0]),
    }
    return render(request, "familydoctor/followup_withdraw.html", context)


@require_safe
def versions(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """All versions of a record, the newest first: who, when, why, what it said, and what was decided on it."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, FOLLOW_UP, SEE_RECORD)
    found = queries.versions(person_id, event_id, sheltered=reads_sheltered(viewer, person_id))
    if not found and (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if not found:
        raise Http404
    context = {
        "head": head_of(person, viewer.today),
        "versions": [shown.version(one) for one in found],
        "newest": found[0],
    }
    return render(request, "familydoctor/followup_versions.html", context)
