"""What a correction changes, and what two corrections at one time say to each other. Pure, no Django.

A person's data are a flat mapping as they stand in a version: `name`, `sex`, `birth_date`, `place_id`, `place`,
`address`, `identifiers` and `phones` (kind and masked number), `died_on`, `left_on`; days as ISO text, or None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinxiu.people import identity

TYPING_MISTAKE = "typing_mistake"
DOCUMENT_CHANGED = "document_changed"
MOVED_WITHIN = "moved_within"
COMPLETED = "completed"
OTHER = "other"
IMPORT = "import"
# What a person may give as a reason; imports give their own.
REASONS = (TYPING_MISTAKE, DOCUMENT_CHANGED, MOVED_WITHIN, COMPLETED, OTHER)

TEMPORARY = identity.TEMPORARY
"""The kind of number that a newborn has until there is an ID card number; it ends with the first real number."""

# What a form shows as text, by the part of the data it belongs to; an address counts with its community as one.
PARTS = {"name": ("name",), "sex": ("sex",), "birth_date": ("birth_date",), "address": ("place_id", "address")}
FIELDS = (*PARTS, "identifiers", "phones", "died_on", "left_on")

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A correction as it was asked for. Numbers are (kind, number); rows of numbers and phones are named by id."""

    name: str
    sex: str
    birth_date: str | None
    place_id: int | None
    address: str
    replaced: Mapping[int, str]  # numbers that take the place of others of their kind
    dropped: frozenset[int]
    added: tuple[tuple[str, str], ...]
    dropped_phones: frozenset[int]
    added_phones: tuple[tuple[str, str], ...]

    def part(self, field: str) -> tuple[Any, ...]:
        """What is wanted of one of PARTS."""
        return tuple(getattr(self, column) for column in PARTS[field])


@dataclass(frozen=True, slots=True)
class Clash:
    """One part that somebody else changed after the form was opened; `mine` is None where the form left it alone."""

    field: str
    before: tuple[Any, ...]
    now: tuple[Any, ...]
    mine: tuple[Any, ...] | None


def part_of(data: Data, field: str) -> tuple[Any, ...]:
    """One part of the data, to be compared."""
    return tuple(data.get(column) for column in PARTS.get(field, (field,)))


def changed_parts(now: Data, wanted: Wanted) -> list[str]:
    """The parts of the data that the correction changes; numbers are counted by whoever writes them."""
    return [field for field in PARTS if wanted.part(field) != part_of(now, field)]


def clashes(before: Data, now: Data, mine: Mapping[str, tuple[Any, ...]]) -> list[Clash]:
    """What others changed between `before` and `now`, beside what this form (values by field of PARTS) wants."""
    found = []
    for field in FIELDS:
        was, stands = part_of(before, field), part_of(now, field)
        if was != stands:
            asked = mine.get(field)
            found.append(Clash(field, was, stands, None if asked in (None, was) else asked))
    return found


def differences(before: Data, after: Data, said: Sequence[str]) -> list[str]:
    """The parts that differ between two versions; `said` are those that the change itself named.

    A number whose mask stayed the same still changed if the change says so.
    """
    return [field for field in FIELDS if field in said or part_of(before, field) != part_of(after, field)]
