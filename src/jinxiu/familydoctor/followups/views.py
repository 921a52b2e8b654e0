"""The doors of recording a follow-up: the form of a visit, and what is typed in it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.questionnaires import (
    Answers,
    Doubt,
    Questionnaire,
    Value,
    observations_of,
    take_answers,
)
from jinxiu.familydoctor.deciding.shown import Step, advice_steps
from jinxiu.familydoctor.followups import actions, forms, queries, rules
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import Head, facts_of, head_of, values_in_words
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import (
    FOLLOW_UP,
    Viewer,
    person_to_care_for,
    reads_sheltered,
    viewer_for,
)
from jinxiu.standards.judge import judge
from jinxiu.standards.person import PersonFacts


@dataclass(frozen=True, slots=True)
class Visit:
    """All that one request about a follow-up needs: who looks, whose record, which forms."""

    viewer: Viewer
    head: Head
    facts: PersonFacts
    forms: tuple[Questionnaire, ...]
    offered: tuple[Questionnaire, ...]

    @property
    def page(self) -> Questionnaire:
        """The one page that asks what all the forms ask."""
        return forms.page_of(self.forms)

    def known(self, raw: Mapping[str, str]) -> dict[str, Value]:
        """What is known of the person on the day of the visit, today where that is no day."""
        try:
            day = dt.date.fromisoformat(raw.get("happened_on", ""))
        except ValueError:
            day = self.viewer.today
        return rules.known_of(self.facts, day)

    @property
    def situation(self) -> rules.Situation:
        """What the rules need to know of the person."""
        enrolments = {form.id: queries.enrolment_for(form, self.facts, self.viewer.today) for form in self.forms}
        return rules.Situation(
            today=self.viewer.today,
            birth_date=self.facts.birth_date,
            died_on=self.facts.died_on,
            left_on=self.facts.left_on,
            enrolled_on={form_id: enrolment.start_on for form_id, enrolment in enrolments.items() if enrolment},
        )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the form of a follow-up, and record what it brings."""
    viewer = viewer_for(request)
    head = head_of(person_to_care_for(viewer, person_id, FOLLOW_UP), viewer.today)
    sheltered = reads_sheltered(viewer, person_id)
    visit = _visit(request, viewer, head, sheltered=sheltered)
    nowhere = gettext("There is no running programme in which this follow-up could be recorded.")
    return _form(request, viewer, head, visit, nowhere)


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
    facts = facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))
    is_for = form.is_for(rules.known_of(facts, viewer.today))
    visit = Visit(viewer, head, facts, (form,), (form,)) if is_for else None
    not_for = gettext(
        "This form is not for somebody of this age, and nothing has been recorded. See below what is due."
    )
    return _form(request, viewer, head, visit, not_for)


def _form(request: HttpRequest, viewer: Viewer, head: Head, visit: Visit | None, sentence: str) -> HttpResponse:
    """The form of a visit, or the sentence why there is none."""
    person_id, sheltered = head.id, reads_sheltered(viewer, head.id)
    if visit is None and (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if visit is None:
        messages.warning(request, sentence)
        return redirect("person", person_id)
    if request.method == "POST":
        return _take(request, visit)
    raw = forms.initial_answers(visit.page, viewer.today)
    seen = queries.newest(person_id, [form.event for form in visit.forms], sheltered=sheltered)
    return _show(request, visit, raw, token=str(uuid.uuid4()), seen=seen)


def _visit(request: HttpRequest, viewer: Viewer, head: Head, *, sheltered: bool) -> Visit | None:
    """The forms asked for; with two programmes one visit serves both, unless `only` asks for one."""
    facts = facts_of(head.id, sheltered=sheltered)
    offered = tuple(
        form for form in forms.definitions().values() if queries.enrolment_for(form, facts, viewer.today) is not None
    )
    wanted = request.GET.get("form", "")
    if wanted and wanted not in forms.definitions():
        raise Http404
    chosen = tuple(form for form in offered if form.id == wanted) if wanted else offered
    if chosen and "only" not in request.GET:
        chosen = offered
    return Visit(viewer, head, facts, chosen, offered) if chosen else None


def _take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Check what was sent, ask where something is doubtful, and record it."""
    raw = {item.link_id: ",".join(request.POST.getlist(item.link_id)) for item in visit.page.questions()}
    token, seen = _token(request), _number(request.POST.get("seen", ""))
    if converted := _converted(visit.page, request.POST.get("convert", "")):
        return _show(request, visit, raw | converted, token=token, seen=seen)
    known = visit.known(raw)
    answers = rules.check_visit(visit.forms, take_answers(visit.page, raw, known), visit.situation, known)
    if not answers.problems:
        answers = replace(answers, doubts=(*answers.doubts, *_danger_doubts(visit, answers)))
    confirmed = request.POST.getlist("confirmed")
    if answers.problems or rules.unconfirmed(answers.doubts, confirmed):
        return _show(request, visit, raw, token=token, seen=seen, answers=answers, confirmed=confirmed)
    try:
        recorded = actions.record(
            viewer=visit.viewer,
            person_id=visit.head.id,
            forms=rules.forms_to_record(visit.forms, answers.values),
            values=answers.values,
            token=token,
            seen=seen,
            confirmed=confirmed,
        )
    except actions.OthersRecordedError as others:
        asked = replace(answers, doubts=(*answers.doubts, *others.doubts))
        return _show(request, visit, raw, token=token, seen=seen, answers=asked, confirmed=confirmed)
    except actions.AlreadyRecordedError as before:
        words = gettext("This form was saved before with other answers; those stand, and nothing has been changed now.")
        messages.warning(request, words)
        return redirect("followup", visit.head.id, before.event_id)
    except EvidenceError as refused:
        messages.error(request, str(refused.sentence))
        return _show(request, visit, raw, token=token, seen=seen, answers=answers, confirmed=confirmed)
    return redirect("followup", visit.head.id, recorded.event_ids[0])


def _token(request: HttpRequest) -> str:
    """The form's own token; a page without one gets a new one, so that saving still works."""
    try:
        return str(uuid.UUID(request.POST.get("token", "")))
    except ValueError:
        return str(uuid.uuid4())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


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
    *,
    token: str,
    seen: int,
    answers: Answers | None = None,
    confirmed: Sequence[str] = (),
) -> HttpResponse:
    page, today = visit.page, visit.viewer.today
    problems = answers.problems if answers else ()
    doubts = answers.doubts if answers and not problems else ()  # first what is wrong, then what is doubtful
    sections = forms.sections(
        page, raw, answers, queries.last_values(page, visit.facts, today), today, visit.known(raw)
    )
    fields = {field.item.link_id: field for section in sections for field in section.fields}
    context = {
        "head": visit.head,
        "title": forms.title_of(visit.forms),
        "sources": [f"{form.source.language(get_language() or '')} · {form.version}" for form in visit.forms],
        "due": cards.due_cards(cards.explanations(visit.facts, today), visit.facts, visit.viewer, {}),
        "action": request.get_full_path(),
        "sections": sections,
        "token": token,
        "seen": seen,
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


def _other_forms(visit: Visit) -> list[dict[str, str]]:
    """Links to the other ways of recording this visit: one programme only, or both together."""
    address = reverse("followup-new", args=[visit.head.id])
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
