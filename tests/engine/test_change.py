"""What a changed standard means: every field is told, and the numbers are those that the referee finds one by one."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any as Value

import pytest
from hypothesis import given, settings

from jinxiu.standards.catalogue import installed
from jinxiu.standards.change.effect import OPEN, Effect, effects, in_force_on
from jinxiu.standards.change.labels import LABELS, SAID
from jinxiu.standards.change.sentences import sentences
from jinxiu.standards.change.words import differences
from jinxiu.standards.codes import codes_for
from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.judge import judge
from jinxiu.standards.model import Case, Limit, ModelError, Named, Standard, Text
from jinxiu.standards.verdict import Verdict
from tests.engine.strategies import History, histories

ALL = installed().all()
HYPERTENSION = next(standard for standard in ALL if standard.id == "hypertension")


def changed(standard: Standard, limit: float | None = None, days: int | None = None) -> Standard:
    """Another limit for people of 65 and older (by name, and in every test), other days to the next contact."""

    def put(value: Value) -> Value:
        if isinstance(value, Limit) and value.name == "systolic_limit" and limit is not None:
            return replace(value, from_age=((65, limit),))
        if isinstance(value, Case) and value.reason == "controlled" and days is not None:
            return replace(value, next_within_days=days)
        if isinstance(value, tuple):
            return tuple(map(put, value))
        if is_dataclass(value):
            return replace(value, **{each.name: put(getattr(value, each.name)) for each in fields(value) if each.init})
        return value

    def deep(value: Value) -> Value:
        return put(value)

    parts = {name: deep(getattr(standard, name)) for name in ("limits", "contact", "cases", "indicators")}
    return replace(standard, **parts)


# --- in words ---------------------------------------------------------------------------------------------------------


def test_a_limit_and_a_case_are_told_in_plain_sentences() -> None:
    new = changed(HYPERTENSION, limit=140, days=60)
    assert differences(HYPERTENSION, new, "en") == [
        "The limit for people of 65 and older moves from 150 mmHg to 140 mmHg (Systolic pressure, systolic_limit).",
        "Case “Controlled” [controlled]: the time to the next contact changes from 90 days to 60 days.",
    ]
    assert differences(HYPERTENSION, new, "zh")[0] == (
        "65 周岁及以上者的限值由 150 mmHg 改为 140 mmHg（收缩压，systolic_limit）。"
    )


@pytest.mark.parametrize("standard", ALL, ids=lambda standard: standard.id)
def test_equal_standards_say_nothing_and_clauses_come_and_go(standard: Standard) -> None:
    assert differences(standard, replace(standard, file="elsewhere"), "en") == []
    clause = standard.clauses[-1]
    if len(standard.clauses) == 1 or standard.indicators:
        return
    fewer = replace(standard, clauses=standard.clauses[:-1])
    assert f"No longer owed: {clause.title.en} [{clause.id}]." in differences(standard, fewer, "en")
    assert any(one.startswith(f"新的承诺：{clause.title.zh}") for one in differences(fewer, standard, "zh"))


def _one_thing_else(value: Value) -> Iterator[Value]:
    """The record with one text or number in it changed, for each of them, at any depth."""
    match value:
        case bool() | Limit() | Named():  # what has a name is told once, by itself
            return
        case Text():
            yield replace(value, zh=value.zh + "改")
            yield replace(value, en=value.en + " changed")
        case int() | float():
            yield value + 1
        case tuple():
            for place, inner in enumerate(value):
                yield from ((*value[:place], other, *value[place + 1 :]) for other in _one_thing_else(inner))
        case _ if is_dataclass(value):
            for each in fields(value):
                for other in _one_thing_else(getattr(value, each.name)):
                    with contextlib.suppress(ModelError):  # a change that the model refuses
                        yield replace(value, **{each.name: other})


@pytest.mark.parametrize("standard", ALL, ids=lambda standard: standard.id)
def test_every_changed_number_and_text_of_a_promise_or_case_is_told_in_both_languages(standard: Standard) -> None:
    for name in ("title", "source", "cases", "decision", "advice", "clauses", "last_value"):
        for other in _one_thing_else(getattr(standard, name)):
            new = replace(standard, **{name: other})
            for language in ("zh", "en"):
                told = differences(standard, new, language)
                assert told, other
                assert SAID["written"].language(language) not in told, other


def test_every_field_of_the_model_has_a_name() -> None:
    records = [Case, Standard, *{type(clause) for standard in ALL for clause in standard.clauses}]
    names = {each.name for record in records for each in fields(record)}
    assert names - set(LABELS) == {
        "eligible",
        "limits",
        "contact",
        "cases",
        "decision",
        "advice",
        "clauses",
        "indicators",
        "file",
    }


# --- whom it reaches: the referee counts by hand ----------------------------------------------------------------------


def _by_hand(
    old: Standard, new: Standard, facts: Facts, day: date
) -> tuple[Counter[tuple[str, ...]], dict[Value, Value]]:
    """What `effects` should find, counted person by person from judge's verdicts."""
    moved: Counter[tuple[str, ...]] = Counter()
    have: list[set[tuple[str, str, str]]] = [set(), set()]
    for person in facts.persons():
        two = [judge(in_force_on(one, day), person, day) for one in (old, new)]
        for side, rows in enumerate(two):
            have[side] |= {(row.clause, row.status, row.person_id) for row in rows}
        for clause in {row.clause for rows in two for row in rows}:
            moved.update(_moves(clause, *([row for row in rows if row.clause == clause] for rows in two)))
    keys = {(clause, status) for clause, status, _ in have[0] | have[1]}
    table = {
        key: tuple(
            sum(1 for one in some if one[:2] == key)
            for some in (have[0], have[1], have[1] - have[0], have[0] - have[1])
        )
        for key in keys
    }
    return moved, table


def _moves(clause: str, before: list[Verdict], after: list[Verdict]) -> Iterator[tuple[str, ...]]:
    if bool(before) != bool(after):
        yield clause, "owed" if after else "not_owed", "", ""
    was, now = ([row.due_on for row in rows if row.status in OPEN] for rows in (before, after))
    if bool(was) != bool(now):
        yield clause, "due" if now else "not_due", "", ""
    if was and now and min(was) != min(now):
        yield clause, "earlier" if min(now) < min(was) else "later", "", ""
    if len(before) == len(after) == 1:
        for what, name in (("class", "classification"), ("action", "action")):
            a, b = getattr(before[0], name), getattr(after[0], name)
            if a is not None and b is not None and a != b:
                yield clause, what, a, b


def _found(effect: Effect) -> tuple[Counter[tuple[str, ...]], dict[Value, Value]]:
    moved = Counter({(one.clause, one.what, one.before, one.after): one.people for one in effect.moved})
    return moved, {(s.clause, s.status): (s.before, s.after, s.come, s.go) for s in effect.standings}


@settings(max_examples=4, deadline=None)
@given(histories([HYPERTENSION], people=30))
def test_people_are_counted_as_the_referee_counts_them(history: History) -> None:
    facts = facts_from(history.tables())
    new = replace(changed(HYPERTENSION, limit=120, days=20), valid_from=date(2199, 1, 1))
    (effect,) = effects([(HYPERTENSION, new)], facts, history.as_of)
    assert _found(effect) == _by_hand(HYPERTENSION, new, facts, history.as_of)
    assert all(len(one.examples) == min(one.people, 5) for one in effect.moved)


def test_new_and_dropped_standards_reach_people_too() -> None:
    facts = _district()
    new, gone = effects([(None, HYPERTENSION), (HYPERTENSION, None)], facts, date(2026, 9, 30))
    assert {one.what for one in new.moved} == {"owed", "due"}
    assert {one.what for one in gone.moved} == {"not_owed", "not_due"}


def test_the_sentences_say_how_many_and_with_people_who() -> None:
    old, new = HYPERTENSION, changed(HYPERTENSION, limit=140)
    (effect,) = effects([(old, new)], _district(), date(2026, 9, 30))
    codes = codes_for(Path(old.file))
    (told,) = sentences(effect, old, new, codes, "en")
    assert told == (
        "Next contact [followup]: 1 person becomes due; 1 changes class from “Controlled” to “Not controlled”."
    )
    (told,) = sentences(effect, old, new, codes, "zh", people=True)
    assert told == "随访 [followup]：新到期 1 人（如 wang）；由“控制满意”改为“控制不满意” 1 人（如 wang）。"


def _district() -> Facts:
    """Wang, 76, 145/80 ten days ago; Li, 46, 130/80."""
    day, since = date(2026, 9, 20), date(2025, 1, 10)
    people = [("wang", date(1950, 3, 1)), ("li", date(1980, 5, 5))]
    readings = [
        ("wang", "systolic", 145.0),
        ("wang", "diastolic", 80.0),
        ("li", "systolic", 130.0),
        ("li", "diastolic", 80.0),
    ]
    rows: dict[str, list[dict[str, Value]]] = {
        "people": [{"person_id": one, "birth_date": born, "sex": "F"} for one, born in people],
        "enrolments": [
            {"enrolment_id": f"n-{one}", "person_id": one, "kind": "hypertension", "start_on": since}
            for one, _ in people
        ],
        "events": [
            {
                "event_id": f"e-{one}",
                "person_id": one,
                "kind": "followup.hypertension",
                "happened_on": day,
                "mode": "clinic",
            }
            for one, _ in people
        ],
        "observations": [
            {
                "observation_id": f"o{n}",
                "event_id": f"e-{one}",
                "person_id": one,
                "code": code,
                "happened_on": day,
                "value": value,
            }
            for n, (one, code, value) in enumerate(readings)
        ],
        "waivers": [],
        "memberships": [],
    }
    return facts_from(History(day, rows).tables())
