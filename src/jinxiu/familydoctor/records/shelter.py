"""What is under special shelter in a record: who may open it, whether it is open, and the page that asks what for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from jinxiu.attachments.queries import has_sheltered
from jinxiu.evidence.sheltered import has_any
from jinxiu.familydoctor.records.forms import PurposeForm
from jinxiu.familydoctor.records.queries import head_of
from jinxiu.people import access
from jinxiu.people.access import RECORD, Viewer
from jinxiu.people.roles import SEE_SHELTERED


@dataclass(frozen=True, slots=True)
class Shelter:
    """Something of the person is under shelter, and this viewer may open it or has."""

    person_id: int
    is_open: bool

    def url_for(self, next_address: str = "") -> str:
        """The page that asks for the purpose and goes on to the address afterwards."""
        address = reverse("shelter", args=[self.person_id])
        return f"{address}?{urlencode({'next': next_address})}" if next_address else address


def shelter_state(viewer: Viewer, person_id: int) -> Shelter | None:
    """The shelter as this viewer's pages show it; None for who may not know of any, and where there is none."""
    if not access.reaches(viewer, person_id, SEE_SHELTERED):
        return None
    if not has_any(person_id) and not has_sheltered(person_id):
        return None
    return Shelter(person_id, access.reads_sheltered(viewer, person_id))


@require_http_methods(["GET", "HEAD", "POST"])
def shelter(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask for the purpose, write it down, open the sheltered part for a time, and go on."""
    viewer = access.viewer_for(request)
    form = PurposeForm(request.POST if request.method == "POST" else None, purposes=access.SHELTER_PURPOSES)
    if request.method == "POST" and form.is_valid():
        access.open_shelter(request, person_id, form.cleaned_data["purpose"])
        return redirect(_next(request, person_id))
    person = access.person_for(viewer, person_id, RECORD, SEE_SHELTERED)
    page = {"head": head_of(person, viewer.today), "form": form, "next": _next(request, person_id)}
    return render(request, "familydoctor/shelter.html", page)


def _next(request: HttpRequest, person_id: int) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None, require_https=request.is_secure())
    return asked if is_ours else reverse("person", args=[person_id])
