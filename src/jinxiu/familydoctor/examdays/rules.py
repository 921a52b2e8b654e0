"""Who is invited into which slot, and what an invitation has come to. Pure, no Django."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

CLAUSE = "yearly_exam"  # of whatever standard
# Whose examination has blood taken fasting: glucose of diabetics, glucose and lipids from 65 (the Norm, 2.4 and 2.5).
FASTING_STANDARDS = frozenset({"diabetes", "elderly"})
LONGEST_LINE = 500  # slots at one time of one day; more is a slip of the finger
MOST_DAYS = 60

# What an invitation has come to.
BOOKED, ATTENDED, EXAMINED, UNKNOWN, ABSENT, CANCELLED = (
    *("booked", "attended", "examined", "unknown"),
    *("absent", "cancelled"),
)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A free slot: one person at one time (FHIR Slot). Slots are in the order in which they are filled."""

    on: date
    starts: time
    id: int
    day_id: int
    fasting: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is owed the examination; `urgency` (0 to 3) is that of all that is open of the person."""

    person_id: int
    fasting: bool
    urgency: int
    due_on: date

    @property
    def rank(self) -> tuple[int, date, int]:
        """Most urgent first, then who is due first, then by number, so that the same people give the same plan."""
        return (-self.urgency, self.due_on, self.person_id)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person in a slot."""

    slot: Slot
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would be invited when, in the order of the slots; and for how many there is no place."""

    invitations: tuple[Invitation, ...]
    left_fasting: int
    left_others: int

    @property
    def fingerprint(self) -> str:
        """Equal exactly for plans that invite the same people into the same slots."""
        pairs = ",".join(f"{one.slot.id}:{one.candidate.person_id}" for one in self.invitations)
        return hashlib.sha256(pairs.encode()).hexdigest()


def fill(slots: Iterable[Slot], candidates: Iterable[Candidate]) -> Plan:
    """Invite each person once, most urgent first, into the earliest slot that fits.

    Who needs fasting blood comes first into the fasting slots, and into no others. The rest take the other slots, then
    what fasting slots are left.
    """
    in_order, ranked = sorted(slots), sorted(candidates, key=lambda one: one.rank)
    fasting = [one for one in in_order if one.fasting]
    who_fasts = [one for one in ranked if one.fasting]
    others = [one for one in ranked if not one.fasting]
    left = [one for one in in_order if not one.fasting] + fasting[len(who_fasts) :]
    pairs = [*zip(fasting, who_fasts, strict=False), *zip(left, others, strict=False)]
    invitations = tuple(Invitation(slot, one) for slot, one in sorted(pairs, key=lambda pair: pair[0]))
    return Plan(
        invitations,
        left_fasting=max(0, len(who_fasts) - len(fasting)),
        left_others=max(0, len(others) - len(left)),
    )


def needs_fasting(standards: Iterable[str]) -> bool:
    """Tell whether the examination that these standards ask for has blood taken fasting."""
    return bool(FASTING_STANDARDS & set(standards))


def state_of(on: date, *, cancelled: bool, absent: bool, examined: Sequence[date], today: date) -> str:
    """What an invitation for a day has come to; `examined` are the days of the person's yearly examinations.

    An examination of that year on the day or later is the one that was meant: somebody wrote it down, or finished it,
    afterwards. On the very day it also outweighs a note that nobody came.
    """
    in_year = [day for day in examined if day.year == on.year]
    if cancelled:
        return CANCELLED
    if absent:
        return ATTENDED if on in in_year else ABSENT
    if any(day >= on for day in in_year):
        return ATTENDED
    if in_year:
        return EXAMINED
    return UNKNOWN if on < today else BOOKED


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a day as it is planned: from when to when, for how many people, fasting or not."""

    starts: time
    ends: time
    places: int
    fasting: bool


def overlap(lines: Sequence[Line]) -> bool:
    """Tell whether two parts of a day share a time."""
    ordered = sorted(lines, key=lambda one: one.starts)
    return any(later.starts < earlier.ends for earlier, later in pairwise(ordered))
