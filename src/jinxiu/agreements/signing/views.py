"""The pages of a signing day: what is set once, then one person after the other."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.agreements import actions, queries, rules, wording
from jinxiu.agreements.access import AGREEMENT
from jinxiu.agreements.actions import By, Wish
from jinxiu.agreements.forms import TokenForm
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import Terms
from jinxiu.agreements.signing import forms
from jinxiu.agreements.signing import queries as found_by
from jinxiu.agreements.signing.day import Day, keep, kept
from jinxiu.agreements.signing.rules import meant
from jinxiu.agreements.signing.shown import Card, name_of, relation_in_chinese, today_of
from jinxiu.agreements.signing.wording import ANOTHER_CLERK, CHANGED
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.families.wording import RELATIONS
from jinxiu.people.models import Team
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.search.queries import search
from jinxiu.people.search.rules import LONGEST_TEXT
from jinxiu.people.search.views import leave_line
from jinxiu.people.tried import say_at_field
from jinxiu.people.wording import about, named

_FOUND = 8  # people among whom one is chosen; whom more fit, the clerk types more


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Set once what holds for everybody who is signed today."""
    viewer = _clerk(request)
    terms = terms_of(viewer)
    teams = teams_in(viewer)
    loads = queries.load_of([one.pk for one in teams], viewer.today)
    form = forms.DayForm(
        request.POST if request.method == "POST" else None,
        teams=[(str(one.pk), f"{named(one.institution)} · {named(one)}") for one in teams],
        doctors=doctors_in(viewer, teams),
        terms=terms,
        today=viewer.today,
        initial=set_before(kept(request, viewer)),
    )
    if form.is_valid():
        said = form.cleaned_data
        day = Day(
            team_id=said["team"],
            doctor_id=said["doctor"],
            with_groups=said["packages"] == forms.WITH_GROUPS,
            years=said["years"],
            start_on=said["start_on"],
            method=said["method"],
        )
        keep(request, day, viewer.today)
        return redirect("signing-day")
    page = {"form": form, "loads": [(named(one), loads[one.pk]) for one in teams]}
    return render(request, "agreements/signing/setup.html", page)


def _clerk(request: HttpRequest) -> Viewer:
    viewer = access.viewer_for(request)
    access.require(viewer, REGISTER_PEOPLE)
    return viewer


def terms_of(viewer: Viewer) -> Terms:
    """The terms that are signed today. Raises PermissionDenied where there are none."""
    terms = queries.terms_on(viewer.today)
    if terms is None:
        raise PermissionDenied(str(wording.TROUBLES["no_terms"]))
    return terms


def teams_in(viewer: Viewer) -> list[Team]:
    """The open teams with which the viewer may sign people."""
    return list(access.open_teams_for(viewer, REGISTER_PEOPLE))


def doctors_in(viewer: Viewer, teams: list[Team]) -> list[tuple[int, str, int]]:
    """The doctors of teams as (id, label, team id)."""
    names = {one.pk: named(one) for one in teams}
    rows = found_by.doctors_of(names, viewer.today)
    return [(doctor.pk, f"{named(doctor)} · {names[team]}", team) for team, doctor in rows]


def set_before(day: Day | None) -> dict[str, Any]:
    """What was set, as a form begins with it."""
    if day is None:
        return {}
    return {
        "team": day.team_id,
        "doctor": day.doctor_id,
        "packages": forms.WITH_GROUPS if day.with_groups else forms.BASIC_ONLY,
        "years": day.years,
        "start_on": day.start_on,
        "method": day.method,
    }


# --- one after the other ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """The one field: whom a scanned or typed text names is opened; of several, one is chosen.

    What is typed comes by POST: names and ID numbers do not belong into addresses.
    """
    viewer = _clerk(request)
    day = kept(request, viewer)
    if day is None:
        return redirect("signing-setup")
    text = request.POST.get("q", "")[:LONGEST_TEXT].replace("\0", "").strip()
    if not text:
        return _page(request, viewer, day)
    found = search(viewer, meant(text, viewer.today), limit=_FOUND)
    if found.number:
        leave_line(viewer, found)
    if len(found.rows) == 1:
        return redirect("signing-one", found.rows[0].person_id)
    rows = [(one, about(one.birth_date, one.sex, viewer.today)) for one in found.rows]
    return _page(request, viewer, day, text=text, rows=rows, more=bool(found.after), asked=True)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, person_id: int) -> HttpResponse:
    """The person who sits there: what hinders signing, or what is signed; then at once the next one."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    day = kept(request, viewer)
    if day is None:
        return redirect("signing-setup")
    terms = terms_of(viewer)
    card = Card(viewer, person, day, terms)
    if request.method != "POST":
        return _page(request, viewer, day, card=card, form=_form(card, terms, None))
    form = _form(card, terms, request.POST)
    if request.POST.get("seen") != card.seen and not _is_replayed(request, person_id):
        return _page(request, viewer, day, card=card, form=_form(card, terms, None), trouble=CHANGED)
    if not form.is_valid():
        return _page(request, viewer, day, card=card, form=form)
    try:
        made = actions.sign(
            by=By(viewer.actor, viewer.name, viewer.staff_id),
            today=viewer.today,
            person_id=person.pk,
            team_id=day.team_id,
            wish=_wish(card, day, form.cleaned_data),
            token=form.cleaned_data["token"],
        )
    except PeopleError as refused:
        return _refused(request, viewer, day, Card(viewer, person, day, terms), form, refused)
    words = {"name": person.name, "number": made.contract_no}
    messages.success(request, gettext("Signed: %(name)s, number %(number)s. The next one, please.") % words)
    return redirect("signing-day")


def _is_replayed(request: HttpRequest, person_id: int) -> bool:
    """The same form once more, after it had signed: its answer is the same."""
    sent = TokenForm(request.POST)
    return sent.is_valid() and found_by.was_made(person_id, sent.cleaned_data["token"])


def _form(card: Card, terms: Terms, data: Any) -> forms.OneForm:
    guardians = [(str(row.pk), f"{name_of(row)} · {RELATIONS.get(row.relation, '')}") for row in card.guardians]
    return forms.OneForm(data, packages=card.chosen, guardians=guardians, terms=terms)


def _wish(card: Card, day: Day, said: dict[str, Any]) -> Wish:
    guardian = next((row for row in card.guardians if row.pk == said.get("guardian")), None)
    return Wish(
        packages=(*(one.key for one in card.basic), *said.get("packages", ())),
        start_on=day.start_on,
        years=day.years,
        method=day.method,
        signs_as=rules.GUARDIAN if guardian else rules.SELF,
        signer_name=name_of(guardian) if guardian else "",
        relation=relation_in_chinese(guardian.relation) if guardian else "",
        consents=tuple(said["consents"]),
        doctor_id=day.doctor_id,
    )


def _refused(
    request: HttpRequest, viewer: Viewer, day: Day, card: Card, form: forms.OneForm, refused: PeopleError
) -> HttpResponse:
    """Nothing was signed: because of somebody else meanwhile, or of what stands at a field."""
    if card.hindrance is not None:
        return _page(request, viewer, day, card=card, form=form, trouble=ANOTHER_CLERK)
    say_at_field(form, refused)
    return _page(request, viewer, day, card=card, form=form)


def _page(request: HttpRequest, viewer: Viewer, day: Day, **more: Any) -> HttpResponse:
    terms = terms_of(viewer)
    team = access.teams_for(viewer, REGISTER_PEOPLE).get(pk=day.team_id)
    page = {
        "team": named(team),
        "day": day,
        "method": wording.METHODS[day.method],
        "load": queries.load_of([team.pk], viewer.today)[team.pk],
        "signed": today_of(viewer, day.team_id),
        "paragraphs": [one.language(get_language() or "") for one in terms.paragraphs],
        "privacy": [one.language(get_language() or "") for one in terms.privacy],
        "token": uuid4(),
        "longest": LONGEST_TEXT,
        **more,
    }
    return render(request, "agreements/signing/day.html", page)


@require_POST
def take_back(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Take back what was signed by mistake and waits for the team; it stays in the list of the person as ended."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    form = forms.TakeBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say in a few words what the mistake was; nothing is taken back yet."))
    else:
        _take_back(request, viewer, found, form.cleaned_data)
    return redirect("signing-day")


def _take_back(request: HttpRequest, viewer: Viewer, found: Agreement, said: dict[str, Any]) -> None:
    words = {"number": found.contract_no}
    if found.state == rules.ACTIVE:
        sentence = gettext("%(number)s is confirmed by now; end it on its own page. Nothing is taken back.")
        messages.error(request, sentence % words)
        return
    try:
        actions.terminate(
            by=By(viewer.actor, viewer.name, viewer.staff_id),
            today=viewer.today,
            agreement_id=found.pk,
            reason=rules.MISTAKE,
            note=said["note"],
            token=said["token"],
        )
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("%(number)s is taken back.") % words)
