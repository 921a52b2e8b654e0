"""Writes: somebody who is signed in chooses a team, renews, changes the team, or ends the own agreement.

Each lets `agreements.actions` do it, as the resident, by the channel "app"; the team confirms what is new on its page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import actions as agreements
from jinxiu.agreements import rules as states
from jinxiu.agreements.actions import AgreementError, By, Signer, Wish
from jinxiu.agreements.models import Agreement
from jinxiu.people.families.wording import RELATIONS
from jinxiu.people.matching.queries import lock_kept
from jinxiu.portal.access import Visit
from jinxiu.portal.choosing import queries, rules, wording

CHANNEL = states.OWN_PAGES


@dataclass(frozen=True, slots=True)
class Said:
    """What a resident has chosen and agreed to; `packages` are keys, `token` is the form's: sent twice, done once."""

    packages: tuple[str, ...]
    start_on: date
    years: int
    consents: tuple[str, ...]
    token: UUID


def _by(visit: Visit) -> By:
    return By(actor=visit.actor, name=visit.resident.person.name)


def _signer(visit: Visit) -> Signer:
    """Oneself, or the guardian who is signed in; what the guardian is to the person stands in Chinese, as the text."""
    if visit.is_self:
        return Signer(states.SELF, visit.person.name, "", CHANNEL)
    with translation.override("zh-hans"):
        relation = str(RELATIONS.get(queries.guardian_is(visit), ""))
    return Signer(states.GUARDIAN, visit.resident.person.name, relation, CHANNEL)


def _wish(visit: Visit, said: Said) -> Wish:
    signer = _signer(visit)
    return Wish(
        packages=said.packages,
        start_on=said.start_on,
        years=said.years,
        signs_as=signer.signs_as,
        signer_name=signer.name,
        relation=signer.relation,
        consents=said.consents,
        channel=CHANNEL,
    )


def _require_decider(visit: Visit) -> None:
    if not visit.may_decide:
        raise AgreementError(wording.NOT_FOR_ANOTHER)


@transaction.atomic
def sign(*, visit: Visit, team_id: int, said: Said) -> Agreement:
    """Sign with a team; it waits for the team. Raises AgreementError, PeopleError for a team that is closed."""
    _require_decider(visit)
    person = lock_kept(visit.person.pk)
    if queries.signed_today(person.pk, visit.today, but=said.token) >= rules.SIGNED_A_DAY:
        raise AgreementError(
            _("You have signed and taken back very often today. Please go on tomorrow, or at your centre.")
        )
    return agreements.sign(
        by=_by(visit),
        today=visit.today,
        person_id=person.pk,
        team_id=team_id,
        wish=_wish(visit, said),
        token=said.token,
    )


def renew(*, visit: Visit, agreement_id: int, said: Said) -> Agreement:
    """Sign the agreement that follows; it waits for the team. Raises AgreementError, PeopleError."""
    _require_decider(visit)
    return agreements.renew(
        by=_by(visit), today=visit.today, agreement_id=agreement_id, wish=_wish(visit, said), token=said.token
    )


def change_team(
    *, visit: Visit, agreement_id: int, team_id: int, token: UUID, consents: Collection[str] = ()
) -> Agreement:
    """Let another team take the agreement over from today; `consents` are given beside those that it has.

    Raises AgreementError, PeopleError.
    """
    _require_decider(visit)
    return agreements.transfer(
        by=_by(visit),
        today=visit.today,
        agreement_id=agreement_id,
        team_id=team_id,
        reason=states.OWN_WISH,
        token=token,
        signer=_signer(visit),
        consents=consents,
    )


@transaction.atomic
def end(*, visit: Visit, agreement_id: int, why: str, words: str, token: UUID) -> Agreement:
    """End an agreement in force with today, or withdraw one that the team has not confirmed or that has not begun.

    `why` is a code of wording.ENDS, empty for one that has not begun; its words stand in the step in Chinese, as staff
    read it. Raises AgreementError, also where the team confirmed it meanwhile: to take back is not to end.
    """
    _require_decider(visit)
    lock_kept(visit.person.pk)
    found = Agreement.objects.get(pk=agreement_id)
    if found.has_begun and not why:
        raise AgreementError(wording.CONFIRMED_MEANWHILE)
    reason = states.OWN_WISH if found.state == states.ACTIVE else states.WITHDRAWN
    with translation.override("zh-hans"):
        note = gettext("; ").join(filter(None, (str(wording.ENDS.get(why, "")), words.strip())))
    return agreements.terminate(
        by=_by(visit), today=visit.today, agreement_id=agreement_id, reason=reason, note=note, token=token
    )
