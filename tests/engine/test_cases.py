"""Every worked case is met by the referee, and the cases together show everything that the standards can say."""

from __future__ import annotations

from pathlib import Path

import pytest

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.cases import WorkedCase, differences, load_cases, read_cases, standard_for
from jinxiu.standards.judge import indicators, judge
from jinxiu.standards.positions import StandardError

CASES = load_cases(Path(jinxiu.familydoctor.__file__).parent / "standards" / "cases")
STANDARDS = catalogue.installed().all()


def verdict_rows(case: WorkedCase) -> list[dict[str, object]]:
    standard = standard_for(case, STANDARDS)
    return [] if standard is None else [v.as_row() for v in judge(standard, case.person, case.as_of)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.standard}-{case.name}")
def test_case_is_met(case):
    assert differences(case, verdict_rows(case)) == []


@pytest.mark.parametrize("case", [c for c in CASES if c.indicators], ids=lambda case: f"{case.standard}-{case.name}")
def test_case_indicators_are_met(case):
    standard = standard_for(case, STANDARDS)
    found = indicators(standard, case.person, case.as_of)
    shown = {name: (found[name][1] if found[name][0] else None) for name in case.indicators}
    assert shown == dict(case.indicators)


def test_every_outcome_of_every_standard_has_a_case():
    possible = {
        (standard.id, clause.id, outcome.reason)
        for standard in STANDARDS
        for clause in standard.clauses
        for outcome in standard.outcomes(clause)
    }
    shown = {(case.standard, row["clause"], row["reason_code"]) for case in CASES for row in verdict_rows(case)}
    assert possible - shown == set()


def test_every_status_and_both_sides_of_every_indicator_have_a_case():
    statuses = {row["status"] for case in CASES for row in verdict_rows(case)}
    assert statuses == {
        "upcoming",
        "due",
        "overdue",
        "missed",
        "kept",
        "waived",
    }
    sides = {(case.standard, name, side) for case in CASES for name, side in case.indicators.items()}
    for standard in STANDARDS:
        for indicator in standard.indicators:
            assert {(standard.id, indicator.id, side) for side in (True, False)} <= sides


def test_a_wrong_expectation_is_told(tmp_path):
    path = write(
        tmp_path,
        """
        standard: hypertension
        contact: followup.hypertension
        enrolment: hypertension
        cases:
          - name: wrong
            title: {zh: 错, en: wrong}
            section: "2.3"
            person: {born: "1966-01-01"}
            enrolled: [{since: "2024-01-01"}]
            facts: [{on: "2026-03-10", systolic: 138, diastolic: 88}]
            as_of: "2026-03-10"
            expect:
              - {clause: followup, classification: danger, due_on: "2026-06-09", reason_args: {systolic: 139}}
              - {clause: yearly_exam, cycle: "2031"}
        """,
    )
    case = read_cases(path)[0]
    told = differences(case, verdict_rows(case))
    assert len(told) == 4
    assert "wrong: followup classification: expected danger, found controlled" in told
    assert told[-1] == "wrong: no row yearly_exam 2031"


def test_no_row_expected_but_found(tmp_path):
    path = write(
        tmp_path,
        """
        standard: elderly
        cases:
          - name: wrong
            title: {zh: 错, en: wrong}
            section: "2.5"
            person: {born: "1950-01-01"}
            as_of: "2026-03-10"
            expect: nothing
        """,
    )
    case = read_cases(path)[0]
    assert differences(case, verdict_rows(case)) == ["wrong: expected no row, found 2"]


def test_mistakes_of_a_case_file_have_lines(tmp_path):
    path = write(
        tmp_path,
        """
        standard: hypertension
        contact: followup.hypertensoin
        cases:
          - name: one
            title: {zh: 一, en: one}
            section: "2.3"
            person: {born: "1966-13-01"}
            facts: [{on: "2026-03-10", sistolic: 138}]
            as_of: "2026-03-10"
            expect: [{clause: followup, clasification: danger}]
        """,
    )
    with pytest.raises(StandardError) as caught:
        read_cases(path)
    told = [(mistake.line, mistake.message) for mistake in caught.value.mistakes]
    assert [line for line, _ in told] == [2, 7, 8, 10]
    assert "did you mean followup.hypertension?" in told[0][1]
    assert "YYYY-MM-DD" in told[1][1]
    assert "did you mean systolic?" in told[2][1]
    assert "did you mean classification?" in told[3][1]


def write(directory: Path, text: str) -> Path:
    lines = text.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    path = directory / "cases.yaml"
    path.write_text("\n".join(line[indent:] for line in lines) + "\n", encoding="utf-8")
    return path
