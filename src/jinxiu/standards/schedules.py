"""The promises that do not hang on contacts: windows counted from an anchor, and answers that questions wait for.

Plain Python for one person, as in `judge`, which makes verdicts of what is found here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from jinxiu.standards.days import date_in
from jinxiu.standards.eligibility import Membership
from jinxiu.standards.model import (
    AfterEach,
    Anchor,
    CountEvents,
    CountObservations,
    Cycle,
    Outcome,
    Window,
)
from jinxiu.standards.person import Event, PersonFacts

Occurrence = tuple[date, str]  # (happened_on, id): sorting them gives the order of facts


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a clause before it is a verdict."""

    cycle: str
    opens_on: date
    due_on: date
    closes_on: date | None
    kept: bool
    outcome: Outcome
    urgency: int
    arguments: Mapping[str, date | float | str | None]
    facts: tuple[str, ...] = field(default=())


def occurrences(counts: CountEvents | CountObservations, person: PersonFacts, since: date) -> list[Occurrence]:
    """What a count looks at, in order, of any time; `since` is start_on, for a count that begins there."""
    first = since if counts.since_start else date.min
    if isinstance(counts, CountEvents):
        found = [
            (event.happened_on, event.event_id)
            for event in person.events
            if event.kind in counts.events and (not counts.modes or event.mode in counts.modes)
        ]
    else:
        found = [
            (observation.happened_on, observation.observation_id)
            for observation in person.observations
            if observation.code == counts.code and _passes(counts, observation.value)
        ]
    return sorted((day, identifier) for day, identifier in found if day >= first)


def _passes(counts: CountObservations, value: float | None) -> bool:
    if value is None or counts.limit is None:
        return value is not None
    return compares(value, counts.comparison, counts.limit.value)


def compares(value: float | None, comparison: str, limit: float) -> bool:
    """Whether a reading stands so to a limit; one that was not taken does not."""
    if value is None:
        return False
    match comparison:
        case "at_least":
            return value >= limit
        case "at_most":
            return value <= limit
        case "below":
            return value < limit
        case "above":
            return value > limit
    return value == limit


# --- windows ----------------------------------------------------------------------------------------------------------


def window_slots(clause: Window, person: PersonFacts, member: Membership, as_of: date) -> list[Slot]:
    """The cycles that have opened and the next to open, without those that closed before the start."""
    anchor = anchor_of(clause.anchor, person, member, as_of)
    if anchor is None:
        return []
    known = [found for found in occurrences(clause.counts, person, member.start_on) if found[0] <= as_of]
    ended = _ended_on(clause, person, member, as_of)
    slots = (_window_slot(clause, cycle, anchor, known, as_of) for cycle in _shown(clause, anchor[0], as_of))
    return [slot for slot in slots if _is_owed(slot, member.start_on, ended)]


def anchor_of(anchor: Anchor, person: PersonFacts, member: Membership, as_of: date) -> tuple[date, str | None] | None:
    """The day to count a window from, and the event that it is the day of; None when there is no such day."""
    if anchor.events:
        events = _events(anchor.events, person, member.start_on, as_of)
        if events:
            event = events[-1] if anchor.day == "latest" else events[0]
            return event.happened_on, event.event_id
    day = {
        "birth": person.birth_date,
        "start": member.start_on,
        "value": date_in(member.enrolment.value if member.enrolment else None),
    }.get(anchor.otherwise if anchor.events else anchor.day)
    return None if day is None else (day, None)


def _events(kinds: Sequence[str], person: PersonFacts, since: date, as_of: date) -> list[Event]:
    found = [event for event in person.events if event.kind in kinds and since <= event.happened_on <= as_of]
    return sorted(found, key=lambda event: (event.happened_on, event.event_id))


def _ended_on(clause: Window, person: PersonFacts, member: Membership, as_of: date) -> date | None:
    events = _events(clause.until, person, member.start_on, as_of)
    return events[0].happened_on if events else None


def _shown(clause: Window, anchor_on: date, as_of: date) -> Iterator[Cycle]:
    for cycle in clause.cycles:
        yield cycle
        if cycle.opens.after(anchor_on) > as_of:
            return


def _window_slot(
    clause: Window, cycle: Cycle, anchor: tuple[date, str | None], known: Sequence[Occurrence], as_of: date
) -> Slot:
    anchor_on, anchor_id = anchor
    opens_on, due_on = cycle.opens.after(anchor_on), cycle.due.after(anchor_on)
    closes_on = cycle.closes.after(anchor_on) if cycle.closes else None
    counted = [(day, one) for day, one in known if opens_on <= day and (closes_on is None or day <= closes_on)]
    kept = len(counted) >= clause.times
    name = cycle.id or anchor_on.isoformat()
    outcome = clause.done if kept else clause.upcoming if as_of < opens_on else clause.missing
    return Slot(
        cycle=name,
        opens_on=opens_on,
        due_on=due_on,
        closes_on=closes_on,
        kept=kept,
        outcome=outcome,
        urgency=clause.urgency if outcome is clause.missing else 0,
        arguments={
            "anchor_on": anchor_on,
            "cycle": name,
            "opens_on": opens_on,
            "due_on": due_on,
            "closes_on": closes_on,
            "done": len(counted),
            "needed": clause.times,
            "last_on": counted[-1][0] if counted else None,
        },
        facts=(*([anchor_id] if anchor_id else []), *(one for _, one in counted)),
    )


def _is_owed(slot: Slot, start_on: date, ended_on: date | None) -> bool:
    """Not what was over before the person came in, nor what was cut short by the end."""
    closed_before = slot.closes_on is not None and slot.closes_on < start_on
    cut_short = ended_on is not None and (slot.closes_on is None or slot.closes_on >= ended_on)
    return not closed_before and (slot.kept or not cut_short)


# --- answers to questions ---------------------------------------------------------------------------------------------


def after_each_slots(clause: AfterEach, person: PersonFacts, member: Membership, as_of: date) -> list[Slot]:
    """Every question that waits, and those that were answered this year."""
    questions, answers = (
        [found for found in occurrences(counts, person, member.start_on) if member.start_on <= found[0] <= as_of]
        for counts in (clause.each, clause.answered_by)
    )
    answered = _paired(questions, answers)
    slots = []
    ordinal, before = 0, None
    for question in questions:
        ordinal = ordinal + 1 if question[0] == before else 1
        before = question[0]
        answer = answered.get(question)
        if answer is None or answer[0].year == as_of.year:
            slots.append(_answer_slot(clause, question, ordinal, answer))
    return slots


def _paired(questions: Sequence[Occurrence], answers: Sequence[Occurrence]) -> dict[Occurrence, Occurrence]:
    """Each answer goes to the earliest question that still waits; one that finds none is nobody's."""
    told = [(day, 0, one) for day, one in questions] + [(day, 1, one) for day, one in answers]
    waiting: deque[Occurrence] = deque()
    pairs = {}
    for day, is_answer, one in sorted(told):
        if not is_answer:
            waiting.append((day, one))
        elif waiting:
            pairs[waiting.popleft()] = (day, one)
    return pairs


def _answer_slot(clause: AfterEach, question: Occurrence, ordinal: int, answer: Occurrence | None) -> Slot:
    each_on, identifier = question
    due_on = each_on + timedelta(days=clause.within_days)
    closes = clause.closes_after_days
    arguments: dict[str, date | float | str | None] = {"each_on": each_on, "days": clause.within_days}
    return Slot(
        cycle=each_on.isoformat() + (f"/{ordinal}" if ordinal > 1 else ""),
        opens_on=each_on,
        due_on=due_on,
        closes_on=None if closes is None else each_on + timedelta(days=closes),
        kept=answer is not None,
        outcome=clause.done if answer else clause.missing,
        urgency=0 if answer else clause.urgency,
        arguments=arguments | {"due_on": due_on, "answered_on": answer[0] if answer else None},
        facts=(identifier, *([answer[1]] if answer else [])),
    )
