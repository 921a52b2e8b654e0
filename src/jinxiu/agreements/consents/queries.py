"""Reads: the consents of agreements with their history, which is the trail's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jinxiu.agreements.consents.actions import GIVEN, TAKEN_BACK
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.packages import Consent
from jinxiu.agreements.queries import catalogue
from jinxiu.audit.models import AuditEntry
from jinxiu.people.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Held:
    """A consent of an agreement: whether it holds now, and each (day, given or taken back), the first one first."""

    consent: Consent
    holds: bool
    history: tuple[tuple[date, bool], ...]


def consents_of(agreements: Iterable[Agreement]) -> dict[int, list[Held]]:
    """The consents of each agreement in the order of its terms. One query."""
    rows = list(agreements)
    actions = (GIVEN.code, TAKEN_BACK.code)
    people = {one.person_id for one in rows}
    lines = AuditEntry.objects.filter(action__in=actions, person_id__in=people).order_by("at", "pk")
    changes: dict[tuple[int, str], list[tuple[date, bool]]] = {}
    for line in lines:
        key = (line.detail.get("agreement", 0), line.detail.get("consent", ""))
        changes.setdefault(key, []).append((line.at.astimezone(SHANGHAI).date(), line.action == GIVEN.code))
    return {one.pk: list(_held(one, changes)) for one in rows}


def _held(agreement: Agreement, changes: dict[tuple[int, str], list[tuple[date, bool]]]) -> Iterable[Held]:
    terms = catalogue().terms(agreement.terms_version)
    for consent in terms.consents if terms else ():
        history = list(changes.get((agreement.pk, consent.id), ()))
        if agreement.signed_on and _is_signed(agreement, consent):
            history.insert(0, (agreement.signed_on, True))
        yield Held(consent, consent.id in agreement.consents, tuple(history))


def _is_signed(agreement: Agreement, consent: Consent) -> bool:
    """Whether the consent was given with the signature; the text that was signed says so to the letter."""
    return f"☑ {consent.text.zh}" in agreement.text.splitlines()
