"""The pages of the groups: all of them with their numbers, and the board of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from jinxiu.familydoctor.boards import actions, queries, rules, shown
from jinxiu.familydoctor.boards.forms import BoardFilter, status_words
from jinxiu.familydoctor.boards.queries import Board, Group, Numbers, Scope
from jinxiu.people.access import Viewer, may, open_teams_for, require, viewer_for
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import EXPORT_RECORDS, RECORD_FOLLOWUP, SEE_RECORD
from jinxiu.worklists.cards import short_title
from jinxiu.worklists.views import Count

PAGE_ROWS = 25


@dataclass(frozen=True)
class Line:
    """One board in the list of all; `done` are those for whom nothing is open."""

    title: str
    url: str
    people: int
    done: int
    open: int
    overdue: int


@require_safe
def boards(request: HttpRequest) -> HttpResponse:
    """Every group within reach with how many people it has and for how many something is open."""
    viewer = viewer_for(request)
    require(viewer, SEE_RECORD)
    return render(
        request,
        "familydoctor/boards/boards.html",
        {"lines": [_line(viewer, one) for one in queries.boards_for(viewer)]},
    )


def _line(viewer: Viewer, board: Board) -> Line:
    group = queries.group_of(viewer, board, Scope())
    found = queries.totals(group)
    url = reverse("board", args=[board.standard.id])
    done = group.people - found.open
    return Line(short_title(board.standard), url, group.people, done, found.open, found.overdue)


@require_safe
def board(request: HttpRequest, standard_id: str) -> HttpResponse:
    """One group: its numbers, what is missing, and its people by name; htmx gets the list alone."""
    viewer = viewer_for(request)
    require(viewer, SEE_RECORD)
    asked = queries.board_of(viewer, standard_id)
    form = filter_of(request, viewer, asked)
    group = queries.group_of(viewer, asked, form.scope)
    after_id = number_of(request, "after")
    found = queries.page(group, form.wanted, after=after_id, limit=PAGE_ROWS)
    actions.note_people(viewer=viewer, standard=standard_id, people=[row.person_id for row in found.rows])
    source = asked.standard.source
    page = {
        "title": short_title(asked.standard),
        "source": f"{source.title.language(get_language() or '')} {source.section}".strip(),
        "form": form,
        "here": reverse("board", args=[standard_id]),
        **_numbers(group, form),
        "calls_url": _open_to(viewer, asked, RECORD_FOLLOWUP, "board-calls", form),
        "export_url": _open_to(viewer, asked, EXPORT_RECORDS, "board-export", form),
        "cards": shown.cards(found.rows, group),
        "everything_url": _url(standard_id, form.address_of()),
        "first_url": _url(standard_id, form.address()) if after_id else "",
        "next_url": _url(standard_id, form.address(after=str(found.after))) if found.after else "",
    }
    htmx = request.htmx  # type: ignore[attr-defined]
    alone = bool(htmx) and not htmx.history_restore_request
    return render(request, f"familydoctor/boards/{'list' if alone else 'board'}.html", page)


def number_of(request: HttpRequest, name: str) -> int:
    """A number of the address; 0 for anything that is none, so that a mangled link shows the first page."""
    return number_sent(request.GET.get(name, "")) or 0


def filter_of(request: HttpRequest, viewer: Viewer, asked: Board) -> BoardFilter:
    """What the address asks of a board."""
    return BoardFilter(
        request.GET,
        standard=asked.standard,
        teams=list(open_teams_for(viewer, asked.permission)),
        places=queries.places_for(viewer),
    )


def _url(standard_id: str, parameters: dict[str, str]) -> str:
    return f"{reverse('board', args=[standard_id])}?{urlencode(parameters)}"


def _open_to(viewer: Viewer, asked: Board, permission: str, page: str, form: BoardFilter) -> str:
    """Where more is done with these people; empty for who may not, and for what is under shelter."""
    if asked.is_sheltered or not may(viewer, permission):
        return ""
    return f"{reverse(page, args=[asked.standard.id])}?{urlencode(form.address())}"


def _numbers(group: Group, form: BoardFilter) -> dict[str, Any]:
    found, standard_id = queries.numbers(group), group.board.standard.id
    bars = shown.bars(found)
    return {
        "counts": _counts(group, found, form),
        "bars": [(bar, _url(standard_id, form.address_of(bar.status, bar.gap))) for bar in bars],
        "top": max((bar.people for bar in bars), default=0),
    }


def _counts(group: Group, found: Numbers, form: BoardFilter) -> list[Count]:
    """The numbers as cards; each opens the list of exactly those people."""
    numbers = {
        rules.EVERYBODY: (group.people, "plain"),
        rules.NOTHING: (group.people - found.open, "jade"),
        rules.OPEN: (found.open, "blue"),
        rules.OVERDUE: (found.overdue, "amber"),
    }
    chosen = form.values["status"] if not form.values["gap"] else ""
    return [
        Count(
            status_words(status),
            number,
            tone=tone,
            href=_url(group.board.standard.id, form.address_of(status)),
            current=status == chosen,
        )
        for status, (number, tone) in numbers.items()
    ]
