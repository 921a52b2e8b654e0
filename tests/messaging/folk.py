"""Three of the town at their own homes, a nurse and an administrator, and nothing that ever happened: built at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from jinxiu.people.models import Person, Staff, Team
from tests import town


@dataclass(frozen=True)
class Folk:
    """Persons as in the town, with the same numbers; the nurse is of their team."""

    team1: Team
    chen: Person
    li: Person
    wu: Person
    zhao: Staff
    tian: Staff


@pytest.fixture
def folk(db: None, monkeypatch: pytest.MonkeyPatch) -> Folk:
    """The folk on the town's day."""
    monkeypatch.setenv("JINXIU_TODAY", town.TODAY.isoformat())
    home, other = town._places()
    centre = town._institution("lx", "柳巷社区卫生服务中心", "Liuxiang Health Centre", "140106001")
    team = Team.objects.create(code="lx-1", name="第一团队", name_en="Team 1", institution=centre, phone="0351 4000001")
    return Folk(
        team,
        chen=town._person("陈志强", "M", date(1955, 6, 15), "13812340021", team, home),
        li=town._person("李秀兰", "F", date(1968, 3, 1), "13812343318", team, home),
        wu=town._person("吴建军", "M", date(1960, 9, 30), "13812341147", team, other),
        zhao=town._staff("zhao", "赵敏", "Zhao Min", "nurse", team=team),
        tian=town._staff("tian", "田静", "Tian Jing", "administrator", institution=centre),
    )
