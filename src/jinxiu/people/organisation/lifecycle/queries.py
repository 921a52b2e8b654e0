"""Reads of teams that begin or end: where a team may be added, who goes where, and what that makes of the loads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from jinxiu.people.access import Viewer, in_force, may, open_on
from jinxiu.people.models import Institution, Person, Place, StaffAssignment, Team, TeamMembership
from jinxiu.people.organisation import queries as organisation
from jinxiu.people.organisation.rules import Load
from jinxiu.people.roles import MANAGE_ORGANISATION, MANAGE_TEAMS, ROLES, SECOND_STEP_REQUIRED
from jinxiu.people.wording import named


@dataclass(frozen=True)
class Plan:
    """Where the people of a team go: to one team, and those of some communities to others (ids)."""

    to: int
    communities: Mapping[int, int]

    def target(self, community_id: int | None) -> int:
        """The team to which those who live there go."""
        return self.communities.get(community_id or 0, self.to)

    @property
    def targets(self) -> set[int]:
        """Every team that takes somebody in."""
        return {self.to, *self.communities.values()}


@dataclass(frozen=True)
class Arrival:
    """A team that takes people in: how many come, and its load with them."""

    name: str
    comes: int
    after: Load


@dataclass(frozen=True)
class Closing:
    """When a team was closed, why, and how many of its people went where."""

    on: date
    reason: str
    moved: list[tuple[int, str, int]]  # team id, its name, how many


def places_to_add_to(viewer: Viewer) -> QuerySet[Institution]:
    """The institutions in which the viewer may add a team, none for which a closing day is set, by code."""
    found = Institution.objects.filter(closed_on__isnull=True).order_by("code")
    if may(viewer, MANAGE_ORGANISATION):
        return found
    roles = [role.code for role in ROLES.values() if MANAGE_TEAMS in role.permissions]
    held = StaffAssignment.objects.filter(in_force(viewer.today), staff=viewer.staff_id, role__in=roles)
    return found.filter(pk__in=held.values("institution"))


def closed_teams(viewer: Viewer) -> QuerySet[Team]:
    """The closed teams that the viewer may read, the last closed first."""
    return organisation.readable(viewer).filter(closed_on__lte=viewer.today).order_by("-closed_on", "code")


def open_beside(team: Team, day: date) -> QuerySet[Team]:
    """The other open teams of the institution, by code."""
    here = Team.objects.filter(open_on(day), institution=team.institution_id)
    return here.exclude(pk=team.pk).order_by("code")


def belonging(team_id: int, day: date) -> QuerySet[TeamMembership]:
    """The memberships that reach to the day or beyond it, those that begin later too."""
    return TeamMembership.objects.filter(team=team_id).exclude(end_on__lt=day)


def ever_had_people(team: Team) -> bool:
    """Tell whether anybody ever belonged to the team: whoever comes back, comes back to somewhere."""
    return TeamMembership.objects.filter(team=team).exists()


def people_by_community(team: Team, day: date) -> dict[Place | None, int]:
    """How many people of the team live in each community, by its code; None for everybody else, last."""
    rows = belonging(team.pk, day).values_list("person__household__place").annotate(Count("person", distinct=True))
    counts = dict(rows.order_by())
    places = Place.objects.filter(pk__in=[one for one in counts if one], kind=Place.Kind.COMMUNITY).order_by("code")
    found: dict[Place | None, int] = {place: counts.pop(place.pk) for place in places}
    return found | {None: sum(counts.values())} if counts else found


def arrivals(team: Team, plan: Plan, day: date) -> list[Arrival]:
    """The teams that take people in, with their load after it."""
    comes = dict.fromkeys(plan.targets, 0)
    for place, number in people_by_community(team, day).items():
        comes[plan.target(place.pk if place else None)] += number
    now = organisation.loads(comes, day)
    teams = Team.objects.filter(pk__in=comes).order_by("code")
    return [
        Arrival(
            named(one), comes[one.pk], Load(now[one.pk].people + comes[one.pk], now[one.pk].doctors, now[one.pk].most)
        )
        for one in teams
        if comes[one.pk]
    ]


def powers_in(team: Team, day: date) -> bool:
    """Tell whether a role over accounts or the trail is held in the team: nobody ends it by closing a team."""
    powers = [role.code for role in ROLES.values() if role.permissions & SECOND_STEP_REQUIRED]
    return StaffAssignment.objects.filter(team=team, role__in=powers).exclude(end_on__lt=day).exists()


def roles_that_end(team: Team, day: date) -> list[str]:
    """Who has a role in the team, by name and role: these roles end with it."""
    return [f"{member.name} · {member.role}" for member in organisation.members_of(team, day)]


def closing_of(team: Team) -> Closing | None:
    """When the team was closed, why, and where its people went; None for an open one."""
    if team.closed_on is None:
        return None
    said = team.closing or {}
    moved = {int(pk): number for pk, number in said.get("moved", {}).items()}
    names = {one.pk: named(one) for one in Team.objects.filter(pk__in=moved)}
    return Closing(team.closed_on, said.get("reason", ""), [(pk, names[pk], moved[pk]) for pk in sorted(moved)])


def plan_of(team: Team) -> Plan | None:
    """Where the people of a closed team went; None where it never had any."""
    said = team.closing or {}
    if said.get("to") is None:
        return None
    return Plan(said["to"], {int(place): target for place, target in said["communities"].items()})


def home_of(person_id: int) -> int | None:
    """The place where a person lives, for the plan."""
    return Person.objects.filter(pk=person_id).values_list("household__place", flat=True).first()


def beyond_closing(person_id: int) -> TeamMembership | None:
    """The first membership of a person that reaches beyond the closing of its team."""
    rows = TeamMembership.objects.filter(person=person_id, team__closed_on__isnull=False)
    reaches = Q(end_on__isnull=True) | Q(end_on__gte=F("team__closed_on"))
    return rows.filter(reaches).select_related("team").order_by("start_on").first()
