"""The auditor's search of the trail, its export, and who looked at one person's record."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.queries import Key, Look, Wanted, first_look_at, last_block, line_of, looks_at, search
from jinxiu.audit.sentences import define_purpose, purpose_words
from jinxiu.documents.cells import harmless
from jinxiu.evidence.sheltered import sheltered
from jinxiu.oversight import actions, queries
from jinxiu.oversight.forms import CopyReason, ExportReason, FindByNumber, TrailSearch
from jinxiu.people import access
from jinxiu.people.asked import number_sent
from jinxiu.people.clock import SHANGHAI, true_now
from jinxiu.people.matching.queries import kept_id, records_of
from jinxiu.people.roles import RECORD_FOLLOWUP, ROLES, SEE_SHELTERED, SEE_TRAIL

PAGE_LINES = 50
EXPORT_LINES = 10_000  # more is no search any more; narrow it
ACCESS_LOG = define_purpose("access log", _("the list of who looked"))

# Who acts: staff's roles, and residents on their own pages.
_LABELS: dict[str, Promise] = {code: role.label for code, role in ROLES.items()} | {"resident": _("Resident")}
_REFUSED = (access.REFUSED.code, "resident.refused")  # staff's, and a resident's on the own pages (portal, above)


@dataclass(frozen=True)
class Row:
    """One line of the trail as the auditor reads it."""

    at: datetime
    sentence: str
    roles: str
    address: str
    request_id: str
    person_id: int | None


# --- the auditor ------------------------------------------------------------------------------------------------------


@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Search the trail; every look at it is a line of it."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_TRAIL)
    form = TrailSearch(request.GET, today=true_now().date())
    page: dict[str, Any] = {"form": form, "by_number": FindByNumber(), "export": ExportReason(), "closed": last_block()}
    if form.is_valid():
        wanted, after = _with_all_records(form.wanted()), Key.parse(request.GET.get("after", ""))
        found = search(wanted, after=after, limit=PAGE_LINES + 1)
        actions.note_search(viewer=viewer, wanted=wanted)
        page |= {"rows": _rows(found[:PAGE_LINES]), "asked": form.address(), "first_url": _url(form) if after else ""}
        if len(found) > PAGE_LINES:
            last = found[PAGE_LINES - 1]
            page["next_url"] = _url(form, after=str(Key(last.at, last.pk)))
    return render(request, "oversight/trail.html", page)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Turn a document's number into a search for its person; nothing of the number stays in an address."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_TRAIL)
    form = FindByNumber(request.POST)
    person_id = queries.person_id_of(form.cleaned_data["number"]) if form.is_valid() else None
    if person_id is None:
        messages.error(request, gettext("Nobody has this number. Type it whole, without masking."))
        return redirect("trail")
    since = first_look_at(records_of(person_id))
    span = {"since": since.astimezone(SHANGHAI).date().isoformat()} if since else {}
    return redirect(f"{reverse('trail')}?{urlencode({'person': person_id, **span})}")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Give the lines of a search as CSV, with a reason, up to a limit; the export is a line itself."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_TRAIL)
    form, why = TrailSearch(request.POST, today=true_now().date()), ExportReason(request.POST)
    if not form.is_valid() or not why.is_valid():
        messages.error(request, gettext("Nothing was exported: say in at least four characters what it is for."))
        return redirect(_url(form) if form.is_valid() else "trail")
    wanted = _with_all_records(form.wanted())
    found = search(wanted, limit=EXPORT_LINES + 1)
    if len(found) > EXPORT_LINES:
        text = gettext("Nothing was exported: more than %(limit)s lines fit; choose fewer days, or one person.")
        messages.error(request, text % {"limit": f"{EXPORT_LINES:,}"})
        return redirect(_url(form))
    reason = why.cleaned_data["reason"]
    actions.note_export(viewer=viewer, wanted=wanted, lines=len(found), reason=reason)
    text = gettext("Exported by %(name)s on %(day)s for: %(reason)s")
    return _csv(_rows(found), text % {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason})


def _with_all_records(wanted: Wanted) -> Wanted:
    """A record that was merged and the one that is kept are looked for together."""
    return replace(wanted, records=tuple(records_of(kept_id(wanted.person_id)))) if wanted.person_id else wanted


def _csv(rows: Iterable[Row], watermark: str) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")  # Excel takes it for UTF-8 then
    response.headers["Content-Disposition"] = 'attachment; filename="trail.csv"'
    write = csv.writer(response)
    write.writerow([harmless(watermark)])
    heads = (_("Time"), _("What happened"), _("Role"), _("Person number"), _("Came from"), _("Request"))
    write.writerow([str(head) for head in heads])
    for row in rows:
        cells = (_local(row.at), row.sentence, row.roles, row.person_id or "", row.address, row.request_id)
        write.writerow([harmless(str(cell)) for cell in cells])
    return response


def _rows(entries: list[AuditEntry]) -> list[Row]:
    names = queries.covered_names(entry.person_id for entry in entries if entry.person_id)
    return [_row(entry, names) for entry in entries]


def _row(entry: AuditEntry, names: dict[int, str]) -> Row:
    number = entry.person_id
    # Somebody may have asked for a person who does not exist: then the number alone is known.
    person = gettext("%(name)s (no. %(number)s)") % {"name": names.get(number or 0, "?"), "number": number}
    if sheltered().names(str(entry.detail.get("kind", ""))):
        entry.detail = {**entry.detail, "kind": gettext("a service")}
    line = line_of(entry, person if number else "…")
    return Row(line.at, line.sentence, _roles(entry.role.split(",")), line.address, line.request_id, number)


def _roles(codes: Iterable[str]) -> str:
    return gettext(", ").join(str(_LABELS.get(code, code)) for code in codes)


def _url(form: TrailSearch, **more: str) -> str:
    return f"{reverse('trail')}?{urlencode({**form.address(), **more})}"


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(" ", timespec="seconds")


# --- the person -------------------------------------------------------------------------------------------------------


@require_safe
def access_log(request: HttpRequest, person_id: int) -> HttpResponse:
    """Who looked at a person's record in a year, by day, for those who care for the person, to print."""
    viewer = access.viewer_for(request)
    person = access.person_for(viewer, person_id, ACCESS_LOG, RECORD_FOLLOWUP, despite_restriction=True)
    records = records_of(person_id)
    first = first_look_at(records)
    years = range(viewer.today.year, min(first.astimezone(SHANGHAI).year if first else 9999, viewer.today.year) - 1, -1)
    asked = number_sent(request.GET.get("year", ""))
    year = asked if asked is not None and asked in years else viewer.today.year
    knows_of_shelter = access.reaches(viewer, person_id, SEE_SHELTERED, despite_restriction=True)
    looks = [
        look
        for look in looks_at(records, year=year, zone=SHANGHAI)
        if knows_of_shelter or look.action != access.SHELTER_OPENED.code
    ]
    page = {
        "person": person,
        "copy": CopyReason() if knows_of_shelter else None,
        "years": [{"year": one, "is_chosen": one == year} for one in years],
        "year": year,
        "days": [{"day": day, "looks": [_look(one) for one in found]} for day, found in groupby(looks, _day_of)],
    }
    return render(request, "oversight/access_log.html", page)


@require_POST
def copy(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give out all that is kept of a person, with a reason, to those who care for the person."""
    viewer = access.viewer_for(request)
    # A copy is whole or it is none: who may not open what is under special shelter makes none of anybody.
    access.person_for(viewer, person_id, actions.COPY, SEE_SHELTERED, despite_restriction=True)
    why = CopyReason(request.POST)
    if not why.is_valid():
        messages.error(request, gettext("No copy was made: say in at least four characters who asked for it."))
        return redirect("access-log", person_id)
    file = queries.copy_file(person_id)
    actions.note_copy(actor=viewer.actor, person_id=person_id, reason=why.cleaned_data["reason"])
    response = HttpResponse(file, content_type="application/zip")
    name = f"person-{person_id}-{viewer.today.isoformat()}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _day_of(look: Look) -> Any:
    return look.day


def _look(look: Look) -> dict[str, Any]:
    return {
        "actor": look.actor,
        "roles": _roles(look.roles),
        "purpose": purpose_words(look.purpose),
        "is_refused": look.action in _REFUSED,
        "times": look.times,
        "minute": _minute(look.first),
        "last_minute": _minute(look.last),
    }


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%H:%M}"
