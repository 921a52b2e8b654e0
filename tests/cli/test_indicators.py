"""`./jinxiu indicators`: what is counted, of how many, for whom; a number of nobody is 0 of 0."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import jinxiu

TABLES = {
    "people.csv": "person_id,birth_date,sex,died_on,left_on,team_id,district\n"
    "wang,1950-03-01,F,,,t1,d1\nli,1980-05-05,M,,,t1,d1\nsun,1975-02-02,M,,,t2,d1\nzhao,1940-01-01,M,2026-01-01,,t1,d1\n",
    "enrolments.csv": "person_id,kind,start_on,end_on\nwang,hypertension,2025-01-10,\nli,hypertension,2026-01-01,\n"
    "sun,hypertension,2026-01-01,\nzhao,hypertension,2025-01-01,\n",
    "events.csv": "event_id,person_id,kind,happened_on,mode\ne1,wang,followup.hypertension,2026-08-20,clinic\n"
    "e2,wang,followup.hypertension,2026-09-20,clinic\ne3,sun,followup.hypertension,2026-09-20,clinic\n",
    "observations.csv": "event_id,person_id,code,happened_on,value,text\n"
    "e1,wang,systolic,2026-08-20,170,\ne1,wang,diastolic,2026-08-20,85,\n"
    "e2,wang,systolic,2026-09-20,148,\ne2,wang,diastolic,2026-09-20,85,\n"
    "e3,sun,systolic,2026-09-20,140,\ne3,sun,diastolic,2026-09-20,85,\n",
}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    directory = tmp_path / "facts"
    directory.mkdir()
    for name, text in TABLES.items():
        (directory / name).write_text(text)
    return directory


def numbers(facts: Path, tmp_path: Path, *more: str) -> list[dict[str, str]]:
    out = tmp_path / "numbers.csv"
    out.unlink(missing_ok=True)
    # An address that nobody answers: a command that asked for a database would fail.
    done = jinxiu(
        *("indicators", "--facts", facts, "--as-of", "2026-09-30", "--lang", "en", "--output", out, *more),
        DATABASE_URL="postgres://127.0.0.1:1/none",
    )
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))


def test_who_is_on_target_of_those_enrolled(facts: Path, tmp_path: Path) -> None:
    (row,) = numbers(facts, tmp_path, "--measure", "hypertension_controlled")
    # Wang's last reading is on target at her age, Sun's is not, Li was not seen, Zhao is dead.
    assert (row["counted"], row["of"], row["%"], row["unknown"]) == ("1", "3", "33.3", "1")
    assert row["title"] == "Blood pressure controlled"


def test_by_team_the_numbers_add_up(facts: Path, tmp_path: Path) -> None:
    rows = numbers(facts, tmp_path, "--measure", "hypertension_controlled", "--by", "team")
    assert [(row["group"], row["counted"], row["of"]) for row in rows] == [("t1", "1", "2"), ("t2", "0", "1")]


def test_every_indicator_says_its_number_also_of_nobody(facts: Path, tmp_path: Path) -> None:
    rows = {row["indicator"]: row for row in numbers(facts, tmp_path)}
    assert len(rows) > 20
    assert (rows["tb_managed"]["counted"], rows["tb_managed"]["of"], rows["tb_managed"]["%"]) == ("0", "0", "")
    assert "cms165" not in rows, "another country's measure is asked for by name"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--measure", "hypertension_control"), "did you mean hypertension_controlled"),
        (("--by", "city"), "choose from"),
        (("--store", "3"), "--facts does not go with --store"),
        (("--store", "0"), "--store"),
    ],
)
def test_a_wrong_word_is_named_with_what_is_allowed(facts: Path, more: tuple[str, ...], said: str) -> None:
    done = jinxiu("indicators", "--facts", facts, "--as-of", "2026-09-30", *more)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_file_that_is_there_is_kept(facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    out.write_text("mine")
    done = jinxiu("indicators", "--facts", facts, "--as-of", "2026-09-30", "--output", out)
    assert (done.returncode, out.read_text()) == (2, "mine")
    assert "There is a file" in done.stderr
