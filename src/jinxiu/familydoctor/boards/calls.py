"""The call list: the people of a filtered board, phoned through one after another."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from jinxiu.evidence.actions import EvidenceError
from jinxiu.familydoctor.boards import actions, queries, shown
from jinxiu.familydoctor.boards.forms import BoardFilter, CallForm, call_form, gap_words, outcome_words, status_words
from jinxiu.familydoctor.boards.queries import Board, BoardNotFound, Group
from jinxiu.familydoctor.boards.rules import Call, gap_of
from jinxiu.familydoctor.boards.views import filter_of, number_of
from jinxiu.people.access import PHONE_CALL, Viewer, person_to_care_for, require, viewer_for
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.standards.model import Standard
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.cards import short_title


@require_safe
def calls(request: HttpRequest, standard_id: str) -> HttpResponse:
    """The next person to call of a filtered board: who was called today, or put off to a later day, is left out."""
    viewer, asked, form = asked_of(request, standard_id)
    group = queries.group_of(viewer, asked, form.scope)
    ids, left = to_call(group, form)
    skipped = number_of(request, "after")
    following = ids[ids.index(skipped) + 1 :] if skipped in ids else ids
    person_id = next((one for one in following if one in set(left)), None)
    page = {"left": len(left), "all": len(ids), "print_url": _url(standard_id, form, "board-calls-pdf") if left else ""}
    return _show(request, group, form, person_id, page, CallForm(None, today=viewer.today))


@require_POST
def call(request: HttpRequest, standard_id: str, person_id: int) -> HttpResponse:
    """Keep what became of a call, and go on with the next person, or with the form of what is missing."""
    viewer, asked, form = asked_of(request, standard_id)
    person = person_to_care_for(viewer, person_id, PHONE_CALL)
    said = CallForm(request.POST, today=viewer.today)
    group = queries.group_of(viewer, asked, form.scope)
    if not said.is_valid():
        return _show(request, group, form, person_id, {}, said)
    try:
        actions.record_call(
            viewer=viewer,
            person_id=person.pk,
            form=call_form(),
            values=said.values,
            token=_token(request.POST.get("token", "")),
        )
    except EvidenceError as refused:
        messages.error(request, str(refused.sentence))
        return redirect(_url(standard_id, form, after=str(person_id)))
    words = {"name": person.name, "outcome": outcome_words(said.cleaned_data["outcome"])}
    messages.success(request, gettext("%(name)s: %(outcome)s. It stands in the record.") % words)
    if "record" in request.POST and (url := _form_url(group, form, person_id)):
        return redirect(url)
    return redirect(_url(standard_id, form))


def to_call(group: Group, form: BoardFilter) -> tuple[list[int], list[int]]:
    """Everybody whom the filter leaves, by name, and those of them who are to be called today."""
    ids, today = queries.ids_by_name(group, form.wanted), group.viewer.today
    known = queries.last_calls(ids, today)
    return ids, [one for one in ids if one not in known or not known[one].is_done(today)]


def asked_of(request: HttpRequest, standard_id: str) -> tuple[Viewer, Board, BoardFilter]:
    """Who calls, of which board, whom; there is no call list of what is under shelter."""
    viewer = viewer_for(request)
    require(viewer, RECORD_FOLLOWUP)
    asked = queries.board_of(viewer, standard_id)
    if asked.is_sheltered:
        raise BoardNotFound
    return viewer, asked, filter_of(request, viewer, asked)


def _show(
    request: HttpRequest, group: Group, form: BoardFilter, person_id: int | None, page: dict[str, Any], said: CallForm
) -> HttpResponse:
    standard = group.board.standard
    cards = shown.cards(queries.rows_of(group, form.wanted, [person_id] if person_id else []), group)
    actions.note_people(viewer=group.viewer, standard=standard.id, people=[card.person_id for card in cards])
    context = page | {
        "title": short_title(standard),
        "filtered": filtered_words(form, standard),
        "card": cards[0] if cards else None,
        "form": said,
        "token": said.data.get("token") or str(uuid.uuid4()),
        "board_url": f"{reverse('board', args=[standard.id])}?{urlencode(form.address())}",
        "first_url": _url(standard.id, form),
    }
    if person_id:
        here = reverse("board-call", args=[standard.id, person_id])
        context |= {
            "save_url": f"{here}?{urlencode(form.address())}",
            "skip_url": _url(standard.id, form, after=str(person_id)),
            "before": before_words(queries.last_calls([person_id], group.viewer.today).get(person_id), group),
        }
    return render(request, "familydoctor/boards/calls.html", context)


def filtered_words(form: BoardFilter, standard: Standard) -> str:
    """Whom the list has, in words."""
    gap = gap_of(standard, form.values["gap"])
    return " · ".join(filter(None, [status_words(form.values["status"]), gap_words(gap) if gap else ""]))


def before_words(last: Call | None, group: Group) -> str:
    """What became of the last call, in words; empty where there was none of late."""
    if last is None:
        return ""
    words = {"day": day_text(last.on, group.viewer.today), "outcome": outcome_words(last.outcome), "by": last.by}
    return gettext("Last called %(day)s by %(by)s: %(outcome)s") % words


def _form_url(group: Group, form: BoardFilter, person_id: int) -> str:
    (card,) = shown.cards(queries.rows_of(group, form.wanted, [person_id]), group)
    return card.new_url


def _url(standard_id: str, form: BoardFilter, page: str = "board-calls", **more: str) -> str:
    return f"{reverse(page, args=[standard_id])}?{urlencode(form.address(**more))}"


def _token(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())
