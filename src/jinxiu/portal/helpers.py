"""Who helps: giving and taking back the consent to a helper, for oneself or as a guardian; asking to help somebody."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.portal import access, actions, queries
from jinxiu.portal.forms import WishForm
from jinxiu.portal.pages import resident_page, show


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def helpers(request: HttpRequest, whom: int) -> HttpResponse:
    """List who acts for a person and, on the own pages, for whom one acts; there also take a wish to help somebody."""
    visit = access.rights_for(request, whom, access.HELPERS)
    if request.method == "POST" and not visit.is_self:
        raise Http404
    form = WishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        phone_hash, number_hash = form.cleaned_data["hashes"]
        try:
            actions.wish_to_help(
                resident=visit.resident,
                relation=form.cleaned_data["relation"],
                phone_hash=phone_hash,
                number_hash=number_hash,
                now=clock.true_now(),
            )
        except PeopleError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            messages.success(
                request,
                gettext("If both numbers are right, the person or the guardian is asked by SMS, and says yes or no."),
            )
            return redirect("my-helpers", whom)
    page = {"helping": queries.helpers_of(visit), "wishes": queries.wishes_of(visit), "form": form}
    return show(request, "portal/helpers.html", visit, page, status=400 if form.errors else 200)


@require_POST
@resident_page
def answer(request: HttpRequest, whom: int, wish_id: int) -> HttpResponse:
    """Say yes or no to somebody who wishes to help."""
    visit = access.rights_for(request, whom, access.HELPERS)
    try:
        actions.answer_wish(visit=visit, wish_id=wish_id, yes="yes" in request.POST, now=clock.true_now())
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    return redirect("my-helpers", whom)


@require_POST
@resident_page
def take_back(request: HttpRequest, whom: int, bond_id: int) -> HttpResponse:
    """Take a consent back in one tap."""
    visit = access.rights_for(request, whom, access.HELPERS)
    try:
        actions.take_back(visit=visit, relationship_id=bond_id, today=visit.today)
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("Taken back. Nobody looks at these pages with this consent any more."))
    return redirect("my-helpers", whom)
