"""The pages of the institutions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.people import access
from jinxiu.people.models import Institution
from jinxiu.people.organisation.institutions import actions, queries
from jinxiu.people.organisation.institutions.actions import InstitutionError
from jinxiu.people.organisation.institutions.forms import ChangedInstitutionForm, NewInstitutionForm
from jinxiu.people.roles import MANAGE_ORGANISATION
from jinxiu.people.wording import named, told

_ASKED = ("name", "name_en", "address", "phone", "hours", "hours_en", "closed_on", "revision")


@require_safe
def institutions(request: HttpRequest) -> HttpResponse:
    """List the institutions that the viewer may read, with their number of open teams."""
    viewer = access.viewer_for(request)
    page = {
        "rows": [_shown(one) for one in queries.to_read(viewer)],
        "may_change": access.may(viewer, MANAGE_ORGANISATION),
    }
    return render(request, "people/organisation/institutions/list.html", page)


@require_safe
def institution(request: HttpRequest, institution_id: int) -> HttpResponse:
    """Show what is said of an institution, with its open teams."""
    viewer = access.viewer_for(request)
    one = queries.one_to_read(viewer, institution_id)
    page = {
        "one": _shown(one),
        "teams": [(team.pk, named(team)) for team in one.teams.all()],
        "may_change": access.may(viewer, MANAGE_ORGANISATION),
    }
    return render(request, "people/organisation/institutions/one.html", page)


def _shown(one: Institution) -> dict[str, object]:
    return {
        "id": one.pk,
        "name": named(one),
        "code": one.code,
        "place": queries.words_of(one.place) if one.place else "",
        "address": one.address,
        "phone": one.phone,
        "hours": told(one.hours, one.hours_en),
        "closed_on": one.closed_on,
        "teams": len(one.teams.all()),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Add an institution."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_ORGANISATION)
    sent = request.POST if request.method == "POST" else None
    form = NewInstitutionForm(sent)
    if form.is_valid():
        try:
            added = actions.add_institution(code=form.cleaned_data["code"], values=form.values, actor=viewer.actor)
        except InstitutionError as error:
            form.add_error(error.field, str(error.sentence))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("institution", added.pk)
    return render(request, "people/organisation/institutions/edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, institution_id: int) -> HttpResponse:
    """Change what is said of an institution, close it, or open it again."""
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_ORGANISATION)
    one = queries.one_to_read(viewer, institution_id)
    initial = {name: getattr(one, name) for name in _ASKED} | {"place": queries.offered(one.place) if one.place else ""}
    sent = request.POST if request.method == "POST" else None
    form = ChangedInstitutionForm(sent, initial=initial, kept=one.place)
    if form.is_valid():
        try:
            actions.change_institution(
                institution_id=one.pk,
                revision=form.cleaned_data["revision"],
                values=form.values,
                actor=viewer.actor,
            )
        except InstitutionError as error:
            form.add_error(error.field, str(error.sentence))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("institution", one.pk)
    page = {"form": form, "one": one, "name": named(one)}
    return render(request, "people/organisation/institutions/edit.html", page)


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The places that the form of an institution offers for what is typed so far."""
    access.require(access.viewer_for(request), MANAGE_ORGANISATION)
    like = queries.places_like(request.GET.get("place", "")[:250].replace("\0", ""))[: queries.MOST_OFFERED]
    return render(request, "people/organisation/institutions/places.html", {"places": map(queries.offered, like)})
