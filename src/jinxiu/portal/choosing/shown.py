"""Packages and agreements as a resident reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import get_language

from jinxiu.agreements import queries as agreements
from jinxiu.agreements import rules as states
from jinxiu.agreements import wording as office
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import BASIC, Package, Terms
from jinxiu.people.models import Person
from jinxiu.people.wording import named
from jinxiu.portal.choosing import wording


@dataclass(frozen=True, slots=True)
class Promised:
    """A package to choose: what it promises so often a year, what it costs whom; a fixed one belongs to everybody."""

    key: str
    title: str
    about: str
    items: tuple[tuple[str, str], ...]
    fee: str
    is_fixed: bool
    is_chosen: bool


def promised(packages: Iterable[Package], chosen: Collection[str], person: Person, start_on: date) -> list[Promised]:
    """Packages as they are offered to a person for a year that begins on a day."""
    language = get_language() or ""
    return [
        Promised(
            key=one.key,
            title=one.title.language(language),
            about=one.about.language(language),
            items=tuple(
                (item.title.language(language), wording.times_words(owed))
                for item in one.items
                if (owed := item.owed(person.birth_date, start_on))
            ),
            fee=wording.fee_words(one),
            is_fixed=one.kind == BASIC,
            is_chosen=one.kind == BASIC or one.key in chosen,
        )
        for one in packages
    ]


@dataclass(frozen=True, slots=True)
class Own:
    """One agreement on the own page, and what may be done with it by whoever may decide."""

    id: int
    contract_no: str
    team_id: int
    team: str
    institution: str
    phone: str
    dial: str
    state: str
    state_words: str | Promise
    signed_on: date | None
    start_on: date
    last_on: date
    packages: tuple[str, ...]
    has_text: bool
    is_pending: bool
    begins_later: bool
    is_in_force: bool
    may_renew: bool


def own_of(agreement: Agreement, today: date, terms: Terms | None, *, is_followed: bool) -> Own:
    """An agreement as its resident reads it."""
    language = get_language() or ""
    team = agreement.team
    phone = team.phone or team.institution.phone
    in_force = states.is_in_force(agreement.state, agreement.start_on, agreement.last_on, today)
    renewable = terms is not None and states.may_renew(agreement.state, agreement.last_on, today, terms.renew_days)
    packages = agreements.catalogue().chosen(agreement.packages)
    return Own(
        id=agreement.pk,
        contract_no=agreement.contract_no,
        team_id=team.pk,
        team=named(team),
        institution=named(agreement.institution),
        phone=phone,
        dial="".join(filter(str.isdecimal, phone)),
        state=agreement.state,
        state_words=wording.TAKEN_BACK if agreement.last_on < agreement.start_on else office.STATES[agreement.state],
        signed_on=agreement.signed_on,
        start_on=agreement.start_on,
        last_on=max(agreement.last_on, agreement.start_on),
        packages=tuple(one.title.language(language) for one in packages),
        has_text=bool(agreement.text),
        is_pending=agreement.state == states.PENDING,
        begins_later=agreement.state == states.ACTIVE and agreement.start_on > today,
        is_in_force=in_force,
        may_renew=renewable and not is_followed,
    )
