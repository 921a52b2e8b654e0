"""Reads of values from home. Whose they are is the caller's to say: he asks about people whom `access` gave him."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q

from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import open_events
from jinxiu.familydoctor.homevalues.kinds import MEASUREMENT, SOURCE, STANDARD
from jinxiu.familydoctor.records.queries import current, values_by_event
from jinxiu.people.access import Viewer, team_ids_for
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.matching.queries import KEPT, whose
from jinxiu.people.models import Person
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.standards.model import URGENT
from jinxiu.worklists.queries import Item, due_for_person, known_of_teams

LOOK_BACK = timedelta(days=30)
MOST_CALLS = 20  # people on the first page


@dataclass(frozen=True, slots=True)
class Sent:
    """One measurement from home: its values by code; `level`, `symptoms` and `by` (self, helper, guardian) as they were
    kept with it. `symptoms` is None where nobody has answered yet."""

    event_id: int
    at: datetime
    sent_on: date
    values: Mapping[str, float]
    level: str
    symptoms: tuple[str, ...] | None
    by: str
    by_id: int | None
    answers: Mapping[str, Any]


def sent_for(person_ids: Collection[int], today: date) -> dict[int, list[Sent]]:
    """What was measured at home within the last 30 days, by person, the latest first. Two queries."""
    theirs = Person.objects.filter(Q(pk__in=person_ids) | Q(merged_into__in=person_ids)).values("pk")
    return _sent(Q(person__in=theirs, happened_on__gte=today - LOOK_BACK))


def sent_since_ever(person_id: int) -> list[Sent]:
    """Everything that a person measured at home, the latest first. Two queries."""
    return [one for rows in _sent(whose(person_id)).values() for one in rows]


def sent_of(person_id: int, event_id: int) -> Sent | None:
    """One measurement of a person as it stands; None where it is not there, or another one took its place."""
    found = _sent(whose(person_id) & Q(pk=event_id))
    return next((one for rows in found.values() for one in rows), None)


def newest_of(person_id: int, event_id: int) -> int:
    """The version that holds of a value that the person sent; the id itself where there is none."""
    source_id = Event.objects.filter(whose(person_id), pk=event_id).values_list("source_id", flat=True).first()
    found = current(Event).filter(whose(person_id), source_system=SOURCE, source_id=source_id, kind=MEASUREMENT)
    return (found.values_list("pk", flat=True).first() if source_id else None) or event_id


def _sent(which: Q) -> dict[int, list[Sent]]:
    rows = current(Event).filter(open_events(), which, kind=MEASUREMENT, at__isnull=False).annotate(kept_id=KEPT)
    events = list(rows.order_by("-at", "-pk").values("pk", "kept_id", "at", "answers", "recorded_at"))
    values = values_by_event(event["pk"] for event in events)
    found: dict[int, list[Sent]] = {}
    for event in events:
        found.setdefault(event["kept_id"], []).append(_one(event, values.get(event["pk"], {})))
    return found


def _one(event: Mapping[str, Any], values: Mapping[str, float]) -> Sent:
    answers = event["answers"]
    symptoms = answers.get("symptoms")
    return Sent(
        event_id=event["pk"],
        at=event["at"].astimezone(SHANGHAI),
        sent_on=event["recorded_at"].astimezone(SHANGHAI).date(),
        values=values,
        level=answers.get("level", ""),
        symptoms=None if symptoms is None else tuple(symptoms),
        by=answers.get("by", ""),
        by_id=answers.get("by_id"),
        answers=answers,
    )


def open_of(person_id: int, today: date) -> list[Item]:
    """What waits for a contact about a person's home values, the most urgent first."""
    return [item for item in due_for_person(person_id, today) if item.standard == STANDARD]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody who sent a dangerous value that nobody has answered yet."""

    person_id: int
    name: str
    opens_on: date


def to_call(viewer: Viewer) -> list[Call]:
    """Those of the viewer's teams whom somebody should call now, who waits longest first."""
    items = known_of_teams(viewer, team_ids_for(viewer, None, RECORD_FOLLOWUP))
    rows = items.filter(standard=STANDARD, urgency=URGENT).annotate(name=F("person__name"))
    found = rows.order_by("opened_at", "pk").values("person_id", "name", "opens_on")
    return [Call(**row) for row in found[:MOST_CALLS]]


def name_of(person_id: int | None) -> str:
    """The name of the resident who sent a value for somebody; empty where that is not known any more."""
    return Person.objects.filter(pk=person_id or 0).values_list("name", flat=True).first() or ""
