"""A board as an Excel file, and a call list on paper. Both say on every page who made them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from jinxiu.documents import Document, Section, Table, Words, pdf
from jinxiu.familydoctor.boards import actions, queries, shown
from jinxiu.familydoctor.boards.calls import asked_of, before_words, filtered_words, to_call
from jinxiu.familydoctor.boards.forms import BoardFilter
from jinxiu.familydoctor.boards.queries import BoardNotFound, Group
from jinxiu.familydoctor.boards.shown import Card
from jinxiu.familydoctor.boards.views import filter_of
from jinxiu.indicators.forms import ExportForm
from jinxiu.people.access import require, viewer_for
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.people.wording import SEXES
from jinxiu.worklists.cards import short_title

PRINT_ROWS = 100  # that somebody phones through in a day or two
_AT_ONCE = 500
_CHINESE = "zh-hans"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, standard_id: str) -> HttpResponse:
    """Ask what the list of a filtered board is for; answer with it as an Excel file."""
    viewer = viewer_for(request)
    require(viewer, EXPORT_RECORDS)
    board = queries.board_of(viewer, standard_id)
    if board.is_sheltered:
        raise BoardNotFound
    board = replace(board, permission=EXPORT_RECORDS)
    wanted = filter_of(request, viewer, board)
    form = ExportForm(request.POST if request.method == "POST" else None)
    group = queries.group_of(viewer, board, wanted.scope)
    ids = queries.ids_by_name(group, wanted.wanted)
    if form.is_valid() and len(ids) > settings.JINXIU_EXPORT_ROWS:
        form.add_error(None, _too_many())
    elif form.is_valid():
        table = [_heads(), *_lines(group, wanted, ids)]
        file = actions.export(group=group, wanted=wanted.wanted, table=table, reason=form.cleaned_data["reason"])
        name = f"{standard_id}-{viewer.today.isoformat()}.xlsx"
        return HttpResponse(file, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    page = {
        "form": form,
        "title": short_title(board.standard),
        "filtered": filtered_words(wanted, board.standard),
        "people": len(ids),
        "back_url": f"{reverse('board', args=[standard_id])}?{request.GET.urlencode()}",
    }
    return render(request, "familydoctor/boards/export.html", page)


def _too_many() -> str:
    text = gettext("Nothing was exported: more than %(limit)s people; choose a team, a community or what is missing.")
    return text % {"limit": f"{settings.JINXIU_EXPORT_ROWS:,}"}


def _heads() -> list[str]:
    return [
        *(gettext("Name"), gettext("Sex"), gettext("Birth date"), gettext("ID number"), gettext("Phone")),
        *(gettext("Community"), gettext("What is missing"), gettext("Due by"), gettext("Why")),
        *(gettext("Last value"), gettext("On")),
    ]


def _lines(group: Group, form: BoardFilter, ids: list[int]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        rows = queries.rows_of(group, form.wanted, ids[start : start + _AT_ONCE])
        for row, card in zip(rows, shown.cards(rows, group), strict=True):
            yield [
                *(row.name, str(SEXES.get(row.sex, "")), row.birth_date.isoformat() if row.birth_date else ""),
                *(row.masked_id, row.masked_phone, card.place),
                card.gone or _joined([line.what for line in card.lines]),
                min((item.due_on.isoformat() for item in row.items), default=""),
                _joined([line.why for line in card.lines]),
                *(card.last_value, card.last_on.isoformat() if card.last_on else ""),
            ]


def _joined(texts: Sequence[str]) -> str:
    return "\n".join(texts)


@require_safe
def calls_pdf(request: HttpRequest, standard_id: str) -> HttpResponse:
    """Whom to call today as PDF in Chinese, with whole phone numbers: each person on it gets a line in the trail."""
    viewer, board, form = asked_of(request, standard_id)
    group = queries.group_of(viewer, board, form.scope)
    _everybody, left = to_call(group, form)
    listed = left[:PRINT_ROWS]
    with translation.override(_CHINESE):
        file = pdf(_paper(group, form, listed, len(left)))
    actions.note_printed(viewer=viewer, standard=standard_id, people=listed)
    name = f"calls-{standard_id}-{viewer.today.isoformat()}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(file, content_type="application/pdf", headers=headers)


def _paper(group: Group, form: BoardFilter, ids: list[int], left: int) -> Document:
    standard, viewer = group.board.standard, group.viewer
    phones, known = queries.whole_phones(ids), queries.last_calls(ids, viewer.today)
    cards = shown.cards(queries.rows_of(group, form.wanted, ids), group)
    rows = tuple(
        (
            f"{card.name} {card.about}",
            _joined(phones.get(card.person_id, [])),
            _missing(card),
            before_words(known.get(card.person_id), group),
        )
        for card in cards
    )
    head = (gettext("Name"), gettext("Phone"), gettext("What is missing"), gettext("Outcome"))
    mark = gettext("Printed by %(name)s on %(day)s. Confidential; pass it on to nobody else.")
    said = gettext("%(listed)s of the %(left)s people to call today, by name.") % {"listed": len(ids), "left": left}
    return Document(
        language="zh",
        title=gettext("Call list: %(title)s") % {"title": short_title(standard)},
        subtitle=filtered_words(form, standard),
        sections=(Section(gettext("To call"), (Words(said), *([Table(head, rows)] if rows else []))),),
        foot=mark % {"name": viewer.name, "day": viewer.today.isoformat()},
        watermark=gettext("Confidential"),
    )


def _missing(card: Card) -> str:
    said = [gettext("%(what)s (by %(day)s)") % {"what": line.what, "day": line.due_text} for line in card.lines]
    return card.gone or _joined(said)
