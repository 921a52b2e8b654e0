"""What is known of decisions about contacts, of what was done at once, and of a record's earlier versions.

Each is asked about contacts that the caller has come to by a filtered way, so no shelter is opened here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinxiu.evidence.models import Event, Observation, UrgentAnswer
from jinxiu.familydoctor.followups.queries import CONFIRMED_CLASS
from jinxiu.familydoctor.records.queries import current, staff_name
from jinxiu.people.matching.queries import whose
from jinxiu.worklists.models import DueItem

_AT_ONCE = dt.timedelta(minutes=1)  # a save and the refresh of what is due are one transaction, which takes seconds


@dataclass(frozen=True, slots=True)
class Said:
    """A clinician's word on a contact, with what the rule suggested then (empty: nobody kept it)."""

    id: int
    classification: str
    by: str
    on: dt.date
    days: int | None = None
    suggested: str = ""
    version: str = ""
    because: str = ""
    words: str = ""


_SAID = (
    "pk",
    "event_id",
    "text",
    "value",
    "happened_on",
    "recorded_by__name",
    "recorded_by__name_en",
    "decision__suggested",
    "decision__version",
    "decision__because",
    "decision__words",
)


def decisions(event_ids: Iterable[int]) -> dict[int, list[Said]]:
    """All words on these contacts, of each contact the latest first."""
    rows = current(Observation).filter(event__in=list(event_ids), code=CONFIRMED_CLASS)
    found: dict[int, list[Said]] = {}
    for row in rows.order_by("-happened_on", "-pk").values(*_SAID):
        found.setdefault(row["event_id"], []).append(_said(row))
    return found


def _said(row: Mapping[str, Any]) -> Said:
    return Said(
        id=row["pk"],
        classification=row["text"],
        by=staff_name(row),
        on=row["happened_on"],
        days=int(row["value"]) if row["value"] else None,
        suggested=row["decision__suggested"] or "",
        version=row["decision__version"] or "",
        because=row["decision__because"] or "",
        words=row["decision__words"] or "",
    )


def latest(event_ids: Iterable[int]) -> dict[int, Said]:
    """The word that counts on each of these contacts."""
    return {event_id: said[0] for event_id, said in decisions(event_ids).items()}


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did at once about a contact: ids of advice, and words."""

    steps: tuple[str, ...]
    words: str
    by: str
    at: dt.datetime


def done_at_once(event_ids: Iterable[int]) -> dict[int, Done]:
    """The latest answer of each contact to what it asked to be done at once."""
    rows = UrgentAnswer.objects.filter(contact__in=list(event_ids)).order_by("pk")
    names = rows.values("contact_id", "done", "words", "recorded_at", "recorded_by__name", "recorded_by__name_en")
    return {
        row["contact_id"]: Done(tuple(row["done"]), row["words"], staff_name(row), row["recorded_at"]) for row in names
    }


@dataclass(frozen=True, slots=True)
class Moved:
    """A due item that a save opened or closed."""

    standard: str
    version: str
    clause: str
    due_on: dt.date


def moved_with(person_id: int, events: Iterable[int]) -> tuple[list[Moved], list[Moved]]:
    """What was opened, and what was closed, in the save that wrote these events.

    One refresh opens and closes at one instant, right after the events were written and in their transaction.
    """
    written = Event.objects.filter(pk__in=list(events)).order_by("-recorded_at").values_list("recorded_at", flat=True)
    since = written.first()
    if since is None:
        return [], []
    window = (since, since + _AT_ONCE)
    items = DueItem.objects.filter(whose(person_id)).order_by("due_on", "pk")
    opened = list(items.filter(opened_at__range=window, run__isnull=True))
    closed = list(items.filter(closed_at__range=window))
    first = min([one.opened_at for one in opened] + [one.closed_at for one in closed if one.closed_at], default=None)
    return (
        [_moved(one) for one in opened if one.opened_at == first],
        [_moved(one) for one in closed if one.closed_at == first],
    )


def _moved(item: DueItem) -> Moved:
    return Moved(item.standard, item.version, item.clause, item.due_on)
