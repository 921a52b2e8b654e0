"""Reads of the hospitals of the centres within reach."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from jinxiu.people.access import Viewer
from jinxiu.people.models import Institution, Team
from jinxiu.people.roles import MANAGE_TEAMS, SEE_RECORD
from jinxiu.referrals.models import Hospital


def to_read(viewer: Viewer) -> QuerySet[Hospital]:
    """The hospitals of the centres whose people the viewer reads, the open ones first, with their number of sent
    `letters`."""
    found = Hospital.objects.filter(centre__in=_centres(viewer, SEE_RECORD)).select_related("centre")
    counted = found.annotate(letters=Count("referral", filter=Q(referral__sent_on__isnull=False)))
    return counted.order_by(F("closed_on").asc(nulls_first=True), "centre__code", "name")


def to_keep(viewer: Viewer, hospital_id: int) -> Hospital:
    """A hospital whose entry the viewer keeps. Raises Http404."""
    found = Hospital.objects.filter(centre__in=_centres(viewer, MANAGE_TEAMS), pk=hospital_id).first()
    if found is None:
        raise Http404
    return found


def centres_to_keep(viewer: Viewer) -> QuerySet[Institution]:
    """The centres whose hospitals the viewer keeps, by code."""
    return Institution.objects.filter(pk__in=_centres(viewer, MANAGE_TEAMS)).order_by("code")


def _centres(viewer: Viewer, permission: str) -> QuerySet[Any]:
    return Team.objects.filter(pk__in=viewer.reach.get(permission, frozenset())).values("institution")
