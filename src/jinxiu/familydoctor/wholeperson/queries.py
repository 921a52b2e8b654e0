"""What is known of a person's health, from evidence that nothing corrects. `people.access` has found the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext

from jinxiu.evidence.models import Enrolment, Event
from jinxiu.evidence.sheltered import open_enrolments, open_events
from jinxiu.familydoctor.programmes.rules import AGREEMENT, LONG_PRESCRIPTION
from jinxiu.familydoctor.records.queries import CONDITION, current
from jinxiu.people.matching.queries import whose
from jinxiu.standards.codes import installed

SHOWN = 6  # lines of a kind; the timeline has all
_FIRST = "medicine.1.name"  # the first answer of the forms' repeating group of medicines
# The kinds of events in which another system tells of it, as the FHIR import writes them.
ALLERGY, MEDICATION, VACCINATION = "allergy", "medication", "immunization"
_OVER = frozenset({"inactive", "resolved", "stopped", "completed", "cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Line:
    """Something known: what, since or of which day, and who or what says so."""

    what: str
    on: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one kind, the newest first, and how many more the timeline has."""

    title: str
    lines: tuple[Line, ...]
    more: int


def glance(person_id: int, today: date, *, with_sheltered: bool) -> list[Part]:
    """Return problems, allergies, medicines and vaccinations; what is under shelter only when it is open."""
    enrolments = _enrolments(person_id, today, with_sheltered=with_sheltered)
    events = _events(person_id, with_sheltered=with_sheltered)
    return [
        _part(gettext("Problems"), _problems(enrolments)),
        _part(gettext("Allergies"), _told(events, ALLERGY)),
        _part(gettext("Medicines"), [*_long(enrolments), *_of_forms(events), *_told(events, MEDICATION)]),
        _part(gettext("Vaccinations"), _told(events, VACCINATION)),
    ]


def medicines_in(answers: Mapping[str, Any]) -> list[str]:
    """The medicines of a recorded form in words, in the order of its rows: name, dose, times a day."""
    found = []
    row = 1
    while name := answers.get(f"medicine.{row}.name"):
        times = answers.get(f"medicine.{row}.times_a_day")
        a_day = gettext("%(times)s times a day") % {"times": times} if times else ""
        said = (str(name), str(answers.get(f"medicine.{row}.dose") or ""), a_day)
        found.append(" ".join(part for part in said if part))
        row += 1
    return found


# --- steps ------------------------------------------------------------------------------------------------------------


def _enrolments(person_id: int, today: date, *, with_sheltered: bool) -> list[dict[str, Any]]:
    rows = current(Enrolment).filter(
        whose(person_id), Q(end_on__isnull=True) | Q(end_on__gte=today), start_on__lte=today
    )
    if not with_sheltered:
        rows = rows.filter(open_enrolments())
    return [dict(row) for row in rows.order_by("-start_on", "-pk").values("kind", "start_on", "value")]


def _events(person_id: int, *, with_sheltered: bool) -> list[dict[str, Any]]:
    told = Q(kind__in=(ALLERGY, MEDICATION, VACCINATION)) | Q(answers__has_key=_FIRST)
    rows = current(Event).filter(whose(person_id), told)
    if not with_sheltered:
        rows = rows.filter(open_events())
    return [dict(row) for row in rows.order_by("-happened_on", "-pk").values("kind", "happened_on", "answers")]


def _part(title: str, lines: Iterable[Line]) -> Part:
    """Each thing once, by its newest line."""
    once: dict[str, Line] = {}
    for line in lines:
        once.setdefault(line.what, line)
    found = tuple(once.values())
    return Part(title, found[:SHOWN], max(0, len(found) - SHOWN))


def _problems(enrolments: Iterable[dict[str, Any]]) -> list[Line]:
    programmes, conditions = [], []
    for row in enrolments:
        name = installed().name("enrolments", row["kind"], get_language() or "")
        if row["kind"] == CONDITION:
            words = " ".join(word for word in row["value"].split() if "|" not in word)  # without the codes
            conditions.append(Line(words, row["start_on"], name))
        elif row["kind"] not in (AGREEMENT, LONG_PRESCRIPTION):
            programmes.append(Line(name, row["start_on"], gettext("programme")))
    return programmes + conditions


def _long(enrolments: Iterable[dict[str, Any]]) -> list[Line]:
    return [
        Line(gettext("Long prescription, medicines until %(day)s") % {"day": row["value"]}, row["start_on"])
        for row in enrolments
        if row["kind"] == LONG_PRESCRIPTION
    ]


def _of_forms(events: Iterable[dict[str, Any]]) -> list[Line]:
    """The medicines of the newest form of each kind that names any."""
    lines, seen = [], set[str]()
    for event in events:
        if _FIRST in event["answers"] and event["kind"] not in seen:
            seen.add(event["kind"])
            source = installed().name("events", event["kind"], get_language() or "")
            lines += [Line(what, event["happened_on"], source) for what in medicines_in(event["answers"])]
    return lines


def _told(events: Iterable[dict[str, Any]], kind: str) -> list[Line]:
    """What another system told; what is over there, or has no words, is left to the timeline."""
    source = gettext("from another system")
    return [
        Line(str(event["answers"]["text"]), event["happened_on"], source)
        for event in events
        if event["kind"] == kind
        and event["answers"].get("text")
        and (kind == VACCINATION or event["answers"].get("status") not in _OVER)
    ]
