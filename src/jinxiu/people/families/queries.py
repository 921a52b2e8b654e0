"""Reads: a household with its members as a viewer may see them; the relationships of a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, Q, QuerySet

from jinxiu.people import sealing
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.families import rules
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Household, Person, Relationship
from jinxiu.people.search.queries import Found

MOST_HOMES = 10  # households that a search offers
MOST_FOUND = 60  # people whose households are looked at


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household within reach; `cannot` is why they cannot represent it (`rules.why_not_represent`)."""

    person: Person
    lives_here: bool
    cannot: str


@dataclass(frozen=True, slots=True)
class Home:
    """A household as one viewer sees it: members within reach by name, the others who live there as a number.

    `spoken_for` says whether somebody represents it: "yes", "none", or why the one chosen no longer does (a code of
    `rules.why_not_represent`, or "moved"). `representative` is that one, where within reach.
    """

    household: Household
    members: tuple[Member, ...]
    others: int
    spoken_for: str
    representative: Person | None

    @property
    def living(self) -> int:
        """How many live there, seen or not."""
        return self.others + sum(member.lives_here for member in self.members)


def home_of(viewer: Viewer, person: Person) -> Home | None:
    """The household of a person whom `access` has found; None when it is not known where they live."""
    if person.household_id is None:
        return None
    return homes(viewer, [person.household_id], seen=person)[0]


def homes(viewer: Viewer, household_ids: Iterable[int], *, seen: Person | None = None) -> list[Home]:
    """Households in the order of the ids; `seen` is somebody whom the viewer sees though out of reach (emergency)."""
    ids = list(household_ids)
    found = Household.objects.select_related("place__parent", "representative__merged_into").in_bulk(ids)
    reach = set(people_for(viewer).filter(household__in=ids).values_list("pk", flat=True))
    if seen is not None:
        reach.add(seen.pk)
    people: dict[int | None, list[Person]] = {}
    for person in Person.objects.filter(household__in=ids, merged_into__isnull=True).order_by("birth_date", "pk"):
        people.setdefault(person.household_id, []).append(person)
    return [_home(viewer, found[one], people.get(one, []), reach) for one in ids if one in found]


def _home(viewer: Viewer, household: Household, people: list[Person], reach: set[int]) -> Home:
    day, chosen = viewer.today, _kept(household.representative)
    members = [
        Member(person, rules.lives_here(person, day), rules.why_not_represent(person, day))
        for person in people
        if person.pk in reach
    ]
    members.sort(key=lambda member: not member.lives_here)
    return Home(
        household=household,
        members=tuple(members),
        others=sum(person.pk not in reach and rules.lives_here(person, day) for person in people),
        spoken_for=_spoken_for(viewer, household, chosen),
        representative=chosen if chosen is not None and chosen.pk in {one.person.pk for one in members} else None,
    )


def _spoken_for(viewer: Viewer, household: Household, chosen: Person | None) -> str:
    if chosen is None:
        return "none"
    if chosen.household_id != household.pk:
        return "moved"
    return rules.why_not_represent(chosen, viewer.today) or "yes"


def find_homes(viewer: Viewer, text: str, rows: Iterable[Found]) -> list[Home]:
    """The households that a typed text may mean: of the people whom the search found, and at exactly this address."""
    if not text.strip():
        return []
    found = [one.person_id for one in rows]
    lives = dict(Person.objects.filter(pk__in=found, household__isnull=False).values_list("pk", "household_id"))
    exact = Household.objects.filter(address=text.strip()).order_by("pk").values_list("pk", flat=True)[:MOST_HOMES]
    ids = dict.fromkeys([*exact, *(lives[one] for one in found if one in lives)])
    return homes(viewer, list(ids)[:MOST_HOMES])


def homes_at(viewer: Viewer, place_id: int, address: str) -> list[Home]:
    """The households at an address, for whoever registers somebody there; the one that people join by default first."""
    ids = (
        Household.objects.filter(place_id=place_id, address=address.strip()).order_by("pk").values_list("pk", flat=True)
    )
    return homes(viewer, ids[:MOST_HOMES])


# --- relationships ----------------------------------------------------------------------------------------------------


def relationships_of(person_id: int) -> list[Relationship]:
    """Everybody who stands or stood beside a person, the latest first; get the person from `access` first."""
    return _with_kept(Relationship.objects.filter(whose(person_id)).order_by("-start_on", "-pk"))


def open_ones(person_id: int) -> list[Relationship]:
    """Those of a person's relationships that have no recorded end."""
    return _with_kept(Relationship.objects.filter(whose(person_id), end_on__isnull=True).order_by("pk"))


def stands_beside(viewer: Viewer, person_id: int) -> list[Relationship]:
    """The relationships in which this person is the relative, of people within the viewer's reach."""
    records = Person.objects.filter(Q(pk=person_id) | Q(merged_into=person_id)).values("pk")
    found = _with_kept(Relationship.objects.filter(relative__in=records).order_by("-start_on", "-pk"))
    reach = within_reach(viewer, [row.person_id for row in found])
    return [row for row in found if row.person_id in reach]


def _with_kept(rows: QuerySet[Relationship]) -> list[Relationship]:
    """The rows with their people; where a record was merged, the one that is kept stands for it (never to be saved)."""
    found = list(rows.select_related("person__merged_into", "relative__merged_into", "recorded_by", "ended_by"))
    for row in found:
        row.person, row.relative = row.person.merged_into or row.person, _kept(row.relative)
    return found


def _kept(person: Person | None) -> Person | None:
    return person.merged_into or person if person is not None else None


def reached_by(viewer: Viewer, person_id: int, *permissions: str) -> tuple[bool, ...]:
    """Which of the viewer's permissions reach a person."""
    reached = [Exists(people_for(viewer, permission).filter(pk=person_id)) for permission in permissions]
    return tuple(Person.objects.filter(pk=person_id).values_list(*reached).get())


def within_reach(viewer: Viewer, person_ids: Iterable[int]) -> set[int]:
    """Which of these people the viewer may open."""
    return set(people_for(viewer).filter(pk__in=list(person_ids)).values_list("pk", flat=True))


def phone_of(person_id: int, relationship_id: int) -> tuple[str, str] | None:
    """Name and number to dial of a person's relative; None when there is no such relative, or no number."""
    row = (
        Relationship.objects.filter(whose(person_id), pk=relationship_id)
        .select_related("relative__merged_into")
        .first()
    )
    if row is None or row.sealed is None:
        return None
    relative = _kept(row.relative)
    return relative.name if relative else row.name, sealing.open_sealed(row.sealed, sealing.PHONE)
