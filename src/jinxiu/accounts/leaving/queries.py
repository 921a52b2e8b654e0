"""Reads about somebody who leaves: what is left behind, who could take it over, who left with which list."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from jinxiu.accounts.leaving import rules
from jinxiu.accounts.models import Departure
from jinxiu.emergency import queries as openings
from jinxiu.people.access import in_force
from jinxiu.people.models import Qualification, Staff, StaffAssignment, Team
from jinxiu.people.organisation.wording import KINDS
from jinxiu.people.roles import REVIEW_EMERGENCIES, ROLES
from jinxiu.people.wording import named

REASONS = Departure.Reason.choices


@dataclass(frozen=True)
class Duty:
    """A role that ends: where and since when, whether nobody else has it there, and who could take it over."""

    assignment_id: int
    role: str
    team_id: int | None
    label: str
    place: str
    start_on: date
    end_on: date | None
    is_last: bool
    takers: list[tuple[str, str]]


@dataclass(frozen=True)
class LeftBehind:
    """What somebody leaves behind in an institution."""

    duties: list[Duty]
    stand_ins: list[StaffAssignment]
    missing: list[tuple[Team, str]]  # a team, and the kind of a qualification that nobody else has there
    to_review: int
    works_elsewhere: bool

    @property
    def missing_words(self) -> list[str]:
        """The same in words."""
        return [f"{named(team)}: {KINDS.get(kind, kind)}" for team, kind in self.missing]

    @property
    def covers(self) -> list[dict[str, object]]:
        """Who stands in for whom, in words."""
        return [
            {
                "name": named(row.staff),
                "colleague": named(row.stands_in_for),
                "team": named(row.team),
                "start_on": row.start_on,
                "end_on": row.end_on,
            }
            for row in self.stand_ins
            if row.stands_in_for is not None and row.team is not None
        ]


def staff_of(team: Team, staff_id: int) -> Staff:
    """Somebody who has, or had, a role of their own in the team. Raises Http404."""
    held = StaffAssignment.objects.filter(team=team, stands_in_for__isnull=True, staff=staff_id)
    staff = Staff.objects.filter(pk__in=held.values("staff")).first()
    if staff is None:
        raise Http404
    return staff


def _here(institution_id: int) -> Q:
    return Q(team__institution=institution_id) | Q(institution=institution_id)


def roles_beyond(staff_id: int, institution_id: int, last_day: date) -> list[StaffAssignment]:
    """The roles of one's own in the institution that reach beyond a day, standing in aside."""
    rows = StaffAssignment.objects.filter(_here(institution_id), staff=staff_id, stands_in_for__isnull=True)
    rows = rows.exclude(end_on__lte=last_day).select_related("team", "institution")
    return list(rows.order_by("start_on", "pk"))


def stand_ins_beyond(staff_id: int, institution_id: int, last_day: date) -> list[StaffAssignment]:
    """Where somebody stands in, or is stood in for, in the institution beyond a day."""
    rows = StaffAssignment.objects.filter(
        _here(institution_id), Q(staff=staff_id) | Q(stands_in_for=staff_id), stands_in_for__isnull=False
    )
    rows = rows.exclude(end_on__lte=last_day).select_related("staff", "stands_in_for", "team")
    return list(rows.order_by("start_on", "pk"))


def left_behind(
    staff_id: int, institution_id: int, last_day: date, today: date, manager_id: int | None = None
) -> LeftBehind:
    """What somebody leaves behind with a last day; the manager who records it takes nothing over."""
    rows = roles_beyond(staff_id, institution_id, last_day)
    begins = rules.begins(last_day, today)
    fit = _powers(institution_id, begins, {staff_id, manager_id})
    return LeftBehind(
        duties=[_duty(row, begins, fit) for row in rows],
        stand_ins=stand_ins_beyond(staff_id, institution_id, last_day),
        missing=_missing(staff_id, rows, begins),
        to_review=_to_review(staff_id, rows),
        works_elsewhere=works_elsewhere(staff_id, institution_id, today),
    )


def works_elsewhere(staff_id: int, institution_id: int, today: date) -> bool:
    """Tell whether somebody has a role in another institution, today or later."""
    rows = StaffAssignment.objects.filter(staff=staff_id).exclude(_here(institution_id))
    return rows.exclude(end_on__lt=today).exists()


def _powers(institution_id: int, day: date, but: set[int | None]) -> dict[Staff, frozenset[str]]:
    """What each of the staff may do in the institution from a day on, with no last day."""
    rows = StaffAssignment.objects.filter(
        _here(institution_id), start_on__lte=day, end_on__isnull=True, stands_in_for__isnull=True, role__in=ROLES
    )
    rows = rows.exclude(staff__in=[one for one in but if one is not None]).exclude(staff__user__is_active=False)
    powers: dict[Staff, frozenset[str]] = defaultdict(frozenset)
    for row in rows.select_related("staff").order_by("staff__name", "staff"):
        powers[row.staff] |= ROLES[row.role].permissions
    return powers


def _duty(row: StaffAssignment, begins: date, powers: dict[Staff, frozenset[str]]) -> Duty:
    role = ROLES.get(row.role)
    others = StaffAssignment.objects.filter(
        in_force(begins), team=row.team_id, institution=row.institution_id, role=row.role, stands_in_for__isnull=True
    )
    # Taking over widens the reach, never the powers.
    is_open = row.team is not None and row.team.closed_on is None
    takers = [one for one, held in powers.items() if role and is_open and role.permissions <= held]
    return Duty(
        assignment_id=row.pk,
        role=row.role,
        team_id=row.team_id,
        label=str(role.label) if role else row.role,
        place=named(row.team or row.institution),  # type: ignore[arg-type]
        start_on=row.start_on,
        end_on=row.end_on,
        is_last=not others.exclude(staff=row.staff_id).exists(),
        takers=[(str(one.pk), named(one)) for one in takers],
    )


def _missing(staff_id: int, rows: Iterable[StaffAssignment], day: date) -> list[tuple[Team, str]]:
    valid = Qualification.objects.filter(withdrawn_on__isnull=True).exclude(valid_to__lt=day)
    mine = set(valid.filter(staff=staff_id).values_list("kind", flat=True))
    missing = []
    for team in {row.team_id: row.team for row in rows if row.team is not None}.values():
        others = StaffAssignment.objects.filter(in_force(day), team=team, stands_in_for__isnull=True)
        staff = others.exclude(staff=staff_id).values("staff")
        left = mine - set(valid.filter(staff__in=staff).values_list("kind", flat=True))
        missing += [(team, kind) for kind in sorted(left)]
    return missing


def _to_review(staff_id: int, rows: Iterable[StaffAssignment]) -> int:
    reviewing = [row for row in rows if row.role in ROLES and REVIEW_EMERGENCIES in ROLES[row.role].permissions]
    teams = Team.objects.filter(
        Q(pk__in=[row.team_id for row in reviewing]) | Q(institution__in=[row.institution_id for row in reviewing])
    )
    return openings.to_review(list(teams.values_list("pk", flat=True)), staff_id).count() if reviewing else 0


# --- who left ---------------------------------------------------------------------------------------------------------


def departures_of(institution_id: int) -> QuerySet[Departure]:
    """Who left, or leaves, an institution, the last day first."""
    return Departure.objects.filter(institution=institution_id).select_related("staff").order_by("-last_day", "-pk")


def departure(staff_id: int, institution_id: int) -> Departure | None:
    """The last record of somebody's leaving an institution."""
    found = Departure.objects.filter(staff=staff_id, institution=institution_id)
    return found.select_related("staff", "institution", "recorded_by", "taken_back_by").order_by("-pk").first()


def settled(staff_id: int, institution_id: int) -> Departure | None:
    """The record, where nothing of the person's reaches beyond it: leaving was recorded, and they did not come back."""
    known = departure(staff_id, institution_id)
    if known is None or known.taken_back_at or roles_beyond(staff_id, institution_id, known.last_day):
        return None
    return known


@dataclass(frozen=True)
class Handed:
    """A role of the list: what, where, and who took it over."""

    label: str
    place: str
    since: date
    taker: str


@dataclass(frozen=True)
class HandOver:
    """The hand-over list in words."""

    handed: list[Handed]
    stand_ins: list[tuple[str, str, str]]  # who, for whom, in which team
    missing: list[str]
    to_review: int
    is_closed: bool


def hand_over(record: Departure) -> HandOver:
    """The list as it was recorded, names in the page's language."""
    left = record.left
    teams = {one.pk: named(one) for one in Team.objects.filter(institution=record.institution_id)}
    ids = {one["taker"] for one in left["roles"]}
    ids |= {staff_id for one in left["stand_ins"] for staff_id in (one["staff"], one["colleague"])}
    staff = {one.pk: named(one) for one in Staff.objects.filter(pk__in=ids - {None})}
    return HandOver(
        handed=[
            Handed(
                label=str(ROLES[one["role"]].label) if one["role"] in ROLES else one["role"],
                place=teams.get(one["team"], "") or named(record.institution),
                since=date.fromisoformat(one["since"]),
                taker=staff.get(one["taker"], ""),
            )
            for one in left["roles"]
        ],
        stand_ins=[(staff[one["staff"]], staff[one["colleague"]], teams[one["team"]]) for one in left["stand_ins"]],
        missing=[f"{teams[one['team']]}: {KINDS.get(one['kind'], one['kind'])}" for one in left["missing"]],
        to_review=left["to_review"],
        is_closed=left["closed"],
    )
