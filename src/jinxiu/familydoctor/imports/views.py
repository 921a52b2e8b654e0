"""The door through which a clerk brings residents and past records in: a file, what it would do, and a yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinxiu.familydoctor.imports import uploads, wording
from jinxiu.familydoctor.imports.actions import import_residents
from jinxiu.familydoctor.imports.forms import UploadForm
from jinxiu.familydoctor.imports.job import Progress, RegisterChangedError, counts_of
from jinxiu.familydoctor.imports.layouts import Layout, layouts
from jinxiu.familydoctor.imports.records import import_records
from jinxiu.familydoctor.imports.report import Change, ImportReport, Place, TableRead
from jinxiu.familydoctor.imports.report_file import report_file
from jinxiu.familydoctor.imports.rows import Problem
from jinxiu.familydoctor.imports.tables import FileError
from jinxiu.familydoctor.imports.template_file import template_file
from jinxiu.people.access import Viewer, open_teams_for, require, viewer_for
from jinxiu.people.roles import IMPORT_PEOPLE
from jinxiu.worklists.actions import EvaluationError, refresh_everyone

SHOWN = 50
_SESSION = "import"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHARE_OF_IMPORT = 0.8  # of the whole; working out the worklists is the rest


@dataclass(frozen=True, slots=True)
class Line:
    """One problem as the page shows it."""

    where: str
    column: str
    found: str
    sentence: str
    outcome: str = ""
    person_id: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file; show what importing it would do."""
    viewer = _importer(request)
    form = _form(request, viewer)
    if not form.is_valid():
        if request.method != "POST":
            uploads.drop(request.session, _SESSION)
        return _ask(request, form)
    file, known = form.cleaned_data["file"], {"team": form.cleaned_data["team"], "layout": form.cleaned_data["layout"]}
    content = file.read()
    try:
        report = _run(viewer, known | {"name": file.name}, content, dry_run=True)
    except FileError as error:
        error.parts.pop("file", None)
        form.add_error("file", wording.file_sentence(error))
        return _ask(request, form)
    waiting = uploads.wait(request.session, _SESSION, content, name=file.name, counts=counts_of(report), **known)
    return _show(request, report, waiting)


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Import the file that was looked at; when the register has changed since, show again what would happen."""
    viewer = _importer(request)
    waiting = uploads.waiting(request.session, _SESSION, token)
    content = uploads.fetch(token)
    if content is None:
        messages.warning(request, gettext("The file waited for more than an hour and was deleted; choose it again."))
        return redirect("import")
    try:
        report = _run(viewer, waiting, content, dry_run=False)
    except RegisterChangedError:
        report = _run(viewer, waiting, content, dry_run=True)
        waiting = request.session[_SESSION] = waiting | {"counts": counts_of(report)}
        messages.warning(request, gettext("The register has changed in the meantime; please look again."))
        return _show(request, report, waiting)
    _say_done(request, report)
    if report.changes_anything:
        _refresh(request, viewer)
    uploads.drop(request.session, _SESSION)
    return redirect("import")


@require_GET
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far the import of the waiting file is, 0 to 1."""
    _importer(request)
    uploads.waiting(request.session, _SESSION, token)
    return JsonResponse({"share": uploads.share_of(token)})


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
    return _excel(report_file(_run(viewer, waiting, content, dry_run=True), ".xlsx"), "to-correct.xlsx")


@require_GET
def template(request: HttpRequest, layout: str) -> HttpResponse:
    """A file of a layout to fill in."""
    _importer(request)
    if layout not in layouts():
        raise Http404
    return _excel(template_file(layouts()[layout], get_language() or ""), f"{layout}.xlsx")


# --- steps ------------------------------------------------------------------------------------------------------------


def _importer(request: HttpRequest) -> Viewer:
    viewer = viewer_for(request)
    require(viewer, IMPORT_PEOPLE)
    return viewer


def _form(request: HttpRequest, viewer: Viewer) -> UploadForm:
    language = get_language() or ""
    teams = [
        (team.pk, f"{(language == 'en' and team.name_en) or team.name} ({team.code})")
        for team in open_teams_for(viewer, IMPORT_PEOPLE)
    ]
    kinds = [(layout.id, layout.title.language(language)) for layout in layouts().values()]
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    return UploadForm(*data, layouts=kinds, teams=teams)


def _run(viewer: Viewer, known: dict[str, Any], content: bytes, *, dry_run: bool) -> ImportReport:
    """Import the file of which this is known, or look; as an import, only what was agreed to."""
    files, reach = [(known["name"], content)], viewer.reach.get(IMPORT_PEOPLE, frozenset())
    common: dict[str, Any] = {"actor": viewer.actor, "dry_run": dry_run, "reach": reach, "today": viewer.today}
    if not dry_run:
        common |= {"agreed": known["counts"], "progress": _telling(known["token"])}
    if known["layout"] == "residents":
        return import_residents(files, team_id=known["team"] if known["team"] in reach else None, **common)
    return import_records(files, layout=known["layout"], **common)


def _telling(token: str) -> Progress:
    return lambda _words, share: uploads.note_share(token, share * _SHARE_OF_IMPORT)


def _refresh(request: HttpRequest, viewer: Viewer) -> None:
    try:
        refresh_everyone(viewer.today, actor=viewer.actor)
    except EvaluationError:
        messages.warning(request, gettext("The worklists follow tonight: everybody is being evaluated already."))


def _say_done(request: HttpRequest, report: ImportReport) -> None:
    words = gettext("Imported: %(new)s new, %(changed)s changed, %(same)s as they were.") % counts_of(report)
    messages.success(request, words)
    left_out = report.counts["refused"] + report.counts["proposed"]
    if left_out:
        words = ngettext("%(count)s row stayed out.", "%(count)s rows stayed out.", left_out) % {"count": left_out}
        messages.warning(request, words)


def _excel(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=_XLSX, headers=headers)


def _ask(request: HttpRequest, form: UploadForm) -> HttpResponse:
    language = get_language() or ""
    kinds = [_kind(layout, language) for layout in layouts().values()]
    return render(request, "familydoctor/import.html", {"form": form, "kinds": kinds})


def _kind(layout: Layout, language: str) -> dict[str, str]:
    return {"id": layout.id, "title": layout.title.language(language), "about": layout.about.language(language)}


def _show(request: HttpRequest, report: ImportReport, waiting: dict[str, Any]) -> HttpResponse:
    language = get_language() or ""
    context = {
        "name": waiting["name"],
        "token": waiting["token"],
        "progress_at": reverse("import-progress", args=[waiting["token"]]),
        "kind": report.layout.title.language(language),
        "step": "import",
        "changes_anything": report.changes_anything,
        "counts": _shown_counts(report),
        "tables": [_table(report, table, language) for table in report.tables],
        "unread_sheets": [sheet for _, sheet in report.unread_sheets],
        "fields": [(_title(report, field, language), n) for field, n in report.changed_fields.most_common()],
        "changes": [_change(report, change, language) for change in report.changes[:SHOWN]],
        "lines": [_line(report, place, problem, language) for place, problem in report.problems[:SHOWN]],
        "more": max(0, len(report.problems) - SHOWN),
    }
    return render(request, "familydoctor/import_look.html", context)


def _shown_counts(report: ImportReport) -> dict[str, int]:
    """Records are only added: none of them is changed, and nobody is proposed."""
    counts, records = counts_of(report), ("new", "same", "refused")
    return counts if report.layout.id == "residents" else {name: counts[name] for name in records}


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
        "was": wording.value_text(change.field, change.was),
        "becomes": wording.value_text(change.field, change.becomes),
    }


def _line(report: ImportReport, place: Place, problem: Problem, language: str) -> Line:
    return Line(
        _where(place),
        _title(report, problem.field, language),
        wording.found_text(problem),
        wording.value_sentence(problem),
        wording.outcome(problem),
        problem.parts.get("person", ""),
    )


def _where(place: Place) -> str:
    return f"{place.sheet} {place.row}".strip()
