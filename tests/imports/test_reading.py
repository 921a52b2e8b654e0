"""Cells, headings, rows and files as centres have them; and what is refused instead of guessed."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from jinxiu.familydoctor.imports import cells
from jinxiu.familydoctor.imports.cells import CellError
from jinxiu.familydoctor.imports.layouts import layouts, read_headings, read_layout
from jinxiu.familydoctor.imports.rows import RowReader, measured_values
from jinxiu.familydoctor.imports.tables import FileError, read_tables
from jinxiu.standards.positions import StandardError
from tests.imports.files import text, xlsx
from tests.town import TODAY, id_card

BORN = date(1968, 3, 1)
CARD = id_card(BORN, 242)
RESIDENTS = layouts()["residents"]


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-05",
        "2026/11/5",
        "20261105",
        20261105,
        20261105.0,
        "2026年11月5日",
        "2026.11.5",
        46331,
        46331.0,
        "46331",
        "２０２６－１１－０５",
        " 2026-11-05 00:00:00 ",
        "'2026-11-05",
        date(2026, 11, 5),
        datetime(2026, 11, 5, 9, 30),
    ],
)
def test_a_day_in_every_shape(cell: cells.Cell) -> None:
    assert cells.day(cell, TODAY) == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2026-02-30", "day_shape"),
        ("5.11.2026", "day_shape"),
        ("49-12-31", "day_shape"),
        ("1955", "day_shape"),  # a year, not the 1,955th day
        (1955, "day_shape"),
        ("2026年11月", "day_shape"),
        ("昨天", "day_shape"),
        ("2026-11-26", "day_future"),
        ("1899-12-31", "day_past"),
    ],
)
def test_a_day_that_is_none(cell: cells.Cell, reason: str) -> None:
    with pytest.raises(CellError) as refused:
        cells.day(cell, TODAY)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "written", [CARD, f"'{CARD}", f'="{CARD}"', f"{CARD[:6]} {CARD[6:14]} {CARD[14:]}", f" {CARD.lower()}\u3000"]
)
def test_an_identity_number_as_people_write_it(written: str) -> None:
    wide = written.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    for one in (written, wide):
        card = cells.id_card(one, TODAY)
        assert (card.number, card.birth_date, card.sex) == (CARD, BORN, "F")


def test_x_at_the_end_and_fifteen_digits() -> None:
    assert cells.id_card("11010519491231002x", TODAY).number == "11010519491231002X"
    assert cells.id_card(110105491231002, TODAY).number == "11010519491231002X"


@pytest.mark.parametrize("cell", [1.40106e17, "1.40106E+17", "1.40106e+17", CARD[:15] + "000", float(int(CARD[:17]))])
def test_digits_that_excel_has_lost(cell: cells.Cell) -> None:
    with pytest.raises(CellError) as refused:
        cells.id_card(cell, TODAY)
    assert refused.value.reason == "id_digits_lost"


@pytest.mark.parametrize(
    ("number", "reason"),
    [("140106202302290016", "id_card_date"), (CARD[:-1] + "A", "id_card_shape"), ("12345", "id_card_shape")],
)
def test_numbers_that_nobody_has(number: str, reason: str) -> None:
    with pytest.raises(CellError) as refused:
        cells.id_card(number, TODAY)
    assert refused.value.reason == reason


def test_phones_of_one_cell() -> None:
    assert cells.phones("138 1234 0021、0351-4000001") == ("13812340021", "03514000001")
    assert cells.phones(13812340021.0) == ("13812340021",)
    with pytest.raises(CellError):
        cells.phones("问儿子")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("姓 名", "name"),
        ("*身份证号码（必填）", "id_number"),
        ("证件号码", "id_number"),
        ("居委会", "community"),
        ("家庭医生团队", "team"),
        ("本人联系手机号码", "phone"),
        ("联系人电话", ""),
        ("户主姓名", "head_name"),
        ("户主身份证号码", "head_number"),
        ("高血压分级", ""),
        ("签约日期", "signed_on"),
        ("备注", ""),
    ],
)
def test_headings(heading: str, field: str) -> None:
    (found,) = read_headings(RESIDENTS, [heading])
    assert found.field == field


def test_an_equal_heading_wins_over_a_part_and_each_column_is_listed() -> None:
    found = read_headings(RESIDENTS, ["签约居民姓名栏", "姓名", "手机", "家庭电话", ""])
    assert [one.field for one in found] == ["", "name", "phone", "phone"]


ROW = ["李秀兰", CARD, "女", "1968年3月1日", "13812343318", "柳巷社区", "柳巷路 12 号", "第一团队"]


@pytest.mark.parametrize(
    "content",
    [
        xlsx([["2026 年居民名册"], [], ["姓名", "身份证号", "性别", "出生日期"], ROW[:4]], merge="A1:D1"),
        text([["姓名", "身份证号", "性别", "出生日期"], ROW[:4]]),
        text([["姓名", "身份证号", "性别", "出生日期"], ROW[:4]], encoding="utf-8-sig"),
        text([["姓名", "身份证号", "性别", "出生日期"], ROW[:4]], encoding="gb18030"),
        text([["名册"], ["姓名", "身份证号", "性别", "出生日期"], ROW[:4]], "\t", "gb18030"),
        text(
            [["出生年月日", "性别", "序号", "公民身份号码", "居民姓名"], [ROW[3], "2", "1", CARD, ROW[0]]],
            "\t",
            "utf-16",
        ),
    ],
    ids=["xlsx with a title", "utf-8", "bom", "gb18030", "tabs and a title", "other order, utf-16"],
)
def test_one_table_in_many_files(content: bytes) -> None:
    (table,), others = read_tables(content, RESIDENTS)
    ((number, row),) = table.numbered()
    read = RowReader(RESIDENTS, table.columns, TODAY).read(row)
    assert not others
    assert number == table.first_row
    assert read.problems == []
    assert read.values["name"] == "李秀兰"
    assert read.values["id_number"].number == CARD
    assert (read.values["sex"], read.values["birth_date"]) == ("F", BORN)


def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    content = xlsx([["名册"], [], ["姓名", "身份证号"], ["李秀兰", CARD], [], ["王某", "1"]], merge="A1:B1")
    (table,), _ = read_tables(content, RESIDENTS)
    assert [number for number, _ in table.numbered()] == [4, 6]


def read(headings: list[str], row: list[cells.Cell], layout: str = "residents") -> tuple[dict[str, object], set[str]]:
    chosen = layouts()[layout]
    found = RowReader(chosen, tuple(read_headings(chosen, headings)), TODAY).read(row)
    return found.values, {f"{problem.field}:{problem.reason}" for problem in found.problems}


def test_a_card_that_says_otherwise() -> None:
    _, problems = read(["姓名", "身份证号", "性别", "出生日期"], ["李秀兰", CARD, "男", "1968-03-02"])
    assert problems == {"sex:sex_not_of_card", "birth_date:birth_date_not_of_card"}


def test_groups_and_yes_and_no() -> None:
    values, problems = read(["姓名", "人群分类", "糖尿病", "高血压"], ["李秀兰", "老年人、高血压", "√", "否"])
    assert not problems
    assert values["groups"] == ("hypertension",)
    assert values["diabetes"] is True
    assert "hypertension" not in values


def test_a_bad_phone_leaves_the_row_usable() -> None:
    found = RowReader(RESIDENTS, tuple(read_headings(RESIDENTS, ["姓名", "电话"])), TODAY).read(["李秀兰", "问儿子"])
    assert found.is_usable
    assert [problem.reason for problem in found.problems] == ["phone_shape"]


def test_a_past_follow_up() -> None:
    values, problems = read(
        ["姓名", "身份证号", "随访日期", "随访方式", "血压(mmHg)", "体重"],
        ["李秀兰", CARD, 46331, "入户", "148/92", "61.5kg"],
        "hypertension",
    )
    assert not problems
    assert (values["happened_on"], values["mode"]) == (date(2026, 11, 5), "home")
    assert measured_values(layouts()["hypertension"], values) == {"systolic": 148, "diastolic": 92, "weight": 61.5}


def test_values_that_cannot_be() -> None:
    _, problems = read(
        ["姓名", "身份证号", "随访日期", "收缩压"], ["李秀兰", CARD, "2026-11-05", "1480"], "hypertension"
    )
    assert problems == {"systolic:number_range"}


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return out.getvalue()


def _liar() -> bytes:
    """A zip that says that its large part is small."""
    data = _bomb()
    return data.replace((50_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04" + b"\0" * 50, "file_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_broken"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "file_kind"),
        (b"hello", "file_headings"),
        (text([["姓名", "性别"], ["李秀兰", "女"]])[:0] + "性别,电话\r\n女,1".encode(), "file_headings"),
        (_bomb(), "file_bomb"),
        (_liar(), "file_broken"),
    ],
    ids=["empty", "half a zip", "half an xls", "a picture", "no table", "no name", "bomb", "lying bomb"],
)
def test_files_that_cannot_be_used(content: bytes, reason: str) -> None:
    with pytest.raises(FileError) as refused:
        read_tables(content, RESIDENTS)
    assert refused.value.reason == reason


def test_mistakes_of_a_layout_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: {zh: 我的, en: Mine}\nabout: {zh: 甲, en: A}\ncolumns:\n"
        "  name: {reads: txt, title: {zh: 姓名, en: Name}, headings: [姓名]}\n"
        "  other: {reads: text, title: {zh: 乙, en: B}, headings: [姓 名], code: systolik}\n"
    )
    with pytest.raises(StandardError) as wrong:
        read_layout(path)
    assert [(mistake.line, mistake.found) for mistake in wrong.value.mistakes] == [
        (5, "'txt'"),
        (6, "'systolik'"),
        (6, "姓名, which is a heading of name already"),
    ]
