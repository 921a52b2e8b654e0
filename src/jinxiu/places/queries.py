"""Reads of the tree of places."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404

from jinxiu.people.models import Household, Place
from jinxiu.places.rules import Known


@dataclass(frozen=True)
class Branch:
    """A place with how many places are right below it, and how many households live in it."""

    place: Place
    parts: int
    households: int


def known_places() -> dict[str, Known]:
    """The whole tree by code."""
    rows = Place.objects.values_list("code", "name", "name_en", "kind", "parent__code", "retired_on")
    return {
        code: Known(code, name, name_en, kind, parent or "", retired_on is not None)
        for code, name, name_en, kind, parent, retired_on in rows
    }


def place(code: str) -> Place:
    """One place with the places above it. Raises Http404."""
    found = Place.objects.filter(code=code).select_related("parent__parent__parent").first()
    if found is None:
        raise Http404
    return found


def branches(above: Place | None) -> list[Branch]:
    """The places right below one, or the cities; those in force first, then by code."""
    rows = Place.objects.filter(parent=above).annotate(parts=Count("children")).order_by("code")
    living = _households_by_ancestor()
    found = [Branch(row, row.parts, living[row.pk]) for row in rows]
    return sorted(found, key=lambda one: one.place.retired_on is not None)


def path_to(below: Place | None) -> list[Place]:
    """The places above one and itself, from the city down."""
    steps: list[Place] = []
    while below is not None:
        steps.insert(0, below)
        below = below.parent
    return steps


def _households_by_ancestor() -> Counter[int]:
    parents = dict(Place.objects.values_list("pk", "parent"))
    living: Counter[int] = Counter()
    for place_id, households in Household.objects.values_list("place").annotate(n=Count("pk")):
        step: int | None = place_id
        while step is not None:
            living[step] += households
            step = parents[step]
    return living
