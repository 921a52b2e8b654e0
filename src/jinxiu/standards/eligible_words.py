"""Who is in, in words: for the page of a standard, and to say why somebody is in or is not."""

from __future__ import annotations

from datetime import date

from jinxiu.standards.codes import Codes
from jinxiu.standards.days import FIRST_DAY
from jinxiu.standards.eligibility import age_day, membership
from jinxiu.standards.model import (
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    Eligibility,
    EnrolledIn,
    Everybody,
    MinAge,
    MinAgeMonths,
    NotIn,
    SexIs,
    Text,
)
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Argument
from jinxiu.standards.words import fill

_WHO = {
    EnrolledIn: Text("纳入“{kind}”管理的人", "people enrolled in the programme “{kind}”"),
    MinAge: Text("年满 {age} 周岁的人", "people of {age} and older"),
    MinAgeMonths: Text("满 {age} 月龄的人", "people of {age} months and older"),
    BelowAge: Text("未满 {age} 周岁的人", "people younger than {age}"),
    BelowAgeMonths: Text("未满 {age} 月龄的人", "people younger than {age} months"),
    NotIn: Text("除外：{who}", "all but {who}"),
}
_SEXES = {
    "F": Text("女性", "women"),
    "M": Text("男性", "men"),
    "U": Text("性别未知的人", "people whose sex is unknown"),
}
_EVERYBODY = Text("所有人", "everybody")
_AND = Text("，且为", " who are also ")
_OR = Text("，或", ", or ")

_IN_BY_ENROLMENT = Text("自{start_on}起纳入{kind}管理。", "In the programme “{kind}” since {start_on}.")
_IN_BY_AGE = Text("{start_on}年满 {years} 周岁。", "Turned {years} on {start_on}.")
_IN = Text("属于对象：{who}[，自{start_on}起]。", "Among {who}[, since {start_on}].")
_NOT_AMONG = Text("不属于对象：{who}。", "Not among {who}.")
_NEVER_IN = Text("没有纳入{kind}管理。", "Not enrolled in the programme “{kind}”.")
_ENDED = Text(
    "{kind}管理已于{day}结束[（{reason}）]。",
    "The enrolment in the programme “{kind}” ended on {day}[ ({reason})].",
)
_NO_BIRTH_DATE = Text(
    "没有出生日期，不能判断是否年满 {years} 周岁。", "No birth date is known, so nobody can tell the age of {years}."
)
_TOO_YOUNG = Text("未满 {years} 周岁，{day}满 {years} 周岁。", "Younger than {years}; turns {years} on {day}.")


def who(eligible: Eligibility, codes: Codes, language: str) -> str:
    """The people that a condition is about."""
    match eligible:
        case Everybody():
            return _EVERYBODY.language(language)
        case SexIs(sex):
            return _SEXES[sex].language(language)
        case AllOf(parts):
            return _AND.language(language).join(who(part, codes, language) for part in parts)
        case AnyOf(parts):
            return _OR.language(language).join(who(part, codes, language) for part in parts)
        case NotIn(part):
            return fill(_WHO[NotIn], {"who": who(part, codes, language)}, language)
        case EnrolledIn(kind):
            return fill(_WHO[EnrolledIn], {"kind": codes.name("enrolments", kind, language)}, language)
        case MinAge(age) | MinAgeMonths(age) | BelowAge(age) | BelowAgeMonths(age):
            return fill(_WHO[type(eligible)], {"age": age}, language)
    raise TypeError(f"no condition of ours: {eligible!r}")


def why_in(eligible: Eligibility, start_on: date, as_of: date, codes: Codes, language: str) -> str:
    """Why somebody is in, and since when."""
    since = start_on.isoformat()
    if isinstance(eligible, EnrolledIn):
        kind = codes.name("enrolments", eligible.kind, language)
        return fill(_IN_BY_ENROLMENT, {"start_on": since, "kind": kind}, language, as_of)
    if isinstance(eligible, MinAge):
        return fill(_IN_BY_AGE, {"start_on": since, "years": eligible.years}, language, as_of)
    arguments = {"who": who(eligible, codes, language), "start_on": None if start_on == FIRST_DAY else since}
    return fill(_IN, arguments, language, as_of)


def why_not(eligible: Eligibility, person: PersonFacts, as_of: date, codes: Codes, language: str) -> str:
    """The first condition that keeps somebody out."""
    if isinstance(eligible, AllOf):
        missing = next(part for part in eligible.parts if membership(part, person, as_of) is None)
        return why_not(missing, person, as_of, codes, language)
    if isinstance(eligible, EnrolledIn):
        return _not_enrolled(eligible.kind, person, as_of, codes, language)
    if isinstance(eligible, MinAge):
        return _too_young(eligible, person, as_of, language)
    return fill(_NOT_AMONG, {"who": who(eligible, codes, language)}, language)


def _not_enrolled(kind: str, person: PersonFacts, as_of: date, codes: Codes, language: str) -> str:
    ended = [e for e in person.enrolments if e.kind == kind and e.end_on is not None and e.end_on < as_of]
    arguments: dict[str, Argument] = {"kind": codes.name("enrolments", kind, language)}
    if not ended:
        return fill(_NEVER_IN, arguments, language)
    last = max(ended, key=lambda enrolment: (enrolment.end_on or date.min, enrolment.enrolment_id))
    reason = codes.name("end_reasons", last.end_reason, language) if last.end_reason else None
    day = last.end_on.isoformat() if last.end_on else None
    return fill(_ENDED, arguments | {"day": day, "reason": reason}, language, as_of)


def _too_young(eligible: MinAge, person: PersonFacts, as_of: date, language: str) -> str:
    if person.birth_date is None:
        return fill(_NO_BIRTH_DATE, {"years": eligible.years}, language)
    day = age_day(eligible, person.birth_date).isoformat()
    return fill(_TOO_YOUNG, {"years": eligible.years, "day": day}, language, as_of)
