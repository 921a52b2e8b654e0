"""What is registered of a person: numbers masked; whole only when asked for, with a purpose and a line in the trail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from jinxiu.familydoctor.records.forms import PurposeForm
from jinxiu.familydoctor.records.queries import head_of, masked_phones
from jinxiu.people import access
from jinxiu.people.models import Person
from jinxiu.people.queries import identifiers_of
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import DOCUMENTS


@dataclass(frozen=True, slots=True)
class Registered:
    """Birth date, documents as (kind, number) and phones, in words of the active language."""

    birth_date: dt.date | None
    documents: tuple[tuple[str, str], ...]
    phones: tuple[str, ...]


def registered(person: Person) -> Registered:
    """What is registered of somebody whom `people.access` has found, numbers masked."""
    documents = tuple((document_name(one.system), one.masked) for one in identifiers_of(person.pk))
    return Registered(person.birth_date, documents, tuple(masked_phones(person.pk)))


def document_name(system: str) -> str:
    """What a kind of document is called; a kind that only a source knows stands for itself."""
    return str(DOCUMENTS.get(system, system))


@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask what the whole numbers are needed for, then show them."""
    viewer = access.viewer_for(request)
    form = PurposeForm(request.POST if request.method == "POST" else None, purposes=access.NUMBER_PURPOSES)
    person = access.person_for(viewer, person_id, access.RECORD, REGISTER_PEOPLE)
    page = {"head": head_of(person, viewer.today), "form": form}
    if request.method == "POST" and form.is_valid():
        shown = access.whole_numbers(viewer, person_id, form.cleaned_data["purpose"])
        page["documents"] = [(document_name(system), number) for system, number in shown.documents]
        page["phones"] = shown.phones
    return render(request, "familydoctor/numbers.html", page)
