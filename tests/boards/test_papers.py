"""A board as an Excel file and a call list on paper: with reason, mark and trail, for those who may."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest
from django.http import HttpResponse
from django.test import Client
from openpyxl import load_workbook

from jinxiu.audit.models import AuditEntry
from jinxiu.people import clock
from jinxiu.people.models import Person, Restriction
from tests.boards.test_boards import text_of
from tests.boards.test_calls import CALLS, called
from tests.exports.test_exports import as_
from tests.town import Town, enrol

EXPORT = "/groups/hypertension/export/"
REASON = {"reason": "月报 给区里"}


def rows_of(answer: HttpResponse) -> list[list[str]]:
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet"), answer.content.decode()
    sheet = load_workbook(io.BytesIO(answer.content)).active
    return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def test_the_file_has_the_people_of_the_filter_with_mark_and_trail(town: Town) -> None:
    (mark, *_), heads, *rows = rows_of(as_(town.guo, "en").post(f"{EXPORT}?status=overdue", REASON))
    assert all(word in mark for word in ("郭伟", "2026-11-25", REASON["reason"]))
    (li,) = [dict(zip(heads, row, strict=True)) for row in rows]
    assert (li["Name"], li["Sex"], li["Birth date"], li["Community"]) == ("李秀兰", "female", "1968-03-01", "柳巷社区")
    assert "Next contact" in li["What is missing"]
    assert (li["Due by"], li["Last value"], li["On"]) == ("2026-09-29", "132/82 mmHg", "2026-07-01")
    assert "*" in li["ID number"]
    assert "*" in li["Phone"]
    line = AuditEntry.objects.get(action="group.exported")
    assert (line.detail["rows"], line.detail["reason"], line.detail["status"]) == (1, REASON["reason"], "overdue")


def test_a_file_needs_a_reason_and_has_a_limit(town: Town, settings) -> None:
    assert "1 person" in text_of(as_(town.guo, "en"), f"{EXPORT}?status=overdue")
    assert b"spreadsheet" not in as_(town.guo).post(EXPORT, {"reason": "x"}).content[:50]
    settings.JINXIU_EXPORT_ROWS = 2
    assert "more than 2 people" in as_(town.guo, "en").post(EXPORT, REASON).content.decode()
    assert not AuditEntry.objects.filter(action="group.exported").exists()


def test_whose_use_is_restricted_leaves_in_no_file(town: Town) -> None:
    Restriction.objects.create(person=town.li, kind="care_only", reason="own_wish", start_at=clock.now())
    names = [row[0] for row in rows_of(as_(town.guo).post(EXPORT, REASON))[2:]]
    assert names == ["吴建军", "陈志强"]


def test_who_may_export(town: Town) -> None:
    enrol(town.zheng, "mental", date(2026, 2, 1))
    town.zhao.assignments.update(role="public_health_doctor")
    assert as_(town.wang).post(EXPORT, REASON).status_code == 403, "a family doctor exports nothing"
    assert len(rows_of(as_(town.zhao).post(f"{EXPORT}?status=all", REASON))) == 2 + 3
    assert as_(town.zhao).post("/groups/mental/export/", REASON).status_code == 404, "what is sheltered stays inside"
    assert EXPORT in as_(town.guo).get("/groups/hypertension/").content.decode()
    assert EXPORT not in as_(town.wang).get("/groups/hypertension/").content.decode()


def test_the_call_list_on_paper_has_whole_numbers_and_a_line_for_each_person(town: Town) -> None:
    called(as_(town.zhao), town.chen, outcome="reached")
    text = words_of(as_(town.zhao, "en"), f"{CALLS}pdf/")
    for word in ("电话联系名单", "李秀兰", "13812343318", "吴建军", "赵敏", "2026-11-25"):
        assert word in text, word
    assert "陈志强" not in text, "called today"
    assert set(AuditEntry.objects.filter(action="group.phone_printed").values_list("person_id", flat=True)) == {
        town.li.pk,
        town.wu.pk,
    }
    assert AuditEntry.objects.get(action="group.calls_printed").detail["rows"] == 2


def test_paper_takes_so_many_and_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.familydoctor.boards.papers.PRINT_ROWS", 1)
    text = words_of(as_(town.zhao), f"{CALLS}pdf/")
    assert "李秀兰" not in text
    assert "3 人" in text
    Person.objects.update(died_on=date(2026, 11, 24))
    assert "李秀兰" not in words_of(as_(town.zhao), f"{CALLS}pdf/"), "an empty list is a paper too"


def test_who_may_print(town: Town) -> None:
    assert as_(town.guo).get(f"{CALLS}pdf/").status_code == 403
    assert as_(town.wang).get("/groups/mental/calls/pdf/").status_code == 404
    assert f"{CALLS}pdf/" in as_(town.zhao).get(CALLS).content.decode()
