"""Reads of runs of renewals: those within reach, and whom a run left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.http import Http404

from jinxiu.agreements.models import RenewalLeftOut, RenewalRun
from jinxiu.agreements.renewing import rules, statements
from jinxiu.people.access import Viewer, open_to
from jinxiu.people.models import Team
from jinxiu.people.roles import RENEW_AGREEMENTS, SEE_PEOPLE
from jinxiu.people.wording import named

PAGE = 50
_SHOWN = 20  # runs


class RunNotFound(Http404):
    """There is no such run within reach."""


def ending(team_ids: Iterable[int], first_on: date, last_on: date) -> tuple[int, int, int]:
    """How many agreements in force of teams end in a window, how many of them are renewed, and of how many others the
    renewal was agreed to."""
    values: dict[str, Any] = {"teams": list(team_ids), "first": first_on, "last": last_on, "agreed": rules.AGREED}
    with connection.cursor() as cursor:
        cursor.execute(statements.COUNT, values)
        every, renewed, agreed = cursor.fetchone()
    return every, renewed, agreed


def runs_for(viewer: Viewer) -> list[RenewalRun]:
    """The last runs all of whose teams are within reach, the newest first."""
    reached = sorted(viewer.reach.get(RENEW_AGREEMENTS, frozenset()))
    rows = RenewalRun.objects.filter(teams__contained_by=reached).select_related("asked_by")
    return list(rows.order_by("-pk")[:_SHOWN])


def run_for(viewer: Viewer, run_id: int) -> RenewalRun:
    """One run. Raises RunNotFound where a team of it is out of reach."""
    run = RenewalRun.objects.filter(pk=run_id).select_related("asked_by").first()
    if run is None or not set(run.teams) <= viewer.reach.get(RENEW_AGREEMENTS, frozenset()):
        raise RunNotFound
    return run


def team_names(run: RenewalRun) -> dict[int, str]:
    """The names of a run's teams by id."""
    return {one.pk: named(one) for one in Team.objects.filter(pk__in=run.teams)}


def left_out(run: RenewalRun) -> list[RenewalLeftOut]:
    """Whom a run left out, by reason, for the command line."""
    rows = RenewalLeftOut.objects.filter(run=run).select_related("agreement")
    return list(rows.order_by("reason", "pk"))


def page_of(viewer: Viewer, run: RenewalRun, reason: str, after: int = 0) -> tuple[list[RenewalLeftOut], int]:
    """The next people of a run left out for a reason, whom no restriction of use hides; and where the next page begins
    (0 on the last one)."""
    rows = RenewalLeftOut.objects.filter(open_to(viewer, SEE_PEOPLE, "person_id"), run=run, reason=reason, pk__gt=after)
    rows = rows.select_related("agreement__team", "person").order_by("pk")
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0


def team_ids(*, teams: Iterable[str] = (), institutions: Iterable[str] = (), whole_district: bool = False) -> list[int]:
    """The teams of these codes and of institutions of these codes, or all; for the command line.

    Raises KeyError with a code that is none.
    """
    if whole_district:
        return list(Team.objects.order_by("pk").values_list("pk", flat=True))
    found = []
    for code in teams:
        found += _of(code, Team.objects.filter(code=code).values_list("pk", flat=True))
    for code in institutions:
        found += _of(code, Team.objects.filter(institution__code=code).values_list("pk", flat=True))
    return found


def _of(code: str, ids: Iterable[int]) -> list[int]:
    found = list(ids)
    if not found:
        raise KeyError(code)
    return found
