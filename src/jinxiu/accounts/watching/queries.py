"""Accounts that the administrator should look at: counted on the first page, listed on the page of the staff."""

from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts.actions import INVITED
from jinxiu.audit.models import AuditEntry
from jinxiu.people.access import in_force
from jinxiu.people.models import StaffAssignment, User
from jinxiu.people.roles import ROLES, SECOND_STEP_REQUIRED

UNUSED = timedelta(days=90)
BARE, WAITING, EXPIRED, QUIET = "second-step", "invited", "expired", "unused"
KINDS = {
    BARE: _("Accounts without the second step that their roles need"),
    WAITING: _("Invitations open"),
    EXPIRED: _("Invitations expired"),
    QUIET: _("Accounts unused for 90 days"),
}


def without_second_step(today: date) -> QuerySet[User]:
    """Open accounts that have, on this day, a role that needs a second step, and none."""
    powers = [role.code for role in ROLES.values() if role.permissions & SECOND_STEP_REQUIRED]
    held = StaffAssignment.objects.filter(in_force(today), staff__user=OuterRef("pk"), role__in=powers)
    steps = Authenticator.objects.filter(
        user=OuterRef("pk"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    return User.objects.filter(Exists(held), ~Exists(steps), is_active=True)


def invitations(now: datetime) -> tuple[set[int], set[int]]:
    """Staff whose invitation still opens the account, and those whose does so no more."""
    without = User.objects.filter(is_active=True, staff__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    invited = set(without.values_list("staff", flat=True))
    lasting = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    fresh = AuditEntry.objects.filter(action=INVITED.code, at__gt=now - lasting).values_list("detail__staff", flat=True)
    waiting = invited & set(fresh)
    return waiting, invited - waiting


def unused(now: datetime) -> QuerySet[User]:
    """Open accounts with a password to which nobody signed in for ninety days."""
    quiet = Q(last_login__lt=now - UNUSED) | Q(last_login__isnull=True, date_joined__lt=now - UNUSED)
    found = User.objects.filter(quiet, is_active=True, staff__isnull=False)
    return found.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def staff_with(kind: str, now: datetime, today: date) -> Q:
    """The staff whose accounts are of one of KINDS."""
    if kind == BARE:
        return Q(user__in=without_second_step(today))
    if kind == QUIET:
        return Q(user__in=unused(now))
    waiting, expired = invitations(now)
    return Q(pk__in=waiting if kind == WAITING else expired)
