"""The pages of the indicators: all of them, one with what stands behind it, its people, and the file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods

from jinxiu.documents.cells import Value
from jinxiu.indicators import actions, queries, rules
from jinxiu.indicators.forms import ExportForm
from jinxiu.indicators.queries import Cells, Scope
from jinxiu.indicators.rules import Figure
from jinxiu.indicators.wording import group_name, month_text, part_title, percent_text, share_text
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.wording import about
from jinxiu.standards.measures.catalogue import installed
from jinxiu.standards.measures.model import Measure, period_of

PAGE_ROWS = 25
CHART_MONTHS = 13
EVERY = "every"  # the choice that sets all groups side by side
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the month (of those stored), and a group ("" all together, EVERY side by side)."""

    month: date
    months: Sequence[date]
    group: str

    def address(self, **more: str) -> str:
        """The same as the end of another address."""
        values = {"month": f"{self.month:%Y-%m}", "group": self.group, **more}
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Cell:
    """A figure in a table; `url` leads to what stands behind it, and is empty where nothing may be shown."""

    percent: str
    share: str
    is_hidden: bool
    url: str = ""


@require_GET
def indicators(request: HttpRequest) -> HttpResponse:
    """Every indicator of a month beside the month before and the year before, or beside each other by group."""
    viewer = access.viewer_for(request)
    scope = queries.scope_of(viewer)
    asked = _asked(request, scope, viewer)
    page: dict[str, Any] = {"asked": asked, **_choices(asked, scope), "numbers_only": scope.numbers_only}
    page["last"] = queries.last_stored(scope, asked.month)
    if asked.group == EVERY:
        page |= _side_by_side(asked, scope)
    else:
        page |= _over_time(asked, scope)
    if access.may(viewer, EXPORT_RECORDS):
        page["export_url"] = reverse("indicators-export") + asked.address()
    return render(request, "indicators/indicators.html", page)


@require_GET
def indicator(request: HttpRequest, measure_id: str) -> HttpResponse:
    """One figure: its formula, source and version, what is missing and why, its months, its groups, its people."""
    viewer = access.viewer_for(request)
    scope = queries.scope_of(viewer)
    asked = _asked(request, scope, viewer)
    group = "" if asked.group == EVERY else asked.group
    months = [one for one in asked.months if one <= asked.month][:CHART_MONTHS]
    found = queries.cells(scope, months, measure_id)
    figure = found.get((measure_id, asked.month), {}).get(group)
    detail = queries.detail(scope, measure_id, asked.month, group)
    measure = _measure(measure_id, detail.version if detail else "", asked.month)
    page = {
        **_choices(asked, scope, every=False),
        **_words_of(measure),
        **_trend(measure, found, asked, months, scope),
        "asked": asked,
        "measure": measure,
        "detail": detail,
        "cell": _cell(figure, detail is not None),
        "figure": figure,
        "numbers_only": scope.numbers_only,
        "parts": _parts(measure, detail.figure, asked, scope, viewer) if detail and figure else (),
        "is_sheltered": measure.id in queries.sheltered_measures(),
        "by_group": _by_group(measure, found.get((measure_id, asked.month), {}), asked, scope),
        "back_url": reverse("indicators") + asked.address(),
    }
    return render(request, "indicators/indicator.html", page)


@require_GET
def people(request: HttpRequest, measure_id: str) -> HttpResponse:
    """Who stands behind a figure, as far as the viewer may see them; the trail keeps who was shown."""
    viewer = access.viewer_for(request)
    scope = queries.scope_of(viewer)
    access.require(viewer, queries.permission_for(measure_id))
    asked = _asked(request, scope, viewer)
    group = "" if asked.group == EVERY else asked.group
    detail = queries.detail(scope, measure_id, asked.month, group)
    measure = _measure(measure_id, detail.version if detail else "", asked.month)
    part = request.GET.get("part", rules.OTHER)
    if part not in queries.parts_of(measure):
        raise Http404
    after_id = number_sent(request.GET.get("after", "")) or 0
    rows = queries.people_behind(
        viewer, scope, measure, asked.month, part=part, group=group, after=after_id, limit=PAGE_ROWS + 1
    )
    shown = rows[:PAGE_ROWS]
    ids = [row.person_id for row in shown]
    actions.note_people(viewer=viewer, measure=measure.id, month=asked.month, part=part, people=ids)
    here = reverse("indicator-people", args=[measure.id])
    page = {
        **_words_of(measure),
        "part_title": part_title(measure, part),
        "group_name": _group_name(scope, group),
        "month": month_text(asked.month),
        "rows": [_person(row, viewer) for row in shown],
        "back_url": reverse("indicator", args=[measure.id]) + asked.address(),
        "first_url": here + asked.address(part=part) if after_id else "",
        "next_url": here + asked.address(part=part, after=str(ids[-1])) if len(rows) > PAGE_ROWS else "",
    }
    return render(request, "indicators/people.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what the table is for; answer with it as an Excel file."""
    viewer = access.viewer_for(request)
    access.require(viewer, EXPORT_RECORDS)
    scope = queries.scope_of(viewer)
    asked = _asked(request, scope, viewer)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        group = "" if asked.group == EVERY else asked.group
        table = _table(asked, scope, group)
        file = actions.export(
            viewer=viewer, month=asked.month, group=group, table=table, reason=form.cleaned_data["reason"]
        )
        disposition = f'attachment; filename="indicators-{asked.month:%Y-%m}.xlsx"'
        return HttpResponse(file, content_type=_XLSX, headers={"Content-Disposition": disposition})
    page = {
        "form": form,
        "month": month_text(asked.month),
        "group_name": _group_name(scope, "" if asked.group == EVERY else asked.group),
        "back_url": reverse("indicators") + asked.address(),
    }
    return render(request, "indicators/export.html", page)


# --- what is asked ----------------------------------------------------------------------------------------------------


def _asked(request: HttpRequest, scope: Scope, viewer: Viewer) -> Asked:
    stored = queries.stored_months(scope)
    newest = stored[0] if stored else viewer.today.replace(day=1)
    month = rules.read_month(request.GET.get("month", ""), viewer.today) or newest
    group = request.GET.get("group", "")
    if group not in {"", EVERY, *(one.key for one in scope.groups)}:
        raise Http404
    return Asked(month, stored or [newest], group)


def _choices(asked: Asked, scope: Scope, every: bool = True) -> dict[str, Any]:
    groups = [("", gettext("All together"))]
    if every and len(scope.groups) > 1:
        groups.append((EVERY, gettext("Side by side")))
    groups += [(one.key, group_name(one)) for one in scope.groups]
    months = asked.months if asked.month in asked.months else [asked.month, *asked.months]
    return {
        "month_choices": [(f"{one:%Y-%m}", month_text(one), one == asked.month) for one in months],
        "group_choices": [(key, name, key == asked.group) for key, name in groups],
    }


def _measure(measure_id: str, version: str, month: date) -> Measure:
    """The version that a stored figure names, else the one in force. Raises Http404."""
    found = installed().version(measure_id, version)
    if found is None:
        found = next((one for one in _in_force(month) if one.id == measure_id), None)
    if found is None:
        raise Http404
    return found


def _in_force(month: date) -> list[Measure]:
    """Every measure of the month, in the order of its source's sections."""
    last = period_of("month", month).end
    return sorted(installed().in_force(last), key=lambda one: (_section(one), one.id))


def _section(measure: Measure) -> list[int]:
    """The first section that the source names, as numbers: 2.10 comes after 2.9."""
    return [int(number) for number in re.findall(r"\d+", measure.source.section.split(",")[0])]


def _group_name(scope: Scope, key: str) -> str:
    return next((group_name(one) for one in scope.groups if one.key == key), gettext("All together"))


# --- tables -----------------------------------------------------------------------------------------------------------


def _over_time(asked: Asked, scope: Scope) -> dict[str, Any]:
    months = rules.months_to_compare(asked.month)
    found = queries.cells(scope, months)
    stored = {(measure, month) for measure, month in found}

    def cells(measure: Measure) -> list[Cell]:
        figures = [found.get((measure.id, month), {}).get(asked.group) for month in months]
        by_month = list(zip(months, figures, strict=True))
        earlier = [_month_url(measure, asked, month) if figure else "" for month, figure in by_month[1:]]
        urls = [_indicator_url(measure, asked), *earlier]
        there = [scope.numbers_only and (measure.id, month) in stored for month in months]
        return [_cell(*one) for one in zip(figures, there, urls, strict=True)]

    heads = [f"{month_text(months[0])}", gettext("Month before"), gettext("Year before")]
    return {"heads": heads, "sources": _by_source(_in_force(asked.month), cells)}


def _side_by_side(asked: Asked, scope: Scope) -> dict[str, Any]:
    found = queries.cells(scope, [asked.month])
    groups = ["", *(one.key for one in scope.groups)]

    def cells(measure: Measure) -> list[Cell]:
        of_month = found.get((measure.id, asked.month), {})
        there = scope.numbers_only and (measure.id, asked.month) in found
        return [_cell(of_month.get(key), there, _indicator_url(measure, asked, group=key)) for key in groups]

    return {
        "heads": [_group_name(scope, key) for key in groups],
        "sources": _by_source(_in_force(asked.month), cells),
    }


def _by_source(measures: Sequence[Measure], cells: Any) -> list[dict[str, Any]]:
    language = get_language() or ""
    sources: dict[str, list[dict[str, Any]]] = {}
    for measure in measures:
        row = {**_words_of(measure), "cells": cells(measure)}
        sources.setdefault(measure.source.title.language(language), []).append(row)
    return [{"title": title, "rows": rows} for title, rows in sources.items()]


def _words_of(measure: Measure) -> dict[str, str]:
    language = get_language() or ""
    return {
        "title": measure.title.language(language),
        "formula": measure.formula.language(language),
        "source": f"{measure.source.title.language(language)} {measure.source.section}".strip(),
    }


def _indicator_url(measure: Measure, asked: Asked, **more: str) -> str:
    return reverse("indicator", args=[measure.id]) + asked.address(**more)


def _month_url(measure: Measure, asked: Asked, month: date) -> str:
    return _indicator_url(measure, asked, month=f"{month:%Y-%m}")


def _cell(figure: Figure | None, may_be_hidden: bool, url: str = "") -> Cell:
    if figure is None:
        return Cell("", "", is_hidden=may_be_hidden, url=url)
    return Cell(percent_text(figure), share_text(figure), is_hidden=False, url=url)


def _by_group(measure: Measure, figures: Mapping[str, Figure], asked: Asked, scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "name": group_name(group),
            "cell": _cell(figures.get(group.key), bool(figures), _indicator_url(measure, asked, group=group.key)),
            "width": _width(figures.get(group.key)),
        }
        for group in scope.groups
        if not figures or group.key in figures or scope.numbers_only
    ]


def _width(figure: Figure | None) -> float:
    return min(figure.percent or 0, 100) if figure else 0


def _trend(measure: Measure, found: Cells, asked: Asked, months: Sequence[date], scope: Scope) -> dict[str, Any]:
    group = "" if asked.group == EVERY else asked.group
    figures = [(month, found.get((measure.id, month), {}).get(group)) for month in reversed(months)]
    stored = [(month, figure) for month, figure in figures if (measure.id, month) in found]
    chart = {
        "months": [f"{month:%Y-%m}" for month, _figure in stored],
        "values": [round(one.percent, 1) if one and one.percent is not None else None for _month, one in stored],
        "name": measure.title.language(get_language() or ""),
    }
    rows = [
        {
            "month": month_text(month),
            "cell": _cell(figure, scope.numbers_only, _month_url(measure, asked, month)),
            "is_now": month == asked.month,
        }
        for month, figure in reversed(stored)
    ]
    return {"chart": chart, "trend": rows}


def _parts(measure: Measure, figure: Figure, asked: Asked, scope: Scope, viewer: Viewer) -> list[dict[str, Any]]:
    """How many people each part has, with the way to them; who sees numbers only gets them of all together, or none."""
    if scope.numbers_only and (asked.group or figure.has_small_part):
        return []
    opens = access.may(viewer, queries.permission_for(measure.id))
    here = reverse("indicator-people", args=[measure.id])
    counts = {rules.NUMERATOR: figure.numerator, rules.OTHER: figure.not_reached, **figure.missing}
    counts |= {part: getattr(figure, part) for part in (rules.EXCLUSION, rules.EXCEPTION)}
    always = (rules.NUMERATOR, rules.OTHER, *measure.missing)
    return [
        {
            "title": part_title(measure, part),
            "people": people,
            "is_missing": part in measure.missing,
            "url": here + asked.address(part=part) if opens and people else "",
        }
        for part, people in ((one, counts.get(one, 0)) for one in dict.fromkeys((*always, *counts)))
        if people or part in always
    ]


def _person(row: queries.PersonRow, viewer: Viewer) -> dict[str, str]:
    return {
        "name": row.name,
        "url": reverse("person", args=[row.person_id]),
        "about": about(row.birth_date, row.sex, viewer.today),
        "masked_id": row.masked_id,
        "community": (row.community_en if get_language() == "en" else "") or row.community,
    }


def _table(asked: Asked, scope: Scope, group: str) -> list[list[Value]]:
    """The heads and rows of the file: what the page shows, with the formula and the version beside it."""
    months = rules.months_to_compare(asked.month)
    found = queries.cells(scope, months)
    heads = [gettext("Indicator"), gettext("Version"), gettext("Formula")]
    words = ("%", gettext("counted"), gettext("of how many"))
    heads += [f"{month:%Y-%m} {word}" for month in months for word in words]
    lines: list[list[Value]] = [[*heads]]
    for measure in _in_force(asked.month):
        said = _words_of(measure)
        line: list[Value] = [said["title"], measure.version, said["formula"]]
        for month in months:
            figure = found.get((measure.id, month), {}).get(group)
            line += [percent_text(figure), figure.counted, figure.of] if figure else ["", "", ""]
        lines.append(line)
    return lines
