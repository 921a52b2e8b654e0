"""The tree of places, and the import of a list: first a look at what would change, then the change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinxiu.familydoctor.imports import uploads
from jinxiu.familydoctor.imports.forms import FileForm
from jinxiu.familydoctor.imports.tables import FileError
from jinxiu.familydoctor.imports.views import Line
from jinxiu.familydoctor.imports.wording import file_sentence
from jinxiu.people.access import Viewer, require, viewer_for
from jinxiu.people.roles import MANAGE_ORGANISATION
from jinxiu.places import actions, queries
from jinxiu.places.files import layout
from jinxiu.places.rules import Plan
from jinxiu.places.wording import sentence_for

SHOWN = 200
_SESSION = "places"


@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """The places right below one (`under`: its code), or the cities."""
    _keeper(request)
    code = request.GET.get("under", "")[:40]
    above = queries.place(code) if code else None
    page = {"above": above, "path": queries.path_to(above), "branches": queries.branches(above)}
    return render(request, "places/tree.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file; show what importing it would change."""
    _keeper(request)
    form = FileForm(request.POST if request.method == "POST" else None, request.FILES)
    if not form.is_valid():
        uploads.drop(request.session, _SESSION)
        return render(request, "places/import.html", {"form": form})
    file = form.cleaned_data["file"]
    content = file.read()
    try:
        planned = actions.look_at_places(content=content)
    except FileError as error:
        form.add_error("file", file_sentence(error))
        return render(request, "places/import.html", {"form": form})
    waiting = uploads.wait(request.session, _SESSION, content, name=file.name, counts=planned.counts)
    return _show(request, planned, waiting)


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Import the file that was looked at; when the tree has changed since, show again what would happen."""
    viewer = _keeper(request)
    waiting = uploads.waiting(request.session, _SESSION, token)
    content = uploads.fetch(token)
    if content is None:
        messages.warning(request, gettext("The file waited for more than an hour and was deleted; choose it again."))
        return redirect("places-import")
    planned = actions.look_at_places(content=content)
    if planned.counts != waiting["counts"]:
        waiting = request.session[_SESSION] = waiting | {"counts": planned.counts}
        messages.warning(request, gettext("The places have changed in the meantime; please look again."))
        return _show(request, planned, waiting)
    counts = actions.import_places(content=content, today=viewer.today, actor=viewer.actor).counts
    uploads.drop(request.session, _SESSION)
    words = gettext("Imported: %(new)s new, %(changed)s changed, %(retired)s retired, %(same)s as they were.") % counts
    messages.success(request, words)
    return redirect("places")


@require_POST
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Delete the file that was looked at."""
    _keeper(request)
    uploads.waiting(request.session, _SESSION, token)
    uploads.drop(request.session, _SESSION)
    messages.success(request, gettext("The file was deleted; nothing has been changed."))
    return redirect("places-import")


def _keeper(request: HttpRequest) -> Viewer:
    viewer = viewer_for(request)
    require(viewer, MANAGE_ORGANISATION)
    return viewer


def _show(request: HttpRequest, planned: Plan, waiting: dict[str, Any]) -> HttpResponse:
    language = get_language() or ""
    page = {
        "name": waiting["name"],
        "token": waiting["token"],
        "step": "places",
        "changes_anything": planned.changes_anything,
        "plan": planned,
        "counts": planned.counts,
        "new": planned.new[:SHOWN],
        "changed": planned.changed[:SHOWN],
        "retired": planned.retired[:SHOWN],
        "lines": [
            Line(one.where, layout().columns[one.column].title.language(language), one.found, sentence_for(one))
            for one in planned.mistakes[:SHOWN]
        ],
        "more": max(0, len(planned.mistakes) - SHOWN),
        "shown": SHOWN,
    }
    return render(request, "places/look.html", page)
