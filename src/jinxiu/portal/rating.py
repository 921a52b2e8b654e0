"""Rating: what was delivered lately and can be rated, the survey of the year, what was said; a wish to be called.

The visit is noted in the trail as one to the own pages: those who care for the person read there who looked, and must
not learn from it who rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.portal import access
from jinxiu.portal.access import Visit
from jinxiu.portal.pages import resident_page, show
from jinxiu.ratings import actions, queries, rules
from jinxiu.ratings.actions import By
from jinxiu.ratings.forms import CallForm, RatingForm
from jinxiu.ratings.queries import Service
from jinxiu.ratings.surveys import SERVICE, YEAR
from jinxiu.ratings.wording import title_of


@dataclass(frozen=True)
class Offer:
    """Something to rate, or what was said of it: `stars` is 0 where nothing was said; `url` leads to the form."""

    title: str
    on: date | None
    stars: int
    url: str
    until: date | None = None  # the last day on which it may be changed


def by_of(visit: Visit) -> By:
    """Who answers: oneself, a guardian, or a helper."""
    way = rules.SELF if visit.is_self else rules.GUARDIAN if visit.may_decide else rules.HELPER
    return By(way, visit.actor)


@require_safe
@resident_page
def ratings(request: HttpRequest, whom: int) -> HttpResponse:
    """List what can be rated, and what was said."""
    visit = access.resident_for(request, whom, access.HOME)
    services = _services(visit)
    page = {
        "year": _year_offer(visit),
        "services": [_offer(one, visit) for one in services if one.said is None],
        "said": _said(visit, services),
        "is_asked": visit.is_self and not queries.does_not_wish_to_be_asked(whom),
    }
    return show(request, "portal/rating/ratings.html", visit, page)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def service(request: HttpRequest, whom: int, event_id: int) -> HttpResponse:
    """Rate one service, or change what was said of it."""
    visit = access.resident_for(request, whom, access.HOME)
    found = next((one for one in _services(visit) if one.event_id == event_id), None)
    survey = queries.surveys().on(SERVICE, visit.today)
    if found is None or survey is None:
        raise Http404
    form = RatingForm(request.POST if request.method == "POST" else None, survey, found.said)
    if form.is_valid():
        try:
            actions.rate_service(
                person_id=whom,
                event_id=event_id,
                said=form.said,
                by=by_of(visit),
                today=visit.today,
                now=clock.true_now(),
            )
        except PeopleError as refused:
            messages.error(request, str(refused.sentence))
            return redirect("my-ratings", whom)
        return redirect("my-rating-thanks", whom)
    page = {"form": form, "title": survey.title.language(get_language() or ""), "service": _offer(found, visit)}
    return show(request, "portal/rating/rate.html", visit, page, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def year(request: HttpRequest, whom: int) -> HttpResponse:
    """Answer the survey of the year, or change the answers."""
    visit = access.resident_for(request, whom, access.HOME)
    found, survey = queries.year_of(whom, visit.today), queries.surveys().on(YEAR, visit.today)
    if found is None or survey is None or (found.said and not rules.may_see(by_of(visit).way, found.said.via)):
        raise Http404
    form = RatingForm(request.POST if request.method == "POST" else None, survey, found.said)
    if form.is_valid():
        try:
            actions.rate_year(person_id=whom, said=form.said, by=by_of(visit), today=visit.today, now=clock.true_now())
        except PeopleError as refused:
            messages.error(request, str(refused.sentence))
            return redirect("my-ratings", whom)
        return redirect("my-rating-thanks", whom)
    page = {"form": form, "title": survey.title.language(get_language() or ""), "service": None}
    return show(request, "portal/rating/rate.html", visit, page, status=400 if form.errors else 200)


@require_safe
@resident_page
def thanks(request: HttpRequest, whom: int) -> HttpResponse:
    """Say thank you, and what becomes of it."""
    visit = access.resident_for(request, whom, access.HOME)
    return show(request, "portal/rating/thanks.html", visit, {"few": rules.FEW, "days": rules.CHANGE_DAYS})


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def call(request: HttpRequest, whom: int) -> HttpResponse:
    """Take the wish to be called by who leads the centre; while one waits, say so."""
    visit = access.resident_for(request, whom, access.HOME)
    waiting = queries.waiting_call(whom)
    form = CallForm(request.POST if request.method == "POST" and waiting is None else None)
    if form.is_valid():
        try:
            actions.wish_a_call(
                person_id=whom, **form.cleaned_data, by=by_of(visit), today=visit.today, now=clock.true_now()
            )
        except PeopleError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            return redirect("my-rating-call", whom)
    page = {"form": form, "waiting": waiting}
    return show(request, "portal/rating/call.html", visit, page, status=400 if form.errors else 200)


@require_POST
@resident_page
def asked(request: HttpRequest, whom: int) -> HttpResponse:
    """Keep whether somebody wishes to be asked by message."""
    visit = access.own_pages(request, whom, access.HOME)
    wishes = "yes" in request.POST
    actions.wish_to_be_asked(person_id=whom, asked=wishes, by=by_of(visit), now=clock.true_now())
    said = gettext("We may ask you again.") if wishes else gettext("We ask you no more. You can still rate here.")
    messages.success(request, said)
    return redirect("my-ratings", whom)


# --- what is offered --------------------------------------------------------------------------------------------------


def _services(visit: Visit) -> list[Service]:
    """The services of a person that the one who looks may rate, or has rated; sheltered ones for the person alone."""
    found = queries.services_of(visit.person.pk, visit.today, with_sheltered=visit.is_self)
    way = by_of(visit).way
    return [one for one in found if one.said is None or rules.may_see(way, one.said.via)]


def _offer(one: Service, visit: Visit) -> Offer:
    url = reverse("my-rating", args=[visit.person.pk, one.event_id])
    return Offer(title_of(one.kind), one.happened_on, one.said.score if one.said else 0, url)


def _year_offer(visit: Visit) -> Offer | None:
    found = queries.year_of(visit.person.pk, visit.today)
    if found is None or found.said is not None:
        return None
    return Offer("", None, 0, reverse("my-rating-year", args=[visit.person.pk]))


def _said(visit: Visit, services: list[Service]) -> list[Offer]:
    """What was said, by as much as the one who looks may see; a way to change it as long as it may be changed."""
    forms = {one.said.pk: reverse("my-rating", args=[visit.person.pk, one.event_id]) for one in services if one.said}
    way, found = by_of(visit).way, []
    for one in queries.said_by(visit.person.pk, with_sheltered=visit.is_self):
        if not rules.may_see(way, one.via):
            continue
        open_form = rules.may_change(one.given_on, visit.today)
        url = reverse("my-rating-year", args=[visit.person.pk]) if one.event is None else forms.get(one.pk, "")
        title = title_of(one.event.kind) if one.event else gettext("The year %(year)s") % {"year": one.year}
        on = one.event.happened_on if one.event else None
        until = one.given_on + timedelta(days=rules.CHANGE_DAYS)
        found.append(Offer(title, on, one.score, url if open_form else "", until))
    return found
