"""A measure answered for one person, in plain Python: the referee of `population`, and what explanations rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from jinxiu.standards.measures.model import (
    ANY,
    EARLIEST,
    END,
    START,
    WITHDRAWN,
    Age,
    Anchor,
    Born,
    Compound,
    Enrolments,
    Events,
    Fact,
    Followed,
    HasEnrolment,
    HasEvent,
    Having,
    LatestEvent,
    LivesHere,
    Measure,
    Must,
    Period,
    Readings,
    Sex,
    Share,
    Span,
    Stay,
    When,
    holds,
    names_in,
)
from jinxiu.standards.model import Limit
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, age_on

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
    "below": lambda value, limit: value < limit,
    "above": lambda value, limit: value > limit,
    "is": lambda value, limit: value == limit,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a fact holds, how many were found, and the ids of what was found or decided it."""

    holds: bool
    count: int
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One person in one measure. `counted` and `of` are what the person adds to numerator and denominator of the
    number; `missing` is the fact that says that nothing is known, empty when something is."""

    person_id: str
    initial_population: bool
    denominator: bool
    denominator_exclusion: bool
    denominator_exception: bool
    numerator: bool
    counted: int
    of: int
    missing: str | None
    findings: dict[str, Finding]


def answer(measure: Measure, person: PersonFacts, period: Period) -> Answer:
    """Where a person stands in a measure over a period, and which facts decided it."""
    findings = find_all(measure, person, period)
    facts = {name: finding.holds for name, finding in findings.items()}

    def says(population: str) -> bool:
        return population in measure.populations and holds(measure.populations[population], facts)

    initial = says("initial_population")
    denominator = initial and ("denominator" not in measure.populations or says("denominator"))
    exclusion = denominator and says("denominator_exclusion")
    numerator = denominator and not exclusion and says("numerator")
    exception = denominator and not exclusion and not numerator and says("denominator_exception")
    stays = denominator and not exclusion and not exception
    counted, of = int(numerator), int(stays)
    if measure.sums:
        counted = findings[measure.sums.numerator].count if numerator else 0
        of = findings[measure.sums.denominator].count if stays else 0
    missing = next((name for name in measure.missing if facts[name]), None) if stays and not numerator else None
    populations = (initial, denominator, exclusion, exception, numerator)
    return Answer(person.person_id, *populations, counted, of, missing, findings)


def find_all(measure: Measure, person: PersonFacts, period: Period) -> dict[str, Finding]:
    """Every fact of a measure, in its order."""
    rows = _Facts(person, period)
    findings: dict[str, Finding] = {}
    for named in measure.facts:
        if isinstance(named.fact, Compound):
            findings[named.name] = _together(named.fact, findings)
        else:
            findings[named.name] = rows.find(named.fact)
    return findings


def _together(fact: Compound, findings: dict[str, Finding]) -> Finding:
    """What several facts say together; used is what those of them used that hold."""
    found = holds(fact.expression, {name: finding.holds for name, finding in findings.items()})
    used = (identifier for name in names_in(fact.expression) for identifier in _used(findings[name]))
    return Finding(found, int(found), tuple(dict.fromkeys(used)))


def _used(finding: Finding) -> tuple[str, ...]:
    return finding.used if finding.holds else ()


@dataclass(frozen=True, slots=True)
class _Facts:
    person: PersonFacts
    period: Period

    def find(self, fact: Fact) -> Finding:
        """One fact that speaks of rows, not of other facts."""
        match fact:
            case Age() | Sex() | LivesHere() | Born():
                found = self._of_person(fact)
                return Finding(found, int(found))
            case HasEnrolment(which, when, at_least):
                return self._found(self._enrolments(which, when), at_least)
            case HasEvent():
                return self._has_event(fact)
            case Stay():
                return self._stay(fact)
            case LatestEvent():
                return self._latest_event(fact)
            case Readings():
                return self._readings(fact)
            case Followed():
                return self._followed(fact)
            case Compound():
                raise TypeError("a compound fact is asked of findings")

    # --- who ------------------------------------------------------------------------------------------------------

    def _of_person(self, fact: Age | Sex | LivesHere | Born) -> bool:
        match fact:
            case Age(on, at_least, at_most):
                age = age_on(self.person.birth_date, self._day(on))
                return age is not None and (at_least or 0) <= age and (at_most is None or age <= at_most)
            case Sex(sex):
                return self.person.sex == sex
            case LivesHere(on):
                return not self.person.owed_nothing_on(self._day(on))
            case Born(span):
                return self.person.birth_date is not None and self._inside(self.person.birth_date, span)

    def _day(self, on: str) -> date:
        return self.period.start if on == START else self.period.end

    # --- which rows -----------------------------------------------------------------------------------------------

    def _inside(self, day: date, span: Span) -> bool:
        first, last = span.days(self.period)
        return first <= day <= last

    def _fits(self, start_on: date, end_on: date, when: When) -> bool:
        first, last = when.span.days(self.period)
        match when.relation:
            case "starts_in":
                return first <= start_on <= last
            case "ends_in":
                return first <= end_on <= last
            case "inside":
                return first <= start_on <= last and first <= end_on <= last
        return start_on <= last and end_on >= first

    def _enrolments(self, which: Enrolments, when: When) -> list[Enrolment]:
        chosen = [
            one
            for one in self.person.enrolments
            if self._chosen_enrolment(one, which) and self._enrolment_fits(one, when)
        ]
        return sorted(chosen, key=lambda one: (one.start_on, one.enrolment_id))

    def _enrolment_fits(self, one: Enrolment, when: When) -> bool:
        if when.relation in ("ends_in", "inside") and one.end_on is None:
            return False
        return self._fits(one.start_on, one.end_on or date.max, when)

    def _chosen_enrolment(self, one: Enrolment, which: Enrolments) -> bool:
        return (
            (not which.kinds or one.kind in which.kinds)
            and (not which.codes or _has_code(one.value, which.codes))
            and (not which.end_reasons or one.end_reason in which.end_reasons)
        )

    def _events(self, which: Events, when: When) -> list[Event]:
        chosen = [
            one
            for one in self.person.events
            if self._fits(one.happened_on, one.end_on or one.happened_on, when) and self._chosen_event(one, which)
        ]
        return sorted(chosen, key=lambda one: (one.happened_on, one.event_id))

    def _chosen_event(self, one: Event, which: Events) -> bool:
        return (
            (not which.kinds or one.kind in which.kinds)
            and (not which.codes or _has_code(one.code, which.codes))
            and (not which.modes or one.mode in which.modes)
            and (not which.settings or one.setting in which.settings)
            and one.setting not in which.not_settings
            and all(self._has(one, having) for having in which.having)
        )

    def _has(self, event: Event, having: Having) -> bool:
        return any(self._answers(one, having) for one in self._at(event.event_id, having.observation))

    def _at(self, event_id: str | None, code: str) -> list[Observation]:
        """What was observed of a code at an event, and not withdrawn."""
        mine = (one for one in self.person.observations if one.event_id == event_id and one.code == code)
        return [one for one in mine if one.text != WITHDRAWN]

    def _answers(self, one: Observation, having: Having) -> bool:
        if having.codes:
            return _has_code(one.text, having.codes)
        if having.texts:
            return one.text in having.texts
        if having.share is not None:
            return self._meets_share(one, having.comparison, having.share)
        return having.limit is None or self._meets(one.value, having.comparison, having.limit, one.happened_on)

    def _meets(self, value: float | None, comparison: str, limit: Limit, day: date) -> bool:
        at_age = limit.at_age(age_on(self.person.birth_date, day))
        return value is not None and _COMPARE[comparison](value, at_age)

    def _meets_share(self, one: Observation, comparison: str, share: Share) -> bool:
        """Whether its value stands so to the share of some value of the other code at its event."""
        whole = [other.value for other in self._at(one.event_id, share.of) if other.value is not None]
        hundredfold = None if one.value is None else one.value * 100
        return hundredfold is not None and any(_COMPARE[comparison](hundredfold, share.percent * v) for v in whole)

    # --- what was found -------------------------------------------------------------------------------------------

    def _found(self, rows: Iterable[Enrolment | Event], at_least: int) -> Finding:
        used = tuple(one.enrolment_id if isinstance(one, Enrolment) else one.event_id for one in rows)
        return Finding(len(used) >= at_least, len(used), used)

    def _has_event(self, fact: HasEvent) -> Finding:
        found = self._events(fact.which, fact.when)
        used = tuple(one.event_id for one in found)
        count = len({one.happened_on for one in found}) if fact.counting == "days" else len(found)
        needed = self._needed(fact) if fact.per_year else fact.at_least
        return Finding(needed is not None and count >= needed, count, used)

    def _needed(self, fact: HasEvent) -> int | None:
        """How many the days since the enrolment ask for; None when there is none."""
        since = self._enrolments(Enrolments((fact.since,)), When("overlaps", fact.when.span))
        if not since:
            return None
        first, last = fact.when.span.days(self.period)
        days = (last - max(first, since[0].start_on)).days + 1
        in_year = (date(last.year, 12, 31) - date(last.year, 1, 1)).days + 1
        return -(-fact.per_year * days // in_year)

    def _stay(self, fact: Stay) -> Finding:
        first, last = fact.span.days(self.period)
        found = self._events(fact.which, When("overlaps", fact.span))
        days, reached = 0, date.min
        for one in found:
            start = max(one.happened_on, first) if reached == date.min else max(one.happened_on, first, reached)
            end = min(one.end_on or one.happened_on, last)
            if end >= start:
                days += (end - start).days + 1
                reached = end + timedelta(days=1)
        return Finding(days >= fact.days_at_least, days, tuple(one.event_id for one in found))

    def _latest_event(self, fact: LatestEvent) -> Finding:
        found = self._events(fact.which, When("starts_in", fact.span))
        if not found:
            return Finding(False, 0)
        passes = all(self._has(found[-1], having) for having in fact.must)
        return Finding(passes, int(passes), (found[-1].event_id,))

    # --- readings -------------------------------------------------------------------------------------------------

    def _readings(self, fact: Readings) -> Finding:
        known_as = dict(fact.read_as)
        every = (replace(one, code=known_as.get(one.code, one.code)) for one in self.person.observations)
        rows = [one for one in every if self._is_reading(one, fact)]
        days = {one.happened_on for one in rows}
        whole = [d for d in days if {one.code for one in rows if one.happened_on == d} == set(fact.codes)]
        if not whole:
            return Finding(False, 0)
        in_order = sorted(whole, reverse=fact.day != EARLIEST)
        found = [self._on_day(rows, day, fact) for day in (in_order if fact.day == ANY else in_order[:1])]
        return next((one for one in found if one.holds), found[0])

    def _on_day(self, rows: list[Observation], day: date, fact: Readings) -> Finding:
        of_day = sorted((one for one in rows if one.happened_on == day), key=lambda one: one.observation_id)
        passes = all(self._passes(of_day, must, day) for must in fact.must)
        return Finding(passes, int(passes), tuple(one.observation_id for one in of_day))

    def _is_reading(self, one: Observation, fact: Readings) -> bool:
        there = one.value is not None or (fact.even_without_value and one.text != WITHDRAWN)
        return (
            there and one.code in fact.codes and self._inside(one.happened_on, fact.span) and self._taken_at(one, fact)
        )

    def _taken_at(self, one: Observation, fact: Readings) -> bool:
        event = next((event for event in self.person.events if event.event_id == one.event_id), None)
        if event is None:
            return not fact.at.asks_for_an_event
        return self._chosen_event(event, fact.at)

    def _passes(self, of_day: list[Observation], must: Must, day: date) -> bool:
        values = [one.value for one in of_day if one.code == must.code]
        present = [value for value in values if value is not None]
        if must.pick == "latest":
            picked = values[-1]
        else:
            picked = (min if must.pick == "lowest" else max)(present) if present else None
        return self._meets(picked, must.comparison, must.limit, day)

    # --- one after the other --------------------------------------------------------------------------------------

    def _followed(self, fact: Followed) -> Finding:
        anchors = self._anchors(fact.anchor)
        followers = self._followers(fact.by)
        pairs = [(anchor, one) for anchor in anchors for one in followers if self._follows(one, anchor, fact)]
        kept = {anchor for anchor, days in _days_of(pairs).items() if len(days) >= fact.times}
        pairs = [(anchor, one) for anchor, one in pairs if anchor in kept]
        used = (*(identifier for _, identifier in anchors if identifier), *(one for _, (_, one) in pairs))
        enough = bool(anchors) and len(kept) == len(anchors) if fact.every else len(kept) >= fact.at_least
        return Finding(enough, len(kept), tuple(dict.fromkeys(used)))

    def _followers(self, by: Events | Enrolments) -> list[tuple[date, str]]:
        """The day and the id of all that may follow."""
        always = When("starts_in", Span(None, None))
        if isinstance(by, Enrolments):
            return [(one.start_on, one.enrolment_id) for one in self._enrolments(by, always)]
        return [(one.happened_on, one.event_id) for one in self._events(by, always)]

    @staticmethod
    def _follows(one: tuple[date, str], anchor: tuple[date, str], fact: Followed) -> bool:
        return one[1] != anchor[1] and fact.from_days <= (one[0] - anchor[0]).days <= fact.within_days

    def _anchors(self, anchor: Anchor) -> list[tuple[date, str]]:
        """The day and the id of each; a birth has no id."""
        if anchor.is_birth:
            born = self.person.birth_date
            return [(born, "")] if born is not None and self._inside(born, anchor.span) else []
        when = When("ends_in" if anchor.at == END else "starts_in", anchor.span)
        if anchor.enrolments is not None:
            found = self._enrolments(anchor.enrolments, when)
            return [((one.end_on if anchor.at == END else None) or one.start_on, one.enrolment_id) for one in found]
        events = self._events(anchor.events or Events(), when)
        return [((one.end_on if anchor.at == END else None) or one.happened_on, one.event_id) for one in events]


def _days_of(pairs: Iterable[tuple[tuple[date, str], tuple[date, str]]]) -> dict[tuple[date, str], set[date]]:
    """The different days on which something followed each anchor."""
    days: dict[tuple[date, str], set[date]] = {}
    for anchor, (on, _) in pairs:
        days.setdefault(anchor, set()).add(on)
    return days


def _has_code(text: str | None, codes: tuple[str, ...]) -> bool:
    """One of the codes in a text, which are apart by spaces, is among these."""
    words = (text or "").split(" ")
    return any(word.startswith(code[:-1]) if code.endswith("*") else word == code for word in words for code in codes)
