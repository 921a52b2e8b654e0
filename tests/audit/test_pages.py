"""The auditor's search and export, and who looked at a person's record: who may, what is shown, what it leaves."""

import contextlib
import csv
import io
import re
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from jinxiu.audit import actions as audit
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.oversight import views
from jinxiu.people import access
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Identifier, Person, Staff, User
from jinxiu.people.queries import person_id_by_identifier
from tests.town import TODAY, Town, _staff, id_card

URL = "/audit/"


@pytest.fixture
def auditor(town: Town, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser in which the auditor He is signed in; the clock stands where the lines are written."""
    monkeypatch.setenv("JINXIU_TODAY", timezone.localdate().isoformat())
    staff = _staff("he", "何清", "He Qing", "auditor", institution=town.team1.institution)
    return as_(staff)


def as_(staff: Staff, language: str = "en") -> Client:
    """A browser in which the staff member is signed in, second step and all."""
    user = User.objects.get(pk=staff.user_id)
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
    client = Client()
    client.force_login(user)
    client.cookies["jinxiu_language"] = language
    return client


def page(client: Client, address: str = URL, **values: object) -> str:
    answer = client.get(address, values)
    assert answer.status_code == 200
    return answer.content.decode()


def sentences(client: Client, **values: object) -> list[str]:
    return re.findall(r"<td class=\"sentence\">([^<]+)</td>", page(client, **values))


def look(town: Town, staff: Staff, person: Person, purpose: str = access.RECORD) -> None:
    with contextlib.suppress(access.PersonNotFound):
        access.person_for(town.viewer(staff), person.pk, purpose)


# --- search -----------------------------------------------------------------------------------------------------------


def test_the_auditor_reads_sentences_without_a_persons_name(town: Town, auditor: Client) -> None:
    look(town, town.zhao, town.chen)
    look(town, town.sun, town.chen)
    found = sentences(auditor)
    number = town.chen.pk
    assert found[:2] == [
        f"孙丽 asked for the record of 陈** (no. {number}) (reading the record) and was refused.",
        f"赵敏 opened the record of 陈** (no. {number}) (reading the record).",
    ]
    assert "陈志强" not in page(auditor)
    assert "Closed up to line" not in page(auditor)
    audit.close_blocks(wait=0)
    assert "Closed up to line" in page(auditor)


def test_chinese_is_the_first_language(town: Town, auditor: Client) -> None:
    auditor.cookies["jinxiu_language"] = "zh-hans"
    look(town, town.zhao, town.chen)
    text = page(auditor)
    assert "赵敏打开了陈**（编号" in text


@pytest.mark.parametrize("who", ["wang", "zhao", "guo", "ma", "tian"])
def test_nobody_else_may(town: Town, who: str) -> None:
    client = as_(getattr(town, who))
    before = AuditEntry.objects.count()
    assert client.get(URL).status_code == 403
    assert client.post("/audit/export/", {"reason": "curious"}).status_code == 403
    assert client.post("/audit/find/", {"number": "1"}).status_code == 403
    assert AuditEntry.objects.count() == before
    assert URL not in client.get("/").content.decode()


def test_looking_leaves_a_line_and_so_does_the_next_page(
    town: Town, auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE_LINES", 2)
    page(auditor, person=town.chen.pk)
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_name, line.person_id) == ("trail.searched", "何清", town.chen.pk)
    today = timezone.localdate()
    assert line.detail == {"since": (today - timedelta(days=6)).isoformat(), "until": today.isoformat()}
    page(auditor)
    assert AuditEntry.objects.filter(action="trail.searched").count() == 2


def test_pages_follow_each_other_without_a_gap(town: Town, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PAGE_LINES", 3)
    at = timezone.now()
    for number in range(1, 8):  # several in one instant
        AuditEntry.objects.create(
            at=at, action="person.opened", actor_name=f"甲{number}", purpose="record", person_id=5
        )
    asked = {"action": "person.opened", "person": "5"}
    seen: list[str] = []
    text = page(auditor, **asked)
    while True:
        seen += re.findall(r"<td class=\"sentence\">(甲\d)", text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        if not following:
            break
        text = auditor.get(following[1].replace("&amp;", "&")).content.decode()
    assert seen == [f"甲{number}" for number in range(7, 0, -1)]


def test_the_search_is_narrowed_by_all_that_it_offers(town: Town, auditor: Client) -> None:
    look(town, town.zhao, town.chen, access.PHONE_CALL)
    look(town, town.wang, town.li)
    assert all("何清" not in one for one in sentences(auditor, actor="赵"))
    assert len(sentences(auditor, actor="赵", person=town.chen.pk)) == 1
    assert sentences(auditor, actor="赵", person=town.li.pk) == []
    assert len(sentences(auditor, purpose=access.PHONE_CALL)) == 1
    assert len(sentences(auditor, action="person.opened", actor="王")) == 1
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "No line fits" in page(auditor, since=tomorrow.isoformat(), until=tomorrow.isoformat())


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-11-25", "until": "2026-11-24"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "yesterday"},
        {"person": "99999999999999999999"},
        {"person": "-1"},
        {"action": "gone.by"},
        {"actor": "a\x00b"},
    ],
    ids=str,
)
def test_nonsense_is_said_at_its_field_and_searches_nothing(town: Town, auditor: Client, asked: dict[str, str]) -> None:
    before = AuditEntry.objects.count()
    text = page(auditor, **asked)
    assert 'class="field wrong"' in text
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("after", ["x", "2026-11-25|1", "|", "2026-11-25T00:00:00+00:00|99999999999999999999"])
def test_a_wrong_key_begins_at_the_start(town: Town, auditor: Client, after: str) -> None:
    assert sentences(auditor, after=after)


def test_a_person_is_found_by_the_whole_number_which_stays_in_no_address(town: Town, auditor: Client) -> None:
    number = next(
        card for serial in range(1, 20) if person_id_by_identifier(ID_CARD, card := id_card(date(1955, 6, 15), serial))
    )
    look(town, town.zhao, town.chen)
    answer = auditor.post("/audit/find/", {"number": f" {number.lower()} "})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"/audit/?person={town.chen.pk}&since=")
    assert len(re.findall("赵敏", auditor.get(answer.headers["Location"]).content.decode())) >= 1


@pytest.mark.parametrize("number", ["", "140106********0021", "11010519491231002X"])
def test_a_number_of_nobody_says_so(town: Town, auditor: Client, number: str) -> None:
    answer = auditor.post("/audit/find/", {"number": number}, follow=True)
    assert "Nobody has this number." in answer.content.decode()
    assert Identifier.objects.exists()


# --- export -----------------------------------------------------------------------------------------------------------


def rows(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))  # type: ignore[attr-defined]


def test_an_export_says_who_why_and_leaves_a_line(town: Town, auditor: Client) -> None:
    look(town, town.zhao, town.chen)
    answer = auditor.post(
        "/audit/export/", {"person": town.chen.pk, "action": "person.opened", "reason": "complaint 12"}
    )
    found = rows(answer)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trail.csv"'
    assert found[0][0].startswith("Exported by 何清 on ")
    assert found[0][0].endswith("complaint 12")
    assert found[2][1] == f"赵敏 opened the record of 陈** (no. {town.chen.pk}) (reading the record)."
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.detail["lines"], line.detail["reason"]) == ("trail.exported", 1, "complaint 12")


@pytest.mark.parametrize("reason", ["", "x", "y" * 300])
def test_without_a_reason_nothing_leaves(town: Town, auditor: Client, reason: str) -> None:
    answer = auditor.post("/audit/export/", {"reason": reason}, follow=True)
    assert "Nothing was exported" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="trail.exported").exists()


def test_too_much_at_once_is_refused(town: Town, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "EXPORT_LINES", 2)
    answer = auditor.post("/audit/export/", {"reason": "all of it"}, follow=True)
    assert "more than 2 lines fit" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="trail.exported").exists()


def test_a_cell_is_no_formula(town: Town, auditor: Client) -> None:
    audit.record(access.OPENED, actor=SYSTEM.__class__(9, '=HYPERLINK("http://x")', "nurse"), purpose="record")
    found = rows(auditor.post("/audit/export/", {"actor": "HYPERLINK", "reason": "=1+1 why"}))
    assert found[2][1].startswith("'=HYPERLINK")
    assert not any(cell[:1] in ("=", "+", "-", "@") for row in found for cell in row)


# --- who looked -------------------------------------------------------------------------------------------------------


def log(client: Client, person: Person, **values: object) -> list[list[str]]:
    text = page(client, f"/people/{person.pk}/access-log/", **values)
    cells = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    ]
    return [[re.sub(r"\s*<[^>]+>\s*", " ", cell).strip() for cell in row] for row in cells if row]


@pytest.fixture
def _true_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINXIU_TODAY", timezone.localdate().isoformat())


@pytest.mark.usefixtures("_true_day")
def test_looks_are_counted_by_person_role_and_purpose(town: Town) -> None:
    for _ in range(3):
        look(town, town.wang, town.chen)
    look(town, town.wang, town.chen, access.PHONE_CALL)
    look(town, town.sun, town.chen)
    found = [row[1:] for row in log(as_(town.zhao), town.chen)]
    assert found == [
        ["王建国", "Family doctor", "reading the record", "3"],
        ["王建国", "Family doctor", "a phone call", "1"],
        ["孙丽", "Family doctor", "reading the record was refused", "1"],
        ["赵敏", "Nurse", "the list of who looked", "1"],
    ]


@pytest.mark.usefixtures("_true_day")
def test_colleagues_of_the_care_see_it_others_do_not(town: Town) -> None:
    address = f"/people/{town.chen.pk}/access-log/"
    assert as_(town.wang).get(address).status_code == 200
    for other in (town.sun, town.guo, town.ma, town.tian):
        assert as_(other).get(address).status_code == 404
    assert address in as_(town.wang).get(f"/people/{town.chen.pk}/").content.decode()
    assert address not in as_(town.guo).get(f"/people/{town.chen.pk}/").content.decode()


@pytest.mark.usefixtures("_true_day")
def test_earlier_years_are_offered(town: Town) -> None:
    AuditEntry.objects.create(
        at=timezone.now() - timedelta(days=800),
        action="person.opened",
        actor_name="旧人",
        role="nurse",
        purpose="record",
        person_id=town.chen.pk,
    )
    year = (timezone.localdate() - timedelta(days=800)).year
    text = page(as_(town.zhao), f"/people/{town.chen.pk}/access-log/")
    assert f"?year={year}" in text
    assert "旧人" not in text
    assert [row[1] for row in log(as_(town.zhao), town.chen, year=year)] == ["旧人"]
    assert "Nobody opened this record" in page(as_(town.zhao), f"/people/{town.chen.pk}/access-log/", year=year + 1)


@pytest.mark.parametrize("year", ["1", "abc", "99999999999999999999", "²"])
@pytest.mark.usefixtures("_true_day")
def test_a_year_that_makes_no_sense_is_this_one(town: Town, year: str) -> None:
    assert log(as_(town.zhao), town.chen, year=year)
    assert TODAY
