"""The yardstick of the benchmark stays true: SQL written by hand gives the rows that the engine gives."""

from __future__ import annotations

import json

import pytest
from bench.engine import child, same_rows


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_the_sql_written_by_hand_gives_the_same_rows_as_the_engine() -> None:
    assert same_rows(5000) > 5000


@pytest.mark.parametrize("name", ["reading", "evaluate"])
@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_a_contender_prints_its_figures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    child(name, 1000)
    assert set(json.loads(capsys.readouterr().out)) == {"seconds", "busy", "megabytes"}
