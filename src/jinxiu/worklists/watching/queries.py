"""The counts and last times behind the first page of administrator and auditor."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, Max, OuterRef, Q

from jinxiu.accounts.actions import INVITED
from jinxiu.audit.models import AuditEntry
from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people.access import in_force
from jinxiu.people.models import Restriction, StaffAssignment, User
from jinxiu.people.roles import ROLES, SECOND_STEP_REQUIRED

DAY, MONTH, UNUSED = timedelta(days=1), timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True)
class Told:
    """How often the trail tells of an action in thirty days, in the last 24 hours of them, and when last."""

    times: int = 0
    in_a_day: int = 0
    last: datetime | None = None


def told(now: datetime, *actions: str) -> dict[str, Told]:
    """What the trail tells of these actions in thirty days, each with its count."""
    rows = AuditEntry.objects.filter(at__gte=now - MONTH, action__in=actions).order_by().values("action")
    counted = rows.annotate(times=Count("pk"), day=Count("pk", filter=Q(at__gte=now - DAY)), last=Max("at"))
    found = {row["action"]: Told(row["times"], row["day"], row["last"]) for row in counted}
    return {action: found.get(action, Told()) for action in actions}


def without_second_step(today: date) -> int:
    """How many open accounts have, on this day, a role that needs a second step, and none."""
    powers = [role.code for role in ROLES.values() if role.permissions & SECOND_STEP_REQUIRED]
    held = StaffAssignment.objects.filter(in_force(today), staff__user=OuterRef("pk"), role__in=powers)
    steps = Authenticator.objects.filter(
        user=OuterRef("pk"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    return User.objects.filter(Exists(held), ~Exists(steps), is_active=True).count()


def invitations(now: datetime) -> tuple[int, int]:
    """Invitations that still open the account, and those that do so no more."""
    without = User.objects.filter(is_active=True, staff__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    invited = set(without.values_list("staff", flat=True))
    lasting = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    fresh = AuditEntry.objects.filter(action=INVITED.code, at__gt=now - lasting).values_list("detail__staff", flat=True)
    waiting = len(invited & set(fresh))
    return waiting, len(invited) - waiting


def unused(now: datetime) -> int:
    """How many open accounts with a password nobody signed in to for ninety days."""
    quiet = Q(last_login__lt=now - UNUSED) | Q(last_login__isnull=True, date_joined__lt=now - UNUSED)
    return User.objects.filter(quiet, is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).count()


def reviews(now: datetime) -> tuple[int, int]:
    """Emergency openings that wait for a review, and those of them whose review is late."""
    waiting = EmergencyOpening.objects.filter(reviewed_at__isnull=True)
    found = waiting.aggregate(all=Count("pk"), late=Count("pk", filter=Q(review_by__lt=now)))
    return found["all"], found["late"]


def restricted(now: datetime, today: date) -> int:
    """How many restrictions of use are in force."""
    begun = Restriction.objects.filter(Q(end_at__isnull=True) | Q(end_at__gt=now), start_at__lte=now)
    return begun.filter(Q(until_on__isnull=True) | Q(until_on__gte=today)).count()
