"""How the people of a board are shown: who, what is missing and why, the last value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import get_language, gettext

from jinxiu.familydoctor.boards.forms import gap_words, status_words
from jinxiu.familydoctor.boards.queries import Group, Numbers, Row
from jinxiu.people.access import may
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.people.wording import about, told
from jinxiu.standards import explain
from jinxiu.standards.codes import installed
from jinxiu.standards.model import Standard
from jinxiu.ui.marks import Mark, mark_for
from jinxiu.ui.templatetags.jinxiu import day_text, days_left
from jinxiu.worklists import form_links
from jinxiu.worklists.queries import Item, LastValue
from jinxiu.worklists.standards import catalogue, standard_of


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is missing: its mark, which promise it is, why in one sentence, and by when."""

    mark: Mark
    what: str
    why: str
    due_text: str
    days_text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One person of a board; an empty text is not shown. `gone` says how and when somebody left the programme."""

    person_id: int
    name: str
    about: str
    masked_id: str
    masked_phone: str
    place: str
    url: str
    new_url: str
    lines: tuple[Line, ...]
    gone: str
    last_value: str
    last_on: date | None
    last_mode: str

    @property
    def tone(self) -> str:
        """The tone of the most urgent line."""
        return self.lines[0].mark.tone if self.lines else "plain"


@dataclass(frozen=True, slots=True)
class Bar:
    """How many miss something, drawn: all of them, and those for whom it is overdue. `parameters` lead to them."""

    label: str
    people: int
    overdue: int
    status: str
    gap: str = ""


def bars(found: Numbers) -> list[Bar]:
    """What is missing, in the order of the standard; then who left the programme."""
    missing = [Bar(gap_words(one.gap), one.open, one.overdue, "open", one.gap.key) for one in found.gaps]
    return missing + [Bar(status_words(how), number, 0, how) for how, number in found.gone.items()]


def cards(rows: Iterable[Row], group: Group) -> list[Card]:
    """Lay out the rows of a page in the active language."""
    return [_card(row, group) for row in rows]


def _card(row: Row, group: Group) -> Card:
    viewer, last = group.viewer, row.last_value
    mode = installed().name("modes", last.mode, _language()) if last and last.mode else ""
    return Card(
        person_id=row.person_id,
        name=row.name,
        about=about(row.birth_date, row.sex, viewer.today),
        masked_id=row.masked_id,
        masked_phone=row.masked_phone if may(viewer, RECORD_FOLLOWUP) else "",
        place=told(row.place, row.place_en),
        url=reverse("person", args=[row.person_id]),
        new_url=_new_url(row, group),
        lines=tuple(_line(item, viewer.today) for item in row.items),
        gone=_gone(row, viewer.today),
        last_value=_last_value(group.board.standard, last),
        last_on=last.happened_on if last else None,
        last_mode=mode,
    )


def _line(item: Item, today: date) -> Line:
    standard = standard_of(item.standard, item.version)
    return Line(
        mark=mark_for(urgency=item.urgency, action=item.action, status=item.status, due_on=item.due_on, today=today),
        # The version that made the item may have been taken away; the due day still stands.
        what=standard.clause(item.clause).title.language(_language()) if standard else item.clause,
        why=explain.sentence(standard, item, _language(), today) if standard else "",
        due_text=day_text(item.due_on, today),
        days_text=days_left(item.due_on, today),
    )


def _gone(row: Row, today: date) -> str:
    if row.gone is None:
        return ""
    how, day = row.gone
    words = {"how": status_words(how), "day": day_text(day, today)}
    return gettext("%(how)s; the last day in the programme was %(day)s.") % words


def _new_url(row: Row, group: Group) -> str:
    """Where to record what is missing: the form of the first thing for which there is one."""
    known = ((item, standard_of(item.standard, item.version)) for item in row.items)
    urls = (
        form_links.form_url(standard, item.clause, item.action, group.viewer, row.person_id)
        for item, standard in known
        if standard
    )
    return next((url for url in urls if url), "")


def _last_value(standard: Standard, last: LastValue | None) -> str:
    """The last readings in the words of the board's standard, or of any that shows what was read."""
    if last is None:
        return ""
    said = (explain.last_value(one, last.readings, _language()) for one in (standard, *catalogue().all()))
    return next((text for text in said if text), "")


def _language() -> str:
    return get_language() or ""
