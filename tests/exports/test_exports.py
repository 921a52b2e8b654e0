"""Follow-ups leave in a layout: whole, with reason and watermark, to those who may, and come back as they are."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from openpyxl import load_workbook

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.exports.layouts import layouts, read_layout
from jinxiu.familydoctor.imports.records import import_records
from jinxiu.people.models import Person, Staff, User
from jinxiu.standards.positions import StandardError
from tests.town import Town, contact, id_card

ALL = {"layout": "hypertension_followups", "since": "2026-01-01", "until": "2026-11-25", "reason": "月报 给省平台"}


def as_(staff: Staff, language: str = "zh-hans") -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=staff.user_id))
    client.cookies["jinxiu_language"] = language
    return client


def rows_of(answer: HttpResponse) -> list[tuple[str, ...]]:
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet"), errors_of(answer)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    return [tuple("" if cell is None else cell for cell in row) for row in sheet.iter_rows(values_only=True)]


def errors_of(answer: HttpResponse) -> str:
    text = answer.content.decode()
    return " ".join(re.findall(r"<main.*</main>", text, re.DOTALL))


def test_the_manager_gets_the_institutions_contacts_and_no_others(town: Town) -> None:
    _mark, heads, *rows = rows_of(as_(town.guo).post("/export/", ALL))
    assert heads[:2] == ("姓名", "身份证号")
    assert {row[0] for row in rows} == {"陈志强", "李秀兰", "吴建军"}, "Feng is of another centre"
    assert (
        len(rows)
        == Event.objects.filter(
            kind="followup.hypertension",
            happened_on__range=("2026-01-01", "2026-11-25"),
            person__in=[town.chen, town.li, town.wu],
        ).count()
    )
    li = next(row for row in rows if row[0] == "李秀兰")
    named = dict(zip(heads, li, strict=True))
    assert (named["性别"], named["出生日期"], named["随访日期"]) == ("女", "1968-03-01", "2026-07-01")
    assert (named["随访方式"], named["收缩压"], named["舒张压"], named["药物不良反应"]) == ("1", "132", "82", "无")
    assert (named["社区"], named["团队"], named["随访医生"]) == ("柳巷社区", "第一团队", "赵敏")
    assert [row[7] for row in rows] == sorted(row[7] for row in rows)


def test_the_mark_says_who_when_and_why_and_so_does_the_trail(town: Town) -> None:
    answer = as_(town.guo).post("/export/", ALL)
    (mark, *_), *_ = rows_of(answer)
    assert all(word in mark for word in ("郭伟", "2026-11-25", "月报 给省平台"))
    book = load_workbook(io.BytesIO(answer.content))
    assert "郭伟" in (book.active.oddFooter.center.text or "")
    assert "郭伟" in (book.properties.description or "")
    line = AuditEntry.objects.get(action="records.exported")
    assert (line.actor_name, line.detail["rows"], line.detail["reason"]) == (
        "郭伟",
        len(rows_of(answer)) - 2,
        "月报 给省平台",
    )
    assert (
        answer.headers["Content-Disposition"]
        == 'attachment; filename="hypertension_followups-2026-01-01-2026-11-25.xlsx"'
    )


def test_numbers_are_masked_unless_the_manager_asks_for_them(town: Town) -> None:
    number = id_card(date(1968, 3, 1), 8)
    masked = {row[1] for row in rows_of(as_(town.guo).post("/export/", ALL))[2:]}
    assert all("*" in one for one in masked)
    whole = {row[1] for row in rows_of(as_(town.guo).post("/export/", ALL | {"whole_numbers": "on"}))[2:]}
    assert number in whole
    assert AuditEntry.objects.filter(action="records.exported_with_numbers").count() == 1


def test_a_public_health_doctor_exports_her_team_without_numbers(town: Town) -> None:
    town.zhao.assignments.update(role="public_health_doctor")
    client = as_(town.zhao)
    assert "whole_numbers" not in client.get("/export/").content.decode()
    rows = rows_of(client.post("/export/", ALL | {"whole_numbers": "on"}))[2:]
    assert rows
    assert all("*" in row[1] for row in rows), "what the form does not offer is not given"


@pytest.mark.parametrize("who", ["wang", "zhao", "ma"])
def test_others_get_nothing(town: Town, who: str) -> None:
    client = as_(getattr(town, who))
    assert client.get("/export/").status_code == client.post("/export/", ALL).status_code == 403
    assert not AuditEntry.objects.filter(action__startswith="records.exported").exists()


def test_a_team_out_of_reach_is_no_choice(town: Town) -> None:
    answer = as_(town.guo).post("/export/", ALL | {"team": town.team2.pk})
    assert answer.status_code == 200
    assert "text/html" in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "xx"}, "至少"),
        ({"until": "2026-11-26"}, "尚未到来"),
        ({"since": "2026-11-20", "until": "2026-11-19"}, "早于"),
        ({"since": "yesterday"}, "有效"),
        ({"layout": "everything"}, "everything"),
    ],
)
def test_wrong_input_is_answered_beside_its_field(town: Town, change: dict[str, str], said: str) -> None:
    answer = as_(town.guo).post("/export/", ALL | change)
    assert "text/html" in answer.headers["Content-Type"]
    assert said in errors_of(answer)
    assert not AuditEntry.objects.filter(action__startswith="records.exported").exists()


def test_more_rows_than_allowed_are_not_exported(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "JINXIU_EXPORT_ROWS", 2)
    assert "超过 2 行" in errors_of(as_(town.guo).post("/export/", ALL))
    assert not AuditEntry.objects.filter(action__startswith="records.exported").exists()


def test_what_was_corrected_or_withdrawn_stands_as_it_is_now(town: Town) -> None:
    gone = contact(town.li, town.wang, date(2026, 10, 10), systolic=120, diastolic=70)
    evidence.withdraw_event(event_id=gone, reason="录错", actor=SYSTEM, recorded_by=None)
    days = [row[7] for row in rows_of(as_(town.guo).post("/export/", ALL))[2:] if row[0] == "李秀兰"]
    assert days == ["2026-07-01"]


def test_a_cell_is_text_whatever_it_begins_with(town: Town) -> None:
    Person.objects.filter(pk=town.li.pk).update(name='=HYPERLINK("x")')
    answer = as_(town.guo).post("/export/", ALL)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    (cell,) = [row[0] for row in sheet.iter_rows() if str(row[0].value).startswith("=HYPER")]
    assert cell.data_type == "s"


def test_an_exported_file_comes_back_and_changes_nothing(town: Town) -> None:
    answer = as_(town.guo).post("/export/", ALL | {"whole_numbers": "on"})
    exported = len(rows_of(answer)) - 2
    report = import_records([("back.xlsx", answer.content)], layout="hypertension", actor=SYSTEM)
    assert dict(+report.counts) == {"same": exported}


def test_the_question_count_does_not_grow_with_the_rows(town: Town, django_assert_max_num_queries: object) -> None:
    for day in range(1, 28):
        contact(town.li, town.wang, date(2026, 9, day), systolic=120, diastolic=70)
    client = as_(town.guo)
    client.get("/export/")
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert len(rows_of(client.post("/export/", ALL))) > 27


def test_every_shipped_layout_can_be_read_and_says_what_the_receiver_writes() -> None:
    assert {"hypertension_followups", "diabetes_followups", "exams"} <= set(layouts())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{heading: 血压, observation: sistolic}", "did you mean systolic"),
        ("{heading: 血压, says: name, observation: systolic}", "one of says, observation, answer"),
        ("{heading: 血压}", "one of says, observation, answer"),
        ("{says: name}", "no heading"),
        ("{heading: 姓名, says: nickname}", "nickname"),
    ],
)
def test_a_mistake_in_a_layout_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"id: mine\ntitle: {{zh: 我的, en: Mine}}\nevent: exam.annual\ncolumns:\n  - {line}\n", encoding="utf-8"
    )
    with pytest.raises(StandardError) as raised:
        read_layout(file)
    assert "mine.yaml:5" in str(raised.value)
    assert said in str(raised.value)
