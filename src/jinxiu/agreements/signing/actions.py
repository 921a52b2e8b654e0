"""Writes: a household signed by its representative, all of the chosen members or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import actions
from jinxiu.agreements import rules as agreed
from jinxiu.agreements.actions import AgreementError, By, Wish
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.signing import queries, rules, wording
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people.actions import PeopleError
from jinxiu.people.families.rules import lives_here, why_not_represent
from jinxiu.people.families.wording import RELATIONS
from jinxiu.people.matching.queries import lock_kept
from jinxiu.people.models import Person

HOUSEHOLD_SIGNED = define(
    "agreement.household", _("%(actor)s signed for a household, represented by %(person)s: agreements %(agreements)s.")
)


@dataclass(frozen=True, slots=True)
class MemberWish:
    """What one member signs; `relation` is what the representative is to them (a code of RELATIONS)."""

    person_id: int
    packages: tuple[str, ...]
    relation: str = ""


@transaction.atomic
def sign_household(
    *,
    by: By,
    today: date,
    household_id: int,
    representative_id: int,
    team_id: int,
    members: Sequence[MemberWish],
    wish: Wish,
    token: UUID,
) -> list[Agreement]:
    """Sign an agreement of each chosen member, with the representative's name and relation in its text; or none at all.

    `wish` says what is the same for all. The form sent again gives what it made. Raises AgreementError, whose field is
    "member-ID" where it is about one member.
    """
    wanted = {one.person_id: one for one in members}
    people = {one: lock_kept(one) for one in sorted({representative_id, *wanted})}
    if before := queries.made_by_form(rules.uuid_of(token, one) for one in people):
        return before
    representative = people[representative_id]
    if not wanted:
        raise AgreementError(wording.NOBODY_TICKED)
    if representative.household_id != household_id or why_not_represent(representative, today):
        raise AgreementError(wording.NO_REPRESENTATIVE)
    made = []
    for person_id, one in sorted(wanted.items()):
        try:
            own = _of_member(people[person_id], representative, one, wish, household_id, today)
            token_of_one = rules.uuid_of(token, person_id)
            made.append(
                actions.sign(by=by, today=today, person_id=person_id, team_id=team_id, wish=own, token=token_of_one)
            )
        except PeopleError as refused:
            raise _nobody(people[person_id], refused.sentence) from refused
    audit.record(
        HOUSEHOLD_SIGNED, actor=by.actor, person_id=representative.pk, detail={"agreements": [one.pk for one in made]}
    )
    return made


def _of_member(
    person: Person, representative: Person, one: MemberWish, wish: Wish, household_id: int, today: date
) -> Wish:
    if person.pk != one.person_id or person.household_id != household_id:
        raise AgreementError(wording.NOT_OF_HOUSEHOLD)
    is_oneself = person.pk == representative.pk
    is_child = agreed.is_child(person.birth_date, today)
    if not is_oneself and lives_here(person, today):
        _refuse_relation(person, representative, one.relation, today, is_child=is_child)
    with translation.override("zh-hans"):
        relation = str(RELATIONS.get(one.relation, ""))
    return replace(
        wish,
        packages=one.packages,
        signs_as=rules.signs_as(is_oneself=is_oneself, is_child=is_child),
        signer_name=representative.name,
        relation=relation,
    )


def _refuse_relation(person: Person, representative: Person, relation: str, today: date, *, is_child: bool) -> None:
    if relation not in RELATIONS:
        raise AgreementError(wording.NO_RELATION)
    if is_child:
        guardians = queries.guardians_of(person, today)
        is_guardian = representative.pk in {row.relative.pk for row in guardians if row.relative is not None}
        if not rules.may_sign_for_child(relation, is_guardian=is_guardian):
            raise AgreementError(wording.NO_GUARDIAN_HERE)


def _nobody(person: Person, why: str | Promise) -> AgreementError:
    words = {"name": person.name, "why": why}
    return AgreementError(wording.NOBODY_OF_HOUSEHOLD % words, f"member-{person.pk}")
