"""What somebody set for a signing day; it is kept with the sign-in, and forgotten with the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from jinxiu.agreements import rules
from jinxiu.people.access import Viewer, open_teams_for
from jinxiu.people.roles import REGISTER_PEOPLE

_SESSION = "signing-day"


@dataclass(frozen=True, slots=True)
class Day:
    """Team, doctor (None: the team's first), packages, length, first day and way of signing for all of a day.

    `with_groups`: the packages of each person's groups, not only the basic one.
    """

    team_id: int
    doctor_id: int | None
    with_groups: bool
    years: int
    start_on: date
    method: str

    @property
    def end_on(self) -> date:
        """The last day of what is signed."""
        return rules.last_day(self.start_on, self.years)


def keep(request: HttpRequest, day: Day, today: date) -> None:
    """Keep what was set until the sign-in or the day ends."""
    request.session[_SESSION] = {
        "on": today.isoformat(),
        "team": day.team_id,
        "doctor": day.doctor_id,
        "groups": day.with_groups,
        "years": day.years,
        "start": day.start_on.isoformat(),
        "method": day.method,
    }


def kept(request: HttpRequest, viewer: Viewer) -> Day | None:
    """What was set today; None when nothing was, or when its team is no longer within reach or open."""
    said: dict[str, Any] = request.session.get(_SESSION, {})
    if said.get("on") != viewer.today.isoformat():
        return None
    if not open_teams_for(viewer, REGISTER_PEOPLE).filter(pk=said["team"]).exists():
        return None
    return Day(
        team_id=said["team"],
        doctor_id=said["doctor"],
        with_groups=said["groups"],
        years=said["years"],
        start_on=date.fromisoformat(said["start"]),
        method=said["method"],
    )
