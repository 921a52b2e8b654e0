"""The people whom a typed text finds, the right one first, a page at a time; only those in the viewer's reach.

The ways to understand the text are walked one after the other, each by its own index; whom an earlier way finds, a
later one leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.fields.array import ArrayOverlap  # type: ignore[attr-defined]
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, StartsWith

from jinxiu.people import sealing
from jinxiu.people.access import Viewer, people_for
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
)
from jinxiu.people.search import rules
from jinxiu.people.search.rules import Way

_MOST_ENDS = 2_000  # numbers with one ending that are opened and compared; in a million people about a hundred share it

_EXACT = ("number", "phone")  # whom a whole number names is meant; nobody else is
# More than there can be: the limit makes the planner gather these by their index, for a key is slow to make anew.
_ASIDE = 1_000_000


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
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some people, and the key to pass as `after` for those that follow (empty at the end)."""

    rows: tuple[Found, ...]
    after: str


def search(viewer: Viewer, text: str, *, after: str = "", limit: int = 25) -> Page:
    """The people of the viewer's reach whom the text may mean, the likeliest first; nobody for an empty text."""
    parts = rules.read(text, viewer.today)
    if not parts:
        return Page((), "")
    lead, filters = parts[0], parts[1:]
    within = people_for(viewer)
    for part in filters:
        within = within.filter(_any(part.ways))
    start, last_id = _read_key(after)
    found: list[tuple[int, int]] = []
    earlier = Q()
    for place, way in enumerate(lead.ways):
        condition = _CONDITIONS[way.by](way)
        if place >= start:
            people = within.filter(condition, ~earlier if earlier else Q())
            key = last_id if place == start else None
            found += [(place, pk) for pk in _walk(people, way, key, limit + 1 - len(found))]
        if len(found) > limit or (found and way.by in _EXACT):
            break
        earlier |= condition
    shown = found[:limit]
    kinds = tuple(part.kind for part in filters)
    by = {person_id: (lead.ways[place].by, *kinds) for place, person_id in shown}
    return Page(_rows(by), "{}_{}".format(*shown[-1]) if len(found) > limit else "")


def _read_key(after: str) -> tuple[int, int | None]:
    place, _, person_id = after.partition("_")
    known = all(part.isascii() and part.isdigit() and len(part) < 19 for part in (place, person_id))
    return (int(place), int(person_id)) if known else (0, None)


def _walk(people: QuerySet[Person], way: Way, last_id: int | None, limit: int) -> list[int]:
    """The next ids in the order of the way's index, behind the last one shown."""
    order = _ORDERS.get(way.by, _GATHERED)
    people = people.alias(place=order)
    last = Person.objects.filter(pk=last_id).values_list(order, flat=True).first() if last_id is not None else None
    if last is not None:
        people = people.filter(Q(place__gt=last) | Q(place=last, pk__gt=last_id))
    return list(people.order_by("place", "pk").values_list("pk", flat=True)[:limit])


# --- the ways ---------------------------------------------------------------------------------------------------------


def _any(ways: Sequence[Way]) -> Q:
    condition = Q()
    for way in ways:
        condition |= _CONDITIONS[way.by](way)
    return condition


def _by_number(way: Way) -> Q:
    whole = sealing.keyed_hash(way.text, sealing.IDENTIFIER)
    return _ids(Identifier.objects.filter(whole_hash=whole).values_list(KEPT, flat=True))


def _by_phone(way: Way) -> Q:
    whole = sealing.keyed_hash(way.text.removeprefix("86") if len(way.text) == 13 else way.text, sealing.PHONE)
    return _ids(ContactPoint.objects.filter(whole_hash=whole).values_list(KEPT, flat=True)[:_MOST_ENDS])


def _by_end_of_phone(way: Way) -> Q:
    return _ids(_owners_by_end(ContactPoint, way.text, sealing.PHONE))


def _by_end_of_number(way: Way) -> Q:
    return _ids(_owners_by_end(Identifier, way.text, sealing.IDENTIFIER))


def _owners_by_end(model: type[ContactPoint | Identifier], end: str, context: str) -> list[int]:
    """By the hash of the last four; when more is typed, the few that share them are opened and compared."""
    rows = model.objects.filter(last4_hash=sealing.last4_hash(end, context)).order_by("pk")
    if len(end) == 4:
        return list(rows.values_list(KEPT, flat=True)[:_MOST_ENDS])
    owners = rows.values_list(KEPT, "sealed")[:_MOST_ENDS]
    return [owner for owner, sealed in owners if sealing.open_sealed(sealed, context).endswith(end)]


def _ids(person_ids: Any) -> Q:
    return Q(pk__in=sorted(set(person_ids)))  # an empty list fits nobody


def _by_address(way: Way) -> Q:
    pairs = rules.pairs(way.text) or [way.text]
    homes = Household.objects.alias(pairs=PAIRS).filter(pairs__contains=pairs)  # type: ignore[misc]
    return Q(household__in=homes.values("pk")[:_ASIDE])


def _by_place(way: Way) -> Q:
    """By the name of a community, or of the street or district around it."""
    named = Place.objects.filter(name__contains=way.text).values("pk")
    within = Place.objects.filter(Q(pk__in=named) | Q(parent__in=named) | Q(parent__parent__in=named))
    return Q(household__place__in=list(within.values_list("pk", flat=True)))


def _by_one_character(way: Way) -> Q:
    alike = Person.objects.filter(ArrayOverlap(ONE_AWAY, rules.one_away(way.text)))
    return Q(pk__in=alike.values("pk")[:_ASIDE])


_CONDITIONS: Mapping[str, Callable[[Way], Q]] = {
    "number": _by_number,
    "phone": _by_phone,
    "phone_end": _by_end_of_phone,
    "number_end": _by_end_of_number,
    "birth": lambda way: Q(birth_date__range=(way.first, way.last)),
    "address": _by_address,
    "place": _by_place,
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
# Ways that may find very many walk along their index instead of gathering all of them first.
_GATHERED = F("pk") + 0  # as a sum, so that the planner does not walk all people by their number until some fit
_ORDERS: Mapping[str, Any] = {
    "name_begins": NAME_IN_ORDER,
    "pinyin_begins": F("pinyin"),
    "birth": F("birth_date"),
}


# --- what a row shows -------------------------------------------------------------------------------------------------


def _rows(by: Mapping[int, tuple[str, ...]]) -> tuple[Found, ...]:
    numbers = Identifier.objects.filter(person=OuterRef("pk")).order_by("pk")
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk")
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
        street=Coalesce(F("household__place__parent__name"), Value("")),
        street_en=Coalesce(F("household__place__parent__name_en"), Value("")),
    )
    rows = {person["person_id"]: Found(**person, by=by[person["person_id"]]) for person in persons}
    return tuple(rows[person_id] for person_id in by)
