"""Facts in, verdicts out: both engines write the same file, and an answer appears whole or not at all."""

from __future__ import annotations

import csv
import os
import stat
from datetime import date
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from bench.data import AS_OF, facts_directory

from jinxiu.standards import catalogue
from jinxiu.standards.evaluate import EvaluateError, evaluate
from jinxiu.standards.facts import FactsError
from jinxiu.standards.verdict_table import VERDICT_SCHEMA

# Ibis calls a method of DuckDB by its old name.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

STANDARDS = [s for s in catalogue.installed().all() if s.id in ("diabetes", "elderly", "hypertension")]


@pytest.fixture(scope="module")
def facts() -> Path:
    """A village of 1,000 people."""
    return facts_directory(1000)


def test_both_engines_write_the_same_bytes_as_csv(facts: Path, tmp_path: Path) -> None:
    judged = evaluate(facts, STANDARDS, AS_OF, tmp_path / "judge.csv", "judge")
    compiled = evaluate(facts, STANDARDS, AS_OF, tmp_path / "duckdb.csv")
    assert judged.verdicts == compiled.verdicts > 1000
    assert (tmp_path / "judge.csv").read_bytes() == (tmp_path / "duckdb.csv").read_bytes()


def test_both_engines_write_the_same_rows_as_parquet_sorted(facts: Path, tmp_path: Path) -> None:
    tables = []
    for engine in ("judge", "duckdb"):
        evaluate(facts, STANDARDS, AS_OF, tmp_path / f"{engine}.parquet", engine)
        tables.append(pq.read_table(tmp_path / f"{engine}.parquet"))
    assert [(f.name, f.type) for f in tables[1].schema] == [(f.name, f.type) for f in VERDICT_SCHEMA]
    assert tables[1].to_pylist() == tables[0].to_pylist()
    keys = tables[0].select(["person_id", "standard", "clause", "cycle"]).to_pylist()
    assert keys == sorted(keys, key=lambda row: tuple(row.values()))


def test_csv_facts_give_the_same_verdicts_as_parquet_facts(facts: Path, tmp_path: Path) -> None:
    for file in facts.glob("*.parquet"):
        pacsv.write_csv(pq.read_table(file), tmp_path / f"{file.stem}.csv")
    evaluate(tmp_path, STANDARDS, AS_OF, tmp_path / "from-csv.csv")
    evaluate(facts, STANDARDS, AS_OF, tmp_path / "from-parquet.csv")
    assert (tmp_path / "from-csv.csv").read_bytes() == (tmp_path / "from-parquet.csv").read_bytes()


def test_a_day_before_every_standard_gives_a_header_and_no_rows(facts: Path, tmp_path: Path) -> None:
    for engine in ("judge", "duckdb"):
        assert evaluate(facts, STANDARDS, date(1999, 1, 1), tmp_path / "none.csv", engine).verdicts == 0
        with (tmp_path / "none.csv").open() as lines:
            assert list(csv.reader(lines)) == [VERDICT_SCHEMA.names]


def test_what_cannot_be_written_is_said_in_a_sentence(facts: Path, tmp_path: Path) -> None:
    for out, engine, said in (
        (tmp_path / "answer.txt", "duckdb", "should end in .csv or .parquet"),
        (tmp_path / "nowhere" / "answer.csv", "duckdb", "is no directory; make it first"),
        (tmp_path / "answer.csv", "oracle", "The engine oracle is unknown; use duckdb or judge."),
    ):
        with pytest.raises(EvaluateError, match=said):
            evaluate(facts, STANDARDS, AS_OF, out, engine)
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(EvaluateError, match="is a directory; name a file in it"):
        evaluate(facts, STANDARDS, AS_OF, tmp_path / "taken.csv")


def test_a_failed_run_leaves_the_old_answer_and_nothing_else(facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer.csv"
    out.write_text("the old answer")
    (tmp_path / "facts").mkdir()
    with pytest.raises(FactsError):
        evaluate(tmp_path / "facts", STANDARDS, AS_OF, out)
    assert out.read_text() == "the old answer"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.csv", "facts"]


@pytest.mark.parametrize("engine", ["duckdb", "judge"])
def test_a_full_disk_is_said_and_leaves_nothing(facts: Path, tmp_path: Path, engine: str) -> None:
    # /dev/full takes the place of the unfinished file: every write to it says that the disk is full.
    if not (Path("/dev/full").exists() and stat.S_ISCHR(Path("/dev/full").stat().st_mode)):
        pytest.skip("this system has no /dev/full")
    (tmp_path / f".answer.{os.getpid()}.csv").symlink_to("/dev/full")
    with pytest.raises(EvaluateError, match=r"answer\.csv could not be written .*make room"):
        evaluate(facts, STANDARDS, AS_OF, tmp_path / "answer.csv", engine)
    assert list(tmp_path.iterdir()) == []


def test_what_looks_like_a_slip_is_told_and_not_refused(tmp_path: Path) -> None:
    tables = {
        "people": "person_id,birth_date,sex,died_on,left_on,team_id,district\np1,1950-01-01,F,,,t1,d1",
        "enrolments": "person_id,kind,start_on,end_on\np1,hypertensoin,2025-01-01,",
        "events": "event_id,person_id,kind,happened_on,mode\ne1,p1,followup.hypertension,2025-03-01,clinic",
        "observations": "event_id,person_id,code,happened_on,value,text\n"
        "e1,p1,sysstolic,2025-03-01,140,\ne1,p1,diastolic,2025-03-01,910,\ne1,p1,danger_sign,2025-03-01,1,",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n")
    assert evaluate(tmp_path, STANDARDS, AS_OF, tmp_path / "out.csv").remarks == (
        "observations: no standard reads the code “sysstolic” (1 rows); did you mean systolic?",
        "observations: diastolic has values such as 910; 20 to 200 mmHg is possible.",
        "enrolments: no standard reads the kind “hypertensoin” (1 rows); did you mean hypertension?",
    )
