"""Random facts of every kind over random histories, days drawn from the edges of the period."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from jinxiu.standards.facts import Facts, facts_from
from jinxiu.standards.facts.contract import TABLES
from jinxiu.standards.facts.sources import ARROW_TYPES
from jinxiu.standards.measures.model import (
    COUNTINGS,
    DAYS,
    END,
    PICKS,
    RELATIONS,
    START,
    Age,
    Anchor,
    AnyOf,
    Born,
    Bound,
    Enrolments,
    Events,
    Fact,
    Followed,
    HasEnrolment,
    HasEvent,
    Having,
    Is,
    LatestEvent,
    LivesHere,
    Measure,
    Must,
    Named,
    NotOf,
    Period,
    Readings,
    Sex,
    Share,
    Span,
    Stay,
    Sums,
    When,
)
from jinxiu.standards.model import COMPARISONS, Limit, Source, Text

PERIOD = Period(dt.date(2024, 2, 29), dt.date(2024, 8, 31))
KINDS, PROGRAMMES, CODES = ("visit", "exam"), ("hypertension", "pregnancy"), ("a|1", "a|12", "b|1")
SETTINGS, MODES, READINGS = ("ambulatory", "inpatient"), ("clinic", "phone"), ("systolic", "diastolic")
WORDS = Text("字", "word")
LIMIT = Limit("limit", "mmHg", 140, ((65, 150),))

_edges = [PERIOD.start, PERIOD.end, *(bound.on(PERIOD) for bound in (Bound(START, 2, -1), Bound(END, -2), Bound(END)))]
days = st.builds(
    lambda edge, off: edge + dt.timedelta(days=off),
    st.sampled_from(_edges),
    st.sampled_from([-31, -30, -8, -7, -1, 0, 0, 1, 7, 8, 30]),
)
births = st.one_of(
    st.none(),
    st.sampled_from(
        [dt.date(2024 - age, 2, 29) if (2024 - age) % 4 == 0 else dt.date(2024 - age, 3, 1) for age in (64, 65, 66)]
    ),
    st.sampled_from([dt.date(1959, 8, 31), dt.date(1959, 9, 1), dt.date(2024, 3, 5), PERIOD.start]),
)
texts = st.one_of(st.none(), st.lists(st.sampled_from(CODES), min_size=1, max_size=2).map(" ".join))
some = lambda words: st.lists(st.sampled_from(words), max_size=2, unique=True).map(tuple)  # noqa: E731

# --- facts ------------------------------------------------------------------------------------------------------------

spans = st.sampled_from(
    [
        Span(),
        Span(None, Bound(END)),
        Span(Bound(START, -1), None),
        Span(Bound(START), Bound(START, 2, -1)),
        Span(Bound(END, -2), Bound(END)),
    ]
)
closed = st.sampled_from([Span(), Span(Bound(START), Bound(START, 2, -1))])
whens = st.builds(When, st.sampled_from(RELATIONS), spans)
codes = st.one_of(st.just(()), st.sampled_from([("a|1",), ("a|1*",), ("b|1", "a|12")]))
comparisons = st.sampled_from(COMPARISONS)
havings = st.one_of(
    st.builds(Having, st.just("answer"), st.sampled_from([("a|1",), ("b|1", "a|12")])),
    st.builds(Having, st.just("systolic"), st.just(()), comparisons, st.just(LIMIT)),
    st.builds(Having, st.just("diastolic")),
    st.builds(Having, st.just("answer"), texts=st.sampled_from([("a|1",), ("b|1", "a|1 a|12")])),
    st.builds(
        Having,
        st.just("diastolic"),
        st.just(()),
        comparisons,
        share=st.builds(Share, st.sampled_from([93.0, 100.0, 107.2]), st.just("systolic")),
    ),
)
events = st.one_of(
    st.just(Events()),
    st.builds(Events, having=havings.map(lambda one: (one,))),
    st.builds(
        Events,
        some(KINDS),
        codes,
        some(MODES),
        some(SETTINGS),
        some(SETTINGS),
        st.lists(havings, max_size=1).map(tuple),
    ),
)
enrolments = st.builds(Enrolments, some(PROGRAMMES), codes, st.sampled_from([(), ("lost", "moved")]))
musts = st.builds(Must, st.sampled_from(PICKS), st.sampled_from(READINGS), comparisons, st.just(LIMIT))
anchors = st.one_of(
    st.builds(Anchor, spans),
    st.builds(Anchor, spans, events=events, at=st.sampled_from([START, END])),
    st.builds(Anchor, spans, enrolments=enrolments, at=st.sampled_from([START, END])),
)
pair = st.sampled_from([READINGS, ("systolic",)])
FACTS: dict[type[Fact], st.SearchStrategy[Any]] = {
    Age: st.builds(Age, st.sampled_from([START, END]), st.sampled_from([None, 65]), st.sampled_from([None, 64, 65])),
    Sex: st.builds(Sex, st.sampled_from("MF")),
    LivesHere: st.builds(LivesHere, st.sampled_from([START, END])),
    Born: st.builds(Born, spans),
    HasEnrolment: st.builds(HasEnrolment, enrolments, whens, st.integers(1, 2)),
    HasEvent: st.one_of(
        st.builds(HasEvent, events, whens, st.sampled_from(COUNTINGS), st.integers(1, 2)),
        st.builds(
            HasEvent,
            events,
            st.builds(When, st.just("starts_in"), closed),
            st.sampled_from(COUNTINGS),
            per_year=st.integers(1, 12),
            since=st.sampled_from(PROGRAMMES),
        ),
    ),
    Stay: st.builds(Stay, events, spans, st.sampled_from([1, 2, 8, 31])),
    LatestEvent: st.builds(LatestEvent, events, spans, st.lists(havings, min_size=1, max_size=2).map(tuple)),
    Readings: pair.flatmap(
        lambda of: st.builds(
            Readings,
            st.just(of),
            spans,
            st.one_of(st.just(Events()), events),
            st.sampled_from(DAYS),
            st.booleans(),
            st.lists(musts.filter(lambda must: must.code in of), max_size=2).map(tuple),
            st.sampled_from([(), tuple((other, of[0]) for other in ("pulse", *READINGS) if other not in of)]),
        )
    ),
    Followed: st.builds(
        Followed,
        anchors,
        st.one_of(events, enrolments),
        st.sampled_from([0, 1, -7]),
        st.sampled_from([7, 8, 30, 180]),
        st.booleans(),
        st.integers(1, 2),
        st.integers(1, 2),
    ),
}
facts_lists = st.tuples(*FACTS.values())


def measures(facts: tuple[Fact, ...]) -> list[Measure]:
    """Two measures for each fact, with everybody in: one adds up people, the other what the fact found."""
    found = []
    for number, fact in enumerate(facts):
        named = (Named("it", WORDS, fact),)
        everybody = AnyOf((Is("it"), NotOf(Is("it"))))
        populations = {"initial_population": everybody, "numerator": Is("it")}
        head = ("1", dt.date(2000, 1, 1), None, WORDS, WORDS, Source(WORDS, WORDS, "0"), "year", named)
        found.append(Measure(f"m{number}", *head, populations, None, ("it",)))
        sums = {"initial_population": everybody, "numerator": everybody, "denominator_exclusion": Is("it")}
        found.append(Measure(f"s{number}", *head, sums, Sums("it", "it")))
    return found


# --- histories --------------------------------------------------------------------------------------------------------


@st.composite
def towns(draw: st.DrawFn, people: int = 12) -> Facts:
    """A few people with everything that facts can ask for."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for number in range(draw(st.integers(1, people))):
        _person(draw, f"p{number:02}", rows)
    return facts_from({name: _table(name, rows[name]) for name in TABLES})


def _person(draw: st.DrawFn, who: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    gone = st.one_of(st.none(), st.none(), days)
    rows["people"].append(
        {
            "person_id": who,
            "birth_date": draw(births),
            "sex": draw(st.sampled_from("MFU")),
            "died_on": draw(gone),
            "left_on": draw(gone),
            "team_id": draw(st.sampled_from([None, "t1", "t2"])),
            "institution_id": "i1",
            "district": "d1",
        }
    )
    for n in range(draw(st.integers(0, 3))):
        start = draw(days)
        rows["enrolments"].append(
            {
                "enrolment_id": f"{who}n{n}",
                "person_id": who,
                "kind": draw(st.sampled_from(PROGRAMMES)),
                "start_on": start,
                "end_on": draw(st.one_of(st.none(), days.map(lambda day, start=start: max(day, start)))),
                "end_reason": draw(st.sampled_from([None, "lost", "moved"])),
                "value": draw(texts),
            }
        )
    for n in range(draw(st.integers(0, 5))):
        _event(draw, who, f"{who}e{n}", rows)
    for n in range(draw(st.integers(0, 2))):
        _observation(draw, who, None, f"{who}o{n}", rows, draw(days))


def _event(draw: st.DrawFn, who: str, event_id: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    start = draw(days)
    rows["events"].append(
        {
            "event_id": event_id,
            "person_id": who,
            "kind": draw(st.sampled_from(KINDS)),
            "happened_on": start,
            "mode": draw(st.sampled_from(MODES)),
            "end_on": draw(st.one_of(st.none(), days.map(lambda day: max(day, start)))),
            "setting": draw(st.sampled_from([None, *SETTINGS])),
            "code": draw(texts),
        }
    )
    for n in range(draw(st.integers(0, 3))):
        _observation(draw, who, event_id, f"{event_id}o{n}", rows, start)


def _observation(
    draw: st.DrawFn,
    who: str,
    event_id: str | None,
    observation_id: str,
    rows: dict[str, list[dict[str, Any]]],
    day: dt.date,
) -> None:
    code = draw(st.sampled_from([*READINGS, "pulse", "answer", "answer"]))
    value = None if code == "answer" else draw(st.sampled_from([None, 139.0, 140.0, 149.5, 150.0]))
    text = draw(st.one_of(st.sampled_from(["withdrawn", "a|1"]), texts)) if value is None else None
    rows["observations"].append(
        {
            "observation_id": observation_id,
            "person_id": who,
            "event_id": event_id,
            "code": code,
            "happened_on": day,
            "value": value,
            "text": text,
        }
    )


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in TABLES[name].columns])
    return pa.Table.from_pylist(rows, schema=schema)
