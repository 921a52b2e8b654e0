"""Reads of one person's consents, for the person or who has the person's rights (`Visit.may_ask`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from jinxiu.agreements import queries as agreements
from jinxiu.agreements import rules
from jinxiu.agreements.consents.queries import Held, consents_of
from jinxiu.agreements.models import Agreement
from jinxiu.oversight.rules import retentions
from jinxiu.people.families import rules as families
from jinxiu.people.families.queries import relationships_of
from jinxiu.people.wording import named
from jinxiu.portal.access import Visit
from jinxiu.portal.consents import wording


@dataclass(frozen=True, slots=True)
class Given:
    """A consent in words: whether it holds, its history, whether it may be changed here and what follows."""

    id: str
    text: str
    holds: bool
    history: tuple[tuple[date, bool], ...]
    may_change: bool
    follows: str


@dataclass(frozen=True, slots=True)
class Signed:
    """An agreement with its consents and the text to read, as it was signed."""

    agreement_id: int
    team: str
    version: str
    signed_on: date | None
    start_on: date
    last_on: date
    is_binding: bool
    text: str
    consents: tuple[Given, ...]


def signed_of(visit: Visit) -> list[Signed]:
    """Every agreement that was signed, the latest first, with its consents."""
    rows = [one for one in agreements.agreements_of(visit.person.pk) if one.state != rules.DRAFT]
    held = consents_of(rows)
    return [_signed(one, held[one.pk]) for one in rows]


def _signed(agreement: Agreement, held: list[Held]) -> Signed:
    is_binding = agreement.state in rules.BINDING
    return Signed(
        agreement_id=agreement.pk,
        team=named(agreement.team),
        version=agreement.terms_version,
        signed_on=agreement.signed_on,
        start_on=agreement.start_on,
        last_on=max(agreement.start_on, agreement.last_on),
        is_binding=is_binding,
        text=agreement.text,
        consents=tuple(_given(one, is_binding) for one in held),
    )


def _given(held: Held, is_binding: bool) -> Given:
    one = held.consent
    return Given(
        id=one.id,
        text=one.text.language(get_language() or ""),
        holds=held.holds and is_binding,
        history=held.history,
        may_change=is_binding and not one.required,
        follows=str(wording.ENDS_AGREEMENT) if one.required else wording.follows(one.id),
    )


@dataclass(frozen=True, slots=True)
class Helped:
    """The consent to a helper: who, given on which day and by whom, and the day from which it holds no more."""

    name: str
    given_on: date | None
    by_guardian: bool
    ended_on: date | None
    holds: bool


def helpers_of(visit: Visit) -> list[Helped]:
    """Every consent to a helper, those that hold first, then the latest."""
    rows = [row for row in relationships_of(visit.person.pk) if row.role == families.HELPER]
    found = [
        Helped(
            row.relative.name if row.relative else row.name,
            row.consented_on,
            row.consent_by == families.BY_GUARDIAN,
            families.ends_on(row, row.person),
            families.may_act_for(row, row.person, visit.today).may,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.holds)


def kept_for() -> list[tuple[str, str, str]]:
    """What is kept for how long at least, and by which law, in the active language."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return [(one.title[language], wording.at_least(one.months), one.source[language]) for one in retentions()]
