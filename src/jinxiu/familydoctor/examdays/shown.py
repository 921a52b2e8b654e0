"""The invitation on other pages: the card of a person, and in a few words on the worklist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.urls import reverse

from jinxiu.familydoctor.examdays import queries, rules, wording
from jinxiu.familydoctor.examdays.queries import Booking
from jinxiu.people.access import Viewer, may, reaches
from jinxiu.people.roles import PLAN_EXAMS
from jinxiu.ui.templatetags.jinxiu import day_text

SHOWN = 3  # invitations; those of earlier years are of no use here


@dataclass(frozen=True, slots=True)
class Line:
    """One invitation: when and where, what it has come to, and what can be done about it."""

    day_id: int
    when: str
    where: str
    fasting: bool
    state: str
    tone: str
    words: str
    cancel_url: str
    absent_url: str


@dataclass(frozen=True, slots=True)
class Card:
    """A person's invitations; `words` says the one still ahead, empty without one."""

    lines: tuple[Line, ...]
    words: str
    book_url: str


def card_of(viewer: Viewer, person_id: int) -> Card | None:
    """The card on the page of a person whom `people.access` has found; None when there is nothing to say or to do."""
    found = queries.bookings_of(person_id, viewer.today)[:SHOWN]
    plans = may(viewer, PLAN_EXAMS) and reaches(viewer, person_id, PLAN_EXAMS)
    may_book = plans and bool(queries.fasting_by_year(viewer, person_id))
    if not found and not may_book:
        return None
    ahead = next((one for one in found if one.state == rules.BOOKED), None)
    return Card(
        lines=tuple(line_of(one, viewer, plans=plans) for one in found),
        words=wording.booked_for(ahead, viewer.today) if ahead else "",
        book_url=reverse("exam-book", args=[person_id]) if may_book else "",
    )


def line_of(one: Booking, viewer: Viewer, *, plans: bool) -> Line:
    """An invitation as a list shows it."""
    stands = one.state in (rules.BOOKED, rules.UNKNOWN)
    address = [one.person_id, one.id]
    return Line(
        day_id=one.day_id,
        when=f"{day_text(one.on, viewer.today)} {wording.time_text(one.starts)}",
        where=wording.where(one),
        fasting=one.fasting,
        state=str(wording.STATES[one.state]),
        tone=wording.TONES.get(one.state, "plain"),
        words=one.words,
        cancel_url=reverse("exam-cancel", args=address) if plans and stands else "",
        absent_url=reverse("exam-absent", args=address) if plans and stands and one.on <= viewer.today else "",
    )


def arranged(person_ids: Collection[int], viewer: Viewer) -> Mapping[tuple[int, str], str]:
    """For the worklist: by person and clause what is arranged already, in a few words."""
    found = queries.booked(person_ids, viewer.today)
    return {(person_id, rules.CLAUSE): wording.booked_for(one, viewer.today) for person_id, one in found.items()}
