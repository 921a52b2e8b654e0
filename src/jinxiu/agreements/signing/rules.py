"""Which number a reader meant, why somebody is not signed now, who signs for a household. Pure, no Django."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from jinxiu.agreements import rules
from jinxiu.people.families import rules as families
from jinxiu.people.identity import IdentityError, parse_id_card

_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")

DEAD, LEFT, NO_GUARDIAN = "dead", "left", "no_guardian"
WAITS, RENEW, TRANSFER, HAS_ONE, BEGINS_LATER, ENDED = "waits", "renew", "transfer", "has_one", "begins_later", "ended"


def meant(text: str, today: date) -> str:
    """What to look for: an ID card number alone where a reader typed more with it (name, address), else the text."""
    found = set()
    for one in _CARD.findall(unicodedata.normalize("NFKC", text)):
        try:
            found.add(parse_id_card(one, today).number)
        except IdentityError:
            continue
    return found.pop() if len(found) == 1 else text


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as far as signing looks at one; `has_guardian`: somebody is entered who signs for the child."""

    birth_date: date | None
    died_on: date | None
    left_on: date | None
    has_guardian: bool


@dataclass(frozen=True, slots=True)
class Other:
    """An agreement of the person that shares a day with the one to be signed; `renew_days` from the terms."""

    state: str
    start_on: date
    last_on: date
    is_of_team: bool
    renew_days: int


def why_not_now(somebody: Somebody, other: Other | None, today: date) -> str:
    """Why nothing new is signed with somebody now, as a code of this module; empty when it can be."""
    if somebody.died_on is not None:
        return DEAD
    if somebody.left_on is not None:
        return LEFT
    if other is not None:
        return _because_of(other, today)
    if rules.is_child(somebody.birth_date, today) and not somebody.has_guardian:
        return NO_GUARDIAN
    return ""


def _because_of(other: Other, today: date) -> str:
    if other.state == rules.PENDING:
        return WAITS
    if other.state != rules.ACTIVE:
        return ENDED
    if other.start_on > today:
        return BEGINS_LATER
    if rules.may_renew(other.state, other.last_on, today, other.renew_days):
        return RENEW
    return HAS_ONE if other.is_of_team else TRANSFER


# --- a household ------------------------------------------------------------------------------------------------------

PARENTS = frozenset({"51", "52"})  # father, mother: guardians of a child without any decision (Civil Code art. 27)
_HEAD = families.HEAD
# What the head is to a member, by what the member is to the head; a pair: the head is a man, or a woman.
_HEAD_TO = {
    "10": ("10", "10"),
    "20": ("51", "52"),
    "30": ("51", "52"),
    "40": ("60", "60"),
    "51": ("20", "30"),
    "52": ("20", "30"),
    "60": ("40", "40"),
    "70": ("70", "70"),
}


def relation_to(sex: str, to_head: str, members_to_head: str) -> str:
    """What a representative is to a member (a code of RELATIONS), as far as both relations to the head tell it."""
    if members_to_head == _HEAD and to_head in families.RELATIONS:
        return to_head
    if to_head == _HEAD and members_to_head in _HEAD_TO and sex in ("M", "F"):
        return _HEAD_TO[members_to_head]["MF".index(sex)]
    return ""


def signs_as(*, is_oneself: bool, is_child: bool) -> str:
    """As whom a representative signs for a member of the household."""
    if is_oneself:
        return rules.SELF
    return rules.GUARDIAN if is_child else rules.REPRESENTATIVE


def may_sign_for_child(relation: str, *, is_guardian: bool) -> bool:
    """Tell whether a representative signs for a child: father, mother, or who is entered as the guardian."""
    return relation in PARENTS or is_guardian


def uuid_of(token: UUID, number: int) -> UUID:
    """The token of one of several things that a form does, made of the form's."""
    return uuid5(token, str(number))
