"""The worklist through the page: who sees whom, in which order, narrowed how, and what leaves a line."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from tests.town import TODAY, Town, contact

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions
from jinxiu.people.models import Staff, User
from jinxiu.worklists import forms, queries, views
from jinxiu.worklists.actions import refresh_person

URL = "/worklist/"


def as_(staff: Staff, language: str = "zh-hans") -> Client:
    """Return a browser in which the staff member is signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=staff.user_id))
    client.cookies["jinxiu_language"] = language
    return client


def second_step_for(staff: Staff) -> None:
    """Without it an administrator comes to no page but the one that sets it up."""
    Authenticator.objects.create(user_id=staff.user_id, type=Authenticator.Type.RECOVERY_CODES, data={})


def names(client: Client, address: str = URL) -> list[str]:
    """Return the names on the list, in its order."""
    answer = client.get(address)
    assert answer.status_code == 200
    return re.findall(r"data-open>([^<]+)</a>", answer.content.decode())


def test_owner_and_colleague_see_the_people_of_their_team_a_stranger_does_not(town: Town):
    team1 = ["陈志强", "吴建军", "周燕", "李秀兰"]
    assert names(as_(town.wang)) == team1
    assert names(as_(town.zhao)) == team1
    assert not set(names(as_(town.sun))) & set(team1)


def test_the_manager_sees_the_people_but_is_offered_neither_call_nor_record(town: Town):
    page = as_(town.guo).get(URL).content.decode()
    assert "陈志强" in page
    assert reverse("reveal-phone", args=[town.chen.pk]) not in page
    assert "followups/new" not in page
    assert reverse("reveal-phone", args=[town.chen.pk]) in as_(town.zhao).get(URL).content.decode()


@pytest.mark.parametrize("who", ["ma", "tian"])
def test_officer_and_administrator_have_no_worklist(town: Town, who: str):
    second_step_for(town.tian)
    client = as_(getattr(town, who))
    answer = client.get(URL)
    assert answer.status_code == 403
    assert "您无权查看此页" in answer.content.decode()
    assert URL not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=overdue", ["李秀兰"]),
        ("status=danger", ["陈志强"]),
        ("standard=diabetes&status=two_weeks", ["周燕"]),
        ("name=czq", ["陈志强"]),
        ("name=xiulan", ["李秀兰"]),
        ("name=1147", ["吴建军"]),
        ("name=%E5%91%A8", ["周燕"]),
        ("street=140106001", ["陈志强", "李秀兰"]),
        ("mine=on", ["李秀兰"]),
        ("name=nobody", []),
    ],
)
def test_the_list_can_be_narrowed(town: Town, query: str, expected: list[str]):
    assert names(as_(town.zhao), f"{URL}?{query}") == expected


@pytest.mark.parametrize(
    "query", ["status=x", "standard=x&street=x", "team=999999", "after=%00x", "mine=2", "name=%27%25"]
)
def test_nonsense_in_the_address_narrows_nothing_and_breaks_nothing(town: Town, query: str):
    assert as_(town.wang).get(f"{URL}?{query}").status_code == 200


def test_every_count_opens_the_list_of_exactly_those_people(town: Town):
    client = as_(town.wang)
    page = client.get(URL).content.decode()
    cards = re.findall(r'<a class="stat [^"]*" href="([^"]+)".*?<strong class="num">(\d+)</strong>', page, re.DOTALL)
    assert len(cards) == 4
    for address, number in cards:
        assert len(names(client, address)) == int(number), address


def test_the_choices_of_status_are_those_that_the_query_knows():
    assert {code for code, _ in forms.STATUSES} == set(queries.STATUSES)


def test_a_row_says_who_what_why_when_and_the_last_value(town: Town):
    page = as_(town.wang).get(URL).content.decode()
    row = page.split("data-row>")[1]
    for part in (
        "71 岁 男",
        "柳巷街道",
        "危急",
        "高血压",
        "184/102 mmHg",
        "昨天",
        "门诊",
        "12月8日",
        "还剩 13 天",
        "2.3-①",
    ):
        assert part in row, part
    assert "19550615" not in row


def test_the_list_speaks_english(town: Town):
    page = as_(town.wang, "en").get(URL).content.decode()
    for part in ("71 years, male", "Urgent", "Hypertension", "yesterday", "8 December", "13 days left", "Liuxiang"):
        assert part in page, part
    without_names = re.sub("|".join(person.name for person in town.people), "", page.split("<main")[1])
    assert not re.search("[\u4e00-\u9fff]", without_names)


def test_pages_follow_each_other_without_gap_or_repetition(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(views, "PAGE_ROWS", 3)
    client = as_(town.wang)
    first = client.get(URL).content.decode()
    after = re.search(r'href="([^"]+)" rel="next"', first)
    assert after
    assert names(client) + names(client, after[1].replace("&amp;", "&")) == ["陈志强", "吴建军", "周燕", "李秀兰"]


def test_htmx_gets_the_list_alone_and_a_history_step_the_whole_page(town: Town):
    client = as_(town.wang)
    assert "<html" not in client.get(URL, headers={"HX-Request": "true"}).content.decode()
    restored = client.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_somebody_of_two_teams_can_look_at_one(town: Town):
    actions.assign(staff_id=town.zhao.pk, role="nurse", team_id=town.team2.pk, start_on=date(2026, 1, 1), actor=SYSTEM)
    client = as_(town.zhao)
    assert "我的全部团队" in client.get(URL).content.decode()
    assert "陈志强" in names(client)
    assert "陈志强" not in names(client, f"{URL}?team={town.team2.pk}")
    assert "我的全部团队" not in as_(town.wang).get(URL).content.decode()


def test_an_empty_list_says_what_to_do(town: Town):
    client = as_(town.zhao)
    assert "没有符合条件的居民" in client.get(f"{URL}?name=nobody").content.decode()


def test_a_page_costs_the_same_queries_however_many_rows(
    town: Town, django_assert_max_num_queries: Callable[[int], object]
):
    client = as_(town.wang)
    client.get(URL)  # the first page of a session also writes when it was used
    # One asks for emergency openings, whose banner is on every page, and one for what is arranged already.
    with django_assert_max_num_queries(17):
        client.get(URL)


# --- the number to call -----------------------------------------------------------------------------------------------


def phone(client: Client, town: Town):
    return client.post(reverse("reveal-phone", args=[town.chen.pk]))


def test_a_number_is_shown_to_who_cares_for_the_person_and_leaves_a_line(town: Town):
    page = phone(as_(town.zhao), town).content.decode()
    assert 'href="tel:13812340021"' in page
    line = AuditEntry.objects.filter(action="person.opened").latest("pk")
    assert (line.actor_name, line.person_id, line.purpose) == ("赵敏", town.chen.pk, "phone call")


@pytest.mark.parametrize("who", ["sun", "guo", "ma", "tian"])
def test_a_number_is_not_found_for_others_and_the_attempt_leaves_a_line(town: Town, who: str):
    second_step_for(town.tian)
    answer = phone(as_(getattr(town, who)), town)
    assert answer.status_code == 404
    assert "13812340021" not in answer.content.decode()
    assert AuditEntry.objects.filter(action="person.refused", person_id=town.chen.pk).exists()


def test_looking_alone_reveals_nothing(town: Town):
    client = as_(town.zhao)
    assert client.get(reverse("reveal-phone", args=[town.chen.pk])).status_code == 405
    assert "13812340021" not in client.get(URL).content.decode()


def row_of(client: Client, name: str, address: str = URL) -> str:
    """Return the row of somebody on the list, which has one for each person."""
    (row,) = [one for one in client.get(address).content.decode().split("data-row>")[1:] if name in one]
    return " ".join(row.split("</li> <li")[0].split())


@pytest.mark.parametrize(
    ("language", "visit", "also"),
    [
        (
            "zh-hans",
            "一次合并办理：随访（高血压）；面对面随访（2型糖尿病、高血压）",
            "年度健康检查（2型糖尿病、老年人健康管理、高血压）",
        ),
        (
            "en",
            "One visit: Next contact (Hypertension); Face-to-face contacts (Type 2 diabetes, Hypertension)",
            "Yearly examination (Type 2 diabetes, ",
        ),
    ],
)
def test_two_diseases_are_one_visit_and_one_examination(town: Town, language: str, visit: str, also: str):
    row = row_of(as_(town.wang, language), "吴建军")
    assert visit in row
    assert row.count(also) == 1


def test_the_visit_is_due_when_its_first_part_is_and_opens_the_one_form_of_both(town: Town):
    client = as_(town.wang)
    contact(town.wu, town.wang, date(2026, 11, 20), kind="followup.diabetes", fasting_glucose=7.4)
    refresh_person(person_id=town.wu.pk, today=TODAY, actor=SYSTEM)
    by_referral = row_of(client, "吴建军")
    assert "转诊 · 高血压" in by_referral
    assert "一次合并办理：随访（高血压、2型糖尿病）" in by_referral
    assert "应于 11月29日" in by_referral
    chosen = row_of(client, "吴建军", f"{URL}?standard=diabetes")
    assert "2型糖尿病" in chosen.split("</span>")[4]
    assert "应于 11月29日" in chosen, "the first part of the visit, though another standard was asked for"
    (form,) = re.findall(r'href="([^"]+)" data-new', by_referral)
    page = client.get(form.replace("&amp;", "&")).content.decode()
    assert 'name="systolic"' in page
    assert 'name="fasting_glucose"' in page
