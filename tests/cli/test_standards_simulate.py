"""`./jinxiu standards simulate` as typed."""

import csv
from pathlib import Path

from tests.cli.conftest import jinxiu
from tests.cli.test_evaluate_files import DAY
from tests.cli.test_standards_diff import NOBODY, facts, own

__all__ = ["facts", "own"]


def test_the_work_of_two_versions_as_table_file_and_picture(facts: Path, own: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "work.csv", tmp_path / "work.svg"
    words = ("standards", "simulate", own, "--facts", facts, "--on", DAY, "--months", "4")
    done = jinxiu(*words, "--by", "team", "--out", out, "--picture", picture, "--language", "en", **NOBODY)
    assert done.returncode == 0, done.stderr
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["clause"] == "followup"]
    assert [(row["group"], row["month"], row["old"], row["new"], row["difference"]) for row in rows] == [
        ("t1", "2026-09", "1", "1", "0"),  # li, overdue
        ("t1", "2026-10", "0", "2", "2"),
        ("t1", "2026-11", "0", "3", "3"),
        ("t1", "2026-12", "1", "2", "1"),
    ]
    assert "people never seen (1)" in done.stdout
    assert "Next contact [followup] · t1: 2 → 8 (+6)" in picture.read_text(encoding="utf-8")
    again = jinxiu(*words, "--out", out, **NOBODY)
    assert (again.returncode, "There is a file" in again.stderr) == (2, True)
    lines = [line.split() for line in jinxiu(*words, **NOBODY).stdout.splitlines()]
    assert ["增减", "+0", "+2", "+3", "+1", "+6"] in lines


def test_wrong_words_are_told(facts: Path) -> None:
    done = jinxiu("standards", "simulate", "hypertensio", "--facts", facts, "--months", "99", **NOBODY)
    assert (done.returncode, "write one from 1 to 36" in done.stderr) == (2, True), done.stderr
    done = jinxiu("standards", "simulate", "hypertensio", "--facts", facts, **NOBODY)
    assert (done.returncode, "did you mean hypertension" in done.stderr) == (2, True), done.stderr
