"""The doors of recording a follow-up: the form of a visit, and what is typed in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.questionnaires import Answers, Doubt, Questionnaire, observations_of, take_answers
from jinxiu.familydoctor.deciding.shown import Step, advice_steps
from jinxiu.familydoctor.drafts import keeping, wording
from jinxiu.familydoctor.drafts import queries as drafts
from jinxiu.familydoctor.drafts.actions import NotKeptError
from jinxiu.familydoctor.drafts.rules import not_asked
from jinxiu.familydoctor.followups import actions, forms, live, queries, rules, visits
from jinxiu.familydoctor.followups.visits import Sheet, Visit
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import Head, head_of, values_in_words
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import FOLLOW_UP, Viewer, person_to_care_for, viewer_for
from jinxiu.standards.judge import judge
from jinxiu.standards.person import PersonFacts

LONG = 4  # parts from which on a form lists them [this project's own number]


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the form of a follow-up, and record what it brings."""
    viewer = viewer_for(request)
    head = head_of(person_to_care_for(viewer, person_id, FOLLOW_UP), viewer.today)
    nowhere = gettext("There is no running programme in which this follow-up could be recorded.")
    return _form(request, viewer, head, visits.of_programmes(request, viewer, head), nowhere)


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, person_id: int, form_id: str) -> HttpResponse:
    """Show one form for a person of the age it is for, and record what it brings; follow-ups have a visit of theirs."""
    viewer = viewer_for(request)
    head = head_of(person_to_care_for(viewer, person_id, FOLLOW_UP), viewer.today)
    form = forms.every_form().get(form_id)
    if form is None:
        raise Http404
    if form.id in forms.definitions():
        return redirect(f"{reverse('followup-new', args=[person_id])}?{urlencode({'form': form.id})}")
    visit = visits.of_form(viewer, head, form)
    if visit is None and (fitting := visits.fitting(viewer, head, form)):
        return redirect("record", person_id, fitting.id)
    not_for = gettext(
        "This form is not for somebody of this age, and nothing has been recorded. See below what is due."
    )
    return _form(request, viewer, head, visit, not_for)


def _form(request: HttpRequest, viewer: Viewer, head: Head, visit: Visit | None, sentence: str) -> HttpResponse:
    """The form of a visit, or the sentence why there is none."""
    if visit is None and (closed := shelter_state(viewer, head.id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if visit is None:
        messages.warning(request, sentence)
        return redirect("person", head.id)
    return _take(request, visit) if request.method == "POST" else _open(request, visit)


def _open(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form as it is opened: with the viewer's own draft, or the choice what to do with a colleague's, or empty."""
    page = visit.page
    initial = forms.initial_answers(page, visit.viewer.today)
    draft = drafts.own_draft(visit.viewer, visit.person_id, page.id)
    if draft is not None:
        return _show(request, visit, draft.content.answers, Sheet.of_draft(draft), draft=draft)
    if others := drafts.others(visit.viewer, visit.person_id, page.id):
        return _ask(request, visit, others)
    return _show(request, visit, initial, Sheet.fresh(visit.seen))


def _ask(request: HttpRequest, visit: Visit, others: Sequence[drafts.Other]) -> HttpResponse:
    """Somebody began this visit and has not saved it: go on with that, or begin one's own."""
    context = {
        "head": visit.head,
        "title": forms.title_of(visit.forms),
        "form": visit.page.id,
        "others": _others(others),
        "address": request.get_full_path(),
    }
    return render(request, "familydoctor/draft_choice.html", context)


def _others(others: Sequence[drafts.Other]) -> list[dict[str, object]]:
    return [{"pk": other.pk, "is_own": other.is_own, "sentence": wording.begun(other)} for other in others]


def _take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Check what was sent, ask where something is doubtful, and record it."""
    raw, sheet = visits.raw_of(request, visit.page), Sheet.sent(request.POST)
    if converted := _converted(visit.page, request.POST.get("convert", "")):
        return _show_again(request, visit, raw | converted, sheet)
    known = visit.known(raw)
    answers = rules.check_visit(visit.forms, take_answers(visit.page, raw, known), visit.situation, known)
    if not answers.problems:
        answers = replace(answers, doubts=(*answers.doubts, *_danger_doubts(visit, answers)))
    confirmed = request.POST.getlist("confirmed")
    if answers.problems or rules.unconfirmed(answers.doubts, confirmed):
        return _show_again(request, visit, raw, sheet, answers=answers, confirmed=confirmed)
    try:
        recorded = actions.record(
            viewer=visit.viewer,
            person_id=visit.person_id,
            forms=rules.forms_to_record(visit.forms, answers.values),
            values=answers.values,
            token=sheet.token,
            seen=sheet.seen,
            confirmed=confirmed,
        )
    except actions.OthersRecordedError as others:
        asked = replace(answers, doubts=(*answers.doubts, *others.doubts))
        return _show_again(request, visit, raw, sheet, answers=asked, confirmed=confirmed)
    except actions.AlreadyRecordedError as before:
        words = gettext("This form was saved before with other answers; those stand, and nothing has been changed now.")
        messages.warning(request, words)
        return redirect("followup", visit.person_id, before.event_id)
    except EvidenceError as refused:
        messages.error(request, str(refused.sentence))
        return _show_again(request, visit, raw, sheet, answers=answers, confirmed=confirmed)
    return redirect("followup", visit.person_id, recorded.event_ids[0])


def _show_again(
    request: HttpRequest,
    visit: Visit,
    raw: Mapping[str, str],
    sheet: Sheet,
    *,
    answers: Answers | None = None,
    confirmed: Sequence[str] = (),
) -> HttpResponse:
    """The form as it was sent, which is kept as a draft: nothing is lost where the page goes no further."""
    try:
        keeping.keep(visit, raw, sheet)
    except NotKeptError as error:
        messages.warning(request, wording.not_kept(error))
    return _show(request, visit, raw, sheet, answers=answers, confirmed=confirmed)


def _converted(page: Questionnaire, sent: str) -> dict[str, str]:
    """The field that is to take the converted value ("fasting_glucose=7.0"); nothing for anything else."""
    link_id, _, value = sent.partition("=")
    return {item.link_id: value for item in page.questions() if item.link_id == link_id and item.alternate_unit}


def _danger_doubts(visit: Visit, answers: Answers) -> list[Doubt]:
    """A danger value without a danger sign is measured again before the alarm: judged as if it were saved already."""
    if answers.values.get("danger_sign"):
        return []
    asks_for_danger = [form for form in visit.forms if any(one.link_id == "danger_sign" for one in form.questions())]
    for form in rules.forms_to_record(asks_for_danger, answers.values):
        measured = observations_of(form, answers.values)
        if _is_urgent(visit.facts, form, answers, measured):
            found = values_in_words({code: value for code, value in measured.items() if value})
            return [Doubt(f"danger={found}", rules.first_need([form]), "danger", {"found": found})]
    return []


def _is_urgent(facts: PersonFacts, form: Questionnaire, answers: Answers, measured: Mapping[str, float]) -> bool:
    day = answers.values["happened_on"]
    assert isinstance(day, dt.date)
    standard = queries.standard_for(form, day)
    if standard is None:
        return False
    draft = rules.with_draft(facts, form.event, day, str(answers.values["mode"]), measured)
    return any(row.urgency >= rules.URGENT and rules.DRAFT in row.facts_used for row in judge(standard, draft, day))


def _advice(visit: Visit, answers: Answers) -> list[Step]:
    """What is to be done at once if this is so: asked of the record as if it were saved already."""
    day = answers.values["happened_on"]
    assert isinstance(day, dt.date)
    steps: dict[str, Step] = {}
    for form in rules.forms_to_record(visit.forms, answers.values):
        standard = queries.standard_for(form, day)
        measured = observations_of(form, answers.values)
        draft = rules.with_draft(visit.facts, form.event, day, str(answers.values["mode"]), measured)
        if standard is not None:
            steps |= {one.id: one for one in advice_steps(standard, draft, rules.DRAFT, day)}
    return list(steps.values())


def _show(
    request: HttpRequest,
    visit: Visit,
    raw: Mapping[str, str],
    sheet: Sheet,
    *,
    answers: Answers | None = None,
    confirmed: Sequence[str] = (),
    draft: drafts.Draft | None = None,
) -> HttpResponse:
    page, today = visit.page, visit.viewer.today
    problems = answers.problems if answers else ()
    doubts = answers.doubts if answers and not problems else ()  # first what is wrong, then what is doubtful
    known = visit.known(raw)
    shown = {**raw, **live.computed(page, raw, known)}
    sections = forms.sections(page, shown, answers, queries.last_values(page, visit.facts, today), today, known)
    fields = {field.item.link_id: field for section in sections for field in section.fields}
    context = {
        "head": visit.head,
        "title": forms.title_of(visit.forms),
        "sources": [f"{form.source.language(get_language() or '')} · {form.version}" for form in visit.forms],
        "due": cards.due_cards(cards.explanations(visit.facts, today), visit.facts, visit.viewer, {}),
        "action": request.get_full_path(),
        "sections": sections,
        "jumps": _jumps(sections, live.answered(page, raw, known)),
        "sheet": sheet,
        "form": page.id,
        "who": visit.viewer.staff_id,
        "draft_kept": wording.instant(draft.kept_at) if draft else "",
        "not_asked": not_asked(page, draft.content, get_language() or "") if draft else (),
        "others": _others(drafts.others(visit.viewer, visit.person_id, page.id)),
        "problems": [
            {"field_id": fields[problem.link_id].id, "sentence": forms.problem_sentence(page, problem)}
            for problem in problems
        ],
        "doubts": [forms.doubt_view(page, doubt) for doubt in doubts],
        "danger": any(doubt.code == "danger" for doubt in doubts),
        "advice": _advice(visit, answers) if answers and any(doubt.code == "danger" for doubt in doubts) else [],
        "confirmed": confirmed,
        "other_forms": _other_forms(visit),
    }
    return render(request, "familydoctor/followup_new.html", context)


def _jumps(sections: Sequence[forms.SectionView], answered: Mapping[str, str]) -> list[dict[str, str]]:
    """The parts of a long form with how much of each is answered; a short form needs no such list."""
    if len(sections) < LONG:
        return []
    return [{"id": part.id, "title": part.title, "answered": answered[part.id]} for part in sections]


def _other_forms(visit: Visit) -> list[dict[str, str]]:
    """Links to the other ways of recording: one programme only, both together, other forms for the same people."""
    if visit.forms[0].offered_when:
        return _forms_beside(visit)
    address = reverse("followup-new", args=[visit.person_id])
    if len(visit.offered) < 2:
        return []
    if len(visit.forms) < len(visit.offered):
        return [{"url": address, "label": gettext("Both programmes in one visit")}]
    return [
        {
            "url": f"{address}?form={form.id}&only=1",
            "label": gettext("Only: %(form)s") % {"form": form.title.language(get_language() or "")},
        }
        for form in visit.offered
    ]


def _forms_beside(visit: Visit) -> list[dict[str, str]]:
    """Links to the other forms for the same people: of a pregnancy, of a treatment, of an agreement."""
    (shown,) = visit.forms
    return [
        {"url": visits.address_of(visit.person_id, form.id), "label": forms.title_of([form])}
        for form in forms.every_form().values()
        if form.offered_when == shown.offered_when and form.id != shown.id
    ]
