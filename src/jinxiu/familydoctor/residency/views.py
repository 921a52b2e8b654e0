"""Where a person stands: living here, moved away, died; and the pages on which that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.audit.sentences import define_purpose
from jinxiu.evidence.actions import EvidenceError
from jinxiu.familydoctor.residency import actions, queries, rules
from jinxiu.familydoctor.residency.forms import HOW, BackForm, ChangeForm, DiedForm, MistakeForm, MovedForm, WithinForm
from jinxiu.people import access
from jinxiu.people import queries as register
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.correcting.actions import ChangedMeanwhileError
from jinxiu.people.models import Person
from jinxiu.people.roles import RECORD_FOLLOWUP, REGISTER_PEOPLE
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import day_text

STATUS = define_purpose("resident status", _("recording a move, a death or a return"))
CHANGES: dict[str, tuple[Promise, Promise]] = {
    rules.WITHIN: (_("Moved within the district"), _("A new address or another team; programmes go along.")),
    rules.MOVED: (
        _("Moved away"),
        _("Ends the team, the programmes and what is due. The last team still finds the person."),
    ),
    rules.DIED: (
        _("Died"),
        _("Ends the team, the programmes and what is due. The last team still finds the person."),
    ),
    rules.BACK: (_("Came back"), _("Joins a team again; the chosen programmes begin again on that day.")),
    rules.MISTAKE: (
        _("Recorded by mistake"),
        _("Takes it back: team, programmes and what is due are as before; what happened stays in the earlier data."),
    ),
}
_FORMS: dict[str, type[ChangeForm]] = {
    rules.MOVED: MovedForm,
    rules.DIED: DiedForm,
    rules.WITHIN: WithinForm,
    rules.BACK: BackForm,
}
Form = ChangeForm | MistakeForm


@require_safe
def status(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show where the person stands, and what may be recorded."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, STATUS, REGISTER_PEOPLE)
    possible = rules.NEXT[rules.standing(person.died_on, person.left_on)]
    context = {
        "person": person,
        "standing": _standing(person),
        "departure": _departure(person),
        "changes": [(code, *CHANGES[code]) for code in possible],
    }
    return render(request, "familydoctor/residency/status.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, person_id: int, change: str) -> HttpResponse:
    """Ask for what belongs to one change, and record it with all that follows."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, STATUS, REGISTER_PEOPLE)
    if change not in CHANGES:
        raise Http404
    if change not in rules.NEXT[rules.standing(person.died_on, person.left_on)]:
        messages.info(request, gettext("This does not fit where the person stands now: %s") % _standing(person))
        return redirect("person-status", person.pk)
    form = _form(viewer, person, change, request.POST if request.method == "POST" else None)
    if form.is_valid() and _saved(request, viewer, person, change, form):
        messages.success(request, gettext("%(name)s: %(what)s. It is recorded.") % _said(person, change))
        reached = access.people_for(viewer).filter(pk=person.pk).exists()
        return redirect("person", person.pk) if reached else redirect("people")
    title, note = CHANGES[change]
    context = {"person": person, "change": change, "title": title, "note": note, "form": form}
    return render(request, "familydoctor/residency/change.html", context)


def _said(person: Person, change: str) -> dict[str, str]:
    return {"name": person.name, "what": str(CHANGES[change][0])}


def _standing(person: Person) -> str:
    if person.died_on:
        return gettext("Died on %(day)s") % {"day": day_text(person.died_on)}
    if person.left_on:
        return gettext("Moved away on %(day)s") % {"day": day_text(person.left_on)}
    return gettext("Living here")


def _departure(person: Person) -> str:
    """Where to, or how the death became known, with the words."""
    departure = queries.last_departure(person)
    if departure is None:
        return ""
    detail = departure.detail if departure.kind == rules.MOVED else str(HOW.get(departure.detail, ""))
    return gettext("; ").join(part for part in (detail, departure.words) if part)


# --- forms


def _form(viewer: Viewer, person: Person, change: str, data: Any) -> Form:
    if change == rules.MISTAKE:
        return MistakeForm(data)
    know = rules.Known(person.birth_date, person.left_on, queries.last_contact(person.pk))
    initial: dict[str, Any] = {"on": viewer.today}
    if change == rules.WITHIN:
        initial |= _home(person) | {"team": str(queries.last_team(person.pk) or "")}
    form = _FORMS[change](data, change=change, know=know, today=viewer.today, initial=initial)
    if isinstance(form, WithinForm):
        form.offer("place", [("", "–"), *_places(person)])
        form.offer("team", [("", "–"), *queries.team_choices(viewer.today)])
    elif isinstance(form, BackForm):
        _offer_return(viewer, person, form)
    return form


def _home(person: Person) -> dict[str, str]:
    home = person.household
    return {"place": str(home.place_id), "address": home.address} if home else {}


def _places(person: Person) -> list[tuple[str, str]]:
    places, home = register.community_choices(), person.household
    if home and str(home.place_id) not in dict(places):  # a file may have named the street only
        return [(str(home.place_id), named(home.place)), *places]
    return places


def _offer_return(viewer: Viewer, person: Person, form: BackForm) -> None:
    teams = access.open_teams_for(viewer, REGISTER_PEOPLE)
    form.offer("team", [(str(team.pk), f"{named(team.institution)} · {named(team)}") for team in teams])
    departure = queries.last_departure(person)
    programmes = departure.programmes if departure and access.may(viewer, RECORD_FOLLOWUP) else ()
    if programmes:
        form.offer("programmes", programmes)
        form.initial["programmes"] = [code for code, _words in programmes]
    else:
        del form.fields["programmes"]


# --- saving


def _saved(request: HttpRequest, viewer: Viewer, person: Person, change: str, form: Form) -> bool:
    """Record it; what cannot be is said at the form."""
    revision = number_sent(request.POST.get("revision", "")) or 0
    try:
        _RECORD[change](viewer, person, revision, form.cleaned_data)
    except ChangedMeanwhileError:
        words = gettext("Somebody else changed this person in the meantime; please look at the person, then try again.")
        form.add_error(None, words)
        return False
    except (PeopleError, EvidenceError) as refused:
        form.add_error(None, str(refused.sentence))
        return False
    return True


def _depart(change: str) -> Callable[[Viewer, Person, int, dict[str, Any]], None]:
    def record(viewer: Viewer, person: Person, revision: int, said: dict[str, Any]) -> None:
        actions.depart(
            viewer=viewer,
            person_id=person.pk,
            revision=revision,
            change=change,
            on=said["on"],
            detail=said["detail"],
            words=said["words"].strip(),
        )

    return record


def _within(viewer: Viewer, person: Person, revision: int, said: dict[str, Any]) -> None:
    actions.move_within(
        viewer=viewer,
        person_id=person.pk,
        revision=revision,
        on=said["on"],
        home=(int(said["place"]), said["address"].strip()) if said["place"] else (None, ""),
        team_id=int(said["team"]) if said["team"] else None,
        words=said["words"].strip(),
    )


def _back(viewer: Viewer, person: Person, revision: int, said: dict[str, Any]) -> None:
    actions.come_back(
        viewer=viewer,
        person_id=person.pk,
        revision=revision,
        on=said["on"],
        team_id=int(said["team"]),
        programmes=said.get("programmes", ()),
        words=said["words"].strip(),
    )


def _mistake(viewer: Viewer, person: Person, revision: int, said: dict[str, Any]) -> None:
    actions.take_back(viewer=viewer, person_id=person.pk, revision=revision, words=said["words"].strip())


_RECORD: dict[str, Callable[[Viewer, Person, int, dict[str, Any]], None]] = {
    rules.MOVED: _depart(rules.MOVED),
    rules.DIED: _depart(rules.DIED),
    rules.WITHIN: _within,
    rules.BACK: _back,
    rules.MISTAKE: _mistake,
}
