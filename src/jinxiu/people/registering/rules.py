"""The kinds of documents that name a person: what makes their numbers right, and what they say. Pure, no Django.

Shapes: section 7.4 of the facts (GB 11643-1999; permits of Hong Kong, Macau and Taiwan residents; passports).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from jinxiu.people import identity
from jinxiu.people.identity import ID_CARD, IdentityError

NEWBORN_DAYS = 150  # up to this age a child is registered through the mother's record, without a number
_MOTHERS_FROM, _MOTHERS_TO = 12, 60  # years

PASSPORT = "passport"
HK_MACAU_PERMIT = "hk_macau_permit"
TAIWAN_PERMIT = "taiwan_permit"
RESIDENCE_PERMIT = "residence_permit"
FOREIGN_RESIDENT_CARD = "foreign_resident_card"


@dataclass(frozen=True, slots=True)
class Document:
    """A number as it is kept, and what it says of its owner (None and empty: nothing)."""

    system: str
    number: str
    birth_date: date | None = None
    sex: str = ""


def read_document(kind: str, text: str, today: date) -> Document:
    """Read a number of a kind; 15 digits become the 18 of today. Raises IdentityError, KeyError for the kind."""
    return _READERS[kind](identity.normalise(text), today)


def _id_card(number: str, today: date) -> Document:
    if len(number) == 15:
        number = identity.from_15_digits(number)
    card = identity.parse_id_card(number, today)
    return Document(ID_CARD, card.number, card.birth_date, card.sex)


def _residence_permit(number: str, today: date) -> Document:
    """For residents of Hong Kong, Macau and Taiwan: built like an ID card, with the areas 81, 82 and 83."""
    if not re.fullmatch(r"8[123]\d{15}[\dX]", number):
        raise IdentityError("residence_permit_shape")
    card = identity.parse_id_card(number, today)
    return Document(RESIDENCE_PERMIT, card.number, card.birth_date, card.sex)


def _foreign_resident_card(number: str, today: date) -> Document:
    """Since 2023 eighteen digits that begin with 9 and end like an ID card; before, three letters and twelve digits."""
    if re.fullmatch(r"[A-Z]{3}\d{12}", number):
        return Document(FOREIGN_RESIDENT_CARD, number)
    if not re.fullmatch(r"9\d{16}[\dX]", number):
        raise IdentityError("foreign_resident_card_shape")
    card = identity.parse_id_card(number, today)
    return Document(FOREIGN_RESIDENT_CARD, card.number, card.birth_date, card.sex)


def _shaped(system: str, shape: str) -> Callable[[str, date], Document]:
    def read(number: str, _today: date) -> Document:
        if not re.fullmatch(shape, number, re.ASCII):
            raise IdentityError(f"{system}_shape")
        return Document(system, number)

    return read


_READERS: Mapping[str, Callable[[str, date], Document]] = {
    ID_CARD: _id_card,
    RESIDENCE_PERMIT: _residence_permit,
    HK_MACAU_PERMIT: _shaped(HK_MACAU_PERMIT, r"[HM]\d{8}(\d{2})?"),
    TAIWAN_PERMIT: _shaped(TAIWAN_PERMIT, r"\d{8}"),
    FOREIGN_RESIDENT_CARD: _foreign_resident_card,
    PASSPORT: _shaped(PASSPORT, r"(?=.*\d)[A-Z0-9]{5,15}"),
}
KINDS = tuple(_READERS)


class Somebody(Protocol):
    """A person as far as these rules look at one."""

    sex: str
    birth_date: date | None


def may_be_mother(somebody: Somebody, day: date) -> bool:
    """Tell whether somebody is a woman of 12 to 60 years on a day."""
    born = somebody.birth_date
    if somebody.sex != "F" or born is None:
        return False
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return _MOTHERS_FROM <= years <= _MOTHERS_TO
