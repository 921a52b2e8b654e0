"""The referee beyond the worked cases: what no single case can show."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.judge import indicators, judge
from jinxiu.standards.model import Any as AnyOf
from jinxiu.standards.model import Compare, Has, Limit, ModelError, Named, Not, Previous, Text
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, Waiver, age_on, birthday
from jinxiu.standards.verdict import VERDICT_COLUMNS, Verdict, arguments_json, ids_json, number_text, status_by_dates

TODAY = date(2026, 3, 10)
STANDARDS = {standard.id: standard for standard in catalogue.installed().all()}
HYPERTENSION = STANDARDS["hypertension"]


def contact(number: int, day: date, kind: str = "followup.hypertension", mode: str = "clinic", **readings: float):
    """An event and its observations, with ids in the order of their numbers."""
    event = Event(f"e{number:03}", kind, day, mode)
    taken = [Observation(f"o{number:03}.{code}", code, day, value, event.event_id) for code, value in readings.items()]
    return event, taken


def person(*contacts, enrolled: str = "hypertension", since: date = date(2024, 1, 1), **more) -> PersonFacts:
    facts = PersonFacts(
        person_id="zhang",
        birth_date=date(1966, 1, 1),
        enrolments=(Enrolment("n1", enrolled, since),),
        events=tuple(event for event, _ in contacts),
        observations=tuple(observation for _, taken in contacts for observation in taken),
    )
    return replace(facts, **more)


def row(verdicts: list[Verdict], clause: str, cycle: str | None = None) -> Verdict:
    return next(v for v in verdicts if v.clause == clause and cycle in (None, v.cycle))


def test_one_examination_keeps_the_promise_of_three_standards():
    zhang = person(
        contact(1, date(2026, 2, 1), kind="exam.annual"),
        birth_date=date(1950, 1, 1),
        enrolments=(Enrolment("n1", "hypertension", date(2024, 1, 1)), Enrolment("n2", "diabetes", date(2024, 1, 1))),
    )
    for standard in (STANDARDS[name] for name in ("diabetes", "elderly", "hypertension")):
        exam = row(judge(standard, zhang, TODAY), "yearly_exam", "2026")
        assert exam.status == "kept"
        assert exam.facts_used[-1] == "e001"


def test_a_new_version_changes_the_judgement_from_its_first_day_on(tmp_path):
    text = (Path(jinxiu.familydoctor.__file__).parent / "standards" / "hypertension.yaml").read_text(encoding="utf-8")
    old = text.replace('valid_from: "2017-01-01"', 'valid_from: "2017-01-01"\nvalid_to: "2026-03-09"')
    new = (
        text.replace('version: "2017.1"', 'version: "2026.1"')
        .replace('valid_from: "2017-01-01"', 'valid_from: "2026-03-10"')
        .replace("value: 140", "value: 130")
        .replace("value: 90", "value: 80")
    )
    (tmp_path / "old.yaml").write_text(old, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(new, encoding="utf-8")
    found = Catalogue.load(tmp_path)
    zhang = person(contact(1, date(2026, 3, 1), systolic=135, diastolic=78))
    judged = {}
    for day in (TODAY - timedelta(days=1), TODAY):
        standard = found.valid_on("hypertension", day)
        judged[day] = row(judge(standard, zhang, day), "followup")
    before, after = judged.values()
    assert (before.version, before.classification, before.due_on) == ("2017.1", "controlled", date(2026, 5, 30))
    assert (after.version, after.classification, after.due_on) == ("2026.1", "uncontrolled", date(2026, 3, 15))
    assert before.cycle == after.cycle == "2026-03-01"
    assert judge(found.version("hypertension", "2017.1"), zhang, TODAY) == []


def test_rows_have_exactly_the_columns_and_stand_by_clause_and_cycle():
    verdicts = judge(STANDARDS["diabetes"], person(enrolled="diabetes"), TODAY)
    assert [(v.clause, v.cycle) for v in verdicts] == [
        ("followup", "2024-01-01"),
        ("glucose_tests_per_year", "2026"),
        ("glucose_tests_per_year", "2027"),
        ("visits_per_year", "2026"),
        ("visits_per_year", "2027"),
        ("yearly_exam", "2026"),
        ("yearly_exam", "2027"),
    ]
    for verdict in verdicts:
        assert list(verdict.as_row()) == [name for name, _, _ in VERDICT_COLUMNS]


def test_reason_arguments_are_exactly_the_placeholders():
    zhang = person(contact(1, date(2026, 3, 1), systolic=135, diastolic=78))
    for verdict in judge(HYPERTENSION, zhang, TODAY):
        outcome = HYPERTENSION.outcome(verdict.clause, verdict.reason_code)
        assert sorted(verdict.reason_args) == list(outcome.say.placeholders)


# --- properties -------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2025, 1, 1), date(2027, 1, 1))
PRESSURES = st.sampled_from([None, 89, 90, 109, 110, 139, 140, 149, 150, 179, 180])
FLAGS = st.sampled_from([None, 0, 1])


@st.composite
def histories(draw) -> PersonFacts:
    """Contacts with readings from both sides of every limit, and birthdays around the days of the contacts."""
    contacts = []
    for number in range(draw(st.integers(0, 6))):
        readings = {"systolic": draw(PRESSURES), "diastolic": draw(PRESSURES), "adverse_reaction": draw(FLAGS)}
        given_ = {code: value for code, value in readings.items() if value is not None}
        mode = draw(st.sampled_from(["clinic", "home", "phone", "online"]))
        contacts.append(contact(number, draw(DAYS), mode=mode, **given_))
    turned_65 = draw(DAYS)
    return person(
        *contacts,
        birth_date=turned_65.replace(year=turned_65.year - 65, day=min(turned_65.day, 28)),
        since=draw(DAYS),
        died_on=draw(st.none() | DAYS),
        waivers=(Waiver("hypertension", "followup", draw(DAYS), None, None),) if draw(st.booleans()) else (),
    )


def seen_by(facts: PersonFacts, day: date) -> PersonFacts:
    """The same person without anything that happens after a day."""
    return replace(
        facts,
        died_on=facts.died_on if facts.died_on and facts.died_on <= day else None,
        events=tuple(e for e in facts.events if e.happened_on <= day),
        observations=tuple(o for o in facts.observations if o.happened_on <= day),
        enrolments=tuple(e for e in facts.enrolments if e.start_on <= day),
        waivers=tuple(w for w in facts.waivers if w.start_on <= day),
    )


@settings(max_examples=150, deadline=None)
@given(facts=histories(), day=DAYS)
def test_what_happens_later_changes_nothing_today(facts, day):
    assert judge(HYPERTENSION, facts, day) == judge(HYPERTENSION, seen_by(facts, day), day)


@settings(max_examples=100, deadline=None)
@given(facts=histories(), day=DAYS, seed=st.integers(0, 9))
def test_the_order_of_the_rows_has_no_meaning(facts, day, seed):
    shuffle = random.Random(seed).sample
    shuffled = replace(
        facts,
        events=tuple(shuffle(facts.events, len(facts.events))),
        observations=tuple(shuffle(facts.observations, len(facts.observations))),
    )
    assert judge(HYPERTENSION, facts, day) == judge(HYPERTENSION, shuffled, day)


@settings(max_examples=150, deadline=None)
@given(facts=histories(), day=DAYS)
def test_every_verdict_is_sound(facts, day):
    verdicts = judge(HYPERTENSION, facts, day)
    gone = facts.died_on is not None and facts.died_on <= day
    assert bool(verdicts) == (not gone and facts.enrolments[0].start_on <= day)
    assert len({(v.clause, v.cycle) for v in verdicts}) == len(verdicts)
    known = {e.event_id for e in facts.events} | {o.observation_id for o in facts.observations} | {"n1"}
    for verdict in verdicts:
        assert verdict.opens_on <= verdict.due_on
        assert verdict.closes_on is None or verdict.due_on <= verdict.closes_on
        assert set(verdict.facts_used) <= known
        if verdict.status not in ("kept", "waived"):
            assert verdict.status == status_by_dates(verdict.opens_on, verdict.due_on, verdict.closes_on, day)


@settings(max_examples=100, deadline=None)
@given(facts=histories(), day=DAYS)
def test_who_is_in_the_denominator_has_rows(facts, day):
    verdicts = judge(HYPERTENSION, facts, day)
    for denominator, numerator in indicators(HYPERTENSION, facts, day).values():
        assert denominator == bool(verdicts)
        assert denominator or not numerator


# --- small parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1961, 3, 10), date(2026, 3, 9), 64),
        (date(1961, 3, 10), date(2026, 3, 10), 65),
        (date(1960, 2, 29), date(2025, 2, 28), 64),
        (date(1960, 2, 29), date(2025, 3, 1), 65),
        (date(1960, 2, 29), date(2024, 2, 29), 64),
        (date(1960, 2, 29), date(2024, 2, 28), 63),
        (None, date(2026, 1, 1), None),
    ],
)
def test_age(born, day, age):
    assert age_on(born, day) == age


@given(born=st.dates(date(1900, 1, 1), date(2026, 1, 1)), years=st.integers(0, 120))
def test_the_birthday_is_the_first_day_of_the_age(born, years):
    day = birthday(born, years)
    assert age_on(born, day) == years
    assert years == 0 or age_on(born, day - timedelta(days=1)) == years - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (140.0, "140"),
        (16.7, "16.7"),
        (0.1 + 0.2, "0.30000000000000004"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (123456789012.0, "123456789012"),
        (7, "7"),
    ],
)
def test_numbers_are_written_one_way(value, text):
    assert number_text(value) == text


def test_json_is_compact_and_sorted():
    assert arguments_json({"b": 16.7, "a": None, "ü": '血压 "高"'}) == '{"a":null,"b":16.7,"ü":"血压 \\"高\\""}'
    assert ids_json(("e1", "血")) == '["e1","血"]'
    assert ids_json(()) == "[]"


@pytest.mark.parametrize(
    ("day", "status"), [(1, "upcoming"), (2, "due"), (4, "due"), (5, "overdue"), (6, "overdue"), (7, "missed")]
)
def test_status_by_dates(day, status):
    window = (date(2026, 1, 2), date(2026, 1, 4), date(2026, 1, 6))
    assert status_by_dates(*window, date(2026, 1, day)) == status


def test_a_closed_window_is_missed_and_an_open_one_is_overdue_for_ever():
    assert status_by_dates(date(2026, 1, 1), date(2026, 1, 4), None, date(2126, 1, 1)) == "overdue"


@pytest.mark.parametrize(
    ("comparison", "answers"),
    [
        ("at_least", (False, True, True)),
        ("at_most", (True, True, False)),
        ("below", (True, False, False)),
        ("above", (False, False, True)),
        ("is", (False, True, False)),
    ],
)
def test_comparisons(comparison, answers):
    limit = Limit("systolic_limit", "mmHg", 140)
    case = replace(HYPERTENSION.cases[0], when=Compare("systolic", comparison, limit))
    standard = replace(HYPERTENSION, cases=(case, HYPERTENSION.cases[-1]))
    found = [
        row(judge(standard, person(contact(1, TODAY, systolic=value, diastolic=80)), TODAY), "followup").reason_code
        for value in (139, 140, 141)
    ]
    assert [reason == "danger" for reason in found] == list(answers)


def test_what_cannot_be_right_is_not_built():
    with pytest.raises(ModelError, match="ages must rise"):
        Limit("x", "mmHg", 140, ((65, 150), (60, 145)))
    with pytest.raises(ModelError, match="is not one of at_least"):
        Compare("systolic", "more", Limit("x", "mmHg", 140))
    with pytest.raises(ModelError, match="Chinese and its English"):
        Text("", "x")
    with pytest.raises(ModelError, match="exactly the last case holds always"):
        replace(HYPERTENSION, cases=HYPERTENSION.cases[:-1])
    with pytest.raises(ModelError, match="ends before it begins"):
        replace(HYPERTENSION, valid_to=date(2016, 12, 31))
    with pytest.raises(ModelError, match="reason danger stands there twice"):
        replace(HYPERTENSION, cases=(HYPERTENSION.cases[0], *HYPERTENSION.cases))
    with pytest.raises(ModelError, match="what a contact is"):
        replace(HYPERTENSION, contact=None)
    previous = Previous(Has("systolic"), Has("systolic"))
    with pytest.raises(ModelError, match="only a case may look"):
        replace(HYPERTENSION.contact, counts_if=AnyOf((Not(Named("x", previous)),)))
    both = AnyOf((previous, Previous(Has("diastolic"), Has("systolic"))))
    with pytest.raises(ModelError, match="one previous contact"):
        replace(HYPERTENSION.cases[0], when=both)


def test_two_contacts_of_one_day_stand_by_their_ids_whatever_comes_first():
    first, second = contact(1, TODAY, systolic=150, diastolic=95), contact(2, TODAY, systolic=130, diastolic=80)
    for contacts in ((first, second), (second, first)):
        assert row(judge(HYPERTENSION, person(*contacts), TODAY), "followup").classification == "controlled"
