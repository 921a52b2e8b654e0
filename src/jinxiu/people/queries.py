"""Reads of staff, teams and places; persons are read through `access`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from jinxiu.people import sealing
from jinxiu.people.access import Viewer, in_force, team_ids_for
from jinxiu.people.identity import normalise
from jinxiu.people.matching.queries import KEPT, whose
from jinxiu.people.models import (
    ContactPoint,
    Household,
    Identifier,
    Person,
    Place,
    StaffAssignment,
    Team,
    TeamMembership,
)
from jinxiu.people.roles import ROLES
from jinxiu.people.wording import named


@dataclass(frozen=True)
class TeamMember:
    """A staff member of a team with the role as a word in the active language."""

    staff_id: int
    name: str
    name_en: str
    role: str
    role_label: str


def team_of(person_id: int, day: date) -> Team | None:
    """The team that the person belongs to on the day."""
    return (
        Team.objects.filter(pk__in=TeamMembership.objects.filter(in_force(day), person_id=person_id).values("team"))
        .select_related("institution")
        .first()
    )


def team_members(team_id: int, day: date) -> list[TeamMember]:
    """The staff of a team on a day, doctors first as `roles` lists them."""
    rows = StaffAssignment.objects.filter(in_force(day), team_id=team_id, role__in=ROLES).select_related("staff")
    order = list(ROLES)
    return [
        TeamMember(
            row.staff_id, row.staff.name, row.staff.name_en or row.staff.name, row.role, str(ROLES[row.role].label)
        )
        for row in sorted(rows, key=lambda row: (order.index(row.role), row.staff_id))
    ]


def streets_for(viewer: Viewer, team_id: int | None = None) -> list[Place]:
    """The streets in which people of the team (or of all the viewer's teams) live, by code."""
    members = TeamMembership.objects.filter(
        in_force(viewer.today),
        team__in=team_ids_for(viewer, team_id),
        person__household__place__parent=OuterRef("pk"),
    )
    return list(Place.objects.filter(Exists(members), kind=Place.Kind.STREET).order_by("code"))


def communities() -> list[Place]:
    """All communities in force with their streets, by code."""
    return list(
        Place.objects.filter(kind=Place.Kind.COMMUNITY, retired_on=None).select_related("parent").order_by("code")
    )


def community_choices() -> list[tuple[str, str]]:
    """All communities with their streets as (id, words), for a form to choose from."""
    return [
        (str(place.pk), f"{named(place.parent)} · {named(place)}" if place.parent else named(place))
        for place in communities()
    ]


def identifiers_of(person_id: int) -> list[Identifier]:
    """The person's numbers, masked, as they may be shown, merged records' last; get the person from `access` first."""
    rows = Identifier.objects.filter(whose(person_id)).only("system", "masked", "person_id")
    return list(rows.order_by("-person__merged_into", "pk"))


def phones_of(person_id: int) -> list[tuple[str, str, str]]:
    """The person's phones as (use, masked, number to dial); get the person from `access` first."""
    rows = ContactPoint.objects.filter(whose(person_id)).order_by("-person__merged_into", "pk")  # the kept record first
    once = {bytes(row.whole_hash): row for row in reversed(rows)}
    return [(row.use, row.masked, sealing.open_sealed(row.sealed, sealing.PHONE)) for row in reversed(once.values())]


def person_id_by_identifier(system: str, number: str) -> int | None:
    """Whose number this is, for imports and commands; None when it is nobody's. Pages go through `access`."""
    whole_hash = sealing.keyed_hash(normalise(number), sealing.IDENTIFIER)
    return Identifier.objects.filter(system=system, whole_hash=whole_hash).values_list(KEPT, flat=True).first()


def person_ids_by_name(name: str, limit: int = 10) -> list[int]:
    """The persons of exactly this name, for commands; pages go through `access`."""
    named = Person.objects.filter(name=name, merged_into__isnull=True)
    return list(named.order_by("pk").values_list("pk", flat=True)[:limit])


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by person id, for lists that commands print; pages go through `access`."""
    return dict(Person.objects.filter(pk__in=list(person_ids)).values_list("pk", "name"))


def household_of(person: Person) -> Household | None:
    """Where the person lives, with community and street."""
    if person.household_id is None:
        return None
    return Household.objects.select_related("place__parent").get(pk=person.household_id)


def keys_fit() -> bool:
    """Tell whether this installation's keys open and find what the database holds (true when it holds nothing)."""
    row = Identifier.objects.order_by("pk").only("sealed", "whole_hash").first()
    if row is None:
        return True
    try:
        number = sealing.open_sealed(row.sealed, sealing.IDENTIFIER)
    except sealing.SealError:
        return False
    return bytes(row.whole_hash) == sealing.keyed_hash(number, sealing.IDENTIFIER)
