"""The class shown beside an old reading is what the referee says as of that day."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from jinxiu.familydoctor.records import charts
from jinxiu.familydoctor.records.cards import class_name
from jinxiu.standards.judge import judge
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts
from jinxiu.worklists.standards import in_force

START = date(2024, 1, 1)
PRESSURE = charts.KINDS[0]

contacts = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.sampled_from([None, 138, 139, 140, 149, 150, 179, 180]),
        st.sampled_from([80, 89, 90, 110]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda contact: contact[0],
)


def person(history: list[tuple[int, int | None, int, int]], end_after: int | None) -> PersonFacts:
    """Somebody who turns 65 on 1 July 2025, enrolled at the start; once lost, enrolled again two months later."""
    ended = START + timedelta(days=end_after) if end_after else None
    enrolments = [Enrolment("n1", "hypertension", START, ended, "lost" if ended else None)]
    if ended:
        enrolments.append(Enrolment("n2", "hypertension", ended + timedelta(days=60)))
    events, observations = [], []
    for at, systolic, diastolic, reaction in history:
        day, event_id = START + timedelta(days=at), f"e{at:012d}"
        events.append(Event(event_id, "followup.hypertension", day, "clinic"))
        values = {"systolic": systolic, "diastolic": diastolic, "adverse_reaction": reaction}
        observations += [
            Observation(f"o{at:09d}{place}", code, day, value, event_id)
            for place, (code, value) in enumerate(values.items())
            if value is not None
        ]
    return PersonFacts(
        "1", date(1960, 7, 1), "F", enrolments=tuple(enrolments), events=tuple(events), observations=tuple(observations)
    )


@settings(max_examples=120, deadline=None)
@given(history=contacts, end_after=st.sampled_from([None, 200, 450]))
def test_the_class_of_then_is_the_referees(
    history: list[tuple[int, int | None, int, int]], end_after: int | None
) -> None:
    facts = person(history, end_after)
    with override("en"):
        readings = charts.readings_of(facts, PRESSURE, START + timedelta(days=1000))
        classes = charts.Classes(PRESSURE, facts, readings)
        for reading in readings:
            (standard,) = [one for one in in_force(reading.on) if one.id == "hypertension"]
            said = [
                class_name(verdict.classification)
                for verdict in judge(standard, facts, reading.on)
                if verdict.classification and reading.event and reading.event.event_id in verdict.facts_used[:2]
            ]
            assert classes.of(reading) == (said[0] if said else "")
