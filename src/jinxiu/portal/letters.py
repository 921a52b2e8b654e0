"""What was sent to a resident, and where messages by e-mail go."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from jinxiu.messaging import actions
from jinxiu.messaging import queries as sent
from jinxiu.portal import access
from jinxiu.portal.forms import EmailForm
from jinxiu.portal.pages import resident_page, show


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def letters(request: HttpRequest, whom: int) -> HttpResponse:
    """List the last messages, and take an e-mail address, or take it back when nothing is typed."""
    visit = access.own_pages(request, whom, access.MESSAGES)
    form = EmailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        address = form.cleaned_data["email"]
        actions.keep_email(person_id=visit.person.pk, address=address, actor=visit.actor)
        said = (
            gettext("Kept: used when an SMS does not reach you.")
            if address
            else gettext("No e-mail goes to you any more.")
        )
        messages.success(request, said)
        return redirect("my-messages", whom)
    page = {"form": form, "masked": sent.email_of(visit.person.pk), "letters": sent.sent_to(visit.person.pk)}
    return show(request, "portal/letters.html", visit, page, status=400 if form.errors else 200)
