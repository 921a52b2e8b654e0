"""Writes: a newborn comes into the register through the mother's record, with a number until there is a document."""

import secrets
from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.actions import NumberTakenError, PeopleError, add_identifier, register_person
from jinxiu.people.families.actions import TroublesError, relate
from jinxiu.people.families.rules import CONTACT, GUARDIAN, is_dead, lives_here
from jinxiu.people.identity import TEMPORARY
from jinxiu.people.matching.queries import lock_kept, records_of
from jinxiu.people.models import Person, TeamMembership
from jinxiu.people.registering.rules import NEWBORN_DAYS, may_be_mother

NEWBORN = define("person.newborn", _("%(actor)s registered newborn %(child)s of %(person)s."))
MOTHER = "52"  # GB/T 4761-2008
_TRIES = 100  # of 10,000 numbers a day; that many births of one day do not happen in one district


class ChildKnownError(PeopleError):
    """The mother or her household has such a young child already; `children` are their ids."""

    def __init__(self, children: list[int]) -> None:
        super().__init__(_("There is such a young child in this family already; is this one another child?"))
        self.children = children


@transaction.atomic
def register_newborn(
    *,
    mother_id: int,
    name: str,
    sex: str,
    birth_date: date,
    besides: Collection[int],
    today: date,
    actor: Actor,
    recorded_by: int | None,
) -> Person:
    """Register a newborn in the mother's household and team, with a temporary number and the mother as guardian.

    `besides` are the ids of those young children of the family whom the clerk has seen and said to be others: so two
    clerks at one time end in one child. A mother who cannot be guardian (a minor, under guardianship) is the contact
    person; one who died by the day of birth is neither. Raises ChildKnownError, PeopleError for the birth date or for
    somebody who cannot be the mother.
    """
    mother = lock_kept(mother_id)
    if not today - timedelta(days=NEWBORN_DAYS) <= birth_date <= today:
        raise PeopleError(_("A newborn was born within the last 150 days; please look at the birth date again."))
    team_id = _team_of(mother, today)
    if not may_be_mother(mother, birth_date):
        raise PeopleError(
            _("Only a woman between 12 and 60 years can be the mother; please look at whose record it is.")
        )
    known = _young_children(mother, today)
    if not set(known) <= set(besides):
        raise ChildKnownError(known)
    child = register_person(
        name=name,
        sex=sex,
        birth_date=birth_date,
        household_id=mother.household_id,
        team_id=team_id,
        joined_on=today,
        is_synthetic=mother.is_synthetic,
        actor=actor,
    )
    _number(child, birth_date)
    _relate(child, mother, birth_date, today, actor, recorded_by)
    audit.record(NEWBORN, actor=actor, person_id=mother.pk, detail={"child": child.pk})
    return child


def _team_of(mother: Person, today: date) -> int:
    """Her team; the last one she had, where she has died. Raises PeopleError when she left or never had one."""
    if not lives_here(mother, today) and not is_dead(mother, today):
        raise PeopleError(_("The mother has moved away; if she lives here again, please record that first."))
    last = TeamMembership.objects.filter(person=mother, start_on__lte=today).order_by("-start_on").first()
    if last is None:
        raise PeopleError(_("The mother belongs to no team; please let her join one first."))
    return last.team_id


def _young_children(mother: Person, today: date) -> list[int]:
    beside_her = Q(relationships__relative__in=records_of(mother.pk)) & (
        Q(relationships__relation=MOTHER) | Q(relationships__role=GUARDIAN)
    )
    at_home = Q(household__isnull=False, household=mother.household_id)
    young = Person.objects.filter(
        beside_her | at_home, merged_into__isnull=True, birth_date__gte=today - timedelta(days=NEWBORN_DAYS)
    )
    return sorted(set(young.values_list("pk", flat=True)))


def _number(child: Person, born: date) -> None:
    """Give a child a free temporary number: T, the day of birth, four digits drawn by lot."""
    for _try in range(_TRIES):
        try:
            number = f"T{born:%Y%m%d}{secrets.randbelow(10_000):04}"
            return add_identifier(child.pk, system=TEMPORARY, number=number)
        except NumberTakenError:
            continue
    raise PeopleError(_("No temporary number of this day is free; please try once more."))


def _relate(
    child: Person, mother: Person, birth_date: date, today: date, actor: Actor, recorded_by: int | None
) -> None:
    for role in (GUARDIAN, CONTACT):
        try:
            relate(
                person_id=child.pk,
                relative_id=mother.pk,
                role=role,
                relation=MOTHER,
                start_on=birth_date,
                today=today,
                actor=actor,
                recorded_by=recorded_by,
            )
        except TroublesError:
            continue
        return
