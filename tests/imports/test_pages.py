"""A clerk brings residents in through the browser: look, then yes; nobody else, and no file is left lying."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from python_calamine import CalamineWorkbook

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.familydoctor.imports import uploads
from jinxiu.people import actions
from jinxiu.people.models import Person, Staff, User
from jinxiu.worklists.models import DueItem
from tests.imports.files import HEADINGS, xlsx
from tests.imports.test_residents import LI_CARD, NEW
from tests.town import Town, id_card


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads wait in a place of the test's own."""
    monkeypatch.setattr(settings, "JINXIU_DATA", tmp_path)
    return tmp_path / "uploads"


@pytest.fixture
def clerk(town: Town) -> Client:
    """He Jing, clerk of Liuxiang centre, signed in."""
    staff = actions.add_staff(
        username="he",
        password=None,
        name="何静",
        role="clerk",
        start_on=date(2020, 1, 1),
        institution_id=town.team1.institution_id,
        actor=SYSTEM,
    )
    return as_(staff)


def as_(staff: Staff, language: str = "zh-hans") -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=staff.user_id))
    client.cookies["jinxiu_language"] = language
    return client


def send(
    client: Client,
    team: int,
    *rows: tuple[object, ...],
    content: bytes | None = None,
    layout: str = "residents",
    headings: tuple[str, ...] = HEADINGS,
) -> HttpResponse:
    file = SimpleUploadedFile("名册.xlsx", xlsx([headings, *rows]) if content is None else content)
    return client.post("/import/", {"file": file, "team": team, "layout": layout})


def token_of(answer: HttpResponse) -> str:
    found = re.search(r"/import/([0-9a-f]{32})/cancel/", answer.content.decode())
    assert found
    return found[1]


def waiting() -> list[Path]:
    folder = Path(settings.JINXIU_DATA) / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_look_then_import(clerk: Client, town: Town) -> None:
    feng = ("冯明", id_card(date(1966, 4, 4), 5), "男", "1966-04-04")
    answer = send(clerk, town.team1.pk, NEW, feng, ("李秀兰", LI_CARD, "女", "", "", "", "", "", "x"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "此人属于其他团队" in page
    assert "冯明" not in page
    assert not Person.objects.filter(name="张建华").exists()
    token = token_of(answer)
    (kept,) = waiting()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert NEW[1].encode() not in kept.read_bytes()
    assert b"PK" not in kept.read_bytes()[:64]

    rows = CalamineWorkbook.from_filelike(
        SimpleUploadedFile("r.xlsx", clerk.get(f"/import/{token}/report/").content).file
    )
    assert rows.get_sheet_by_index(0).to_python()[1][2] == "3"

    done = clerk.post(f"/import/{token}/confirm/", follow=True)
    assert "已导入：新增 1 人" in done.content.decode()
    assert Person.objects.get(name="张建华").memberships.get().team == town.team1
    assert DueItem.objects.filter(person__name="张建华").exists()  # he is 76: a yearly examination
    assert not waiting()
    entry = AuditEntry.objects.filter(action="residents.imported").get()
    assert (entry.actor_name, entry.detail["new"]) == ("何静", 1)
    assert clerk.post(f"/import/{token}/confirm/").status_code == 404


def test_cancel_deletes_the_file(clerk: Client, town: Town) -> None:
    token = token_of(send(clerk, town.team1.pk, NEW))
    clerk.post(f"/import/{token}/cancel/")
    assert not waiting()
    assert not Person.objects.filter(name="张建华").exists()


def test_a_new_file_or_a_new_visit_deletes_the_one_before(clerk: Client, town: Town) -> None:
    send(clerk, town.team1.pk, NEW)
    send(clerk, town.team1.pk, NEW)
    assert len(waiting()) == 1
    clerk.get("/import/")
    assert not waiting()


def test_an_hour_later_the_file_is_gone(clerk: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(send(clerk, town.team1.pk, NEW))
    monkeypatch.setattr(uploads, "_SECONDS_KEPT", -1)
    answer = clerk.post(f"/import/{token}/confirm/", follow=True)
    assert "已删除" in answer.content.decode()
    send(clerk, town.team1.pk, NEW)  # sweeps
    assert len(waiting()) == 1


def test_what_changed_in_the_meantime_is_shown_again(clerk: Client, town: Town) -> None:
    token = token_of(send(clerk, town.team1.pk, NEW))
    actions.register_person(
        name="张建华", sex="M", birth_date=date(1950, 2, 1), identifiers=[("id_card", NEW[1])], actor=SYSTEM
    )
    answer = clerk.post(f"/import/{token}/confirm/")
    assert "名册在此期间有变化" in answer.content.decode()
    assert Person.objects.filter(name="张建华").count() == 1
    clerk.post(f"/import/{token}/confirm/")
    assert Person.objects.get(name="张建华").memberships.get().team == town.team1


def test_the_file_of_another_session_is_not_found(clerk: Client, town: Town) -> None:
    token = token_of(send(clerk, town.team1.pk, NEW))
    other = as_(Staff.objects.get(name="何静"))
    for path in ("confirm", "cancel"):
        assert other.post(f"/import/{token}/{path}/").status_code == 404
    assert other.get(f"/import/{token}/report/").status_code == 404
    assert clerk.post("/import/" + "0" * 32 + "/confirm/").status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "空"), (b"\x89PNG\0", "这不是 Excel"), (b"a,b", "没有找到表头"), (b"PK\x03\x04", "文件已损坏")],
)
def test_files_that_cannot_be_used(clerk: Client, town: Town, content: bytes, sentence: str) -> None:
    answer = send(clerk, town.team1.pk, content=content)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not waiting()


def test_a_file_that_is_too_large_is_not_read(clerk: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.familydoctor.imports.forms.LARGEST_UPLOAD", 10)
    assert "超过 20 MB" in send(clerk, town.team1.pk, NEW).content.decode()


def test_only_who_may_import(town: Town) -> None:
    for staff in (town.wang, town.zhao, town.guo, town.ma):
        assert as_(staff).get("/import/").status_code == 403
        assert send(as_(staff), town.team1.pk, NEW).status_code == 403


def test_a_team_out_of_reach_cannot_be_chosen(clerk: Client, town: Town) -> None:
    answer = send(clerk, town.team2.pk, NEW)
    assert answer.status_code == 200
    assert not waiting()


AGREEMENTS = ("姓名", "身份证号", "签约日期", "到期日期")
EXAMS = ("姓名", "身份证号", "体检日期", "血压")


@pytest.mark.parametrize(
    ("layout", "headings", "said"),
    [
        ("exams", EXAMS, ("2026-03-01", "128/76")),
        ("agreements", AGREEMENTS, ("2026-03-01", "2027-02-28")),
        ("hypertension", ("姓名", "身份证号", "随访日期", "血压"), ("2026-09-01", "128/76")),
        ("diabetes", ("姓名", "身份证号", "随访日期", "空腹血糖"), ("2026-09-01", "6.1")),
        ("enrolments", ("姓名", "身份证号", "病种", "管理开始日期"), ("糖尿病", "2026-03-01")),
    ],
)
def test_past_records_come_in(
    clerk: Client, town: Town, layout: str, headings: tuple[str, ...], said: tuple[str, str]
) -> None:
    rows = [("李秀兰", LI_CARD, *said), ("张建华", NEW[1], *said)]
    send(clerk, town.team1.pk, NEW)
    before = (Event.objects.count(), Enrolment.objects.count())
    answer = send(clerk, town.team1.pk, *rows, layout=layout, headings=headings)
    page = answer.content.decode()
    assert "登记过的人的号码" in page or "请先导入居民" in page
    assert (Event.objects.count(), Enrolment.objects.count()) == before
    token = token_of(answer)
    assert clerk.get(f"/import/{token}/progress/").json() == {"share": 0}
    report = CalamineWorkbook.from_filelike(
        SimpleUploadedFile("r.xlsx", clerk.get(f"/import/{token}/report/").content).file
    )
    assert report.get_sheet_by_index(0).to_python()[1][2:5] == ["3", "身份证号", ""]
    done = clerk.post(f"/import/{token}/confirm/", follow=True).content.decode()
    assert "已导入：新增 1" in done
    assert sum((Event.objects.count(), Enrolment.objects.count())) == sum(before) + 1
    assert not waiting()
    again = send(clerk, town.team1.pk, *rows, layout=layout, headings=headings).content.decode()
    assert "/confirm/" not in again  # nothing to say yes to


def test_two_clerks_with_the_same_file(clerk: Client, town: Town) -> None:
    row = ("李秀兰", LI_CARD, "2026-03-01", "128/76")
    other = as_(Staff.objects.get(name="何静"))
    tokens = [token_of(send(one, town.team1.pk, row, layout="exams", headings=EXAMS)) for one in (clerk, other)]
    clerk.post(f"/import/{tokens[0]}/confirm/")
    answer = other.post(f"/import/{tokens[1]}/confirm/")
    assert "名册在此期间有变化" in answer.content.decode()
    assert Event.objects.filter(source_system="records").count() == 1


def test_a_share_stands_beside_the_file_and_goes_with_it(clerk: Client, town: Town) -> None:
    token = token_of(send(clerk, town.team1.pk, NEW))
    uploads.note_share(token, 0.4)
    assert clerk.get(f"/import/{token}/progress/").json() == {"share": 0.4}
    clerk.post(f"/import/{token}/cancel/")
    assert not waiting()
    assert clerk.get(f"/import/{token}/progress/").status_code == 404


def test_templates(clerk: Client, town: Town) -> None:
    answer = clerk.get("/import/templates/agreements/")
    assert 'filename="agreements.xlsx"' in answer["Content-Disposition"]
    looked = send(clerk, town.team1.pk, content=answer.content, layout="agreements").content.decode()
    assert "示例行" in looked
    assert clerk.get("/import/templates/nothing/").status_code == 404
    assert as_(town.wang).get("/import/templates/agreements/").status_code == 403


def test_in_english(clerk: Client, town: Town) -> None:
    clerk.cookies["jinxiu_language"] = "en"
    assert "templates to fill in" in clerk.get("/import/").content.decode()
    page = send(clerk, town.team1.pk, NEW).content.decode()
    assert "What would happen" in page
    assert "Nothing has been changed yet." in page
