"""Tests and cases that hold for nobody are told with their line."""

from __future__ import annotations

import time

import pytest

from jinxiu.standards.check import check_file
from tests.engine.test_reader import FOLDER, HYPERTENSION, line_of, write


def test_all_that_is_installed_can_be_reached_and_is_checked_soon():
    begun = time.process_time()
    assert check_file(FOLDER) == []
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("part", "wrong", "line", "told"),
    [
        # The limit of who is off target above the danger: nobody is off target who is not in danger already.
        (
            "systolic_limit: {value: 140, unit: mmHg, from_age: {65: 150}}  # on target means below\n"
            "  diastolic_limit: {value: 90,",
            "systolic_limit: {value: 190, unit: mmHg}\n  diastolic_limit: {value: 115,",
            "  - reason: uncontrolled_first",
            "uncontrolled_first, which can decide for nobody",
        ),
        (
            "all: [{has: systolic}, {has: diastolic}]",
            "all: [{has: systolic}, {has: diastolic}, {not: {has: systolic}}]",
            "    measured:",
            "a test that nobody can pass",
        ),
        (
            "counts_if: {any: [measured, flagged]}",
            "counts_if: {all: [measured, {not: {reading: complication, is: 1}}]}",
            "  - reason: complication",
            "complication, which can decide for nobody",
        ),
    ],
    ids=["contradicting limits", "contradiction", "not counted"],
)
def test_what_holds_for_nobody_is_told(tmp_path, part, wrong, line, told):
    assert part in HYPERTENSION
    text = HYPERTENSION.replace(part, wrong, 1)
    mistakes = check_file(write(tmp_path, text))
    assert any(told in mistake.message and mistake.line == line_of(text, line) for mistake in mistakes), mistakes


def test_what_can_be_reached_is_not_told(tmp_path):
    text = HYPERTENSION.replace("value: 140", "value: 130").replace("{65: 150}", "{65: 150, 80: 160}")
    assert check_file(write(tmp_path, text)) == []
