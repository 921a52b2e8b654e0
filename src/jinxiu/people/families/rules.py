"""Who may speak for a household, and who may act for a person. Pure, no Django.

Reasons are stable codes; `wording` turns them into sentences. Sources: Civil Code art. 17 (of age at 18), art. 23 to 39
(guardians, and when a guardianship ends); PIPL art. 29 and 31 (separate consent; under 14 the guardian's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

OF_AGE = 18  # years
OWN_CONSENT = 14  # years; younger, the guardian consents
_EARLIEST = date(1900, 1, 1)

GUARDIAN, HELPER, CONTACT = "guardian", "helper", "contact"
BY_PERSON, BY_GUARDIAN = "person", "guardian"

# Relations of GB/T 4761-2008, as far as a health centre tells them apart: what the relative is to the person.
RELATIONS = ("10", "51", "52", "20", "30", "28", "38", "40", "60", "70", "97", "99")
HEAD = "02"
# What a member is to the head of the household (户主); 50: father, mother, or those of the spouse.
TO_HEAD = (HEAD, "10", "20", "30", "28", "38", "40", "50", "51", "52", "60", "70", "97", "99")
NO_RELATIVE = "99"  # somebody else: a neighbour, the residents' committee; who it is stands in words


class Somebody(Protocol):
    """A person as far as these rules look at one."""

    birth_date: date | None
    died_on: date | None
    left_on: date | None


class Bond(Protocol):
    """A relationship as it is recorded; without `relative`, somebody who is not registered here."""

    role: str
    consent_by: str
    consented_on: date | None
    start_on: date
    end_on: date | None

    @property
    def relative(self) -> Somebody | None:
        """The one who stands beside the person, where registered here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody may do for a person on a day: `decides`, `helps`, is only `called`, or nothing; and why.

    `reason` is a code; `on` is the day that the reason is about, where there is one.
    """

    acts: str
    reason: str
    on: date | None = None

    @property
    def may(self) -> bool:
        """True for whoever may do more than be called."""
        return self.acts in ("decides", "helps")


# --- ages and days ----------------------------------------------------------------------------------------------------


def birthday(born: date, years: int) -> date:
    """The day on which somebody reaches an age; born on 29 February: 1 March in common years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def is_younger(somebody: Somebody, years: int, day: date) -> bool:
    """Tell whether somebody is known to be younger than so many years on a day."""
    return somebody.birth_date is not None and day < birthday(somebody.birth_date, years)


def is_dead(somebody: Somebody, day: date) -> bool:
    """Tell whether somebody is known to have died by a day."""
    return somebody.died_on is not None and somebody.died_on <= day


def lives_here(somebody: Somebody, day: date) -> bool:
    """Tell whether somebody has neither died nor moved away by a day."""
    return not is_dead(somebody, day) and (somebody.left_on is None or somebody.left_on > day)


# --- the household ----------------------------------------------------------------------------------------------------


def why_not_represent(member: Somebody, day: date) -> str:
    """Why a member cannot speak for the household on a day: dead, left, age_unknown, child; empty when they can."""
    if is_dead(member, day):
        return "dead"
    if not lives_here(member, day):
        return "left"
    if member.birth_date is None:
        return "age_unknown"
    return "child" if is_younger(member, OF_AGE, day) else ""


# --- who may act for a person -----------------------------------------------------------------------------------------


def ends_on(bond: Bond, person: Somebody) -> date | None:
    """The day from which a relationship no longer holds: as recorded, or the 18th birthday for a child's guardian.

    Whoever takes back a consent today is not helped any more today; so the day itself no longer counts.
    """
    adult_on = _of_age_on(bond, person)
    return min((day for day in (bond.end_on, adult_on) if day is not None), default=None)


def _of_age_on(bond: Bond, person: Somebody) -> date | None:
    if bond.role != GUARDIAN or person.birth_date is None or not is_childs(bond, person):
        return None
    return birthday(person.birth_date, OF_AGE)


def is_childs(bond: Bond, person: Somebody) -> bool:
    """Tell whether a relationship began while the person was a child: such a guardian's role ends at 18."""
    return is_younger(person, OF_AGE, bond.start_on)


def is_running(bond: Bond, person: Somebody, day: date) -> bool:
    """Tell whether a relationship holds on a day."""
    end = ends_on(bond, person)
    return bond.start_on <= day and (end is None or day < end)


def may_act_for(relationship: Bond, person: Somebody, day: date) -> Answer:
    """What the relative may do for the person on the day, and why.

    A guardian decides and signs; a helper does everyday things that the person consented to, and signs nothing; a
    contact person is called. Nobody acts for the dead, and no child and no dead acts for another.
    """
    hindrance = _hindrance(relationship, person, day)
    if hindrance is not None:
        return hindrance
    if relationship.role == CONTACT:
        return Answer("called", "contact")
    if relationship.role == HELPER:
        return _as_helper(relationship, person, day)
    if is_childs(relationship, person):
        return Answer("decides", "guardian_of_child", ends_on(relationship, person))
    return Answer("decides", "guardian_of_adult", relationship.start_on)


def _hindrance(bond: Bond, person: Somebody, day: date) -> Answer | None:
    if is_dead(person, day):
        return Answer("", "person_dead", person.died_on)
    if day < bond.start_on:
        return Answer("", "not_begun", bond.start_on)
    if not is_running(bond, person, day):
        end = ends_on(bond, person)
        return Answer("", "of_age" if end == _of_age_on(bond, person) else "ended", end)
    relative = bond.relative
    if relative is not None and is_dead(relative, day):
        return Answer("", "relative_dead", relative.died_on)
    if relative is not None and bond.role != CONTACT and is_younger(relative, OF_AGE, day):
        return Answer("", "relative_child")
    return None


def _as_helper(bond: Bond, person: Somebody, day: date) -> Answer:
    """A consent that the guardian of a child gave holds until the child is of age and can be asked."""
    given = bond.consented_on
    if given is None:
        return Answer("", "no_consent")
    by_guardian = bond.consent_by == BY_GUARDIAN
    if by_guardian and is_younger(person, OF_AGE, given) and not is_younger(person, OF_AGE, day):
        return Answer("", "consent_of_guardian_over", given)
    return Answer("helps", "helper_by_guardian" if by_guardian else "helper", given)


# --- what may be recorded ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """A relationship that somebody wants to record; `relative` is None for somebody not registered here."""

    role: str
    relation: str
    relative: Somebody | None
    start_on: date
    consented_on: date | None = None
    consent_by: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a wish cannot be: the field to look at, and a code."""

    field: str
    reason: str


def why_not(
    wish: Wish, person: Somebody, guardians: Sequence[Bond], relatives: Sequence[Bond], day: date
) -> list[Trouble]:
    """All that keeps a relationship from being recorded on a day; empty when it may be.

    `guardians` are the guardians of the person on record, `relatives` those of the relative.
    """
    return _days(wish, person, day) or [
        *_relative(wish, relatives),
        *_relation(wish),
        *(_guardianship(wish, person) if wish.role == GUARDIAN else ()),
        *(_consent(wish, person, guardians) if wish.role == HELPER else ()),
    ]


def _days(wish: Wish, person: Somebody, day: date) -> list[Trouble]:
    if is_dead(person, day):
        return [Trouble("", "person_dead")]
    if wish.start_on > day:
        return [Trouble("start_on", "future")]
    if wish.start_on < (person.birth_date or _EARLIEST):
        return [Trouble("start_on", "before_birth")]
    return []


def _relative(wish: Wish, theirs: Sequence[Bond]) -> list[Trouble]:
    relative = wish.relative
    if relative is None:
        return []
    if is_dead(relative, wish.start_on):
        return [Trouble("relative", "relative_dead")]
    if wish.role == CONTACT:
        return []
    if is_younger(relative, OF_AGE, wish.start_on):
        return [Trouble("relative", "relative_child")]
    if wish.role == GUARDIAN and _has_guardian(theirs, relative, wish.start_on):
        return [Trouble("relative", "relative_under_guardianship")]
    return []


def _has_guardian(bonds: Sequence[Bond], person: Somebody, day: date) -> bool:
    return any(may_act_for(bond, person, day).acts == "decides" for bond in bonds)


def _relation(wish: Wish) -> list[Trouble]:
    return [Trouble("words", "who_is_it")] if wish.relation == NO_RELATIVE and not wish.words else []


def _guardianship(wish: Wish, person: Somebody) -> list[Trouble]:
    """An adult has a guardian only by a decision that can be named."""
    needs_words = not is_younger(person, OF_AGE, wish.start_on)
    return [Trouble("words", "adult_guardianship")] if needs_words and not wish.words else []


def _consent(wish: Wish, person: Somebody, guardians: Sequence[Bond]) -> list[Trouble]:
    given = wish.consented_on
    if given is None or wish.consent_by not in (BY_PERSON, BY_GUARDIAN) or not wish.words:
        return [Trouble("consented_on", "consent_missing")]
    if given > wish.start_on:
        return [Trouble("consented_on", "consent_late")]
    if given < (person.birth_date or _EARLIEST):
        return [Trouble("consented_on", "before_birth")]
    guarded = _has_guardian(guardians, person, given)
    if wish.consent_by == BY_GUARDIAN:
        return [] if guarded else [Trouble("consent_by", "no_guardian")]
    if is_younger(person, OWN_CONSENT, given):
        return [Trouble("consent_by", "under_14")]
    return [Trouble("consent_by", "under_guardianship")] if guarded and not is_younger(person, OF_AGE, given) else []
