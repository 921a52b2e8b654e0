"""Judge and population say the same, schema first, then every column, on every engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, get_args

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

import jinxiu.familydoctor
from jinxiu.standards import catalogue, model
from jinxiu.standards.cases import load_cases
from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.facts.contract import TABLES
from jinxiu.standards.facts.sources import empty_table
from jinxiu.standards.judge import indicators, judge
from jinxiu.standards.model import Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.population import INDICATOR_SCHEMA, indicator_rows, population
from jinxiu.standards.population.city import City
from jinxiu.standards.population.counts import last_start
from jinxiu.standards.population.engines import workspace
from jinxiu.standards.population.texts import number_text as number_text_column
from jinxiu.standards.verdict import STATUSES, VERDICT_COLUMNS, Verdict, number_text
from jinxiu.standards.verdict_table import VERDICT_SCHEMA
from tests.engine.strategies import History, all_tests, histories, random_schedules, random_standards

REAL = [s for s in catalogue.installed().all() if s.id in ("diabetes", "elderly", "hypertension")]
REST = [s for s in catalogue.installed().all() if s not in REAL]  # with windows and questions: dearer to compile
# HYPOTHESIS_PROFILE=long for the night: `./jinxiu test` takes the short one.
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
    HealthCheck.large_base_example,
]

only_long = pytest.mark.skipif(not LONG, reason="asks what is drawn, not the engine: HYPOTHESIS_PROFILE=long")

# Ibis calls a method of DuckDB by its old name.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def examples(short: int, long: int) -> settings:
    """Populations are too slow to shrink in a short run: the long one does."""
    phases = tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate)
    number = long if LONG else short
    return settings(max_examples=number, deadline=None, suppress_health_check=SLOW, derandomize=not LONG, phases=phases)


def judged(standards: Sequence[Standard], facts: Facts, as_of: date) -> pa.Table:
    """The referee's rows of everybody."""
    rows = [v.as_row() for person in facts.persons() for standard in standards for v in judge(standard, person, as_of)]
    rows.sort(key=lambda row: tuple(row[name] for name in ("person_id", "standard", "clause", "cycle")))
    return pa.Table.from_pylist(rows, schema=VERDICT_SCHEMA)


def judged_indicators(standards: Sequence[Standard], facts: Facts, as_of: date) -> list[dict[str, Any]]:
    teams = {row["person_id"]: row["team_id"] for row in facts.table("people").to_pylist()}
    return [
        {
            "person_id": person.person_id,
            "standard": standard.id,
            "indicator": name,
            "denominator": True,
            "numerator": numerator,
            "team_id": teams[person.person_id],
        }
        for person in facts.persons()
        for standard in sorted(standards, key=lambda standard: standard.id)
        for name, (denominator, numerator) in sorted(indicators(standard, person, as_of).items())
        if denominator
    ]


def require_same(standards: Sequence[Standard], facts: Facts, as_of: date, engine: str, connection: Any = None) -> None:
    want = judged(standards, facts, as_of)
    found = population(standards, facts, as_of, engine, connection)
    assert found.schema.equals(VERDICT_SCHEMA)
    for name in VERDICT_SCHEMA.names:  # one column at a time: a difference is named at once
        assert found.column(name).to_pylist() == want.column(name).to_pylist()
    shares = indicator_rows(standards, facts, as_of, engine, connection)
    assert shares.schema.equals(INDICATOR_SCHEMA)
    assert shares.to_pylist() == judged_indicators(standards, facts, as_of)


# --- random histories -------------------------------------------------------------------------------------------------


@examples(short=4, long=1500)
@given(histories(REAL, people=25))
def test_the_real_standards_on_duckdb(history: History) -> None:
    require_same(REAL, facts_from(history.tables()), history.as_of, "duckdb")


@examples(short=2, long=400)
@given(history=histories(REAL, people=25))
def test_the_real_standards_on_postgresql(postgres: Any, history: History) -> None:
    require_same(REAL, facts_from(history.tables()), history.as_of, "postgres", postgres)


@examples(short=1, long=400)
@given(histories(REST, people=40))
def test_the_rest_of_the_norm_on_duckdb(history: History) -> None:
    require_same(REST, facts_from(history.tables()), history.as_of, "duckdb")


@examples(short=1, long=150)
@given(history=histories(REST, people=40))
def test_the_rest_of_the_norm_on_postgresql(postgres: Any, history: History) -> None:
    require_same(REST, facts_from(history.tables()), history.as_of, "postgres", postgres)


@examples(short=4, long=1500)
@given(st.data())
def test_random_standards_on_duckdb(data: st.DataObject) -> None:
    standards = data.draw(random_standards())
    history = data.draw(histories(standards, people=15))
    require_same(standards, facts_from(history.tables()), history.as_of, "duckdb")


@examples(short=3, long=400)
@given(data=st.data())
def test_random_standards_on_postgresql(postgres: Any, data: st.DataObject) -> None:
    standards = data.draw(random_standards())
    history = data.draw(histories(standards, people=15))
    require_same(standards, facts_from(history.tables()), history.as_of, "postgres", postgres)


@examples(short=8, long=3000)
@given(st.data())
def test_random_schedules_on_duckdb(data: st.DataObject) -> None:
    standards = data.draw(random_schedules())
    history = data.draw(histories(standards, people=20))
    require_same(standards, facts_from(history.tables()), history.as_of, "duckdb")


@examples(short=4, long=600)
@given(data=st.data())
def test_random_schedules_on_postgresql(postgres: Any, data: st.DataObject) -> None:
    standards = data.draw(random_schedules())
    history = data.draw(histories(standards, people=20))
    require_same(standards, facts_from(history.tables()), history.as_of, "postgres", postgres)


# --- does the generator reach everything? -----------------------------------------------------------------------------


def drawn(strategy: st.SearchStrategy[Any], number: int, start: int = 0) -> list[Any]:
    """So many examples, the same at every run."""
    found: list[Any] = []

    @seed(20260630 + start)
    @settings(max_examples=number, database=None, deadline=None, suppress_health_check=SLOW, phases=[Phase.generate])
    @given(strategy)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found


def verdicts(standards: Sequence[Standard], history: History) -> Iterator[Verdict]:
    for person in facts_from(history.tables()).persons():
        for standard in standards:
            yield from judge(standard, person, history.as_of)


def test_histories_reach_every_reason_and_status_of_the_real_standards() -> None:
    possible = {
        (standard.id, clause.id, outcome.reason)
        for standard in REAL
        for clause in standard.clauses
        for outcome in standard.outcomes(clause)
    }
    statuses: set[str] = set()
    missing = set(possible)
    for start in range(36):
        for history in drawn(histories(REAL, people=25), 10, start):
            for verdict in verdicts(REAL, history):
                statuses.add(verdict.status)
                missing.discard((verdict.standard, verdict.clause, verdict.reason_code))
        if not missing:
            break
    assert missing == set()
    # No cycle of these standards closes before its year is over, so none is missed on the day of judgement.
    assert set(STATUSES) - statuses == {"missed"}


@only_long
def test_histories_reach_every_reason_and_status_of_the_rest() -> None:
    missing = {
        (standard.id, clause.id, outcome.reason)
        for standard in REST
        for clause in standard.clauses
        for outcome in standard.outcomes(clause)
    }
    statuses: set[str] = set()
    for start in range(36):
        standards = [standard for standard in REST if standard.id in {name for name, _clause, _reason in missing}]
        for history in drawn(histories(standards, people=40), 5, start):
            for verdict in verdicts(standards, history):
                statuses.add(verdict.status)
                missing.discard((verdict.standard, verdict.clause, verdict.reason_code))
        if not missing:
            break
    assert missing == set()
    assert statuses == set(STATUSES)


@only_long
def test_schedules_reach_every_word_of_the_model() -> None:
    standards = [standard for some in drawn(random_schedules(), 300) for standard in some]
    eligible = {type(part) for standard in standards for part in model.parts(standard.eligible)}
    assert eligible == set(get_args(model.Eligibility))
    clauses = [clause for standard in standards for clause in standard.clauses]
    windows = [clause for clause in clauses if isinstance(clause, model.Window)]
    pairs = [clause for clause in clauses if isinstance(clause, model.AfterEach)]
    years = [clause for clause in clauses if isinstance(clause, model.PerYear)]
    anchors = {(window.anchor.day, window.anchor.otherwise) for window in windows}
    others = {(day, other) for day in ("latest", "first") for other in ("", *model.ANCHOR_DAYS)}
    assert anchors == {(day, "") for day in model.ANCHOR_DAYS} | others
    assert {bool(window.until) for window in windows} == {True, False}
    assert {window.times for window in windows} == {1, 2}
    cycles = [cycle for window in windows for cycle in window.cycles]
    assert {cycle.closes is None for cycle in cycles} == {cycle.id == "" for cycle in cycles} == {True, False}
    assert {pair.closes_after_days is None for pair in pairs} == {True, False}
    assert {year.next_year is None for year in years} == {True, False}
    assert all(year.anniversary for year in years)
    counts = [c for window in windows for c in (window.counts,)] + [c for p in pairs for c in (p.each, p.answered_by)]
    events = {(bool(c.modes), c.since_start) for c in counts if isinstance(c, model.CountEvents)}
    observed = {(c.comparison, c.since_start) for c in counts if isinstance(c, model.CountObservations)}
    assert events == set(product((True, False), repeat=2))
    assert observed == set(product(("", *model.COMPARISONS), (True, False)))


@only_long
def test_schedules_reach_every_status_and_edge() -> None:
    """Each status of each kind of clause, cycles that are cut short or were over before the start, strays and pairs."""
    missing = {("window", status) for status in STATUSES}
    missing |= {("pairs", s) for s in (*STATUSES, "second of a day") if s != "upcoming"}
    missing |= {("own_year", s) for s in STATUSES if s not in ("overdue", "missed")}
    both = random_schedules().flatmap(lambda some: st.tuples(st.just(some), histories(some, people=20)))
    for start in range(15):
        for standards, history in drawn(both, 10, start):
            for verdict in verdicts(standards, history):
                missing.discard((verdict.clause, verdict.status))
                if "/" in verdict.cycle:
                    missing.discard((verdict.clause, "second of a day"))
        if not missing:
            break
    assert missing == set()


@only_long
def test_standards_reach_every_word_of_the_model() -> None:
    standards = [standard for some in drawn(random_standards(), 150) for standard in some]
    tests = {type(test) for standard in standards for test in all_tests(standard)}
    assert tests == {
        model.All,
        model.Any,
        model.Not,
        model.Has,
        model.Compare,
        model.Named,
        model.Previous,
        model.Always,
    }
    compared = {t.comparison for s in standards for t in all_tests(s) if isinstance(t, model.Compare)}
    assert compared == set(model.COMPARISONS)
    clauses = [clause for standard in standards for clause in standard.clauses]
    counts = {(type(c.counts), getattr(c.counts, "since_start", None)) for c in clauses if isinstance(c, model.PerYear)}
    assert counts == {
        (model.CountContacts, None),
        *((kind, since) for kind in (model.CountEvents, model.CountObservations) for since in (True, False)),
    }
    assert {type(standard.eligible) for standard in standards} == {model.EnrolledIn, model.MinAge}
    named = {name for s in standards for case in s.cases for name in case.placeholders}
    assert {*model.CONTACT_PLACEHOLDERS, model.PREVIOUS_ON} <= named


# --- what is written by hand ------------------------------------------------------------------------------------------

CASES = load_cases(Path(jinxiu.familydoctor.__file__).parent / "standards" / "cases")


def tables_of(people: Sequence[PersonFacts]) -> dict[str, pa.Table]:
    """The facts of some people in the shape of the contract."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for person in people:
        whose = {"person_id": person.person_id}
        columns = ("birth_date", "sex", "died_on", "left_on")
        rows["people"].append(whose | {name: getattr(person, name) for name in columns})
        for name in ("enrolments", "events", "observations", "waivers"):
            for one in getattr(person, name):
                there = {column.name for column in TABLES[name].columns} & set(type(one).__slots__)
                rows[name].append(whose | {column: getattr(one, column) for column in there})
    return {name: pa.Table.from_pylist(rows[name], schema=empty_table(table).schema) for name, table in TABLES.items()}


def renamed(person: PersonFacts, number: int) -> PersonFacts:
    """The person with ids that nobody else's facts have."""

    def own(identifier: str | None) -> str | None:
        return identifier and f"{number:04d}/{identifier}"

    return replace(
        person,
        person_id=f"{number:04d}",
        enrolments=tuple(replace(e, enrolment_id=own(e.enrolment_id)) for e in person.enrolments),
        events=tuple(replace(e, event_id=own(e.event_id)) for e in person.events),
        observations=tuple(
            replace(o, observation_id=own(o.observation_id), event_id=own(o.event_id)) for o in person.observations
        ),
    )


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_every_worked_case(engine: str, request: pytest.FixtureRequest) -> None:
    """All cases of a day in one population: each person has the answers that the referee gives."""
    connection = request.getfixturevalue("postgres") if engine == "postgres" else None
    by_day: dict[date, list[tuple[str, PersonFacts]]] = {}
    for number, case in enumerate(CASES):
        by_day.setdefault(case.as_of, []).append((case.standard, renamed(case.person, number)))
    assert len(CASES) > 50
    fewest = 3 if engine == "duckdb" else 5  # in the short run; the referee has every case in test_cases.py
    for as_of, cases in by_day.items():
        standards = [standard for standard in (*REAL, *REST) if standard.id in {name for name, _ in cases}]
        if LONG or len(cases) > fewest:
            require_same(standards, facts_from(tables_of([person for _, person in cases])), as_of, engine, connection)


def test_nobody_and_nothing() -> None:
    empty = facts_from({name: empty_table(table) for name, table in TABLES.items()})
    assert population(REAL, empty, date(2026, 6, 30)).num_rows == 0
    assert population([], empty, date(2026, 6, 30)).schema.equals(VERDICT_SCHEMA)
    assert indicator_rows([], empty, date(2026, 6, 30)).schema.equals(INDICATOR_SCHEMA)
    with pytest.raises(ValueError, match="engine oracle"):
        population(REAL, empty, date(2026, 6, 30), "oracle")


def test_the_schema_is_that_of_the_contract() -> None:
    types = {"text": pa.string(), "date": pa.date32(), "int32": pa.int32()}
    assert [(f.name, f.type, f.nullable) for f in VERDICT_SCHEMA] == [(n, types[t], e) for n, t, e in VERDICT_COLUMNS]


def test_a_population_leaves_nothing_behind_and_can_be_asked_again() -> None:
    (history,) = drawn(histories(REAL, people=25), 1)
    facts = facts_from(history.tables())
    before = facts.connection.con.sql("SHOW ALL TABLES").fetchall()
    first = population(REAL, facts, history.as_of)
    assert facts.connection.con.sql("SHOW ALL TABLES").fetchall() == before
    assert population(REAL, facts, history.as_of).equals(first)


def test_a_statement_that_fails_is_told_at_the_answer_and_leaves_nothing_behind() -> None:
    """Statements run behind the compiler; their fault must not be lost, nor what was kept before it."""
    facts = facts_from(drawn(histories(REAL, people=5), 1)[0].tables())
    before = facts.connection.con.sql("SHOW ALL TABLES").fetchall()

    def fail() -> None:
        with workspace("duckdb", facts) as place:
            people = place.keep(place.facts("people"), "people")
            place.keep(people.mutate(number=ibis.literal("none of ours").cast("int64")), "wrong")
            place.fetch(place.keep(people, "after"))

    with pytest.raises(Exception, match="Could not convert"):
        fail()
    assert facts.connection.con.sql("SHOW ALL TABLES").fetchall() == before


def test_a_kept_script_gives_way_where_other_facts_answer_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waivers and readings taken twice change the statements; nothing is compiled again where they do not."""
    standards = tuple(s for s in REAL if s.id == "hypertension")
    some, others = (drawn(histories(standards, people=25), 2)[number] for number in (0, 1))
    for history in (some, others, some):
        require_same(standards, facts_from(history.tables()), some.as_of, "duckdb")
    tables = some.tables()
    plain = facts_from(tables | {"waivers": tables["waivers"].slice(0, 0)})
    require_same(standards, plain, some.as_of, "duckdb")
    monkeypatch.setattr(City, "__init__", None)  # nothing is compiled any more
    require_same(standards, plain, some.as_of, "duckdb")


@given(st.integers(2, 60), st.integers(2000, 2030), st.integers(1, 366))
def test_the_last_start_for_a_number_is_where_the_share_of_the_year_falls_below_it(
    times: int, year: int, day_of_year: int
) -> None:
    days = (date(year, 12, 31) - date(year, 1, 1)).days + 1
    assume(day_of_year <= days)
    start = date.fromordinal(date(year, 1, 1).toordinal() + day_of_year - 1)
    inside = (date(year, 12, 31) - start).days + 1
    needed = -(-times * inside // days)
    assert max(n for n in range(1, times + 1) if n == 1 or start <= last_start(times, n, year)) == needed


FLOATS = st.floats(-1e12, 1e12, exclude_min=True, exclude_max=True)


@examples(short=30, long=3000)
@given(st.lists(FLOATS, min_size=1, max_size=200))
def test_numbers_read_the_same_in_both_executors(numbers: list[float]) -> None:
    engine = ibis.duckdb.connect()
    engine.con.register("numbers", pa.table({"value": pa.array(numbers, pa.float64())}))
    rows = engine.table("numbers")
    texts = engine.con.sql(engine.compile(rows.select(text=number_text_column(rows.value)))).fetchall()
    assert [text for (text,) in texts] == [number_text(number) for number in numbers]
