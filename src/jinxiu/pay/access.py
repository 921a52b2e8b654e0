"""Whose money somebody may see: a manager's the institution's, everybody's the own."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from jinxiu.pay.models import Payment, PayRun
from jinxiu.people.access import Viewer, in_force
from jinxiu.people.models import Institution, StaffAssignment
from jinxiu.people.roles import KEEP_PAY, ROLES

_KEEPERS = [role.code for role in ROLES.values() if KEEP_PAY in role.permissions]


class NotFound(Http404):
    """There is no month or payment of that number for this viewer."""


def institutions_for(viewer: Viewer) -> list[Institution]:
    """The institutions whose money the viewer keeps, by code. Raises PermissionDenied for who keeps none.

    A manager of one team alone keeps none: a month is shared between all teams.
    """
    posts = StaffAssignment.objects.filter(in_force(viewer.today), staff=viewer.staff_id, role__in=_KEEPERS)
    found = list(Institution.objects.filter(pk__in=posts.values("institution")).order_by("code"))
    if not found or viewer.staff_id is None:
        raise PermissionDenied
    return found


def institution_for(viewer: Viewer, institution_id: int | None) -> Institution:
    """The asked-for institution, or the first. Raises PermissionDenied, NotFound."""
    found = institutions_for(viewer)
    if institution_id is None:
        return found[0]
    for one in found:
        if one.pk == institution_id:
            return one
    raise NotFound


def run_for(viewer: Viewer, run_id: int) -> PayRun:
    """A month of an institution whose money the viewer keeps. Raises PermissionDenied, NotFound."""
    rows = PayRun.objects.filter(pk=run_id, institution__in=institutions_for(viewer))
    run = rows.select_related("institution", "computed_by").first()
    if run is None:
        raise NotFound
    return run


def payment_for(viewer: Viewer, payment_id: int) -> Payment:
    """A payment to an institution whose money the viewer keeps. Raises PermissionDenied, NotFound."""
    rows = Payment.objects.filter(pk=payment_id, institution__in=institutions_for(viewer), corrects__isnull=True)
    payment = rows.select_related("institution", "by").first()
    if payment is None:
        raise NotFound
    return payment
