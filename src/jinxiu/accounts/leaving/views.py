"""The pages of who leaves: what is left behind, the hand-over list, and who left."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.accounts.leaving import actions, queries, rules
from jinxiu.accounts.leaving.actions import LeavingError
from jinxiu.accounts.leaving.forms import LeavingForm
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.models import Team
from jinxiu.people.organisation.queries import keeps, team_for
from jinxiu.people.wording import named


def _kept(viewer: Viewer, team_id: int) -> Team:
    """A team that the viewer keeps. Raises TeamNotFound, PermissionDenied."""
    found = team_for(viewer, team_id)
    if not keeps(viewer, found):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, team_id: int, staff_id: int) -> HttpResponse:
    """Show what somebody leaves behind, and record the last day, the reason and who takes over."""
    viewer = access.viewer_for(request)
    team = _kept(viewer, team_id)
    staff = queries.staff_of(team, staff_id)
    if queries.settled(staff.pk, team.institution_id):
        return _settled(request, team, staff_id, LeavingError("settled"))
    left = queries.left_behind(staff.pk, team.institution_id, viewer.today, viewer.today, viewer.staff_id)
    form = LeavingForm(
        request.POST if request.method == "POST" else None, initial={"last_day": viewer.today}, duties=left.duties
    )
    if form.is_valid():
        try:
            _record(viewer, team, staff_id, form)
        except LeavingError as refused:
            if refused.reason == "settled":
                return _settled(request, team, staff_id, refused)
            form.add_error(refused.field, str(refused.sentence))
        else:
            messages.success(request, gettext("Recorded. This is the hand-over list."))
            return redirect("staff-hand-over", team.pk, staff_id)
    page = {"team": team, "team_name": named(team), "staff_name": named(staff), "left": left, "form": form}
    page["institution"] = named(team.institution)
    return render(request, "accounts/leaving/leave.html", page)


def _record(viewer: Viewer, team: Team, staff_id: int, form: LeavingForm) -> None:
    values = form.cleaned_data
    actions.leave(
        staff_id=staff_id,
        institution_id=team.institution_id,
        last_day=values["last_day"],
        reason=values["reason"],
        words=values["words"],
        takers=form.takers,
        today=viewer.today,
        manager_id=viewer.staff_id,
        actor=viewer.actor,
    )


def _settled(request: HttpRequest, team: Team, staff_id: int, told: LeavingError) -> HttpResponse:
    messages.error(request, str(told.sentence))
    return redirect("staff-hand-over", team.pk, staff_id)


@require_POST
def take_back(request: HttpRequest, team_id: int, staff_id: int) -> HttpResponse:
    """Take a leaving back that was recorded by mistake, before its last day."""
    viewer = access.viewer_for(request)
    team = _kept(viewer, team_id)
    try:
        actions.take_back(
            staff_id=staff_id,
            institution_id=team.institution_id,
            today=viewer.today,
            manager_id=viewer.staff_id,
            actor=viewer.actor,
        )
    except LeavingError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("The leaving is taken back; the roles reach as far as before."))
    return redirect("staff-hand-over", team.pk, staff_id)


@require_safe
def hand_over(request: HttpRequest, team_id: int, staff_id: int) -> HttpResponse:
    """The hand-over list of somebody who left or leaves the team's institution, to print."""
    viewer = access.viewer_for(request)
    team = _kept(viewer, team_id)
    record = queries.departure(staff_id, team.institution_id)
    if record is None:
        raise Http404
    actions.tell_of_list(staff_id=staff_id, actor=viewer.actor)
    page = {
        "team": team,
        "record": record,
        "staff_name": named(record.staff),
        "recorded_by": named(record.recorded_by) if record.recorded_by else "",
        "institution": named(record.institution),
        "taken_back_by": named(record.taken_back_by) if record.taken_back_by else "",
        "holds": queries.settled(staff_id, team.institution_id) is not None,
        "may_take_back": rules.may_be_taken_back(record.last_day, viewer.today),
        "list": queries.hand_over(record),
    }
    return render(request, "accounts/leaving/hand_over.html", page)


@require_safe
def departures(request: HttpRequest, team_id: int) -> HttpResponse:
    """Who left, or leaves, the team's institution."""
    viewer = access.viewer_for(request)
    team = _kept(viewer, team_id)
    rows = [(named(one.staff), one) for one in queries.departures_of(team.institution_id)[:200]]
    page = {"team": team, "institution": named(team.institution), "rows": rows}
    return render(request, "accounts/leaving/departures.html", page)
