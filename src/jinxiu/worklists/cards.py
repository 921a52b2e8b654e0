"""How a person on the list is shown: one row that says who, what, why, the last value, by when, and what else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import get_language, gettext

from jinxiu.people.access import Viewer, may
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.people.wording import about
from jinxiu.standards import codes, explain
from jinxiu.standards.model import EnrolledIn, Standard
from jinxiu.standards.visits import OPEN, combined
from jinxiu.ui.marks import Mark, mark_for
from jinxiu.ui.templatetags.jinxiu import day_text, days_left
from jinxiu.worklists import form_links
from jinxiu.worklists.arranged import arranged_for
from jinxiu.worklists.queries import Item, LastValue, PersonRow
from jinxiu.worklists.standards import catalogue, standard_of

Arranged = Mapping[tuple[int, str], str]  # by person and clause a few words


@dataclass(frozen=True, slots=True)
class Line:
    """The visit that put somebody on the list: the mark, standard and reason of its most urgent promise, by when the
    first of its promises is due, and in `parts` what is done together; empty where it is one thing only."""

    mark: Mark
    what: str
    why: str
    due_text: str
    days_text: str
    arranged: str
    parts: str


@dataclass(frozen=True, slots=True)
class Also:
    """Another visit that is due for the same person, in a few words; `arranged` says what is arranged for it."""

    mark: Mark
    what: str
    arranged: str


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the worklist; an empty text is not shown."""

    person_id: int
    name: str
    about: str
    masked_id: str
    street: str
    masked_phone: str
    url: str
    new_url: str
    first: Line
    also: tuple[Also, ...]
    last_value: str
    last_on: date | None
    last_mode: str


def cards_for(rows: Iterable[PersonRow], viewer: Viewer) -> list[Card]:
    """Lay out the rows of a page in the active language."""
    shown = list(rows)
    arranged = arranged_for([row.person_id for row in shown], viewer) if shown else {}
    return [_card(row, viewer, arranged) for row in shown]


def _card(row: PersonRow, viewer: Viewer, arranged: Arranged) -> Card:
    may_record = may(viewer, RECORD_FOLLOWUP)
    first, *others = _visits(row.items)
    return Card(
        person_id=row.person_id,
        name=row.name,
        about=about(row.birth_date, row.sex, viewer.today),
        masked_id=row.masked_id,
        street=row.street_en if _language() == "en" else row.street,
        masked_phone=row.masked_phone if may_record else "",
        url=reverse("person", args=[row.person_id]),
        new_url=_new_url(row, viewer),
        first=_line(first, viewer.today, arranged),
        also=tuple(_also(visit, viewer.today, arranged) for visit in others),
        last_value=_last_value(row),
        last_on=row.last_value.happened_on if row.last_value else None,
        last_mode=_mode(row.last_value),
    )


def short_title(standard: Standard) -> str:
    """Name a standard by the condition that it is about, which is shorter than its own title."""
    if isinstance(standard.eligible, EnrolledIn):
        return codes.installed().name("enrolments", standard.eligible.kind, _language())
    return standard.title.language(_language())


def _visits(items: Sequence[Item]) -> list[Sequence[Item]]:
    """What is open, put together by visit: the one that the first item belongs to comes first, then by urgency.

    The version that made an item may have been taken away: such an item stands alone when it is the first.
    """
    known = [(item, standard) for item in items if (standard := standard_of(item.standard, item.version))]
    groups = combined([item for item, _ in known], [standard for _, standard in known])
    visits = [[item for item in items if item in group.verdicts] for group in groups]
    visits.sort(key=lambda visit: items.index(visit[0]))
    if not visits or visits[0][0] != items[0]:
        return [items[:1], *visits]
    return [*visits]


def _line(visit: Sequence[Item], today: date, arranged: Arranged) -> Line:
    item, due_on = visit[0], min(one.due_on for one in visit)
    standard = standard_of(item.standard, item.version)
    return Line(
        mark=_mark(item, today),
        what=short_title(standard) if standard else item.standard,
        # The due day still stands when the version that made the item has been taken away.
        why=explain.sentence(standard, item, _language(), today) if standard else "",
        due_text=day_text(due_on, today),
        days_text=days_left(due_on, today),
        arranged=_arranged(visit, arranged),
        parts=_parts(visit) if len(visit) > 1 else "",
    )


def _also(visit: Sequence[Item], today: date, arranged: Arranged) -> Also:
    return Also(_mark(visit[0], today), _parts(visit), _arranged(visit, arranged))


def _parts(visit: Sequence[Item]) -> str:
    """What is done in a visit, alike promises of several standards as one: one examination fulfils them all."""
    whose: dict[str, list[str]] = {}
    for item in visit:
        if standard := standard_of(item.standard, item.version):
            title = standard.clause(item.clause).title.language(_language())
            whose.setdefault(title, []).append(short_title(standard))
    named = (
        gettext("%(what)s (%(whose)s)") % {"what": title, "whose": gettext(", ").join(dict.fromkeys(titles))}
        for title, titles in whose.items()
    )
    return gettext("; ").join(named)


def _arranged(visit: Sequence[Item], arranged: Arranged) -> str:
    said = (arranged.get((item.person_id, item.clause), "") for item in visit)
    return gettext("; ").join(dict.fromkeys(text for text in said if text))


def _mark(item: Item, today: date) -> Mark:
    return mark_for(urgency=item.urgency, action=item.action, status=item.status, due_on=item.due_on, today=today)


def _new_url(row: PersonRow, viewer: Viewer) -> str:
    """Where to record what is due: the form of the first open item for which there is one."""
    due = [item for item in row.items if item.status in OPEN]
    known = [(item, standard) for item in due if (standard := standard_of(item.standard, item.version))]
    urls = (form_links.form_url(standard, item.clause, item.action, viewer, row.person_id) for item, standard in known)
    return next((url for url in urls if url), "")


def _last_value(row: PersonRow) -> str:
    """The last readings in the words of the first item's standard, or of any that shows what was read."""
    if row.last_value is None:
        return ""
    own = [standard for item in row.items if (standard := standard_of(item.standard, item.version))]
    for standard in (*own, *catalogue().all()):
        if text := explain.last_value(standard, row.last_value.readings, _language()):
            return text
    return ""


def _mode(last: LastValue | None) -> str:
    return codes.installed().name("modes", last.mode, _language()) if last and last.mode else ""


def _language() -> str:
    return get_language() or ""
