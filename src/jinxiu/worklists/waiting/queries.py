"""Reads of what waits for a doctor: people come through the viewer's teams, as on the worklist, shelter included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from jinxiu.evidence.models import Event, Observation
from jinxiu.people.access import Viewer, may, team_ids_for
from jinxiu.people.roles import RECORD_FOLLOWUP, SEE_RECORD
from jinxiu.standards.codes import installed
from jinxiu.standards.model import URGENT
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.queries import known_of_teams

# The norm has the follow-up record signed by a doctor; a nurse's record waits for one.
DECIDING_ROLES = frozenset({"doctor", "public_health_doctor"})
MOST = 200
# The contact that an item rests on stands before what was read at it.
_CONTACT = """(
    SELECT substr(fact, 2)::bigint
    FROM jsonb_array_elements_text(worklists_dueitem.facts_used) WITH ORDINALITY used(fact, place)
    WHERE fact LIKE 'e%%' ORDER BY place LIMIT 1
)"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A class that was suggested for a contact recorded on a form here, and that no doctor has confirmed or changed."""

    person_id: int
    name: str
    contact_id: int
    happened_on: date
    by: str
    by_en: str
    standard: str
    version: str
    clause: str
    classification: str
    urgency: int
    due_on: date
    reason_code: str
    reason_args: Mapping[str, Any]


def may_decide(viewer: Viewer) -> bool:
    """Say whether this viewer's word makes a suggested class a clinician's decision."""
    return may(viewer, RECORD_FOLLOWUP) and bool(DECIDING_ROLES & set(viewer.roles))


def waiting(viewer: Viewer, *, urgent: bool = False, limit: int = MOST) -> list[Waiting]:
    """What waits for this doctor's word, most urgent first, then the oldest contact; empty for who may not decide."""
    if not may_decide(viewer):
        return []
    items = _items(viewer).filter(urgency__gte=URGENT if urgent else 0)
    contact = Event.objects.filter(pk=OuterRef("contact_id"))
    rows = items.annotate(
        name=F("person__name"),
        happened_on=contact.values("happened_on")[:1],
        by=contact.values("recorded_by__name")[:1],
        by_en=contact.values("recorded_by__name_en")[:1],
    )
    return [
        Waiting(**row)
        for row in rows.order_by("-urgency", "happened_on", "person_id", "pk").values(*Waiting.__slots__)[:limit]
    ]


def count(viewer: Viewer) -> int:
    """How many contacts wait for this doctor's word; 0 for who may not decide."""
    return _items(viewer).count() if may_decide(viewer) else 0


def _items(viewer: Viewer) -> QuerySet[DueItem]:
    words = Observation.objects.filter(event=OuterRef("contact_id"), code__in=list(installed().decisions))
    typed_here = Event.objects.filter(pk=OuterRef("contact_id"), recorded_by__isnull=False).exclude(form_id="")
    items = known_of_teams(viewer, team_ids_for(viewer, None, SEE_RECORD)).exclude(classification="")
    return items.annotate(contact_id=RawSQL(_CONTACT, [])).filter(Exists(typed_here), ~Exists(words))  # noqa: S611
