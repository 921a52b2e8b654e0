"""The work of the months to come is what the referee finds who does each item on its day and asks again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import Phase, given, settings

from jinxiu.standards.catalogue import installed
from jinxiu.standards.change.effect import in_force_on
from jinxiu.standards.change.picture import Panel, picture
from jinxiu.standards.change.workload import NotForeseen, Workload, months_from, workloads
from jinxiu.standards.days import months_after
from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.judge import Visit, judge, stand
from jinxiu.standards.model import CountEvents, CountObservations, Interval, PerYear, Standard
from jinxiu.standards.person import Event, Observation, PersonFacts
from tests.engine.strategies import History, Row, histories
from tests.engine.test_change import changed

BY_ID = {standard.id: standard for standard in installed().all()}
HYPERTENSION = BY_ID["hypertension"]
SAME_AT_EVERY_AGE = changed(HYPERTENSION, limit=140)  # whoever turns 65 on the way keeps the class
MONTHS = 14
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # a whole walk is too slow to be shrunk


# --- the referee, step by step ----------------------------------------------------------------------------------------


def as_they_are(history: History) -> dict[str, list[Row]]:
    """The history with nothing after its day: nobody dies or leaves, no enrolment or waiver begins or ends; and without
    waivers of one cycle, which would come back with the next."""
    day = history.as_of
    later = {row["event_id"] for row in history.rows["events"] if row["happened_on"] > day}

    def known(row: Row) -> bool:
        begins = row.get("happened_on") or row.get("start_on")
        return (begins is None or begins <= day) and row.get("event_id") not in later and not row.get("cycle")

    def unended(row: Row) -> Row:
        return {
            name: None if name in ("end_on", "died_on", "left_on") and value and value >= day else value
            for name, value in row.items()
        }

    return {name: [unended(row) for row in rows if known(row)] for name, rows in history.rows.items()}


def stepped(standard: Standard, person: PersonFacts, day: date) -> Counter[tuple[str, int]]:
    """(clause, month) of what one person does in turn, each item on its day."""
    following = months_after(day.replace(day=1), MONTHS)
    found: Counter[tuple[str, int]] = Counter()
    for clause in standard.clauses:
        if isinstance(clause, Interval):
            walk = _contacts(standard, clause, person, day, following)
        else:
            assert isinstance(clause, PerYear)
            walk = _in_years(standard, clause, person, day, following)
        for done_on in walk:
            found[clause.id, (done_on.year - day.year) * 12 + done_on.month - day.month] += 1
    return found


def _contacts(standard: Standard, clause: Interval, person: PersonFacts, day: date, following: date) -> Iterator[date]:
    now = day
    while True:
        (row,) = (row for row in judge(standard, person, now) if row.clause == clause.id)
        now = max(now, row.due_on)
        if row.status == "waived" or now >= following:
            return
        yield now
        standing = stand(standard, person, now)
        assert standing is not None
        if not standing.contacts():
            return
        person = _seen_again(person, standing.visits[standing.contacts()[-1]], now)


def _seen_again(person: PersonFacts, visit: Visit, day: date) -> PersonFacts:
    """A contact like the one before, with the same readings."""
    event = replace(visit.event, event_id=f"~{day}", happened_on=day)
    readings = [
        replace(one, observation_id=f"~{day}{one.code}", event_id=event.event_id, happened_on=day)
        for one in visit.readings.values()
    ]
    return replace(person, events=(*person.events, event), observations=(*person.observations, *readings))


def _in_years(standard: Standard, clause: PerYear, person: PersonFacts, day: date, following: date) -> Iterator[date]:
    now, number = day, 0
    while now < following:
        row = next(row for row in judge(standard, person, now) if row.clause == clause.id)  # the running year's
        if row.status == "waived" or row.due_on >= following:
            return
        if row.status == "kept":
            now = row.due_on + timedelta(days=1)
            continue
        yield row.due_on
        number += 1
        person = _counts(standard, clause, person, row.due_on, f"~{number}")
        now = row.due_on


def _counts(standard: Standard, clause: PerYear, person: PersonFacts, day: date, name: str) -> PersonFacts:
    """Something that counts for the clause on that day."""
    counts = clause.counts
    if isinstance(counts, CountObservations):
        observation = Observation(name, counts.code, day, counts.limit.value if counts.limit else 1.0)
        return replace(person, observations=(*person.observations, observation))
    mode = counts.modes[0] if counts.modes else None
    contact = standard.contact
    kind = counts.events[0] if isinstance(counts, CountEvents) else contact.events[0] if contact else ""
    readings = contact.readings if contact and not isinstance(counts, CountEvents) else ()
    observations = [Observation(f"{name}{code}", code, day, 1.0, name) for code in readings]
    return replace(
        person,
        events=(*person.events, Event(name, kind, day, mode)),
        observations=(*person.observations, *observations),
    )


def check(standard: Standard, history: History) -> None:
    rows, day = as_they_are(history), history.as_of
    forever = in_force_on(replace(standard, valid_to=None), day)
    following = months_after(day.replace(day=1), MONTHS)
    everybody = facts_from(History(day, rows).tables())
    staying = {
        person.person_id
        for person in everybody.persons()
        if (stand(forever, person, day) is None) == (stand(forever, person, following) is None)
    }
    rows |= {name: [row for row in rows[name] if row["person_id"] in staying] for name in rows}
    facts = facts_from(History(day, rows).tables())
    teams = {row["person_id"]: row["team_id"] or "" for row in rows["people"]}
    expected: Counter[tuple[str, str, int]] = Counter()
    for person in facts.persons():
        if stand(forever, person, day) is not None:
            for (clause, month), number in stepped(forever, person, day).items():
                expected[clause, teams[person.person_id], month] += number
    (sides,) = workloads([(None, forever)], facts, day, MONTHS, "team")
    assert sides[0] == Workload({})
    assert _flat(sides[1]) == expected


def _flat(work: Workload) -> Counter[tuple[str, str, int]]:
    return Counter(
        {(*key, month): number for key, numbers in work.items.items() for month, number in enumerate(numbers) if number}
    )


@settings(max_examples=4, deadline=None, phases=QUICK)
@given(histories([SAME_AT_EVERY_AGE], people=10))
def test_contacts_and_years_are_as_the_referee_finds_them_step_by_step(history: History) -> None:
    check(SAME_AT_EVERY_AGE, history)


@pytest.mark.parametrize("name", ["diabetes", "agreement"])
def test_so_it_is_with_measurements_and_with_years_from_the_start_on(name: str) -> None:
    standard = BY_ID[name]
    clauses = tuple(clause for clause in standard.clauses if isinstance(clause, Interval | PerYear))
    standard = replace(standard, clauses=clauses)

    @settings(max_examples=2, deadline=None, phases=QUICK)
    @given(histories([standard], people=10))
    def as_stepped(history: History) -> None:
        check(standard, history)

    as_stepped()


# --- by hand ----------------------------------------------------------------------------------------------------------

DAY = date(2026, 9, 30)


def _facts(**tables: list[Row]) -> Facts:
    rows: dict[str, list[Row]] = {
        name: [] for name in ("enrolments", "events", "observations", "waivers", "memberships")
    }
    return facts_from(History(DAY, rows | tables).tables())


def _wang(seen: bool = True, waived: bool = False) -> Facts:
    """76 years old, in the programme since January, seen ten days ago with 145/80 if at all."""
    clause = {"standard": "hypertension", "clause": "followup", "start_on": date(2026, 9, 1)}
    on, readings = date(2026, 9, 20), {"systolic": 145.0, "diastolic": 80.0}
    return _facts(
        people=[{"person_id": "wang", "birth_date": date(1950, 3, 1), "sex": "F", "team_id": "t1"}],
        enrolments=[{"enrolment_id": "n", "person_id": "wang", "kind": "hypertension", "start_on": date(2026, 1, 10)}],
        events=[
            {"event_id": "e", "person_id": "wang", "kind": "followup.hypertension", "happened_on": on, "mode": "home"}
        ][: int(seen)],
        observations=[
            {"observation_id": c, "event_id": "e", "person_id": "wang", "code": c, "happened_on": on, "value": v}
            for c, v in readings.items()
        ][: 2 * int(seen)],
        waivers=[{"person_id": "wang", **clause}] if waived else [],
    )


def test_a_stricter_limit_brings_a_contact_every_fortnight() -> None:
    ((old, new),) = workloads([(HYPERTENSION, changed(HYPERTENSION, limit=140))], _wang(), DAY, 4, "team")
    assert old.items["followup", "t1"] == (0, 0, 0, 1)  # 90 days after 20 September: 19 December
    assert new.items["followup", "t1"] == (0, 2, 3, 2)  # 4, 18 October, 1, 15, 29 November, 13, 27 December
    assert new.items["visits_per_year", "t1"] == (0, 0, 0, 3)  # four a year, one is done
    assert new.items["yearly_exam", "t1"] == (0, 0, 0, 1)
    assert months_from(DAY, 4)[3] == date(2026, 12, 1)


def test_who_was_never_seen_or_has_a_waiver_is_named() -> None:
    ((_, new),) = workloads([(None, HYPERTENSION)], _wang(seen=False), DAY, 6)
    assert new.items["followup", ""] == (1, 0, 0, 0, 0, 0)  # overdue: in the first month
    assert new.not_foreseen == (NotForeseen("followup", "after_first", 1),)
    ((_, new),) = workloads([(None, HYPERTENSION)], _wang(waived=True), DAY, 6)
    assert ("followup", "") not in new.items
    assert new.not_foreseen == (NotForeseen("followup", "waived", 1),)


def test_windows_come_on_their_own_days_though_they_have_no_row_yet() -> None:
    born = date(2026, 9, 1)
    facts = _facts(
        people=[{"person_id": "bao", "birth_date": born, "sex": "F"}],
        enrolments=[
            {"enrolment_id": f"n-{kind}", "person_id": "bao", "kind": kind, "start_on": born}
            for kind in ("agreement", "child")
        ],
    )
    ((_, new),) = workloads([(None, BY_ID["child"])], facts, DAY, 36)
    (visits,) = (clause for clause in BY_ID["child"].clauses if clause.id == "visits")
    expected = Counter(max(cycle.due.after(born), DAY) for cycle in visits.cycles)  # type: ignore[union-attr]
    numbers = new.items["visits", ""]
    for month, first in enumerate(months_from(DAY, 36)):
        assert numbers[month] == sum(n for day, n in expected.items() if day.replace(day=1) == first), first
    assert NotForeseen("warning_signs", "new_questions") in new.not_foreseen


def test_the_picture_is_drawn_with_numbers_titles_and_two_looks() -> None:
    drawn = picture("图", ["注"], ("旧", "新"), months_from(DAY, 2), [Panel("随访 <b> & 1", (3, 0), (1200, 5))])
    root = ET.fromstring(drawn)
    texts = [each.text for each in root.iter() if each.tag.endswith(("}text", "}title"))]
    assert {"图", "注", "旧", "新", "随访 <b> & 1", "1,200", "2026-10", "2026-09 旧: 3"} <= set(texts)
    assert {each.get("fill") for each in root.iter() if each.tag.endswith("}rect")} >= {"url(#old)", "#0b5c8a"}
