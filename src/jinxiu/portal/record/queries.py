"""Reads of one person's record for the person, or for who may read it (`Visit.reads_record`).

What is under special shelter is read for the person alone; the scores of an illness under shelter (risk, insight) are
explained in a conversation, and stand on no page of residents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from jinxiu.agreements import queries as agreements
from jinxiu.agreements.rules import DRAFT as AGREEMENT_DRAFT
from jinxiu.agreements.shown import Line as AgreementLine
from jinxiu.agreements.shown import line_of
from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.homevalues.kinds import ANSWERS
from jinxiu.familydoctor.records import charts, queries
from jinxiu.familydoctor.records.cards import source_of
from jinxiu.familydoctor.records.queries import CONDITION, RANKS, Entry, Key, facts_of, values_in_words
from jinxiu.familydoctor.records.rules import danger_ranges, limit_on, limit_steps, target_rules
from jinxiu.familydoctor.wholeperson.queries import Part, glance
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import StaffAssignment
from jinxiu.people.roles import ROLES
from jinxiu.portal.access import Visit
from jinxiu.portal.record import rules, wording
from jinxiu.referrals.models import Referral, ReferralStep
from jinxiu.referrals.rules import CANCELLED, DRAFT, TAKEN
from jinxiu.referrals.wording import STATES, place_of
from jinxiu.standards.codes import installed
from jinxiu.standards.judge import running_enrolment
from jinxiu.standards.model import Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import number_text
from jinxiu.worklists.standards import in_force

PAGE = 20
_WITHDRAWN = "withdrawn"  # the kind of event that says: the one before did not happen


@dataclass(frozen=True, slots=True)
class Value:
    """The latest of a kind of values: what it is, what it means (`level` of `rules`), and by which rules."""

    title: str
    value: str
    on: date
    level: str
    meaning: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """Health at a glance: what is known, the latest values with their meaning, and all others without."""

    parts: tuple[Part, ...]
    values: tuple[Value, ...]
    others: tuple[tuple[str, date], ...]


def health_of(visit: Visit) -> Health:
    """What is known of a person's health today."""
    facts = facts_of(visit.person.pk, sheltered=visit.is_self)
    known = glance(visit.person.pk, visit.today, with_sheltered=visit.is_self)
    return Health(
        tuple(part for part in known if part.lines),
        tuple(_values(facts, visit.today)),
        tuple(_others(facts, visit.today)),
    )


# --- values -----------------------------------------------------------------------------------------------------------

# The values that rules know, in groups that are read together.
_GROUPS = (("systolic", "diastolic"), ("fasting_glucose",), ("random_glucose",))


def _values(facts: PersonFacts, today: date) -> Iterator[Value]:
    for kind in charts.KINDS:
        readings = charts.readings_of(facts, kind, today)
        for codes in _GROUPS:
            fitting = (one for one in reversed(readings) if set(codes) <= set(one.values))
            found = next(fitting, None) if set(codes) <= set(kind.codes) else None
            if found is not None:
                title = str(kind.title) if len(codes) > 1 else _name(codes[0])
                yield _value(title, {code: found.values[code] for code in codes}, found.on, facts)


def _value(title: str, values: Mapping[str, float], on: date, facts: PersonFacts) -> Value:
    """What a value meant on its day: by the rules and the programmes of that day."""
    standards = in_force(on)
    mine = [one for one in standards if running_enrolment(facts, getattr(one.eligible, "kind", ""), on)]
    targets: dict[str, float] = {}
    for standard in mine:
        targets |= dict(_targets(standard, values, facts.birth_date, on))
    dangers = {standard: danger_ranges(standard) for standard in standards}
    found = rules.meaning(values, targets, [one for ranges in dangers.values() for one in ranges])
    if found.level == rules.DANGER:
        spoke = [
            standard
            for standard, ranges in dangers.items()
            if any(one.code in values and one.holds(values[one.code]) for one in ranges)
        ]
        spoke = [one for one in spoke if one in mine] or spoke[:1]
    else:
        spoke = [one for one in mine if dict(_targets(one, values, facts.birth_date, on))]
    unit = installed().name("units", installed()[next(iter(values))].unit, _language())
    target = "/".join(map(number_text, found.targets))
    return Value(
        title=title,
        value=f"{'/'.join(map(number_text, values.values()))} {unit}",
        on=on,
        level=found.level,
        meaning=str(wording.MEANINGS[found.level]) % {"target": f"{target} {unit}"},
        sources=tuple(source_of(one) for one in spoke),
    )


def _targets(
    standard: Standard, codes: Iterable[str], birth_date: date | None, on: date
) -> Iterator[tuple[str, float]]:
    for code in codes:
        limit = limit_on(limit_steps(target_rules([standard], code), birth_date, on, on), on)
        if limit is not None:
            yield code, limit


def _others(facts: PersonFacts, today: date) -> Iterator[tuple[str, date]]:
    """The latest of every other value with its day, in the order of the code list."""
    explained = {code for codes in _GROUPS for code in codes} | sheltered().observations
    latest: dict[str, tuple[date, str, float]] = {}
    for one in facts.observations:
        if one.value is not None and one.happened_on <= today and one.code not in explained:
            key = (one.happened_on, one.observation_id, one.value)
            latest[one.code] = max(latest.get(one.code, key), key)
    for code, known in installed().observations.items():
        if code in latest and not known.is_flag:
            on, _id, value = latest[code]
            yield values_in_words({code: value}), on


def _name(code: str) -> str:
    return installed()[code].title.language(_language())


def _language() -> str:
    return get_language() or ""


# --- what was done ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done or that began: on which day, in one sentence, with its values in words."""

    on: date
    what: str
    detail: str


def done_page(visit: Visit, after: Key | None) -> tuple[list[Done], str]:
    """A page of what was done, the newest first, and the key after which the next one begins ("" on the last)."""
    page = queries.timeline(visit.person.pk, after=after, limit=PAGE, sheltered=visit.is_self)
    hidden = sheltered().observations
    shown = [one for one in page.entries if one.kind != _WITHDRAWN and one.kind not in hidden]
    roles = _roles(shown)
    return [_done(one, roles) for one in shown], page.after


def _done(entry: Entry, roles: Mapping[tuple[int, date], str]) -> Done:
    who = wording.staff(roles.get((entry.by_id or 0, entry.on), ""), entry.by) if entry.by else ""
    if entry.key.rank == RANKS["event"]:
        hidden = sheltered().observations | set(ANSWERS)  # that the team shall call is no value
        measured = {code: value for code, value in entry.values.items() if code not in hidden}
        return Done(entry.on, wording.done(entry.kind, entry.mode, who), values_in_words(measured))
    if entry.key.rank == RANKS["enrolment"] and entry.kind != CONDITION:
        # How an agreement ended is said with the agreements, in their own words.
        return Done(entry.on, wording.began(entry.kind), "" if entry.kind == "agreement" else entry.detail)
    return Done(entry.on, entry.title, entry.detail)


def _roles(entries: Iterable[Entry]) -> dict[tuple[int, date], str]:
    """As what each of the staff worked on the days of the entries. One query."""
    asked = {(one.by_id, one.on) for one in entries if one.by_id is not None}
    rows = StaffAssignment.objects.filter(staff__in={staff for staff, _on in asked}, role__in=ROLES)
    found: dict[tuple[int, date], str] = {}
    for row in rows.order_by("-stands_in_for", "pk"):
        for staff, on in asked:
            if staff == row.staff_id and row.start_on <= on and (row.end_on is None or on <= row.end_on):
                found.setdefault((staff, on), str(ROLES[row.role].label))
    return found


# --- referrals and agreements -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A referral as the person reads it: when, where to, how it stands, and what the hospital answered."""

    on: date | None
    place: str
    is_down: bool
    state: str
    diagnosis: str
    plan: str


def referrals_of(visit: Visit) -> list[Sent]:
    """Where the person was sent and by whom, the newest first; an answer that a doctor has taken into the record."""
    rows = Referral.objects.filter(whose(visit.person.pk)).exclude(state__in=(DRAFT, CANCELLED))
    shown = rows if visit.is_self else rows.filter(sheltered=False)
    found = list(shown.select_related("hospital").order_by("-sent_on", "-pk")[:PAGE])
    steps = ReferralStep.objects.filter(referral__in=found, state=TAKEN, answer__isnull=False).select_related("answer")
    answers = {step.referral_id: step.answer for step in steps.order_by("pk")}
    return [
        Sent(
            one.sent_on,
            place_of(one),
            one.direction == Referral.Direction.DOWN,
            str(STATES[one.state]),
            answer.diagnosis if (answer := answers.get(one.pk)) else "",
            answer.plan if answer else "",
        )
        for one in found
    ]


def agreements_of(visit: Visit) -> list[AgreementLine]:
    """All agreements that were signed, the latest first."""
    rows = agreements.agreements_of(visit.person.pk)
    return [line_of(one, visit.today) for one in rows if one.state != AGREEMENT_DRAFT]
