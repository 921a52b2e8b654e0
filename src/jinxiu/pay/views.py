"""The pages of a month: all months, one with what everybody gets and who approves, and everybody's own pay."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jinxiu.indicators.forms import ExportForm
from jinxiu.pay import actions, forms, queries, rules, shown, wording
from jinxiu.pay.access import institution_for, institutions_for, run_for
from jinxiu.pay.models import PayRun
from jinxiu.pay.wording import money
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.tried import tried
from jinxiu.people.wording import named
from jinxiu.standards.days import months_after

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def excel(file: bytes, name: str) -> HttpResponse:
    """A table to take along."""
    return HttpResponse(file, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# --- for those who keep the money -------------------------------------------------------------------------------------


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The months of an institution that were worked out, and the form to work out one."""
    viewer = access.viewer_for(request)
    institution = institution_for(viewer, number_sent(request.GET.get("institution", "")))
    found = queries.runs_of(institution.pk)
    page = {
        "institution": institution,
        "institution_name": named(institution),
        "institutions": [(one.pk, named(one)) for one in institutions_for(viewer)],
        "form": forms.MonthForm(today=viewer.today, initial={"month": f"{months_after(viewer.today, -1):%Y-%m}"}),
        "rows": [
            {
                "url": reverse("pay-run", args=[one.pk]),
                "month": wording.month_text(one.month),
                "state": wording.STATES[one.state],
                "tone": wording.TONES[one.state],
                "owed": money(one.owed_fen),
                "given": money(one.shared_fen + one.corrected_fen),
                "left": money(one.left_fen),
            }
            for one in found
        ],
        "bars": shown.bars(
            "month",
            gettext("Given to staff, by month"),
            gettext("Month"),
            {one.month: one.shared_fen + one.corrected_fen for one in found[:12]},
            {one.month: wording.month_text(one.month) for one in found},
        ),
    }
    return render(request, "pay/runs.html", page)


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Work a month out, and show it."""
    viewer = access.viewer_for(request)
    institution = institution_for(viewer, number_sent(request.POST.get("institution", "")))
    form = forms.MonthForm(request.POST, today=viewer.today)
    if not form.is_valid():
        messages.error(request, gettext("Choose one of the months of the list."))
        return redirect("pay-runs")
    try:
        run = actions.compute(viewer=viewer, institution_id=institution.pk, month=form.cleaned_data["month"])
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
        return redirect("pay-runs")
    messages.success(request, gettext("The month is worked out. Look at it; two managers approve it."))
    return redirect("pay-run", run.pk)


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """A month: what was owed, what staff get by team and member, what quality did, who approved."""
    viewer = access.viewer_for(request)
    found = run_for(viewer, run_id)
    actions.note_seen(viewer=viewer, run=found)
    lines = queries.lines_of(found)
    head, approvals = shown.run_head(found), queries.approvals_of(found)
    stats = [
        (gettext("Owed for the month"), money(found.owed_fen), ""),
        (gettext("For staff"), money(found.pot_fen), f"{found.figures['percent']} %"),
        (gettext("Given"), money(found.shared_fen), gettext("to the last fen")),
        (gettext("Not given"), money(found.left_fen), gettext("nobody has points of it")),
        (gettext("Corrections"), money(found.corrected_fen), gettext("for earlier months")),
    ]
    page = {
        **head,
        "stats": stats,
        "by_team": shown.by_team(lines),
        "by_member": shown.by_member(found, lines),
        "items": shown.items_of(found, head["scheme"]),
        "approvals": [(named(one.by), one.at) for one in approvals],
        "computed_by": named(found.computed_by),
        "has_approved": any(one.by_id == viewer.staff_id for one in approvals),
        "may_export": access.may(viewer, EXPORT_RECORDS),
        "is_scored_by_hand": any(item.manual for item in head["scheme"].items) if head["scheme"] else False,
    }
    return render(request, "pay/run.html", page)


@require_POST
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approve what stands there."""
    viewer = access.viewer_for(request)
    found = run_for(viewer, run_id)
    revision = number_sent(request.POST.get("revision", "")) or 0
    try:
        approved = actions.approve(viewer=viewer, run=found, revision=revision)
    except PeopleError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _told(approved))
    return redirect("pay-run", run_id)


def _told(run: PayRun) -> str:
    if run.state == rules.FROZEN:
        return gettext("Approved by two; the month is frozen.")
    return gettext("Approved. Another manager approves it as the second one.")


@require_safe
def staff(request: HttpRequest, run_id: int, staff_id: int) -> HttpResponse:
    """How somebody's pay of a month was made."""
    viewer = access.viewer_for(request)
    found = run_for(viewer, run_id)
    lines = queries.lines_of(found, staff_id)
    if not lines:
        raise Http404
    actions.note_seen(viewer=viewer, run=found, staff_id=staff_id)
    page = {
        **shown.run_head(found),
        "name": named(lines[0].staff),
        "total": money(sum(line.fen for line in lines)),
        "pieces": shown.pieces_of(lines, queries.scheme_of(found.month)),
    }
    return render(request, "pay/staff.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def score(request: HttpRequest, run_id: int) -> HttpResponse:
    """Score an item of a team by hand; what was ever scored stands below."""
    viewer = access.viewer_for(request)
    found = run_for(viewer, run_id)
    form = forms.ScoreForm(request.POST if request.method == "POST" else None, choices=_to_score(found))

    def write() -> PayRun:
        unit, item, before = form.cleaned_data["what"].split(":")
        return actions.score(
            viewer=viewer,
            run=found,
            team_id=int(unit) or None,
            item_id=item,
            score=form.cleaned_data["score"],
            reason=form.cleaned_data["reason"],
            supersedes_id=number_sent(before),
        )

    if form.is_valid() and tried(form, write):
        messages.success(request, gettext("Scored. The month was worked out again."))
        return redirect("pay-run", run_id)
    head = shown.run_head(found)
    history = [
        {
            "item": wording.item_title(head["scheme"], one.item),
            "unit": named(one.team) if one.team else wording.CENTRE_ITSELF,
            "score": wording.number(str(one.score)),
            "reason": one.reason,
            "by": named(one.by),
            "at": one.at,
        }
        for one in queries.score_history(found.institution_id, found.month)
    ]
    return render(request, "pay/score.html", {**head, "form": form, "history": history})


def _to_score(run: PayRun) -> list[tuple[str, str]]:
    """What can be scored by hand, with the score that holds now."""
    scheme = queries.scheme_of(run.month)
    there = {
        (one.team_id or rules.CENTRE, one.item): one for one in queries.scores_by_hand(run.institution_id, run.month)
    }
    choices = []
    for team in queries.teams_of(run.institution_id):
        for item in (one for one in scheme.items if one.manual) if scheme else ():
            held = there.get((team.pk, item.id))
            words = f"{item.title.language(get_language() or '')}: {named(team)}"
            now = gettext("now %(score)s of %(most)s") if held else gettext("at most %(most)s")
            now %= {"score": wording.number(str(held.score)) if held else "", "most": wording.number(item.manual)}
            choices.append((f"{team.pk}:{item.id}:{held.pk if held else ''}", f"{words} ({now})"))
    return choices


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, run_id: int) -> HttpResponse:
    """Correct a frozen month with a later one."""
    viewer = access.viewer_for(request)
    found = run_for(viewer, run_id)
    staff = [(one.pk, named(one)) for one in queries.staff_of(found)]
    form = forms.CorrectionForm(
        request.POST if request.method == "POST" else None,
        staff=staff,
        initial={"token": uuid4()},
    )

    def write() -> Any:
        said = form.cleaned_data
        return actions.correct(
            viewer=viewer,
            run=found,
            staff_id=said["staff"],
            fen=said["fen"],
            reason=said["reason"],
            token=said["token"],
        )

    if form.is_valid() and (made := tried(form, write)):
        told = gettext("Written down; it is paid with %(month)s.") % {"month": wording.month_text(made.month)}
        messages.success(request, told)
        return redirect("pay-run", run_id)
    following = wording.month_text(queries.next_open_month(found.institution_id, found.month))
    changed = queries.changed_since(found)
    page = {
        **shown.run_head(found),
        "form": form,
        "following": following,
        "changed": [(name, money(changed[pk])) for pk, name in staff if pk in changed],
    }
    return render(request, "pay/correct.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask what the table is for; answer with the month as an Excel file."""
    viewer = access.viewer_for(request)
    access.require(viewer, EXPORT_RECORDS)
    found = run_for(viewer, run_id)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        file = actions.export(
            viewer=viewer,
            name=f"pay {found.month:%Y-%m}",
            title=gettext("Pay"),
            table=shown.run_table(found, queries.lines_of(found)),
            reason=form.cleaned_data["reason"],
        )
        return excel(file, f"pay-{found.month:%Y-%m}.xlsx")
    page = {
        "form": form,
        "title": gettext("Export the pay of a month"),
        "sub": f"{named(found.institution)} · {wording.month_text(found.month)}",
        "back_url": reverse("pay-run", args=[run_id]),
    }
    return render(request, "pay/export.html", page)


# --- one's own --------------------------------------------------------------------------------------------------------


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The viewer's own pay by month, and how the chosen month (the latest) was worked out; nobody else's."""
    viewer = access.viewer_for(request)
    found = queries.runs_with(viewer.staff_id) if viewer.staff_id is not None else []
    chosen = _chosen(request, viewer, [one for one, _fen in found])
    page: dict[str, Any] = {
        "name": viewer.name_en if (get_language() or "").startswith("en") else viewer.name,
        "months": [
            {
                "url": f"{reverse('pay-mine')}?month={one.pk}",
                "month": wording.month_text(one.month),
                "state": wording.STATES[one.state],
                "tone": wording.TONES[one.state],
                "money": money(fen),
                "is_chosen": chosen is not None and one.pk == chosen.pk,
            }
            for one, fen in found
        ],
    }
    if chosen is not None:
        lines = queries.lines_of(chosen, viewer.staff_id)
        page |= {
            **shown.run_head(chosen),
            "total": money(sum(line.fen for line in lines)),
            "pieces": shown.pieces_of(lines, queries.scheme_of(chosen.month)),
        }
    return render(request, "pay/mine.html", page)


def _chosen(request: HttpRequest, viewer: Viewer, found: list[PayRun]) -> PayRun | None:
    wanted = number_sent(request.GET.get("month", ""))
    if wanted is None:
        return found[0] if found else None
    for one in found:
        if one.pk == wanted:
            return one
    raise Http404
