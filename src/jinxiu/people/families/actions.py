"""Writes: who lives in which household and who speaks for it; who stands beside a person, from a day to a day.

Persons are locked before households, and several of one kind in the order of their ids, so that nobody waits in a ring.
Whoever changes a household says what it was when they looked; if it is something else by now, nothing is changed.
"""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock, sealing
from jinxiu.people.actions import PeopleError
from jinxiu.people.families import queries, rules, wording
from jinxiu.people.families.rules import Trouble, Wish
from jinxiu.people.matching.queries import kept_id, lock_kept, records_of, whose
from jinxiu.people.models import Household, Person, Relationship

MOVED = define("household.moved", _("%(actor)s moved %(person)s from household %(before)s to household %(after)s."))
REPRESENTED = define(
    "household.represented", _("%(actor)s made %(person)s the representative of household %(household)s.")
)
UNREPRESENTED = define("household.unrepresented", _("%(actor)s left household %(household)s without a representative."))
RELATED = define("relationship.recorded", _("%(actor)s recorded relationship %(relationship)s beside %(person)s."))
NAMED = define("relationship.named", _("%(actor)s named %(person)s in relationship %(relationship)s."))
ENDED = define("relationship.ended", _("%(actor)s ended relationship %(relationship)s of %(person)s on %(on)s."))


class ChangedMeanwhileError(PeopleError):
    """Somebody else was faster; nothing has been changed."""


class RelationshipNotFound(Http404):
    """This person has no relationship of that number."""


class TroublesError(PeopleError):
    """A relationship that cannot be recorded; `troubles` are pairs of field (or empty) and sentence."""

    def __init__(self, troubles: list[tuple[str, Promise]]) -> None:
        super().__init__(troubles[0][1])
        self.troubles = troubles


# --- households -------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_representative(
    *, household_id: int, person_id: int | None, was: int | None, today: date, actor: Actor
) -> Household:
    """Make a member the representative of the household, or nobody; `was` is who it was when the clerk looked.

    Raises ChangedMeanwhileError, and PeopleError for somebody who does not live there or is no adult.
    """
    person = lock_kept(person_id) if person_id is not None else None
    household = Household.objects.select_for_update(no_key=True).get(pk=household_id)
    if household.representative_id == person_id:
        return household
    if household.representative_id != was:
        raise ChangedMeanwhileError(wording.REPRESENTATIVE_CHANGED)
    if person is not None:
        _check_representative(person, household_id, today)
    household.representative = person
    household.save(update_fields=["representative"])
    action = UNREPRESENTED if person is None else REPRESENTED
    audit.record(action, actor=actor, person_id=person_id or was, detail={"household": household_id})
    return household


def _check_representative(person: Person, household_id: int, today: date) -> None:
    if person.household_id != household_id:
        raise ChangedMeanwhileError(wording.NO_MEMBER)
    reason = rules.why_not_represent(person, today)
    if reason:
        raise PeopleError(wording.NO_REPRESENTATIVE[reason])


@transaction.atomic
def move(*, person_id: int, household_id: int, was: int | None, actor: Actor) -> Person:
    """Move a person into a household that exists; `was` is where they lived when the clerk looked.

    Whoever spoke for the household that they leave does so no longer. Raises ChangedMeanwhileError.
    """
    person = lock_kept(person_id)
    if person.household_id == household_id:
        return person
    if person.household_id != was:
        raise ChangedMeanwhileError(wording.MOVED_MEANWHILE)
    _change_household(person, household_id, actor)
    return person


@transaction.atomic
def move_out(*, person_id: int, place_id: int, address: str, was: int | None, actor: Actor) -> Person:
    """Move a person into a new household of their own; at an address where others live, it is a second one there.

    Raises ChangedMeanwhileError.
    """
    person = lock_kept(person_id)
    if person.household_id != was:
        raise ChangedMeanwhileError(wording.MOVED_MEANWHILE)
    household = Household.objects.create(place_id=place_id, address=address.strip())
    _change_household(person, household.pk, actor)
    return person


def _change_household(person: Person, household_id: int, actor: Actor) -> None:
    before = person.household_id
    locked = Household.objects.select_for_update(no_key=True).filter(pk__in=[before or household_id, household_id])
    known = {household.pk: household for household in locked.order_by("pk")}
    old = known.get(before or 0)
    if old is not None and old.representative_id in records_of(person.pk):
        old.representative = None
        old.save(update_fields=["representative"])
        audit.record(UNREPRESENTED, actor=actor, person_id=person.pk, detail={"household": old.pk})
    person.household, person.head_relation = known[household_id], ""
    person.save(update_fields=["household", "head_relation"])
    audit.record(MOVED, actor=actor, person_id=person.pk, detail={"before": before, "after": household_id})


# --- relationships ----------------------------------------------------------------------------------------------------


@transaction.atomic
def relate(
    *,
    person_id: int,
    role: str,
    relation: str,
    start_on: date,
    today: date,
    actor: Actor,
    recorded_by: int | None,
    relative_id: int | None = None,
    name: str = "",
    phone: str = "",
    consented_on: date | None = None,
    consent_by: str = "",
    words: str = "",
) -> Relationship:
    """Record a guardian, a helper or a contact person: somebody registered here, or a name with a phone number.

    Raises TroublesError with all that is wrong, identity.IdentityError for an impossible phone number.
    """
    person, relative = _locked_pair(person_id, relative_id)
    consent = {"consented_on": consented_on, "consent_by": consent_by} if role == rules.HELPER else {}
    wish = Wish(role, relation, relative, start_on, words=words, **consent)  # type: ignore[arg-type]
    columns = dict(sealing.phone_columns(phone)) if phone else {}
    mine = _open_ones(person, today)
    troubles = [
        *_same_twice(wish, person, relative, name, columns, mine),
        *rules.why_not(wish, person, _guardians(mine), _guardians(_open_ones(relative, today)), today),
    ]
    if troubles:
        raise TroublesError([(trouble.field, wording.TROUBLES[trouble.reason]) for trouble in troubles])
    row = Relationship.objects.create(
        person=person,
        relative=relative,
        name="" if relative else name.strip(),
        relation=relation,
        role=role,
        words=words,
        start_on=start_on,
        recorded_by_id=recorded_by,
        recorded_at=clock.now(),
        **consent,
        **columns,
    )
    detail = {"relationship": row.pk, "role": role}
    audit.record(RELATED, actor=actor, person_id=person.pk, detail=detail)
    if relative is not None:
        audit.record(NAMED, actor=actor, person_id=relative.pk, detail=detail)
    return row


def _locked_pair(person_id: int, relative_id: int | None) -> tuple[Person, Person | None]:
    ids = {one: kept_id(one) for one in (person_id, relative_id) if one is not None}
    locked = {one: lock_kept(one) for one in sorted(ids.values())}
    return locked[ids[person_id]], locked[ids[relative_id]] if relative_id is not None else None


def _open_ones(person: Person | None, today: date) -> list[Relationship]:
    """The relationships that go on; those that ended by themselves get their end written down first."""
    running = []
    for row in queries.open_ones(person.pk) if person is not None else ():
        end = rules.ends_on(row, row.person)
        if end is not None and end <= today:
            Relationship.objects.filter(pk=row.pk).update(end_on=end)
        else:
            running.append(row)
    return running


def _guardians(rows: Iterable[Relationship]) -> list[Relationship]:
    return [row for row in rows if row.role == rules.GUARDIAN]


def _same_twice(
    wish: Wish,
    person: Person,
    relative: Person | None,
    name: str,
    columns: dict[str, bytes | str],
    mine: list[Relationship],
) -> list[Trouble]:
    if relative is not None and relative.pk == person.pk:
        return [Trouble("relative", "oneself")]
    for row in mine:
        same = row.role == wish.role and row.relative_id == (relative.pk if relative else None)
        by_phone = row.whole_hash and columns and bytes(row.whole_hash) == columns["whole_hash"]
        if same and (relative is not None or (row.name == name.strip() and by_phone)):
            return [Trouble("relative" if relative else "name", "already")]
    return []


@transaction.atomic
def end(
    *, person_id: int, relationship_id: int, on: date, today: date, actor: Actor, ended_by: int | None
) -> Relationship:
    """End a relationship on a day, which no longer counts. Raises RelationshipNotFound, PeopleError for the day.

    Raises ChangedMeanwhileError when it has ended before.
    """
    person = lock_kept(person_id)
    row = Relationship.objects.filter(whose(person.pk), pk=relationship_id).first()
    if row is None:
        raise RelationshipNotFound
    ends_on = rules.ends_on(row, person)
    if row.end_on is not None or (ends_on is not None and ends_on <= today):
        raise ChangedMeanwhileError(wording.ENDED_BEFORE)
    if not row.start_on <= on <= today:
        raise PeopleError(wording.END_DAY)
    row.end_on, row.ended_by_id = on, ended_by
    row.save(update_fields=["end_on", "ended_by"])
    detail = {"relationship": row.pk, "role": row.role, "on": on.isoformat()}
    audit.record(ENDED, actor=actor, person_id=person.pk, detail=detail)
    if row.relative_id is not None:
        audit.record(ENDED, actor=actor, person_id=row.relative_id, detail=detail)
    return row
