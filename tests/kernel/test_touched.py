"""Judging who was touched ends in the same list as judging everybody; and who is touched, and when it is everybody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.facts import person_facts
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.people import clock
from jinxiu.people.models import Person
from jinxiu.standards.days import months_after
from jinxiu.standards.facts import facts_from
from jinxiu.standards.judge import judge
from jinxiu.standards.model import (
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    CountEvents,
    EnrolledIn,
    MinAge,
    MinAgeMonths,
    NotIn,
    Standard,
)
from jinxiu.standards.person import Event as EventFact
from jinxiu.standards.person import PersonFacts, birthday
from jinxiu.standards.verdict import Verdict
from jinxiu.worklists import actions, judging
from jinxiu.worklists.actions import refresh_everyone, refresh_person
from jinxiu.worklists.changes import queries, rules, statements
from jinxiu.worklists.changes.rules import Ground, Turns, why_everybody
from jinxiu.worklists.models import DueItem, EvaluationRun, PersonRefresh
from tests.engine.strategies import History, histories, random_schedules, random_standards
from tests.engine.strategies import _own_year as own_years
from tests.engine.test_population import REAL, REST, examples
from tests.together import at_once
from tests.town import TODAY, Town, contact

_BOOKKEEPING = ("id", "opened_at", "closed_at", "run_id")
DAY = timedelta(days=1)


def items() -> list[dict[str, Any]]:
    rows = DueItem.objects.order_by("person_id", "standard", "clause", "cycle", "closed_reason", "pk").values()
    return [{name: value for name, value in row.items() if name not in _BOOKKEEPING} for row in rows]


def settle() -> None:
    """Let the last run know of everything written so far, as if it had been committed before."""
    with transaction.atomic():
        run = EvaluationRun.objects.latest("pk")
        run.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text::bigint + 1 FROM worklists_evaluationrun WHERE id = %s", [run.pk])
        EvaluationRun.objects.filter(pk=run.pk).update(transactions=cursor.fetchone()[0])


# --- random lives -----------------------------------------------------------------------------------------------------


@dataclass
class Life:
    """Facts written on some days, and what is done to them: `spoils` are numbers to pick rows and people by."""

    standards: Sequence[Standard]
    written: list[tuple[date, History]]
    spoils: list[tuple[str, int, int]]


STEPS = (0, 1, 1, 1, 2, 3, 5, 8, 33)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    kinds = [random_standards(), random_schedules(), random_schedules(), st.just(REAL), st.just(REST)]
    standards = draw(st.one_of(*kinds))
    first = draw(histories(standards, people=8))
    day = first.as_of - timedelta(draw(st.sampled_from((0, 1, 2, 15))))
    written = [(day, first)]
    for _ in range(draw(st.integers(1, 3))):
        day += timedelta(draw(st.sampled_from(STEPS)))
        written.append((day, draw(histories(standards, people=3))))
    deeds = st.tuples(st.sampled_from(["correct", "withdraw", "merge", "born", "refresh"]), *[st.integers(0, 99)] * 2)
    return Life(standards, written, draw(st.lists(deeds, max_size=6)))


def write(history: History) -> None:
    """The history's rows for new people; every other one's go to somebody who is there."""
    there = list(Person.objects.filter(merged_into=None).order_by("pk"))
    whose: dict[str, int] = {}
    for number, row in enumerate(history.rows["people"]):
        if there and number % 2 == 0:
            whose[row["person_id"]] = there[number % len(there)].pk
            continue
        days = {name: row.get(name) for name in ("birth_date", "died_on", "left_on")}
        if days["died_on"] and days["birth_date"] and days["died_on"] < days["birth_date"]:
            days["died_on"] = None
        person = Person.objects.create(name="人", sex=row["sex"], created_at=clock.now(), **days)
        whose[row["person_id"]] = person.pk
    events: dict[str, int] = {}
    for row in history.rows["events"]:
        common = {"person_id": whose[row["person_id"]], "recorded_at": clock.now(), "happened_on": row["happened_on"]}
        events[row["event_id"]] = Event.objects.create(kind=row["kind"], mode=row["mode"] or "clinic", **common).pk
    for row in history.rows["observations"]:
        if row["value"] is None and not row.get("text"):
            continue
        Observation.objects.create(
            person_id=whose[row["person_id"]],
            recorded_at=clock.now(),
            happened_on=row["happened_on"],
            event_id=events.get(row["event_id"]),
            code=row["code"],
            value=row["value"],
            text=row.get("text") or "",
        )
    for row in history.rows["enrolments"]:
        Enrolment.objects.create(
            person_id=whose[row["person_id"]],
            recorded_at=clock.now(),
            kind=row["kind"],
            start_on=row["start_on"],
            end_on=row.get("end_on"),
            value=row.get("value") or "",
        )


def spoil(deed: str, one: int, other: int, day: date) -> None:
    """One thing that is done to what stands there already."""
    people = list(Person.objects.filter(merged_into=None).order_by("pk"))
    person, second = people[one % len(people)], people[other % len(people)]
    known = list(
        Event.objects.exclude(pk__in=Event.objects.exclude(supersedes=None).values("supersedes")).order_by("pk")
    )
    if deed == "refresh":
        refresh_person(person_id=person.pk, today=day, actor=SYSTEM)
    elif deed == "born":
        Person.objects.filter(pk=person.pk, died_on=None).update(birth_date=day - timedelta(one * 97), sex="F")
    elif deed == "merge":
        if person != second and not Person.objects.filter(merged_into=second).exists():
            Person.objects.filter(pk=second.pk).update(merged_into=person)
    elif known:
        event = known[one % len(known)]
        Event.objects.create(
            person_id=event.person_id,
            recorded_at=clock.now(),
            happened_on=event.happened_on - timedelta(other % 3),
            kind="withdrawn" if deed == "withdraw" else event.kind,
            mode="home",
            supersedes=event,
        )


def live(life: Life, everybody: bool) -> list[dict[str, Any]]:
    """The items after these days; the life is taken back, and the next one gets the same numbers."""
    point = transaction.savepoint()
    with connection.cursor() as cursor:
        for table in ("people_person", "evidence_event", "evidence_observation", "evidence_enrolment"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1000)", [table])
    for number, (day, history) in enumerate(life.written):
        with transaction.atomic():
            write(history)
        for deed, one, other in life.spoils[number * 2 : number * 2 + 2]:
            with transaction.atomic():
                spoil(deed, one, other, day)
        run = refresh_everyone(day, everybody=everybody or number == 0, sample=0)
        same_year = number == 0 or life.written[number - 1][0].year == day.year
        assert bool(run.everybody) == (everybody or number == 0 or not same_year)
        settle()
    found = items()
    transaction.savepoint_rollback(point)
    return found


@pytest.fixture(autouse=True)
def _by_the_referee(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is elsewhere that judging all at once comes to the same; it takes seconds to compile."""
    monkeypatch.setattr(judging, "at_once", judging.one_by_one)


@pytest.fixture
def _in_one_transaction(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Where nothing is committed, `settle` counts savepoints, whose numbers are above that of their transaction."""
    monkeypatch.setattr(statements, "HERE", "SELECT 'here', 1000000000")


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch, _in_one_transaction: None) -> Callable[[Life], None]:
    """Puts a life's standards in force, and leaves only the calendar to make it everybody's turn."""
    monkeypatch.setattr(rules, "WEEK", timedelta(days=1000))
    monkeypatch.setattr(queries, "MANY", 2)

    def in_force(life: Life) -> None:
        monkeypatch.setattr(actions, "in_force", lambda day: [one for one in life.standards if one.valid_on(day)])

    return in_force


def with_one_set(life: Life) -> Life:
    """Without the days on which the standards in force change: then it is everybody's turn, see below."""
    first = [one for one in life.standards if one.valid_on(life.written[0][0])]
    days = [(day, h) for day, h in life.written if [one for one in life.standards if one.valid_on(day)] == first]
    return replace(life, written=days)


@examples(short=3, long=3000)
@given(life=lives())
def test_who_was_touched_is_all_that_can_change(by: Callable[[Life], None], life: Life) -> None:
    life = with_one_set(life)
    by(life)
    assert live(life, everybody=False) == live(life, everybody=True)


# --- the days on which somebody is touched ----------------------------------------------------------------------------


def open_verdicts(standards: Sequence[Standard], person: PersonFacts, day: date) -> list[Verdict]:
    """What becomes the open items: without the status, which no item stores."""
    rows = [row for standard in standards for row in judge(standard, person, day)]
    return [replace(row, status="") for row in rows if row.status in actions.OPEN]


def anniversary(day: date, year: int) -> date:
    return months_after(day, 12 * (year - day.year))


def touching_days(days: Turns, person: PersonFacts, known: Iterable[Verdict], year: int) -> set[date]:
    """What `rules` says, in plain Python."""
    dated = [person.birth_date, person.died_on, person.left_on]
    dated += [one.happened_on for one in (*person.events, *person.observations)]
    ends = [row.closes_on for row in known] + [one.end_on for one in person.enrolments]
    found = {day for day in dated if day} | {one.start_on for one in person.enrolments}
    found |= {day + DAY for day in ends if day} | {row.opens_on for row in known}
    starts = [one.start_on for one in person.enrolments if one.kind in days.year_kinds]
    if person.birth_date:
        birth = person.birth_date
        found |= {birthday(birth, n) for n in days.years} | {months_after(birth, n) for n in days.months}
        starts += [months_after(birth, n) for n in days.year_months]
        if days.year_months:
            starts += [birthday(birth, n) for n in days.years]
    return found | {anniversary(day, year) for day in starts}


def same_rules(standards: Sequence[Standard], one: date, other: date) -> bool:
    return one.year == other.year and all(s.valid_on(one) == s.valid_on(other) for s in standards)


WHO = (
    EnrolledIn("group"),
    EnrolledIn("group"),
    MinAge(3),
    MinAgeMonths(25),
    BelowAge(7),
    BelowAgeMonths(36),
    AnyOf((EnrolledIn("group"), MinAgeMonths(25))),
    AllOf((EnrolledIn("group"), NotIn(MinAge(3)))),
)


@st.composite
def years_from_the_start(draw: st.DrawFn) -> list[Standard]:
    """Who is in by an age or an enrolment, with a year that is easily kept, and nothing said of the next one."""
    (standard,) = draw(random_schedules())
    own_year = replace(draw(own_years("own_year")), counts=CountEvents(("exam",)), times=1, next_year=None)
    clauses = draw(st.sampled_from([(own_year,), (*standard.clauses[:2], own_year)]))
    return [replace(standard, eligible=draw(st.sampled_from(WHO)), clauses=clauses)]


@st.composite
def near_a_turn(draw: st.DrawFn, person: PersonFacts, days: Turns, day: date) -> PersonFacts:
    """Somebody like this, at times about to reach an age or a year from the start, with an exam before; without
    waivers, which the database has not."""
    months = [*(12 * age for age in days.years), *days.months, *days.year_months]
    born = draw(
        st.sampled_from([person.birth_date, *(months_after(day, -age - more) for age in months for more in (0, 12))])
    )
    began = draw(st.sampled_from([None, day, months_after(day, -24)]))
    enrolments = tuple(replace(one, start_on=began, end_on=None) if began else one for one in person.enrolments)
    exams = (EventFact("e0", "exam", day - 30 * DAY, "clinic"),)
    return replace(person, birth_date=born, enrolments=enrolments, events=(*person.events, *exams), waivers=())


@examples(short=12, long=1500)
@given(data=st.data())
def test_open_items_change_on_no_other_day(data: st.DataObject) -> None:
    """By the referee, from day to day for a hundred days, without a new fact."""
    norm = st.just([*REAL, *REST])
    standards = data.draw(st.one_of(random_schedules(), years_from_the_start(), random_standards(), norm))
    days = rules.turns(standards)
    assert days is not None
    history = data.draw(histories(standards, people=4))
    for drawn in facts_from(history.tables()).persons():
        person = data.draw(near_a_turn(drawn, days, history.as_of))
        before = open_verdicts(standards, person, history.as_of - 50 * DAY)
        for number in range(-49, 50):
            day = history.as_of + number * DAY
            after = open_verdicts(standards, person, day)
            if after != before and same_rules(standards, day - DAY, day):
                assert day in touching_days(days, person, before, day.year)
            before = after


@examples(short=5, long=1500)
@given(data=st.data())
def test_the_database_finds_who_is_touched(by: Callable[[Life], None], data: st.DataObject) -> None:
    """Everybody whose day has come, and nobody else but by a day (29 February)."""
    standards = data.draw(st.one_of(random_schedules(), years_from_the_start(), st.just([*REAL, *REST])))
    history = data.draw(histories(standards, people=6))
    by(Life(standards, [], []))
    last = history.as_of - DAY
    days = rules.turns([one for one in standards if one.valid_on(last)])
    assert days is not None
    ages = [12 * age for age in days.years] + [*days.months, *(12 + age for age in days.year_months)]
    births = [months_after(history.as_of, -age) for age in ages] + [date(1960, 2, 29), date(2022, 2, 28)]
    for row in history.rows["people"]:
        row["birth_date"] = data.draw(st.sampled_from([row["birth_date"], *births]))
    for row in history.rows["enrolments"][::2]:
        row |= {"start_on": months_after(history.as_of, -24), "end_on": None}
    point = transaction.savepoint()
    with transaction.atomic():
        write(history)
    refresh_everyone(last, sample=0)
    settle()
    known = {person_id: person_facts(person_id) for person_id in Person.objects.values_list("pk", flat=True)}
    for number in range(40):
        day = last + number * DAY
        if same_rules(standards, last, day):
            whom = queries.scope(day, [one for one in standards if one.valid_on(day)])
            assert whom.why == ""
            want, most = (
                {pk for pk, person in known.items() if reached(standards, days, person, last, last + near, day + more)}
                for near, more in ((DAY, timedelta(0)), (timedelta(0), DAY))
            )
            assert want <= set(whom.touched or ()) <= most
    transaction.savepoint_rollback(point)


def reached(
    standards: Sequence[Standard], days: Turns, person: PersonFacts | None, last: date, first: date, until: date
) -> bool:
    assert person is not None
    found = touching_days(days, person, open_verdicts(standards, person, last), last.year)
    return any(first <= day <= until for day in found)


# --- the rules --------------------------------------------------------------------------------------------------------

LAST = Ground(date(2026, 11, 24), "rules", "database", 1000)
NOW = Ground(date(2026, 11, 25), "rules", "database", 2000)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"day": LAST.day}, ""),
        ({"transactions": 1000}, ""),
        ({"rules": "others"}, "rules"),
        ({"database": "another"}, "database"),
        ({"transactions": 999}, "database"),
        ({"transactions": 1000 + (1 << 30)}, "database"),
        ({"day": LAST.day - DAY}, "backwards"),
        ({"day": date(2026, 11, 29)}, "week"),
        ({"day": date(2027, 1, 1)}, "year"),
    ],
)
def test_when_it_is_everybodys_turn(changed: dict[str, Any], why: str) -> None:
    assert why_everybody(LAST, date(2026, 11, 22), replace(NOW, **changed)) == why


def test_without_an_earlier_evaluation_it_is_everybodys_turn() -> None:
    assert why_everybody(None, None, NOW) == why_everybody(LAST, None, NOW) == "first"


def test_a_clause_or_condition_that_nobody_thought_of_makes_it_everybodys_turn() -> None:
    surprise = SimpleNamespace(id="surprise")
    for changed in ({"eligible": surprise}, {"clauses": (surprise,)}):
        assert rules.turns([replace(REAL[0], **changed)]) is None


def test_the_days_of_the_norm_are_known() -> None:
    days = rules.turns([*REAL, *REST])
    assert days is not None
    assert 65 in days.years
    assert "agreement" in days.year_kinds


# --- the night in the town --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_in_one_transaction")
def test_the_night_judges_who_was_written_of_and_who_was_refreshed(town: Town) -> None:
    first = refresh_everyone(TODAY)
    assert (first.everybody, first.counts["touched"], first.counts["people"]) == ("first", 6, 6)
    PersonRefresh.objects.all().delete()
    settle()
    with transaction.atomic():  # as an import writes it: nobody is refreshed
        contact(town.li, town.zhao, TODAY, systolic=148, diastolic=92)
    PersonRefresh.objects.create(person=town.chen, transaction=1 << 40)
    again = refresh_everyone(TODAY)
    assert (again.everybody, again.counts["touched"]) == ("", 2)
    assert again.counts["opened"] == again.counts["closed"] == 1


def test_what_a_long_transaction_wrote_is_seen_by_the_night_after_it(committed_town: Town) -> None:
    """It is younger than the night's facts although it began before them; neither a savepoint nor freezing hides it."""
    town = committed_town
    refresh_everyone(TODAY)
    runs = [refresh_everyone(TODAY)]
    with transaction.atomic():
        with transaction.atomic():
            contact(town.li, town.zhao, TODAY, systolic=148, diastolic=92)
        at_once(lambda: runs.append(refresh_everyone(TODAY)))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FREEZE evidence_event, evidence_observation")
    runs.append(refresh_everyone(TODAY))
    last = runs[-1].counts["touched"]
    assert last >= 1  # more where another database of this server had a transaction running
    assert DueItem.objects.get(person=town.li, clause="followup", closed_at=None).classification == "uncontrolled"
