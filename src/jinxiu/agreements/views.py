"""The pages on which staff sign, confirm, renew, transfer and end agreements, and the lists of a team."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.agreements import actions, forms, queries, rules, shown, wording
from jinxiu.agreements.access import AGREEMENT, may_confirm, person_asking
from jinxiu.agreements.actions import By, Wish
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import BASIC, Terms
from jinxiu.agreements.renewing.rules import AGREED
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.families.queries import open_ones
from jinxiu.people.models import Person
from jinxiu.people.queries import team_of
from jinxiu.people.roles import RECORD_FOLLOWUP, REGISTER_PEOPLE, RENEW_AGREEMENTS, SEE_PEOPLE
from jinxiu.people.tried import tried
from jinxiu.people.wording import about, named


@require_safe
def agreements(request: HttpRequest, person_id: int) -> HttpResponse:
    """All agreements of a person, the latest first."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT)
    rows = queries.agreements_of(person.pk)
    registers = access.reaches(access.reader_of(viewer, person), person.pk, REGISTER_PEOPLE)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "lines": [shown.line_of(one, viewer.today) for one in rows],
        "may_sign_household": registers and person.household_id is not None,
        "may_sign": registers
        and queries.current(person.pk, viewer.today) is None
        and not (person.died_on or person.left_on),
    }
    return render(request, "agreements/agreements.html", page)


@require_safe
def agreement(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """One agreement: what was signed, its steps, what is done of it, and what may be done now."""
    viewer = access.viewer_for(request)
    person = person_asking(viewer, person_id)
    found = queries.agreement_of(person.pk, agreement_id)
    return _page(request, viewer, person, found)


def _page(
    request: HttpRequest,
    viewer: Viewer,
    person: Person,
    found: Agreement,
    *,
    transfer: Form | None = None,
    end: Form | None = None,
) -> HttpResponse:
    reads = access.reads_record(viewer, person)
    viewer = access.reader_of(viewer, person)
    may_sign = access.reaches(viewer, person.pk, REGISTER_PEOPLE)
    terms = queries.terms_on(viewer.today)
    in_force = found.has_begun and rules.is_in_force(found.state, found.start_on, found.last_on, viewer.today)
    progress = queries.progress_of(found, person, viewer.today) if reads else []
    follower = queries.follower_of(found)
    first, last = rules.year_on(found.counted_from, found.end_on, viewer.today)
    may_renew = terms is not None and rules.may_renew(found.state, found.last_on, viewer.today, terms.renew_days)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "agreement": found,
        "line": shown.line_of(found, viewer.today),
        "nature": wording.NATURES[found.nature],
        "channel": wording.CHANNELS[found.channel],
        "signer": wording.SIGNERS[found.signs_as],
        "institution": named(found.institution),
        "packages": shown.packages_of(found, progress),
        "reads": reads,
        "year": (first, min(last, found.end_on)),
        "steps": shown.steps_of(found),
        "signatures": shown.signatures_of(found),
        "follower": shown.line_of(follower, viewer.today) if follower else None,
        "reached": access.reaches(viewer, person.pk, SEE_PEOPLE),
        "may_confirm": may_confirm(viewer, found, RECORD_FOLLOWUP),
        "may_renew": may_sign and may_renew and follower is None,
        "may_offer": may_sign and in_force and may_renew and follower is None,
        "renews_itself": found.state in rules.BINDING and AGREED in found.consents,
        "may_sign": may_sign,
        "transfer": (transfer or _transfer_form(viewer, found, None)) if may_sign and in_force else None,
        "end": (end or _end_form(viewer, found, None)) if _may_end(viewer, person, found) else None,
        "token": uuid4(),
    }
    return render(request, "agreements/agreement.html", page)


def _may_end(viewer: Viewer, person: Person, found: Agreement) -> bool:
    reached = access.reaches(viewer, person.pk, REGISTER_PEOPLE) or may_confirm(viewer, found, REGISTER_PEOPLE)
    return reached and found.state in rules.CHOSEN_ENDS


def _transfer_form(viewer: Viewer, found: Agreement, data: Any) -> forms.TransferForm:
    teams = [one for one in queries.open_teams(viewer.today) if one.pk != found.team_id]
    missing = queries.consents_missing(found, viewer.today)
    return forms.TransferForm(data, teams=[_team_choice(one) for one in teams], missing=missing, prefix="transfer")


def _end_form(viewer: Viewer, found: Agreement, data: Any) -> forms.EndForm:
    return forms.EndForm(data, state=found.state, today=viewer.today, prefix="end")


def _team_choice(team: Any) -> tuple[str, str]:
    return str(team.pk), f"{named(team.institution)} · {named(team)}"


# --- signing ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, person_id: int) -> HttpResponse:
    """Sign a new agreement of one person."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    terms = _terms(viewer)
    packages = forms.fitting(queries.catalogue().offered(viewer.today), queries.groups_of(person, viewer.today))
    own = team_of(person.pk, viewer.today)
    guardian = next((one for one in open_ones(person.pk) if one.role == "guardian"), None)
    is_child = rules.is_child(person.birth_date, viewer.today)
    form = forms.SignForm(
        request.POST if request.method == "POST" else None,
        teams=[_team_choice(one) for one in access.open_teams_for(viewer, REGISTER_PEOPLE)],
        packages=packages,
        terms=terms,
        suggested=[one.key for one in packages if one.kind == BASIC or one.groups],
        may_confirm=bool(viewer.reach.get(RECORD_FOLLOWUP)),
        initial={
            "team": own.pk if own else None,
            "start_on": viewer.today,
            "signs_as": rules.GUARDIAN if is_child else rules.SELF,
            "signer_name": (guardian.relative.name if guardian.relative else guardian.name) if guardian else "",
        },
    )

    def write() -> Agreement:
        said = form.cleaned_data
        return actions.sign(
            by=_by(viewer, said["team"], wants_confirm=said.get("confirm", False)),
            today=viewer.today,
            person_id=person.pk,
            team_id=said["team"],
            wish=_wish(said, said["start_on"]),
            token=said["token"],
        )

    if form.is_valid() and (made := tried(form, write)):
        messages.success(request, _told(made))
        return redirect("agreement", person.pk, made.pk)
    current = queries.current(person.pk, viewer.today)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "form": form,
        "terms": terms,
        "paragraphs": [one.language(_language()) for one in terms.paragraphs],
        "privacy": [one.language(_language()) for one in terms.privacy],
        "current": shown.line_of(current, viewer.today) if current else None,
        "loads": _loads(viewer, REGISTER_PEOPLE),
        "button": gettext("Sign"),
    }
    return render(request, "agreements/sign.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Sign the agreement that follows this one."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    terms = _terms(viewer)
    packages = forms.fitting(queries.catalogue().offered(viewer.today), queries.groups_of(person, viewer.today))
    kept = {key.partition("@")[0] for key in found.packages}
    form = forms.RenewForm(
        request.POST if request.method == "POST" else None,
        packages=packages,
        terms=terms,
        suggested=[one.key for one in packages if one.id in kept],
        may_confirm=found.team_id in viewer.reach.get(RECORD_FOLLOWUP, frozenset()),
        initial={"signs_as": found.signs_as, "signer_name": found.signer_name, "relation": found.relation},
    )

    def write() -> Agreement:
        said = form.cleaned_data
        return actions.renew(
            by=_by(viewer, found.team_id, wants_confirm=said.get("confirm", False)),
            today=viewer.today,
            agreement_id=found.pk,
            wish=_wish(said, viewer.today),
            token=said["token"],
        )

    if form.is_valid() and (made := tried(form, write)):
        messages.success(request, _told(made))
        return redirect("agreement", person.pk, made.pk)
    page = {
        "person": person,
        "about": about(person.birth_date, person.sex, viewer.today),
        "form": form,
        "terms": terms,
        "paragraphs": [one.language(_language()) for one in terms.paragraphs],
        "privacy": [one.language(_language()) for one in terms.privacy],
        "former": shown.line_of(found, viewer.today),
        "begins": rules.renewal_start(found.last_on, viewer.today),
        "button": gettext("Renew"),
    }
    return render(request, "agreements/sign.html", page)


def _wish(said: dict[str, Any], start_on: Any) -> Wish:
    return Wish(
        packages=tuple(said["packages"]),
        start_on=start_on,
        years=int(said["years"]),
        method=said["method"],
        signs_as=said["signs_as"],
        signer_name=said["signer_name"],
        relation=said["relation"],
        consents=tuple(said["consents"]),
        channel=said["channel"],
    )


def _terms(viewer: Viewer) -> Terms:
    terms = queries.terms_on(viewer.today)
    if terms is None:
        raise PermissionDenied(str(wording.TROUBLES["no_terms"]))
    return terms


def _language() -> str:
    return get_language() or ""


def _by(viewer: Viewer, team_id: int, *, wants_confirm: bool = False) -> By:
    confirms = wants_confirm and team_id in viewer.reach.get(RECORD_FOLLOWUP, frozenset())
    return By(viewer.actor, viewer.name, viewer.staff_id, confirms)


def _told(made: Agreement) -> str:
    if made.state == rules.PENDING:
        return gettext("Signed. The agreement waits for the team now.")
    if made.has_begun:
        return gettext("Signed and confirmed. The agreement is in force.")
    return gettext("Signed and confirmed. The agreement begins on %(day)s.") % {"day": made.start_on.isoformat()}


# --- steps ------------------------------------------------------------------------------------------------------------


@require_POST
def confirm(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Confirm an agreement for the team."""
    viewer = access.viewer_for(request)
    person = person_asking(viewer, person_id, RECORD_FOLLOWUP)
    found = queries.agreement_of(person.pk, agreement_id)
    form = forms.TokenForm(request.POST)
    if not form.is_valid():
        return _not_done(request, person, found)
    if found.team_id not in viewer.reach.get(RECORD_FOLLOWUP, frozenset()):
        raise PermissionDenied
    token = form.cleaned_data["token"]
    by = _by(viewer, found.team_id)
    words = gettext("The agreement is confirmed.")
    return _stepped(
        request,
        person,
        found,
        lambda: actions.confirm(by=by, today=viewer.today, agreement_id=found.pk, token=token),
        words,
    )


@require_POST
def offer(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Write down that the renewal was offered to the resident."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    by = _by(viewer, found.team_id)
    words = gettext("It is written down that the renewal was offered.")
    return _stepped(
        request,
        person,
        found,
        lambda: actions.offer_renewal(by=by, today=viewer.today, agreement_id=found.pk),
        words,
    )


@require_POST
def transfer(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Let another team take the agreement over from today."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    form = _transfer_form(viewer, found, request.POST)

    def write() -> Agreement:
        said = form.cleaned_data
        return actions.transfer(
            by=_by(viewer, found.team_id),
            today=viewer.today,
            agreement_id=found.pk,
            team_id=said["team"],
            reason=said["reason"],
            note=said["note"],
            method=said["method"],
            consents=said.get("consents", ()),
            token=said["token"],
        )

    if form.is_valid() and tried(form, write):
        messages.success(request, gettext("The agreement goes on with the other team from today."))
        if access.reaches(viewer, person.pk, SEE_PEOPLE):
            return redirect("agreements", person.pk)
        return redirect("home")  # the person is the other team's now
    return _page(request, viewer, person, queries.agreement_of(person.pk, agreement_id), transfer=form)


@require_POST
def end(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """End an agreement early, or give one up that never began."""
    viewer = access.viewer_for(request)
    person = person_asking(viewer, person_id, REGISTER_PEOPLE)
    found = queries.agreement_of(person.pk, agreement_id)
    if not _may_end(viewer, person, found):
        return _not_done(request, person, found)
    form = _end_form(viewer, found, request.POST)

    def write() -> Agreement:
        said = form.cleaned_data
        return actions.terminate(
            by=_by(viewer, found.team_id),
            today=viewer.today,
            agreement_id=found.pk,
            reason=said["reason"],
            on=said.get("on"),
            note=said["note"],
            token=said["token"],
        )

    if form.is_valid() and tried(form, write):
        messages.success(request, gettext("The agreement has ended."))
        if access.reaches(viewer, person.pk, SEE_PEOPLE):
            return redirect("agreement", person.pk, found.pk)
        return redirect("agreement-lists")
    return _page(request, viewer, person, queries.agreement_of(person.pk, agreement_id), end=form)


def _stepped(
    request: HttpRequest, person: Person, found: Agreement, write: Callable[[], object], words: str
) -> HttpResponse:
    try:
        write()
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, words)
    return redirect("agreement", person.pk, found.pk)


def _not_done(request: HttpRequest, person: Person, found: Agreement) -> HttpResponse:
    messages.error(
        request, gettext("Nothing was changed: the page sent something that it does not offer. Open it again.")
    )
    return redirect("agreement", person.pk, found.pk)


# --- lists of teams ---------------------------------------------------------------------------------------------------


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The agreements of the viewer's teams: waiting, ending soon, in force, over; with the load of each team."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_PEOPLE)
    team_id = number_sent(request.GET.get("team", ""))
    team_ids = access.team_ids_for(viewer, team_id)
    which = request.GET.get("list", "")
    which = which if which in queries.LISTS else queries.WAITING
    mine = viewer.staff_id if which == queries.WAITING and request.GET.get("doctor") == "me" else None
    found = queries.page_of(viewer, team_ids, which, request.GET.get("after", ""), doctor_id=mine)
    counts = queries.counts_of(viewer, team_ids)
    here = {"team": str(team_id)} if team_id is not None else {}
    of_doctor = {"doctor": "me"} if mine else {}
    page = {
        "lines": [shown.line_of(one, viewer.today, person=one.person) for one in found.rows],
        "waiting": [_waiting(viewer, one) for one in found.rows] if which == queries.WAITING else [],
        "confirms": which == queries.WAITING and access.may(viewer, RECORD_FOLLOWUP),
        "mine": bool(mine),
        "mine_url": _address(here | {"list": which} | ({} if mine else {"doctor": "me"})),
        "token": uuid4(),
        "may_renew": access.may(viewer, RENEW_AGREEMENTS),
        "which": which,
        "tabs": [(code, words, counts[code], _address(here | {"list": code})) for code, words in wording.LISTS.items()],
        "teams": [(one.pk, named(one)) for one in access.teams_for(viewer, SEE_PEOPLE)],
        "team_id": team_id,
        "loads": _loads(viewer, SEE_PEOPLE),
        "may_sign": access.may(viewer, REGISTER_PEOPLE),
        "first_url": _address(here | {"list": which} | of_doctor) if request.GET.get("after") else "",
        "next_url": _address(here | {"list": which, "after": found.after} | of_doctor) if found.after else "",
    }
    return render(request, "agreements/lists.html", page)


def _waiting(viewer: Viewer, found: Agreement) -> tuple[shown.Line, str, str, bool]:
    """One that waits for the team: its line, packages and doctor, and whether the viewer may confirm it."""
    language = get_language() or ""
    titles = gettext(", ").join(one.title.language(language) for one in queries.catalogue().chosen(found.packages))
    line = shown.line_of(found, viewer.today, person=found.person)
    return line, titles, named(found.doctor) if found.doctor else "", may_confirm(viewer, found, RECORD_FOLLOWUP)


def _address(query: dict[str, str]) -> str:
    return f"{reverse('agreement-lists')}?{urlencode(query)}"


def _loads(viewer: Viewer, permission: str) -> list[tuple[str, queries.Load]]:
    """The open teams with how many people they have and should have at most."""
    teams = list(access.open_teams_for(viewer, permission))
    loads = queries.load_of([one.pk for one in teams], viewer.today)
    return [(named(one), loads[one.pk]) for one in teams]
