"""Service packages and the terms of signing as plain frozen records, and the catalogue of all that are installed. Pure.

A package is a version of a list of items, each owed so often in a year of the agreement, with a fee and who pays it.
What counts for an item is evidence: events of its kinds (and modes), or days with an observation of its codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jinxiu.standards.days import months_after
from jinxiu.standards.model import Text

BASIC, PERSONAL = "basic", "personal"
KINDS = (BASIC, PERSONAL)
PAYERS = ("insurance", "public_health", "resident")
# For whom a package is; empty: for everybody. What makes somebody one of a group is `rules.groups_of`.
GROUPS = ("child", "elderly", "hypertension", "diabetes", "maternal")
ROLES = ("doctor", "nurse", "public_health_doctor", "team")
PLACES = ("clinic", "home", "phone", "online", "any")


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer's part of a fee, in fen for a person and year."""

    payer: str
    fen: int


@dataclass(frozen=True, slots=True)
class Item:
    """One promise. `times` is a ladder of (from this age in months, so often a year); one rung at 0: for every age."""

    code: str
    title: Text
    times: tuple[tuple[int, int], ...]
    events: tuple[str, ...] = ()
    observations: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    role: str = "team"
    place: str = "any"

    def owed(self, birth_date: date | None, year_start: date) -> int:
        """How often the item is owed in a year of the agreement that begins on a day; unknown age: the last rung."""
        reached = [
            times
            for months, times in self.times
            if birth_date is None or months == 0 or months_after(birth_date, months) <= year_start
        ]
        return reached[-1]


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package. `example` marks a fee that is made up and waits for the city's own numbers."""

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    kind: str
    title: Text
    about: Text
    source: Text
    groups: tuple[str, ...]
    items: tuple[Item, ...]
    fee_fen: int
    payers: tuple[Payer, ...]
    example: bool
    file: str = ""

    def valid_on(self, day: date) -> bool:
        """Tell whether this version can be signed on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def key(self) -> str:
        """Id and version as agreements keep them."""
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that is agreed to by itself; what is `required` belongs to every agreement."""

    id: str
    required: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the text that is signed, and the numbers that a city sets for signing."""

    version: str
    valid_from: date
    valid_to: date | None
    title: Text
    paragraphs: tuple[Text, ...]
    privacy: tuple[Text, ...]  # the notice of what happens with personal data, read and signed with the rest
    consents: tuple[Consent, ...]
    years: tuple[int, ...]  # for how long an agreement may run
    per_doctor: int  # signed people for one family doctor; more is said, never blocked
    expiring_days: int  # so long before its last day an agreement is shown as expiring
    renew_days: int  # so long before its last day it can be renewed
    paper_days: int  # so long ago a paper agreement may have begun
    ahead_days: int  # so far ahead an agreement may begin

    def valid_on(self, day: date) -> bool:
        """Tell whether this version is the one to sign on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Catalogue:
    """Every version of packages and terms that is installed."""

    packages: tuple[Package, ...]
    all_terms: tuple[Terms, ...]

    def offered(self, day: date) -> tuple[Package, ...]:
        """The packages that can be signed on a day, basic ones first."""
        found = [one for one in self.packages if one.valid_on(day)]
        return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.id)))

    def package(self, key: str) -> Package | None:
        """The package of an agreement's key ("id@version")."""
        return next((one for one in self.packages if one.key == key), None)

    def chosen(self, keys: Iterable[str]) -> tuple[Package, ...]:
        """The packages of an agreement; one that is no longer installed is left out."""
        return tuple(one for key in keys if (one := self.package(key)) is not None)

    def terms_on(self, day: date) -> Terms | None:
        """The terms to sign on a day."""
        return next((one for one in self.all_terms if one.valid_on(day)), None)

    def terms(self, version: str) -> Terms | None:
        """The terms of a version."""
        return next((one for one in self.all_terms if one.version == version), None)
