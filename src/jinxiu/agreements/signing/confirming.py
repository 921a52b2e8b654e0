"""A team's yes to many at once: every ticked one by itself, each with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from jinxiu.agreements import actions
from jinxiu.agreements.access import person_asking
from jinxiu.agreements.actions import By
from jinxiu.agreements.forms import TokenForm
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import PAGE
from jinxiu.agreements.signing.queries import to_confirm
from jinxiu.agreements.signing.rules import uuid_of
from jinxiu.people import access
from jinxiu.people.access import PersonNotFound, Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import RECORD_FOLLOWUP


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one: `sentence` says why it is not confirmed, and is empty where it is."""

    agreement: Agreement
    sentence: str


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the ticked agreements for their teams; who cannot be confirmed keeps nobody else waiting."""
    viewer = access.viewer_for(request)
    access.require(viewer, RECORD_FOLLOWUP)
    sent = [number_sent(one) for one in request.POST.getlist("agreement")]
    ids = {one for one in sent if one is not None}
    form = TokenForm(request.POST)
    if not ids or not form.is_valid():
        messages.error(request, gettext("Tick those whom you confirm; nothing is confirmed yet."))
        return redirect("agreement-lists")
    if len(ids) > PAGE:
        messages.error(
            request, gettext("Confirm at most %(number)s at once; nothing is confirmed yet.") % {"number": PAGE}
        )
        return redirect("agreement-lists")
    outcomes = [_confirmed(viewer, one, form.cleaned_data["token"]) for one in to_confirm(viewer, ids)]
    page = {
        "done": [one for one in outcomes if not one.sentence],
        "refused": [one for one in outcomes if one.sentence],
        "unknown": len(ids) - len(outcomes),
    }
    return render(request, "agreements/signing/confirmed.html", page)


def _confirmed(viewer: Viewer, found: Agreement, token: UUID) -> Outcome:
    try:
        person_asking(viewer, found.person_id, RECORD_FOLLOWUP)
        actions.confirm(
            by=By(viewer.actor, viewer.name, viewer.staff_id),
            today=viewer.today,
            agreement_id=found.pk,
            token=uuid_of(token, found.pk),
        )
    except PersonNotFound:
        return Outcome(found, gettext("This person is not within your reach any more."))
    except PeopleError as refused:
        return Outcome(found, str(refused.sentence))
    return Outcome(found, "")
