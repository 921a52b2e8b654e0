"""The page of the own consents, and the button that changes one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from jinxiu.agreements.actions import By
from jinxiu.agreements.consents.actions import change
from jinxiu.messaging.queries import email_of
from jinxiu.people.actions import PeopleError
from jinxiu.portal import access
from jinxiu.portal.access import Visit
from jinxiu.portal.consents import queries
from jinxiu.portal.pages import resident_page, show


@require_safe
@resident_page
def consents(request: HttpRequest, whom: int) -> HttpResponse:
    """Show every consent with its text and history, and what follows when it is taken back."""
    visit = access.rights_for(request, whom, access.CONSENTS)
    page = {
        "signed": queries.signed_of(visit),
        "helpers": queries.helpers_of(visit),
        "masked": _proved_email(visit),
        "kept_for": queries.kept_for(),
    }
    return show(request, "portal/consents/consents.html", visit, page)


def _proved_email(visit: Visit) -> str:
    masked, is_proved = email_of(visit.person.pk) if visit.is_self else ("", False)
    return masked if is_proved else ""


@require_POST
@resident_page
def consent(request: HttpRequest, whom: int, agreement_id: int) -> HttpResponse:
    """Give a free consent of an agreement, or take it back."""
    visit = access.rights_for(request, whom, access.CONSENTS)
    by, given = By(visit.actor, visit.resident.person.name), "give" in request.POST
    try:
        changed = change(
            by=by,
            person_id=visit.person.pk,
            agreement_id=agreement_id,
            consent=request.POST.get("consent", ""),
            given=given,
        )
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        if changed:
            said = gettext("Consented, from today on.") if given else gettext("Taken back, from now on.")
            messages.success(request, said)
    return redirect("my-consents", whom)
