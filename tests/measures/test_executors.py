"""The referee and the set-based executor agree on every fact, over random histories, on DuckDB and PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings

from jinxiu.standards.facts import Facts
from jinxiu.standards.measures.model import Fact, Measure
from jinxiu.standards.measures.population import MEASURE_SCHEMA, measure_rows
from jinxiu.standards.measures.referee import answer
from tests.measures.strategies import FACTS, PERIOD, facts_lists, measures, towns

_COLUMNS = ("initial_population", "denominator", "denominator_exclusion", "denominator_exception", "numerator")


def by_referee(every: list[Measure], town: Facts) -> list[dict[str, Any]]:
    """What the referee says, in the executor's order and columns."""
    rows = []
    for person in town.persons():
        for measure in sorted(every, key=lambda one: one.id):
            found = answer(measure, person, PERIOD)
            told = {name: getattr(found, name) for name in (*_COLUMNS, "counted", "of", "missing")}
            rows.append({"person_id": person.person_id, "measure": measure.id, **told})
    return rows


def check(facts: tuple[Fact, ...], town: Facts, engine: str, session: Any = None) -> None:
    """Both executors, schema first."""
    every = measures(facts)
    found = measure_rows(every, town, PERIOD, engine, session)
    assert found.schema == MEASURE_SCHEMA
    wanted = by_referee(every, town)
    assert found.select(list(wanted[0])).to_pylist() == wanted


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(facts=facts_lists, town=towns())
def test_duckdb_says_what_the_referee_says(facts: tuple[Fact, ...], town: Facts) -> None:
    check(facts, town, "duckdb")


@pytest.mark.django_db
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(facts=facts_lists, town=towns())
def test_postgresql_says_what_the_referee_says(facts: tuple[Fact, ...], town: Facts) -> None:
    connection.ensure_connection()
    check(facts, town, "postgres", connection.connection)


def test_every_kind_of_fact_is_drawn() -> None:
    assert {type(fact) for fact in facts_lists.example()} == set(FACTS)
