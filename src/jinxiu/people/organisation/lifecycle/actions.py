"""Adding a team; closing one and moving its people, all in one transaction."""

from collections import Counter, defaultdict
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Institution, Person, StaffAssignment, Team, TeamMembership
from jinxiu.people.organisation.lifecycle import queries
from jinxiu.people.organisation.lifecycle.queries import Plan

ADDED = define("team.added", _("%(actor)s added team %(team)s to institution %(institution)s."))
CLOSED = define(
    "team.closed",
    _("%(actor)s closed team %(team)s on %(on)s: %(people)s people went to other teams, %(roles)s roles ended."),
)
HOLDS_POWERS = _(
    "An administrator or auditor has a role in this team. The administrator gives that role in another place first."
)
DAY = timedelta(days=1)


class CodeTakenError(PeopleError):
    """Another team has this code."""


class InstitutionClosedError(PeopleError):
    """No team is added to an institution that closes."""


@transaction.atomic
def add_team(*, institution_id: int, code: str, name: str, name_en: str = "", phone: str = "", actor: Actor) -> Team:
    """Add a team to an institution; nobody belongs to it and nobody works there yet.

    Raises CodeTakenError, and InstitutionClosedError when a closing day was set for the institution meanwhile.
    """
    here = Institution.objects.select_for_update(no_key=True).filter(pk=institution_id, closed_on__isnull=True).first()
    if here is None:
        raise InstitutionClosedError(_("This institution closes or is closed; choose another one."))
    try:
        with transaction.atomic():
            team = Team.objects.create(
                institution_id=institution_id, code=code, name=name, name_en=name_en, phone=phone
            )
    except IntegrityError as error:
        raise CodeTakenError(_("Another team has this code; choose another one, for example with a number.")) from error
    audit.record(ADDED, actor=actor, detail={"team": team.pk, "institution": institution_id})
    return team


@transaction.atomic
def close_team(*, team_id: int, plan: Plan | None, reason: str, on: date, actor: Actor) -> Team:
    """Close a team with a day: its people belong to others from that day, its staff's roles end with it.

    Memberships that run are cut at that day; those that begin on it or later begin in the other team. A membership
    keeps its row with the new team, so that a departure can still be taken back. What was restricted stays restricted.
    No plan is for a team to which nobody ever belonged. Raises PeopleError when it is closed already, or when one that
    should take people in is closed, or of another institution.
    """
    _lock_people(team_id, on)
    team = _lock_teams(team_id, plan, on)
    _lock_people(team_id, on)  # whoever came until the team was locked
    moved = _move(team, plan, on)
    roles = _end_roles(team, on)
    team.closed_on = on
    team.closing = {
        "reason": reason,
        "moved": moved,
        "to": plan.to if plan else None,
        "communities": dict(plan.communities) if plan else {},
    }
    team.save(update_fields=["closed_on", "closing"])
    detail = {"team": team.pk, "on": on.isoformat(), "people": sum(moved.values()), "to": moved, "roles": roles}
    audit.record(CLOSED, actor=actor, detail=detail)
    return team


def _lock_people(team_id: int, on: date) -> None:
    """Persons before teams, by id: the order in which whoever moves somebody locks them."""
    people = Person.objects.filter(pk__in=queries.belonging(team_id, on).values("person")).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk"))


def _lock_teams(team_id: int, plan: Plan | None, on: date) -> Team:
    ids = {team_id} | (plan.targets if plan else set())
    locked = {one.pk: one for one in Team.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    team = locked.pop(team_id)
    if team.closed_on is not None:
        raise PeopleError(_("This team was closed in the meantime; nothing has been changed by you."))
    if queries.powers_in(team, on):
        raise PeopleError(HOLDS_POWERS)
    fitting = queries.open_beside(team, on).filter(pk__in=locked).count()
    if fitting != len(ids) - 1:
        raise PeopleError(_("A team that should take people in was closed in the meantime; choose another one."))
    if plan is None and queries.ever_had_people(team):
        raise PeopleError(_("People belong to this team; choose the team to which they go."))
    return team


def _move(team: Team, plan: Plan | None, on: date) -> dict[int, int]:
    """Move the memberships as planned; returns how many people went to which team."""
    moving: dict[int, list[int]] = defaultdict(list)
    past, people = [], Counter[int]()
    rows = queries.belonging(team.pk, on).order_by("pk")
    seen = set()
    for pk, person_id, start_on, place_id in rows.values_list(
        "pk", "person_id", "start_on", "person__household__place_id"
    ):
        assert plan is not None  # or somebody would have belonged to it
        target = plan.target(place_id)
        moving[target].append(pk)
        people[target] += person_id not in seen
        seen.add(person_id)
        if start_on < on:
            past.append(TeamMembership(person_id=person_id, team=team, start_on=start_on, end_on=on - DAY))
    for target, ids in moving.items():
        first = Greatest("start_on", Value(on))
        TeamMembership.objects.filter(pk__in=ids).update(team_id=target, start_on=first)
    TeamMembership.objects.bulk_create(past, batch_size=1000)
    return dict(people)


def _end_roles(team: Team, on: date) -> int:
    """End the roles and the standing in with the day; what would begin later never does."""
    roles = StaffAssignment.objects.filter(team=team).exclude(end_on__lt=on)
    begins_later, _rows = roles.filter(start_on__gt=on).delete()
    return begins_later + roles.update(end_on=on)


@transaction.atomic
def follow(*, person_id: int) -> None:
    """Lead the memberships that were put back to a closed team to where its people went; lock the person before."""
    while (row := queries.beyond_closing(person_id)) is not None:
        team, start_on = row.team, row.start_on
        plan = queries.plan_of(team)
        assert team.closed_on is not None
        assert plan is not None  # a team to which somebody belonged is not closed without
        row.team_id = plan.target(queries.home_of(person_id))
        row.start_on = max(start_on, team.closed_on)
        row.save(update_fields=["team", "start_on"])
        if start_on < team.closed_on:
            TeamMembership.objects.create(
                person_id=person_id, team=team, start_on=start_on, end_on=team.closed_on - DAY
            )
