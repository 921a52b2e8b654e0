"""What is known of decisions about contacts, of what was done at once, and of a record's earlier versions.

Each is asked about contacts that the caller has come to by a filtered way, so no shelter is opened here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from jinxiu.evidence.actions import WITHDRAWN
from jinxiu.evidence.models import Event, Observation, UrgentAnswer
from jinxiu.evidence.sheltered import open_events
from jinxiu.familydoctor.followups.queries import CONFIRMED_CLASS
from jinxiu.familydoctor.records.queries import current, staff_name
from jinxiu.people.matching.queries import whose
from jinxiu.standards.verdict import Verdict
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
    reason_code: str = ""
    reason_args: Mapping[str, Any] = field(default_factory=dict)

    def still_rests_on(self, rule: Verdict) -> bool:
        """Whether the rule says today what it said then, whatever day was decided; True where nobody kept it."""
        told = [_without_days(args) for args in (self.reason_args, rule.reason_args)]
        return not self.suggested or (self.reason_code == rule.reason_code and told[0] == told[1])


def _without_days(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in ("days", "due_on")}


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
    "decision__reason_code",
    "decision__reason_args",
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
        reason_code=row["decision__reason_code"] or "",
        reason_args=row["decision__reason_args"] or {},
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


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: who wrote it when and why, what it says, and the word on it; `is_newest`: it holds."""

    id: int
    kind: str
    is_withdrawal: bool
    is_newest: bool
    happened_on: dt.date
    mode: str
    form_id: str
    answers: Mapping[str, Any]
    values: Mapping[str, float]
    reason: str
    by: str
    at: dt.datetime
    said: Said | None


_VERSION = (
    "pk",
    "kind",
    "happened_on",
    "mode",
    "form_id",
    "answers",
    "reason",
    "recorded_at",
    "recorded_by__name",
    "recorded_by__name_en",
)


def versions(person_id: int, event_id: int, *, sheltered: bool) -> list[Version]:
    """All versions of a record, the newest first; none where it is not there, or is under shelter that is closed."""
    shown = Event.objects.filter(Q() if sheltered else open_events(), whose(person_id))
    chain = _chain(shown, event_id)
    rows = {row["pk"]: row for row in Event.objects.filter(pk__in=chain).values(*_VERSION)}
    said, values = decisions(chain), _values(chain)
    return [
        Version(
            id=pk,
            kind=rows[pk]["kind"],
            is_withdrawal=rows[pk]["kind"] == WITHDRAWN,
            is_newest=pk == chain[0],
            happened_on=rows[pk]["happened_on"],
            mode=rows[pk]["mode"],
            form_id=rows[pk]["form_id"],
            answers=rows[pk]["answers"],
            values=values.get(pk, {}),
            reason=rows[pk]["reason"],
            by=staff_name(rows[pk]),
            at=rows[pk]["recorded_at"],
            said=said[pk][0] if pk in said else None,
        )
        for pk in chain
    ]


def _chain(shown: QuerySet[Event], event_id: int) -> list[int]:
    """The ids of a record's versions, the newest first; each has one successor at most."""
    event = shown.filter(pk=event_id).first()
    if event is None:
        return []
    later: list[int] = []
    newer = shown.filter(supersedes=event).first()
    while newer is not None:
        later.append(newer.pk)
        newer = shown.filter(supersedes=newer).first()
    earlier: list[int] = []
    older = event.supersedes_id
    while older is not None:
        earlier.append(older)
        older = Event.objects.filter(pk=older).values_list("supersedes", flat=True).first()
    return [*reversed(later), event.pk, *earlier]


def _values(event_ids: Iterable[int]) -> dict[int, dict[str, float]]:
    """What was measured in each version, superseded ones included."""
    found: dict[int, dict[str, float]] = {}
    rows = Observation.objects.filter(event__in=list(event_ids)).exclude(code=CONFIRMED_CLASS)
    for event_id, code, value in rows.order_by("happened_on", "pk").values_list("event_id", "code", "value"):
        if event_id is not None and value is not None:
            found.setdefault(event_id, {})[code] = value
    return found


def corrected(event_ids: Iterable[int]) -> set[int]:
    """Those of these events that took the place of an earlier version."""
    return set(Event.objects.filter(pk__in=list(event_ids), supersedes__isnull=False).values_list("pk", flat=True))
