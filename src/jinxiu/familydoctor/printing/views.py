"""The papers by address. They are in Chinese whatever language the reader's pages are in: the forms are the norm's."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.http import require_safe

from jinxiu.documents import Document, pdf
from jinxiu.evidence.facts import row_key
from jinxiu.familydoctor.deciding import queries, shown
from jinxiu.familydoctor.deciding.views import kinds
from jinxiu.familydoctor.followups import forms
from jinxiu.familydoctor.followups import queries as followups
from jinxiu.familydoctor.printing import actions
from jinxiu.familydoctor.printing.form_paper import Whose, form_paper
from jinxiu.familydoctor.printing.year_paper import Year, known_by, year_paper
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import facts_of, head_of, recorders, team_name
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import FOLLOW_UP, RECORD, Viewer, person_for, reader_of, reads_sheltered, viewer_for
from jinxiu.people.models import Person
from jinxiu.people.roles import SEE_RECORD

CHINESE = "zh-hans"
_FIRST_YEAR = 1900


@require_safe
def form(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """One version of a recorded form as PDF; a withdrawal has nothing to print, its versions are shown."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, FOLLOW_UP, SEE_RECORD)
    sheltered = reads_sheltered(viewer, person_id)
    with translation.override(CHINESE):
        chain = queries.versions(person_id, event_id, sheltered=sheltered)
    if not chain and (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    asked = next((one for one in chain if one.id == event_id), None)
    if asked and asked.is_withdrawal:
        return redirect("followup-versions", person_id, event_id)
    if asked is None or not _is_form(asked):
        raise Http404
    with translation.override(CHINESE):
        result = _result(reader_of(viewer, person), person_id, event_id, sheltered=sheltered)
        whose = _whose(person, asked.happened_on, viewer.today)
        paper = form_paper(whose, forms.every_form().get(asked.form_id), chain, asked, result)
    actions.form_printed(viewer=viewer, person_id=person_id, event_id=event_id)
    return _file(paper, f"form-{event_id}.pdf")


@require_safe
def year(request: HttpRequest, person_id: int, year: int) -> HttpResponse:
    """A person's year as PDF, this one as far as it has passed; what is under shelter only where it has been opened."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, RECORD, SEE_RECORD)
    if not _FIRST_YEAR <= year <= viewer.today.year:
        raise Http404
    asked = Year.of(year, viewer.today)
    with translation.override(CHINESE):
        facts = known_by(facts_of(person_id, sheltered=reads_sheltered(viewer, person_id)), asked.until)
        in_year = [row_key(one.event_id) for one in facts.events if asked.has(one.happened_on)]
        whose = _whose(person, asked.until, viewer.today)
        paper = year_paper(whose, asked, facts, cards.explanations(facts, asked.until), recorders(in_year))
    actions.year_printed(viewer=viewer, person_id=person_id, year=year)
    return _file(paper, f"year-{year}.pdf")


def _is_form(version: queries.Version) -> bool:
    return version.kind.startswith(followups.FOLLOWUPS) or version.kind in kinds()


def _result(viewer: Viewer, person_id: int, event_id: int, *, sheltered: bool) -> shown.Result | None:
    """What follows from the version that holds; None of one that was replaced."""
    events = followups.visit_of(person_id, event_id, kinds(), sheltered=sheltered)
    event = next((one for one in events if one.pk == event_id), None)
    if event is None:
        return None
    facts = facts_of(person_id, sheltered=sheltered)
    said = cards.explanations(facts, viewer.today)
    return shown.result(event, shown.Known(viewer, person_id, facts, said, queries.decisions([event_id]), done={}))


def _whose(person: Person, day: dt.date, today: dt.date) -> Whose:
    """The head of a paper; the team is the one of that day, else today's."""
    head = head_of(person, today)
    team = team_name(person.pk, day) or team_name(person.pk, today)
    return Whose(head.name, head.sex, person.birth_date, head.masked_id, team)


def _file(paper: Document, name: str) -> HttpResponse:
    """The PDF, shown by the browser; its name tells nothing of the person."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(pdf(paper), content_type="application/pdf", headers=headers)
