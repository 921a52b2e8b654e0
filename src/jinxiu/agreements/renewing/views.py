"""The pages on which a manager has agreements renewed in one run, and sees how far it is and who was left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.agreements import queries as agreements
from jinxiu.agreements.access import AGREEMENT
from jinxiu.agreements.actions import AgreementError, By
from jinxiu.agreements.consents.actions import change
from jinxiu.agreements.models import RenewalRun
from jinxiu.agreements.renewing import actions, queries, rules
from jinxiu.agreements.renewing.forms import WindowForm
from jinxiu.agreements.renewing.wording import REASONS
from jinxiu.people import access, clock
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import REGISTER_PEOPLE, RENEW_AGREEMENTS
from jinxiu.people.tried import say_at_field
from jinxiu.people.wording import about, named

_QUIET = timedelta(minutes=2)  # without progress: the worker is not at it


@require_http_methods(["GET", "HEAD", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """Count what a window holds, begin a run over it, and list the runs of before."""
    viewer = access.viewer_for(request)
    access.require(viewer, RENEW_AGREEMENTS)
    teams = list(access.open_teams_for(viewer, RENEW_AGREEMENTS))
    terms = agreements.terms_on(viewer.today)
    asked = request.POST if request.method == "POST" else request.GET if "last_on" in request.GET else None
    form = WindowForm(
        asked,
        teams=[(str(one.pk), named(one)) for one in teams],
        today=viewer.today,
        renew_days=terms.renew_days if terms else 0,
    )
    page: dict[str, Any] = {}
    if form.is_valid():
        try:
            if request.method == "POST":
                run = actions.start(
                    by=_by(viewer), today=viewer.today, queued=True, **_window(form), token=_token(form)
                )
                return redirect("renewal-run", run.pk)
            page = _counted(form, viewer)
        except AgreementError as refused:
            say_at_field(form, refused)
    page |= {
        "form": form,
        "runs": [_line(one, {team.pk: named(team) for team in teams}) for one in queries.runs_for(viewer)],
        "today": viewer.today,
    }
    return render(request, "agreements/renewing/runs.html", page)


def _by(viewer: Viewer) -> By:
    return By(viewer.actor, viewer.name, viewer.staff_id)


def _window(form: WindowForm) -> dict[str, Any]:
    said = form.cleaned_data
    return {
        "team_ids": [int(one) for one in said["teams"]],
        "first_on": said["first_on"],
        "last_on": said["last_on"],
    }


def _token(form: WindowForm) -> UUID:
    return form.cleaned_data["token"] or uuid4()


def _counted(form: WindowForm, viewer: Viewer) -> dict[str, Any]:
    window = _window(form)
    actions.check(today=viewer.today, **window)
    ending, renewed, agreed = queries.ending(**window)
    counted = {"ending": ending, "renewed": renewed, "agreed": agreed, "others": ending - renewed - agreed}
    return {"counted": True, "token": uuid4(), **counted}


def _line(run: RenewalRun, teams: dict[int, str]) -> dict[str, Any]:
    left = sum(run.left_out.values())
    gone_on = clock.true_now() - run.moved_on_at
    return {
        "run": run,
        "teams": gettext(", ").join(teams[one] for one in run.teams if one in teams),
        "by": named(run.asked_by) if run.asked_by else "",
        "asked_at": run.asked_at.astimezone(clock.SHANGHAI),
        "done_at": run.done_at.astimezone(clock.SHANGHAI) if run.done_at else None,
        "left": left,
        "seen": run.renewed + left,
        "is_stuck": run.done_at is None and gone_on > _QUIET,
    }


@require_safe
def run(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """How far a run is, how many were left out by reason, and who."""
    viewer = access.viewer_for(request)
    access.require(viewer, RENEW_AGREEMENTS)
    found = queries.run_for(viewer, renewal_id)
    reason = request.GET.get("reason", "")
    reason = reason if reason in found.left_out else next((one for one in REASONS if one in found.left_out), "")
    after = number_sent(request.GET.get("after", "")) or 0
    rows, next_after = queries.page_of(viewer, found, reason, after) if found.done_at else ([], 0)
    if rows:
        actions.left_out_read(viewer=viewer, run=found, reason=reason, people=len(rows))
    here = reverse("renewal-run", args=[found.pk])
    page = {
        **_line(found, queries.team_names(found)),
        "reasons": [
            (code, words, found.left_out[code], f"{here}?{urlencode({'reason': code})}")
            for code, words in REASONS.items()
            if code in found.left_out
        ],
        "reason": reason,
        "reason_words": REASONS.get(reason, ""),
        "rows": [
            (row, about(row.person.birth_date, row.person.sex, viewer.today), named(row.agreement.team)) for row in rows
        ],
        "dropped": [(_title(key), number) for key, number in found.dropped.items()],
        "first_url": f"{here}?{urlencode({'reason': reason})}" if after else "",
        "next_url": f"{here}?{urlencode({'reason': reason, 'after': next_after})}" if next_after else "",
    }
    return render(request, "agreements/renewing/run.html", page)


def _title(key: str) -> str:
    package = agreements.catalogue().package(key)
    return package.title.language(get_language() or "") if package else key


@require_POST
def go_on(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Let a run that stands still go on; one that is done says so on its page."""
    viewer = access.viewer_for(request)
    access.require(viewer, RENEW_AGREEMENTS)
    found = queries.run_for(viewer, renewal_id)
    if found.done_at is None:
        actions.queue(run_id=found.pk)
        messages.success(request, gettext("The run goes on where it stood."))
    return redirect("renewal-run", found.pk)


@require_POST
def take_consent_back(request: HttpRequest, person_id: int, agreement_id: int) -> HttpResponse:
    """Write down that an agreement is not to be renewed without a new signature any more."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, AGREEMENT, REGISTER_PEOPLE)
    found = agreements.agreement_of(person.pk, agreement_id)
    try:
        change(by=_by(viewer), person_id=person.pk, agreement_id=found.pk, consent=rules.AGREED, given=False)
    except AgreementError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, gettext("Written down: it is not renewed without a new signature."))
    return redirect("agreement", person.pk, found.pk)
