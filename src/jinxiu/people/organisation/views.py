"""The pages of the teams."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Team
from jinxiu.people.organisation import actions, queries
from jinxiu.people.organisation.actions import StandInError
from jinxiu.people.organisation.forms import LastDayForm, QualificationForm, StandInForm, TeamForm
from jinxiu.people.organisation.lifecycle import queries as lifecycle
from jinxiu.people.organisation.offers import LISTS, words_of
from jinxiu.people.organisation.rules import Load
from jinxiu.people.wording import named, told


@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    """List the teams of the viewer's institution, or all for who keeps the organisation, with their load."""
    viewer = access.viewer_for(request)
    found = list(queries.teams_to_read(viewer))
    loads = queries.loads((one.pk for one in found), viewer.today)
    rows = [
        {
            "id": one.pk,
            "name": named(one),
            "institution": named(one.institution),
            "phone": one.phone,
            "load": loads[one.pk],
        }
        for one in found
    ]
    page = {
        "rows": rows,
        "closed": [(one.pk, named(one), one.closed_on) for one in lifecycle.closed_teams(viewer)],
        "may_add": lifecycle.places_to_add_to(viewer).exists(),
    }
    return render(request, "people/organisation/teams.html", page)


@require_safe
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Show what makes a team itself, who works in it, and how many people it has."""
    viewer = access.viewer_for(request)
    found = queries.team_for(viewer, team_id)
    load = queries.loads([found.pk], viewer.today)[found.pk]
    page = {
        "team": found,
        "name": named(found),
        "institution": named(found.institution),
        "introduction": told(found.introduction, found.introduction_en),
        "hours": told(found.hours, found.hours_en),
        "offers": {name: words_of(name, getattr(found, name)) for name in LISTS},
        "members": queries.members_of(found, viewer.today),
        "stand_ins": queries.stand_ins_of(found, viewer.today),
        "load": load,
        "bars": _bars(found, load),
        "top": max(load.people, load.most),
        "may_change": queries.keeps(viewer, found),
        "closing": lifecycle.closing_of(found),
    }
    return render(request, "people/organisation/team.html", page)


def _bars(found: Team, load: Load) -> list[dict[str, object]]:
    return [
        {"label": named(found), "value": load.people, "tone": "amber" if load.is_over else "jade"},
        {"label": gettext("at most"), "value": load.most, "tone": "jade"},
    ]


def _kept(viewer: Viewer, team_id: int) -> Team:
    """A team that the viewer may change. Raises TeamNotFound, PermissionDenied."""
    found = queries.team_for(viewer, team_id)
    if not queries.keeps(viewer, found):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, team_id: int) -> HttpResponse:
    """Change what makes a team itself."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    initial = {name: getattr(found, name) for name in TeamForm.base_fields}
    form = TeamForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        actions.change_team(team_id=found.pk, values=form.cleaned_data, actor=viewer.actor)
        messages.success(request, gettext("Saved."))
        return redirect("team", found.pk)
    return render(request, "people/organisation/edit.html", {"team": found, "name": named(found), "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def stand_in(request: HttpRequest, team_id: int) -> HttpResponse:
    """Choose who stands in for whom in a team, from day to day."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    form = StandInForm(
        request.POST if request.method == "POST" else None,
        initial={"start_on": viewer.today},
        colleagues=queries.colleagues_of(found, viewer.today),
        stand_ins=queries.staff_around(found, viewer.today),
    )
    if form.is_valid() and _let_stand_in(viewer, found, form):
        messages.success(request, gettext("Recorded. It begins and ends by itself."))
        return redirect("team", found.pk)
    return render(request, "people/organisation/stand_in.html", {"team": found, "name": named(found), "form": form})


def _let_stand_in(viewer: Viewer, found: Team, form: StandInForm) -> bool:
    """Record it, or say in the form what is wrong."""
    values = form.cleaned_data
    try:
        actions.stand_in(
            team_id=found.pk,
            assignment_id=int(values["colleague"]),
            staff_id=int(values["stand_in"]),
            start_on=values["start_on"],
            end_on=values["end_on"],
            today=viewer.today,
            actor=viewer.actor,
        )
    except StandInError as error:
        form.add_error(error.field, str(error.sentence))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def stand_in_change(request: HttpRequest, team_id: int, stand_in_id: int) -> HttpResponse:
    """Let standing in end earlier or later, or call it off before it begins."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    one = queries.stand_in_of(found, stand_in_id, viewer.today)
    form = LastDayForm(request.POST if request.method == "POST" else None, initial={"end_on": one.end_on})
    if form.is_valid():
        try:
            actions.change_stand_in(
                team_id=found.pk,
                stand_in_id=stand_in_id,
                end_on=form.cleaned_data["end_on"],
                today=viewer.today,
                actor=viewer.actor,
            )
        except StandInError as error:
            form.add_error("end_on", str(error.sentence))
        else:
            messages.success(request, gettext("Recorded. It ends with that day."))
            return redirect("team", found.pk)
    page = {"team": found, "name": named(found), "one": one, "form": form, "begun": one.start_on <= viewer.today}
    return render(request, "people/organisation/stand_in_change.html", page)


@require_POST
def stand_in_call_off(request: HttpRequest, team_id: int, stand_in_id: int) -> HttpResponse:
    """Call standing in off before it begins."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    try:
        actions.call_off_stand_in(team_id=found.pk, stand_in_id=stand_in_id, today=viewer.today, actor=viewer.actor)
    except StandInError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, gettext("Called off."))
    return redirect("team", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def qualifications(request: HttpRequest, team_id: int, staff_id: int) -> HttpResponse:
    """List what somebody of a team is qualified for, and record a further licence or certificate."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    staff = queries.staff_in(found, staff_id, viewer.today)
    form = QualificationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.add_qualification(staff_id=staff.pk, actor=viewer.actor, **form.cleaned_data)
        messages.success(request, gettext("Recorded."))
        return redirect("qualifications", found.pk, staff.pk)
    page = {
        "team": found,
        "staff": staff,
        "staff_name": named(staff),
        "held": queries.qualifications_of(staff.pk, viewer.today),
        "form": form,
    }
    return render(request, "people/organisation/qualifications.html", page)


@require_POST
def withdraw(request: HttpRequest, team_id: int, staff_id: int, qualification_id: int) -> HttpResponse:
    """Withdraw a qualification of somebody of a team."""
    viewer = access.viewer_for(request)
    found = _kept(viewer, team_id)
    staff = queries.staff_in(found, staff_id, viewer.today)
    try:
        actions.withdraw_qualification(
            staff_id=staff.pk, qualification_id=qualification_id, on=viewer.today, actor=viewer.actor
        )
    except PeopleError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, gettext("Withdrawn."))
    return redirect("qualifications", found.pk, staff.pk)
