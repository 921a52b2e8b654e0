"""The manager's page: who sees it, that each number is as long as its list, what is hidden, Excel and trail."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.actions import By
from jinxiu.agreements.models import Agreement
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.managing import rules
from jinxiu.familydoctor.managing.actions import count
from jinxiu.familydoctor.models import NightCount
from jinxiu.people.models import Person, Team
from tests.boards.test_papers import rows_of
from tests.exports.test_exports import as_
from tests.town import TODAY, Town, enrol

BY = By(SYSTEM, "")
REASON = {"reason": "月报 给区里"}


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    (main,) = re.findall(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def numbers(client: Client, address: str) -> dict[str, int]:
    """The addresses of all lists that a page leads to, with the number that stands there."""
    found = re.findall(r'<a href="(/managing/[^"]*/people/[^"]*)">([\d,]+)</a>', client.get(address).content.decode())
    return {unescape(url): int(number.replace(",", "")) for url, number in found}


def listed(client: Client, address: str) -> list[str]:
    """Everybody of a list, page after page; who has no name is an empty one."""
    names: list[str] = []
    while address:
        page = client.get(address).content.decode()
        for item in re.findall(r'<li class="top-item".*?</li>', page, re.DOTALL):
            names += re.findall(r'<a class="name"[^>]*>([^<]+)</a>', item) or [""]
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = unescape(following[1]) if following else ""
    return names


@pytest.fixture
def busy(signed: Town) -> Town:
    """Something on every page: Zheng went to another team of the centre, Chen to Qiaodong, Feng ended; Wu ends soon."""
    second = Team.objects.create(code="lx-2", name="第二团队", name_en="Team 2", institution=signed.team1.institution)
    of = {one.person_id: one.pk for one in Agreement.objects.all()}
    for person, team in ((signed.zheng, second), (signed.chen, signed.team2)):
        agreements.transfer(
            by=BY, today=TODAY, agreement_id=of[person.pk], team_id=team.pk, reason="own_wish", token=uuid4()
        )
    agreements.terminate(by=BY, today=TODAY, agreement_id=of[signed.feng.pk], reason="own_wish", token=uuid4())
    over = Agreement.objects.get(person=signed.wu)
    last = TODAY - timedelta(days=40)
    enrol(signed.li, "agreement", date(2025, 10, 17))
    agreements.adopt(today=TODAY, actor=SYSTEM)
    Agreement.objects.filter(person=signed.li).update(state="expired", end_on=last, last_on=last)
    assert over.state == "active"
    Person.objects.filter(pk=signed.zhou.pk).update(household=None)
    count(today=TODAY)
    return signed


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_who_manages_no_institution_finds_nothing(signed: Town) -> None:
    for staff in (signed.wang, signed.zhao):
        assert as_(staff).get("/managing/").status_code == 404
        assert as_(staff).get("/managing/coverage/").status_code == 404
    assert as_(signed.guo).get("/managing/nothing/").status_code == 404


def test_each_number_is_as_long_as_its_list(busy: Town) -> None:
    client = as_(busy.guo, "en")
    narrowed = f"?team={busy.team1.pk}&place={{}}&group=hypertension&period=month"
    for part in rules.PARTS:
        found = numbers(client, f"/managing/{part}/")
        assert found
        for place in ("140106006", "none"):
            found |= numbers(client, f"/managing/{part}/{narrowed.format(place)}")
        for address, number in found.items():
            assert len(listed(client, address)) == number, address
    elsewhere = numbers(client, "/managing/coverage/?place=none")
    assert {listed(client, address)[0] for address in elsewhere} == {"周燕"}


def test_the_first_page_says_how_it_stands(busy: Town) -> None:
    said = text(as_(busy.guo, "en"), "/managing/")
    for words in (
        "Signing rate 50.0 % target of 2026: 66 %",  # Wu and Zheng; Li and Zhou are not
        "End within 60 days 1 not renewed yet; 0 are",
        "Transfers +1 −2 to these teams and from them, this year",
        "Ended early 0 This year",
        "Renewed 0.0 % of 1 that ran out this year",
    ):
        assert words in said, said


def test_the_pages_by_hand(busy: Town) -> None:
    guo = as_(busy.guo, "en")
    coverage = text(guo, "/managing/coverage/")
    assert "People of 65 and more 2 0 100.0 %" in coverage
    assert "People with hypertension 1 1 50.0 %" in coverage
    assert "All together 2 2 50.0 %" in coverage
    assert "Team 1 1 2 33.3 %" in coverage
    assert "85 %" in text(guo, "/managing/coverage/?group=elderly")
    assert "25 November to 1 December" not in text(guo, "/managing/changes/")
    assert "16 December to 22 December 1 0" in text(guo, "/managing/expiring/")
    assert "Team 1 1 1 1" in text(guo, "/managing/load/"), "Wu, one doctor, one for one doctor"
    assert "Team 2 1 0 – " in text(guo, "/managing/load/").replace("no doctor ", "")
    kept = text(guo, "/managing/kept/")
    assert "Hypertension package: Face-to-face visits 0 1 0 50.0 %" in kept
    # Wu: 4 of basic 4, hypertension 6, elderly 3, diabetes 11; Zheng: 1 of 4 and 3. The mean of 4/24 and 1/7.
    assert "15.5 % is done on average, together 5 of 31 services" in kept
    assert listed(guo, "/managing/changes/people/?number=out") in (["", "郑玉梅"], ["郑玉梅", ""]), (
        "Chen is Qiaodong's now"
    )
    assert "陈志强" not in text(guo, "/managing/changes/people/?number=out")


def test_a_list_goes_through_access_and_leaves_a_line(busy: Town) -> None:
    guo = as_(busy.guo, "en")
    assert listed(guo, "/managing/coverage/people/?number=unsigned.all") == ["李秀兰", "周燕"]
    line = AuditEntry.objects.filter(action="managing.people_listed").latest("pk")
    assert line.detail["people"] == [busy.li.pk, busy.zhou.pk]
    assert line.detail["number"] == "coverage.unsigned.all"
    for number in ("signed.mental", "signed.priority", "signed.nothing", "open", "x' OR 1=1"):
        assert guo.get("/managing/coverage/people/", {"number": number}).status_code == 404, number
    assert guo.get("/managing/expiring/people/?number=open.99").status_code == 404
    assert listed(guo, "/managing/coverage/people/?number=unsigned.all&after=nonsense") == ["李秀兰", "周燕"]
    assert listed(guo, f"/managing/coverage/people/?number=unsigned.all&team={busy.team2.pk}") == ["李秀兰", "周燕"]


def test_the_district_sees_numbers_without_people_and_none_of_few(busy: Town) -> None:
    ma = as_(busy.ma, "en")
    for part in rules.PARTS:
        assert numbers(ma, f"/managing/{part}/") == {}
        assert ma.get(f"/managing/{part}/people/").status_code == 404
        assert ma.get(f"/managing/{part}/export/").status_code == 403
    assert "Signing rate * " in text(ma, "/managing/"), "each side is fewer than five people"
    assert "陈" not in text(ma, "/managing/coverage/")


def test_what_is_under_shelter_is_no_number_of_few_and_leads_nowhere(signed: Town) -> None:
    for person in signed.people[:4]:
        enrol(person, "mental", date(2026, 2, 1))
    count(today=TODAY)
    for staff in (signed.guo, signed.ma):
        assert "severe mental" not in text(as_(staff, "en"), "/managing/coverage/"), "nor that something is left out"
    NightCount.objects.filter(number="signed.mental").update(counted=6)
    NightCount.objects.filter(number="unsigned.mental").delete()
    guo = as_(signed.guo, "en")
    assert "People with a severe mental disorder 12 0 100.0 %" in text(guo, "/managing/coverage/")
    assert "severe mental" not in text(guo, f"/managing/coverage/?team={signed.team1.pk}")
    assert not any("mental" in one or "priority" in one for one in numbers(guo, "/managing/coverage/"))


# --- Excel ------------------------------------------------------------------------------------------------------------


def test_the_people_and_the_numbers_leave_as_excel(busy: Town) -> None:
    guo = as_(busy.guo, "en")
    (mark, *_), heads, *rows = rows_of(guo.post("/managing/coverage/export/?number=unsigned.all", REASON))
    assert all(word in mark for word in ("郭伟", "2026-11-25", REASON["reason"]))
    people = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [(one["Name"], one["Birth date"]) for one in people] == [("李秀兰", "1968-03-01"), ("周燕", "1981-02-28")]
    assert all("*" in one["ID number"] for one in people)
    line = AuditEntry.objects.get(action="managing.exported")
    assert (line.detail["rows"], line.detail["number"], line.detail["reason"]) == (2, "unsigned.all", REASON["reason"])
    _mark, _heads, *numbers_in_file = rows_of(guo.post("/managing/coverage/export/", REASON))
    assert ["People of 65 and more", 2, 0, "100.0 %"] in numbers_in_file
    _mark, _heads, *loads = rows_of(guo.post("/managing/load/export/", REASON))
    assert all(isinstance(number, int) for line in loads[1:] for number in line[1:3]), "they can be added up"
    assert "spreadsheet" not in guo.post("/managing/coverage/export/", {"reason": ""}).headers["Content-Type"]


def test_a_file_has_a_limit(busy: Town, settings: pytest.FixtureRequest) -> None:
    settings.JINXIU_EXPORT_ROWS = 1  # type: ignore[attr-defined]
    answer = as_(busy.guo, "en").post("/managing/coverage/export/?number=unsigned.all", REASON)
    assert "more than 1 people" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="managing.exported").exists()


def test_the_first_page_of_the_day_leads_there(signed: Town) -> None:
    for staff, is_led in ((signed.guo, True), (signed.ma, True), (signed.wang, False)):
        home = as_(staff, "en").get("/").content.decode()
        assert ('href="/managing/coverage/"' in home) == is_led, staff
        assert ('<a href="/managing/"' in home) == is_led, staff
    assert "Kept of what is promised" in text(as_(signed.guo, "en"), "/")
