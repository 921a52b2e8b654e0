"""The own agreement: signed with a team that was chosen, renewed, taken to another team, ended; and as PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.agreements import queries as agreements
from jinxiu.agreements import rules as states
from jinxiu.agreements.access import AGREEMENT
from jinxiu.agreements.forms import fitting
from jinxiu.agreements.issuing.actions import issue
from jinxiu.agreements.models import Agreement
from jinxiu.people.families.rules import lives_here
from jinxiu.people.tried import tried
from jinxiu.people.wording import named
from jinxiu.portal import access
from jinxiu.portal.access import Visit
from jinxiu.portal.choosing import actions, queries, shown
from jinxiu.portal.choosing.actions import Said
from jinxiu.portal.choosing.forms import EndForm, MoveForm, SignForm
from jinxiu.portal.choosing.queries import Offered
from jinxiu.portal.pages import resident_page, show


def _for_who_decides(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for the person, or a guardian: the view gets the visit. A helper reads why it is not for helpers."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @resident_page
    @wraps(view)
    def page(request: HttpRequest, whom: int, **which: int) -> HttpResponse:
        visit = access.resident_for(request, whom, AGREEMENT)
        if not visit.may_decide:
            return show(request, "portal/choosing/not_for_helpers.html", visit, {}, status=403)
        return view(request, visit, **which)

    return page


@require_safe
@resident_page
def agreement(request: HttpRequest, whom: int) -> HttpResponse:
    """The agreements of a person: what holds or waits, what happens next, what may be done; and those before."""
    visit = access.resident_for(request, whom, AGREEMENT)
    rows = agreements.agreements_of(visit.person.pk)
    followed = {one.follows_id for one in rows if one.state in states.BINDING}
    terms = agreements.terms_on(visit.today)
    owns = [shown.own_of(one, visit.today, terms, is_followed=one.pk in followed) for one in rows]
    now = [one for one in owns if one.state in states.BINDING or one.may_renew]
    now.sort(key=lambda one: one.start_on)
    page = {
        "now": now,
        "before": [one for one in owns if one not in now and one.state != states.DRAFT],
        "has_one": any(one.state in states.BINDING for one in owns),
    }
    return show(request, "portal/choosing/agreement.html", visit, page)


@require_safe
@resident_page
def pdf(request: HttpRequest, whom: int, agreement_id: int) -> HttpResponse:
    """An agreement as PDF, in Chinese as it was signed; what came from a file without a text has none."""
    visit = access.resident_for(request, whom, AGREEMENT)
    found = agreements.agreement_of(visit.person.pk, agreement_id)
    if not found.text:
        raise agreements.AgreementNotFound
    made = issue(agreement=found, person_id=visit.person.pk, actor=visit.actor)
    headers = {"Content-Disposition": f'inline; filename="agreement-{found.pk}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


# --- signing and renewing ---------------------------------------------------------------------------------------------


@_for_who_decides
def choose(request: HttpRequest, visit: Visit, team_id: int) -> HttpResponse:
    """Sign with a team."""
    team = _team(team_id, visit.today)
    if request.method != "POST" and (held := agreements.current(visit.person.pk, visit.today)):
        return _instead(request, visit, held, team_id)
    return _signing(request, visit, team, None, lambda said: actions.sign(visit=visit, team_id=team_id, said=said))


def _instead(request: HttpRequest, visit: Visit, held: Agreement, team_id: int) -> HttpResponse:
    """Who has an agreement in force takes it to the other team; else the own page says what comes first."""
    if held.has_begun and held.team_id != team_id:
        return redirect("my-change", visit.person.pk, held.pk, team_id)
    said = gettext("You have signed with %(team)s. To choose another team, take that back first.")
    if held.team_id == team_id:
        said = gettext("You have signed with %(team)s.")
    messages.info(request, said % {"team": named(held.team)})
    return redirect("my-agreement", visit.person.pk)


@_for_who_decides
def renew(request: HttpRequest, visit: Visit, agreement_id: int) -> HttpResponse:
    """Sign the agreement that follows one which ends soon or has just ended, with the same team."""
    found = agreements.agreement_of(visit.person.pk, agreement_id)
    if request.method != "POST" and queries.renewal_of(found, visit.today) != queries.OPEN:
        messages.info(request, gettext("This agreement cannot be renewed now."))
        return redirect("my-agreement", visit.person.pk)
    team = _team(found.team_id, visit.today)
    return _signing(
        request, visit, team, found, lambda said: actions.renew(visit=visit, agreement_id=found.pk, said=said)
    )


def _team(team_id: int, today: date) -> Offered:
    found = queries.offered([team_id], today)
    if not found:
        raise Http404
    return found[0]


def _signing(
    request: HttpRequest, visit: Visit, team: Offered, former: Agreement | None, write: Callable[[Said], Agreement]
) -> HttpResponse:
    """The page on which is read and signed; signed, it leads to the own agreement."""
    terms = agreements.terms_on(visit.today)
    if terms is None or not lives_here(visit.person, visit.today):
        return show(request, "portal/choosing/not_now.html", visit, {"team": team}, status=403)
    offered = agreements.catalogue().offered(visit.today)
    packages = fitting(offered, agreements.groups_of(visit.person, visit.today))
    begins_on = (
        states.renewal_start(former.last_on, visit.today)
        if former
        else queries.earliest_start(visit.person.pk, visit.today)
    )
    sent = request.POST if request.method == "POST" else None
    form = SignForm(
        sent,
        signer_name=visit.resident.person.name,
        terms=terms,
        packages=packages,
        earliest=begins_on,
        renews=former is not None,
        today=visit.today,
    )
    if form.is_valid():
        if made := tried(form, lambda: write(form.said(visit.today))):
            _tell(request, made)
            return redirect("my-agreement", visit.person.pk)
        if held := _signed_already(visit, former):
            messages.error(request, gettext("You have signed with %(team)s.") % {"team": named(held.team)})
            return redirect("my-agreement", visit.person.pk)
    chosen = sent.getlist("packages") if sent is not None else [one.key for one in packages]
    page = {
        "form": form,
        "team": team,
        "former": former,
        "begins_on": begins_on,
        "packages": shown.promised(packages, chosen, visit.person, begins_on),
        "terms": terms,
        "title": terms.title.language(_language()),
        "paragraphs": [one.language(_language()) for one in terms.paragraphs],
        "privacy": [one.language(_language()) for one in terms.privacy],
    }
    return show(request, "portal/choosing/sign.html", visit, page, status=400 if form.errors else 200)


def _language() -> str:
    return get_language() or ""


def _signed_already(visit: Visit, former: Agreement | None) -> Agreement | None:
    """What was signed in another browser, which was first."""
    return agreements.follower_of(former) if former else agreements.current(visit.person.pk, visit.today)


def _tell(request: HttpRequest, made: Agreement) -> None:
    if made.state == states.PENDING:
        messages.success(request, gettext("Signed. The team confirms it next."))


# --- another team, and the end ----------------------------------------------------------------------------------------


@_for_who_decides
def change(request: HttpRequest, visit: Visit, agreement_id: int, team_id: int) -> HttpResponse:
    """Let another team take the agreement in force over from today."""
    found = agreements.agreement_of(visit.person.pk, agreement_id)
    team = _team(team_id, visit.today)
    if found.team_id != team_id and _is_running(found, visit.today) and found.start_on == visit.today:
        words = gettext("The agreement with %(team)s begins today. You can choose another team from tomorrow.")
        messages.info(request, words % {"team": named(found.team)})
        return redirect("my-agreement", visit.person.pk)
    sent = request.POST if request.method == "POST" else None
    missing = agreements.consents_missing(found, visit.today)
    form = MoveForm(sent, signer_name=visit.resident.person.name, missing=missing)
    if form.is_valid():
        said = form.cleaned_data
        consents = said.get("consents", ())
        if tried(
            form,
            lambda: actions.change_team(
                visit=visit, agreement_id=found.pk, team_id=team_id, token=said["token"], consents=consents
            ),
        ):
            messages.success(request, gettext("Done. From today %(team)s is the team.") % {"team": team.name})
            return redirect("my-agreement", visit.person.pk)
    elif not form.is_bound and (found.team_id == team_id or not _is_running(found, visit.today)):
        messages.info(request, gettext("This agreement cannot go to that team now."))
        return redirect("my-agreement", visit.person.pk)
    terms = agreements.terms_on(visit.today)
    page = {
        "form": form,
        "team": team,
        "own": shown.own_of(found, visit.today, terms, is_followed=False),
        "is_renewed": agreements.follower_of(found) is not None,
    }
    return show(request, "portal/choosing/change.html", visit, page, status=400 if form.errors else 200)


def _is_running(found: Agreement, today: date) -> bool:
    return found.has_begun and states.is_in_force(found.state, found.start_on, found.last_on, today)


@_for_who_decides
def end(request: HttpRequest, visit: Visit, agreement_id: int) -> HttpResponse:
    """End an agreement in force with today, or withdraw one that has not begun; the page asks whether that is right."""
    found = agreements.agreement_of(visit.person.pk, agreement_id)
    form = EndForm(request.POST if request.method == "POST" else None, in_force=found.has_begun)
    if form.is_valid():
        said = form.cleaned_data
        if tried(
            form,
            lambda: actions.end(
                visit=visit,
                agreement_id=found.pk,
                why=said.get("why", ""),
                words=said.get("words", ""),
                token=said["token"],
            ),
        ):
            messages.success(request, gettext("Done. Thank you for telling us."))
            return redirect("my-agreement", visit.person.pk)
    elif not form.is_bound and found.state not in states.BINDING:
        messages.info(request, gettext("This agreement has ended already."))
        return redirect("my-agreement", visit.person.pk)
    terms = agreements.terms_on(visit.today)
    page = {"form": form, "own": shown.own_of(found, visit.today, terms, is_followed=False)}
    return show(request, "portal/choosing/end.html", visit, page, status=400 if form.errors else 200)
