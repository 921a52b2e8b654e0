"""`./jinxiu import residents` as an operator types it: look, import, import again, and what is refused."""

import csv
import io
from pathlib import Path

from python_calamine import CalamineWorkbook

from tests.cli.conftest import data_dir, jinxiu
from tests.imports.files import HEADINGS, xlsx
from tests.imports.test_residents import NEW

__all__ = ["data_dir"]

BAD = ("王小明", 1.40106e17, "男", "")


def test_help_shows_how_to_begin() -> None:
    done = jinxiu("import", "residents", "--help")
    assert done.returncode == 0
    assert "--dry-run" in done.stdout
    assert "Exit codes: 0" in done.stdout


def counts(stdout: str) -> list[str]:
    """The line under new, changed, same, proposed, refused."""
    lines = [line.split() for line in stdout.splitlines()]
    return lines[lines.index(["new", "changed", "same", "proposed", "refused"]) + 1]


def test_look_import_and_import_again(data_dir: Path, tmp_path: Path) -> None:
    path, report = tmp_path / "名册.xlsx", tmp_path / "待改.csv"
    path.write_bytes(xlsx([["2026 年名册"], HEADINGS, NEW, BAD]))
    before = jinxiu("import", "residents", path, "--dry-run", "--data", data_dir)
    assert (before.returncode, before.stdout) == (2, "")
    assert "There is no district" in before.stderr

    first = jinxiu("import", "residents", path, "--data", data_dir, "--report", report)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == "名册.xlsx / 居民: 2 rows"
    assert counts(first.stdout) == ["1", "0", "0", "0", "1"]
    lines = list(csv.reader(io.StringIO(report.read_bytes().decode("utf-8-sig"))))
    assert lines[0] == ["文件", "工作表", "行", "列", "原内容", "允许的内容", "处理结果"]
    assert ["名册.xlsx", "居民", "4", "身份证号", "1.40106E+17"] in [line[:5] for line in lines]

    again = jinxiu("import", "residents", path, "--data", data_dir, "--dry-run", "--lang", "en")
    assert again.returncode == 0
    assert counts(again.stdout) == ["0", "0", "1", "0", "1"]
    assert "The spreadsheet has rounded this number" in again.stderr

    unknown = jinxiu("import", "residents", path, "--data", data_dir, "--team", "lx-9")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "There is no team 'lx-9'" in unknown.stderr

    path.write_bytes(xlsx([["姓名", "身份证号", "随访日期", "血压"], [*NEW[:2], "2026-01-05", "148/92"]]))
    records = jinxiu("import", "records", path, "--layout", "hypertension", "--data", data_dir)
    assert records.returncode == 0, records.stderr
    assert counts(records.stdout) == ["1", "0", "0", "0", "0"]
    missing = jinxiu("import", "records", path, "--data", data_dir)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "--layout" in missing.stderr

    path.write_bytes(b"\x89PNG\0")
    picture = jinxiu("import", "residents", path, "--data", data_dir)
    assert (picture.returncode, picture.stdout) == (2, "")
    assert "名册.xlsx: " in picture.stderr
    assert "Traceback" not in picture.stderr

    path.write_bytes(xlsx([HEADINGS, BAD]))
    nothing = jinxiu("import", "residents", path, "--data", data_dir, "--report", tmp_path / "r.xlsx")
    assert nothing.returncode == 2
    assert "No row can be used" in nothing.stderr
    rows = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_index(0).to_python()
    assert rows[1][3:5] == ["身份证号", "1.40106E+17"]


def test_what_cannot_be_used_is_said_in_a_sentence(data_dir: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a.xlsx"
    picture.write_bytes(b"\x89PNG\0")
    for words, sentence in (
        ([tmp_path / "none.xlsx"], "cannot be read (No such file or directory)"),
        ([picture, "--report", tmp_path / "a.pdf"], "should end with .xlsx or .csv"),
        ([picture, "--report", tmp_path / "no" / "a.csv"], "There is no directory"),
    ):
        done = jinxiu("import", "residents", *words, "--data", data_dir)
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_cells_of_the_report_do_not_run(tmp_path: Path) -> None:
    from jinxiu.familydoctor.imports.layouts import layouts
    from jinxiu.familydoctor.imports.report import ImportReport, Place
    from jinxiu.familydoctor.imports.report_file import report_file
    from jinxiu.familydoctor.imports.rows import Problem

    report = ImportReport(layouts()["residents"])
    report.refuse(Place("a.csv", "", 2), Problem("name", "=1+1", "needed"))
    assert b"'=1+1" in report_file(report, ".csv")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(report_file(report, ".xlsx"))).get_sheet_by_index(0).to_python()
    assert rows[1][4] == "=1+1"
