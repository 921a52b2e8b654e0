"""Evidence: appended, corrected, withdrawn; and what of it the engine sees."""

from datetime import date, timedelta

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import Actor
from jinxiu.evidence import actions
from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.facts import facts, person_facts, row_id, row_key
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.people.actions import record_departure
from jinxiu.standards.person import PersonFacts
from tests.town import TODAY, Town, contact

NURSE = Actor(user_id=2, name="赵敏", role="nurse")


def facts_of(person_id: int) -> PersonFacts:
    found = person_facts(person_id)
    assert found is not None
    return found


def last_event(town: Town) -> Event:
    return Event.objects.filter(person=town.li).latest("pk")


def correct(event: Event, town: Town, **values: float) -> Event:
    return actions.correct_event(
        event_id=event.pk,
        happened_on=event.happened_on,
        mode="clinic",
        observations=values,
        actor=NURSE,
        recorded_by=town.zhao.pk,
        today=TODAY,
    )


def test_a_correction_takes_the_place_and_the_old_stays_readable(town: Town) -> None:
    old = last_event(town)
    new = correct(old, town, systolic=162, diastolic=82)
    seen = facts_of(town.li.pk)
    assert [event.event_id for event in seen.events] == [row_id("e", new.pk)]
    assert {o.code: o.value for o in seen.observations} == {"systolic": 162, "diastolic": 82}
    assert Observation.objects.get(event=old, code="systolic").value == 132


def test_a_value_left_out_of_the_correction_is_gone(town: Town) -> None:
    correct(last_event(town), town, systolic=132)
    assert [o.code for o in facts_of(town.li.pk).observations] == ["systolic"]


def test_each_corrected_value_names_the_one_it_corrects(town: Town) -> None:
    old = last_event(town)
    new = correct(old, town, systolic=162)
    corrected = Observation.objects.get(event=new)
    assert corrected.supersedes == Observation.objects.get(event=old, code="systolic")


def test_two_corrections_of_one_record_cannot_both_stand(town: Town) -> None:
    old = last_event(town)
    correct(old, town, systolic=162)
    with pytest.raises(EvidenceError, match="in the meantime"):
        correct(old, town, systolic=122)


def test_a_withdrawn_record_counts_for_nothing(town: Town) -> None:
    event = last_event(town)
    withdrawn = actions.withdraw_event(event_id=event.pk, reason="other person", actor=NURSE, recorded_by=None)
    seen = facts_of(town.li.pk)
    assert ([event.kind for event in seen.events], seen.observations) == (["withdrawn"], ())
    with pytest.raises(EvidenceError, match="withdrawn"):
        correct(withdrawn, town, systolic=122)


def test_an_enrolment_ends_by_a_further_row(town: Town) -> None:
    running = Enrolment.objects.get(person=town.li)
    said = {"enrolment_id": running.pk, "end_reason": "moved", "actor": NURSE, "recorded_by": None}
    ended = actions.end_enrolment(**said, end_on=TODAY)
    (seen,) = facts_of(town.li.pk).enrolments
    assert (seen.enrolment_id, seen.end_on, seen.end_reason) == (row_id("n", ended.pk), TODAY, "moved")
    with pytest.raises(EvidenceError, match="has ended"):
        actions.end_enrolment(**said, end_on=TODAY)


def test_nobody_is_enrolled_twice_at_a_time(town: Town) -> None:
    said = {"person_id": town.li.pk, "kind": "hypertension", "actor": NURSE, "recorded_by": None, "today": TODAY}
    with pytest.raises(EvidenceError, match="already enrolled"):
        actions.enrol(**said, start_on=TODAY)
    running = Enrolment.objects.get(person=town.li)
    actions.end_enrolment(
        enrolment_id=running.pk,
        end_on=TODAY - timedelta(days=1),
        end_reason="lost",
        actor=NURSE,
        recorded_by=None,
    )
    actions.enrol(**said, start_on=TODAY)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (TODAY + timedelta(days=1), "in the future"),
        (date(1968, 2, 29), "before the person was born"),
        (TODAY, "after the person died"),
    ],
)
def test_an_impossible_day_is_refused_with_a_sentence(town: Town, day: date, says: str) -> None:
    record_departure(person_id=town.li.pk, on=TODAY - timedelta(days=1), died=True, actor=NURSE)
    with pytest.raises(EvidenceError, match=says) as error:
        contact(town.li, town.zhao, day, systolic=130, diastolic=80)
    assert error.value.field == "happened_on"


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("systolic", 1320.0, "1320.0 mmHg cannot be; allowed is 40 to 300"),
        ("danger_sign", 2.0, "allowed is 0 to 1"),
        ("sistolic", 132.0, "not in the code list"),
    ],
)
def test_an_impossible_value_is_refused_with_a_sentence(town: Town, code: str, value: float, says: str) -> None:
    with pytest.raises(EvidenceError, match=says) as error:
        contact(town.li, town.zhao, TODAY, **{code: value})
    assert error.value.field == code
    assert last_event(town).happened_on == date(2026, 7, 1)


def test_an_own_action_leaves_its_line_and_a_step_leaves_it_to_the_action(town: Town) -> None:
    before = AuditEntry.objects.count()
    contact(town.li, town.zhao, TODAY, systolic=130, diastolic=80)
    assert AuditEntry.objects.count() == before
    actions.append_event(
        person_id=town.li.pk,
        kind="exam.annual",
        happened_on=TODAY,
        mode="clinic",
        observations={},
        recorded_by=town.zhao.pk,
        actor=NURSE,
    )
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.actor_name, line.person_id) == ("event.recorded", "赵敏", town.li.pk)


# --- facts ------------------------------------------------------------------------------------------------------------


def _sorted(person: PersonFacts) -> PersonFacts:
    return PersonFacts(
        **{
            name: tuple(sorted(value, key=repr)) if isinstance(value := getattr(person, name), tuple) else value
            for name in PersonFacts.__slots__
        }
    )


def test_everybodys_columns_and_ones_records_are_the_same_facts(town: Town) -> None:
    """Also with texts that a careless CSV would break."""
    correct(last_event(town), town, systolic=162.5, diastolic=82)
    Observation.objects.create(
        person=town.li,
        code="note",
        happened_on=TODAY,
        text='说"好", a,b\nsecond line',
        recorded_at="2026-11-25T08:00+08:00",
    )
    everybody = facts(TODAY)
    for person in town.people:
        together = everybody.person(str(person.pk))
        assert together is not None
        assert _sorted(together) == _sorted(facts_of(person.pk))


def test_facts_say_where_people_belong(town: Town) -> None:
    rows = {row["person_id"]: row for row in facts(TODAY).table("people").to_pylist()}
    chen = rows[str(town.chen.pk)]
    assert (chen["team_id"], chen["institution_id"]) == ("lx-1", "lx")
    assert (chen["district"], chen["community"]) == ("140106", "140106001001")
    assert {row["team_id"] for row in facts(date(2020, 1, 1)).table("people").to_pylist()} == {None}


def test_facts_of_some(town: Town) -> None:
    some = facts(TODAY, [town.li.pk, town.zhou.pk])
    assert set(some.table("people")["person_id"].to_pylist()) == {str(town.li.pk), str(town.zhou.pk)}
    assert set(some.table("events")["person_id"].to_pylist()) == {str(town.li.pk)}


def test_facts_of_nobody(town: Town) -> None:
    assert facts(TODAY, []).table("people").num_rows == 0
    assert person_facts(10**9) is None


def test_ids_keep_the_order_of_writing_as_text() -> None:
    assert row_id("e", 99) < row_id("e", 100)
    assert row_key(row_id("o", 123)) == 123


def test_one_persons_facts_cost_four_queries(town: Town, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(4):  # type: ignore[operator]
        person_facts(town.wu.pk)
