"""The people whom a typed text finds, the right one first, a page at a time; only those in the viewer's reach.

The ways to understand the text are walked one after the other, each by its own index; whom an earlier way finds, a
later one leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from itertools import chain
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields.array import ArrayOverlap  # type: ignore[attr-defined]
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, StartsWith

from jinxiu.people import sealing
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.among import AnyOf, among, in_array, numbers_of
from jinxiu.people.asked import number_sent
from jinxiu.people.matching.queries import KEPT
from jinxiu.people.models import (
    NAME_IN_ORDER,
    ONE_AWAY,
    PAIRS,
    PINYIN_BACKWARDS,
    SOUND,
    ContactPoint,
    Household,
    Identifier,
    Person,
    Place,
    Restriction,
    TeamMembership,
)
from jinxiu.people.restricting.queries import running
from jinxiu.people.search import rules
from jinxiu.people.search.rules import Part, Way

_MOST_ENDS = 2_000  # numbers with one ending that are opened and compared; in a million people about a hundred share it
_FEW_HOMES = 1_000  # that are named one by one
_FEW_PEOPLE = 5_000  # in the viewer's teams, with whom each way begins
_NEAR_PEOPLE = 30_000  # in the viewer's teams, whose homes are sooner walked through than those of half a town
_FIRST_CHUNK = 32  # ids that are asked for at once: a page and some
_EXACT = ("number", "phone")  # whom a whole number names is meant; nobody else is


@dataclass(frozen=True, slots=True)
class Found:
    """A person found: who it is, and by which ways of `rules` (codes) the text fits."""

    person_id: int
    name: str
    sex: str
    birth_date: date | None
    died_on: date | None
    left_on: date | None
    masked_id: str
    masked_phone: str
    address: str
    street: str
    street_en: str
    restricted: str  # the code of the restriction of use that holds, or empty
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """Some people of one way, in their order; `fits` tells them from others, `is_last` that the way has no more."""

    way: Way
    people: QuerySet[Person]
    order: Any
    fits: Q
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some people, and the key to pass as `after` for those that follow (empty at the end)."""

    rows: tuple[Found, ...]
    after: str
    number: str = ""  # what was typed, where it is a whole number: of the length of one, or somebody has it


def search(viewer: Viewer, text: str, *, after: str = "", limit: int = 25) -> Page:
    """The people of the viewer's reach whom the text may mean, the likeliest first; nobody for an empty text."""
    parts = rules.read(text, viewer.today)
    if not parts:
        return Page((), "")
    lead, filters, reach = parts[0], parts[1:], _Reach(viewer)
    start, last_id = _read_key(after)
    found: dict[int, int] = {}
    passed: list[Q] = []
    for place, step in enumerate(_steps(reach, lead, [_any(part.ways, reach) for part in filters])):
        if place >= start:
            for ids in _walk(step, last_id if place == start else None):
                found |= dict.fromkeys(_unseen(ids, found, passed), place)
                if len(found) > limit:
                    break
        if len(found) > limit or (found and step.is_last and step.way.by in _EXACT):
            break
        if last_id is not None and place <= start:
            passed.append(step.fits)
    shown = list(found.items())[:limit]
    kinds = tuple(part.kind for part in filters)
    by = {person_id: (lead.ways[place // 2].by, *kinds) for person_id, place in shown}
    number = next((part.ways[0].text for part in parts if part.kind == rules.NUMBER), "")
    is_whole = len(number) >= rules.WHOLE or any(ways[0] in _EXACT for ways in by.values())
    return Page(
        _rows(by, viewer.today), "{1}_{0}".format(*shown[-1]) if len(found) > limit else "", number if is_whole else ""
    )


class _Reach:
    """Whom the viewer reaches, asked once for all ways of a search."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.people = people_for(viewer)

    @cached_property
    def few(self) -> str | None:
        """The people of the viewer's teams, now or once, as an array where they are few; None: they are more."""
        return self._members(_FEW_PEOPLE)

    @cached_property
    def near(self) -> list[tuple[int, str, int]] | None:
        """The homes of these people, and of what was merged into them, as (id, address, id of the place), where they
        can be looked at one by one."""
        members = self._members(_NEAR_PEOPLE)
        if members is None:
            return None
        homes = Person.objects.filter(in_array("pk", members) | in_array("merged_into", members)).values("household")
        return list(Household.objects.filter(pk__in=homes).values_list("pk", "address", "place"))

    def _members(self, most: int) -> str | None:
        members = TeamMembership.objects.filter(among("team_id", self._viewer.team_ids))
        return None if members[most : most + 1].exists() else numbers_of(members, "person_id")


def _steps(reach: _Reach, lead: Part, rest: Sequence[Q]) -> Iterator[_Step]:
    """Two steps for each way: whom it finds by what stands in the record itself, then by a record merged into it.

    A merged record is never listed, it leads to the one that is kept. All parts must fit one record. Where few people
    are in reach, the planner is told to begin with these; else each way walks its own index.
    """
    people, merged = reach.people, Person.objects.filter(merged_into__isnull=False)
    if reach.few is not None:
        people, merged = people.filter(in_array("pk", reach.few)), merged.filter(in_array("merged_into", reach.few))
    there_are_merged = merged.exists()
    for way in lead.ways:
        order = _ORDERS.get(way.by, F("pk"))
        fits = Q(_any([way], reach), *rest)
        yield _Step(way, people.filter(fits), order, fits)
        leads = merged.filter(fits).values_list("merged_into", flat=True) if there_are_merged else ()
        fits = among("pk", [pk for pk in leads if pk])
        yield _Step(way, people.filter(fits), order, fits, is_last=True)


def _read_key(after: str) -> tuple[int, int | None]:
    place, person_id = (number_sent(part) for part in after.partition("_")[::2])
    return (0, None) if place is None or person_id is None else (place, person_id)


def _walk(step: _Step, last_id: int | None) -> Iterator[list[int]]:
    """The ids in the order of the way's index, behind the last one shown, some at a time and then more."""
    people = step.people.alias(place=step.order).order_by("place", "pk")
    size = _FIRST_CHUNK
    while True:
        last = (
            Person.objects.filter(pk=last_id).values_list(step.order, flat=True).first()
            if last_id is not None
            else None
        )
        behind = Q() if last is None else Q(place__gt=last) | Q(place=last, pk__gt=last_id)
        ids = list(people.filter(behind).values_list("pk", flat=True)[:size])
        yield ids
        if len(ids) < size:
            return
        last_id, size = ids[-1], size * 4


def _unseen(ids: Sequence[int], found: Collection[int], passed: Sequence[Q]) -> list[int]:
    """Those whom no earlier way found: on this page (`found`), or on the pages before (`passed`: their conditions)."""
    new = [pk for pk in ids if pk not in found]
    if not (new and passed):
        return new
    shown = set(Person.objects.filter(reduce(or_, passed), pk__in=new).values_list("pk", flat=True))
    return [pk for pk in new if pk not in shown]


# --- the ways ---------------------------------------------------------------------------------------------------------


def _any(ways: Sequence[Way], reach: _Reach) -> Q:
    condition = Q()
    for way in ways:
        condition |= _AT_HOME[way.by](way, reach) if way.by in _AT_HOME else _CONDITIONS[way.by](way)
    return condition


def _by_number(way: Way) -> Q:
    whole = sealing.keyed_hash(way.text, sealing.IDENTIFIER)
    return _owners(Identifier.objects.filter(whole_hash=whole).values_list("person_id", KEPT))


def _by_phone(way: Way) -> Q:
    whole = sealing.keyed_hash(way.text.removeprefix("86") if len(way.text) == 13 else way.text, sealing.PHONE)
    return _owners(ContactPoint.objects.filter(whole_hash=whole).values_list("person_id", KEPT)[:_MOST_ENDS])


def _by_end_of_phone(way: Way) -> Q:
    return _owners(_by_end(ContactPoint, way.text, sealing.PHONE))


def _by_end_of_number(way: Way) -> Q:
    return _owners(_by_end(Identifier, way.text, sealing.IDENTIFIER))


def _by_end(model: type[ContactPoint | Identifier], end: str, context: str) -> Iterable[tuple[int, int]]:
    """By the hash of the last four; when more is typed, the few that share them are opened and compared."""
    rows = model.objects.filter(last4_hash=sealing.last4_hash(end, context)).order_by("pk")
    if len(end) == 4:
        return rows.values_list("person_id", KEPT)[:_MOST_ENDS]
    owners = rows.values_list("person_id", KEPT, "sealed")[:_MOST_ENDS]
    return [(owner, kept) for owner, kept, sealed in owners if sealing.open_sealed(sealed, context).endswith(end)]


def _owners(records: Iterable[tuple[int, int]]) -> Q:
    """The records that have a number, and those that are kept of their persons: the number is the person's."""
    return among("pk", sorted(set(chain.from_iterable(records))))  # an empty list fits nobody


def _by_address(way: Way, reach: _Reach) -> Q:
    """By the pairs of neighbouring characters: a few homes by name; of many, those of the viewer's few people, or all.

    The planner cannot know how many homes share several pairs, so it is told where to begin.
    """
    pairs = rules.pairs(way.text) or [way.text]
    homes = Household.objects.alias(pairs=PAIRS).filter(pairs__contains=pairs)  # type: ignore[misc]
    few = list(homes.values_list("pk", flat=True)[: _FEW_HOMES + 1])
    if len(few) <= _FEW_HOMES:
        return among("household_id", few)
    if reach.near is None:
        return Q(AnyOf(F("household_id"), ArraySubquery(homes.values("pk"))))
    return among("household_id", [pk for pk, address, _ in reach.near if rules.has_pairs(address, pairs)])


def _by_place(way: Way, reach: _Reach) -> Q:
    """By the name of a community, or of the street or district around it."""
    named = Place.objects.filter(name__contains=way.text).values("pk")
    within = Place.objects.filter(Q(pk__in=named) | Q(parent__in=named) | Q(parent__parent__in=named))
    places = set(within.values_list("pk", flat=True))
    if not places or reach.near is None:
        return Q(household__place__in=places)
    return among("household_id", [pk for pk, _, place in reach.near if place in places])


def _by_one_character(way: Way) -> Q:
    """Gathered first, by their index: a key is slow to make anew, and the planner cannot know how many share one."""
    alike = Person.objects.filter(ArrayOverlap(ONE_AWAY, rules.one_away(way.text)))
    return in_array("pk", numbers_of(alike, "pk"))


_AT_HOME: Mapping[str, Callable[[Way, _Reach], Q]] = {"address": _by_address, "place": _by_place}
_CONDITIONS: Mapping[str, Callable[[Way], Q]] = {
    "number": _by_number,
    "phone": _by_phone,
    "phone_end": _by_end_of_phone,
    "number_end": _by_end_of_number,
    "birth": lambda way: Q(birth_date__range=(way.first, way.last)),
    "name": lambda way: Q(Exact(NAME_IN_ORDER, way.text)),
    "name_begins": lambda way: Q(StartsWith(NAME_IN_ORDER, way.text)),
    "one_character": _by_one_character,
    "sounds": lambda way: Q(pinyin=way.text),
    "sounds_like": lambda way: Q(Exact(SOUND, Func(Value(way.text), function="people_sound"))),
    "pinyin": lambda way: Q(pinyin=way.text),
    "pinyin_begins": lambda way: Q(pinyin__startswith=way.text),
    "pinyin_ends": lambda way: Q(StartsWith(PINYIN_BACKWARDS, way.text[::-1])),
    "initials": lambda way: Q(initials=way.text),
}
_ORDERS: Mapping[str, Any] = {
    "name_begins": NAME_IN_ORDER,
    "pinyin_begins": F("pinyin"),
    "pinyin_ends": PINYIN_BACKWARDS,
    "birth": F("birth_date"),
    "address": F("household_id"),
    "place": F("household_id"),
}


# --- what a row shows -------------------------------------------------------------------------------------------------


def _rows(by: Mapping[int, tuple[str, ...]], today: date) -> tuple[Found, ...]:
    numbers = Identifier.objects.filter(person=OuterRef("pk")).order_by("pk")
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk")
    restrictions = Restriction.objects.filter(running(today), person=OuterRef("pk"))
    persons = Person.objects.filter(pk__in=by).values(
        "name",
        "sex",
        "birth_date",
        "died_on",
        "left_on",
        person_id=F("pk"),
        masked_id=Coalesce(Subquery(numbers.values("masked")[:1]), Value("")),
        masked_phone=Coalesce(Subquery(phones.values("masked")[:1]), Value("")),
        address=Coalesce(F("household__address"), Value("")),
        restricted=Coalesce(Subquery(restrictions.values("kind")[:1]), Value("")),
        street=Coalesce(F("household__place__parent__name"), Value("")),
        street_en=Coalesce(F("household__place__parent__name_en"), Value("")),
    )
    rows = {person["person_id"]: Found(**person, by=by[person["person_id"]]) for person in persons}
    return tuple(rows[person_id] for person_id in by)
