"""The door through which a clerk brings residents in: a file, what it would do, and a yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinxiu.familydoctor.imports import actions, uploads, wording
from jinxiu.familydoctor.imports.forms import UploadForm
from jinxiu.familydoctor.imports.report import Change, ImportReport, Place, TableRead
from jinxiu.familydoctor.imports.report_file import report_file
from jinxiu.familydoctor.imports.rows import Problem
from jinxiu.familydoctor.imports.tables import FileError
from jinxiu.people.access import Viewer, require, teams_for, viewer_for
from jinxiu.people.roles import IMPORT_PEOPLE
from jinxiu.worklists.actions import EvaluationError, refresh_everyone

SHOWN = 50
_SESSION = "import"
_COUNTS = ("new", "changed", "same", "proposed", "refused")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Line:
    """One problem as the page shows it."""

    where: str
    column: str
    found: str
    sentence: str
    outcome: str
    person_id: str


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file; show what importing it would do."""
    viewer = _importer(request)
    if request.method != "POST":
        uploads.drop(request.session, _SESSION)
        return _ask(request, UploadForm(teams=_teams(viewer)))
    form = UploadForm(request.POST, request.FILES, teams=_teams(viewer))
    if not form.is_valid():
        return _ask(request, form)
    file = form.cleaned_data["file"]
    content, name, team_id = file.read(), file.name, form.cleaned_data["team"]
    try:
        report = _run(viewer, name, content, team_id, dry_run=True)
    except FileError as error:
        error.parts.pop("file", None)
        form.add_error("file", wording.file_sentence(error))
        return _ask(request, form)
    uploads.drop(request.session, _SESSION)
    token = uploads.keep(content)
    request.session[_SESSION] = {"token": token, "name": name, "team": team_id, "counts": _counts(report)}
    return _show(request, report, name, token)


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Import the file that was looked at; when the register has changed since, show again what would happen."""
    viewer = _importer(request)
    waiting = uploads.waiting(request.session, _SESSION, token)
    content = uploads.fetch(token)
    if content is None:
        messages.warning(request, gettext("The file waited for more than an hour and was deleted; choose it again."))
        return redirect("import")
    name, team_id = waiting["name"], waiting["team"]
    report = _run(viewer, name, content, team_id, dry_run=True)
    if _counts(report) != waiting["counts"]:
        request.session[_SESSION] = waiting | {"counts": _counts(report)}
        messages.warning(request, gettext("The register has changed in the meantime; please look again."))
        return _show(request, report, name, token)
    try:
        report = _run(viewer, name, content, team_id, dry_run=False)
    except actions.RegisterChangedError:
        messages.warning(request, gettext("The register has changed in the meantime; please look again."))
        return _show(request, report, name, token)
    uploads.drop(request.session, _SESSION)
    _say_done(request, report)
    if report.changes_anything:
        _refresh(request, viewer)
    return redirect("import")


@require_POST
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Delete the file that was looked at."""
    _importer(request)
    uploads.waiting(request.session, _SESSION, token)
    uploads.drop(request.session, _SESSION)
    messages.success(request, gettext("The file was deleted; nothing has been changed."))
    return redirect("import")


@require_GET
def download(request: HttpRequest, token: str) -> HttpResponse:
    """What would stay out, as an Excel file to work through."""
    viewer = _importer(request)
    waiting = uploads.waiting(request.session, _SESSION, token)
    content = uploads.fetch(token)
    if content is None:
        raise Http404
    report = _run(viewer, waiting["name"], content, waiting["team"], dry_run=True)
    headers = {"Content-Disposition": 'attachment; filename="to-correct.xlsx"'}
    return HttpResponse(report_file(report, ".xlsx"), content_type=_XLSX, headers=headers)


# --- steps ------------------------------------------------------------------------------------------------------------


def _importer(request: HttpRequest) -> Viewer:
    viewer = viewer_for(request)
    require(viewer, IMPORT_PEOPLE)
    return viewer


def _teams(viewer: Viewer) -> list[tuple[int, str]]:
    english = get_language() == "en"
    teams = teams_for(viewer, IMPORT_PEOPLE)
    return [(team.pk, f"{(english and team.name_en) or team.name} ({team.code})") for team in teams]


def _run(viewer: Viewer, name: str, content: bytes, team_id: int, *, dry_run: bool) -> ImportReport:
    reach = viewer.reach.get(IMPORT_PEOPLE, frozenset())
    return actions.import_residents(
        [(name, content)],
        actor=viewer.actor,
        dry_run=dry_run,
        team_id=team_id if team_id in reach else None,
        reach=reach,
        today=viewer.today,
    )


def _counts(report: ImportReport) -> dict[str, int]:
    return {name: report.counts[name] for name in _COUNTS}


def _refresh(request: HttpRequest, viewer: Viewer) -> None:
    try:
        refresh_everyone(viewer.today, actor=viewer.actor)
    except EvaluationError:
        messages.warning(request, gettext("The worklists follow tonight: everybody is being evaluated already."))


def _say_done(request: HttpRequest, report: ImportReport) -> None:
    words = gettext("Imported: %(new)s new, %(changed)s changed, %(same)s as they were.") % _counts(report)
    messages.success(request, words)
    left_out = report.counts["refused"] + report.counts["proposed"]
    if left_out:
        words = ngettext("%(count)s row stayed out.", "%(count)s rows stayed out.", left_out) % {"count": left_out}
        messages.warning(request, words)


def _ask(request: HttpRequest, form: UploadForm) -> HttpResponse:
    return render(request, "familydoctor/import.html", {"form": form})


def _show(request: HttpRequest, report: ImportReport, name: str, token: str) -> HttpResponse:
    language = get_language() or ""
    context = {
        "name": name,
        "token": token,
        "report": report,
        "counts": _counts(report),
        "tables": [_table(report, table, language) for table in report.tables],
        "unread_sheets": [sheet for _, sheet in report.unread_sheets],
        "fields": [(_title(report, field, language), n) for field, n in report.changed_fields.most_common()],
        "changes": [_change(report, change, language) for change in report.changes[:SHOWN]],
        "lines": [_line(report, place, problem, language) for place, problem in report.problems[:SHOWN]],
        "more": max(0, len(report.problems) - SHOWN),
    }
    return render(request, "familydoctor/import_look.html", context)


def _table(report: ImportReport, table: TableRead, language: str) -> dict[str, Any]:
    columns = [
        {"heading": one.heading, "title": _title(report, one.field, language) if one.field else "", "sure": one.exactly}
        for one in table.columns
    ]
    return {
        "sheet": table.sheet,
        "rows": table.rows,
        "read": [column for column in columns if column["title"]],
        "unread": [column["heading"] for column in columns if not column["title"]],
    }


def _title(report: ImportReport, field: str, language: str) -> str:
    return wording.field_title(report.layout, field, language)


def _change(report: ImportReport, change: Change, language: str) -> dict[str, Any]:
    return {
        "where": _where(change.place),
        "person_id": change.person_id,
        "column": _title(report, change.field, language),
        "was": change.was,
        "becomes": change.becomes,
    }


def _line(report: ImportReport, place: Place, problem: Problem, language: str) -> Line:
    return Line(
        _where(place),
        _title(report, problem.field, language),
        problem.found,
        wording.value_sentence(problem),
        wording.outcome(problem),
        problem.parts.get("person", ""),
    )


def _where(place: Place) -> str:
    return f"{place.sheet} {place.row}".strip()
