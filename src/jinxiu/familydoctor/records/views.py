"""The person page and its timeline."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from jinxiu.agreements import shown as agreements
from jinxiu.attachments import shown as attachments
from jinxiu.evidence.facts import row_key
from jinxiu.familydoctor.deciding.queries import latest
from jinxiu.familydoctor.examdays.shown import card_of as exam_card
from jinxiu.familydoctor.followups.forms import definitions
from jinxiu.familydoctor.followups.queries import enrolment_for
from jinxiu.familydoctor.followups.visits import offered_to
from jinxiu.familydoctor.records import cards, charts, queries
from jinxiu.familydoctor.records.registered import registered
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people import access
from jinxiu.people.access import RECORD, Viewer, may, person_for, reader_of, viewer_for
from jinxiu.people.families import shown as families
from jinxiu.people.models import Person
from jinxiu.people.restricting.queries import restriction_of
from jinxiu.people.restricting.views import Shown, shown
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_RECORD
from jinxiu.referrals import shown as referrals
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import Explanation
from jinxiu.standards.judge import running_enrolment
from jinxiu.standards.person import PersonFacts
from jinxiu.ui.templatetags.jinxiu import day_text


@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show who somebody is and what is registered; to those who may read the record, all of it besides."""
    viewer = viewer_for(request)
    found = person_for(viewer, person_id, RECORD)
    reads_record = access.reads_record(viewer, found)
    viewer = reader_of(viewer, found)
    context = {
        "head": queries.head_of(found, viewer.today),
        "team": queries.team_name(person_id, viewer.today),
        "address": queries.address_of(found),
        "gone": _gone(found, viewer.today),
        "restriction": _restriction(person_id, viewer.today),
        "card": {
            "person_id": person_id,
            "name": found.name,
            "masked_phone": _masked_phone(viewer, person_id) if reads_record else "",
        },
        "reads_record": reads_record,
        "agreement": agreements.card_of(viewer, found, reads_record=reads_record),
        "family": families.family(viewer, found),
        "exam": exam_card(viewer, person_id),
        **(_record(request, viewer, person_id) if reads_record else {"registered": registered(found)}),
    }
    return render(request, "familydoctor/person.html", context)


def _restriction(person_id: int, today: dt.date) -> Shown | None:
    row = restriction_of(person_id, today)
    return shown(row) if row else None


def _record(request: HttpRequest, viewer: Viewer, person_id: int) -> dict[str, Any]:
    """What to do now and why, readings over time, the timeline; what is under shelter only where it has been opened."""
    sheltered = access.reads_sheltered(viewer, person_id)
    facts = queries.facts_of(person_id, sheltered=sheltered)
    said = cards.explanations(facts, viewer.today)
    due = cards.due_cards(said, facts, viewer, latest(cards.judged_contacts(said)))
    sent = referrals.card_of(viewer, person_id)
    return {
        "shelter": shelter_state(viewer, person_id),
        "conditions": _conditions(facts, viewer.today),
        "followup_url": _followup_url(viewer, person_id, facts),
        "cards": due,
        "fillable": _fillable(viewer, facts, due),
        "nothing_due": _nothing_due(said, facts, viewer.today),
        "charts": _charts(facts, viewer.today),
        "year": viewer.today.year,
        "progress": cards.progress(said, viewer.today.year),
        "ahead": cards.ahead(said),
        "referrals": sent,
        "documents": attachments.card_of(viewer, person_id, may_add=sent.may_draft),
        **_timeline(request, person_id, sheltered=sheltered),
    }


@require_safe
def timeline(request: HttpRequest, person_id: int) -> HttpResponse:
    """Answer the timeline's links: another kind, or what came earlier. Without htmx the whole page does."""
    viewer = viewer_for(request)
    person_for(viewer, person_id, RECORD, SEE_RECORD)
    if not getattr(request, "htmx", False):
        return redirect(f"{reverse('person', args=[person_id])}?{request.GET.urlencode()}#timeline")
    template = "timeline_page" if request.GET.get("after") else "timeline"
    sheltered = access.reads_sheltered(viewer, person_id)
    return render(request, f"familydoctor/{template}.html", _timeline(request, person_id, sheltered=sheltered))


def _timeline(request: HttpRequest, person_id: int, *, sheltered: bool) -> dict[str, Any]:
    chosen = request.GET.get("kind", "")
    kind = chosen if chosen in queries.KINDS else ""
    after = queries.Key.parse(request.GET.get("after", ""))
    page = queries.timeline(person_id, kind=kind, after=after, sheltered=sheltered)
    more = urlencode({"kind": kind, "after": page.after})
    return {
        "timeline": page,
        "kinds": [_kind_link(person_id, code, label, kind) for code, label in _kind_labels().items()],
        "more_url": f"{reverse('person', args=[person_id])}?{more}#timeline",
        "more_fragment": f"{reverse('person-timeline', args=[person_id])}?{more}",
    }


def _kind_labels() -> dict[str, str]:
    return {
        "": gettext("All"),
        "followup": gettext("Follow-ups"),
        "exam": gettext("Examinations"),
        "measured": gettext("Measurements"),
        "enrolment": gettext("Programmes"),
        "other": gettext("Other"),
    }


def _kind_link(person_id: int, code: str, label: str, chosen: str) -> dict[str, Any]:
    query = urlencode({"kind": code})
    return {
        "label": label,
        "url": f"{reverse('person', args=[person_id])}?{query}#timeline",
        "fragment": f"{reverse('person-timeline', args=[person_id])}?{query}",
        "is_chosen": code == chosen,
    }


def _conditions(facts: PersonFacts, today: dt.date) -> list[str]:
    """The programmes the person is in, in words."""
    kinds = dict.fromkeys(enrolment.kind for enrolment in facts.enrolments if enrolment.kind != queries.CONDITION)
    running = [kind for kind in kinds if running_enrolment(facts, kind, today)]
    return [installed().name("enrolments", kind, get_language() or "") for kind in running]


def _gone(facts: PersonFacts | Person, today: dt.date) -> str:
    if facts.died_on and facts.died_on <= today:
        return gettext("Died on %(day)s") % {"day": day_text(facts.died_on)}
    if facts.left_on and facts.left_on <= today:
        return gettext("Moved away on %(day)s") % {"day": day_text(facts.left_on)}
    return ""


def _masked_phone(viewer: Viewer, person_id: int) -> str:
    """The number to call, for those who may care for somebody; the button behind it shows it whole."""
    return queries.masked_phone(person_id) if may(viewer, RECORD_FOLLOWUP) else ""


def _followup_url(viewer: Viewer, person_id: int, facts: PersonFacts) -> str:
    """The form for a new contact, where the person is in a programme that has one."""
    has_form = any(enrolment_for(form, facts, viewer.today) for form in definitions().values())
    return cards.followup_url(viewer, person_id) if has_form else ""


def _fillable(viewer: Viewer, facts: PersonFacts, due: list[cards.Card]) -> list[tuple[str, str]]:
    """The forms that are for the person and that nothing due leads to, as (address, title)."""
    if not cards.may_record(viewer) or _gone(facts, viewer.today):
        return []
    led_to = {card.followup_url for card in due}
    return [(url, title) for url, title in offered_to(facts, viewer.today) if url not in led_to]


def _nothing_due(said: list[Explanation], facts: PersonFacts, today: dt.date) -> str:
    if _gone(facts, today):
        return gettext("Nothing is owed any more.")
    if not said:
        return gettext("No programme applies to this person today.")
    return gettext("Nothing is due today.")


def _charts(facts: PersonFacts, today: dt.date) -> list[charts.Chart]:
    readings = {kind: charts.readings_of(facts, kind, today) for kind in charts.KINDS}
    keys = [row_key(one.event.event_id) for found in readings.values() for one in found if one.event]
    recorders = queries.recorders(keys)
    drawn = [charts.chart_of(kind, found, facts, today, recorders) for kind, found in readings.items()]
    return [chart for chart in drawn if chart]
