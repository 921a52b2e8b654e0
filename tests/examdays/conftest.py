"""Examination days are tested in the named town, with a clerk of each centre and a public-health doctor of team 1."""

from __future__ import annotations

import pytest

from jinxiu.audit.origin import SYSTEM
from jinxiu.people.actions import add_staff
from jinxiu.people.models import Staff
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.town import _SINCE, Town, town

__all__ = ["_emptied_at_the_end", "committed_town", "town"]


def hire(
    username: str, name: str, role: str, *, team_id: int | None = None, institution_id: int | None = None
) -> Staff:
    """Somebody new who works in the town."""
    return add_staff(
        username=username,
        password=None,
        name=name,
        name_en=username.title(),
        role=role,
        start_on=_SINCE,
        team_id=team_id,
        institution_id=institution_id,
        actor=SYSTEM,
    )


@pytest.fixture
def liu(town: Town) -> Staff:
    """Public-health doctor Liu of team 1."""
    return hire("liu", "刘芳", "public_health_doctor", team_id=town.team1.pk)


@pytest.fixture
def gao(town: Town) -> Staff:
    """Clerk Gao of Liuxiang centre."""
    return hire("gao", "高静", "clerk", institution_id=town.team1.institution_id)
