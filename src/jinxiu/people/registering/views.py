"""The page on which a new person is registered."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from jinxiu.people import access, actions, queries
from jinxiu.people.access import Viewer
from jinxiu.people.families import shown as families
from jinxiu.people.families.actions import move_out
from jinxiu.people.models import Person
from jinxiu.people.registering.forms import PersonForm
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import named


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a new person, and register them; whoever is registered already is opened instead."""
    viewer = access.viewer_for(request)
    access.require(viewer, REGISTER_PEOPLE)
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        today=viewer.today,
        teams=[
            (str(team.pk), f"{named(team.institution)} · {named(team)}")
            for team in access.open_teams_for(viewer, REGISTER_PEOPLE)
        ],
        places=queries.community_choices(),
    )
    if form.is_valid():
        answer = _register(request, viewer, form)
        if answer is not None:
            return answer
    return render(request, "people/new.html", {"form": form, **families.choices(viewer, request.POST)})


def _register(request: HttpRequest, viewer: Viewer, form: PersonForm) -> HttpResponse | None:
    try:
        person = _registered(viewer, form, request.POST.get("household", ""))
    except actions.NumberTakenError as taken:
        known = access.people_for(viewer).filter(pk=taken.person_id).first()
        if known is None:
            form.add_error("number", _taken_elsewhere())
            return None
        messages.info(request, gettext("%(name)s is registered already; nothing has been changed.") % {"name": known})
        return redirect("person", known.pk)
    except actions.PeopleError as error:
        form.add_error("team", str(error.sentence))
        return None
    messages.success(request, gettext("%(name)s is registered.") % {"name": person.name})
    return redirect("person", person.pk)


@transaction.atomic
def _registered(viewer: Viewer, form: PersonForm, household: str) -> Person:
    """Register the person in the household chosen among those at the address, in one of their own, else by address."""
    said = form.cleaned_data
    home = (int(said["place"]), said["address"]) if said["place"] else None
    chosen = families.chosen_home(viewer, home, household) if home else None
    apart = home is not None and household == families.APART
    person = actions.register_person(
        name=said["name"],
        sex=said["sex"],
        birth_date=said["birth_date"],
        identifiers=[(form.document.system, form.document.number)],
        phones=[("mobile", said["phone"])] if said["phone"] else (),
        household_id=chosen,
        home=None if chosen or apart else home,
        team_id=int(said["team"]),
        joined_on=viewer.today,
        actor=viewer.actor,
    )
    if home is not None and apart:
        return move_out(person_id=person.pk, place_id=home[0], address=home[1], was=None, actor=viewer.actor)
    return person


def _taken_elsewhere() -> str:
    return gettext(
        "Somebody with this number is registered, but is not among the people in your care; "
        "please compare the number, then ask your centre to move the person to your team."
    )
