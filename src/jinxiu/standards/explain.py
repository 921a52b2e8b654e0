"""Verdicts in words: what is due and why, with the facts behind it, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.eligibility import Membership
from jinxiu.standards.eligible_words import why_in, why_not
from jinxiu.standards.judge import Standing, judge, stand
from jinxiu.standards.model import CYCLE, DECIDED, SUGGESTED, Clause, Decision, Interval, Standard, Text, Window
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts
from jinxiu.standards.schedules import anchor_of
from jinxiu.standards.verdict import Argument, Verdict, plain
from jinxiu.standards.words import date_text, fill, reading_text


class Reasoned(Protocol):
    """What a sentence needs to know of a verdict; a stored due item will do."""

    @property
    def clause(self) -> str: ...
    @property
    def reason_code(self) -> str: ...
    @property
    def reason_args(self) -> Mapping[str, Argument]: ...


class Dated(Protocol):
    """What a status sentence needs to know of a verdict."""

    @property
    def status(self) -> str: ...
    @property
    def opens_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...
    @property
    def closes_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a verdict rests on, in words, with the ids of its rows."""

    ids: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ClauseExplanation:
    """One verdict in words: the clause's title, the reason, where it stands, and the facts used.

    `uncounted` tells of later contacts that say too little to count, so that nobody wonders where they went; else "".
    `rule` and `suggested` are what the rule says, as verdict and in words, where a clinician decided otherwise.
    """

    title: str
    verdict: Verdict
    sentence: str
    status: str
    facts: tuple[Fact, ...]
    uncounted: str = ""
    rule: Verdict | None = None
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a standard applies to a person on a day and why (not); if so, each of its verdicts in words.

    `uncounted` tells which of its windows cannot be counted, because the day is unknown that they are counted from.
    """

    person_id: str
    standard: Standard
    as_of: date
    eligible: bool
    eligibility: str
    clauses: tuple[ClauseExplanation, ...]
    uncounted: tuple[str, ...] = ()


def sentence(standard: Standard, verdict: Reasoned, language: str, today: date | None = None) -> str:
    """Why, in one sentence with its source. `today` lets Chinese dates of this year go without the year.

    Raises KeyError when the standard (another version?) has no such clause or reason.
    """
    outcome = standard.outcome(verdict.clause, verdict.reason_code)
    arguments = dict(verdict.reason_args)
    if title := _cycle_title(standard.clause(verdict.clause), arguments.get(CYCLE)):
        arguments[CYCLE] = title.language(language)
    if isinstance(outcome, Decision):
        arguments |= _class_names(standard, arguments, language)
    said = fill(outcome.say, arguments, language, today)
    source = f"{standard.source.short.language(language)} {outcome.section}"
    return _cite(said, source, language)


def _class_names(standard: Standard, arguments: Mapping[str, Argument], language: str) -> dict[str, Argument]:
    codes = codes_for(Path(standard.file))
    return {
        name: codes.name("classifications", str(arguments[name]), language)
        for name in (DECIDED, SUGGESTED)
        if name in arguments
    }


def _cycle_title(clause: Clause, cycle: Argument) -> Text | None:
    cycles = clause.cycles if isinstance(clause, Window) else ()
    return next((one.title for one in cycles if one.id == cycle), None)


def _title(clause: Clause, cycle: str, language: str) -> str:
    """The clause's title, and which of its windows this is."""
    title, window = clause.title.language(language), _cycle_title(clause, cycle)
    colon = ": " if language.lower().startswith("en") else "："
    return f"{title}{colon}{window.language(language)}" if window else title


def _cite(said: str, source: str, language: str) -> str:
    """The source in parentheses, before the full stop."""
    if language.lower().startswith("en"):
        return f"{said.removesuffix('.')} ({source})."
    return f"{said.removesuffix('。')}（{source}）。"


_STATUS = {
    "upcoming": Text("{opens_on}起办理，最迟{due_on}完成", "from {opens_on}, due by {due_on}"),
    "due": Text("应不迟于{due_on}完成，还有 {days} 天", "due by {due_on}, {days} to go"),
    "due today": Text("今天（{due_on}）到期", "due today, {due_on}"),
    "overdue": Text("应不迟于{due_on}完成，已逾期 {days} 天", "was due by {due_on}, {days} overdue"),
    "missed": Text("{closes_on}已截止，未完成", "missed: it closed on {closes_on}"),
    "kept": Text("已完成", "done"),
    "waived": Text("已豁免", "waived"),
}


def status_sentence(verdict: Dated, as_of: date, language: str) -> str:
    """Where it stands, with dates and days: "was due by 14 October 2026, 41 days overdue"."""
    days = abs((as_of - verdict.due_on).days)
    status = "due today" if verdict.status == "due" and days == 0 else verdict.status
    arguments: dict[str, Argument] = {
        "opens_on": verdict.opens_on.isoformat(),
        "due_on": verdict.due_on.isoformat(),
        "closes_on": verdict.closes_on.isoformat() if verdict.closes_on else None,
        "days": _days(days, language),
    }
    return fill(_STATUS[status], arguments, language, as_of)


def _days(days: int, language: str) -> str:
    if language.lower().startswith("en"):
        return f"{days} day" if days == 1 else f"{days} days"
    return str(days)


def last_value(standard: Standard, readings: Mapping[str, float | None], language: str) -> str:
    """The readings of a contact in the few words of a list, such as "148/92 mmHg"; empty when nothing was measured."""
    if standard.last_value is None or not any(readings.get(n) is not None for n in standard.last_value.placeholders):
        return ""
    return fill(standard.last_value, {name: plain(value) for name, value in readings.items()}, language)


def why(standard: Standard, person: PersonFacts, as_of: date, language: str) -> Explanation:
    """Everything the standard says of a person on a day, in words: eligible or why not, each clause, the facts used."""
    codes = codes_for(Path(standard.file))
    standing = stand(standard, person, as_of)
    if standing is None:
        reason = _why_not(standard, person, as_of, codes, language)
        return Explanation(person.person_id, standard, as_of, False, reason, ())
    clauses = tuple(_explained(standing, verdict, codes, language) for verdict in judge(standard, person, as_of))
    reason = why_in(standard.eligible, standing.start_on, as_of, codes, language)
    return Explanation(person.person_id, standard, as_of, True, reason, clauses, _without_anchor(standing, language))


def suggestion(standard: Standard, person: PersonFacts, verdict: Verdict, as_of: date) -> Verdict | None:
    """What the rule says in the place of a verdict that a clinician decided otherwise; None for any other verdict."""
    decision = standard.decision
    if decision is None or verdict.reason_code != decision.reason:
        return None
    undecided = replace(person, observations=tuple(one for one in person.observations if one.code != decision.code))
    found = judge(standard, undecided, as_of)
    return next((row for row in found if (row.clause, row.cycle) == (verdict.clause, verdict.cycle)), None)


def _explained(standing: Standing, verdict: Verdict, codes: Codes, language: str) -> ClauseExplanation:
    standard, person, as_of = standing.standard, standing.person, standing.as_of
    rule = suggestion(standard, person, verdict, as_of)
    return ClauseExplanation(
        title=_title(standard.clause(verdict.clause), verdict.cycle, language),
        verdict=verdict,
        sentence=sentence(standard, verdict, language, as_of),
        status=status_sentence(verdict, as_of, language),
        facts=tuple(_facts(person, verdict.facts_used, codes, language, as_of)),
        uncounted=_uncounted(standing, standard.clause(verdict.clause), language),
        rule=rule,
        suggested=sentence(standard, rule, language, as_of) if rule else "",
    )


_WITHOUT_ANCHOR = {
    "birth": Text("{clause}：没有出生日期，不能计算。", "{clause}: cannot be counted without the birth date."),
    "value": Text(
        "{clause}：登记时没有日期（年-月-日），不能计算。",
        "{clause}: cannot be counted, no date (YYYY-MM-DD) was noted with the enrolment.",
    ),
    "event": Text("{clause}：起算的事件尚未发生。", "{clause}: what it is counted from has not happened yet."),
}


def _without_anchor(standing: Standing, language: str) -> tuple[str, ...]:
    member = Membership(standing.start_on, standing.enrolment)
    windows = [clause for clause in standing.standard.clauses if isinstance(clause, Window)]
    return tuple(
        fill(
            _WITHOUT_ANCHOR["event" if clause.anchor.events else clause.anchor.day],
            {"clause": clause.title.language(language)},
            language,
        )
        for clause in windows
        if anchor_of(clause.anchor, standing.person, member, standing.as_of) is None
    )


_UNCOUNTED = Text(
    "此后有 {number} 次随访缺少有效测量，不计（最近一次{last_on}）。",
    "Later contacts without a valid measurement, which do not count: {number}, the last on {last_on}.",
)


def _uncounted(standing: Standing, clause: Clause, language: str) -> str:
    if not isinstance(clause, Interval):
        return ""
    latest = max(standing.contacts(), default=-1)
    later = standing.visits[latest + 1 :]
    if not later:
        return ""
    arguments: dict[str, Argument] = {"number": len(later), "last_on": later[-1].event.happened_on.isoformat()}
    return fill(_UNCOUNTED, arguments, language, standing.as_of)


# --- who is in, and why not -------------------------------------------------------------------------------------------

_NOT_YET_VALID = Text("本版规范自{day}起施行。", "This version of the standard is in force from {day}.")
_NO_LONGER_VALID = Text("本版规范施行至{day}。", "This version of the standard was in force until {day}.")
_DIED = Text("{day}去世，不再有应提供的服务。", "Died on {day}; nothing is owed any more.")
_LEFT = Text("{day}迁出，不再由本地提供服务。", "Left on {day}; the services are no longer owed here.")


def _why_not(standard: Standard, person: PersonFacts, as_of: date, codes: Codes, language: str) -> str:
    """The first thing that keeps a person out: the standard's dates, death, departure, then who is in at all."""
    if as_of < standard.valid_from:
        return fill(_NOT_YET_VALID, {"day": standard.valid_from.isoformat()}, language)
    if standard.valid_to is not None and standard.valid_to < as_of:
        return fill(_NO_LONGER_VALID, {"day": standard.valid_to.isoformat()}, language)
    for day, text in ((person.died_on, _DIED), (person.left_on, _LEFT)):
        if day is not None and day <= as_of:
            return fill(text, {"day": day.isoformat()}, language, as_of)
    return why_not(standard.eligible, person, as_of, codes, language)


# --- facts in words ---------------------------------------------------------------------------------------------------

_DECISION_FACT = Text(
    "{name}：{class}，{decided_on}[，{days} 天内随访]",
    "{name}: {class}, {decided_on}[, next contact within {days} days]",
)
_ENROLMENT_FACT = Text("纳入管理：{kind}，自{start_on}", "Enrolment: {kind}, since {start_on}")


def _facts(person: PersonFacts, ids: Sequence[str], codes: Codes, language: str, as_of: date) -> Iterator[Fact]:
    """The used rows in words and in order; readings are told together with their contact."""
    events = {event.event_id: event for event in person.events}
    observations = {observation.observation_id: observation for observation in person.observations}
    enrolments = {enrolment.enrolment_id: enrolment for enrolment in person.enrolments}
    told: set[str] = set()
    for identifier in ids:
        if identifier in told:
            continue
        if identifier in enrolments:
            yield Fact((identifier,), _enrolment_words(enrolments[identifier], codes, language, as_of))
        elif identifier in events:
            of_event = [o for i in ids if (o := observations.get(i)) is not None and o.event_id == identifier]
            readings = [one for one in of_event if one.code not in codes.decisions]
            told |= {reading.observation_id for reading in readings}
            words = _event_words(events[identifier], readings, codes, language, as_of)
            yield Fact((identifier, *(reading.observation_id for reading in readings)), words)
        elif identifier in observations:
            yield Fact((identifier,), _observation_words(observations[identifier], codes, language, as_of))


def _enrolment_words(enrolment: Enrolment, codes: Codes, language: str, as_of: date) -> str:
    kind = codes.name("enrolments", enrolment.kind, language)
    return fill(_ENROLMENT_FACT, {"kind": kind, "start_on": enrolment.start_on.isoformat()}, language, as_of)


def _event_words(event: Event, readings: Sequence[Observation], codes: Codes, language: str, as_of: date) -> str:
    mode = [codes.name("modes", event.mode, language)] if event.mode else []
    head = [codes.name("events", event.kind, language), date_text(event.happened_on, language, as_of), *mode]
    measured = [reading_text(codes, reading.code, reading.value, language) for reading in readings]
    comma, colon = (", ", ": ") if language.lower().startswith("en") else ("，", "：")
    return comma.join(head) + (colon + comma.join(measured) if measured else "")


def _decision_words(decision: Observation, codes: Codes, language: str, as_of: date) -> str:
    arguments: dict[str, Argument] = {
        "name": codes.name("decisions", decision.code, language),
        "class": codes.name("classifications", decision.text or "", language),
        "decided_on": decision.happened_on.isoformat(),
        "days": plain(decision.value),
    }
    return fill(_DECISION_FACT, arguments, language, as_of)


def _observation_words(observation: Observation, codes: Codes, language: str, as_of: date) -> str:
    if observation.code in codes.decisions:
        return _decision_words(observation, codes, language, as_of)
    comma = ", " if language.lower().startswith("en") else "，"
    day = date_text(observation.happened_on, language, as_of)
    return reading_text(codes, observation.code, observation.value, language) + comma + day
