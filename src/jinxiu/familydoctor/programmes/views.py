"""The pages on which a person enters and leaves programmes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.programmes import actions, queries, rules
from jinxiu.familydoctor.programmes.actions import Outcome
from jinxiu.familydoctor.programmes.forms import VALUES, BeginForm, EndForm, reason_words
from jinxiu.familydoctor.programmes.queries import Line
from jinxiu.familydoctor.records.queries import head_of
from jinxiu.familydoctor.records.shelter import Shelter
from jinxiu.people import access
from jinxiu.people.access import FOLLOW_UP, Viewer
from jinxiu.people.models import Person
from jinxiu.people.roles import SEE_SHELTERED
from jinxiu.standards.codes import installed
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.cards import short_title
from jinxiu.worklists.queries import Item
from jinxiu.worklists.standards import in_force, standard_of


@require_safe
def programmes(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the programmes of a person, running and ended, and those that may begin."""
    viewer = access.viewer_for(request)
    person = access.person_to_care_for(viewer, person_id, FOLLOW_UP)
    is_open = access.reads_sheltered(viewer, person_id)
    lines = queries.lines(person_id, with_sheltered=is_open)
    gone = bool(person.died_on or person.left_on)
    context = {
        "head": head_of(person, viewer.today),
        "gone": gone,
        "running": [_shown(line, lines, gone=gone) for line in lines if line.programme.end_on is None],
        "ended": [_shown(line, lines, gone=gone) for line in lines if line.programme.end_on],
        "offered": [] if gone else _offered(viewer, person, lines, is_open=is_open),
        "shelter_url": _shelter_url(request, viewer, person, is_open=is_open),
    }
    return render(request, "familydoctor/programmes/programmes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, person_id: int, kind: str) -> HttpResponse:
    """Ask for the first day in a programme, and take the person in."""
    viewer = access.viewer_for(request)
    person = access.person_to_care_for(viewer, person_id, FOLLOW_UP)
    if closed := _closed(request, viewer, person_id, kind):
        return closed
    if kind not in rules.offered(rules.kinds(in_force(viewer.today)), person.sex):
        raise Http404
    form = BeginForm(request.POST if request.method == "POST" else None, kind=kind, initial={"start_on": viewer.today})

    def write() -> Outcome:
        return actions.begin(
            viewer=viewer,
            person_id=person_id,
            kind=kind,
            start_on=form.cleaned_data["start_on"],
            value=form.value,
            with_sheltered=access.reads_sheltered(viewer, person_id),
        )

    if form.is_valid() and (outcome := _tried(form, write)):
        messages.success(request, _begun(kind, outcome))
        return redirect("programmes", person_id)
    title = gettext("Begin: %(kind)s") % {"kind": _name(kind)}
    context = {"head": head_of(person, viewer.today), "title": title, "form": form, "button": gettext("Begin")}
    return render(request, "familydoctor/programmes/change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, person_id: int, enrolment_id: int) -> HttpResponse:
    """Ask for the last day and the reason, and end the programme."""
    viewer = access.viewer_for(request)
    person = access.person_to_care_for(viewer, person_id, FOLLOW_UP)
    enrolment = queries.enrolment(person_id, enrolment_id)
    if closed := _closed(request, viewer, person_id, enrolment.kind):
        return closed
    if enrolment.kind == rules.AGREEMENT:  # what is signed ends on its own page
        return redirect("agreements", person_id)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"end_on": viewer.today})

    def write() -> Outcome:
        return actions.end(
            viewer=viewer,
            person_id=person_id,
            enrolment_id=enrolment_id,
            end_on=form.cleaned_data["end_on"],
            end_reason=form.cleaned_data["end_reason"],
            with_sheltered=access.reads_sheltered(viewer, person_id),
        )

    if form.is_valid() and (outcome := _tried(form, write)):
        messages.success(request, _ended(enrolment.kind, outcome))
        return redirect("programmes", person_id)
    context = {
        "head": head_of(person, viewer.today),
        "title": gettext("End: %(kind)s") % {"kind": _name(enrolment.kind)},
        "since": day_text(enrolment.start_on),
        "form": form,
        "button": gettext("End"),
        "ends": True,
    }
    return render(request, "familydoctor/programmes/change.html", context)


@require_POST
def take_back(request: HttpRequest, person_id: int, enrolment_id: int) -> HttpResponse:
    """Take an end back that was recorded by mistake."""
    viewer = access.viewer_for(request)
    access.person_to_care_for(viewer, person_id, FOLLOW_UP)
    enrolment = queries.enrolment(person_id, enrolment_id)
    if closed := _closed(request, viewer, person_id, enrolment.kind):
        return closed
    is_open = access.reads_sheltered(viewer, person_id)
    try:
        outcome = actions.take_back(
            viewer=viewer, person_id=person_id, enrolment_id=enrolment_id, with_sheltered=is_open
        )
    except EvidenceError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _taken_back(enrolment.kind, outcome))
    return redirect("programmes", person_id)


# --- shelter ----------------------------------------------------------------------------------------------------------


def _closed(request: HttpRequest, viewer: Viewer, person_id: int, kind: str) -> HttpResponse | None:
    """Where to go first for a programme under shelter that is not open; to others it is not there."""
    if kind not in sheltered().enrolments or access.reads_sheltered(viewer, person_id):
        return None
    if not access.reaches(viewer, person_id, SEE_SHELTERED):
        raise Http404
    return redirect(Shelter(person_id, is_open=False).url_for(request.get_full_path()))


def _shelter_url(request: HttpRequest, viewer: Viewer, person: Person, *, is_open: bool) -> str:
    """The page that opens the shelter, said to those who may, whether or not there is anything behind it."""
    if is_open or not access.reaches(viewer, person.pk, SEE_SHELTERED):
        return ""
    return Shelter(person.pk, is_open=False).url_for(request.get_full_path())


# --- words ------------------------------------------------------------------------------------------------------------


def _name(kind: str) -> str:
    return installed().name("enrolments", kind, get_language() or "")


def _offered(viewer: Viewer, person: Person, lines: Iterable[Line], *, is_open: bool) -> list[tuple[str, str]]:
    running = {line.programme.kind for line in lines if line.programme.end_on is None}
    hidden = frozenset[str]() if is_open else sheltered().enrolments
    kinds = rules.offered(rules.kinds(in_force(viewer.today)), person.sex)
    return [(kind, _name(kind)) for kind in kinds if kind not in running | hidden]


def _shown(line: Line, lines: Iterable[Line], *, gone: bool) -> Mapping[str, Any]:
    one = line.programme
    return {
        "id": one.id,
        "name": _name(one.kind),
        "start_on": one.start_on,
        "end_on": one.end_on,
        "reason": reason_words(one.end_reason),
        "value": f"{VALUES[one.kind]}: {line.value}" if line.value and one.kind in VALUES else "",
        "begun_by": line.begun_by,
        "ended_by": line.ended_by,
        "may_take_back": not gone and rules.may_take_back(one, [other.programme for other in lines]),
    }


def _begun(kind: str, outcome: Outcome) -> str:
    if not outcome.written:
        return gettext("%(kind)s: this was recorded already; nothing has changed.") % {"kind": _name(kind)}
    return " ".join([gettext("%(kind)s has begun.") % {"kind": _name(kind)}, _due(outcome)])


def _ended(kind: str, outcome: Outcome) -> str:
    if not outcome.written:
        return gettext("%(kind)s: this was recorded already; nothing has changed.") % {"kind": _name(kind)}
    return " ".join([gettext("%(kind)s has ended.") % {"kind": _name(kind)}, _due(outcome)])


def _taken_back(kind: str, outcome: Outcome) -> str:
    if not outcome.written:
        return gettext("%(kind)s: the end is no longer there, or cannot be taken back; nothing has changed.") % {
            "kind": _name(kind)
        }
    return " ".join([gettext("%(kind)s runs again.") % {"kind": _name(kind)}, _due(outcome)])


def _due(outcome: Outcome) -> str:
    """What the due list has now and no longer has, in words."""
    said = []
    if outcome.opened:
        said.append(gettext("Now on the worklist: %(items)s.") % {"items": _items(outcome.opened, with_day=True)})
    if outcome.closed:
        said.append(gettext("No longer on it: %(items)s.") % {"items": _items(outcome.closed, with_day=False)})
    return " ".join(said) or gettext("The worklist is as before.")


def _items(items: Iterable[Item], *, with_day: bool) -> str:
    """The clauses, each once, with the earliest day by which something of it is due."""
    days: dict[str, dt.date] = {}
    for item in items:
        standard = standard_of(item.standard, item.version)
        if standard is not None:
            what = gettext("%(what)s (%(whose)s)") % {
                "what": standard.clause(item.clause).title.language(get_language() or ""),
                "whose": short_title(standard),
            }
            days[what] = min(item.due_on, days.get(what, item.due_on))
    if not with_day:
        return gettext("; ").join(days)
    by_day = gettext("%(what)s by %(day)s")
    return gettext("; ").join(by_day % {"what": what, "day": day_text(day)} for what, day in days.items())


def _tried(form: Form, write: Callable[[], Outcome]) -> Outcome | None:
    """Do it; what cannot be is said at its field."""
    try:
        return write()
    except EvidenceError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
        return None
