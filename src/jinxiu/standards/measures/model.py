"""A measure as plain frozen records: of which people, how many, over which period, and why each of them.

A measure names **facts** about a person and a period, and says in terms of them who is in each **population**. The
words of this file are the whole language. A measure is read from YAML (`reader`), answered for one person (`referee`),
computed for everybody (`population`) and put into words (`explain`); all know only these records.

Days are whole days; a period and every span in it include their first and their last day. An open end is no end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from jinxiu.standards.days import months_after, offset_day
from jinxiu.standards.model import Limit, Source, Text

START, END = "start", "end"
MEASUREMENT = "measurement"  # the reserved name of the whole period
POPULATIONS = (
    "initial_population",
    "denominator",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
)
RELATIONS = ("starts_in", "ends_in", "inside", "overlaps")
COUNTINGS = ("events", "days")
PICKS = ("lowest", "highest", "latest")
LATEST, EARLIEST, ANY = "latest", "earliest", "any"
DAYS = (LATEST, EARLIEST, ANY)
WINDOWS = ("year", "month", "quarter", "months_12", "months_6")
WITHDRAWN = "withdrawn"  # the text of an observation that its source took back
_MONTHS_BACK = {"month": 1, "months_6": 6, "months_12": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a measure is about, first and last included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period ends on {self.end} before it starts on {self.start}")


def period_of(window: str, month: date, as_of: date | None = None) -> Period:
    """The period of a measure for a month (any day of it): up to its last day, or to `as_of` when that comes first.

    `year` and `quarter` begin with the calendar's; `months_12` and `months_6` are so many whole months, this one last.
    """
    first = month.replace(day=1)
    last = months_after(first, 1) - timedelta(days=1)
    if as_of is not None and first <= as_of < last:
        last = as_of
    if window == "year":
        return Period(first.replace(month=1), last)
    if window == "quarter":
        return Period(first.replace(month=(first.month - 1) // 3 * 3 + 1), last)
    return Period(months_after(first, 1 - _MONTHS_BACK[window]), last)


@dataclass(frozen=True, slots=True)
class Bound:
    """A day counted from the period's first or last: first so many months on, then so many days (negative: back)."""

    of: str
    months: int = 0
    days: int = 0

    def on(self, period: Period) -> date:
        """The day."""
        day = period.start if self.of == START else period.end
        return offset_day(day, self.months, self.days)


@dataclass(frozen=True, slots=True)
class Span:
    """Days counted from the period; without `first` as far back as anything is known, without `last` onwards."""

    first: Bound | None = Bound(START)
    last: Bound | None = Bound(END)

    def days(self, period: Period) -> tuple[date, date]:
        """The first and the last day."""
        first = self.first.on(period) if self.first else date.min
        return first, self.last.on(period) if self.last else date.max


# --- which rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """So many percent of a value of another code at the same event."""

    percent: float
    of: str


@dataclass(frozen=True, slots=True)
class Having:
    """The event has an observation of this code: with a text that has one of the codes or is one of the texts, or with
    a value that stands so to the limit at the person's age on the observation's day, or to the share of a value of the
    same event; with none of these, one at all."""

    observation: str
    codes: tuple[str, ...] = ()
    comparison: str = ""
    limit: Limit | None = None
    texts: tuple[str, ...] = ()
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """Which events: all that is said must hold, nothing said is no condition.

    `codes` are `system|code`, `*` at the end standing for all that begin so: one of the event's own codes is among
    them. `not_settings` lets pass what has no setting.
    """

    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    not_settings: tuple[str, ...] = ()
    having: tuple[Having, ...] = ()

    @property
    def asks_for_an_event(self) -> bool:
        """False when an observation without an event can pass too."""
        return bool(self.kinds or self.codes or self.modes or self.settings or self.having)


@dataclass(frozen=True, slots=True)
class Enrolments:
    """Which enrolments: kinds, codes in their value, why they ended."""

    kinds: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    end_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """`starts_in`, `ends_in`, lies `inside` (both) or `overlaps` a span. An event without a last day ends on the day it
    happened; an enrolment without one has not ended: it ends in nothing, and overlaps all that follows its start."""

    relation: str
    span: Span


# --- facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Age:
    """Completed years on the period's first or last day lie between the two (both allowed). No birth date: no."""

    on: str
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Sex:
    """The person's sex is this one."""

    sex: str


@dataclass(frozen=True, slots=True)
class LivesHere:
    """Has neither died nor left by the period's first or last day; that day counts as gone."""

    on: str


@dataclass(frozen=True, slots=True)
class Born:
    """Was born in the span."""

    span: Span


@dataclass(frozen=True, slots=True)
class HasEnrolment:
    """So many such enrolments."""

    which: Enrolments
    when: When
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class HasEvent:
    """So many such events, or so many different days on which one happened.

    With `per_year`, as many as that number asks of the days that the person spent in the span since the earliest start
    of an enrolment of the kind `since` that overlaps it: ceil(number x days / days of the last day's year); without
    such an enrolment never. `at_least` is then 1.
    """

    which: Events
    when: When
    counting: str = "events"
    at_least: int = 1
    per_year: int = 0
    since: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """The days of the span that such events cover (happened_on to end_on), each day once, are so many."""

    which: Events
    span: Span
    days_at_least: int


@dataclass(frozen=True, slots=True)
class LatestEvent:
    """Of such events that happened in the span, the latest by (happened_on, event_id) has all that `must` says."""

    which: Events
    span: Span
    must: tuple[Having, ...]


@dataclass(frozen=True, slots=True)
class Must:
    """A day's lowest, highest or latest (by observation_id) value of a code stands so to the limit at the age then."""

    pick: str
    code: str
    comparison: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Readings:
    """There is a day in the span that has a reading of every code; on the latest such day (earliest, or any of them)
    all of `must`.

    A reading has a value. `read_as` names codes whose readings count as those of another: (its code, that code). With
    `even_without_value` an observation that found no result makes a day too, and answers no to every comparison. `at`
    says at which events readings count.
    """

    codes: tuple[str, ...]
    span: Span
    at: Events = Events()
    day: str = LATEST
    even_without_value: bool = False
    must: tuple[Must, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """What something should follow: such events or enrolments by their first day, or their last with `at` end (which
    open ones do not have); or the birth. Their day lies in the span."""

    span: Span
    events: Events | None = None
    enrolments: Enrolments | None = None
    at: str = START

    @property
    def is_birth(self) -> bool:
        """True when it is the birth."""
        return self.events is None and self.enrolments is None


@dataclass(frozen=True, slots=True)
class Followed:
    """So many anchors (`every`: all, and at least one) have another such event, or an enrolment that starts, from_days
    to within_days after their day, on at least `times` different days. Negative days lie before it."""

    anchor: Anchor
    by: Events | Enrolments
    from_days: int
    within_days: int
    every: bool = False
    at_least: int = 1
    times: int = 1


@dataclass(frozen=True, slots=True)
class Is:
    """The fact of this name holds."""

    name: str


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    part: Expression


Expression = Is | AllOf | AnyOf | NotOf


@dataclass(frozen=True, slots=True)
class Compound:
    """What facts named before it say together."""

    expression: Expression


Fact = Age | Sex | LivesHere | Born | HasEnrolment | HasEvent | Stay | LatestEvent | Readings | Followed | Compound


@dataclass(frozen=True, slots=True)
class Named:
    """A fact with its name in the measure, and how people call it."""

    name: str
    title: Text
    fact: Fact


# --- populations ------------------------------------------------------------------------------------------------------


def names_in(expression: Expression) -> tuple[str, ...]:
    """The facts that an expression speaks of, each once, in their order."""
    match expression:
        case Is(name):
            return (name,)
        case NotOf(part):
            return names_in(part)
        case AllOf(parts) | AnyOf(parts):
            return tuple(dict.fromkeys(name for part in parts for name in names_in(part)))


def holds(expression: Expression, facts: Mapping[str, bool]) -> bool:
    """Whether it holds, given which facts do."""
    match expression:
        case Is(name):
            return facts[name]
        case NotOf(part):
            return not holds(part, facts)
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up in place of people: how often the one fact was found, of how often the other."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Measure:
    """One version of a measure, for periods that end from `valid_from` to `valid_to` (empty: until further notice).

    Membership, in this order: `initial_population`; `denominator` is those of it for whom its expression holds, all
    when it has none; `denominator_exclusion` those of them to leave out; `numerator` of the rest;
    `denominator_exception` of the rest not in the numerator. The number is numerator ÷ (denominator − exclusions −
    exceptions). `missing` are facts that say, of somebody counted but not in the numerator, that nothing is known: the
    first one that holds is named.
    """

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    title: Text
    formula: Text
    source: Source
    window: str
    facts: tuple[Named, ...]
    populations: Mapping[str, Expression]
    sums: Sums | None = None
    missing: tuple[str, ...] = ()
    lower_is_better: bool = False
    file: str = field(default="", compare=False)

    def fact(self, name: str) -> Named:
        """The fact of that name; KeyError when there is none."""
        return {named.name: named for named in self.facts}[name]

    def valid_on(self, day: date) -> bool:
        """True when the version is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
