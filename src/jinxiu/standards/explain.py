"""Verdicts in words: what is due and why, with the facts behind it, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.judge import Standing, judge, stand
from jinxiu.standards.model import Clause, EnrolledIn, Interval, Standard, Text
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts, birthday
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
    """

    title: str
    verdict: Verdict
    sentence: str
    status: str
    facts: tuple[Fact, ...]
    uncounted: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a standard applies to a person on a day and why (not); if so, each of its verdicts in words."""

    person_id: str
    standard: Standard
    as_of: date
    eligible: bool
    eligibility: str
    clauses: tuple[ClauseExplanation, ...]


def sentence(standard: Standard, verdict: Reasoned, language: str, today: date | None = None) -> str:
    """Why, in one sentence with its source. `today` lets Chinese dates of this year go without the year.

    Raises KeyError when the standard (another version?) has no such clause or reason.
    """
    outcome = standard.outcome(verdict.clause, verdict.reason_code)
    said = fill(outcome.say, verdict.reason_args, language, today)
    source = f"{standard.source.short.language(language)} {outcome.section}"
    return _cite(said, source, language)


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
    clauses = tuple(
        ClauseExplanation(
            title=standard.clause(verdict.clause).title.language(language),
            verdict=verdict,
            sentence=sentence(standard, verdict, language, as_of),
            status=status_sentence(verdict, as_of, language),
            facts=tuple(_facts(person, verdict.facts_used, codes, language, as_of)),
            uncounted=_uncounted(standing, standard.clause(verdict.clause), language),
        )
        for verdict in judge(standard, person, as_of)
    )
    return Explanation(person.person_id, standard, as_of, True, _why_in(standing, codes, language), clauses)


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

_IN_BY_ENROLMENT = Text("自{start_on}起纳入{kind}管理。", "In the programme “{kind}” since {start_on}.")
_IN_BY_AGE = Text("{start_on}年满 {years} 周岁。", "Turned {years} on {start_on}.")
_NOT_YET_VALID = Text("本版规范自{day}起施行。", "This version of the standard is in force from {day}.")
_NO_LONGER_VALID = Text("本版规范施行至{day}。", "This version of the standard was in force until {day}.")
_DIED = Text("{day}去世，不再有应提供的服务。", "Died on {day}; nothing is owed any more.")
_LEFT = Text("{day}迁出，不再由本地提供服务。", "Left on {day}; the services are no longer owed here.")
_NEVER_IN = Text("没有纳入{kind}管理。", "Not enrolled in the programme “{kind}”.")
_ENDED = Text(
    "{kind}管理已于{day}结束[（{reason}）]。",
    "The enrolment in the programme “{kind}” ended on {day}[ ({reason})].",
)
_NO_BIRTH_DATE = Text(
    "没有出生日期，不能判断是否年满 {years} 周岁。", "No birth date is known, so nobody can tell the age of {years}."
)
_TOO_YOUNG = Text("未满 {years} 周岁，{day}满 {years} 周岁。", "Younger than {years}; turns {years} on {day}.")


def _why_in(standing: Standing, codes: Codes, language: str) -> str:
    eligible = standing.standard.eligible
    arguments: dict[str, Argument] = {"start_on": standing.start_on.isoformat()}
    if isinstance(eligible, EnrolledIn):
        kind = codes.name("enrolments", eligible.kind, language)
        return fill(_IN_BY_ENROLMENT, arguments | {"kind": kind}, language, standing.as_of)
    return fill(_IN_BY_AGE, arguments | {"years": eligible.years}, language, standing.as_of)


def _why_not(standard: Standard, person: PersonFacts, as_of: date, codes: Codes, language: str) -> str:
    """The first thing that keeps a person out: the standard's dates, death, departure, then enrolment or age."""
    if as_of < standard.valid_from:
        return fill(_NOT_YET_VALID, {"day": standard.valid_from.isoformat()}, language)
    if standard.valid_to is not None and standard.valid_to < as_of:
        return fill(_NO_LONGER_VALID, {"day": standard.valid_to.isoformat()}, language)
    for day, text in ((person.died_on, _DIED), (person.left_on, _LEFT)):
        if day is not None and day <= as_of:
            return fill(text, {"day": day.isoformat()}, language, as_of)
    if isinstance(standard.eligible, EnrolledIn):
        return _not_enrolled(standard.eligible.kind, person, as_of, codes, language)
    return _too_young(standard.eligible.years, person, as_of, language)


def _not_enrolled(kind: str, person: PersonFacts, as_of: date, codes: Codes, language: str) -> str:
    ended = [e for e in person.enrolments if e.kind == kind and e.end_on is not None and e.end_on < as_of]
    arguments: dict[str, Argument] = {"kind": codes.name("enrolments", kind, language)}
    if not ended:
        return fill(_NEVER_IN, arguments, language)
    last = max(ended, key=lambda enrolment: (enrolment.end_on or date.min, enrolment.enrolment_id))
    reason = codes.name("end_reasons", last.end_reason, language) if last.end_reason else None
    day = last.end_on.isoformat() if last.end_on else None
    return fill(_ENDED, arguments | {"day": day, "reason": reason}, language, as_of)


def _too_young(years: int, person: PersonFacts, as_of: date, language: str) -> str:
    if person.birth_date is None:
        return fill(_NO_BIRTH_DATE, {"years": years}, language)
    day = birthday(person.birth_date, years).isoformat()
    return fill(_TOO_YOUNG, {"years": years, "day": day}, language, as_of)


# --- facts in words ---------------------------------------------------------------------------------------------------

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
            readings = [o for i in ids if (o := observations.get(i)) is not None and o.event_id == identifier]
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


def _observation_words(observation: Observation, codes: Codes, language: str, as_of: date) -> str:
    comma = ", " if language.lower().startswith("en") else "，"
    day = date_text(observation.happened_on, language, as_of)
    return reading_text(codes, observation.code, observation.value, language) + comma + day
