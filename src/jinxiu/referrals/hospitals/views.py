"""The pages of the hospitals."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.people import access
from jinxiu.people.roles import MANAGE_TEAMS, SEE_RECORD
from jinxiu.people.wording import named
from jinxiu.referrals.actions import ReferralError
from jinxiu.referrals.hospitals import actions, queries
from jinxiu.referrals.hospitals.forms import HospitalForm


@require_safe
def hospitals(request: HttpRequest) -> HttpResponse:
    """The hospitals of the centres within reach, with phone and departments."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_RECORD)
    rows = [
        {
            "id": one.pk,
            "name": one.name,
            "centre": named(one.centre),
            "phone": one.phone,
            "departments": gettext(", ").join(one.departments),
            "letters": one.letters,  # type: ignore[attr-defined]
            "closed_on": one.closed_on,
        }
        for one in queries.to_read(viewer)
    ]
    page = {"rows": rows, "may_change": access.may(viewer, MANAGE_TEAMS)}
    return render(request, "referrals/hospitals/list.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Add a hospital before anybody is sent there."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_TEAMS)
    centres = [(str(one.pk), named(one)) for one in queries.centres_to_keep(viewer)]
    form = HospitalForm(request.POST if request.method == "POST" else None, centres=centres)
    if form.is_valid():
        centre_id = int(form.cleaned_data["centre"])
        try:
            actions.add_hospital(centre_id=centre_id, values=form.values, actor=viewer.actor)
        except ReferralError as refused:
            form.add_error(refused.field, str(refused.sentence))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("hospitals")
    return render(request, "referrals/hospitals/edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, hospital_id: int) -> HttpResponse:
    """Change what is said of a hospital, close it, or open it again."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_TEAMS)
    one = queries.to_keep(viewer, hospital_id)
    initial = {name: getattr(one, name) for name in ("name", "phone", "closed_on", "revision")}
    initial["departments"] = "\n".join(one.departments)
    form = HospitalForm(request.POST if request.method == "POST" else None, centres=(), initial=initial)
    if form.is_valid():
        try:
            actions.change_hospital(
                hospital_id=one.pk,
                revision=form.cleaned_data["revision"] or 0,
                values=form.values,
                actor=viewer.actor,
            )
        except ReferralError as refused:
            form.add_error(refused.field or None, str(refused.sentence))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("hospitals")
    return render(request, "referrals/hospitals/edit.html", {"form": form, "one": one})
