"""`./jinxiu evaluate --facts`: verdicts from files, with no database anywhere."""

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jinxiu.standards.verdict import VERDICT_COLUMNS
from tests.cli.conftest import jinxiu

DAY = "2026-09-30"
TABLES = {
    "people.csv": "person_id,birth_date,sex,died_on,left_on,team_id,district\n"
    "wang,1950-03-01,F,,,t1,d1\nli,1980-05-05,M,,,t1,d1\nzhao,1940-01-01,M,2026-01-01,,t1,d1\n",
    "enrolments.csv": "person_id,kind,start_on,end_on\nwang,hypertension,2025-01-10,\nli,hypertension,2026-09-01,\n",
    "events.csv": "event_id,person_id,kind,happened_on,mode\ne1,wang,followup.hypertension,2026-09-20,clinic\n",
    "observations.csv": "event_id,person_id,code,happened_on,value,text\n"
    "e1,wang,systolic,2026-09-20,160,\ne1,wang,diastolic,2026-09-20,85,\n",
}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    directory = tmp_path / "facts"
    directory.mkdir()
    for name, text in TABLES.items():
        (directory / name).write_text(text)
    return directory


def evaluate(facts: Path, out: Path, *more: str) -> tuple[int, str]:
    # An address that nobody answers: a command that asked for a database would fail.
    done = jinxiu(
        *("evaluate", "--facts", facts, "--as-of", DAY, "--out", out, *more), DATABASE_URL="postgres://127.0.0.1:1/none"
    )
    return done.returncode, done.stderr


def test_both_engines_write_the_same_verdicts(facts: Path, tmp_path: Path) -> None:
    texts = []
    for engine in ("duckdb", "judge"):
        out = tmp_path / f"{engine}.csv"
        assert evaluate(facts, out, "--engine", engine, "--standards", "hypertension,elderly")[0] == 0
        texts.append(out.read_text())
    assert texts[0] == texts[1]
    rows = list(csv.DictReader(texts[0].splitlines()))
    assert list(rows[0]) == [name for name, _, _ in VERDICT_COLUMNS]
    followup = {row["person_id"]: row for row in rows if row["clause"] == "followup"}
    assert set(followup) == {"wang", "li"}  # the dead are owed nothing
    assert followup["wang"]["classification"] == "uncontrolled"
    assert followup["wang"]["due_on"] == "2026-10-04"
    assert followup["li"]["reason_code"] == "never_seen"


def test_parquet_holds_the_verdict_columns_with_their_types(facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.parquet"
    assert evaluate(facts, out)[0] == 0
    types = {field.name: str(field.type) for field in pq.read_schema(out)}
    words = {"text": "string", "date": "date32[day]", "int32": "int32"}
    assert types == {name: words[kind] for name, kind, _ in VERDICT_COLUMNS}


def test_facts_that_cannot_be_are_refused_with_table_row_and_remedy(facts: Path, tmp_path: Path) -> None:
    people = facts / "people.csv"
    people.write_text(people.read_text().replace("1950-03-01", "0202-03-01").replace("li,1980", "wang,1980"))
    out = tmp_path / "verdicts.csv"
    code, messages = evaluate(facts, out)
    assert code == 2
    assert "people, row 1, birth_date: found “0202-03-01”" in messages
    assert "wang" in messages
    assert not out.exists()


def test_a_missing_column_is_refused(facts: Path, tmp_path: Path) -> None:
    (facts / "events.csv").write_text("event_id,person_id,happened_on,mode\n")
    code, messages = evaluate(facts, tmp_path / "verdicts.csv")
    assert code == 2
    assert "kind" in messages


def test_unknown_standards_and_missing_directories_are_said(facts: Path, tmp_path: Path) -> None:
    code, messages = evaluate(facts, tmp_path / "v.csv", "--standards", "hypertension,diabets")
    assert (code, "did you mean diabetes?" in messages) == (2, True)
    code, messages = evaluate(facts, tmp_path / "nowhere" / "v.csv")
    assert (code, "is no directory; make it first" in messages) == (2, True)
    code, messages = evaluate(facts, tmp_path / "v.txt")
    assert (code, "should end in .csv or .parquet" in messages) == (2, True)
    code, messages = evaluate(facts, tmp_path / "v.csv", "--standards", str(tmp_path / "none"))
    assert (code, "There is no file or directory" in messages) == (2, True)


def test_a_standard_of_ones_own_directory_is_used(facts: Path, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "src" / "jinxiu" / "familydoctor" / "standards" / "elderly.yaml"
    own = tmp_path / "own"
    own.mkdir()
    (own / "seventy.yaml").write_text(
        shipped.read_text().replace("id: elderly", "id: seventy").replace("min_age: 65", "min_age: 80")
    )
    out = tmp_path / "v.csv"
    assert evaluate(facts, out, "--standards", str(own))[0] == 0
    assert out.read_text().count("\n") == 1  # nobody is eighty and alive
