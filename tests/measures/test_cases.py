"""Every worked case of a measure comes out as its file says, alone and with all the others."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from jinxiu.familydoctor import measures
from jinxiu.standards.facts import facts_from
from jinxiu.standards.measures.cases import MeasureCase, load_cases, read_cases, standing
from jinxiu.standards.measures.catalogue import library
from jinxiu.standards.measures.model import Measure, Period, period_of
from jinxiu.standards.measures.population import measure_rows
from jinxiu.standards.measures.referee import answer
from jinxiu.standards.positions import StandardError
from tests.engine.test_population import renamed, tables_of

FOLDER = Path(measures.__file__).parent
CASES = load_cases(FOLDER / "cases") + load_cases(FOLDER / "international" / "cases")


def of(case: MeasureCase) -> tuple[Measure, Period]:
    """The measure of a case, and the whole period that its month ends."""
    measure = next(one for one in library().in_force(case.month) if one.id == case.measure)
    return measure, period_of(measure.window, case.month)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.measure} {case.name}" for case in CASES])
def test_a_case_comes_out_as_it_says(case: MeasureCase) -> None:
    measure, period = of(case)
    found = answer(measure, case.person, period)
    assert standing(found) == case.expected, f"{case.file}:{case.line}"
    if case.counts:
        assert (found.counted, found.of) == case.counts


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_all_cases_at_once_come_out_alike() -> None:
    numbered = [(case, renamed(case.person, number)) for number, case in enumerate(CASES)]
    facts = facts_from(tables_of([person for _, person in numbered]))
    by_period = sorted(numbered, key=lambda one: str(of(one[0])[1]))
    for period, group in groupby(by_period, key=lambda one: of(one[0])[1]):
        chosen = list(group)
        asked = {of(case)[0].id: of(case)[0] for case, _ in chosen}
        rows = measure_rows(list(asked.values()), facts, period).to_pylist()
        found = {(row["person_id"], row["measure"]): row for row in rows}
        for case, person in chosen:
            row = found.get((person.person_id, case.measure))
            alone = answer(asked[case.measure], person, period)
            assert (row is not None) == alone.initial_population, case.name
            if row is not None:
                names = ("denominator", "denominator_exclusion", "numerator", "counted", "of", "missing")
                assert {name: row[name] for name in names} == {name: getattr(alone, name) for name in names}, case.name


def test_what_is_wrong_with_a_case_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        "measure: x\ncases:\n"
        "  - name: a\n    title: {zh: 甲, en: A}\n    month: 2026\n    person: {born: never}\n"
        "    enrolled: [{kind: gout, since: '2026-01-01'}]\n    facts: [{on: '2026-01-01', event: feast}]\n"
        "    counts: {counted: -1, of: 2}\n    expect: other\n",
        encoding="utf-8",
    )
    with pytest.raises(StandardError) as error:
        read_cases(path)
    lines = {mistake.line for mistake in error.value.mistakes}
    assert {5, 6, 7, 8, 9} <= lines
