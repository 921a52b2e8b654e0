"""Changing a team, letting somebody stand in for a colleague, keeping qualifications."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock
from jinxiu.people.access import in_force
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Qualification, Staff, StaffAssignment, Team
from jinxiu.people.organisation import rules, wording
from jinxiu.people.roles import ROLES

TEAM_CHANGED = define("team.changed", _("%(actor)s changed team %(team)s: %(fields)s."))
STANDS_IN = define(
    "team.stands_in",
    _("%(actor)s let staff %(staff)s stand in for staff %(colleague)s in team %(team)s, %(start)s to %(end)s."),
)
STAND_IN_CHANGED = define(
    "team.stand_in_changed",
    _("%(actor)s changed the last day on which staff %(staff)s stands in for staff %(colleague)s to %(end)s."),
)
STAND_IN_CALLED_OFF = define(
    "team.stand_in_called_off",
    _("%(actor)s called off that staff %(staff)s stands in for staff %(colleague)s, %(start)s to %(end)s."),
)
QUALIFIED = define("staff.qualified", _("%(actor)s recorded qualification %(qualification)s of staff %(staff)s."))
WITHDRAWN = define(
    "staff.qualification_withdrawn", _("%(actor)s withdrew qualification %(qualification)s of staff %(staff)s.")
)


class StandInError(PeopleError):
    """Somebody cannot stand in; `field` is the field of the form that says so."""

    def __init__(self, reason: str) -> None:
        self.field, sentence = wording.NOT_STANDING_IN[reason]
        super().__init__(sentence)


@transaction.atomic
def change_team(*, team_id: int, values: Mapping[str, object], actor: Actor) -> Team:
    """Write what makes a team itself; the trail gets the names of the fields that changed, if any did."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    changed = [name for name, value in values.items() if getattr(team, name) != value]
    if changed:
        for name in changed:
            setattr(team, name, values[name])
        team.save(update_fields=changed)
        audit.record(TEAM_CHANGED, actor=actor, detail={"team": team.pk, "fields": ", ".join(changed)})
    return team


@transaction.atomic
def stand_in(
    *, team_id: int, assignment_id: int, staff_id: int, start_on: date, end_on: date, today: date, actor: Actor
) -> StaffAssignment:
    """Give a colleague's role in a team to somebody from day to day, both inside. Raises StandInError, Http404."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)  # two at once: one after the other
    colleague = StaffAssignment.objects.filter(
        pk=assignment_id, team=team, stands_in_for__isnull=True, role__in=ROLES
    ).first()
    staff = Staff.objects.filter(pk=staff_id).first()
    if colleague is None or staff is None:
        raise Http404
    if team.closed_on is not None:
        raise StandInError("closed")
    reason = rules.why_not_stand_in(start_on, end_on, today) or _why_not(colleague, staff, start_on, end_on, actor)
    if not reason and not _fit(team, staff, colleague.role, start_on, end_on):
        reason = "unfit"
    if reason:
        raise StandInError(reason)
    row = StaffAssignment.objects.create(
        staff=staff, role=colleague.role, team=team, stands_in_for=colleague.staff, start_on=start_on, end_on=end_on
    )
    audit.record(STANDS_IN, actor=actor, detail=_told(row))
    return row


@transaction.atomic
def change_stand_in(*, team_id: int, stand_in_id: int, end_on: date, today: date, actor: Actor) -> StaffAssignment:
    """Let standing in end earlier or later; yesterday ends it at once. Raises StandInError, Http404 when it is over."""
    row = _stand_in(team_id, stand_in_id, today)
    reason = rules.why_not_end_then(row.start_on, end_on, today)
    if not reason and row.end_on is not None and end_on > row.end_on:
        reason = _why_not_longer(row, row.end_on + rules.DAY, end_on, actor)
    if reason:
        raise StandInError(reason)
    if row.end_on != end_on:
        row.end_on = end_on
        row.save(update_fields=["end_on"])
        audit.record(STAND_IN_CHANGED, actor=actor, detail=_told(row))
    return row


@transaction.atomic
def call_off_stand_in(*, team_id: int, stand_in_id: int, today: date, actor: Actor) -> None:
    """Take away standing in that has not begun: nothing was seen under it. Raises StandInError, Http404."""
    row = _stand_in(team_id, stand_in_id, today)
    if row.start_on <= today:
        raise StandInError("begun")
    audit.record(STAND_IN_CALLED_OFF, actor=actor, detail=_told(row))
    row.delete()


def _stand_in(team_id: int, stand_in_id: int, today: date) -> StaffAssignment:
    """Somebody's standing in that is not over, with the team held: two at once, one after the other. Raises Http404."""
    Team.objects.select_for_update(no_key=True).get(pk=team_id)
    rows = StaffAssignment.objects.filter(pk=stand_in_id, team=team_id, stands_in_for__isnull=False, end_on__gte=today)
    row = rows.select_related("staff", "team").first()
    if row is None:
        raise Http404
    return row


def _why_not_longer(row: StaffAssignment, start_on: date, end_on: date, actor: Actor) -> str:
    """What is wrong with the days that come on top."""
    held = StaffAssignment.objects.filter(
        in_force(start_on), team=row.team_id, role=row.role, staff=row.stands_in_for_id, stands_in_for__isnull=True
    )
    colleague, team = held.first(), row.team
    if colleague is None or team is None:
        return "gone_then"
    reason = _why_not(colleague, row.staff, start_on, end_on, actor)
    return reason or ("" if _fit(team, row.staff, row.role, start_on, end_on) else "unfit")


def _told(row: StaffAssignment) -> dict[str, int | str | None]:
    assert row.end_on is not None
    return {
        "staff": row.staff_id,
        "colleague": row.stands_in_for_id,
        "team": row.team_id,
        "role": row.role,
        "start": row.start_on.isoformat(),
        "end": row.end_on.isoformat(),
    }


def _why_not(colleague: StaffAssignment, staff: Staff, start_on: date, end_on: date, actor: Actor) -> str:
    if colleague.start_on > start_on or (colleague.end_on is not None and colleague.end_on < start_on):
        return "gone"
    if staff.pk == colleague.staff_id:
        return "same"
    if staff.user_id is not None and staff.user_id == actor.user_id:
        return "self"
    same_days = Q(start_on__lte=end_on) & (Q(end_on__isnull=True) | Q(end_on__gte=start_on))
    here = StaffAssignment.objects.filter(same_days, team=colleague.team_id, role=colleague.role)
    if here.filter(staff=staff).exists():
        return "already"
    return "taken" if here.filter(stands_in_for=colleague.staff_id).exists() else ""


def _fit(team: Team, staff: Staff, role: str, start_on: date, end_on: date) -> bool:
    """Standing in widens the reach, never the powers: they are held in this institution on all these days anyway."""
    here = Q(team__institution=team.institution_id) | Q(institution=team.institution_id)
    held = StaffAssignment.objects.filter(
        here, in_force(start_on), in_force(end_on), staff=staff, stands_in_for__isnull=True, role__in=ROLES
    )
    permissions = frozenset[str]().union(*(ROLES[row.role].permissions for row in held))
    return ROLES[role].permissions <= permissions


@transaction.atomic
def add_qualification(
    *, staff_id: int, kind: str, number: str, issued_on: date | None, valid_to: date | None, actor: Actor
) -> Qualification:
    """Record a licence or certificate of a staff member."""
    row = Qualification.objects.create(
        staff_id=staff_id,
        kind=kind,
        number=number.strip(),
        issued_on=issued_on,
        valid_to=valid_to,
        recorded_at=clock.now(),
    )
    audit.record(QUALIFIED, actor=actor, detail={"staff": staff_id, "qualification": row.pk, "kind": kind})
    return row


@transaction.atomic
def withdraw_qualification(*, staff_id: int, qualification_id: int, on: date, actor: Actor) -> Qualification:
    """Withdraw a qualification; the row stays. Raises Http404, PeopleError for one that was withdrawn before."""
    rows = Qualification.objects.select_for_update(no_key=True)
    row = rows.filter(pk=qualification_id, staff=staff_id).first()
    if row is None:
        raise Http404
    if row.withdrawn_on is not None:
        raise PeopleError(wording.WITHDRAWN_BEFORE)
    row.withdrawn_on = on
    row.save(update_fields=["withdrawn_on"])
    audit.record(WITHDRAWN, actor=actor, detail={"staff": staff_id, "qualification": row.pk, "kind": row.kind})
    return row
