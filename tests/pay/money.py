"""Agreements that are owed fees in the named town, and two managers who share the month out."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from jinxiu.agreements.models import Agreement
from jinxiu.audit.origin import SYSTEM
from jinxiu.pay import actions
from jinxiu.pay.models import PayRun
from jinxiu.people import actions as people
from jinxiu.people import clock
from jinxiu.people.models import Person, Staff, Team
from tests.town import Town

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
HYPERTENSION, BASIC = "hypertension@2026.1", "basic@2026.1"


def agreement(person: Person, team: Team, start: date, last: date, **changes: object) -> Agreement:
    """An agreement in force with the hypertension package, as an import would bring it."""
    values = {
        "contract_no": f"x-{uuid4()}",
        "person": person,
        "signs_as": "self",
        "signer_name": person.name,
        "institution": team.institution,
        "team": team,
        "packages": [BASIC, HYPERTENSION],
        "start_on": start,
        "end_on": last,
        "last_on": last,
        "counted_from": start,
        "nature": "new",
        "channel": "import",
        "state": "active",
        "since": clock.now(),
        "has_begun": True,
        "token": uuid4(),
    }
    return Agreement.objects.create(**(values | changes))


def calendar_year(town: Town) -> None:
    """Chen and Li of team 1 and Feng of team 2 have signed for the year 2026."""
    for person, team in ((town.chen, town.team1), (town.li, town.team1), (town.feng, town.team2)):
        agreement(person, team, date(2026, 1, 1), date(2026, 12, 31))


def second_manager(town: Town, name: str = "Han") -> Staff:
    """One more manager of Liuxiang centre."""
    return people.add_staff(
        username=name.lower(),
        password=None,
        name=name,
        name_en=name,
        role="manager",
        start_on=date(2020, 1, 1),
        institution_id=town.team1.institution_id,
        actor=SYSTEM,
    )


def worked_out(town: Town, month: date = OCTOBER) -> PayRun:
    """A month of Liuxiang centre as Guo works it out."""
    return actions.compute(viewer=town.viewer(town.guo), institution_id=town.team1.institution_id, month=month)


def frozen(town: Town, other: Staff, month: date = OCTOBER) -> PayRun:
    """A month that Guo and another manager have approved."""
    run = worked_out(town, month)
    actions.approve(viewer=town.viewer(town.guo), run=run, revision=run.revision)
    return actions.approve(viewer=town.viewer(other), run=run, revision=run.revision)
