"""Who looked at the own record: staff with institution and reason, emergencies, helpers, oneself; paged by days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.queries import looks_before
from jinxiu.emergency import actions as emergency
from jinxiu.people import access, clock
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, Staff
from tests.portal.residents import home_of, sign_in
from tests.portal.test_record import let_help, text
from tests.town import TODAY, Town, town

__all__ = ["town"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def lookers_of(person: Person) -> str:
    return reverse("my-lookers", args=[person.pk])


def line(person: Person, staff: Staff, at: datetime, action: str, purpose: str) -> None:
    AuditEntry.objects.create(
        at=at, actor_id=staff.user_id, actor_name=staff.name, role="doctor", action=action, person_id=person.pk,
        purpose=purpose, request_id="", address="",
    )  # fmt: skip


def test_everybody_who_looked_stands_there_with_institution_and_reason(town: Town) -> None:
    viewer = town.viewer(town.zhao)
    for _time in range(3):
        access.person_for(viewer, town.chen.pk, access.FOLLOW_UP)
    emergency.begin(
        staff_id=town.sun.pk, person_id=town.chen.pk, team_id=town.team1.pk, reason="present", words="he is here",
        at=clock.true_now(), lasts=timedelta(hours=1), review_within=timedelta(days=1),
        actor=town.viewer(town.sun).actor,
    )  # fmt: skip
    for action, purpose in (
        (access.OPENED_IN_EMERGENCY.code, access.RECORD),
        (access.SHELTER_OPENED.code, "crisis"),
    ):
        line(town.chen, town.sun, clock.true_now(), action, purpose)
    let_help(town.chen, town.li)
    helper, own, stranger = sign_in("li"), sign_in("chen"), sign_in("wu")
    helper.get(home_of(town.chen))
    assert lookers_of(town.chen) not in text(helper, home_of(town.chen))
    assert helper.get(lookers_of(town.chen)).status_code == 404, "it is the person's right"
    assert stranger.get(lookers_of(town.chen)).status_code == 404
    assert Client().get(lookers_of(town.chen)).status_code == 302
    assert lookers_of(town.chen) in text(own, home_of(town.chen))
    own.get(lookers_of(town.chen))
    page = text(own, lookers_of(town.chen))
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "Zhao Min Nurse · Liuxiang Health Centre a follow-up" in said
    assert "3 times" in said
    assert "Sun Li Family doctor · Qiaodong Health Centre reading the record in an emergency" in said
    assert "the person is here and asks for care; nobody has looked at it afterwards yet" in said
    assert "opened what is under special protection" in said
    assert "李秀兰 on the residents' pages the own pages" in said
    assert "李秀兰 was refused on the residents' pages who looked at the own record" in said, "she has not seen it"
    assert "吴** was refused" in said
    assert "吴建军" not in said
    assert said.count("you yourself on the residents") == 1, "however often one looks oneself"
    assert "he is here" not in said


def test_a_guardian_is_not_told_of_a_special_shelter(town: Town) -> None:
    relate(
        person_id=town.zheng.pk, role="guardian", relation="30", relative_id=town.li.pk, start_on=TODAY,
        words="decided by the court", today=TODAY, actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    line(town.zheng, town.wang, clock.true_now(), access.SHELTER_OPENED.code, "crisis")
    line(town.zheng, town.wang, clock.true_now(), access.OPENED.code, "record")
    page = text(sign_in("li"), lookers_of(town.zheng))
    assert "reading the record" in page
    assert "you yourself" in page
    assert "special protection" not in page
    assert "a crisis" not in page


def test_pages_hold_whole_days(town: Town) -> None:
    noon = datetime(2026, 11, 1, 4, tzinfo=UTC)
    for day in range(30):
        for number in range(3):
            at = noon - timedelta(days=day, minutes=number)
            line(town.chen, (town.wang, town.zhao, town.sun)[number], at, access.OPENED.code, access.RECORD)
    seen, before, pages = [], None, 0
    while pages == 0 or before:
        looks, before = looks_before([town.chen.pk], before, limit=40, zone=SHANGHAI)
        seen, pages = [*seen, *looks], pages + 1
    assert (len(seen), pages) == (90, 3)
    assert len({(one.day, one.actor) for one in seen}) == 90
    assert [one.day for one in seen] == sorted((one.day for one in seen), reverse=True)
    few, then = looks_before([town.chen.pk], None, limit=2, zone=SHANGHAI)
    assert len(few) == 3, "a day with more than a page holds is not cut"
    assert then == few[0].day
    client = sign_in("chen")
    first = text(client, lookers_of(town.chen))
    further = re.search(r'href="(\?before=[^"]+)"', first)
    assert further
    assert "To the newest" in text(client, lookers_of(town.chen) + further[1])
    assert client.get(lookers_of(town.chen) + "?before=nonsense").status_code == 200
