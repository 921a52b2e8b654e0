"""The residents' pages of measurements: what was measured, sending a value, and the answer to it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.evidence.actions import EvidenceError
from jinxiu.familydoctor.homevalues import queries as home
from jinxiu.familydoctor.homevalues.kinds import STANDARD
from jinxiu.familydoctor.homevalues.queries import Sent
from jinxiu.familydoctor.homevalues.wording import SYMPTOMS
from jinxiu.people import clock
from jinxiu.portal import access
from jinxiu.portal.access import Visit
from jinxiu.portal.measuring import actions, queries, rules
from jinxiu.portal.measuring.forms import FORMS, GlucoseForm, PressureForm
from jinxiu.portal.measuring.wording import DO, HEADS, more_words, value_words
from jinxiu.portal.pages import resident_page, show
from jinxiu.portal.queries import team_for
from jinxiu.worklists.standards import in_force

MEASUREMENTS = define_purpose("own measurements", _("the own measurements"))


@require_safe
@resident_page
def measurements(request: HttpRequest, whom: int) -> HttpResponse:
    """What was measured in the centre and at home, drawn and as a table; the way to send a value."""
    visit = access.record_for(request, whom, MEASUREMENTS)
    return show(request, "portal/measuring/measurements.html", visit, {"drawn": queries.drawn_for(visit)})


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def send(request: HttpRequest, whom: int, what: str) -> HttpResponse:
    """Take a blood pressure or a blood sugar. A very unusual one is asked for once more; a danger is said at once."""
    visit, now = access.record_for(request, whom, MEASUREMENTS), clock.now()
    form = FORMS[what](request.POST if request.method == "POST" else None, now=now)
    doubts: list[str] = []
    if form.is_valid():
        doubts = [] if request.POST.get("sure") == form.sure else form.doubts
        if not doubts:
            try:
                event_id = actions.send(visit=visit, measured=form.measured, token=_token(request), now=now)
            except EvidenceError as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
            else:
                return redirect("my-measurement", whom, event_id)
    page = {
        "form": form,
        "what": what,
        "doubts": gettext(", ").join(doubts),
        "danger": form.is_bound and rules.is_dangerous(form.values()),
        "team": team_for(visit),
        "token": request.POST.get("token") or uuid.uuid4(),
    }
    return show(request, "portal/measuring/send.html", visit, page, status=_status(form, doubts))


def _status(form: PressureForm | GlucoseForm, doubts: list[str]) -> int:
    return 400 if form.errors or doubts else 200


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def measurement(request: HttpRequest, whom: int, event_id: int) -> HttpResponse:
    """The answer to a value: how urgent it is and what to do now; what is still to be asked is asked here."""
    visit = access.record_for(request, whom, MEASUREMENTS)
    newest = home.newest_of(visit.person.pk, event_id)
    one = home.sent_of(visit.person.pk, newest)
    if one is None:
        raise Http404
    missing = ""
    if request.method == "POST":
        symptoms, insulin = _said(request, rules.kind_of(one.values))
        if symptoms is not None or insulin is not None:
            newest = actions.tell(visit=visit, event_id=newest, symptoms=symptoms, insulin=insulin)
            return redirect("my-measurement", whom, newest)
        missing = gettext("Please tick what there is, or “None of these”.")
    if newest != event_id:
        return redirect("my-measurement", whom, newest)
    return show(
        request, "portal/measuring/answer.html", visit, _answer(one, visit, missing), status=400 if missing else 200
    )


def _answer(one: Sent, visit: Visit, missing: str) -> dict[str, Any]:
    found = rules.answer_to(one.values, actions.told_of(one))
    kind = rules.kind_of(one.values)
    return {
        "value": value_words(one.values),
        "more": more_words(one.values),
        "at": one.at,
        "level": found.level,
        "head": HEADS[found.level],
        "steps": [step for word in found.do for step in DO[word]],
        "asks": found.asks,
        "signs": [(sign, SYMPTOMS[sign]) for sign in rules.SYMPTOMS[kind]],
        "again": kind,
        "is_fresh": rules.is_fresh(one.at, clock.now()),
        "team": team_for(visit),
        "is_told": any(standard.id == STANDARD for standard in in_force(visit.today)),
        "missing": missing,
    }


def _said(request: HttpRequest, kind: str) -> tuple[tuple[str, ...] | None, bool | None]:
    """The answers that were given: signs (a sign wins over “none of these”), insulin; None where nothing was said."""
    ticked = request.POST.getlist("sign")
    signs = tuple(sign for sign in rules.SYMPTOMS[kind] if sign in ticked)
    symptoms = signs if signs or rules.NONE in ticked else None
    return symptoms, {"yes": True, "no": False}.get(request.POST.get("insulin", ""))


def _token(request: HttpRequest) -> str:
    """The form's token; one of its own for a form that came without."""
    try:
        return str(uuid.UUID(request.POST.get("token", "")))
    except ValueError:
        return str(uuid.uuid4())
