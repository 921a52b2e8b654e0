"""Reads for the administrator: who works here, with which roles, signed in where."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from jinxiu.accounts.watching.queries import staff_with
from jinxiu.people import clock
from jinxiu.people.access import open_on
from jinxiu.people.models import Staff, StaffAssignment, Team, User
from jinxiu.people.organisation.institutions.queries import open_institutions
from jinxiu.people.roles import ROLES
from jinxiu.people.wording import named

PAGE_ROWS = 50


@dataclass(frozen=True)
class RoleHeld:
    """A role of a staff member in words; `is_over` when its last day has passed."""

    assignment_id: int
    label: str
    place: str
    start_on: date
    end_on: date | None
    is_over: bool


@dataclass(frozen=True)
class Member:
    """A staff member as the administrator sees one."""

    staff_id: int
    user_id: int | None
    name: str
    name_en: str
    title: str
    username: str
    is_open: bool
    has_password: bool
    has_second_step: bool
    last_login: datetime | None
    roles: tuple[RoleHeld, ...]


@dataclass(frozen=True)
class Session:
    """One sign-in that still holds."""

    session_id: int
    since: datetime
    address: str
    browser: str
    is_this_one: bool


def members(text: str, page: str, today: date, kind: str = "") -> Page:
    """A page of Member, sorted by name; `text` is a part of the name or of the user name, `kind` of watching.KINDS."""
    found = _staff()
    if kind:
        found = found.filter(staff_with(kind, clock.true_now(), today))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(name_en__icontains=text) | Q(user__username__icontains=text))
    shown: Page = Paginator(found.order_by("name", "pk"), PAGE_ROWS).get_page(page)
    shown.object_list = [_member(row, today) for row in shown.object_list]
    return shown


def member(staff_id: int, today: date) -> Member:
    """One staff member. Raises Http404."""
    row = _staff().filter(pk=staff_id).first()
    if row is None:
        raise Http404
    return _member(row, today)


def _staff() -> QuerySet[Staff]:
    second_step = Authenticator.objects.filter(
        user=OuterRef("user"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    held = StaffAssignment.objects.select_related("team__institution", "institution").order_by("-start_on", "pk")
    return (
        Staff.objects.select_related("user")
        .annotate(has_second_step=Exists(second_step))
        .prefetch_related(Prefetch("assignments", held))
    )


def _member(row: Staff, today: date) -> Member:
    user = row.user
    return Member(
        staff_id=row.pk,
        user_id=user.pk if user else None,
        name=row.name,
        name_en=row.name_en,
        title=row.title,
        username=user.username if user else "",
        is_open=bool(user and user.is_active),
        has_password=bool(user and user.has_usable_password()),
        has_second_step=row.has_second_step,  # type: ignore[attr-defined]
        last_login=user.last_login if user else None,
        roles=tuple(_role(one, today) for one in row.assignments.all()),
    )


def _role(row: StaffAssignment, today: date) -> RoleHeld:
    role = ROLES.get(row.role)
    return RoleHeld(
        row.pk,
        str(role.label) if role else row.role,
        named(row.institution) if row.institution else _team_named(row.team),
        row.start_on,
        row.end_on,
        is_over=row.end_on is not None and row.end_on < today,
    )


def places_of_work() -> list[tuple[str, str]]:
    """Every open institution and every open team as (value, words), the teams below their institution."""
    teams: dict[int, list[Team]] = {}
    for team in Team.objects.filter(open_on(clock.today())).select_related("institution").order_by("code"):
        teams.setdefault(team.institution_id, []).append(team)
    return [
        choice
        for institution in open_institutions(clock.today())
        for choice in (
            (f"institution:{institution.pk}", named(institution)),
            *((f"team:{team.pk}", _team_named(team)) for team in teams.get(institution.pk, ())),
        )
    ]


def _team_named(team: Team | None) -> str:
    return f"{named(team.institution)} · {named(team)}" if team else ""


def user_ids_of(team_ids: Collection[int]) -> list[int]:
    """The accounts of everybody who has, or had, a role in these teams or their institutions."""
    held = StaffAssignment.objects.filter(Q(team__in=team_ids) | Q(institution__teams__in=team_ids))
    found = held.filter(staff__user__isnull=False).values_list("staff__user_id", flat=True)
    return sorted(set(found))


def is_taken(username: str) -> bool:
    """Tell whether a user name is somebody's already, whatever its capitals."""
    return User.objects.filter(username__iexact=username).exists()


def sessions_of(user_id: int, current_key: str | None) -> list[Session]:
    """The sign-ins of a user that still hold, newest first."""
    rows: Iterable[UserSession] = UserSession.objects.purge_and_list(User(pk=user_id))
    return [
        Session(row.pk, row.created_at, row.ip, row.user_agent[:120], row.session_key == current_key)
        for row in sorted(rows, key=lambda row: row.created_at, reverse=True)
    ]
