"""Writes: a person comes, joins a team, leaves it, dies or moves away; a staff member gets an account."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock, sealing
from jinxiu.people.access import open_on
from jinxiu.people.matching.queries import lock_kept
from jinxiu.people.models import (
    ContactPoint,
    Household,
    Identifier,
    Person,
    Place,
    Staff,
    StaffAssignment,
    Team,
    TeamMembership,
    User,
)
from jinxiu.people.names import search_keys
from jinxiu.people.roles import ROLES

REGISTERED = define("person.registered", _("%(actor)s registered %(person)s."))
JOINED = define("team.joined", _("%(actor)s took %(person)s into team %(team)s from %(on)s."))
LEFT_TEAM = define("team.left", _("%(actor)s ended the membership of %(person)s in team %(team)s with %(on)s."))
BACK = define("person.back", _("%(actor)s recorded that %(person)s lives here again from %(on)s."))
TAKEN_BACK = define("person.departure_taken_back", _("%(actor)s took back that %(person)s died or moved away."))
REOPENED = define("team.reopened", _("%(actor)s took the end of the membership of %(person)s in team %(team)s back."))
DEPARTED = define("person.departed", _("%(actor)s recorded that %(person)s died or moved away on %(on)s."))
STAFF_ADDED = define("staff.added", _("%(actor)s gave staff member %(staff)s the role %(role)s."))
STAFF_ENDED = define("staff.ended", _("%(actor)s ended the role %(role)s of staff member %(staff)s with %(on)s."))


class PeopleError(ValueError):
    """A change that cannot be; the text is the sentence for the person who asked."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NumberTakenError(PeopleError):
    """The number names somebody already; `person_id` says whom, for those who may see that person."""

    def __init__(self, person_id: int) -> None:
        super().__init__(_("This number already belongs to a registered person; please search for it first."))
        self.person_id = person_id


@transaction.atomic
def register_person(
    *,
    name: str,
    sex: str,
    birth_date: date | None,
    actor: Actor,
    identifiers: Iterable[tuple[str, str]] = (),
    phones: Iterable[tuple[str, str]] = (),
    household_id: int | None = None,
    home: tuple[int, str] | None = None,
    team_id: int | None = None,
    joined_on: date | None = None,
    is_synthetic: bool = False,
) -> Person:
    """Write a person with identifiers (system, number), phones (use, number) and, with a team, the membership.

    `home` (place id, address) finds the household at that address, or makes it. Raises NumberTakenError when a number
    already names somebody, identity.IdentityError for an impossible phone number.
    """
    if home is not None:
        household_id = household_at(place_id=home[0], address=home[1]).pk
    keys = search_keys(name)
    person = Person.objects.create(
        name=name.strip(),
        pinyin=keys.pinyin,
        initials=keys.initials,
        sex=sex,
        birth_date=birth_date,
        household_id=household_id,
        is_synthetic=is_synthetic,
        created_at=clock.now(),
    )
    for system, number in identifiers:
        add_identifier(person.pk, system=system, number=number)
    ContactPoint.objects.bulk_create(
        ContactPoint(person=person, use=use, **sealing.phone_columns(number)) for use, number in phones
    )
    audit.record(REGISTERED, actor=actor, person_id=person.pk)
    if team_id is not None:
        join_team(person_id=person.pk, team_id=team_id, on=joined_on or clock.today(), actor=actor)
    return person


def add_identifier(person_id: int, *, system: str, number: str) -> None:
    """Let a number name a person. Raises NumberTakenError when it names somebody already."""
    columns = sealing.identifier_columns(system, number)
    row, is_new = Identifier.objects.get_or_create(
        system=system, whole_hash=columns.pop("whole_hash"), defaults={**columns, "person_id": person_id}
    )
    if not is_new:
        raise NumberTakenError(row.person_id)


def household_at(*, place_id: int, address: str) -> Household:
    """The household at exactly this address, made where there is none."""
    Place.objects.select_for_update(no_key=True).get(pk=place_id)  # two at once for one address: one after the other
    known = Household.objects.filter(place_id=place_id, address=address.strip()).order_by("pk").first()
    return known or Household.objects.create(place_id=place_id, address=address.strip())


@transaction.atomic
def join_team(*, person_id: int, team_id: int, on: date, actor: Actor) -> TeamMembership:
    """Take a person into a team from a day; the membership before ends the day before, so each day has one team.

    Joining the team of that day again changes nothing. Raises PeopleError when the person changed teams on that very
    day, or later, and when the team is closed.
    """
    person_id = lock_kept(person_id).pk  # two moves at once: one after the other
    if TeamMembership.objects.filter(person_id=person_id, start_on__gt=on).exists():
        raise PeopleError(_("This person joins a team on a later day; change that membership first."))
    current = _membership_on(person_id, on)
    if current is not None and current.team_id == team_id:
        return current
    lock_open_team(team_id)
    if current is not None:
        _end(current, on - timedelta(days=1), actor)
    membership = TeamMembership.objects.create(person_id=person_id, team_id=team_id, start_on=on)
    audit.record(JOINED, actor=actor, person_id=person_id, detail={"team": team_id, "on": on.isoformat()})
    return membership


def lock_open_team(team_id: int) -> Team:
    """The team, locked so that nobody closes it meanwhile. Raises PeopleError when it is closed."""
    team = Team.objects.select_for_update(no_key=True).filter(open_on(clock.today()), pk=team_id).first()
    if team is None:
        raise PeopleError(_("This team is closed; choose another one."))
    return team


@transaction.atomic
def leave_team(*, person_id: int, last_day: date, actor: Actor) -> TeamMembership | None:
    """End the membership of that day with it (the last day inside); None when there was none."""
    person_id = lock_kept(person_id).pk
    current = _membership_on(person_id, last_day)
    if current is not None:
        _end(current, last_day, actor)
    return current


def _membership_on(person_id: int, day: date) -> TeamMembership | None:
    latest = TeamMembership.objects.filter(person_id=person_id, start_on__lte=day).order_by("-start_on").first()
    return latest if latest and (latest.end_on is None or latest.end_on >= day) else None


def _end(membership: TeamMembership, last_day: date, actor: Actor) -> None:
    if last_day < membership.start_on:
        raise PeopleError(_("This person joined the present team on that very day; choose a later day."))
    membership.end_on = last_day
    membership.save(update_fields=["end_on"])
    detail = {"team": membership.team_id, "on": last_day.isoformat()}
    audit.record(LEFT_TEAM, actor=actor, person_id=membership.person_id, detail=detail)


@transaction.atomic
def end_memberships(*, person_id: int, last_day: date, actor: Actor) -> list[tuple[int, str | None]]:
    """End all that reach beyond a day with it, as (membership, its end before); a later one ends as it begins.

    For somebody who leaves for good; the ends before are what `reopen_memberships` puts back.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    beyond = TeamMembership.objects.filter(person_id=person_id).exclude(end_on__lte=last_day).order_by("start_on")
    ended = []
    for membership in beyond:
        ended.append((membership.pk, membership.end_on.isoformat() if membership.end_on else None))
        _end(membership, max(last_day, membership.start_on), actor)
    return ended


@transaction.atomic
def reopen_memberships(*, person_id: int, ended: Iterable[tuple[int, str | None]], actor: Actor) -> None:
    """Put the ends back that `end_memberships` took, unless the person has joined a team since."""
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    rows = {row.pk: row for row in TeamMembership.objects.filter(person_id=person_id)}
    former = {pk: end for pk, end in ended if pk in rows}
    if not former or any(row.start_on > rows[min(former)].start_on for pk, row in rows.items() if pk not in former):
        return
    for pk, end in former.items():
        rows[pk].end_on = date.fromisoformat(end) if end else None
        rows[pk].save(update_fields=["end_on"])
        audit.record(REOPENED, actor=actor, person_id=person_id, detail={"team": rows[pk].team_id})


@transaction.atomic
def record_return(*, person_id: int, on: date, actor: Actor) -> None:
    """Note that somebody who had moved away lives here again from a day."""
    Person.objects.filter(pk=person_id).update(left_on=None)
    audit.record(BACK, actor=actor, person_id=person_id, detail={"on": on.isoformat()})


@transaction.atomic
def take_departure_back(*, person_id: int, died: bool, actor: Actor) -> None:
    """Note that somebody did not die, or did not move away: it was recorded by mistake."""
    Person.objects.filter(pk=person_id).update(**{"died_on" if died else "left_on": None})
    audit.record(TAKEN_BACK, actor=actor, person_id=person_id, detail={"died": died})


@transaction.atomic
def record_departure(*, person_id: int, on: date, died: bool, actor: Actor) -> Person:
    """Note that a person died or moved out of the district on a day. Refresh the worklist afterwards, from above."""
    person = lock_kept(person_id)
    column = "died_on" if died else "left_on"
    setattr(person, column, on)
    person.save(update_fields=[column])
    audit.record(DEPARTED, actor=actor, person_id=person.pk, detail={"on": on.isoformat(), "died": died})
    return person


@transaction.atomic
def add_staff(
    *,
    username: str,
    password: str | None,
    name: str,
    role: str,
    start_on: date,
    actor: Actor,
    name_en: str = "",
    title: str = "",
    team_id: int | None = None,
    institution_id: int | None = None,
    end_on: date | None = None,
) -> Staff:
    """Give somebody an account and a first role, in a team or in an institution; no password: nobody signs in yet.

    Raises ValidationError when the password breaks a rule, KeyError for an unknown role.
    """
    user = User(username=username)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.save()
    staff = Staff.objects.create(user=user, name=name, name_en=name_en, title=title)
    assign(
        staff_id=staff.pk,
        role=role,
        team_id=team_id,
        institution_id=institution_id,
        start_on=start_on,
        end_on=end_on,
        actor=actor,
    )
    return staff


@transaction.atomic
def assign(
    *,
    staff_id: int,
    role: str,
    start_on: date,
    actor: Actor,
    team_id: int | None = None,
    institution_id: int | None = None,
    end_on: date | None = None,
) -> StaffAssignment:
    """Give a staff member a further role, to its last day where that is known. Raises KeyError for an unknown role."""
    assignment = StaffAssignment.objects.create(
        staff_id=staff_id,
        role=ROLES[role].code,
        team_id=team_id,
        institution_id=institution_id,
        start_on=start_on,
        end_on=end_on,
    )
    detail = {"staff": staff_id, "role": role, "team": team_id, "institution": institution_id}
    audit.record(STAFF_ADDED, actor=actor, detail=detail)
    return assignment


@transaction.atomic
def end_assignment(*, assignment_id: int, last_day: date, actor: Actor) -> StaffAssignment:
    """End a role with a day, the last one inside."""
    assignment = StaffAssignment.objects.select_for_update().get(pk=assignment_id)
    assignment.end_on = last_day
    assignment.save(update_fields=["end_on"])
    detail = {"staff": assignment.staff_id, "role": assignment.role, "on": last_day.isoformat()}
    audit.record(STAFF_ENDED, actor=actor, detail=detail)
    return assignment
