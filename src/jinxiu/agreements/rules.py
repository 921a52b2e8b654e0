"""The states of an agreement, who may sign and from when, and its years. Pure, no Django.

Source: section 1 of the reference page "family doctor facts"; the states of 1.3, the packages of 1.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.standards.days import months_after

DAY = timedelta(days=1)

DRAFT, PENDING, ACTIVE = "draft", "pending_team", "active"
EXPIRED, RENEWED, TERMINATED, TRANSFERRED = "expired", "renewed", "terminated", "transferred"
STATES = (DRAFT, PENDING, ACTIVE, EXPIRED, RENEWED, TERMINATED, TRANSFERRED)
BINDING = (PENDING, ACTIVE)  # of these everybody has one for a day: waiting for the team, or in force
ENDED = (EXPIRED, RENEWED, TERMINATED, TRANSFERRED)

SIGNED, CONFIRMED, TERM_OVER, TAKEN_BACK = "signed", "confirmed", "term_over", "taken_back"
MOVED, NO_CONTACT, REFUSED, OWN_WISH, OTHER = "moved", "no_contact", "refused", "own_wish", "other"
DIED, TEAM_DISSOLVED, MISTAKE, DUPLICATE = "died", "team_dissolved", "mistake", "duplicate"
NOT_ACCEPTED, WITHDRAWN, TEAM_CHANGED = "not_accepted", "withdrawn", "team_changed"
AS_AGREED, DOCTOR_CHANGED = "as_agreed", "doctor_changed"  # renewed without a new signature; the doctor left

# Every step there is, with the reasons that it may have. Source of the five first ends: 1.3; the others are ours.
STEPS: dict[tuple[str, str], tuple[str, ...]] = {
    (DRAFT, PENDING): (SIGNED,),
    (DRAFT, TERMINATED): (WITHDRAWN, MOVED, DIED, DUPLICATE),
    (PENDING, ACTIVE): (CONFIRMED,),
    (PENDING, TERMINATED): (NOT_ACCEPTED, WITHDRAWN, MOVED, DIED, TEAM_DISSOLVED, MISTAKE, DUPLICATE),
    (PENDING, PENDING): (TEAM_CHANGED,),
    (ACTIVE, ACTIVE): (TEAM_CHANGED, DOCTOR_CHANGED),
    (ACTIVE, EXPIRED): (TERM_OVER,),
    (ACTIVE, RENEWED): (TERM_OVER,),
    (EXPIRED, RENEWED): (CONFIRMED,),  # the renewal was confirmed after the last day
    (ACTIVE, TERMINATED): (
        *(MOVED, NO_CONTACT, REFUSED, OWN_WISH, OTHER),
        *(DIED, TEAM_DISSOLVED, MISTAKE, DUPLICATE),
    ),
    (ACTIVE, TRANSFERRED): (OWN_WISH, MOVED, TEAM_DISSOLVED, OTHER),
    (TERMINATED, DRAFT): (TAKEN_BACK,),
    (TERMINATED, PENDING): (TAKEN_BACK,),
    (TERMINATED, ACTIVE): (TAKEN_BACK,),
}
# What somebody may choose on a page; a death, a move and a merge are recorded where they are recorded.
CHOSEN_ENDS: dict[str, tuple[str, ...]] = {
    DRAFT: (WITHDRAWN,),
    PENDING: (NOT_ACCEPTED, WITHDRAWN, MISTAKE),
    ACTIVE: (OWN_WISH, NO_CONTACT, REFUSED, TEAM_DISSOLVED, MISTAKE, OTHER),
}
CHOSEN_TRANSFERS = (OWN_WISH, MOVED, TEAM_DISSOLVED, OTHER)
NEEDS_WORDS = frozenset({OTHER, NOT_ACCEPTED, MISTAKE})

# How the enrolment of evidence ends with an agreement: its own list of reasons is shorter.
ENROLMENT_ENDS = {MOVED: "moved", DIED: "died", NO_CONTACT: "lost", REFUSED: "refused", OWN_WISH: "refused"}

NEW, RENEWAL, TRANSFER = "new", "renewal", "transfer"
NATURES = (NEW, RENEWAL, TRANSFER)
OWN_PAGES = "app"
CHANNELS = ("site", "home", OWN_PAGES, "batch", "import")
SELF, GUARDIAN, REPRESENTATIVE = "self", "guardian", "representative"
SIGNERS = (SELF, GUARDIAN, REPRESENTATIVE)
ELECTRONIC, PAPER = "electronic", "paper"
METHODS = (ELECTRONIC, PAPER)

SIGNS_FOR_ONESELF = 14  # years; for who is younger, a guardian agrees (PIPL 31)


def may_become(state: str, to: str) -> bool:
    """Tell whether there is a step from one state into another."""
    return (state, to) in STEPS


def may_become_for(state: str, to: str, reason: str) -> bool:
    """Tell whether a step from one state into another may have this reason."""
    return reason in STEPS.get((state, to), ())


def contract_no(institution: str, start_on: date, number: int) -> str:
    """The number of an agreement: the institution's code, the year in which it begins, a number used once."""
    return f"{institution}-{start_on.year}-{number:07d}"


# --- days -------------------------------------------------------------------------------------------------------------


def last_day(start_on: date, years: int) -> date:
    """The last day inside: so many years after the first day, less one day."""
    return months_after(start_on, 12 * years) - DAY


def is_in_force(state: str, start_on: date, last_on: date, day: date) -> bool:
    """Tell whether an agreement holds on a day."""
    return state == ACTIVE and start_on <= day <= last_on


def is_expiring(state: str, last_on: date, today: date, days: int) -> bool:
    """Tell whether an agreement in force ends within so many days, today among them."""
    return state == ACTIVE and today <= last_on <= today + timedelta(days=days)


def years_of(start_on: date, last_on: date) -> Iterator[tuple[date, date]]:
    """The years of an agreement as (first day, last day); the last one may be cut."""
    first, number = start_on, 1
    while first <= last_on:
        following = months_after(start_on, 12 * number)
        yield first, min(following - DAY, last_on)
        first, number = following, number + 1


def year_on(start_on: date, last_on: date, day: date) -> tuple[date, date]:
    """The year of an agreement that a day lies in; the first or the last one for a day outside. Whole, never cut."""
    firsts = [first for first, _last in years_of(start_on, last_on)] or [start_on]
    number = max((index for index, first in enumerate(firsts) if first <= day), default=0)
    return firsts[number], months_after(start_on, 12 * (number + 1)) - DAY


# --- who may sign, and what -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signer:
    """The person of an agreement, and as whom somebody signs it."""

    birth_date: date | None
    died_on: date | None
    left_on: date | None
    signs_as: str = SELF


@dataclass(frozen=True, slots=True)
class Limits:
    """The days between which an agreement may begin, by how it is signed; from the terms."""

    paper_days: int
    ahead_days: int
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to sign."""

    start_on: date
    years: int
    method: str
    package_kinds: tuple[str, ...]
    all_packages_valid: bool
    consents: frozenset[str]
    needed_consents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an agreement cannot be: the field to look at, and a code."""

    field: str
    reason: str


def why_not_sign(signer: Signer, wish: Wish, limits: Limits, today: date) -> list[Trouble]:
    """Everything that keeps an agreement from being signed today; empty when it can be."""
    return [*_who(signer, today), *_when(wish, limits, today), *_what(wish)]


def _who(signer: Signer, today: date) -> Iterator[Trouble]:
    if signer.died_on is not None:
        yield Trouble("", "dead")
    elif signer.left_on is not None:
        yield Trouble("", "left")
    if signer.signs_as != GUARDIAN and is_child(signer.birth_date, today):
        yield Trouble("signs_as", "child")


def is_child(birth_date: date | None, today: date) -> bool:
    """Tell whether somebody is known to be too young to sign alone."""
    return birth_date is not None and today < months_after(birth_date, 12 * SIGNS_FOR_ONESELF)


def _when(wish: Wish, limits: Limits, today: date) -> Iterator[Trouble]:
    earliest = today - timedelta(days=limits.paper_days if wish.method == PAPER else 0)
    if wish.start_on < earliest:
        yield Trouble("start_on", "paper_too_old" if wish.method == PAPER else "past")
    if wish.start_on > today + timedelta(days=limits.ahead_days):
        yield Trouble("start_on", "too_far")
    if wish.years not in limits.years:
        yield Trouble("years", "years")


def _what(wish: Wish) -> Iterator[Trouble]:
    if not wish.all_packages_valid:
        yield Trouble("packages", "package_ended")
    if "basic" not in wish.package_kinds:
        yield Trouble("packages", "no_basic")
    if not wish.needed_consents <= wish.consents:
        yield Trouble("consents", "consent")


def groups_of(birth_date: date | None, enrolments: Collection[str], day: date) -> frozenset[str]:
    """The groups of packages.GROUPS that somebody belongs to on a day, by age and running programmes."""
    found = {"hypertension", "diabetes"} & set(enrolments)
    if "pregnancy" in enrolments:
        found.add("maternal")
    if birth_date is not None and day < months_after(birth_date, 12 * 7):
        found.add("child")
    if birth_date is not None and day >= months_after(birth_date, 12 * 65):
        found.add("elderly")
    return frozenset(found)


def may_renew(state: str, last_on: date, today: date, days: int) -> bool:
    """Tell whether an agreement can be renewed: from so many days before its last day to as many after it."""
    window = timedelta(days=days)
    return state in (ACTIVE, EXPIRED) and last_on - window <= today <= last_on + window


def renewal_start(last_on: date, today: date) -> date:
    """The first day of the agreement that renews one: the day after its last, or today where that is past."""
    return max(last_on + DAY, today)


# --- fulfilment -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivered:
    """Something in evidence that may count: an event's kind or an observation's code, its mode, its day."""

    what: str
    mode: str
    on: date


def counted(
    events: Collection[str], observations: Collection[str], modes: Collection[str], delivered: Iterable[Delivered]
) -> list[date]:
    """The days of what counts for an item: every event of its kinds and modes; of an observation each day once."""
    rows = list(delivered)
    days = [one.on for one in rows if one.what in events and (not modes or one.mode in modes)]
    return sorted(days) + sorted({one.on for one in rows if one.what in observations})
