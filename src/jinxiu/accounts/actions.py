"""Writes to accounts: invite, give and end roles, close at once, open again, end sign-ins."""

from dataclasses import dataclass
from datetime import date

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.encoding import force_bytes
from django.utils.functional import Promise
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts import rules
from jinxiu.accounts.rules import Holding
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import actions as people
from jinxiu.people.models import Staff, StaffAssignment, User
from jinxiu.people.roles import ROLES, SEPARATE_POWERS

INVITED = define("account.invited", _("%(actor)s made an invitation for staff member %(staff)s."))
ACCEPTED = define("account.accepted", _("%(actor)s accepted the invitation and chose a password."))
CLOSED = define("account.closed", _("%(actor)s closed the account of staff member %(staff)s."))
OPENED = define("account.opened", _("%(actor)s opened the account of staff member %(staff)s again."))
SECOND_STEP_RESET = define(
    "account.second_step_reset", _("%(actor)s reset the second step of sign-in of staff member %(staff)s.")
)
SESSIONS_ENDED = define("account.sessions_ended", _("%(actor)s ended %(sessions)s sign-ins of user %(user)s."))


class AccountError(ValueError):
    """A change that may not be; the text is the sentence for whoever asked."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Invitation:
    """What the one-time address of an invitation is made of; it is kept nowhere."""

    staff_id: int
    user_key: str
    token: str


@transaction.atomic
def invite(
    *,
    username: str,
    name: str,
    role: str,
    place: str,
    start_on: date,
    actor: Actor,
    end_on: date | None = None,
    name_en: str = "",
    title: str = "",
) -> Invitation:
    """Write down a new staff member with a first role and make the invitation to choose a password.

    `place` is "team:<id>" or "institution:<id>". Raises AccountError when the user name is taken.
    """
    team_id, institution_id = _scope(place)
    try:
        with transaction.atomic():
            staff = people.add_staff(
                username=username,
                password=None,
                name=name,
                name_en=name_en,
                title=title,
                role=role,
                start_on=start_on,
                end_on=end_on,
                team_id=team_id,
                institution_id=institution_id,
                actor=actor,
            )
    except IntegrityError as error:
        raise AccountError(_("This user name is taken; choose another one.")) from error
    return invite_again(staff_id=staff.pk, actor=actor)


@transaction.atomic
def invite_again(*, staff_id: int, actor: Actor) -> Invitation:
    """Make a new invitation; the password and every earlier invitation end with it, and so do the sign-ins.

    Raises AccountError for a closed account or somebody without one, Http404 for nobody.
    """
    user = _user_of(staff_id)
    if not user.is_active:
        raise AccountError(_("This account is closed; open it again first."))
    user.set_unusable_password()  # with it the tokens made before lose their ground
    user.save(update_fields=["password"])
    _end_sessions(user.pk, actor)
    audit.record(INVITED, actor=actor, detail={"staff": staff_id})
    return Invitation(staff_id, urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user))


def invitation_accepted(*, user: User) -> None:
    """Write down that the invited person chose a password."""
    audit.record(ACCEPTED, actor=Actor(user.pk, user.get_username()))


@transaction.atomic
def give_role(
    *, staff_id: int, role: str, place: str, start_on: date, end_on: date | None, actor: Actor
) -> StaffAssignment:
    """Give a further role, from a day to a day. Raises AccountError where powers would meet in one hand."""
    staff = Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first()  # two roles at once: in turn
    if staff is None:
        raise Http404
    if staff.user_id == actor.user_id:
        raise AccountError(_("Nobody gives roles to themselves; ask another administrator."))
    new = Holding(role, place, start_on, end_on, ROLES[role].permissions)
    held = [_holding(row) for row in StaffAssignment.objects.filter(staff=staff, role__in=ROLES)]
    if rules.held_already(new, held):
        raise AccountError(_("This role in this place is held already on some of these days; end that one first."))
    if rules.powers_that_clash(new, held, SEPARATE_POWERS):
        raise AccountError(
            _(
                "Accounts, the trail and people are kept in separate hands: this role does not go together with one "
                "that is held on the same days. End that one first, or give the role to somebody else."
            )
        )
    team_id, institution_id = _scope(place)
    return people.assign(
        staff_id=staff_id,
        role=role,
        start_on=start_on,
        end_on=end_on,
        team_id=team_id,
        institution_id=institution_id,
        actor=actor,
    )


@transaction.atomic
def end_role(*, staff_id: int, assignment_id: int, last_day: date, actor: Actor) -> StaffAssignment:
    """End a role with its last day. Raises AccountError for a day before it began, Http404 for somebody else's."""
    row = StaffAssignment.objects.filter(pk=assignment_id, staff=staff_id).first()
    if row is None:
        raise Http404
    if last_day < row.start_on:
        raise AccountError(_("The last day cannot be before the first; choose a later day."))
    return people.end_assignment(assignment_id=assignment_id, last_day=last_day, actor=actor)


@transaction.atomic
def close_account(*, staff_id: int, actor: Actor) -> None:
    """Shut somebody out this very minute: no sign-in, and every sign-in that holds ends now."""
    user = _user_of(staff_id)
    if user.pk == actor.user_id:
        raise AccountError(_("Nobody closes their own account; ask another administrator."))
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_sessions(user.pk, actor)
    audit.record(CLOSED, actor=actor, detail={"staff": staff_id})


@transaction.atomic
def open_account(*, staff_id: int, actor: Actor) -> None:
    """Let somebody in again whose account was closed; the roles are as they were."""
    user = _user_of(staff_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(OPENED, actor=actor, detail={"staff": staff_id})


@transaction.atomic
def reset_second_step(*, staff_id: int, actor: Actor) -> None:
    """Take away a second step that was lost, recovery codes too; every sign-in ends, and the next one sets it up anew
    where the role asks for one. Raises AccountError for oneself and where there is none, Http404 for nobody."""
    user = _user_of(staff_id)
    if user.pk == actor.user_id:
        raise AccountError(_("Nobody resets their own second step; ask another administrator."))
    taken, _by_table = Authenticator.objects.filter(user=user).delete()
    if not taken:
        raise AccountError(_("This person has no second step; there is nothing to reset."))
    _end_sessions(user.pk, actor)
    audit.record(SECOND_STEP_RESET, actor=actor, detail={"staff": staff_id})


@transaction.atomic
def end_session(*, user_id: int, session_id: int, actor: Actor) -> None:
    """End one sign-in of a user. Raises Http404 when it is over or not this user's."""
    if not _end_sessions(user_id, actor, session_id=session_id):
        raise Http404


@transaction.atomic
def end_sessions(*, user_id: int, actor: Actor) -> int:
    """End every sign-in of a user; returns how many there were."""
    return _end_sessions(user_id, actor)


def _end_sessions(user_id: int, actor: Actor, **which: int) -> int:
    rows = list(UserSession.objects.filter(user=user_id, **({"pk": which["session_id"]} if which else {})))
    for row in rows:
        row.end()
    if rows:
        audit.record(SESSIONS_ENDED, actor=actor, detail={"user": user_id, "sessions": len(rows)})
    return len(rows)


def _user_of(staff_id: int) -> User:
    user = User.objects.select_for_update(no_key=True).filter(staff=staff_id).first()
    if user is None:
        raise Http404
    return user


def _scope(place: str) -> tuple[int | None, int | None]:
    """Read "team:3" or "institution:1" as (team id, institution id)."""
    kind, _colon, number = place.partition(":")
    return (int(number), None) if kind == "team" else (None, int(number))


def _holding(row: StaffAssignment) -> Holding:
    place = f"team:{row.team_id}" if row.team_id else f"institution:{row.institution_id}"
    return Holding(row.role, place, row.start_on, row.end_on, ROLES[row.role].permissions)
