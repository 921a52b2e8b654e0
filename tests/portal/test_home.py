"""A resident's first page knows what is arranged already."""

from __future__ import annotations

import pytest

from jinxiu.people.models import Staff
from tests.examdays.conftest import liu
from tests.examdays.test_examdays import day, fill, invited
from tests.portal.residents import home_of, sign_in
from tests.town import Town, town

__all__ = ["liu", "town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def test_who_is_invited_reads_when_and_where_and_whether_fasting(town: Town, liu: Staff) -> None:
    client = sign_in("chen")
    before = client.get(home_of(town.chen)).content.decode()
    assert "Please come by" in before
    assert "Your examination" not in before
    one = day(town, liu)
    fill(town, liu, one)
    assert town.chen.name in invited(one)
    text = client.get(home_of(town.chen)).content.decode()
    assert "Your examination" in text
    assert "07:30" in text
    assert "no breakfast that day" in text
    assert "Call if you cannot come" in text
