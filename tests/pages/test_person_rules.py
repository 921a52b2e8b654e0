"""The limits that applied then: the birthday step, changing versions, and what lay outside."""

from __future__ import annotations

import datetime as dt

from jinxiu.familydoctor.records.rules import Danger, LimitRule, LimitStep, limit_on, limit_steps, outside

D = dt.date
SYSTOLIC = LimitRule(((0, 140.0), (65, 150.0)), D(2017, 1, 1), None)


def test_the_limit_steps_up_on_the_sixty_fifth_birthday() -> None:
    steps = limit_steps([SYSTOLIC], D(1960, 6, 15), D(2024, 1, 1), D(2026, 11, 25))
    assert steps == (
        LimitStep(D(2024, 1, 1), D(2025, 6, 14), 140.0),
        LimitStep(D(2025, 6, 15), D(2026, 11, 25), 150.0),
    )
    assert limit_on(steps, D(2025, 6, 14)) == 140
    assert limit_on(steps, D(2025, 6, 15)) == 150
    assert limit_on(steps, D(2023, 12, 31)) is None


def test_without_a_birth_date_the_youngest_limit_applies() -> None:
    assert limit_steps([SYSTOLIC], None, D(2024, 1, 1), D(2024, 2, 1)) == (
        LimitStep(D(2024, 1, 1), D(2024, 2, 1), 140.0),
    )


def test_a_new_version_changes_the_line_only_where_the_number_changes() -> None:
    old = LimitRule(((0, 140.0),), D(2017, 1, 1), D(2025, 12, 31))
    same, stricter = LimitRule(((0, 140.0),), D(2026, 1, 1), None), LimitRule(((0, 130.0),), D(2026, 1, 1), None)
    assert len(limit_steps([old, same], D(1970, 1, 1), D(2025, 1, 1), D(2026, 6, 1))) == 1
    assert [step.value for step in limit_steps([stricter, old], D(1970, 1, 1), D(2025, 1, 1), D(2026, 6, 1))] == [
        140,
        130,
    ]


def test_at_the_limit_is_outside() -> None:
    limits = {
        "systolic": limit_steps([SYSTOLIC], D(1950, 1, 1), D(2024, 1, 1), D(2026, 1, 1)),
        "diastolic": (LimitStep(D(2024, 1, 1), D(2026, 1, 1), 90.0),),
    }
    dangers = [Danger("systolic", "at_least", 180), Danger("glucose", "at_most", 3.9)]
    assert outside({"systolic": 150, "diastolic": 89}, limits, dangers, D(2025, 1, 1)) == {"systolic"}
    assert outside({"systolic": 149, "diastolic": 90, "weight": 70}, limits, dangers, D(2025, 1, 1)) == {"diastolic"}
    assert outside({"glucose": 3.9}, limits, dangers, D(2025, 1, 1)) == {"glucose"}
    assert outside({"glucose": 4.0}, limits, dangers, D(2025, 1, 1)) == set()
