"""Values from home on other pages: in a few words on the worklist, on the first page for who is called, line by line on
their own page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.familydoctor.homevalues import queries
from jinxiu.familydoctor.homevalues.kinds import (
    CONTACT_NOW,
    CONTACT_SOON,
    DIASTOLIC,
    FASTING,
    NOT_FASTING,
    PULSE,
    STANDARD,
    SYSTOLIC,
)
from jinxiu.familydoctor.homevalues.queries import Sent
from jinxiu.familydoctor.homevalues.wording import SENT_BY, SYMPTOMS
from jinxiu.people.access import Viewer, may
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.standards.verdict import number_text
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.calls import Line
from jinxiu.worklists.queries import open_items

_SHOWN = 3  # values in the few words of a list: the gravest, of these the latest
_GRAVEST = ("red", "orange", "yellow", "green")


def value_words(values: Mapping[str, float]) -> str:
    """186/112 mmHg · pulse 88; or: fasting glucose 3.4 mmol/L."""
    parts = []
    if SYSTOLIC in values:
        parts.append(f"{number_text(values[SYSTOLIC])}/{number_text(values[DIASTOLIC])} mmHg")
    if PULSE in values:
        parts.append(gettext("pulse %(value)s") % {"value": number_text(values[PULSE])})
    if FASTING in values:
        parts.append(gettext("fasting glucose %(value)s mmol/L") % {"value": number_text(values[FASTING])})
    if NOT_FASTING in values:
        parts.append(gettext("glucose, not fasting, %(value)s mmol/L") % {"value": number_text(values[NOT_FASTING])})
    return " · ".join(parts)


def symptom_words(one: Sent) -> str:
    """Which signs were ticked; that nobody was asked or has answered, where that matters."""
    if one.symptoms:
        return gettext(", ").join(str(SYMPTOMS.get(sign, sign)) for sign in one.symptoms)
    if one.symptoms is not None:
        return gettext("no signs")
    return gettext("signs not answered yet") if one.level in ("orange", "red") else ""


def when_words(one: Sent, today: date) -> str:
    """The day and the time of a measurement."""
    return f"{day_text(one.at.date(), today)} {one.at:%H:%M}"


def _in_short(sent: Sequence[Sent], since: date, today: date) -> str:
    lately = [one for one in sent if one.sent_on >= since]
    shown = sorted(lately, key=lambda one: _GRAVEST.index(one.level) if one.level in _GRAVEST else 0)[:_SHOWN]
    words = (
        gettext(", ").join(
            part for part in (value_words(one.values), when_words(one, today), symptom_words(one)) if part
        )
        for one in shown
    )
    return gettext("; ").join(words)


def arranged(person_ids: Collection[int], viewer: Viewer) -> Mapping[tuple[int, str], str]:
    """For a worklist: what was sent since it waits, by person and clause."""
    items = open_items(viewer, person_ids, STANDARD)
    if not items:
        return {}
    sent = queries.sent_for(list(items), viewer.today)
    return {
        (person_id, item.clause): _in_short(sent.get(person_id, []), item.opens_on, viewer.today)
        for person_id, found in items.items()
        for item in found
    }


def calls_for(viewer: Viewer) -> list[Line]:
    """For the first page of who looks after people: whom to call now."""
    found = queries.to_call(viewer) if may(viewer, RECORD_FOLLOWUP) else []
    if not found:
        return []
    sent = queries.sent_for([one.person_id for one in found], viewer.today)
    return [
        Line(
            name=one.name,
            url=reverse("home-values", args=[one.person_id]),
            what=gettext("Value from home"),
            why=_in_short(sent.get(one.person_id, []), one.opens_on, viewer.today),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement on the staff's page."""

    when: str
    value: str
    signs: str
    by: str
    is_danger: bool
    is_unusual: bool


def rows_of(person_id: int, today: date) -> list[Row]:
    """The values of the last 30 days, the latest first."""
    return [
        Row(
            when=when_words(one, today),
            value=value_words(one.values),
            signs=symptom_words(one),
            by=_by_words(one),
            is_danger=one.level in ("orange", "red"),
            is_unusual=one.level == "yellow",
        )
        for one in queries.sent_for([person_id], today).get(person_id, [])
    ]


def _by_words(one: Sent) -> str:
    words = str(SENT_BY.get(one.by, ""))
    name = queries.name_of(one.by_id) if one.by not in ("self", "") else ""
    return f"{words} ({name})" if name else words


def form_url(clause: str, viewer: Viewer, person_id: int) -> str:
    """Where a contact about home values is recorded; empty for other promises and for who records nothing."""
    mine = clause in (CONTACT_NOW, CONTACT_SOON) and may(viewer, RECORD_FOLLOWUP)
    return reverse("home-values", args=[person_id]) if mine else ""
