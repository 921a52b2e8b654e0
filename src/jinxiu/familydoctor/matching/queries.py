"""What is read to decide about two records, and about a merge; persons come from `people.access`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from jinxiu.evidence.actions import WITHDRAWN
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.evidence.sheltered import open_enrolments, open_events
from jinxiu.familydoctor.records.queries import address_of, current, team_name
from jinxiu.people.access import Viewer, reaches, reads_sheltered
from jinxiu.people.matching.queries import pairs, whose
from jinxiu.people.matching.rules import Pair
from jinxiu.people.models import ContactPoint, DifferentPersons, Identifier, Merge, Person
from jinxiu.people.roles import REGISTER_PEOPLE, SEE_RECORD

SHOWN = 100  # pairs on the page: whoever has decided about these opens it again


@dataclass(frozen=True, slots=True)
class Care:
    """How much was recorded outside of the shelter: running programmes, contacts, the day of the last one."""

    programmes: int
    contacts: int
    last_contact: date | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records: what is registered, numbers masked; and how much care, for those who see care."""

    person: Person
    numbers: tuple[tuple[str, str], ...]
    phones: tuple[str, ...]
    address: str
    team: str
    care: Care | None


def side_of(person: Person, viewer: Viewer) -> Side:
    """One record to be compared."""
    return Side(
        person=person,
        numbers=tuple(Identifier.objects.filter(person=person).order_by("pk").values_list("system", "masked")),
        phones=tuple(ContactPoint.objects.filter(person=person).order_by("pk").values_list("masked", flat=True)),
        address=address_of(person),
        team=team_name(person.pk, viewer.today),
        care=_care_of(person.pk, viewer.today) if reaches(viewer, person.pk, SEE_RECORD) else None,
    )


def _care_of(person_id: int, today: date) -> Care:
    events = current(Event).filter(open_events(), whose(person_id)).exclude(kind=WITHDRAWN)
    recorded = events.aggregate(count=Count("pk"), last=Max("happened_on"))
    enrolments = current(Enrolment).filter(open_enrolments(), whose(person_id)).exclude(kind=WITHDRAWN)
    running = enrolments.filter(Q(end_on__isnull=True) | Q(end_on__gte=today))
    return Care(running.values("kind").distinct().count(), recorded["count"], recorded["last"])


def proposed(viewer: Viewer) -> tuple[list[Pair], int]:
    """The strongest pairs among those whom the viewer registers, and how many there are."""
    found = pairs(viewer.reach.get(REGISTER_PEOPLE, frozenset()), today=viewer.today)
    return found[:SHOWN], len(found)


def people_by_id(person_ids: Collection[int]) -> dict[int, Any]:
    """The persons of a list of pairs, with the masks of their first number and phone."""
    numbers = Identifier.objects.filter(person=OuterRef("pk")).order_by("pk").values("masked")[:1]
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk").values("masked")[:1]
    rows = Person.objects.annotate(masked_id=Subquery(numbers), masked_phone=Subquery(phones))
    return rows.select_related("household__place__parent").in_bulk(person_ids)


def said_to_be_two(one_id: int, other_id: int) -> DifferentPersons | None:
    """Who said that these two are two people, if somebody did."""
    first, second = sorted((one_id, other_id))
    return DifferentPersons.objects.filter(one=first, other=second).select_related("said_by").first()


def merges_of(person_id: int) -> list[Merge]:
    """Every merge into this record, also those that were taken back, the latest first."""
    rows = Merge.objects.filter(kept=person_id).select_related("merged", "made_by", "undone_by")
    return list(rows.order_by("-made_at", "-pk"))


def merge_into(person_id: int, merge_id: int) -> Merge | None:
    """One merge into this record."""
    return Merge.objects.filter(pk=merge_id, kept=person_id).first()


def recorded_since(merge: Merge, viewer: Viewer) -> list[Event]:
    """What was recorded for the kept record itself while the other was merged into it, in the order of writing.

    Only for those who see care, and without what is under special shelter and not opened.
    """
    if not reaches(viewer, merge.kept_id, SEE_RECORD):
        return []
    rows = current(Event).filter(person=merge.kept_id, recorded_at__gte=merge.made_at).exclude(kind=WITHDRAWN)
    if not reads_sheltered(viewer, merge.kept_id):
        rows = rows.filter(open_events())
    if merge.undone_at is not None:
        rows = rows.filter(recorded_at__lte=merge.undone_at)
    return list(rows.select_related("recorded_by").order_by("pk"))


def may_take_apart(viewer: Viewer, merge: Merge) -> bool:
    """Tell whether the viewer registers people of every team to which the merged record would go back."""
    teams = {membership["team"] for membership in merge.before["memberships"]}
    return teams <= viewer.reach.get(REGISTER_PEOPLE, frozenset())
