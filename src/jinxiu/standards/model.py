"""A standard as plain frozen records: who is owed what, by when, and what is said about it.

The words of this file are the whole language. A standard is read from YAML (`reader`), judged for one person (`judge`),
compiled for a city (`population`) and put into words (`explain`); all four know only these records. What cannot be
right is refused when built.

How the parts hang together:

* `Eligibility` says who is in, and from which day: start_on is the enrolment's, or the birthday that reaches the age.
* A **contact** is an event of the contact's kinds with start_on <= happened_on <= as_of for which `counts_if` holds.
  Its readings are the observations with its event id and a value, dated up to as_of; within one code the last by
  (happened_on, observation_id) wins. Contacts stand in the order (happened_on, event_id).
* `cases` are tried in order on the latest contact; the first that holds classifies it and says when the next is due.
  A clinician's `decision` on the contact wins over them.
* Clauses are the promises: `Interval` (the next contact), `PerYear` (so many a year), `Window` (in the time between two
  days that are counted from an anchor) and `AfterEach` (every event of one sort wants one of another).
* `Standard.valid_on(as_of)` false: both executors give no rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from jinxiu.standards.days import offset_day

LANGUAGES = ("zh", "en")
COMPARISONS = ("at_least", "at_most", "below", "above", "is")
MODES = ("clinic", "home", "phone", "online")
URGENCIES = (0, 1, 2, 3)
URGENT = 3  # what cannot wait
COUNTED = "counted"  # the reserved name of a contact's counts_if, for `previous: {which: counted}`

# Placeholders that a `say` text may use besides readings, limits and previous_<reading>.
CONTACT_PLACEHOLDERS = ("age", "contact_on", "days", "due_on")
DECIDED, DECIDED_ON, SUGGESTED = "decided", "decided_on", "suggested"  # classes: in a sentence by name, else by code
DECISION_PLACEHOLDERS = (DECIDED, DECIDED_ON, SUGGESTED)
NEVER_SEEN_PLACEHOLDERS = ("days", "due_on", "start_on")
PER_YEAR_PLACEHOLDERS = ("done", "due_on", "last_on", "needed", "opens_on", "year")
WINDOW_PLACEHOLDERS = ("anchor_on", "closes_on", "cycle", "done", "due_on", "last_on", "needed", "opens_on")
AFTER_EACH_PLACEHOLDERS = ("answered_on", "days", "due_on", "each_on")
CYCLE = "cycle"  # in a sentence: the title of a window's cycle, in its arguments: the id
PREVIOUS = "previous_"
PREVIOUS_ON = "previous_on"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class ModelError(ValueError):
    """A standard that cannot be right; the text says why."""


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ModelError(message)


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces of a template, in the order they appear."""
    return tuple(_PLACEHOLDER.findall(template))


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and in English.

    In a template `{name}` stands for a value; a part in [square brackets] is left out when a value inside it is absent.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        _require(bool(self.zh.strip()) and bool(self.en.strip()), "a text needs its Chinese and its English wording")

    def language(self, language: str) -> str:
        """The wording in `zh` or `en`; a longer tag such as zh-hans means its first part."""
        return self.en if language.lower().startswith("en") else self.zh

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names used in either language, sorted, each once: exactly the keys of `reason_args`."""
        return tuple(sorted({*placeholders(self.zh), *placeholders(self.en)}))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a standard comes from: full title, the short name that sentences use, and the section."""

    title: Text
    short: Text
    section: str


# --- limits and tests -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with its unit, or another one from an age on. `name` is empty for a number written in place."""

    name: str
    unit: str
    value: float
    from_age: tuple[tuple[int, float], ...] = ()  # (age in completed years, value), ages rising

    def __post_init__(self) -> None:
        ages = [age for age, _ in self.from_age]
        _require(ages == sorted(set(ages)), f"limit {self.name}: ages must rise, found {ages}")

    def at_age(self, age: int | None) -> float:
        """The number that holds at an age; an unknown age gets the youngest one's."""
        value = self.value
        for from_age, older in self.from_age:
            if age is not None and age >= from_age:
                value = older
        return value


class Test:
    """A question about one contact that is answered yes or no; an absent reading answers no to every comparison."""

    __slots__ = ()
    __test__ = False  # pytest: not a test of ours


@dataclass(frozen=True, slots=True)
class All(Test):
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Any(Test):
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Not(Test):
    test: Test


@dataclass(frozen=True, slots=True)
class Has(Test):
    """The contact has a value for this reading."""

    reading: str


@dataclass(frozen=True, slots=True)
class Compare(Test):
    """The reading is there and stands so to the limit at the person's age on the day of the contact."""

    reading: str
    comparison: str
    limit: Limit

    def __post_init__(self) -> None:
        _require(self.comparison in COMPARISONS, f"{self.comparison} is not one of {', '.join(COMPARISONS)}")


@dataclass(frozen=True, slots=True)
class Named(Test):
    """A test that has a name in the standard, with its meaning beside it, so that it can be computed once.
    `title` is how people call it."""

    name: str
    test: Test
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class Previous(Test):
    """Among the events of the contact's kinds since start_on that come strictly before this contact, by (happened_on,
    event_id), and for which `which` holds, there is a latest one and it passes `passes`, with the age on its own day.
    Neither of the two looks at a previous one itself."""

    which: Test
    passes: Test


@dataclass(frozen=True, slots=True)
class Always(Test):
    """Holds for every contact: the last case."""


def walk(test: Test) -> Iterator[Test]:
    """The test and every test inside it, outermost first."""
    yield test
    match test:
        case All(tests) | Any(tests):
            for inner in tests:
                yield from walk(inner)
        case Not(inner) | Named(_, inner):
            yield from walk(inner)
        case Previous(which, passes):
            yield from walk(which)
            yield from walk(passes)


_VALID_CONTACT = Text("有效随访", "valid contact")

# --- who, and which contacts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnrolledIn:
    """In on a day by the latest enrolment of this kind, by (start_on, enrolment_id), among those that run on that day.
    start_on is the enrolment's."""

    kind: str


@dataclass(frozen=True, slots=True)
class MinAge:
    """In on a day from this age (completed years). start_on is the birthday that reaches it. No birth date: not in."""

    years: int


@dataclass(frozen=True, slots=True)
class MinAgeMonths:
    """In on a day from this age in months. start_on is the day so many months after the birth date, clipped to the
    month's end. No birth date: not in."""

    months: int


@dataclass(frozen=True, slots=True)
class BelowAge:
    """In on a day before the birthday that reaches this age (completed years). start_on is the birth date. No birth
    date, or one after the day: not in."""

    years: int


@dataclass(frozen=True, slots=True)
class BelowAgeMonths:
    """In on a day before the one so many months after the birth date, clipped to the month's end. start_on is the birth
    date. No birth date, or one after the day: not in."""

    months: int


@dataclass(frozen=True, slots=True)
class Everybody:
    """In, since ever (1900-01-01), whoever it is."""


@dataclass(frozen=True, slots=True)
class SexIs:
    """In, since ever (1900-01-01), who is of this sex: M, F or U (unknown)."""

    sex: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """In for whom every part holds. start_on is the latest of the parts'. The enrolment that decides is the one with
    the latest start among the parts' (of two that start on one day, the part that is written first)."""

    parts: tuple[Eligibility, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """In for whom some part holds. Of the parts that hold the one with the earliest start_on (of several the first
    written) gives start_on and the enrolment."""

    parts: tuple[Eligibility, ...]


@dataclass(frozen=True, slots=True)
class NotIn:
    """In, since ever (1900-01-01), for whom the part does not hold."""

    part: Eligibility


Eligibility = EnrolledIn | MinAge | MinAgeMonths | BelowAge | BelowAgeMonths | Everybody | SexIs | AllOf | AnyOf | NotIn
SEXES = ("M", "F", "U")


def parts(eligible: Eligibility) -> Iterator[Eligibility]:
    """The condition and every condition inside it, outermost first."""
    yield eligible
    match eligible:
        case AllOf(inner) | AnyOf(inner):
            for part in inner:
                yield from parts(part)
        case NotIn(part):
            yield from parts(part)


@dataclass(frozen=True)
class Contact:
    """Which events are contacts, and what is read from them. The order of `readings` is their order in `facts_used`."""

    events: tuple[str, ...]
    readings: tuple[str, ...]
    tests: tuple[Named, ...]
    counts_if: Test

    def __post_init__(self) -> None:
        for test in (self.counts_if, *self.tests):
            _require(
                not any(isinstance(inner, Previous) for inner in walk(test)), "only a case may look at a previous one"
            )

    @property
    def counted(self) -> Named:
        """`counts_if` under its reserved name."""
        return Named(COUNTED, self.counts_if, _VALID_CONTACT)


# --- what is said and done --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """One way in which a clause can stand: its reason code, the section of the source, and the sentence."""

    reason: str
    section: str
    say: Text

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The keys of `reason_args`, sorted."""
        return self.say.placeholders


@dataclass(frozen=True)
class Case(Outcome):
    """If `when` holds for the latest contact: what it is, what to do, and within how many days the next contact is due.

    Placeholders: every reading; every named limit, at the age on the day of the contact; age, contact_on, due_on, days
    (next_within_days); and, if `when` has a Previous, previous_on and previous_<reading> of the latest earlier event
    for which its `which` holds (null when there is none).
    """

    when: Test
    classification: str
    action: str
    urgency: int
    next_within_days: int

    def __post_init__(self) -> None:
        _require(self.urgency in URGENCIES, f"case {self.reason}: urgency is 0 to 3")
        _require(self.next_within_days > 0, f"case {self.reason}: the next contact is at least a day away")
        _require(len(self._all_previous()) <= 1, f"case {self.reason}: looks at one previous contact at most")

    def _all_previous(self) -> set[Previous]:
        return {test for test in walk(self.when) if isinstance(test, Previous)}

    @cached_property
    def previous(self) -> Previous | None:
        """The test on a previous contact, when this case has one; that contact then belongs to `facts_used`."""
        return next(iter(self._all_previous()), None)


@dataclass(frozen=True)
class Decision(Outcome):
    """What a clinician decided about the latest contact wins over the cases.

    The decision is the contact's last observation of `code`, by (happened_on, observation_id), that is dated up to
    as_of and whose text is a class of the standard's cases. The suggestion is the first case that holds. Where the
    decision is the suggested class, that case stands, in its words. Otherwise the first case of the decided class that
    holds stands, or else the last one of that class, in the words of this outcome.
    The next contact is due as the case says; where the suggestion has urgency 3, not later than that says. A decision
    whose value is 1 or more says in how many whole days, and can only bring it forward.
    Cases and indicators look at what was measured: `previous` asks for readings, never for decisions.

    Placeholders: those of a case without a Previous, and decided, suggested (classes), decided_on.
    """

    code: str


@dataclass(frozen=True)
class Advice:
    """One thing to do at once when a contact passes `when`, which looks at no earlier one."""

    id: str
    section: str
    when: Test
    do: Text

    def __post_init__(self) -> None:
        looks_back = any(isinstance(inner, Previous) for inner in walk(self.when))
        _require(not looks_back, f"advice {self.id}: looks at this contact only")


@dataclass(frozen=True)
class NeverSeen(Outcome):
    """Nobody has been in contact since start_on. Placeholders: start_on, days (within_days), due_on."""

    within_days: int
    action: str
    urgency: int


@dataclass(frozen=True)
class Interval:
    """The next contact is due so many days after the last one, as the last one's case says.

    One row. anchor = latest contact, else start_on. due_on = anchor + next_within_days (never seen: within_days).
    opens_on = the later of due_on - opens_before_days and anchor. closes_on is empty. cycle = anchor as an ISO date.
    """

    id: str
    title: Text
    opens_before_days: int
    never_seen: NeverSeen
    visit: str = ""


@dataclass(frozen=True, slots=True)
class CountEvents:
    """Events of these kinds in the clause's time, up to as_of; before start_on too, unless `since_start`; of any mode,
    or only of these."""

    events: tuple[str, ...]
    since_start: bool = False
    modes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountContacts:
    """Contacts (counts_if holds, since start_on) in the calendar year, up to as_of, whose mode is one of these."""

    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountObservations:
    """Observations of this code with a value in the clause's time, up to as_of, with or without an event; if a
    `comparison` is given, only those whose value stands so to the limit, which is the same at every age."""

    code: str
    since_start: bool = False
    comparison: str = ""
    limit: Limit | None = None

    def __post_init__(self) -> None:
        _require(bool(self.comparison) == (self.limit is not None), f"{self.code}: a comparison needs a limit")
        _require(self.limit is None or not self.limit.from_age, f"{self.code}: a limit by age cannot be counted by")


Counted = CountEvents | CountContacts | CountObservations


@dataclass(frozen=True)
class PerYear:
    """So many in every calendar year. Two rows: the year of as_of, and (if it has an outcome) the next one.

    needed = times; prorated: ceil(times x days from the later of 1 January and start_on to 31 December / days in the
    year). opens_on = the later of 1 January and start_on; due_on = closes_on = 31 December; cycle = the year as text;
    urgency 0; no classification. kept when done >= needed. Outcome: `done` when kept, else `short`. facts_used: the
    enrolment, then the ids counted by (happened_on, id). The next year's row has done 0, needed = times, opens_on
    1 January, outcome `next_year`, and only the enrolment in its facts.
    Placeholders: done, needed, year, opens_on, due_on, last_on (the day of the last one counted, null when none).

    `anniversary`: years are counted from start_on instead. One begins on start_on and on each day so many times twelve
    months after it, clipped to the month's end, and lasts to the day before the next; cycle is its first day as an ISO
    date, the placeholder `year` that day's year, and nothing is prorated.
    """

    id: str
    title: Text
    counts: Counted
    times: int
    prorated: bool
    action: str
    done: Outcome
    short: Outcome
    next_year: Outcome | None
    anniversary: bool = False
    visit: str = ""

    def __post_init__(self) -> None:
        _require(not (self.anniversary and self.prorated), f"{self.id}: a year from the start on is always whole")


@dataclass(frozen=True, slots=True)
class Offset:
    """So long after a day, or before it where the numbers are negative: months first, the day clipped to the month's
    end, then days. A year is 12 months, a week 7 days; hours are rounded up to whole days, since facts have days."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day that lies so far from another."""
        return offset_day(day, self.months, self.days)


ANCHOR_DAYS = ("birth", "start", "value")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day from which a window is counted; who has none gets no row.

    `day` is birth (the birth date), start (start_on), value (the deciding enrolment's value, when it is a date from
    1900 to 2200 as YYYY-MM-DD), or, with `events`, latest or first: the last or the first event of these kinds, by
    (happened_on, event_id), from start_on to as_of; when there is none such, `otherwise` (one of the first three) if
    it is given.
    """

    day: str
    events: tuple[str, ...] = ()
    otherwise: str = ""

    def __post_init__(self) -> None:
        known = (*ANCHOR_DAYS, "latest", "first")
        _require(self.day in known, f"{self.day} is not one of {', '.join(known)}")
        _require(bool(self.events) == (self.day in ("latest", "first")), "latest and first are of events")
        _require(self.otherwise in ("", *ANCHOR_DAYS), f"{self.otherwise} is not one of {', '.join(ANCHOR_DAYS)}")


@dataclass(frozen=True, slots=True)
class Cycle:
    """One window: from `opens` to `closes` (both days inside; None: it stays open), due on `due`. An empty id means the
    anchor as an ISO date."""

    id: str
    title: Text | None
    opens: Offset
    due: Offset
    closes: Offset | None


@dataclass(frozen=True)
class Window:
    """So many events or observations in each of some windows that are counted from an anchor.

    The cycles stand in the order in which they open. Rows: every cycle that has opened (opens_on <= as_of), and the
    next one to open; not the cycles that closed before start_on. Counted is what happened from opens_on to the earlier
    of closes_on and as_of, so that a later one does not fill an earlier window; kept when done >= times.
    `until`: once an event of these kinds has happened from start_on to as_of, the first on day E, a cycle that was not
    over by then (closes_on >= E, or without a closes_on) has a row only if it is kept.
    Outcome: `done` when kept, `upcoming` before opens_on, else `missing`, and only then `urgency`; no classification.
    facts_used: the enrolment, the anchor's event, then the ids counted by (happened_on, id).
    Placeholders: anchor_on, cycle (id; in words its title), opens_on, due_on, closes_on (null when none), done, needed
    (times), last_on (null when none).
    """

    id: str
    title: Text
    anchor: Anchor
    counts: CountEvents | CountObservations
    times: int
    action: str
    urgency: int
    cycles: tuple[Cycle, ...]
    done: Outcome
    missing: Outcome
    upcoming: Outcome
    until: tuple[str, ...] = ()
    visit: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.cycles), f"{self.id}: a window clause has at least one cycle")
        _require(self.urgency in URGENCIES, f"{self.id}: urgency is 0 to 3")
        _unique(self.id, "cycle", [cycle.id for cycle in self.cycles])


@dataclass(frozen=True)
class AfterEach:
    """Every one of `each` (a question) wants one of `answered_by` (an answer) on its day or later.

    Both are counted from start_on to as_of. Taken in the order of days (on one day questions before answers, then by
    id), each answer goes to the earliest question that has none yet; an answer that finds no question is nobody's.
    Rows: every question without an answer, and those that were answered in the calendar year of as_of. cycle = the
    question's day as an ISO date, for the second and later ones of a day (by id) with /2, /3 and so on.
    opens_on = its day, due_on = within_days after it, closes_on = closes_after_days after it (None: empty); kept when
    answered, however late. Outcome: `done` when answered, else `missing`, and only then `urgency`.
    facts_used: the enrolment, the question, the answer.
    Placeholders: each_on, days (within_days), due_on, answered_on (null when not yet).
    """

    id: str
    title: Text
    each: CountEvents | CountObservations
    answered_by: CountEvents | CountObservations
    within_days: int
    closes_after_days: int | None
    action: str
    urgency: int
    done: Outcome
    missing: Outcome
    visit: str = ""

    def __post_init__(self) -> None:
        _require(self.urgency in URGENCIES, f"{self.id}: urgency is 0 to 3")
        late = self.closes_after_days is not None and self.closes_after_days < self.within_days
        _require(not late, f"{self.id}: it closes before it is due")


Clause = Interval | PerYear | Window | AfterEach


@dataclass(frozen=True, slots=True)
class LatestInYear:
    """Of the contacts (counts_if holds, since start_on) in the calendar year of as_of, up to as_of, for which `which`
    holds, there is a latest one and it passes `passes`, with the age on its own day."""

    which: Test
    passes: Test


@dataclass(frozen=True, slots=True)
class ClausesKept:
    """What these per-year clauses ask of the year of as_of has been done (done >= needed), whatever was waived."""

    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Indicator:
    """A share of people. Denominator: everybody who is in on the day (alive, not left, eligible). Numerator: those of
    them for whom `numerator` holds. In control_rate, a LatestInYear, who was not seen this year is not controlled."""

    id: str
    title: Text
    section: str
    numerator: LatestInYear | ClausesKept


# --- the whole --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standard:
    """One version of one standard, valid from `valid_from` to `valid_to` (both inside; empty: until further notice)."""

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    title: Text
    source: Source
    eligible: Eligibility
    limits: tuple[Limit, ...]
    contact: Contact | None
    cases: tuple[Case, ...]
    clauses: tuple[Clause, ...]
    decision: Decision | None = None
    advice: tuple[Advice, ...] = ()
    last_value: Text | None = None  # a template over the contact's readings, for the worklist's "last value"
    indicators: tuple[Indicator, ...] = ()
    file: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _require(self.valid_to is None or self.valid_to >= self.valid_from, f"{self.id}: ends before it begins")
        _require(bool(self.clauses), f"{self.id}: a standard promises something; it has no clause")
        _unique(self.id, "clause", [clause.id for clause in self.clauses])
        _unique(self.id, "reason", [case.reason for case in self.cases])
        _unique(self.id, "limit", [limit.name for limit in self.limits])
        _unique(self.id, "indicator", [indicator.id for indicator in self.indicators])
        _unique(self.id, "advice", [advice.id for advice in self.advice])
        _require(self.decision is None or bool(self.cases), f"{self.id}: a decision is about the cases' classes")
        self._check_contact()
        self._check_cases()

    def _check_contact(self) -> None:
        needs = [c for c in self.clauses if isinstance(c, Interval) or _counts_contacts(c)]
        needs_contact = bool(needs or self.cases or self.last_value or self.advice)
        _require(self.contact is not None or not needs_contact, f"{self.id}: says nothing of what a contact is")

    def _check_cases(self) -> None:
        if not any(isinstance(clause, Interval) for clause in self.clauses):
            return
        _require(bool(self.cases), f"{self.id}: a repeating contact needs cases")
        always = [isinstance(case.when, Always) for case in self.cases]
        _require(always[-1] and not any(always[:-1]), f"{self.id}: exactly the last case holds always")

    def valid_on(self, day: date) -> bool:
        """True while this version is in force."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that its cases give, in their order."""
        return tuple(dict.fromkeys(case.classification for case in self.cases))

    def clause(self, clause_id: str) -> Clause:
        """The clause with this id; KeyError when there is none."""
        return {clause.id: clause for clause in self.clauses}[clause_id]

    def outcome(self, clause_id: str, reason: str) -> Outcome:
        """The outcome behind a verdict's clause and reason code; KeyError when this version has none such."""
        return {outcome.reason: outcome for outcome in self.outcomes(self.clause(clause_id))}[reason]

    def outcomes(self, clause: Clause) -> tuple[Outcome, ...]:
        """Every way in which a clause can stand."""
        match clause:
            case Interval():
                return (*self.cases, *([self.decision] if self.decision else []), clause.never_seen)
            case PerYear():
                return tuple(one for one in (clause.done, clause.short, clause.next_year) if one is not None)
            case Window():
                return (clause.done, clause.missing, clause.upcoming)
        return (clause.done, clause.missing)


def _counts_contacts(clause: Clause) -> bool:
    return isinstance(clause, PerYear) and isinstance(clause.counts, CountContacts)


def _unique(standard: str, what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    _require(not twice, f"{standard}: {what} {', '.join(twice)} stands there twice")
