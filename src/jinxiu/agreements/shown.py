"""Agreements as pages tell them, in words of the active language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language

from jinxiu.agreements import queries, rules, wording
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import Progress
from jinxiu.agreements.text import yuan
from jinxiu.people.access import Viewer, reaches
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.models import Person
from jinxiu.people.roles import REGISTER_PEOPLE
from jinxiu.people.wording import about, named


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement in a list or on a card; `days_left` only of one that is in force and ends soon."""

    id: int
    person_id: int
    name: str
    about: str
    contract_no: str
    team: str
    doctor: str
    state: str | Promise
    tone: str
    start_on: dt.date
    last_on: dt.date
    is_renewed: bool
    days_left: int | None
    is_over: bool


def line_of(agreement: Agreement, today: dt.date, *, person: Person | None = None) -> Line:
    """The agreement as one line; `person` where the list is of several people."""
    terms = queries.terms_on(today)
    expiring = rules.is_expiring(agreement.state, agreement.last_on, today, terms.expiring_days if terms else 0)
    begins_later = agreement.state == rules.ACTIVE and agreement.start_on > today
    return Line(
        id=agreement.pk,
        person_id=agreement.person_id,
        name=person.name if person else "",
        about=about(person.birth_date, person.sex, today) if person else "",
        contract_no=agreement.contract_no,
        team=named(agreement.team),
        doctor=named(agreement.doctor) if person is None and agreement.doctor else "",
        state=wording.BEGINS_LATER if begins_later else wording.STATES[agreement.state],
        tone=wording.TONES.get(agreement.state, "plain"),
        start_on=agreement.start_on,
        last_on=agreement.last_on if agreement.last_on >= agreement.start_on else agreement.end_on,
        is_renewed=bool(getattr(agreement, "is_renewed", False)),
        days_left=(agreement.last_on - today).days if expiring else None,
        is_over=agreement.state in rules.ENDED,
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A person's agreement on the person page: the present one, how far it is kept, what may be done."""

    person_id: int
    line: Line | None
    kept: int
    owed: int
    may_sign: bool


def card_of(viewer: Viewer, person: Person, *, reads_record: bool) -> Card:
    """The card of a person whom the viewer has opened; how far promises are kept only for those who read the record."""
    agreement = queries.current(person.pk, viewer.today)
    found = queries.progress_of(agreement, person, viewer.today) if agreement and reads_record else []
    return Card(
        person_id=person.pk,
        line=line_of(agreement, viewer.today) if agreement else None,
        kept=sum(one.is_kept for one in found),
        owed=len(found),
        may_sign=agreement is None and reaches(viewer, person.pk, REGISTER_PEOPLE),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A step in words: into which state, why, of which day, who and when wrote it down."""

    state: str | Promise
    reason: str | Promise
    note: str
    on: dt.date
    at: dt.datetime
    by: str
    team: str


def steps_of(agreement: Agreement) -> list[Step]:
    """The steps, the first one first."""
    return [
        Step(
            state=wording.STATES[row.to_state],
            reason=wording.REASONS[row.reason],
            note=row.note,
            on=row.on,
            at=row.at.astimezone(SHANGHAI),
            by=named(row.by) if row.by else "",
            team=named(row.team),
        )
        for row in queries.steps_of(agreement)
    ]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature in words."""

    party: str | Promise
    name: str
    method: str | Promise
    at: dt.datetime
    certificate_no: str


def signatures_of(agreement: Agreement) -> list[Signed]:
    """Who signed, the first one first."""
    return [
        Signed(
            party=wording.PARTIES[row.party],
            name=row.name,
            method=wording.SIGNED[row.method],
            at=row.at.astimezone(SHANGHAI),
            certificate_no=row.certificate_no,
        )
        for row in queries.signatures_of(agreement)
    ]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One item of a package with how often it was done in this year of the agreement, and on which days."""

    title: str
    done: int
    owed: int
    is_kept: bool
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class PackageShown:
    """A package of an agreement: its fee by payer, its items with their progress (none where it may not be read)."""

    title: str
    fee: str
    payers: tuple[tuple[str | Promise, str], ...]
    is_example: bool
    items: tuple[ItemShown, ...]


def packages_of(agreement: Agreement, progress: Iterable[Progress]) -> list[PackageShown]:
    """The packages of an agreement in its order; one that is no longer installed is left out."""
    language = get_language() or ""
    by_package: dict[str, list[ItemShown]] = {}
    for one in progress:
        shown = ItemShown(one.item.title.language(language), one.done, one.owed, one.is_kept, one.days)
        by_package.setdefault(one.package.key, []).append(shown)
    return [
        PackageShown(
            title=package.title.language(language),
            fee=yuan(package.fee_fen),
            payers=tuple((wording.PAYERS[one.payer], yuan(one.fen)) for one in package.payers),
            is_example=package.example,
            items=tuple(by_package.get(package.key, ())),
        )
        for package in queries.catalogue().chosen(agreement.packages)
    ]
