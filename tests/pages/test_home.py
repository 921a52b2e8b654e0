"""The team's home: what each role finds there in the morning."""

import re

import pytest
from allauth.mfa.models import Authenticator
from tests.pages.test_worklist import as_
from tests.town import TODAY, Town

from jinxiu.worklists.actions import refresh_everyone

PEOPLE = ("陈志强", "李秀兰", "吴建军", "周燕", "郑玉梅", "冯明")


def page(town: Town, who: str, language: str = "zh-hans") -> str:
    answer = as_(getattr(town, who), language).get("/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("who", ["wang", "zhao", "guo"])
def test_the_team_finds_its_counts_and_its_most_urgent(town: Town, who: str):
    found = page(town, who)
    assert found.index("陈志强") < found.index("吴建军")
    assert "冯明" not in found
    assert 'href="/worklist/?status=danger"' in found


def test_the_stranger_finds_the_own_team_only(town: Town):
    assert not any(name in page(town, "sun") for name in PEOPLE[:5])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_officer_finds_the_districts_numbers_and_no_name(town: Town, language: str):
    found = page(town, "ma", language)
    assert not any(name in found for name in PEOPLE)
    assert "/people/" not in found
    assert "/worklist/" not in found
    assert ("柳巷社区卫生服务中心" if language == "zh-hans" else "Liuxiang Health Centre") in found
    overdue = re.search(r"(?:已逾期|Overdue)</span>\s*<strong class=\"num\">(\d+)", found)
    assert overdue
    assert overdue[1] == "1"


def test_the_administrator_finds_no_patient_and_no_number(town: Town):
    Authenticator.objects.create(user=town.tian.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    found = page(town, "tian")
    assert not any(name in found for name in PEOPLE)
    assert '<ul class="stats">' not in found


def test_the_last_evaluation_is_told(town: Town):
    assert "尚未进行全员评估" in page(town, "wang")
    refresh_everyone(TODAY)
    assert "最近一次全员评估" in page(town, "wang")


def test_two_step_sign_in_is_offered_while_it_is_off(town: Town):
    assert "保护您的账号" in page(town, "wang")


@pytest.mark.parametrize(("who", "groups"), [("guo", 2), ("wang", 2), ("ma", 0)])
def test_who_may_go_to_many_places_finds_some_under_a_common_word(town: Town, who: str, groups: int):
    head = page(town, who).split('<div class="who">')[0]
    assert head.count("<summary") == groups
    assert head.count('href="/indicators/"') == 1
