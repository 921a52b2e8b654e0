"""The first page of a resident: team, agreement, what is due and why; and the change to another person."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jinxiu.familydoctor.examdays import wording as examdays
from jinxiu.people.wording import named
from jinxiu.portal import access, queries
from jinxiu.portal.access import Visit
from jinxiu.portal.choosing import queries as choosing
from jinxiu.portal.pages import resident_page, show
from jinxiu.portal.promised import promised_for

# What the first page leads to, one line for each page: name of the address, words, icon, and what the visit must be
# (a property of `access.Visit`; empty: for whoever may open the first page).
DOORS = (
    ("my-measurements", _("Blood pressure and sugar"), "heart-pulse", "reads_record"),
    ("my-agreement", _("My agreement"), "pencil-square", ""),
    ("my-record", _("Health record"), "journal-medical", "reads_record"),
    ("my-lookers", _("Who looked"), "eye", "may_ask"),
    ("my-copy", _("Copy of the data"), "download", "may_ask"),
    ("my-consents", _("Consents given"), "check-circle", "may_ask"),
    ("my-ratings", _("Rate"), "star", ""),
    ("my-helpers", _("Who helps"), "people", "may_ask"),
    ("my-messages", _("My messages"), "inbox", "is_self"),
)


@dataclass(frozen=True)
class Door:
    """A way to another page about the same person."""

    url: str
    label: str | Promise
    icon: str


def doors(visit: Visit) -> list[Door]:
    """The pages that the one who looks may open for the person."""
    return [
        Door(reverse(name, args=[visit.person.pk]), label, icon)
        for name, label, icon, needed in DOORS
        if not needed or getattr(visit, needed)
    ]


@require_safe
@resident_page
def my(request: HttpRequest) -> HttpResponse:
    """Lead to the own first page."""
    resident = access.resident_of(request)
    return redirect("my-home", resident.person.pk) if resident else redirect("my-sign-in")


@require_safe
@resident_page
def home(request: HttpRequest, whom: int) -> HttpResponse:
    """Show what a person, or who acts for the person, comes for most."""
    visit = access.resident_for(request, whom, access.HOME)
    agreement = queries.agreement_for(visit)
    booking = queries.booking_for(visit)
    page = {
        "booking": booking,
        "booked_where": examdays.where(booking) if booking else "",
        "due": queries.due_for(visit, booking),
        "team": queries.team_for(visit),
        "agreement": agreement,
        "promised": promised_for(visit, agreement),
        "signed_with": named(agreement.team) if agreement else "",
        "renewal": choosing.renewal_of(agreement, visit.today) if agreement else "",
        "lapsed": None if agreement else choosing.lapsed(visit.person.pk, visit.today),
        "doors": doors(visit),
        "wishes": queries.wishes_of(visit) if visit.may_ask else [],
    }
    return show(request, "portal/home.html", visit, page)
