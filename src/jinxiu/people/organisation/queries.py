"""Reads of teams: which somebody may read or keep, their load, their staff with qualifications, who stands in."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from jinxiu.people.access import TeamNotFound, Viewer, in_force, may, open_on
from jinxiu.people.models import Institution, Qualification, Staff, StaffAssignment, Team, TeamMembership
from jinxiu.people.organisation import rules, wording
from jinxiu.people.organisation.rules import Load
from jinxiu.people.roles import MANAGE_ORGANISATION, MANAGE_TEAMS, ROLES
from jinxiu.people.wording import named

DOCTOR = "doctor"


@dataclass(frozen=True)
class Held:
    """A qualification as a page shows it."""

    id: int
    kind: str
    number: str
    issued_on: date | None
    valid_to: date | None
    validity: str
    words: str


@dataclass(frozen=True)
class Member:
    """A role in a team: whose, for whom where somebody stands in, until when, with the qualifications."""

    assignment_id: int
    staff_id: int
    name: str
    title: str
    role: str
    stands_in_for: str
    start_on: date
    end_on: date | None
    qualifications: list[Held] = field(default_factory=list)


def teams_to_read(viewer: Viewer) -> QuerySet[Team]:
    """The open teams of the institutions in which the viewer has a role; of all for who keeps the organisation."""
    return readable(viewer).filter(open_on(viewer.today))


def readable(viewer: Viewer) -> QuerySet[Team]:
    """The same with the closed teams: their pages stay."""
    teams = Team.objects.all()
    if not may(viewer, MANAGE_ORGANISATION):
        reached = frozenset[int]().union(*viewer.reach.values())
        mine = Institution.objects.filter(Q(pk__in=viewer.institution_ids) | Q(teams__in=reached))
        teams = teams.filter(institution__in=mine)
    return teams.select_related("institution").order_by("institution__code", "code")


def team_for(viewer: Viewer, team_id: int) -> Team:
    """A team that the viewer may read, open or closed. Raises TeamNotFound."""
    team = readable(viewer).filter(pk=team_id).first()
    if team is None:
        raise TeamNotFound
    return team


def keeps(viewer: Viewer, team: Team) -> bool:
    """Tell whether the viewer may change this team, its staff's qualifications, and who stands in; an open one only."""
    return (team.closed_on is None or team.closed_on > viewer.today) and may_keep(viewer, team)


def may_keep(viewer: Viewer, team: Team) -> bool:
    """Tell whether the team is the viewer's to keep, open or closed."""
    return may(viewer, MANAGE_ORGANISATION) or team.pk in viewer.reach.get(MANAGE_TEAMS, frozenset())


def loads(team_ids: Iterable[int], day: date) -> dict[int, Load]:
    """People and family doctors of teams on a day; who stands in counts for nobody more."""
    ids = list(team_ids)
    here = in_force(day) & Q(team__in=ids)
    people = TeamMembership.objects.filter(here, person__merged_into__isnull=True)
    doctors = StaffAssignment.objects.filter(here, role=DOCTOR, stands_in_for__isnull=True)
    members = dict(people.values_list("team").annotate(Count("pk")).order_by())
    staff = dict(doctors.values_list("team").annotate(Count("staff", distinct=True)).order_by())
    most = settings.JINXIU_PEOPLE_PER_DOCTOR
    return {one: rules.load(members.get(one, 0), staff.get(one, 0), most) for one in ids}


def members_of(team: Team, day: date) -> list[Member]:
    """The staff of a team on a day, doctors first, with the qualifications that were not withdrawn."""
    rows = list(_assignments(team).filter(in_force(day)))
    held: dict[int, list[Held]] = defaultdict(list)
    for row in _qualifications({row.staff_id for row in rows}):
        held[row.staff_id].append(_held(row, day))
    order = list(ROLES)
    rows.sort(key=lambda row: (order.index(row.role), row.stands_in_for_id is not None, row.staff_id))
    return [_member(row, held[row.staff_id]) for row in rows]


def stand_ins_of(team: Team, day: date) -> list[Member]:
    """Who stands in today or on a later day, by first day."""
    rows = _assignments(team).filter(stands_in_for__isnull=False, end_on__gte=day)
    return [_member(row, []) for row in rows.order_by("start_on", "pk")]


def stand_in_of(team: Team, stand_in_id: int, day: date) -> Member:
    """One of them. Raises Http404."""
    found = next((one for one in stand_ins_of(team, day) if one.assignment_id == stand_in_id), None)
    if found is None:
        raise Http404
    return found


def colleagues_of(team: Team, day: date) -> list[tuple[str, str]]:
    """For whom somebody can stand in: (assignment id, name and role)."""
    rows = _assignments(team).filter(in_force(day), stands_in_for__isnull=True).order_by("staff", "pk")
    return [(str(row.pk), f"{named(row.staff)} · {ROLES[row.role].label}") for row in rows]


def staff_around(team: Team, day: date) -> list[tuple[str, str]]:
    """The staff of the team's institution: (staff id, name)."""
    here = Q(team__institution=team.institution_id) | Q(institution=team.institution_id)
    ids = StaffAssignment.objects.filter(here, in_force(day), stands_in_for__isnull=True).values("staff")
    return [(str(one.pk), named(one)) for one in Staff.objects.filter(pk__in=ids).order_by("name", "pk")]


def staff_in(team: Team, staff_id: int, day: date) -> Staff:
    """A staff member of the team on a day. Raises Http404 for anybody else."""
    here = _assignments(team).filter(in_force(day), staff=staff_id)
    staff = Staff.objects.filter(pk__in=here.values("staff")).first()
    if staff is None:
        raise Http404
    return staff


def qualifications_of(staff_id: int, day: date) -> list[Held]:
    """What a staff member is qualified for, without what was withdrawn."""
    return [_held(row, day) for row in _qualifications({staff_id})]


def ending_qualifications(team_ids: Collection[int], day: date) -> list[tuple[int, int, date]]:
    """What has expired or soon does of who has a role of their own in these teams: (qualification, team, last day)."""
    rows = StaffAssignment.objects.filter(
        in_force(day),
        team__in=team_ids,
        stands_in_for__isnull=True,
        staff__qualifications__withdrawn_on__isnull=True,
        staff__qualifications__valid_to__lte=day + rules.SOON,
    )
    found = rows.values_list("staff__qualifications__pk", "team", "staff__qualifications__valid_to")
    return [(one, team, valid_to) for one, team, valid_to in found if valid_to is not None]


def running_stand_ins(team_ids: Collection[int], day: date) -> list[tuple[int, int, date]]:
    """Who stands in on a day in these teams: (assignment, team, last day)."""
    rows = StaffAssignment.objects.filter(in_force(day), team__in=team_ids, stands_in_for__isnull=False)
    found = rows.values_list("pk", "team", "end_on")
    return [(one, team, end_on) for one, team, end_on in found if end_on is not None]


def names_of_staff(staff_ids: Iterable[int]) -> list[str]:
    """Names in the page's language."""
    return [named(one) for one in Staff.objects.filter(pk__in=list(staff_ids)).order_by("pk")]


def _assignments(team: Team) -> QuerySet[StaffAssignment]:
    return StaffAssignment.objects.filter(team=team, role__in=ROLES).select_related("staff", "stands_in_for")


def _qualifications(staff_ids: set[int]) -> QuerySet[Qualification]:
    return Qualification.objects.filter(staff__in=staff_ids, withdrawn_on__isnull=True).order_by("pk")


def _member(row: StaffAssignment, held: list[Held]) -> Member:
    return Member(
        assignment_id=row.pk,
        staff_id=row.staff_id,
        name=named(row.staff),
        title=row.staff.title,
        role=str(ROLES[row.role].label),
        stands_in_for=named(row.stands_in_for) if row.stands_in_for else "",
        start_on=row.start_on,
        end_on=row.end_on,
        qualifications=held,
    )


def _held(row: Qualification, day: date) -> Held:
    validity = rules.validity(row.valid_to, day)
    kind = str(wording.KINDS.get(row.kind, row.kind))
    return Held(row.pk, kind, row.number, row.issued_on, row.valid_to, validity, str(wording.VALIDITY[validity]))
