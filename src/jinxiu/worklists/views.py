"""The pages of the day's work: the team's home, the worklist, a phone number to call."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.queries import phones_of, streets_for
from jinxiu.people.roles import RECORD_FOLLOWUP, ROLES, SEE_DISTRICT_NUMBERS, SEE_RECORD, SEE_TEAM_NUMBERS
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text, days_left
from jinxiu.worklists import calls, glances, queries, unfinished
from jinxiu.worklists.cards import cards_for, short_title
from jinxiu.worklists.forms import WorklistFilter
from jinxiu.worklists.keeping import lines_for
from jinxiu.worklists.queries import TeamCounts
from jinxiu.worklists.standards import shown_to
from jinxiu.worklists.waiting import queries as waiting
from jinxiu.worklists.waiting.wording import line
from jinxiu.worklists.watching import wording as watching

PAGE_ROWS = 25
TOP_ROWS = 5


@dataclass(frozen=True)
class Count:
    """One number at the top of a page; with `href`, the way to the people behind it."""

    label: str
    value: int
    hint: str = ""
    tone: str = "plain"
    href: str = ""
    current: bool = False


@dataclass(frozen=True)
class Bar:
    """One row of a table that also draws its number."""

    label: str
    value: int
    href: str = ""
    tone: str = "jade"


# --- home -------------------------------------------------------------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today in the team: counts, who is most urgent, where it is overdue; as much of it as the roles permit."""
    viewer = access.viewer_for(request)
    run = queries.last_run()
    page: dict[str, Any] = {
        "today_text": today_text(viewer.today),
        "has_second_step": is_mfa_enabled(request.user),
        "reads_records": access.may(viewer, SEE_RECORD),
        "run": run,
        "keeping": lines_for(viewer),
        "glances": glances.glances_for(viewer),
        "watched": watching.lines_for(viewer, run),
        "unfinished": unfinished.lines_for(viewer) if access.may(viewer, RECORD_FOLLOWUP) else [],
    }
    if access.may(viewer, SEE_TEAM_NUMBERS):
        page |= _team_numbers(viewer)
    elif access.may(viewer, SEE_DISTRICT_NUMBERS):
        page |= _district_numbers(viewer)
    else:
        page["role_sentences"] = [ROLES[role].sentence for role in viewer.roles]
    if page["reads_records"]:
        page["top"] = cards_for(queries.worklist(viewer, limit=TOP_ROWS).rows, viewer)
        page |= _waiting(viewer) | {"calls": calls.lines_for(viewer)}
    return render(request, "worklists/home.html", page)


def _waiting(viewer: Viewer) -> dict[str, Any]:
    """What waits for a doctor: the urgent contacts that none has looked at, and how many wait for a word at all."""
    number = waiting.count(viewer)
    urgent = waiting.waiting(viewer, urgent=True, limit=TOP_ROWS) if number else []
    return {"unseen": [line(one, viewer.today) for one in urgent], "to_confirm": number}


def _team_numbers(viewer: Viewer) -> dict[str, Any]:
    by_team = [
        Bar(named(team), late, _worklist_url(team=str(team.pk), status="overdue"), "amber")
        for team, _members, late in queries.overdue_by_team(viewer)
    ]
    return {
        "counts": _counts(queries.team_counts(viewer), viewer.today, chosen="", team=""),
        **_bars("by_standard", _by_standard(queries.open_by_standard(viewer), viewer, linked=True)),
        **(_bars("by_team", by_team) if len(by_team) > 1 else {}),
    }


def _district_numbers(viewer: Viewer) -> dict[str, Any]:
    """Numbers without a way to the people behind them: this role sees no names."""
    late: dict[str, int] = {}
    for team, _members, overdue in queries.overdue_by_team(viewer, SEE_DISTRICT_NUMBERS):
        name = named(team.institution)
        late[name] = late.get(name, 0) + overdue
    counts = queries.team_counts(viewer, permission=SEE_DISTRICT_NUMBERS)
    by_standard = queries.open_by_standard(viewer, permission=SEE_DISTRICT_NUMBERS)
    return {
        "counts": _counts(counts, viewer.today, chosen="", team="", linked=False),
        **_bars("by_standard", _by_standard(by_standard, viewer, linked=False)),
        **_bars("by_institution", [Bar(name, people, tone="amber") for name, people in late.items()]),
    }


def _by_standard(people: dict[str, int], viewer: Viewer, *, linked: bool) -> list[Bar]:
    """The standards with somebody who needs something; the others are left out."""
    return [
        Bar(short_title(standard), people[standard.id], _worklist_url(standard=standard.id) if linked else "")
        for standard in shown_to(viewer)
        if people.get(standard.id)
    ]


def _bars(name: str, bars: list[Bar]) -> dict[str, Any]:
    return {name: bars, f"{name}_top": max((bar.value for bar in bars), default=0)}


# --- worklist ---------------------------------------------------------------------------------------------------------


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """The people who need something, most urgent first, filtered by the address; htmx gets the list alone."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_RECORD)
    form = _filter_form(request, viewer)
    chosen = {name: form.values[name] for name in ("standard", "status", "street", "name", "mine")}
    after = request.GET.get("after", "")
    found = queries.worklist(viewer, team_id=form.team_id, after=after, limit=PAGE_ROWS, **chosen)
    counts = queries.team_counts(viewer, form.team_id)
    team = str(form.team_id or "")
    page = {
        "form": form,
        "cards": cards_for(found.rows, viewer),
        "counts": _counts(counts, viewer.today, chosen=form.values["status"], team=team),
        "next_url": _worklist_url(**form.address(after=found.after)) if found.after else "",
        "first_url": _worklist_url(**form.address()) if after else "",
        "everything_url": _worklist_url(team=team),
        "today_text": today_text(viewer.today),
        "scope_text": ngettext("%(people)s person in care", "%(people)s people in care", counts.members)
        % {"people": f"{counts.members:,}"},
    }
    return render(request, "worklists/list.html" if _wants_the_list_alone(request) else "worklists/worklist.html", page)


def _filter_form(request: HttpRequest, viewer: Viewer) -> WorklistFilter:
    return WorklistFilter(
        request.GET,
        teams=[(str(team.pk), named(team)) for team in access.open_teams_for(viewer, SEE_RECORD)],
        standards=[(standard.id, short_title(standard)) for standard in shown_to(viewer)],
        streets=[(place.code, named(place)) for place in streets_for(viewer)],
    )


def _wants_the_list_alone(request: HttpRequest) -> bool:
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request


@require_POST
def reveal_phone(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the numbers to call, whole; whoever asks is written into the trail of that person."""
    viewer = access.viewer_for(request)
    person = access.person_to_care_for(viewer, person_id, access.PHONE_CALL)
    page = {"person": person, "phones": phones_of(person.pk)}
    template = "worklists/phone_numbers.html" if _wants_the_list_alone(request) else "worklists/phone_page.html"
    return render(request, template, page)


# --- words ------------------------------------------------------------------------------------------------------------


def today_text(today: date) -> str:
    """Write the day with its weekday: "Tuesday, 24 November"."""
    return dateformat.format(today, gettext("l, j F"))


def _counts(counts: TeamCounts, today: date, *, chosen: str, team: str, linked: bool = True) -> list[Count]:
    """The team's numbers as cards; each opens the list of exactly those people."""

    def card(status: str, label: str, value: int, hint: str, tone: str) -> Count:
        href = _worklist_url(status=status, team=team) if linked else ""
        return Count(label, value, hint, tone, href, current=status == chosen)

    soonest, since = counts.soonest_two_weeks, counts.overdue_since
    return [
        card("danger", gettext("Urgent"), counts.danger, gettext("act at once"), "red"),
        card(
            "two_weeks",
            gettext("See within two weeks"),
            counts.two_weeks,
            gettext("soonest: %(days)s") % {"days": days_left(soonest, today)} if soonest else "",
            "amber",
        ),
        card(
            "overdue",
            gettext("Overdue"),
            counts.overdue,
            gettext("longest since %(day)s") % {"day": day_text(since, today)} if since else "",
            "amber",
        ),
        card("week", gettext("Due this week"), counts.week, gettext("until Sunday"), "blue"),
        Count(gettext("Recorded today"), counts.done_today, gettext("people"), "jade"),
    ]


def _worklist_url(**parameters: str) -> str:
    chosen = {name: value for name, value in parameters.items() if value}
    return f"{reverse('worklist')}?{urlencode(chosen)}" if chosen else reverse("worklist")
