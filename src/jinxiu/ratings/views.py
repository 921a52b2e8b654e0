"""The pages of staff: what people think of the teams within reach, and of one of them, where nobody sees who answered;
who wishes to be called, for who leads the centre; and asking by phone, for who is in no team."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.indicators.wording import month_text
from jinxiu.people import access, clock
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.roles import ASK_RATINGS, MANAGE_TEAMS, SEE_DISTRICT_NUMBERS, SEE_TEAM_NUMBERS
from jinxiu.people.wording import about, named
from jinxiu.ratings import actions, queries, rules
from jinxiu.ratings.actions import By
from jinxiu.ratings.forms import RatingForm, SettleForm
from jinxiu.ratings.rules import Summary, Tally
from jinxiu.ratings.surveys import YEAR


@dataclass(frozen=True)
class Row:
    """A team, a time or a question with its numbers; `width` is how far its bar goes, in percent."""

    name: str
    url: str
    numbers: Summary
    score: str
    percent: str
    width: float


def _row(name: str, numbers: Summary, url: str = "") -> Row:
    score, percent = numbers.score, numbers.percent
    return Row(
        name,
        url,
        numbers,
        "" if score is None else f"{score:.1f}",
        "" if percent is None else f"{percent:.0f} %",
        0 if score is None else 100 * (score - 1) / (rules.BEST - 1),
    )


def _permission(viewer: Viewer) -> str:
    """By which permission the viewer sees numbers. Raises PermissionDenied."""
    for one in (SEE_TEAM_NUMBERS, SEE_DISTRICT_NUMBERS):
        if access.may(viewer, one):
            return one
    raise PermissionDenied


@require_safe
def ratings(request: HttpRequest) -> HttpResponse:
    """Every team within reach with its numbers; who has one team only is led to it."""
    viewer = access.viewer_for(request)
    teams = list(access.open_teams_for(viewer, _permission(viewer)))
    if len(teams) == 1:
        return redirect("ratings-of-team", teams[0].pk)
    found = queries.summaries_of([one.pk for one in teams], viewer.today)
    several = len({one.institution_id for one in teams}) > 1
    rows = [
        (_row(f"{named(one.institution)} · {named(one)}" if several else named(one), found[one.pk]), one.pk)
        for one in teams
    ]
    together = _row("", sum(found.values(), Summary()))
    page = {"rows": rows, "together": together, **_told(viewer)}
    return render(request, "ratings/ratings.html", page)


@require_safe
def of_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """One team's results: how the answers spread, over the months, by question, and in words."""
    viewer = access.viewer_for(request)
    permission = _permission(viewer)
    access.team_ids_for(viewer, team_id, permission)
    team = access.teams_for(viewer, permission).get(pk=team_id)
    result = queries.result_of(team_id, viewer.today, with_words=permission == SEE_TEAM_NUMBERS)
    language = get_language() or ""
    surveys: dict[str, list[Row]] = {}
    for survey, question, numbers in result.questions:
        row = _row(question.text.language(language), numbers)
        surveys.setdefault(survey.title.language(language), []).append(row)
    page = {
        "team": named(team),
        "institution": named(team.institution),
        "all": _row("", result.summary),
        "spread": _spread(result.summary),
        "months": [_row(_months_text(one), rules.summary([one])) for one in result.months],
        "surveys": surveys.items(),
        "words": result.words,
        "has_others": len(viewer.reach.get(permission, ())) > 1,
        **_told(viewer),
    }
    return render(request, "ratings/team.html", page)


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Who wishes to be called, for who leads the centre; with the numbers, which the trail keeps."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_TEAMS)
    waiting = queries.calls_for(viewer)
    actions.note_calls(viewer=viewer, wishes=waiting)
    page = {
        "waiting": [(one, named(one.team), queries.number_of(one)) for one in waiting],
        "settled": queries.settled_for(viewer),
        "form": SettleForm(auto_id=False),
    }
    return render(request, "ratings/calls.html", page)


@require_POST
def settle(request: HttpRequest, call_id: int) -> HttpResponse:
    """Write down what came of a call."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_TEAMS)
    queries.call_of(viewer, call_id, lock=False)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Write what came of the call; then it leaves the list."))
        return redirect("rating-calls")
    try:
        actions.settle_call(viewer=viewer, wish_id=call_id, note=form.cleaned_data["note"], now=clock.true_now())
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    return redirect("rating-calls")


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Some people whom somebody outside of the teams may call to ask about the year."""
    viewer = access.viewer_for(request)
    access.require(viewer, ASK_RATINGS)
    people = [(one, about(one.birth_date, one.sex, viewer.today)) for one in queries.to_call(viewer)]
    return render(request, "ratings/phone.html", {"people": people, "age": rules.BY_PHONE_FROM})


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, person_id: int) -> HttpResponse:
    """Read the questions out on the phone, and keep what was said; it is not shown again."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, access.PHONE_CALL, ASK_RATINGS)
    year, survey = queries.year_of(person_id, viewer.today), queries.surveys().on(YEAR, viewer.today)
    if year is None or year.said is not None or survey is None:
        messages.info(request, gettext("This person has answered already, or belongs to no team."))
        return redirect("ratings-phone")
    refused = "refused" in request.POST
    form = RatingForm(request.POST if request.method == "POST" and not refused else None, survey, None)
    if refused or form.is_valid():
        try:
            actions.ask_by_phone(
                person_id=person_id,
                said=None if refused else form.said,
                by=By(rules.PHONE, viewer.actor, viewer.staff_id),
                today=viewer.today,
                now=clock.true_now(),
            )
        except PeopleError as error:
            messages.error(request, str(error.sentence))
        else:
            messages.success(request, gettext("Kept. Thank you."))
        return redirect("ratings-phone")
    page = {"form": form, "person": person, "title": survey.title.language(get_language() or "")}
    return render(request, "ratings/ask.html", page, status=400 if form.errors else 200)


def _told(viewer: Viewer) -> dict[str, object]:
    first, last = rules.window(viewer.today)
    may_call = access.may(viewer, MANAGE_TEAMS)
    return {"first": month_text(first), "last": month_text(last), "few": rules.FEW, "may_call": may_call}


def _spread(numbers: Summary) -> list[dict[str, object]]:
    """How many gave five stars, four …, as rows of a bar chart."""
    points = list(enumerate(numbers.points, start=1))
    return [{"label": f"{value} ★", "value": number} for value, number in reversed(points)]


def _months_text(one: Tally) -> str:
    first, last = month_text(one.first), month_text(one.last)
    return first if one.first == one.last else f"{first} – {last}"
