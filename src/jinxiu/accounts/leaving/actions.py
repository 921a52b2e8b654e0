"""Letting somebody leave an institution: roles and stand-ins end, colleagues take over, the account is closed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts.actions import AccountError, close_account
from jinxiu.accounts.leaving import queries, rules
from jinxiu.accounts.leaving.queries import LeftBehind
from jinxiu.accounts.models import Departure
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import actions as people
from jinxiu.people import clock
from jinxiu.people.access import in_force
from jinxiu.people.models import Staff, StaffAssignment, Team
from jinxiu.people.roles import ROLES, SECOND_STEP_REQUIRED

LEFT = define(
    "staff.left", _("%(actor)s recorded that staff %(staff)s leaves institution %(institution)s with %(on)s.")
)
LEAVING_TAKEN_BACK = define(
    "staff.leaving_taken_back",
    _("%(actor)s took back that staff %(staff)s leaves institution %(institution)s with %(on)s."),
)
TAKEN_BACK = define(
    "staff.role_taken_back", _("%(actor)s took the role %(role)s of staff %(staff)s back before it began.")
)
LIST_OPENED = define("staff.hand_over_opened", _("%(actor)s opened the hand-over list of staff %(staff)s."))

_SENTENCES = {
    "self": ("last_day", _("Nobody records their own leaving; ask another manager or the administrator.")),
    "settled": (
        "last_day",
        _("It is recorded already that this person leaves; this is the list. Nothing was changed."),
    ),
    "nothing": ("last_day", _("No role of this person reaches beyond this day; there is nothing to end.")),
    "far": ("last_day", _("The last day is within a year from today; choose a nearer day.")),
    "before": ("last_day", _("A role of this person began after this day; choose a later last day.")),
    "powers": (
        "last_day",
        _("This person has a role over accounts or the trail here; the administrator ends that one first."),
    ),
    "over": (
        "last_day",
        _(
            "The last day has come, so the leaving is not taken back here; "
            "the administrator gives the roles again and opens the account."
        ),
    ),
    "unfit": (
        "last_day",
        _("Who takes over must have a role of the same kind here without a last day; please choose again."),
    ),
}


class LeavingError(AccountError):
    """Somebody cannot leave like this; `field` is the field of the form that says so."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.field, sentence = _SENTENCES[reason]
        super().__init__(sentence)


@transaction.atomic
def leave(
    *,
    staff_id: int,
    institution_id: int,
    last_day: date,
    reason: str,
    words: str,
    takers: Mapping[int, int],
    today: date,
    manager_id: int | None,
    actor: Actor,
) -> Departure:
    """End all that somebody has in an institution with a last day, and hand it over.

    `takers` says by assignment which staff member takes the role over; the account is closed this very minute when the
    last day is today or over and there is no role elsewhere. Raises LeavingError, Http404.
    """
    teams = Team.objects.select_for_update(no_key=True).filter(institution=institution_id).order_by("pk")
    list(teams)  # nobody begins to stand in meanwhile
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first()  # two managers: in turn
    if staff is None:
        raise Http404
    left = queries.left_behind(staff_id, institution_id, last_day, today, manager_id)
    if problem := _why_not(staff, institution_id, left, takers, last_day, today, actor):
        raise LeavingError(problem)
    given: dict[int, int | None] = {}  # by the assignment that ends, the one that somebody got for it
    for duty in left.duties:
        _end(StaffAssignment.objects.get(pk=duty.assignment_id), last_day, today, actor)
        if taker := takers.get(duty.assignment_id):
            given[duty.assignment_id] = _take_over(taker, duty, rules.begins(last_day, today), actor)
    for row in left.stand_ins:
        _end(row, last_day, today, actor)
    closes = last_day <= today and staff.user_id is not None and not left.works_elsewhere
    if closes:
        close_account(staff_id=staff_id, actor=actor)
    record = Departure.objects.create(
        staff=staff,
        institution_id=institution_id,
        last_day=last_day,
        reason=reason,
        words=words,
        left=_list(left, takers, given, closes=closes),
        recorded_by_id=manager_id,
        recorded_at=clock.now(),
    )
    detail = {"staff": staff_id, "institution": institution_id, "on": last_day.isoformat(), "reason": reason}
    audit.record(LEFT, actor=actor, detail=detail)
    return record


def _why_not(
    staff: Staff,
    institution_id: int,
    left: LeftBehind,
    takers: Mapping[int, int],
    last_day: date,
    today: date,
    actor: Actor,
) -> str:
    if staff.user_id is not None and staff.user_id == actor.user_id:
        return "self"
    if queries.settled(staff.pk, institution_id):
        return "settled"
    if not left.duties:
        return "nothing"
    if any(one.role in ROLES and ROLES[one.role].permissions & SECOND_STEP_REQUIRED for one in left.duties):
        return "powers"
    offered = {(one.assignment_id, int(taker)) for one in left.duties for taker, _name in one.takers}
    begun = [one.start_on for one in left.duties if one.start_on <= today]
    return rules.why_not(last_day, today, begun) or ("" if set(takers.items()) <= offered else "unfit")


def _end(row: StaffAssignment, last_day: date, today: date, actor: Actor) -> None:
    """End a role with the day; one that has not begun by then, and not by today, is taken back whole."""
    if row.start_on > max(last_day, today):
        _remove(row, actor)
    else:
        people.end_assignment(assignment_id=row.pk, last_day=max(row.start_on, last_day), actor=actor)


def _remove(row: StaffAssignment, actor: Actor) -> None:
    audit.record(TAKEN_BACK, actor=actor, detail={"staff": row.staff_id, "role": row.role, "team": row.team_id})
    StaffAssignment.objects.filter(pk=row.pk).delete()


def _take_over(staff_id: int, duty: queries.Duty, start_on: date, actor: Actor) -> int | None:
    """Give the role from a day on, unless it is held there already; return the new assignment's id."""
    held = StaffAssignment.objects.filter(
        in_force(start_on), staff=staff_id, team=duty.team_id, role=duty.role, stands_in_for__isnull=True
    )
    if held.exists():
        return None
    return people.assign(staff_id=staff_id, role=duty.role, team_id=duty.team_id, start_on=start_on, actor=actor).pk


def _list(
    left: LeftBehind, takers: Mapping[int, int], given: Mapping[int, int | None], *, closes: bool
) -> dict[str, object]:
    return {
        "roles": [
            {
                "role": one.role,
                "team": one.team_id,
                "since": one.start_on.isoformat(),
                "taker": takers.get(one.assignment_id),
                "assignment": one.assignment_id,
                "until": one.end_on and one.end_on.isoformat(),
                "given": given.get(one.assignment_id),
            }
            for one in left.duties
        ],
        "stand_ins": [
            {
                "staff": row.staff_id,
                "colleague": row.stands_in_for_id,
                "team": row.team_id,
                "assignment": row.pk,
                "until": row.end_on and row.end_on.isoformat(),
            }
            for row in left.stand_ins
        ],
        "missing": [{"team": team.pk, "kind": kind} for team, kind in left.missing],
        "to_review": left.to_review,
        "closed": closes,
    }


@transaction.atomic
def take_back(*, staff_id: int, institution_id: int, today: date, manager_id: int | None, actor: Actor) -> None:
    """Undo a leaving before its last day: what it ended reaches as far as before, and nobody takes over.

    Standing in that had not begun, and a role in a team that closes meanwhile, stay away. Raises LeavingError, Http404.
    """
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first()  # two managers: in turn
    record = queries.settled(staff_id, institution_id)
    if staff is None or record is None:
        raise Http404
    if staff.user_id is not None and staff.user_id == actor.user_id:
        raise LeavingError("self")
    if not rules.may_be_taken_back(record.last_day, today):
        raise LeavingError("over")
    for one in record.left["roles"]:
        _give_back(one, record, actor)
    for one in record.left["stand_ins"]:
        _reach_again(one, record)
    record.taken_back_by_id, record.taken_back_at = manager_id, clock.now()
    record.save(update_fields=["taken_back_by", "taken_back_at"])
    detail = {"staff": staff_id, "institution": institution_id, "on": record.last_day.isoformat()}
    audit.record(LEAVING_TAKEN_BACK, actor=actor, detail=detail)


def _give_back(one: dict[str, Any], record: Departure, actor: Actor) -> None:
    """A role as it was, and none for who was to take it over."""
    for row in StaffAssignment.objects.filter(pk=one["given"]):
        _remove(row, actor)
    if not StaffAssignment.objects.filter(pk=one["assignment"]).exists():  # it was to begin later, and was called off
        if not Team.objects.filter(pk=one["team"], closed_on__isnull=False).exists():
            people.assign(
                staff_id=record.staff_id,
                role=one["role"],
                team_id=one["team"],
                institution_id=None if one["team"] else record.institution_id,
                start_on=date.fromisoformat(one["since"]),
                end_on=_day(one["until"]),
                actor=actor,
            )
        return
    _reach_again(one, record)


def _reach_again(one: dict[str, Any], record: Departure) -> None:
    """Let what the leaving ended, and nobody has changed since, reach to its earlier last day."""
    ended = StaffAssignment.objects.filter(pk=one["assignment"], end_on=record.last_day)
    ended.exclude(team__closed_on__isnull=False).update(end_on=_day(one["until"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def tell_of_list(*, staff_id: int, actor: Actor) -> None:
    """Write down that somebody opened a hand-over list."""
    audit.record(LIST_OPENED, actor=actor, detail={"staff": staff_id})
