"""The pages on which a team begins and ends."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Team
from jinxiu.people.organisation import queries as organisation
from jinxiu.people.organisation.lifecycle import actions, queries
from jinxiu.people.organisation.lifecycle.forms import ClosingForm, NewTeamForm
from jinxiu.people.wording import named


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a new team of an institution that the viewer keeps, and add it."""
    viewer = access.viewer_for(request)
    institutions = [(str(one.pk), named(one)) for one in queries.places_to_add_to(viewer)]
    if not institutions:
        raise PermissionDenied
    form = NewTeamForm(request.POST if request.method == "POST" else None, institutions=institutions)
    if form.is_valid():
        said = form.cleaned_data
        try:
            team = actions.add_team(institution_id=int(said.pop("institution")), actor=viewer.actor, **said)
        except actions.CodeTakenError as error:
            form.add_error("code", str(error.sentence))
        except actions.InstitutionClosedError as error:
            form.add_error("institution", str(error.sentence))
        else:
            messages.success(request, gettext("The team is added. Give its staff their roles next."))
            return redirect("team", team.pk)
    return render(request, "people/organisation/new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, team_id: int) -> HttpResponse:
    """Ask where the people of a team go, show what that makes of the loads, and close it when that is confirmed."""
    viewer = access.viewer_for(request)
    team = organisation.team_for(viewer, team_id)
    closed_before = request.method == "POST" and team.closed_on is not None and organisation.may_keep(viewer, team)
    if closed_before:
        messages.error(request, gettext("This team was closed in the meantime; nothing has been changed by you."))
        return redirect("team", team.pk)
    if not organisation.keeps(viewer, team):
        raise PermissionDenied
    people = queries.people_by_community(team, viewer.today)
    teams = [(str(one.pk), named(one)) for one in queries.open_beside(team, viewer.today)]
    stays = not teams and queries.ever_had_people(team)
    form = ClosingForm(
        request.POST if request.method == "POST" else None,
        initial={"on": viewer.today},
        today=viewer.today,
        teams=teams if queries.ever_had_people(team) else (),
        people=people,
    )
    is_right = not stays and form.is_valid()
    if is_right and "confirm" in request.POST:
        return _closed(request, viewer, team, form)
    page = {
        "team": team,
        "name": named(team),
        "form": form,
        "people": sum(people.values()),
        "stays": stays,
        "obstacle": actions.HOLDS_POWERS if queries.powers_in(team, viewer.today) else "",
        "is_right": is_right,
        "arrivals": queries.arrivals(team, form.plan, viewer.today) if is_right and form.plan else [],
        "roles": queries.roles_that_end(team, viewer.today),
    }
    return render(request, "people/organisation/close.html", page)


def _closed(request: HttpRequest, viewer: Viewer, team: Team, form: ClosingForm) -> HttpResponse:
    """Close it, or say why that cannot be; what was asked is asked again then."""
    said = form.cleaned_data
    try:
        actions.close_team(team_id=team.pk, plan=form.plan, reason=said["reason"], on=said["on"], actor=viewer.actor)
    except PeopleError as error:
        messages.error(request, str(error.sentence))
        return redirect("team", team.pk)
    messages.success(request, gettext("The team is closed."))
    return redirect("team", team.pk)
