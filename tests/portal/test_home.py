"""A resident's first page knows what is arranged already."""

from __future__ import annotations

import re

import pytest

from jinxiu.people.models import Staff
from tests.agreements.test_agreements import held, signed
from tests.examdays.conftest import liu
from tests.examdays.test_examdays import day, fill, invited
from tests.portal.residents import home_of, sign_in
from tests.town import TODAY, Town, contact, town

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


def test_what_the_package_promises_is_counted_for_who_signed(town: Town) -> None:
    """Chen is seen on the day on which the agreement begins: one of four visits; everything else is still his."""
    client = sign_in("chen")
    assert "What you are promised this year" not in client.get(home_of(town.chen)).content.decode()
    held(town, town.chen)
    contact(town.chen, town.wang, TODAY, systolic=140, diastolic=80)
    text = client.get(home_of(town.chen)).content.decode()
    assert "What you are promised this year" in text
    found = re.findall(r"<p>([^<]+) <b class=\"num nowrap\">(\d+ of \d+)</b>", text)
    assert ("Face-to-face visits", "1 of 4") in found, found
    assert "are still yours until" in text


def test_before_the_team_confirms_nothing_is_promised(town: Town) -> None:
    signed(town, town.chen)
    assert "What you are promised this year" not in sign_in("chen").get(home_of(town.chen)).content.decode()
