"""Random histories whose edges are drawn from the standards' own numbers, and random standards of the rule model.

Evenly random numbers hardly ever hit a limit, a birthday or a last day. So every number that a standard names is walked
out of its model, and histories are drawn around these: the limit and a step to either side, the birthday and a day to
either side, the day on which something opens, falls due or ends, and a day to either side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any as Value

import pyarrow as pa
from hypothesis import strategies as st

from jinxiu.standards.days import months_after
from jinxiu.standards.facts.contract import TABLES
from jinxiu.standards.facts.sources import empty_table
from jinxiu.standards.model import (
    AFTER_EACH_PLACEHOLDERS,
    ANCHOR_DAYS,
    COMPARISONS,
    CONTACT_PLACEHOLDERS,
    DECISION_PLACEHOLDERS,
    MODES,
    NEVER_SEEN_PLACEHOLDERS,
    PER_YEAR_PLACEHOLDERS,
    PREVIOUS,
    PREVIOUS_ON,
    SEXES,
    WINDOW_PLACEHOLDERS,
    AfterEach,
    All,
    AllOf,
    Always,
    Anchor,
    Any,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    Case,
    Clause,
    ClausesKept,
    Compare,
    Contact,
    CountContacts,
    CountEvents,
    CountObservations,
    Cycle,
    Decision,
    Eligibility,
    EnrolledIn,
    Everybody,
    Has,
    Indicator,
    Interval,
    LatestInYear,
    Limit,
    MinAge,
    MinAgeMonths,
    Named,
    NeverSeen,
    Not,
    NotIn,
    Offset,
    Outcome,
    PerYear,
    Previous,
    SexIs,
    Source,
    Standard,
    Test,
    Text,
    Window,
    parts,
    walk,
)

Row = dict[str, Value]

# Days of the year where rules break: its ends, the leap day and its neighbours.
EDGE_DAYS = [
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(2025, 7, 1),
    date(2026, 6, 30),
]
# Numbers that print differently in different engines, unless somebody cared.
ODD_VALUES = [0.0, -0.0, 1.0, 7.05, 0.1, 0.30000000000000004, 1e-05, -2.5e-07, 120.0, 123456789012.5, 1 / 3]
# Texts where an enrolment's value is read as a date.
ODD_TEXTS = [
    "2023-02-29",
    "2024-02-29",
    "0000-00-00",
    "2026-13-01",
    "2026-3-1",
    "1899-12-31",
    "20240301",
    "G2P1",
    "２０２４-03-01",
]
ODD_STARTS = ["e", "e", "e", "E", "e-", 'e"', "e\\", "随"]


# --- the numbers of a standard ----------------------------------------------------------------------------------------


@dataclass
class Edges:
    """Every number, name and day that some standard makes a difference at."""

    values: dict[str, set[float]] = field(default_factory=dict)
    ages: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)
    event_kinds: set[str] = field(default_factory=lambda: {"visit.other"})
    enrolment_kinds: set[str] = field(default_factory=lambda: {"agreement"})
    programmes: list[tuple[str, Contact]] = field(default_factory=list)
    decisions: dict[str, set[str]] = field(default_factory=dict)  # by code: the classes that may be decided
    by_age: list[tuple[str, Contact, str, Limit]] = field(default_factory=list)
    clauses: set[tuple[str, str]] = field(default_factory=lambda: {("unknown", "unknown")})
    cycles: set[str] = field(default_factory=set)
    schedules: list[tuple[Eligibility, Window | AfterEach | PerYear]] = field(default_factory=list)

    @classmethod
    def of(cls, standards: Sequence[Standard]) -> Edges:
        edges = cls()
        for standard in standards:
            edges._add(standard)
        for values in edges.values.values():
            values.update(() if values else {0.0, 1.0})
        return edges

    def _add(self, standard: Standard) -> None:
        self._add_eligible(standard)
        if standard.contact:
            self.event_kinds.update(standard.contact.events)
            for code in standard.contact.readings:
                self.values.setdefault(code, set())
        self.days.update(case.next_within_days for case in standard.cases)
        if standard.decision:
            self.decisions.setdefault(standard.decision.code, {"no class"}).update(standard.classes)
        for test in all_tests(standard):
            if isinstance(test, Compare):
                self._add_limit(test.reading, test.limit)
                if test.limit.from_age and standard.contact and isinstance(standard.eligible, EnrolledIn):
                    self.by_age.append((standard.eligible.kind, standard.contact, test.reading, test.limit))
        for clause in standard.clauses:
            self.clauses.add((standard.id, clause.id))
            self._add_clause(clause)
            if isinstance(clause, (Window, AfterEach)) or (isinstance(clause, PerYear) and clause.anniversary):
                self.schedules.append((standard.eligible, clause))

    def _add_eligible(self, standard: Standard) -> None:
        for part in parts(standard.eligible):
            if isinstance(part, (MinAge, BelowAge)):
                self.ages.add(part.years)
            if isinstance(part, EnrolledIn):
                self.enrolment_kinds.add(part.kind)
        if isinstance(standard.eligible, EnrolledIn) and standard.contact:
            self.programmes.append((standard.eligible.kind, standard.contact))

    def _add_limit(self, code: str, limit: Limit) -> None:
        values = self.values.setdefault(code, set())
        self.ages.update(age for age, _ in limit.from_age)
        for value in (limit.value, *(value for _, value in limit.from_age)):
            if not limit.name and value in (0.0, 1.0):  # a flag
                values.update({0.0, 1.0})
            else:
                step = 1.0 if value == int(value) and value > 20 else 0.1
                values.update({value, round(value - step, 1), round(value + step, 1)})

    def _add_clause(self, clause: Clause) -> None:
        match clause:
            case Interval():
                self.days.update({clause.never_seen.within_days, clause.opens_before_days})
                self.days.update({days - clause.opens_before_days for days in self.days})
            case PerYear():
                self._add_counts(clause.counts)
            case Window():
                self._add_counts(clause.counts)
                self.event_kinds.update((*clause.anchor.events, *clause.until))
                self.cycles.update(cycle.id for cycle in clause.cycles)
            case AfterEach():
                self._add_counts(clause.each)
                self._add_counts(clause.answered_by)

    def _add_counts(self, counts: CountEvents | CountContacts | CountObservations) -> None:
        if isinstance(counts, CountEvents):
            self.event_kinds.update(counts.events)
        elif isinstance(counts, CountObservations) and counts.limit:
            self._add_limit(counts.code, counts.limit)
        elif isinstance(counts, CountObservations):
            self.values.setdefault(counts.code, {0.0, 1.0})


def all_tests(standard: Standard) -> Iterator[Test]:
    """Every test of a standard, at any depth."""
    tests: list[Test] = [case.when for case in standard.cases]
    if standard.contact:
        tests += [standard.contact.counts_if, *standard.contact.tests]
    for indicator in standard.indicators:
        if isinstance(indicator.numerator, LatestInYear):
            tests += [indicator.numerator.which, indicator.numerator.passes]
    for test in tests:
        yield from walk(test)


# --- histories --------------------------------------------------------------------------------------------------------


@dataclass
class History:
    """The facts of a few people, and a day to judge them on."""

    as_of: date
    rows: dict[str, list[Row]]

    def tables(self) -> dict[str, pa.Table]:
        """In the shape of the facts contract."""
        return {
            name: pa.Table.from_pylist(self.rows[name], schema=empty_table(table).schema)
            for name, table in TABLES.items()
        }


@st.composite
def histories(draw: st.DrawFn, standards: Sequence[Standard], people: int = 12) -> History:
    """A few people around every edge of these standards, judged on a day that may be an edge too."""
    edges = Edges.of(standards)
    starts = {day for s in standards for day in (s.valid_from, s.valid_from - timedelta(1), s.valid_to) if day}
    in_force = [day for day in EDGE_DAYS if any(standard.valid_on(day) for standard in standards)]
    as_of = draw(st.sampled_from(in_force * 4 + sorted(starts)))
    drawing = _Drawing(draw, edges, as_of, {name: [] for name in TABLES})
    for number in range(draw(st.integers(1, people))):
        drawing.person(f"{draw(st.sampled_from(['p', 'P', '王']))}{number + 5}")
    return History(as_of, drawing.rows)


@dataclass
class _Drawing:
    draw: st.DrawFn
    edges: Edges
    as_of: date
    rows: dict[str, list[Row]]
    numbers: Iterator[int] = field(default_factory=lambda: count(8))  # e8, e9, e10: by text e10 comes first

    def person(self, person_id: str) -> None:
        enrolments = [self._enrolment(person_id) for _ in range(self._few(3))]
        birth_date = None
        sorts = ["patient", "patient", "birthday", "birthday", "anybody"]
        sort = self.draw(st.sampled_from(sorts + ["scheduled"] * 5 if self.edges.schedules else sorts))
        if sort == "scheduled":
            birth_date = _Schedule(self, person_id, *self.draw(st.sampled_from(self.edges.schedules))).history()
        if sort == "patient" and self.edges.programmes:
            self._patient(person_id, *self.draw(st.sampled_from(self.edges.programmes)))
        if sort == "birthday" and self.edges.by_age:
            birth_date = self._birthday(person_id, *self.draw(st.sampled_from(self.edges.by_age)))
        started = [row["start_on"] for row in enrolments]
        events: list[Row] = []
        for _ in range(self._few(4)):
            events.append(self._event(person_id, started, [row["happened_on"] for row in events]))
        for event in events:
            self._readings(person_id, event)
            self._decide(person_id, event)
        for _ in range(self._few(2)):
            self._observation(person_id, None, self._day(started))
        self._waivers(person_id, events, started)
        days = [*started, *(row["happened_on"] for row in events)]
        self._add(
            "people",
            person_id=person_id,
            birth_date=birth_date or self._birth_date(days),
            sex=self.draw(st.sampled_from(SEXES)),
            died_on=self._gone(),
            left_on=self._gone(),
            team_id=self.draw(st.sampled_from([None, "team 1", "team 2"])),
        )

    def _patient(self, person_id: str, enrolment: str, contact: Contact) -> None:
        """Somebody in a programme for long, with a few contacts at which most readings were taken: without such people
        the later cases of a standard are hardly ever reached."""
        start_on = self.as_of - timedelta(self.draw(st.sampled_from([500, 500, 60, 20])))
        self._add("enrolments", enrolment_id=self._id(), person_id=person_id, kind=enrolment, start_on=start_on)
        part = self.draw(st.sampled_from([(0, 3), (0, 2), (1, 2)]))  # thirds of the edges: all, the lower, the middle
        raised = self.draw(st.sampled_from([None, *self._flags(contact)]))  # at most one flag, and then often
        for _ in range(self.draw(st.integers(1, 6))):
            event = self._event(person_id, [start_on], [], contact.events[0])
            if part != (0, 3):
                event["happened_on"] = self.as_of - timedelta(self.draw(st.integers(0, 40)))
            missing = self.draw(st.sets(st.sampled_from(contact.readings), max_size=2))
            for code in contact.readings:
                if code not in missing:
                    value = self._value(code, part, raised)
                    self._add_observation(person_id, event["event_id"], event["happened_on"], code, value)
            self._decide(person_id, event)

    def _decide(self, person_id: str, event: Row) -> None:
        """What clinicians said of a contact: nothing, one thing, or several, of which the last counts."""
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 1, 2])) if self.edges.decisions else 0):
            code = self.draw(st.sampled_from(sorted(self.edges.decisions)))
            day = self.draw(st.sampled_from([event["happened_on"], self.as_of, self.as_of + timedelta(1)]))
            days = self.draw(st.sampled_from([None, None, 0.0, 0.9, 1.0, 7.5, 14.0, 1e11, -3.0]))
            self._add_observation(person_id, event["event_id"], day, code, days)
            self.rows["observations"][-1]["text"] = self.draw(st.sampled_from(sorted(self.edges.decisions[code])))

    def _birthday(self, person_id: str, enrolment: str, contact: Contact, reading: str, limit: Limit) -> date:
        """Somebody who reaches the age of another limit about the day of one of two contacts, with a value that is to
        be judged differently before and after; all else is harmless. The birth date is returned."""
        start_on = self.as_of - timedelta(500)
        self._add("enrolments", enrolment_id=self._id(), person_id=person_id, kind=enrolment, start_on=start_on)
        age, older = self.draw(st.sampled_from(limit.from_age))
        values = sorted(value for value in self.edges.values[reading] if min(limit.value, older) <= value)[:4]
        contacts = [self.as_of - timedelta(60), self.as_of - timedelta(15)]
        for day in contacts:
            event = self._event(person_id, [], [], contact.events[0])
            event["happened_on"] = day
            for code in contact.readings:
                harmless = min(value for value in self.edges.values[code] if value > 1 or code in self._flags(contact))
                value = self.draw(st.sampled_from(values)) if code == reading else harmless
                self._add_observation(person_id, event["event_id"], day, code, value)
        return self._years_before(self._near(self.draw(st.sampled_from([*contacts, self.as_of]))), age)

    def _years_before(self, day: date, years: int) -> date:
        try:
            return day.replace(year=day.year - years)
        except ValueError:
            return date(day.year - years, 3, 1)

    def _flags(self, contact: Contact) -> list[str]:
        return [code for code in contact.readings if self.edges.values[code] == {0.0, 1.0}]

    def _value(self, code: str, part: tuple[int, int], raised: str | None) -> float:
        values = sorted(self.edges.values[code])
        if values == [0.0, 1.0]:
            return float(code == raised and self.draw(st.sampled_from([True, True, False])))
        first, last = (len(values) * third // 3 for third in part)
        return self.draw(st.sampled_from(values[first:last] or values))

    def _add(self, table: str, **row: Value) -> Row:
        self.rows[table].append(row)
        return row

    def _add_observation(self, person_id: str, event_id: str | None, day: date, code: str, value: float | None) -> None:
        self._add(
            "observations",
            observation_id=self._id("o"),
            event_id=event_id,
            person_id=person_id,
            code=code,
            happened_on=day,
            value=value,
        )

    def _few(self, most: int) -> int:
        return self.draw(st.integers(0, most))

    def _near(self, day: date) -> date:
        return day + timedelta(self.draw(st.sampled_from([0, 0, 0, -1, 1])))

    def _day(self, known: Sequence[date]) -> date:
        """A day that some rule looks at: so long before today as a rule says, the ends of the year, a known day."""
        first = date(self.as_of.year, 1, 1)
        rule = [self.as_of - timedelta(days) for days in sorted(self.edges.days)]
        plain = [self.as_of - timedelta(days) for days in (30, 200, 400, 800)]
        return self._near(self.draw(st.sampled_from([self.as_of, first, *rule, *plain, *known, *known])))

    def _id(self, start: str = "") -> str:
        return f"{start or self.draw(st.sampled_from(ODD_STARTS))}{next(self.numbers)}"

    def _enrolment(self, person_id: str) -> Row:
        start_on = self._day([row["start_on"] for row in self.rows["enrolments"][-1:]])
        ends = [None, None, None, self.as_of, self.as_of - timedelta(1), self.as_of + timedelta(1), start_on]
        end_on = self.draw(st.sampled_from(ends))
        return self._add(
            "enrolments",
            enrolment_id=self._id(),
            person_id=person_id,
            kind=self.draw(st.sampled_from(sorted(self.edges.enrolment_kinds))),
            value=self.draw(st.sampled_from([None, start_on.isoformat(), *ODD_TEXTS])),
            start_on=start_on,
            end_on=end_on if end_on is None or end_on >= start_on else None,
        )

    def _event(self, person_id: str, started: Sequence[date], days: Sequence[date], kind: str | None = None) -> Row:
        return self._add(
            "events",
            event_id=self._id(),
            person_id=person_id,
            kind=kind or self.draw(st.sampled_from(sorted(self.edges.event_kinds))),
            happened_on=self._day([*started, *days]),
            mode=self.draw(st.sampled_from([*MODES, "clinic", None])),
        )

    def _readings(self, person_id: str, event: Row) -> None:
        codes = sorted(self.edges.values)
        taken = (
            self.draw(st.lists(st.sampled_from(codes), max_size=6)) if codes else []
        )  # the same code twice, at times
        for code in taken:
            self._observation(person_id, event["event_id"], self._near(event["happened_on"]), code)

    def _observation(self, person_id: str, event_id: str | None, day: date, code: str | None = None) -> None:
        code = code or self.draw(st.sampled_from([*sorted(self.edges.values), "weight"]))
        values = sorted(self.edges.values.get(code, {60.0}))
        value = self.draw(st.sampled_from([*values, *values, None, self.draw(st.sampled_from(ODD_VALUES))]))
        self._add_observation(person_id, event_id, day, code, value)

    def _waivers(self, person_id: str, events: Sequence[Row], started: Sequence[date]) -> None:
        days = [*(row["happened_on"] for row in events), *started]
        cycles = [None, "", str(self.as_of.year), str(self.as_of.year + 1), *(day.isoformat() for day in days)]
        cycles += sorted(self.edges.cycles)
        for _ in range(max(0, self._few(3) - 1)):
            standard, clause = self.draw(st.sampled_from(sorted(self.edges.clauses)))
            start_on = self._near(self.as_of)
            end_on = self.draw(st.sampled_from([None, self.as_of, self.as_of - timedelta(1)]))
            self._add(
                "waivers",
                person_id=person_id,
                standard=standard,
                clause=clause,
                cycle=self.draw(st.sampled_from(cycles)),
                start_on=start_on,
                end_on=end_on if end_on is None or end_on >= start_on else None,
            )

    def _birth_date(self, days: Sequence[date]) -> date | None:
        """So that on some day a rule's age is reached, or will be the day after, or was the day before."""
        age = self.draw(st.sampled_from([40, *sorted(self.edges.ages), *sorted(self.edges.ages)]))
        born = [self._years_before(day, age) for day in (self.as_of, date(self.as_of.year, 1, 1), *days)]
        leap = date((self.as_of.year - age) // 4 * 4, 2, 29)
        return self.draw(st.sampled_from([None, leap, *(self._near(day) for day in born)]))

    def _gone(self) -> date | None:
        days = [self.as_of - timedelta(1), self.as_of, self.as_of + timedelta(1)]
        return self.draw(st.sampled_from([None] * 40 + days))


@dataclass
class _Schedule:
    """Somebody for whom a window opens, falls due or closes about the day, who did about the right thing about the
    right time: each day is an edge of the clause, or a day to either side."""

    drawing: _Drawing
    person_id: str
    eligible: Eligibility
    clause: Window | AfterEach | PerYear

    def history(self) -> date | None:
        """Add enrolments, events and observations; the birth date is returned."""
        match self.clause:
            case Window():
                return self._window(self.clause)
            case AfterEach():
                return self._line(self.clause)
            case PerYear():
                return self._own_year(self.clause)

    def _pick(self, choices: Sequence[Value]) -> Value:
        return self.drawing.draw(st.sampled_from(list(choices)))

    def _window(self, clause: Window) -> date | None:
        offsets = [o for cycle in clause.cycles for o in (cycle.opens, cycle.due, cycle.closes) if o]
        edge = self._pick(offsets)
        today = self.drawing.as_of
        anchor = self.drawing._near(months_after(today - timedelta(edge.days), -edge.months))
        day = self._pick([clause.anchor.day, clause.anchor.otherwise or clause.anchor.day])
        long_ago = self._pick([anchor, anchor, today - timedelta(400), *(o.after(anchor) for o in offsets)])
        start_on = anchor if day == "start" else self.drawing._near(min(long_ago, today))
        value = anchor.isoformat() if day == "value" else self._pick([None, anchor.isoformat(), *ODD_TEXTS])
        self._enrol(start_on, value)
        for kind in clause.anchor.events[: 1 if day in ("latest", "first") else 0]:
            self._event(kind, anchor)
            if self._pick([True, False, False]):
                self._event(kind, self.drawing._near(anchor))
        for _ in range(self.drawing._few(3)):
            self._one_of(clause.counts, self.drawing._near(self._pick(offsets).after(anchor)))
        if clause.until and self._pick([True, False]):
            self._event(self._pick(clause.until), self.drawing._near(self._pick(offsets).after(anchor)))
        return anchor if day == "birth" else self._birth_date()

    def _line(self, clause: AfterEach) -> date | None:
        today, wait = self.drawing.as_of, clause.within_days
        self._enrol(today - timedelta(self._pick([0, wait, 400])), None)
        edges = [0, 1, wait, clause.closes_after_days or wait, today.timetuple().tm_yday - 1]
        days = [today - timedelta(days) for days in edges]
        for _ in range(self.drawing._few(6)):
            counts = self._pick([clause.each, clause.answered_by])
            self._one_of(counts, self.drawing._near(self._pick(days)))
        return self._birth_date()

    def _own_year(self, clause: PerYear) -> date | None:
        years = self._pick([0, 1, 1, 2, 5])
        start_on = self.drawing._near(months_after(self.drawing.as_of, -12 * years))
        self._enrol(start_on, None)
        for _ in range(self.drawing._few(4)):
            day = self.drawing._near(self._pick([start_on, self.drawing.as_of, months_after(start_on, 12)]))
            if not isinstance(clause.counts, CountContacts):
                self._one_of(clause.counts, day)
        return self._birth_date()

    def _enrol(self, start_on: date, value: str | None) -> None:
        for part in parts(self.eligible):
            if isinstance(part, EnrolledIn) and self._pick([True, True, True, False]):
                row = {"person_id": self.person_id, "kind": part.kind, "start_on": start_on, "value": value}
                self.drawing._add("enrolments", enrolment_id=self.drawing._id(), **row)

    def _event(self, kind: str, day: date) -> None:
        self.drawing._event(self.person_id, [], [], kind)["happened_on"] = day

    def _one_of(self, counts: CountEvents | CountObservations, day: date) -> None:
        if isinstance(counts, CountEvents):
            self._event(self._pick(counts.events), day)
        else:
            self.drawing._observation(self.person_id, None, day, counts.code)

    def _birth_date(self) -> date | None:
        """So that the ages that the condition names are reached about the day, or long ago."""
        today = self.drawing.as_of
        ages = [part.years * 12 for part in parts(self.eligible) if isinstance(part, (MinAge, BelowAge))]
        ages += [part.months for part in parts(self.eligible) if isinstance(part, (MinAgeMonths, BelowAgeMonths))]
        born = [months_after(today, -months + more) for months in ages for more in (-12, 0, 0, 12)]
        return self._pick([None, today - timedelta(9000), *(self.drawing._near(day) for day in born)])


# --- standards --------------------------------------------------------------------------------------------------------

CODES = ("pulse", "sugar", "flag")
KINDS = ("contact.a", "contact.b")
_SOURCE = Source(Text("来源", "source"), Text("源", "src"), "1")
_TITLE = Text("题", "title")


@st.composite
def random_standards(draw: st.DrawFn) -> list[Standard]:
    """One or two standards that no norm would have, of everything that the rule model knows."""
    return [draw(_standard(f"s{number}")) for number in range(draw(st.integers(1, 2)))]


@st.composite
def _standard(draw: st.DrawFn, name: str) -> Standard:
    limits = tuple(draw(_limit(f"limit_{number}")) for number in range(draw(st.integers(1, 2))))
    tests = _tests(limits)
    first, second = Named("first", draw(tests)), Named("second", draw(tests))
    named = _tests(limits, (first, second))
    contact = Contact(
        events=tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True))),
        readings=tuple(draw(st.permutations(CODES))),
        tests=(first, second),
        counts_if=draw(st.one_of(named, st.just(Not(All((Has("pulse"), Has("flag"))))))),
    )
    cases = [draw(_case(f"case_{number}", named, limits)) for number in range(draw(st.integers(0, 3)))]
    cases.append(draw(_case("last", st.just(Always()), limits)))
    clauses = [draw(_interval()), draw(_per_year("year_a")), draw(_per_year("year_b"))]
    return Standard(
        id=name,
        version="1",
        valid_from=date(2020, 1, 1),
        valid_to=draw(st.sampled_from([None, date(2025, 12, 31)])),
        title=_TITLE,
        source=_SOURCE,
        eligible=draw(st.one_of(st.just(EnrolledIn("group")), st.sampled_from([MinAge(1), MinAge(65)]))),
        limits=limits,
        contact=contact,
        cases=tuple(cases),
        clauses=tuple(clauses),
        decision=draw(_decision(limits)),
        indicators=(
            Indicator("last", _TITLE, "1", LatestInYear(draw(named), draw(named))),
            Indicator("kept", _TITLE, "1", ClausesKept(("year_a", "year_b"))),
        ),
    )


@st.composite
def _limit(draw: st.DrawFn, name: str) -> Limit:
    steps = draw(st.lists(st.sampled_from([1, 18, 65]), max_size=2, unique=True))
    values = st.sampled_from([1.0, 3.9, 7.0, 90.0, 140.0])
    return Limit(name, "unit", draw(values), tuple((age, draw(values)) for age in sorted(steps)))


def _tests(limits: Sequence[Limit], named: Sequence[Named] = ()) -> st.SearchStrategy[Test]:
    compare = st.builds(Compare, st.sampled_from(CODES), st.sampled_from(COMPARISONS), st.sampled_from(limits))
    leaves = st.one_of(st.builds(Has, st.sampled_from(CODES)), compare, *(st.just(one) for one in named))

    def several(inner: st.SearchStrategy[Test]) -> st.SearchStrategy[Test]:
        tests = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(st.builds(All, tests), st.builds(Any, tests), st.builds(Not, inner))

    return st.recursive(leaves, several, max_leaves=4)


@st.composite
def _case(draw: st.DrawFn, reason: str, tests: st.SearchStrategy[Test], limits: Sequence[Limit]) -> Case:
    when = draw(tests)
    names = [*CODES, *CONTACT_PLACEHOLDERS, *(limit.name for limit in limits)]
    if reason != "last" and draw(st.booleans()):
        back = Previous(draw(tests), draw(tests))
        when = draw(st.sampled_from([back, All((when, back)), Any((when, Not(back))), Not(back)]))
        names += [PREVIOUS_ON, *(PREVIOUS + code for code in CODES)]
    return Case(
        reason=reason,
        section="1",
        say=draw(_said(names)),
        when=when,
        classification=draw(st.sampled_from(["good", "bad", '"差"'])),
        action=draw(st.sampled_from(["contact", "refer"])),
        urgency=draw(st.integers(0, 3)),
        next_within_days=draw(st.sampled_from([1, 14, 90])),
    )


@st.composite
def _decision(draw: st.DrawFn, limits: Sequence[Limit]) -> Decision | None:
    names = [*CODES, *CONTACT_PLACEHOLDERS, *DECISION_PLACEHOLDERS, *(limit.name for limit in limits)]
    decision = Decision("decided", "1", draw(_said(names)), "word")
    return draw(st.sampled_from([None, decision, decision]))


@st.composite
def _said(draw: st.DrawFn, names: Sequence[str]) -> Text:
    used = draw(st.lists(st.sampled_from(list(names)), unique=True, max_size=len(names)))
    return Text("说 " + " ".join(f"{{{name}}}" for name in used), "say")


@st.composite
def _interval(draw: st.DrawFn) -> Interval:
    never = NeverSeen("never", "1", draw(_said(NEVER_SEEN_PLACEHOLDERS)), draw(st.sampled_from([1, 14])), "contact", 1)
    return Interval("next", _TITLE, draw(st.sampled_from([0, 7, 100])), never)


@st.composite
def _per_year(draw: st.DrawFn, name: str) -> PerYear:
    counts = draw(
        st.one_of(
            st.builds(CountEvents, st.just(("exam", "contact.a")), st.booleans()),
            st.builds(CountContacts, st.lists(st.sampled_from(MODES), min_size=1, unique=True).map(tuple)),
            st.builds(CountObservations, st.sampled_from(CODES), st.booleans()),
        )
    )
    said = [Outcome(reason, "1", draw(_said(PER_YEAR_PLACEHOLDERS))) for reason in ("done", "short", "later")]
    times = draw(st.integers(1, 5))
    return PerYear(name, _TITLE, counts, times, draw(st.booleans()), "contact", *said)


# --- standards of windows, questions and years from the start ---------------------------------------------------------


@st.composite
def random_schedules(draw: st.DrawFn) -> list[Standard]:
    """A standard that no norm would have, of everything that the rule model knows and `random_standards` has not."""
    clauses: list[Clause] = [draw(_window("window")), draw(_after_each("pairs")), draw(_own_year("own_year"))]
    standard = Standard(
        id="s0",
        version="1",
        valid_from=date(2020, 1, 1),
        valid_to=None,
        title=_TITLE,
        source=_SOURCE,
        eligible=draw(_eligible()),
        limits=(),
        contact=None,
        cases=(),
        clauses=tuple(clauses),
    )
    return [standard]


def _eligible() -> st.SearchStrategy[Eligibility]:
    leaves: st.SearchStrategy[Eligibility] = st.one_of(
        st.sampled_from([EnrolledIn("group"), EnrolledIn("other")]),
        st.sampled_from([EnrolledIn("group"), MinAge(0), MinAge(3), MinAgeMonths(6), MinAgeMonths(25)]),
        st.sampled_from([EnrolledIn("group"), BelowAge(7), BelowAgeMonths(36), Everybody(), *map(SexIs, SEXES)]),
    )

    def several(inner: st.SearchStrategy[Eligibility]) -> st.SearchStrategy[Eligibility]:
        conditions = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(st.builds(AllOf, conditions), st.builds(AnyOf, conditions), st.builds(NotIn, inner))

    return st.recursive(leaves, several, max_leaves=3)


def _facts_counted() -> st.SearchStrategy[CountEvents | CountObservations]:
    limit = st.builds(Limit, st.just("limit"), st.just("unit"), st.sampled_from([0.0, 7.0, 140.0]))
    events = st.lists(st.sampled_from(["exam", "contact.a", "contact.b"]), min_size=1, unique=True).map(tuple)
    modes = st.sampled_from([(), (), ("home",), ("clinic", "phone")])
    return st.one_of(
        st.builds(CountEvents, events, st.booleans(), modes),
        st.builds(CountObservations, st.sampled_from(CODES), st.booleans()),
        st.builds(CountObservations, st.sampled_from(CODES), st.booleans(), st.sampled_from(COMPARISONS), limit),
    )


@st.composite
def _window(draw: st.DrawFn, name: str) -> Window:
    events = draw(st.sampled_from([("discharge",), ("discharge", "delivery")]))
    anchors = [Anchor(day) for day in ANCHOR_DAYS]
    anchors += [Anchor(day, events, other) for day in ("latest", "first") for other in ("", *ANCHOR_DAYS)]
    said = [Outcome(reason, "1", draw(_said(WINDOW_PLACEHOLDERS))) for reason in ("done", "missing", "upcoming")]
    cycles = [draw(_cycle(at, number)) for number, at in enumerate(draw(st.sampled_from(_PLANS)), start=1)]
    if len(cycles) == 1 and draw(st.booleans()):
        cycles = [Cycle("", None, cycles[0].opens, cycles[0].due, cycles[0].closes)]
    return Window(
        name,
        _TITLE,
        draw(st.sampled_from(anchors)),
        draw(_facts_counted()),
        draw(st.sampled_from([1, 1, 2])),
        "contact",
        draw(st.integers(0, 3)),
        tuple(cycles),
        *said,
        until=draw(st.sampled_from([(), ("delivery",)])),
    )


# When the cycles of a clause open: rising, far enough apart for the lengths that `_cycle` draws.
_PLANS = [
    [Offset()],
    [Offset(0, -30)],
    [Offset(0, 3), Offset(1), Offset(6), Offset(12)],
    [Offset(1), Offset(36)],
    [Offset(-1), Offset(1)],
]


@st.composite
def _cycle(draw: st.DrawFn, opens: Offset, number: int) -> Cycle:
    lengths = [(0, 0), (1, 0), (14, 14), (7, 28)]
    length, more = draw(st.sampled_from(lengths))
    due = Offset(opens.months, opens.days + length)
    closes = draw(st.sampled_from([None, Offset(opens.months, opens.days + max(length, more))]))
    return Cycle(f"{number}c", _TITLE, opens, due, closes)


@st.composite
def _after_each(draw: st.DrawFn, name: str) -> AfterEach:
    said = [Outcome(reason, "1", draw(_said(AFTER_EACH_PLACEHOLDERS))) for reason in ("done", "missing")]
    days = draw(st.sampled_from([0, 3, 14]))
    closes = draw(st.sampled_from([None, days, days + 30]))
    counts = draw(_facts_counted()), draw(_facts_counted())
    return AfterEach(name, _TITLE, *counts, days, closes, "contact", draw(st.integers(0, 3)), *said)


@st.composite
def _own_year(draw: st.DrawFn, name: str) -> PerYear:
    done, short, later = (Outcome(r, "1", draw(_said(PER_YEAR_PLACEHOLDERS))) for r in ("done", "short", "later"))
    next_year = draw(st.sampled_from([None, later]))
    times = draw(st.integers(1, 3))
    counts = draw(_facts_counted())
    return PerYear(name, _TITLE, counts, times, False, "contact", done, short, next_year, anniversary=True)
