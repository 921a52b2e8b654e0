"""The page on which a newborn without a number is registered, through the mother's record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from jinxiu.audit.sentences import define_purpose
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.models import Person
from jinxiu.people.registering.actions import ChildKnownError, register_newborn
from jinxiu.people.registering.forms import NewbornForm
from jinxiu.people.registering.rules import may_be_mother
from jinxiu.people.roles import REGISTER_PEOPLE

NEWBORN = define_purpose("newborn", _("registering a newborn"))


@require_http_methods(["GET", "HEAD", "POST"])
def newborn(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask for a newborn child of this person, and register it."""
    viewer = access.viewer_for(request)
    mother = access.person_for(viewer, person_id, NEWBORN, REGISTER_PEOPLE)
    form = NewbornForm(request.POST if request.method == "POST" else None, today=viewer.today, mother=mother.name)
    page = {"mother": mother, "form": form, "may_be_mother": may_be_mother(mother, viewer.today)}
    if form.is_valid():
        try:
            child = _registered(viewer, mother, form, request.POST.get("besides", ""))
        except ChildKnownError as known:
            page |= _known(viewer, known.children)
        except PeopleError as error:
            form.add_error(None, str(error.sentence))
        else:
            messages.success(
                request, gettext("%(name)s is registered, with a temporary number.") % {"name": child.name}
            )
            return redirect("person", child.pk)
    return render(request, "people/newborn.html", page)


def _registered(viewer: Viewer, mother: Person, form: NewbornForm, besides: str) -> Person:
    said = form.cleaned_data
    return register_newborn(
        mother_id=mother.pk,
        name=said["name"],
        sex=said["sex"],
        birth_date=said["birth_date"],
        besides=[one for one in map(number_sent, besides.split()) if one is not None],
        today=viewer.today,
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
    )


def _known(viewer: Viewer, children: list[int]) -> dict[str, object]:
    """The young children of the family: by name those within reach, of the others only that there are some."""
    seen = list(access.people_for(viewer).filter(pk__in=children).order_by("birth_date", "pk"))
    return {"known": children, "seen": seen, "others": len(children) - len(seen)}
