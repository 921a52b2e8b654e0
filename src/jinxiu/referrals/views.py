"""The pages on which staff draft a referral, send it, and follow it."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.documents import pdf
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.models import Person
from jinxiu.people.queries import team_of
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_RECORD
from jinxiu.people.wording import about
from jinxiu.referrals import actions, queries, rules, shown, wording
from jinxiu.referrals.actions import By, ReferralError, To
from jinxiu.referrals.drafting import Known, known_of
from jinxiu.referrals.forms import LetterForm, ReturnForm, StepForm, TakeForm, TakenDownForm
from jinxiu.referrals.models import Referral
from jinxiu.referrals.paper import paper, qr_svg

REFERRAL = define_purpose("referral letter", _("writing or following a referral"))


# --- drafting ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Draft a referral; ?event= names the contact whose verdict asks for it."""
    viewer, person = _care(request, person_id)
    known = _known(viewer, person, number_sent(request.GET.get("event", "")))
    form = LetterForm(request.POST if request.method == "POST" else None, known=known)
    if form.is_valid():
        try:
            referral = actions.draft(
                viewer=viewer,
                by=_by(viewer, person),
                person_id=person.pk,
                to=_to(form),
                letter=form.letter(),
                sheltered=form.is_sheltered(),
                token=form.cleaned_data["token"],
                reason_code=known.reason_code,
                standard=known.standard,
                version=known.version,
                contact_id=known.contact_id,
            )
        except ReferralError as refused:
            form.add_error(refused.field or None, str(refused.sentence))
        else:
            return redirect("referral", person.pk, referral.pk)
    return _letter_page(request, viewer, person, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Change a draft."""
    viewer, person = _care(request, person_id)
    referral = queries.referral_for(viewer, person.pk, referral_id)
    if referral.state != rules.DRAFT:
        messages.info(request, gettext("A letter that was sent stays as it is."))
        return redirect("referral", person.pk, referral.pk)
    known = _known(viewer, person, referral.contact_id)
    place = {"hospital": referral.hospital.name, "department": referral.department, "doctor": referral.doctor}
    form = LetterForm(
        request.POST if request.method == "POST" else None,
        known=known,
        letter=referral.letter,
        initial={**place, "priority": referral.priority},
    )
    if form.is_valid():
        try:
            actions.change_draft(
                viewer=viewer,
                referral_id=referral.pk,
                to=_to(form),
                letter=form.letter(),
                sheltered=form.is_sheltered(),
            )
        except ReferralError as refused:
            form.add_error(refused.field or None, str(refused.sentence))
        else:
            return redirect("referral", person.pk, referral.pk)
    return _letter_page(request, viewer, person, form, referral)


def _known(viewer: Viewer, person: Person, event_id: int | None) -> Known:
    opened = access.reads_sheltered(viewer, person.pk)
    return known_of(person.pk, viewer.today, event_id=event_id, opened=opened)


def _to(form: LetterForm) -> To:
    values = form.cleaned_data
    return To(values["hospital"], values["department"], values["doctor"], values["priority"])


def _letter_page(
    request: HttpRequest, viewer: Viewer, person: Person, form: LetterForm, referral: Referral | None
) -> HttpResponse:
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "form": form,
        "referral": referral,
        "places": queries.known_places(team_of(person.pk, viewer.today), viewer.today),
    }
    return render(request, "referrals/letter_form.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, person_id: int) -> HttpResponse:
    """Write down a letter with which a hospital sends the person to the centre, and that answers none of ours."""
    viewer, person = _care(request, person_id)
    form = ReturnForm(request.POST if request.method == "POST" else None, today=viewer.today)
    if form.is_valid():
        values = form.cleaned_data
        try:
            referral = actions.receive(
                viewer=viewer,
                by=_by(viewer, person),
                person_id=person.pk,
                hospital=values["hospital"],
                priority=values["priority"],
                told=form.told(values["channel"]),
                token=values["token"],
                sheltered=values["confidential"],
            )
        except ReferralError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
        else:
            messages.success(request, gettext("The return is kept; a visit within a week stands on the worklist now."))
            hidden = referral.sheltered and not access.reads_sheltered(viewer, person.pk)
            return redirect("person", person.pk) if hidden else redirect("referral", person.pk, referral.pk)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "form": form,
        "places": queries.known_places(team_of(person.pk, viewer.today), viewer.today),
        "running": [shown.line_of(one, viewer.today) for one in queries.at_a_hospital(viewer, person.pk)],
    }
    return render(request, "referrals/return_form.html", page)


# --- one referral -----------------------------------------------------------------------------------------------------


@require_safe
def referral(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Show the letter, what became of it, and what may be done now."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, REFERRAL, SEE_RECORD)
    found = queries.referral_for(viewer, person.pk, referral_id)
    viewer = access.reader_of(viewer, person)
    who = shown.role_of(viewer, person)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "referral": found,
        "line": shown.line_of(found, viewer.today),
        "rows": shown.letter_rows(found.letter),
        "readings": shown.letter_readings(found.letter),
        "sender": shown.letter_from(found.letter),
        "steps": shown.steps_of(found),
        "answers": shown.answers_of(found),
        "has_letter": found.sent_on is not None and found.direction == rules.UP,
        "may_print": bool(who),
        "may_change": bool(who) and found.state == rules.DRAFT,
        "may_send": rules.may_become(found.state, rules.SENT, who, found.direction),
        "may_answer": shown.may_write(found, who),
        "may_take": rules.may_become(found.state, rules.TAKEN, who, found.direction),
        "buttons": shown.buttons_of(found, who),
        "token": uuid4(),
    }
    return render(request, "referrals/referral.html", page)


@require_POST
def send(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Sign and send a draft."""
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    form = StepForm({"token": request.POST.get("token", ""), "to": rules.SENT})
    if not form.is_valid():
        return _not_done(request, person, found)
    token = form.cleaned_data["token"]
    try:
        actions.send(viewer=viewer, referral_id=found.pk, by=_by(viewer, person), token=token)
    except ReferralError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(
            request, gettext("The referral is sent. Its arrival and its result stand on the worklist now.")
        )
    return redirect("referral", person.pk, found.pk)


@require_POST
def step(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Bring a referral on: what the hospital or the person said by phone, a close, a cancel."""
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    form = StepForm(request.POST)
    if not form.is_valid() or form.cleaned_data["to"] not in wording.STEPS:
        return _not_done(request, person, found)
    values = form.cleaned_data
    try:
        actions.step(referral_id=found.pk, by=_by(viewer, person), today=viewer.today, **values)
    except ReferralError as refused:
        messages.error(request, str(refused.sentence))
    return redirect("referral", person.pk, found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Write down what the hospital answered by phone or on paper."""
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    form = TakenDownForm(request.POST if request.method == "POST" else None, today=viewer.today)
    if form.is_valid():
        try:
            actions.answer(
                referral_id=found.pk,
                by=_by(viewer, person),
                today=viewer.today,
                token=form.cleaned_data["token"],
                told=form.told(form.cleaned_data["channel"]),
            )
        except ReferralError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
        else:
            messages.success(request, gettext("The answer is kept. A doctor takes it into the record."))
            return redirect("referral", person.pk, found.pk)
    page: dict[str, Any] = {
        "person": person,
        "referral": found,
        "line": shown.line_of(found, viewer.today),
        "form": form,
    }
    return render(request, "referrals/answer_form.html", page)


@require_POST
def take(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Take the last answer into the record, as a doctor."""
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    form = TakeForm(request.POST)
    if not form.is_valid():
        return _not_done(request, person, found)
    try:
        actions.take(viewer=viewer, referral_id=found.pk, by=_by(viewer, person), **form.cleaned_data)
    except ReferralError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("The answer stands in the record now."))
    return redirect("referral", person.pk, found.pk)


# --- the letter -------------------------------------------------------------------------------------------------------


@require_safe
def letter(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Show the code and the address by which the hospital answers."""
    viewer, person, found = _sent(request, person_id, referral_id)
    actions.letter_shown(viewer=viewer, person_id=person.pk, referral_id=found.pk)
    code = queries.code_of(found, viewer.today)
    page = {
        "person": person,
        "referral": found,
        "line": shown.line_of(found, viewer.today),
        "link": _link(request, code),
        "qr": base64.b64encode(qr_svg(_link(request, code)).encode()).decode() if code else "",
        "has_birth_date": found.letter["person"]["birth_date"] is not None,
    }
    return render(request, "referrals/letter_code.html", page)


@require_safe
def letter_pdf(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """The letter on paper, in Chinese, with its code."""
    viewer, person, found = _sent(request, person_id, referral_id)
    actions.letter_shown(viewer=viewer, person_id=person.pk, referral_id=found.pk)
    code = queries.code_of(found, viewer.today)
    with translation.override("zh-hans"):
        made = pdf(paper(found, _link(request, code) if code else "", viewer.today))
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="referral-{found.pk}.pdf"'
    return answer


@require_POST
def new_code(request: HttpRequest, person_id: int, referral_id: int) -> HttpResponse:
    """Make a new code; the old one stops."""
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    try:
        actions.renew_code(viewer=viewer, referral_id=found.pk)
    except ReferralError as refused:
        messages.error(request, str(refused.sentence))
        return redirect("referral", person.pk, found.pk)
    messages.success(request, gettext("There is a new code; the letter that went out before opens nothing any more."))
    return redirect("referral-letter", person.pk, found.pk)


def _sent(request: HttpRequest, person_id: int, referral_id: int) -> tuple[Viewer, Person, Referral]:
    viewer, person = _care(request, person_id)
    found = queries.referral_for(viewer, person.pk, referral_id)
    if found.sent_on is None or found.direction == rules.DOWN:
        raise queries.ReferralNotFound
    return viewer, person, found


def _link(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("letter", args=[code])) if code else ""


# --- parts ------------------------------------------------------------------------------------------------------------


def _care(request: HttpRequest, person_id: int) -> tuple[Viewer, Person]:
    viewer = access.viewer_for(request)
    return viewer, access.person_for(viewer, person_id, REFERRAL, RECORD_FOLLOWUP)


def _by(viewer: Viewer, person: Person) -> By:
    assert viewer.staff_id is not None  # who has a permission is a member of staff
    return By(shown.role_of(viewer, person), viewer.actor, viewer.staff_id)


def _not_done(request: HttpRequest, person: Person, found: Referral) -> HttpResponse:
    messages.error(
        request, gettext("Nothing was changed: the page sent something that it does not offer. Open it again.")
    )
    return redirect("referral", person.pk, found.pk)
