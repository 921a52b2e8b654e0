"""Judge, DuckDB and Spark say the same, schema first, then every column: on a cluster with two workers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.standards.facts import facts_from
from jinxiu.standards.facts.contract import TABLES
from jinxiu.standards.facts.sources import empty_table
from jinxiu.standards.population import INDICATOR_SCHEMA, indicator_rows, population
from jinxiu.standards.population.answers import date_in
from jinxiu.standards.population.engines import SparkWorkspace
from jinxiu.standards.population.texts import number_text as number_text_column
from jinxiu.standards.verdict import number_text
from jinxiu.standards.verdict_table import VERDICT_SCHEMA
from tests.engine.strategies import History, histories, random_schedules, random_standards
from tests.engine.test_population import CASES, REAL, REST, examples, renamed, require_same, tables_of
from tests.measures.strategies import facts_lists, towns
from tests.measures.test_executors import check as require_same_measures

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def require_same_on_both(standards: Any, history: History, spark: Any) -> None:
    facts = facts_from(history.tables())
    require_same(standards, facts, history.as_of, "duckdb")
    require_same(standards, facts, history.as_of, "spark", spark)


@examples(short=2, long=40)
@given(history=histories(REAL, people=60))
def test_the_real_standards(spark: Any, history: History) -> None:
    require_same_on_both(REAL, history, spark)


@examples(short=1, long=20)
@given(history=histories(REST, people=60))
def test_the_rest_of_the_norm(spark: Any, history: History) -> None:
    require_same_on_both(REST, history, spark)


@examples(short=4, long=80)
@given(data=st.data())
def test_random_standards(spark: Any, data: st.DataObject) -> None:
    standards = data.draw(random_standards())
    require_same_on_both(standards, data.draw(histories(standards, people=40)), spark)


@examples(short=4, long=80)
@given(data=st.data())
def test_random_schedules(spark: Any, data: st.DataObject) -> None:
    standards = data.draw(random_schedules())
    require_same_on_both(standards, data.draw(histories(standards, people=40)), spark)


@examples(short=4, long=80)
@given(facts=facts_lists, town=towns())
def test_measures(spark: Any, facts: Any, town: Any) -> None:
    require_same_measures(facts, town, "spark", spark)


def test_worked_cases(spark: Any) -> None:
    """Those of the day that has most of them, in one population."""
    days = [case.as_of for case in CASES]
    as_of = max(days, key=days.count)
    cases = [(case.standard, renamed(case.person, n)) for n, case in enumerate(CASES) if case.as_of == as_of]
    standards = [standard for standard in (*REAL, *REST) if standard.id in {name for name, _ in cases}]
    facts = facts_from(tables_of([person for _, person in cases]))
    require_same(standards, facts, as_of, "spark", spark)


def test_nobody_and_nothing(spark: Any) -> None:
    empty = facts_from({name: empty_table(table) for name, table in TABLES.items()})
    rows = population(REAL, empty, date(2026, 6, 30), "spark", spark)
    assert rows.num_rows == 0
    assert rows.schema.equals(VERDICT_SCHEMA)
    assert indicator_rows([], empty, date(2026, 6, 30), "spark", spark).schema.equals(INDICATOR_SCHEMA)


def test_the_session_that_is_lent_stays_as_it_was(spark: Any) -> None:
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        empty = facts_from({name: empty_table(table) for name, table in TABLES.items()})
        population(REAL[:1], empty, date(2026, 6, 30), "spark", spark)
        assert spark.conf.get("spark.sql.ansi.enabled") == "false"
        assert spark.catalog.listTables() == []
        assert dict(spark.sparkContext._jsc.getPersistentRDDs()) == {}  # nothing is kept by an executor
    finally:
        spark.conf.unset("spark.sql.ansi.enabled")


def column(spark: Any, values: pa.Array, expression: Any) -> list[Any]:
    """What an expression of a column is on Spark."""
    place = SparkWorkspace.beside(spark)
    place._session.createDataFrame(pa.table({"value": values})).createTempView("numbers")
    rows = place.backend.table("numbers")
    return place.fetch(rows.select(answer=expression(rows.value))).column("answer").to_pylist()


# Numbers below 2.2e-308, which no device measures, have so few digits that Java and Python choose different ones.
FLOATS = st.floats(-1e12, 1e12, exclude_min=True, exclude_max=True, allow_subnormal=False)
NEAR_DECIMALS = st.decimals(-999_999, 999_999, places=3).map(float)


@examples(short=5, long=100)
@given(numbers=st.lists(FLOATS | NEAR_DECIMALS, min_size=300, max_size=600))
def test_numbers_read_the_same(spark: Any, numbers: list[float]) -> None:
    edges = [
        9999999.5,
        12345678.5,
        1e-3,
        0.00099,
        1e-7,
        -1.5e-7,
        2e-3,
        -0.0,
        999999999999.9999,
        2.2250738585072014e-308,
    ]
    every = [*numbers, *edges, None]
    texts = column(spark, pa.array(every, pa.float64()), number_text_column)
    assert texts == [None if number is None else number_text(number) for number in every]


def test_only_a_date_is_read_as_a_date(spark: Any) -> None:
    """A line's end after it, of any sort that Java knows, makes it a text."""
    texts = ["2026-02-28", "2026-02-29", "2026-06-31", "2026-01-01\u2028", "2026-01-01\n", "0026-01-01", "soon", None]
    assert column(spark, pa.array(texts, pa.string()), date_in) == [date(2026, 2, 28), *[None] * 7]
