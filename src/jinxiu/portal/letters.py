"""What was sent to a resident, and where messages by e-mail go."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from jinxiu.messaging import actions, channels
from jinxiu.messaging import queries as sent
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.portal import access
from jinxiu.portal.access import Visit
from jinxiu.portal.forms import EmailCodeForm, EmailForm
from jinxiu.portal.pages import resident_page, show


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def letters(request: HttpRequest, whom: int) -> HttpResponse:
    """List the last messages; take an e-mail address and the code that proves it, or take the address back when nothing
    is typed."""
    visit = access.own_pages(request, whom, access.MESSAGES)
    proves = "code" in request.POST
    form = EmailForm(request.POST if request.method == "POST" and not proves else None)
    code = EmailCodeForm(request.POST if proves else None)
    if (code.is_valid() and _prove(request, visit, code)) or (form.is_valid() and _keep(request, visit, form)):
        return redirect("my-messages", whom)
    masked, is_proved = sent.email_of(visit.person.pk)
    page = {
        "form": form,
        "code": code,
        "masked": masked,
        "is_proved": is_proved,
        "takes_email": channels.takes_email(),
        "letters": sent.sent_to(visit.person.pk),
    }
    return show(request, "portal/letters.html", visit, page, status=400 if form.errors or code.errors else 200)


def _keep(request: HttpRequest, visit: Visit, form: EmailForm) -> bool:
    address = form.cleaned_data["email"]
    try:
        actions.keep_email(
            person_id=visit.person.pk,
            address=address,
            language=get_language() or "zh-hans",
            actor=visit.actor,
            now=clock.true_now(),
        )
    except PeopleError as refused:
        form.add_error("email", str(refused.sentence))
        return False
    if not address:
        messages.success(request, gettext("No e-mail goes to you any more."))
    return True


def _prove(request: HttpRequest, visit: Visit, code: EmailCodeForm) -> bool:
    typed = code.cleaned_data["code"]
    if not actions.prove_email(person_id=visit.person.pk, code=typed, actor=visit.actor, now=clock.true_now()):
        code.add_error("code", gettext("This code does not fit, or it works no more. Look again, or send a new one."))
        return False
    messages.success(request, gettext("Kept: used when an SMS does not reach you."))
    return True
