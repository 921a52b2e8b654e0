"""The example of docs/reference/measures.md is read, and its numbers are those that the page says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from jinxiu.standards.facts import read_facts
from jinxiu.standards.measures.figures import figures
from jinxiu.standards.measures.reader import read_measure

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"
TABLES = {
    "people": "person_id,birth_date,sex,died_on,left_on,team_id,district\n"
    "wang,1950-03-01,F,,,t1,d1\nsun,1975-02-02,M,,,t2,d1\nli,1980-05-05,M,,,t1,d1\n",
    "enrolments": "person_id,kind,start_on,end_on\nwang,hypertension,2025-01-10,\nsun,hypertension,2026-01-01,\n"
    "li,hypertension,2026-01-01,\n",
    "events": "event_id,person_id,kind,happened_on,mode\ne1,wang,followup.hypertension,2026-09-20,clinic\n"
    "e2,sun,followup.hypertension,2026-09-20,clinic\n",
    "observations": "event_id,person_id,code,happened_on,value,text\n"
    "e1,wang,systolic,2026-09-20,148,\ne2,sun,systolic,2026-09-20,140,\n",
}


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_the_example_of_the_page_is_true(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "measure.yaml").write_text(example, encoding="utf-8")
    measure = read_measure(tmp_path / "measure.yaml")
    folder = tmp_path / "facts"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (one,) = figures([measure], read_facts(folder), date(2026, 9, 1), date(2026, 9, 30))
    assert (one.counted, one.of, one.left_out, one.unknown) == (1, 3, 0, 1)
