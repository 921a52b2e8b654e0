"""The pages of a household (who lives there, who speaks for it) and of those who stand beside a person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.people import access, queries
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.families import actions, rules, shown, wording
from jinxiu.people.families import queries as families
from jinxiu.people.families.forms import EndForm, NewHomeForm, RelationshipForm
from jinxiu.people.models import Person
from jinxiu.people.roles import RECORD_FOLLOWUP, REGISTER_PEOPLE
from jinxiu.people.search.queries import Page, search
from jinxiu.people.search.rules import LONGEST_TEXT
from jinxiu.people.search.views import leave_line
from jinxiu.people.wording import about

HOUSEHOLD = define_purpose("household", _("the household"))
RELATIVES = define_purpose("relatives", _("guardians and helpers"))
CALL_RELATIVE = define_purpose("relative's phone", _("a phone call to a relative"))
MOST_RELATIVES = 10  # people that the search for a relative offers
NOBODY = "nobody"  # what the page sends for a household without a representative


@require_safe
def household(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the household of a person, and let whoever may register people choose who speaks for it."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, HOUSEHOLD)
    page = {
        "person": person,
        "home": shown.home(families.home_of(viewer, person), viewer),
        "may_change": all(families.reached_by(viewer, person_id, REGISTER_PEOPLE)),
    }
    return render(request, "people/families/household.html", page)


@require_POST
def represent(request: HttpRequest, person_id: int) -> HttpResponse:
    """Choose who speaks for the household, or that nobody does."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, HOUSEHOLD, REGISTER_PEOPLE)
    chosen = _number(request, "representative")
    member = access.people_for(viewer, REGISTER_PEOPLE).filter(pk=chosen or 0).first()
    if person.household_id is None or (member is None and request.POST.get("representative") != NOBODY):
        messages.error(request, gettext("Please choose a member of the household, or nobody."))
        return redirect("household", person_id)
    try:
        actions.set_representative(
            household_id=person.household_id,
            person_id=member.pk if member else None,
            was=_number(request, "was"),
            today=viewer.today,
            actor=viewer.actor,
        )
    except PeopleError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _chosen(member))
    return redirect("household", person_id)


def _chosen(member: Person | None) -> str:
    if member is None:
        return gettext("The household has no representative now.")
    return gettext("%(name)s represents the household now.") % {"name": member.name}


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, person_id: int) -> HttpResponse:
    """Look for the household into which a person moves. The text comes by POST: names do not belong into addresses."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, HOUSEHOLD, REGISTER_PEOPLE)
    return _move_page(
        request, viewer, person, NewHomeForm(initial=_present(person), places=queries.community_choices())
    )


def _move_page(request: HttpRequest, viewer: Viewer, person: Person, form: NewHomeForm) -> HttpResponse:
    text = _text(request)
    people = _search(viewer, text, families.MOST_FOUND).rows
    found = [one for one in families.find_homes(viewer, text, people) if one.household.pk != person.household_id]
    page = {
        "person": person,
        "home": shown.home(families.home_of(viewer, person), viewer),
        "text": text,
        "asked": bool(text.strip()),
        "found": [shown.home(one, viewer) for one in found],
        "form": form,
        "longest": LONGEST_TEXT,
    }
    return render(request, "people/families/move.html", page)


@require_POST
def join(request: HttpRequest, person_id: int) -> HttpResponse:
    """Move a person into one of the households that the search found."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, HOUSEHOLD, REGISTER_PEOPLE)
    wanted, text = _number(request, "household"), _text(request)
    people = search(viewer, text, limit=families.MOST_FOUND).rows  # once more: the text was sent with the choice
    if wanted not in {one.household.pk for one in families.find_homes(viewer, text, people)}:
        messages.error(request, gettext("Please choose one of the households that the search finds."))
        return redirect("household-move", person_id)
    try:
        actions.move(person_id=person.pk, household_id=wanted, was=_number(request, "was"), actor=viewer.actor)
    except PeopleError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, gettext("%(name)s lives in this household now.") % {"name": person.name})
    return redirect("household", person_id)


@require_POST
def move_out(request: HttpRequest, person_id: int) -> HttpResponse:
    """Move a person into a new household: elsewhere, or apart from the others at the same address."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, HOUSEHOLD, REGISTER_PEOPLE)
    form = NewHomeForm(request.POST, places=queries.community_choices())
    if not form.is_valid():
        return _move_page(request, viewer, person, form)
    try:
        actions.move_out(
            person_id=person.pk,
            place_id=int(form.cleaned_data["place"]),
            address=form.cleaned_data["address"],
            was=_number(request, "was"),
            actor=viewer.actor,
        )
    except PeopleError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, gettext("%(name)s has a household of their own now.") % {"name": person.name})
    return redirect("household", person_id)


@require_POST
def at_address(request: HttpRequest) -> HttpResponse:
    """The households at an address to choose from, for the page on which people are registered (part of a form)."""
    viewer = access.viewer_for(request)
    access.require(viewer, REGISTER_PEOPLE)
    return render(request, "people/families/choices.html", shown.choices(viewer, request.POST))


# --- guardians, helpers, contact persons ------------------------------------------------------------------------------


@require_safe
def relationships(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show everybody who stands or stood beside a person, what they may do, and how it ended."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, RELATIVES)
    family = shown.family(viewer, person)
    page = {
        "person": person,
        "family": family,
        "running": [line for line in family.lines if line.running],
        "ended": [line for line in family.lines if not line.running],
        "end_form": EndForm.for_day(viewer.today),
    }
    return render(request, "people/families/relationships.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def relate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Find the relative or write a name, say as what, and record it; `step` is what a button of the page asks for."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, RELATIVES, REGISTER_PEOPLE)
    relative = access.people_for(viewer).filter(pk=_number(request, "relative") or 0).first()
    saving = request.POST.get("step") == "save"
    form = RelationshipForm(
        request.POST if saving else None, initial=_likely(person, viewer), registered=relative is not None
    )
    if saving and form.is_valid() and _relate(viewer, person, relative, form):
        messages.success(request, gettext("Recorded. The list says what they may do."))
        return redirect("relationships", person_id)
    text = _text(request)
    page = {
        "person": person,
        "relative": relative,
        "relative_about": about(relative.birth_date, relative.sex, viewer.today) if relative else "",
        "form": form,
        "text": text,
        "asked": bool(text.strip()),
        "found": _candidates(viewer, person, text),
        "longest": LONGEST_TEXT,
    }
    return render(request, "people/families/relate.html", page)


def _likely(person: Person, viewer: Viewer) -> dict[str, object]:
    child = rules.is_younger(person, rules.OF_AGE, viewer.today)
    return {"role": rules.GUARDIAN if child else rules.HELPER, "start_on": viewer.today}


def _candidates(viewer: Viewer, person: Person, text: str) -> list[dict[str, object]]:
    return [
        {"id": one.person_id, "name": one.name, "about": about(one.birth_date, one.sex, viewer.today), "row": one}
        for one in _search(viewer, text, MOST_RELATIVES).rows
        if one.person_id != person.pk
    ]


def _relate(viewer: Viewer, person: Person, relative: Person | None, form: RelationshipForm) -> bool:
    """Record it, or say in the form what is wrong."""
    try:
        actions.relate(
            person_id=person.pk,
            relative_id=relative.pk if relative else None,
            today=viewer.today,
            actor=viewer.actor,
            recorded_by=viewer.staff_id,
            **form.cleaned_data,
        )
    except actions.TroublesError as error:
        for field, sentence in error.troubles:
            form.add_error(field if field in form.fields else None, str(sentence))
        return False
    return True


@require_POST
def end(request: HttpRequest, person_id: int, relationship_id: int) -> HttpResponse:
    """End a relationship with a day."""
    viewer = access.viewer_for(request)
    access.person_for(viewer, person_id, RELATIVES, REGISTER_PEOPLE)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(wording.END_DAY))
        return redirect("relationships", person_id)
    try:
        actions.end(
            person_id=person_id,
            relationship_id=relationship_id,
            on=form.cleaned_data["end_on"],
            today=viewer.today,
            actor=viewer.actor,
            ended_by=viewer.staff_id,
        )
    except PeopleError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, gettext("Ended. The entry stays readable below."))
    return redirect("relationships", person_id)


@require_POST
def reveal_phone(request: HttpRequest, person_id: int, relationship_id: int) -> HttpResponse:
    """Show the number of a relative whole, to those who may care for the person; it leaves a line in the trail."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, CALL_RELATIVE, RECORD_FOLLOWUP)
    found = families.phone_of(person_id, relationship_id)
    if found is None:
        raise Http404
    name, number = found
    alone = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "people/families/phone.html" if alone else "people/families/phone_page.html"
    return render(request, template, {"person": person, "name": name, "number": number})


# --- what was sent ----------------------------------------------------------------------------------------------------


def _search(viewer: Viewer, text: str, limit: int) -> Page:
    """The people whom a text finds; a search for a whole number leaves its line in the trail here too."""
    found = search(viewer, text, limit=limit)
    if found.number:
        leave_line(viewer, found)
    return found


def _present(person: Person) -> dict[str, str]:
    household = person.household
    return {"place": str(household.place_id), "address": household.address} if household else {}


def _text(request: HttpRequest) -> str:
    return request.POST.get("q", "")[:LONGEST_TEXT].replace("\0", "")


def _number(request: HttpRequest, name: str) -> int | None:
    """An id that was sent; None for nothing, and for what is none."""
    return number_sent(request.POST.get(name, ""))
