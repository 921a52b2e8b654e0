"""What a recorded follow-up became, as its page shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language, gettext

from jinxiu.evidence.facts import row_id
from jinxiu.evidence.questionnaires import answers_from_json, in_words
from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.deciding import wording
from jinxiu.familydoctor.deciding.queries import Done, Moved, Said, Version
from jinxiu.familydoctor.followups import forms, queries
from jinxiu.familydoctor.records import cards
from jinxiu.familydoctor.records.queries import values_in_words
from jinxiu.people.access import Viewer
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import ClauseExplanation, Explanation
from jinxiu.standards.judge import advice_on
from jinxiu.standards.model import Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.worklists.standards import standard_of

_TONES = {3: "red", 2: "amber", 1: "amber"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do at once: what, where the norm says so, and whether somebody ticked it."""

    id: str
    words: str
    section: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Urgent:
    """What cannot wait about a contact, and what somebody answered; `url` is empty for who may not answer."""

    steps: tuple[Step, ...]
    done: Done | None
    url: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A word that a later one took the place of, or the one that counts."""

    said: Said
    classification: str
    suggested: str
    because: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One recorded follow-up: what was written down, what follows from it, and the suggestion to confirm."""

    event_id: int
    title: str
    on: dt.date
    mode: str
    values: str
    tone: str
    sentence: str
    next_on: dt.date | None
    source: str
    facts: tuple[str, ...]
    note: str
    suggestion: cards.Suggestion | None
    urgent: Urgent | None
    history: tuple[Earlier, ...]
    may_be_corrected: bool
    refers: bool
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the page knows besides the facts: who looks, and by contact what was said of it and done at once."""

    viewer: Viewer
    person_id: int
    facts: PersonFacts
    explained: Sequence[Explanation]
    said: Mapping[int, list[Said]]
    done: Mapping[int, Done]


def result(event: queries.Followup, known: Known) -> Result:
    """Lay out one event of a visit."""
    language = get_language() or ""
    found = _deciding(event, known.explained)
    deciding = found or _kept_by(event, known.explained)
    clause = deciding[1] if deciding else None
    said = known.said.get(event.pk, [])
    latest = {event.pk: said[0]} if said else {}
    return Result(
        event_id=event.pk,
        title=installed().name("events", event.kind, language),
        on=event.happened_on,
        mode=installed().name("modes", event.mode, language),
        values=values_in_words(event.values),
        tone=_TONES.get(clause.verdict.urgency, "jade") if clause else "plain",
        sentence=clause.sentence if clause else "",
        next_on=clause.verdict.due_on if clause and found else None,
        source=cards.source_of(deciding[0].standard) if deciding else "",
        facts=cards.facts_in_words(clause, known.facts, known.viewer.today) if clause else (),
        note="" if deciding else _why_it_decides_nothing(event, known.explained),
        suggestion=cards.suggestion_for(deciding[0].standard, clause, known.viewer, known.person_id, latest)
        if deciding and clause
        else None,
        urgent=_urgent(event, deciding[0].standard, known) if deciding else None,
        history=tuple(_earlier(one, one is said[0]) for one in said),
        may_be_corrected=bool(event.form_id),
        refers=bool(found) and _refers(clause) and cards.may_record(known.viewer),
        rows=_answers(event, language),
    )


def _refers(clause: ClauseExplanation | None) -> bool:
    """A referral is asked for, or was by the rule that a doctor decided against: one that is drafted stays."""
    if clause is None:
        return False
    return "refer" in (clause.verdict.action, clause.rule.action if clause.rule else "")


def _urgent(event: queries.Followup, standard: Standard, known: Known) -> Urgent | None:
    done = known.done.get(event.pk)
    ticked = done.steps if done else ()
    steps = advice_steps(standard, known.facts, row_id("e", event.pk), known.viewer.today, ticked)
    if not steps:
        return None
    address = reverse("followup-acted", args=[known.person_id, event.pk]) if cards.may_record(known.viewer) else ""
    return Urgent(steps, done, address)


def advice_steps(
    standard: Standard, facts: PersonFacts, event_id: str, day: dt.date, ticked: Sequence[str] = ()
) -> tuple[Step, ...]:
    """What is to be done at once about a contact, in words, with what was ticked."""
    advised = advice_on(standard, facts, event_id, day)
    return tuple(Step(one.id, one.do.language(get_language() or ""), one.section, one.id in ticked) for one in advised)


def _earlier(said: Said, counts: bool) -> Earlier:
    suggested = cards.class_name(said.suggested) if said.suggested else ""
    return Earlier(said, cards.class_name(said.classification), suggested, wording.because(said), counts)


def _answers(event: queries.Followup, language: str) -> tuple[tuple[str, str], ...]:
    """What was answered on a form, in words; of a follow-up what is not among the measured values above."""
    is_followup = event.form_id in forms.definitions()
    return _answered(event.form_id, event.answers, language, measured=not is_followup)


def _answered(
    form_id: str, kept: Mapping[str, object], language: str, *, measured: bool = True
) -> tuple[tuple[str, str], ...]:
    """What was answered on a form, in words; what the answers come to stands first."""
    form = forms.every_form().get(form_id)
    if form is None:
        return ()
    values = answers_from_json(form, kept)
    asked = [
        item for item in form.questions() if item.link_id in values and item.link_id not in ("happened_on", "mode")
    ]
    asked = [item for item in asked if measured or not item.observation]
    asked.sort(key=lambda item: item.calculation is None)
    return tuple((item.text.language(language), in_words(item, values[item.link_id], language)) for item in asked)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version of a record in words."""

    known: Version
    title: str
    mode: str
    values: str
    rows: tuple[tuple[str, str], ...]
    decided: str


def version(known: Version) -> ShownVersion:
    """Lay out one version; a withdrawal says nothing but who, when and why."""
    language = get_language() or ""
    return ShownVersion(
        known=known,
        title=gettext("Withdrawn") if known.is_withdrawal else installed().name("events", known.kind, language),
        mode=installed().name("modes", known.mode, language),
        values=values_in_words(known.values),
        rows=_answered(known.form_id, known.answers, language),
        decided=cards.class_name(known.said.classification) if known.said else "",
    )


def _kept_by(event: queries.Followup, said: Sequence[Explanation]) -> tuple[Explanation, ClauseExplanation] | None:
    """The promise that this very event keeps, None when it keeps none."""
    for one in said:
        for clause in one.clauses:
            counted = cards.counted_events(one.standard, clause.verdict.clause)
            is_kept = clause.verdict.status == "kept" and event.kind in counted
            if is_kept and event.pk in cards.event_pks(clause.verdict):
                return one, clause
    return None


def _deciding(event: queries.Followup, said: Sequence[Explanation]) -> tuple[Explanation, ClauseExplanation] | None:
    """The verdict that this very contact decides, None when it does not count or a later one decides."""
    for one in said:
        for clause in one.clauses:
            if clause.verdict.classification and cards.event_pk(clause.verdict) == event.pk:
                return one, clause
    return None


def _why_it_decides_nothing(event: queries.Followup, said: Sequence[Explanation]) -> str:
    for one in said:
        contact = one.standard.contact
        if contact is None or event.kind not in contact.events:
            continue
        for clause in one.clauses:
            if not clause.verdict.classification and clause.verdict.reason_code != "never_seen":
                continue
            return gettext("This record does not change when the next contact is due. What holds: %(sentence)s") % {
                "sentence": clause.sentence
            }
    return gettext("This record is kept; no programme is running that looks at it.")


def due_in_words(items: Iterable[Moved], *, sees_sheltered: bool) -> list[tuple[str, dt.date]]:
    """Due items shortly, each with its day; of standards under shelter only for who has opened it."""
    language, found = get_language() or "", []
    for item in items:
        standard = standard_of(item.standard, item.version)
        if standard is None or (sheltered().covers(standard) and not sees_sheltered):
            continue
        title = standard.clause(item.clause).title.language(language)
        found.append((f"{title} · {cards.short_title(standard)}", item.due_on))
    return sorted(found, key=lambda one: (one[1], one[0]))
