"""Opening a record out of reach, ending it early, and the manager's review."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinxiu.accounts.emergency.forms import OpeningForm, ReviewForm
from jinxiu.accounts.queries import user_ids_of
from jinxiu.emergency import actions, queries
from jinxiu.people import access, clock
from jinxiu.people.roles import OPEN_IN_EMERGENCY, REVIEW_EMERGENCIES


@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """Ask whose record and why, and open it; below, what one has opened before and what became of it."""
    viewer = access.viewer_for(request)
    access.require(viewer, OPEN_IN_EMERGENCY)
    until = queries.name_needed_until(viewer.user_id)
    form = OpeningForm(request.POST or None, needs_name=until is not None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("person", access.open_in_emergency(viewer, **form.cleaned_data))
        except access.PersonNotFound:
            words = _nobody(with_name=until is not None)
            until = queries.name_needed_until(viewer.user_id)
            form = OpeningForm(request.POST, needs_name=until is not None)
            form.add_error("number", words)
    page = {
        "form": form,
        "openings": queries.of_staff(viewer.staff_id),
        "minutes": settings.JINXIU_EMERGENCY_MINUTES,
        "hours": settings.JINXIU_EMERGENCY_REVIEW_HOURS,
        "name_needed_until": until,
        "now": clock.now(),
    }
    return render(request, "accounts/emergency.html", page)


def _nobody(*, with_name: bool) -> str:
    if with_name:
        return gettext("Nobody here has this number and this name. Compare both with the document.")
    return gettext("Nobody here has this number. Compare it with the document, digit by digit.")


@require_POST
def end(request: HttpRequest, opening_id: int) -> HttpResponse:
    """End one's own opening before its time."""
    viewer = access.viewer_for(request)
    access.require(viewer, OPEN_IN_EMERGENCY)
    assert viewer.staff_id is not None
    if not actions.end(staff_id=viewer.staff_id, opening_id=opening_id, at=clock.now(), actor=viewer.actor):
        raise Http404
    messages.success(request, gettext("The record is closed again."))
    return redirect("emergency")


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """The openings that wait for the manager, and the last that were reviewed."""
    viewer = access.viewer_for(request)
    access.require(viewer, REVIEW_EMERGENCIES)
    teams = viewer.reach[REVIEW_EMERGENCIES]
    page = {
        "waiting": list(queries.to_review(teams, viewer.staff_id)),
        "reviewed": queries.reviewed(teams),
        "guessers": queries.guessers(user_ids_of(teams)),
        "now": clock.now(),
    }
    return render(request, "accounts/reviews.html", page)


@require_POST
def review(request: HttpRequest, opening_id: int) -> HttpResponse:
    """Confirm an opening, or object to it with a note."""
    viewer = access.viewer_for(request)
    access.require(viewer, REVIEW_EMERGENCIES)
    mine = queries.to_review(viewer.reach[REVIEW_EMERGENCIES], viewer.staff_id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say that it was right, or object and say in one sentence why."))
        return redirect("emergency-reviews")
    if not mine.filter(pk=opening_id).exists():
        raise Http404
    assert viewer.staff_id is not None
    actions.review(
        opening_id=opening_id, reviewer_id=viewer.staff_id, **form.cleaned_data, at=clock.now(), actor=viewer.actor
    )
    messages.success(request, gettext("Reviewed."))
    return redirect("emergency-reviews")
