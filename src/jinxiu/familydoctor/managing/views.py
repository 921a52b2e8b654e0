"""The manager's page: all parts at a glance, each part with its tables, the people behind a number, Excel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.documents.cells import Value
from jinxiu.familydoctor.managing import actions, overview, pages, queries, rules, wording
from jinxiu.familydoctor.managing.forms import PageFilter
from jinxiu.familydoctor.managing.queries import NoSuchPage, Row
from jinxiu.familydoctor.managing.shown import Cell, Page, Table
from jinxiu.indicators.forms import ExportForm
from jinxiu.people.access import Viewer, may, require, viewer_for
from jinxiu.people.roles import EXPORT_RECORDS, SEE_RECORD
from jinxiu.people.wording import SEXES, about, told

PAGE_ROWS = 25
_AT_ONCE = 500
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def managing(request: HttpRequest) -> HttpResponse:
    """Every part with the number that says how it stands, and the coverage of the groups."""
    viewer = viewer_for(request)
    scope = queries.scope_of(viewer)
    shown = overview.Overview(viewer, scope, queries.places_of(scope))
    page = {
        "title": wording.MANAGING,
        "cards": shown.cards(),
        "table": shown.coverage(),
        "numbers_only": scope.numbers_only,
        "counted_on": queries.counted_on(shown.page(rules.COVERAGE).asked),
    }
    return render(request, "familydoctor/managing/overview.html", page)


@require_safe
def part(request: HttpRequest, part: str) -> HttpResponse:
    """The tables of one part; each number leads to its people."""
    page = _page(request, part)
    shown = pages.page_of(page)
    export_url = reverse("managing-export", args=[part]) if may(page.viewer, EXPORT_RECORDS) else ""
    return render(
        request,
        "familydoctor/managing/part.html",
        {
            "title": wording.PARTS[part],
            "shown": shown,
            "form": page.form,
            "numbers_only": page.form.scope.numbers_only,
            "parts": _parts(part),
            "export_url": f"{export_url}?{urlencode(page.form.address())}" if export_url else "",
        },
    )


@require_safe
def people(request: HttpRequest, part: str) -> HttpResponse:
    """Who stands behind a number; the trail keeps who was shown."""
    page, number = _listed(request, part)
    after = request.GET.get("after", "")
    rows = queries.people(page.viewer, page.asked, number, after, PAGE_ROWS + 1)
    shown = rows[:PAGE_ROWS]
    seen = [row.person_id for row in shown if row.name]
    actions.note_people(viewer=page.viewer, number=f"{part}.{number}", people=seen)
    here = reverse("managing-people", args=[part])
    address = page.form.address(number=number)
    more = {**address, "after": shown[-1].key} if len(rows) > PAGE_ROWS else {}
    export_url = reverse("managing-export", args=[part]) if may(page.viewer, EXPORT_RECORDS) else ""
    return render(
        request,
        "familydoctor/managing/people.html",
        {
            "heading": _heading(page, number),
            "lines": [_line(row, page.viewer) for row in shown],
            "by_night": part in rules.BY_NIGHT,
            "back_url": f"{reverse('managing-part', args=[part])}?{urlencode(page.form.address())}",
            "first_url": f"{here}?{urlencode(address)}" if after else "",
            "next_url": f"{here}?{urlencode(more)}" if more else "",
            "export_url": f"{export_url}?{urlencode(address)}" if export_url and shown else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, part: str) -> HttpResponse:
    """Ask what a page's numbers, or the people behind one, are for; answer with them as an Excel file."""
    page = _page(request, part)
    require(page.viewer, EXPORT_RECORDS)
    number = request.GET.get("number", "")
    if number:
        page, number = _listed(request, part)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        table = _people_table(page, number) if number else _numbers_table(pages.page_of(page).tables)
        if len(table) - 1 > settings.JINXIU_EXPORT_ROWS:
            text = gettext("Nothing was exported: more than %(limit)s people; choose a team or a community.")
            form.add_error(None, text % {"limit": f"{settings.JINXIU_EXPORT_ROWS:,}"})
        else:
            reason = form.cleaned_data["reason"]
            file = actions.export(viewer=page.viewer, number=number or part, table=table, reason=reason)
            disposition = f'attachment; filename="{part}-{page.today.isoformat()}.xlsx"'
            return HttpResponse(file, content_type=_XLSX, headers={"Content-Disposition": disposition})
    back = reverse("managing-people" if number else "managing-part", args=[part])
    address = page.form.address(number=number)
    context = {
        "heading": _heading(page, number),
        "form": form,
        "has_people": bool(number),
        "back_url": f"{back}?{urlencode(address)}",
    }
    return render(request, "familydoctor/managing/export.html", context)


# --- what is asked ----------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, part: str) -> Page:
    viewer = viewer_for(request)
    scope = queries.scope_of(viewer)
    if part not in rules.PARTS:
        raise NoSuchPage
    return Page(viewer, PageFilter(request.GET, part=part, scope=scope, places=queries.places_of(scope)))


def _listed(request: HttpRequest, part: str) -> tuple[Page, str]:
    """The page and the number of which the people are asked for. Raises NoSuchPage where they may not be listed."""
    page = _page(request, part)
    number = request.GET.get("number", "") or rules.STATES[part][0] + (
        f".{rules.ALL}" if part in rules.BY_NIGHT else ""
    )
    state, _dot, key = number.partition(".")
    is_one = state in rules.STATES[part] and wording.is_key(part, key, page.today)
    if page.form.scope.numbers_only or not is_one or not queries.may_list(part, number):
        raise NoSuchPage
    require(page.viewer, SEE_RECORD)
    return page, number


def _parts(current: str) -> list[tuple[str, Any, bool]]:
    return [(reverse("managing-part", args=[one]), words, one == current) for one, words in wording.PARTS.items()]


def _heading(page: Page, number: str) -> str:
    """Of what and of whom a list or a file is, in words."""
    state, _dot, key = number.partition(".")
    what = wording.key_title(page.part, key, page.today) if key != rules.ALL else ""
    words = [str(wording.STATES[state]) if state else "", what, *page.form.narrowed_to()]
    said = " · ".join(filter(None, words))
    return f"{wording.PARTS[page.part]}: {said}" if said else str(wording.PARTS[page.part])


# --- the people -------------------------------------------------------------------------------------------------------


def _line(row: Row, viewer: Viewer) -> dict[str, Any]:
    """A person as the list shows one; of who is out of reach there is no name."""
    agreement = reverse("agreement", args=[row.person_id, row.agreement_id]) if row.name and row.agreement_id else ""
    return {
        "name": row.name,
        "url": reverse("person", args=[row.person_id]) if row.name else "",
        "about": about(row.birth_date, row.sex, viewer.today) if row.name else "",
        "masked_id": row.masked_id,
        "community": told(row.community, row.community_en),
        "contract_no": row.contract_no,
        "agreement_url": agreement,
        "on": row.on,
    }


def _people_table(page: Page, number: str) -> list[list[str]]:
    """The heads and the people within reach, as many as a file may have and one more."""
    table = [
        [
            *(gettext("Name"), gettext("Sex"), gettext("Birth date"), gettext("ID number"), gettext("Community")),
            *(gettext("Agreement"), gettext("Day")),
        ]
    ]
    for row in _everybody(page, number):
        table.append(
            [
                *(row.name, str(SEXES.get(row.sex, "")), row.birth_date.isoformat() if row.birth_date else ""),
                *(row.masked_id, told(row.community, row.community_en)),
                *(row.contract_no, row.on.isoformat() if row.on else ""),
            ]
        )
        if len(table) - 1 > settings.JINXIU_EXPORT_ROWS:
            break
    return table


def _everybody(page: Page, number: str) -> Iterator[Row]:
    after = ""
    while True:
        rows = queries.people(page.viewer, page.asked, number, after, _AT_ONCE)
        yield from (row for row in rows if row.name)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].key


def _numbers_table(tables: tuple[Table, ...]) -> list[list[Value]]:
    """All tables of a page below each other, each with its title and heads."""
    wide = max(len(table.heads) for table in tables)
    lines: list[list[Value]] = []
    for table in tables:
        lines.append([table.title])
        lines.append([*table.heads])
        lines += [[line.label, *(_in_file(cell) for cell in line.cells)] for line in table.lines]
    return [[*line, *[""] * (wide - len(line))] for line in lines]


def _in_file(cell: Cell) -> Value:
    return cell.text if cell.number is None else cell.number
