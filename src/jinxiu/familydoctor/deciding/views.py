"""The pages of what a follow-up became: what is suggested and why, what to do now, and a clinician's word on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.evidence.facts import row_id
from jinxiu.familydoctor.deciding import actions, queries, rules, shown
from jinxiu.familydoctor.deciding.forms import PROBLEMS, DecisionForm
from jinxiu.familydoctor.deciding.rules import LONGEST_WORDS, Word
from jinxiu.familydoctor.followups import forms
from jinxiu.familydoctor.followups import queries as followups
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import facts_of, head_of
from jinxiu.familydoctor.records.shelter import shelter_state
from jinxiu.people.access import (
    FOLLOW_UP,
    Viewer,
    person_for,
    person_to_care_for,
    reader_of,
    reads_sheltered,
    require,
    viewer_for,
)
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import SEE_RECORD
from jinxiu.standards.explain import suggestion, why
from jinxiu.standards.judge import advice_on, judge
from jinxiu.standards.model import URGENT, Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Verdict
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.standards import in_force
from jinxiu.worklists.waiting.queries import MOST, waiting
from jinxiu.worklists.waiting.wording import line


@require_safe
def saved(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Show what a follow-up became: the class suggested and why, when the next contact is due, and who is next."""
    viewer = viewer_for(request)
    person = person_for(viewer, person_id, FOLLOW_UP, SEE_RECORD)
    reader = reader_of(viewer, person)
    sheltered = reads_sheltered(viewer, person_id)
    events = followups.visit_of(person_id, event_id, kinds(), sheltered=sheltered)
    if not events and (closed := shelter_state(viewer, person_id)) and not closed.is_open:
        return redirect(closed.url_for(request.get_full_path()))
    if not events and queries.versions(person_id, event_id, sheltered=sheltered):
        return redirect("followup-versions", person_id, event_id)
    if not events:
        raise Http404
    pks = [event.pk for event in events]
    facts = facts_of(person_id, sheltered=sheltered)
    known = shown.Known(
        reader,
        person_id,
        facts,
        cards.explanations(facts, viewer.today),
        queries.decisions(pks),
        queries.done_at_once(pks),
    )
    opened, closed_items = queries.moved_with(person_id, pks)
    context = {
        "head": head_of(person, viewer.today),
        "results": [shown.result(event, known) for event in events],
        "not_recorded": _not_recorded(events, facts, viewer.today),
        "opened": shown.due_in_words(opened, sees_sheltered=sheltered),
        "closed": shown.due_in_words(closed_items, sees_sheltered=sheltered),
        "next": followups.next_person(viewer, person_id),
        "longest": LONGEST_WORDS,
        "may_correct": cards.may_record(reader),
        "has_versions": queries.corrected(pks),
    }
    return render(request, "familydoctor/followup_saved.html", context)


def kinds() -> list[str]:
    """The kinds of events that forms record."""
    return [form.event for form in forms.every_form().values()]


def _not_recorded(events: Sequence[followups.Followup], facts: PersonFacts, today: dt.date) -> list[str]:
    """Say which of the person's programmes this visit brought nothing for."""
    recorded = {event.kind for event in events}
    if recorded.isdisjoint(form.event for form in forms.definitions().values()):
        return []
    return [
        gettext("Not recorded: %(form)s. Nothing was measured or ticked for it; it stays due as it is.")
        % {"form": form.title.language(get_language() or "")}
        for form in forms.definitions().values()
        if form.event not in recorded and followups.enrolment_for(form, facts, today) is not None
    ]


# ── What was done at once ──────────────────────────────────────────────────────────────────────────────────────────


@require_POST
def acted(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Keep what was done at once about an urgent contact."""
    viewer = viewer_for(request)
    person_to_care_for(viewer, person_id, FOLLOW_UP)
    facts = facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))
    advised = {
        one.id
        for standard in in_force(viewer.today)
        for one in advice_on(standard, facts, row_id("e", event_id), viewer.today)
    }
    done = [one for one in request.POST.getlist("done") if one in advised]
    words = request.POST.get("words", "").strip()[:LONGEST_WORDS]
    if not advised:
        messages.info(request, gettext("Nothing of this record is urgent today; nothing was kept."))
    elif not done and not words:
        messages.warning(request, gettext("Tick what was done, or say in a sentence why nothing was."))
    else:
        actions.act(viewer=viewer, person_id=person_id, event_id=event_id, done=done, words=words)
        messages.success(request, gettext("Kept; the team's doctor sees it."))
    return redirect("followup", person_id, event_id)


# ── A clinician's word ─────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
def confirm(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Record that a doctor agrees with the class suggested for a contact."""
    viewer, facts = _decider(request, person_id)
    found = _suggested(facts, viewer.today, event_id)
    if found is None or found[1].classification != request.POST.get("classification"):
        messages.warning(request, gettext("The suggestion has changed in the meantime; please look at it again."))
        return redirect(_next(request, person_id))
    word = Word(found[1].classification or "")
    if _keep(request, viewer, person_id, event_id, word, found[1]):
        messages.success(request, gettext("Confirmed."))
    return redirect(_next(request, person_id))


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, person_id: int, event_id: int) -> HttpResponse:
    """Ask for another class than the suggested one, with a reason, or an earlier day; and keep it."""
    viewer, facts = _decider(request, person_id)
    found = _suggested(facts, viewer.today, event_id)
    if found is None or found[0].decision is None:
        messages.warning(request, gettext("This record does not decide what is due any more; nothing can be changed."))
        return redirect("person", person_id)
    standard, rule = found
    latest = _latest_days(standard, facts, event_id, viewer.today)
    form = DecisionForm(request.POST or None, classes=_choices(latest, rule, viewer.today))
    if request.method == "POST" and form.is_valid():
        wrong = rules.problems(form.word, rule, latest, viewer.today)
        for field, code in wrong.items():
            form.add_error(field, str(PROBLEMS[code]))
        if not wrong and _keep(request, viewer, person_id, event_id, form.word, rule):
            messages.success(request, gettext("Your decision is kept beside the suggestion."))
            return redirect("followup", person_id, event_id)
    said = queries.latest([event_id]).get(event_id)
    context = {
        "head": head_of(person_to_care_for(viewer, person_id, FOLLOW_UP), viewer.today),
        "form": form,
        "event_id": event_id,
        "rule": why_rule(standard, facts, rule, viewer.today),
        "source": cards.source_of(standard),
        "seen": said.id if said else 0,
        "is_danger": rule.urgency >= URGENT,
    }
    return render(request, "familydoctor/decide.html", context)


def why_rule(standard: Standard, facts: PersonFacts, rule: Verdict, today: dt.date) -> str:
    """What the rule says of a contact, in a sentence, whatever was decided."""
    for clause in why(standard, facts, today, get_language() or "").clauses:
        if clause.verdict.clause == rule.clause and clause.verdict.cycle == rule.cycle:
            return clause.suggested or clause.sentence
    return ""


def _decider(request: HttpRequest, person_id: int) -> tuple[Viewer, PersonFacts]:
    viewer = viewer_for(request)
    person_to_care_for(viewer, person_id, FOLLOW_UP)
    if not cards.may_confirm(viewer):
        raise PermissionDenied
    return viewer, facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))


def _keep(request: HttpRequest, viewer: Viewer, person_id: int, event_id: int, word: Word, suggested: Verdict) -> bool:
    """Keep a word, or say why not; False where nothing was kept."""
    seen = number_sent(request.POST.get("seen", ""))
    try:
        actions.decide(viewer=viewer, person_id=person_id, event_id=event_id, word=word, suggested=suggested, seen=seen)
    except actions.AlreadyDecidedError:
        messages.info(request, gettext("A colleague has confirmed this already; nothing has been changed."))
        return False
    except actions.DecidedMeanwhileError:
        words = gettext("A colleague decided otherwise since you opened this page. Look at it, then decide again.")
        messages.warning(request, words)
        return False
    return True


def _suggested(facts: PersonFacts, today: dt.date, event_id: int) -> tuple[Standard, Verdict] | None:
    """What the rule suggests of a contact today, without any decision; None when it decides nothing any more."""
    for standard in in_force(today):
        for verdict in judge(standard, facts, today):
            if verdict.classification and cards.event_pk(verdict) == event_id:
                return standard, suggestion(standard, facts, verdict, today) or verdict
    return None


def _latest_days(standard: Standard, facts: PersonFacts, event_id: int, today: dt.date) -> dict[str, dt.date]:
    """For each class that may be decided, the day by which the next contact would be due."""
    found = {}
    for name in standard.classes:
        verdict = rules.after_decision(standard, facts, row_id("e", event_id), name, today)
        if verdict is not None:
            found[name] = verdict.due_on
    return found


def _choices(latest: dict[str, dt.date], rule: Verdict, today: dt.date) -> list[tuple[str, str]]:
    names = {
        name: gettext("%(class)s, next contact by %(day)s")
        % {"class": cards.class_name(name), "day": day_text(day, today)}
        for name, day in latest.items()
    }
    suggested = rule.classification or ""
    if suggested in names:
        names[suggested] = gettext("%(what)s (suggested)") % {"what": names[suggested]}
    return list(names.items())


def _next(request: HttpRequest, person_id: int) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None, require_https=request.is_secure())
    return asked if is_ours else reverse("person", args=[person_id])


# ── What waits for a word ──────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def to_confirm(request: HttpRequest) -> HttpResponse:
    """The contacts that wait for this doctor's word, most urgent first; each is looked at before it is confirmed."""
    viewer = viewer_for(request)
    require(viewer, SEE_RECORD)
    if not cards.may_confirm(viewer):
        raise PermissionDenied
    found = waiting(viewer)
    page = {"lines": [line(one, viewer.today) for one in found], "is_cut": len(found) == MOST, "most": MOST}
    return render(request, "familydoctor/to_confirm.html", page)
