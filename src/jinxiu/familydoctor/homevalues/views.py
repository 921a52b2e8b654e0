"""The page of values from home: what was sent, what waits, and the contact about it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from jinxiu.audit.sentences import define_purpose
from jinxiu.evidence.actions import EvidenceError
from jinxiu.familydoctor.boards.actions import record_call
from jinxiu.familydoctor.boards.forms import call_form
from jinxiu.familydoctor.homevalues import actions, queries, shown
from jinxiu.familydoctor.homevalues.forms import NOBODY, ContactForm
from jinxiu.familydoctor.records.queries import masked_phone
from jinxiu.people.access import Viewer, person_to_care_for, viewer_for
from jinxiu.people.models import Person
from jinxiu.standards import explain
from jinxiu.worklists.queries import Item
from jinxiu.worklists.standards import standard_of

HOME_VALUES = define_purpose("home values", _("values from home"))


@require_http_methods(["GET", "HEAD", "POST"])
def home_values(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show what somebody sent from home and why it waits; keep a contact about it."""
    viewer = viewer_for(request)
    person = person_to_care_for(viewer, person_id, HOME_VALUES)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _keep(request, viewer, person, form)
        except EvidenceError as refused:
            form.add_error(None, str(refused.sentence))
        else:
            return redirect("home-values", person.pk)
    waiting = queries.open_of(person.pk, viewer.today)
    page = {
        "person": person,
        "card": {"person_id": person.pk, "name": person.name, "masked_phone": masked_phone(person.pk)},
        "waiting": [_why(item, viewer) for item in waiting],
        "is_urgent": any(item.urgency >= 3 for item in waiting),
        "rows": shown.rows_of(person.pk, viewer.today),
        "form": form,
        "token": request.POST.get("token") or uuid.uuid4(),
    }
    return render(request, "familydoctor/homevalues/page.html", page, status=400 if form.errors else 200)


def _keep(request: HttpRequest, viewer: Viewer, person: Person, form: ContactForm) -> None:
    said, token = form.cleaned_data, _token(request)
    if said["became"] == NOBODY:
        values = {"happened_on": viewer.today, "mode": "phone", "outcome": "no_answer", "note": said["note"]}
        record_call(viewer=viewer, person_id=person.pk, form=call_form(), values=values, token=token)
        if queries.open_of(person.pk, viewer.today):
            messages.info(request, gettext("Kept: nobody was reached. It stays open; try again, or call who helps."))
        else:
            messages.info(request, gettext("Kept: nobody was reached. Nothing waits: somebody was in touch already."))
        return
    answered = actions.record_contact(
        viewer=viewer, person_id=person.pk, how=said["how"], became=said["became"], note=said["note"], token=token
    )
    if answered:
        messages.success(request, gettext("Kept. Nothing from home waits any more."))
    else:
        messages.info(request, gettext("Nothing waited any more: somebody was in touch already."))


def _token(request: HttpRequest) -> str:
    """The form's token; one of its own for a form that came without."""
    try:
        return str(uuid.UUID(request.POST.get("token", "")))
    except ValueError:
        return str(uuid.uuid4())


def _why(item: Item, viewer: Viewer) -> str:
    standard = standard_of(item.standard, item.version)
    return explain.sentence(standard, item, get_language() or "", viewer.today) if standard else item.standard
