"""The referee: what one standard says of one person on one day, in plain Python.

Where `population` and this file differ, this file is right. `model` says what the words of a standard mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor

from jinxiu.standards.days import months_after
from jinxiu.standards.eligibility import Membership, membership, running_enrolment
from jinxiu.standards.model import (
    DECIDED,
    DECIDED_ON,
    PREVIOUS,
    PREVIOUS_ON,
    SUGGESTED,
    URGENT,
    Advice,
    AfterEach,
    All,
    Always,
    Any,
    Case,
    Clause,
    ClausesKept,
    Compare,
    Contact,
    CountContacts,
    Has,
    Indicator,
    Interval,
    LatestInYear,
    Named,
    NeverSeen,
    Not,
    Outcome,
    PerYear,
    Previous,
    Standard,
    Test,
    Window,
)
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, age_on
from jinxiu.standards.schedules import Slot, after_each_slots, compares, occurrences, window_slots
from jinxiu.standards.verdict import Argument, Verdict, plain, status_by_dates

__all__ = ["Standing", "Visit", "advice_on", "indicators", "judge", "running_enrolment", "stand"]


def judge(standard: Standard, person: PersonFacts, as_of: date) -> list[Verdict]:
    """All verdicts of the standard on this person that day, by clause and cycle; none for who is owed nothing by it."""
    standing = stand(standard, person, as_of)
    if standing is None:
        return []
    rows = [row for clause in standard.clauses for row in _clause_rows(standing, clause)]
    return sorted(rows, key=lambda row: (row.clause, row.cycle))


def indicators(standard: Standard, person: PersonFacts, as_of: date) -> dict[str, tuple[bool, bool]]:
    """For each indicator of the standard: is the person in its denominator, and in its numerator too."""
    standing = stand(standard, person, as_of)
    if standing is None:
        return {indicator.id: (False, False) for indicator in standard.indicators}
    return {indicator.id: (True, _in_numerator(standing, indicator)) for indicator in standard.indicators}


def advice_on(standard: Standard, person: PersonFacts, event_id: str, as_of: date) -> tuple[Advice, ...]:
    """What is to be done at once about a contact, in the standard's order; none for another's or an uncounted one."""
    standing = stand(standard, person, as_of)
    if standing is None:
        return ()
    place = next((place for place in standing.contacts() if standing.visits[place].event.event_id == event_id), None)
    return () if place is None else tuple(one for one in standard.advice if standing.holds(one.when, place))


# --- where a person stands --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """An event of the contact's kinds, with its readings and the person's age on its day."""

    event: Event
    readings: Mapping[str, Observation]
    age: int | None

    def value(self, reading: str) -> float | None:
        """The reading's number in the code list's unit, None when it was not taken."""
        observation = self.readings.get(reading)
        return observation.value if observation else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who is in on the day: since when, by which enrolment (None: by age), and every visit since, in order."""

    standard: Standard
    person: PersonFacts
    as_of: date
    start_on: date
    enrolment: Enrolment | None
    visits: tuple[Visit, ...]

    def contacts(self) -> list[int]:
        """The places in `visits` of those that count."""
        contact = self.standard.contact
        if contact is None:
            return []
        return [place for place in range(len(self.visits)) if self.holds(contact.counts_if, place)]

    def holds(self, test: Test, place: int) -> bool:
        """Whether the visit at a place passes a test; what was not measured passes no comparison."""
        visit = self.visits[place]
        match test:
            case Always():
                return True
            case Named(_, inner):
                return self.holds(inner, place)
            case All(tests):
                return all(self.holds(inner, place) for inner in tests)
            case Any(tests):
                return any(self.holds(inner, place) for inner in tests)
            case Not(inner):
                return not self.holds(inner, place)
            case Has(reading):
                return visit.value(reading) is not None
            case Compare(reading, comparison, limit):
                return compares(visit.value(reading), comparison, limit.at_age(visit.age))
            case Previous(which, passes):
                earlier = self.previous(which, place)
                return earlier is not None and self.holds(passes, earlier)
        raise TypeError(f"no test of ours: {test!r}")

    def previous(self, which: Test, place: int) -> int | None:
        """The place of the latest visit before this one that passes `which`."""
        return next((earlier for earlier in reversed(range(place)) if self.holds(which, earlier)), None)


def stand(standard: Standard, person: PersonFacts, as_of: date) -> Standing | None:
    """Where a person stands in a standard on a day; None when not in: see `explain` for the reason in words."""
    if not standard.valid_on(as_of) or person.owed_nothing_on(as_of):
        return None
    member = membership(standard.eligible, person, as_of)
    if member is None:
        return None
    visits = () if standard.contact is None else _visits(standard.contact, person, member.start_on, as_of)
    return Standing(standard, person, as_of, member.start_on, member.enrolment, visits)


def _visits(contact: Contact, person: PersonFacts, since: date, as_of: date) -> tuple[Visit, ...]:
    """Every event of the contact's kinds in the period, by (happened_on, event_id), with its readings."""
    events = [e for e in person.events if e.kind in contact.events and since <= e.happened_on <= as_of]
    readings = _readings(contact, person, as_of)
    return tuple(
        Visit(event, readings.get(event.event_id, {}), age_on(person.birth_date, event.happened_on))
        for event in sorted(events, key=lambda event: (event.happened_on, event.event_id))
    )


def _readings(contact: Contact, person: PersonFacts, as_of: date) -> dict[str, dict[str, Observation]]:
    """By event and code, the last observation with a value wins."""
    readings: dict[str, dict[str, Observation]] = {}
    for observation in sorted(person.observations, key=lambda o: (o.happened_on, o.observation_id)):
        known = observation.happened_on <= as_of and observation.value is not None
        if known and observation.event_id is not None and observation.code in contact.readings:
            readings.setdefault(observation.event_id, {})[observation.code] = observation
    return readings


# --- the promises -----------------------------------------------------------------------------------------------------


def _clause_rows(standing: Standing, clause: Clause) -> list[Verdict]:
    member = Membership(standing.start_on, standing.enrolment)
    match clause:
        case Interval():
            return [_interval_row(standing, clause)]
        case PerYear():
            return [_this_year_row(standing, clause), *_next_year_rows(standing, clause)]
        case Window():
            slots = window_slots(clause, standing.person, member, standing.as_of)
        case AfterEach():
            slots = after_each_slots(clause, standing.person, member, standing.as_of)
    return [_slot_row(standing, clause, slot) for slot in slots]


def _slot_row(standing: Standing, clause: Window | AfterEach, slot: Slot) -> Verdict:
    return _verdict(
        standing,
        clause,
        slot.outcome,
        cycle=slot.cycle,
        window=_Window(slot.opens_on, slot.due_on, slot.closes_on),
        arguments=slot.arguments,
        facts=slot.facts,
        action=clause.action,
        urgency=slot.urgency,
        kept=slot.kept,
    )


def _interval_row(standing: Standing, clause: Interval) -> Verdict:
    """The next contact: so long after the latest one as its case says, or after the start for somebody never seen."""
    contacts = standing.contacts()
    if not contacts:
        return _never_seen_row(standing, clause, clause.never_seen)
    latest = contacts[-1]
    suggested = next(case for case in standing.standard.cases if standing.holds(case.when, latest))
    decision = decision_on(standing, latest)
    case = _decided(standing, latest, suggested, decision.text or "") if decision else suggested
    days = _days_until_next(case, suggested, decision)
    anchor = standing.visits[latest].event.happened_on
    due_on = anchor + timedelta(days=days)
    previous = standing.previous(case.previous.which, latest) if case.previous else None
    arguments = _contact_arguments(standing, case, latest, previous, days)
    if decision:
        arguments |= {DECIDED: case.classification, DECIDED_ON: decision.happened_on}
        arguments |= {SUGGESTED: suggested.classification}
    agreed = case.classification == suggested.classification
    return _verdict(
        standing,
        clause,
        case if agreed else standing.standard.decision or case,
        cycle=anchor.isoformat(),
        window=_Window(max(due_on - timedelta(days=clause.opens_before_days), anchor), due_on, None),
        arguments=arguments,
        facts=[
            *_visit_ids(standing, latest),
            *([decision.observation_id] if decision else []),
            *_visit_ids(standing, previous),
        ],
        classification=case.classification,
        action=case.action,
        urgency=case.urgency,
    )


def decision_on(standing: Standing, place: int) -> Observation | None:
    """What a clinician decided last about the visit at a place, up to the day; None when nobody has."""
    standard, event_id = standing.standard, standing.visits[place].event.event_id
    if standard.decision is None:
        return None
    said = [
        one
        for one in standing.person.observations
        if (one.code, one.event_id) == (standard.decision.code, event_id)
        and one.happened_on <= standing.as_of
        and one.text in standard.classes
    ]
    return max(said, key=lambda one: (one.happened_on, one.observation_id), default=None)


def _decided(standing: Standing, latest: int, suggested: Case, classification: str) -> Case:
    """The case that a decided class stands for: the suggested one, else the first of the class that holds, else its
    last."""
    if suggested.classification == classification:
        return suggested
    cases = [case for case in standing.standard.cases if case.classification == classification]
    return next((case for case in cases if standing.holds(case.when, latest)), cases[-1])


def _days_until_next(case: Case, suggested: Case, decision: Observation | None) -> int:
    days = case.next_within_days
    if suggested.urgency == URGENT:
        days = min(days, suggested.next_within_days)
    if decision is None or decision.value is None or decision.value < 1:
        return days
    return floor(min(decision.value, days))


def _never_seen_row(standing: Standing, clause: Interval, never_seen: NeverSeen) -> Verdict:
    anchor = standing.start_on
    due_on = anchor + timedelta(days=never_seen.within_days)
    return _verdict(
        standing,
        clause,
        never_seen,
        cycle=anchor.isoformat(),
        window=_Window(max(due_on - timedelta(days=clause.opens_before_days), anchor), due_on, None),
        arguments={"start_on": anchor, "days": never_seen.within_days, "due_on": due_on},
        facts=[],
        action=never_seen.action,
        urgency=never_seen.urgency,
    )


def _this_year_row(standing: Standing, clause: PerYear) -> Verdict:
    """What this year asks for and what of it was done, up to the day."""
    first, last = _year(standing, clause, 0)
    counted = _counted(standing, clause)
    needed = _needed(standing, clause)
    window = _Window(max(first, standing.start_on), last, last)
    return _verdict(
        standing,
        clause,
        clause.done if len(counted) >= needed else clause.short,
        cycle=_year_cycle(clause, first),
        window=window,
        arguments=_year_arguments(clause, window, len(counted), needed, counted[-1][0] if counted else None),
        facts=[identifier for _, identifier in counted],
        action=clause.action,
        kept=len(counted) >= needed,
    )


def _next_year_rows(standing: Standing, clause: PerYear) -> list[Verdict]:
    if clause.next_year is None:
        return []
    first, last = _year(standing, clause, 1)
    window = _Window(first, last, last)
    row = _verdict(
        standing,
        clause,
        clause.next_year,
        cycle=_year_cycle(clause, first),
        window=window,
        arguments=_year_arguments(clause, window, 0, clause.times, None),
        facts=[],
        action=clause.action,
    )
    return [row]


def _year(standing: Standing, clause: PerYear, later: int) -> tuple[date, date]:
    """First and last day of the year of the day, or of one so many years later."""
    day, start_on = standing.as_of, standing.start_on
    if not clause.anniversary:
        return date(day.year + later, 1, 1), date(day.year + later, 12, 31)
    whole = day.year - start_on.year
    if months_after(start_on, whole * 12) > day:
        whole -= 1
    first, following = (months_after(start_on, (whole + later + more) * 12) for more in (0, 1))
    return first, following - timedelta(days=1)


def _year_cycle(clause: PerYear, first: date) -> str:
    return first.isoformat() if clause.anniversary else str(first.year)


def _needed(standing: Standing, clause: PerYear) -> int:
    """The year's number, for who came in during the year only the share of its days, rounded up."""
    if not clause.prorated:
        return clause.times
    first, last = _year(standing, clause, 0)
    days_in_year = (last - first).days + 1
    days_inside = (last - max(first, standing.start_on)).days + 1
    return -(-clause.times * days_inside // days_in_year)


def _counted(standing: Standing, clause: PerYear) -> list[tuple[date, str]]:
    """(day, id) of what counts for this year, up to the day of judgement, in order."""
    first, _ = _year(standing, clause, 0)
    return sorted(
        (day, identifier) for day, identifier in _countable(standing, clause) if first <= day <= standing.as_of
    )


def _countable(standing: Standing, clause: PerYear) -> Iterable[tuple[date, str]]:
    counts = clause.counts
    if isinstance(counts, CountContacts):
        events = [standing.visits[place].event for place in standing.contacts()]
        return [(event.happened_on, event.event_id) for event in events if event.mode in counts.modes]
    return occurrences(counts, standing.person, standing.start_on)


# --- one row ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    opens_on: date
    due_on: date
    closes_on: date | None


def _verdict(
    standing: Standing,
    clause: Clause,
    outcome: Outcome,
    *,
    cycle: str,
    window: _Window,
    arguments: Mapping[str, date | float | str | None],
    facts: Sequence[str],
    action: str,
    classification: str | None = None,
    urgency: int = 0,
    kept: bool = False,
) -> Verdict:
    enrolment = [standing.enrolment.enrolment_id] if standing.enrolment else []
    return Verdict(
        person_id=standing.person.person_id,
        standard=standing.standard.id,
        version=standing.standard.version,
        clause=clause.id,
        cycle=cycle,
        status="kept" if kept else _status(standing, clause, cycle, window),
        opens_on=window.opens_on,
        due_on=window.due_on,
        closes_on=window.closes_on,
        classification=classification,
        action=action,
        urgency=urgency,
        reason_code=outcome.reason,
        reason_args={name: _argument(arguments[name]) for name in outcome.placeholders},
        facts_used=(*enrolment, *facts),
    )


def _status(standing: Standing, clause: Clause, cycle: str, window: _Window) -> str:
    """What was not kept is waived while a waiver holds, else as the dates say."""
    day = standing.as_of
    for waiver in standing.person.waivers:
        about_this = (waiver.standard, waiver.clause) == (standing.standard.id, clause.id)
        holds = waiver.start_on <= day and (waiver.end_on is None or day <= waiver.end_on)
        if about_this and holds and waiver.cycle in (None, cycle):
            return "waived"
    return status_by_dates(window.opens_on, window.due_on, window.closes_on, day)


def _argument(value: date | float | str | None) -> Argument:
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else plain(value)


def _contact_arguments(
    standing: Standing, case: Case, latest: int, previous: int | None, days: int
) -> dict[str, date | float | str | None]:
    """Everything that a case's sentence may name."""
    visit, standard = standing.visits[latest], standing.standard
    readings = standard.contact.readings if standard.contact else ()
    arguments: dict[str, date | float | str | None] = {limit.name: limit.at_age(visit.age) for limit in standard.limits}
    arguments |= {reading: visit.value(reading) for reading in readings}
    arguments |= {"age": visit.age, "contact_on": visit.event.happened_on}
    arguments |= {"days": days, "due_on": visit.event.happened_on + timedelta(days=days)}
    if case.previous:
        earlier = None if previous is None else standing.visits[previous]
        arguments[PREVIOUS_ON] = earlier.event.happened_on if earlier else None
        arguments |= {PREVIOUS + reading: earlier.value(reading) if earlier else None for reading in readings}
    return arguments


def _year_arguments(
    clause: PerYear, window: _Window, done: int, needed: int, last_on: date | None
) -> dict[str, date | float | None]:
    return {
        "done": done,
        "needed": needed,
        "year": window.opens_on.year if clause.anniversary else window.due_on.year,
        "opens_on": window.opens_on,
        "due_on": window.due_on,
        "last_on": last_on,
    }


def _visit_ids(standing: Standing, place: int | None) -> list[str]:
    """The event's id and those of its readings, in the standard's order of readings."""
    contact = standing.standard.contact
    if place is None or contact is None:
        return []
    visit = standing.visits[place]
    taken = [visit.readings[reading].observation_id for reading in contact.readings if reading in visit.readings]
    return [visit.event.event_id, *taken]


# --- indicators -------------------------------------------------------------------------------------------------------


def _in_numerator(standing: Standing, indicator: Indicator) -> bool:
    numerator = indicator.numerator
    if isinstance(numerator, ClausesKept):
        return all(_is_kept(standing, standing.standard.clause(clause)) for clause in numerator.clauses)
    return _latest_passes(standing, numerator)


def _is_kept(standing: Standing, clause: Clause) -> bool:
    return isinstance(clause, PerYear) and len(_counted(standing, clause)) >= _needed(standing, clause)


def _latest_passes(standing: Standing, numerator: LatestInYear) -> bool:
    """The latest contact of this calendar year that is of the wanted sort passes; nobody seen this year does not."""
    for place in reversed(standing.contacts()):
        if standing.visits[place].event.happened_on.year < standing.as_of.year:
            return False
        if standing.holds(numerator.which, place):
            return standing.holds(numerator.passes, place)
    return False
