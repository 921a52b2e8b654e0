"""The manager's page is tested in the named town with agreements: Chen, Wu and Zheng of team 1, Feng of team 2."""

from __future__ import annotations

from datetime import date

import pytest

from jinxiu.agreements.actions import adopt
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.managing.actions import count
from tests.town import TODAY, Town, enrol, town

__all__ = ["town"]

SINCE = {
    "chen": date(2026, 1, 10),
    "wu": date(2025, 12, 20),  # until 19 December 2026, so it ends soon
    "zheng": date(2026, 2, 1),
    "feng": date(2026, 3, 1),
}


@pytest.fixture
def signed(town: Town) -> Town:
    """Four have signed, with the packages of their groups, and the night has counted; Li and Zhou have not."""
    for name, since in SINCE.items():
        enrol(getattr(town, name), "agreement", since)
    adopt(today=TODAY, actor=SYSTEM, with_groups=True)
    count(today=TODAY)
    return town
