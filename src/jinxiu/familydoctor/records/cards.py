"""What the standards say of a person, laid out for a page: what to do now, this year's progress, what comes later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language, gettext

from jinxiu.evidence.facts import row_key
from jinxiu.evidence.questionnaires import Questionnaire
from jinxiu.familydoctor.deciding import wording
from jinxiu.familydoctor.deciding.queries import Said
from jinxiu.familydoctor.followups import forms as followup_forms
from jinxiu.familydoctor.homevalues.kinds import MEASURED, MEASUREMENT
from jinxiu.familydoctor.homevalues.shown import form_url as home_values_url
from jinxiu.familydoctor.records.queries import forms_recorded, values_in_words
from jinxiu.people.access import Viewer, may
from jinxiu.people.roles import RECORD_FOLLOWUP
from jinxiu.standards.codes import installed
from jinxiu.standards.explain import ClauseExplanation, Explanation, why
from jinxiu.standards.model import URGENT, CountEvents, PerYear, Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Verdict
from jinxiu.ui.marks import mark_for
from jinxiu.ui.templatetags.jinxiu import day_text
from jinxiu.worklists.standards import in_force
from jinxiu.worklists.waiting.queries import may_decide

OPEN = ("due", "overdue")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The class of a contact: suggested, or what a clinician said of it. `code` is the suggested one, by which it is
    confirmed; `rule` is what the rule says where somebody decided otherwise, in words.

    `asks_again`: what the rule says has become something else since the word was given.
    """

    code: str
    classification: str
    suggested: str
    seen: int
    confirm_url: str = ""
    change_url: str = ""
    decided_by: str = ""
    decided_on: dt.date | None = None
    because: str = ""
    rule: str = ""
    is_danger: bool = False
    asks_again: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to do: how urgent, by when, the sentence, what it rests on, and what can be done about it."""

    urgency: int
    action: str
    status: str
    due_on: dt.date
    due_on_text: str
    tone: str
    standard: str
    clause: str
    clause_id: str
    sentence: str
    source: str
    facts: tuple[str, ...]
    followup_url: str
    suggestion: Suggestion | None


@dataclass(frozen=True, slots=True)
class Step:
    """A promise of this year: how much of it is done."""

    label: str
    done: int
    needed: int
    is_kept: bool
    waived: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that is not open yet."""

    due_on: dt.date
    what: str
    sentence: str


def explanations(facts: PersonFacts, day: dt.date) -> list[Explanation]:
    """Return what every standard in force says of the person, where it applies and has something to say."""
    found = [why(standard, facts, day, get_language() or "") for standard in in_force(day)]
    return [one for one in found if one.eligible and (one.clauses or one.uncounted)]


def event_pk(verdict: Verdict) -> int | None:
    """Return the contact that a verdict rests on, None when nobody has been in contact."""
    return next((row_key(one) for one in verdict.facts_used if one.startswith("e")), None)


def event_pks(verdict: Verdict) -> list[int]:
    """Return all the events that a verdict rests on."""
    return [row_key(one) for one in verdict.facts_used if one.startswith("e")]


def counted_events(standard: Standard, clause_id: str) -> tuple[str, ...]:
    """Return the kinds of events that keep a promise; none where it counts something else."""
    counts = getattr(standard.clause(clause_id), "counts", None)
    return counts.events if isinstance(counts, CountEvents) else ()


def judged_contacts(said: Iterable[Explanation]) -> list[int]:
    """Return the contacts that the open suggestions are about."""
    verdicts = [clause.verdict for one in said for clause in one.clauses if clause.verdict.classification]
    return [pk for verdict in verdicts if (pk := event_pk(verdict)) is not None]


def _clauses(said: Iterable[Explanation]) -> Iterator[tuple[Standard, ClauseExplanation]]:
    for one in said:
        for clause in one.clauses:
            yield one.standard, clause


def due_cards(
    said: Sequence[Explanation], facts: PersonFacts, viewer: Viewer, confirmed: Mapping[int, Said]
) -> list[Card]:
    """Return what is open today, most urgent first; a promise that several standards make alike stands once."""
    cards: dict[object, Card] = {}
    for standard, clause in _clauses(said):
        if clause.verdict.status not in OPEN:
            continue
        card = _card(standard, clause, facts, viewer, confirmed)
        same = cards.get(_alike(clause.verdict))
        cards[_alike(clause.verdict)] = card if same is None else _joined(same, card)
    return sorted(cards.values(), key=lambda card: (-card.urgency, card.due_on))


def _alike(verdict: Verdict) -> object:
    """Verdicts of different standards that say the same: the yearly examination of three programmes is one."""
    if verdict.classification or verdict.reason_code == "never_seen":
        return (verdict.standard, verdict.clause, verdict.cycle)
    return (verdict.clause, verdict.cycle, verdict.status, tuple(sorted(verdict.reason_args.items())))


def _joined(first: Card, second: Card) -> Card:
    return replace(
        first,
        standard=f"{first.standard}{gettext(', ')}{second.standard}",
        facts=tuple(dict.fromkeys(first.facts + second.facts)),
    )


def _card(
    standard: Standard,
    clause: ClauseExplanation,
    facts: PersonFacts,
    viewer: Viewer,
    confirmed: Mapping[int, Said],
) -> Card:
    verdict, person_id = clause.verdict, int(facts.person_id)
    mark = mark_for(
        urgency=verdict.urgency,
        action=verdict.action,
        status=verdict.status,
        due_on=verdict.due_on,
        today=viewer.today,
    )
    return Card(
        urgency=verdict.urgency,
        action=verdict.action,
        status=verdict.status,
        due_on=verdict.due_on,
        due_on_text=day_text(verdict.due_on, viewer.today),
        tone=mark.tone,
        standard=short_title(standard),
        clause=clause.title,
        clause_id=verdict.clause,
        sentence=clause.sentence,
        source=source_of(standard),
        facts=facts_in_words(clause, facts, viewer.today),
        followup_url=form_url(standard, verdict.clause, verdict.action, viewer, person_id),
        suggestion=suggestion_for(standard, clause, viewer, person_id, confirmed),
    )


def facts_in_words(clause: ClauseExplanation, facts: PersonFacts, today: dt.date) -> tuple[str, ...]:
    """Say what a verdict rests on, shortly: contacts with day, place and what was measured; flags only when raised.

    Later contacts that did not count are told too: a doctor who sees them in the timeline would wonder.
    """
    events = {event.event_id: event for event in facts.events}
    observations = {one.observation_id: one for one in facts.observations}
    words = []
    for fact in clause.facts:
        alone = observations.get(fact.ids[0])
        event = events.get(alone.event_id or "" if alone else fact.ids[0])
        if event is None or (alone and event.kind != MEASUREMENT):
            words.append(fact.words)
            continue
        # What asks for a contact about a value from home says nothing without that value.
        of_event = [one for one in facts.observations if alone and one.event_id == event.event_id]
        measured = [one for one in of_event if one.code in MEASURED] or [observations[one] for one in fact.ids[1:]]
        values = values_in_words({one.code: one.value for one in measured if one.value is not None})
        mode = installed().name("modes", event.mode, get_language() or "") if event.mode else ""
        words.append(" ".join(part for part in (day_text(event.happened_on, today), mode, values) if part))
    return (*words, clause.uncounted) if clause.uncounted else tuple(words)


def short_title(standard: Standard) -> str:
    """Name a standard by its programme (Hypertension) where it has one, else by its title."""
    kind = getattr(standard.eligible, "kind", "")
    language = get_language() or ""
    return installed().name("enrolments", kind, language) if kind else standard.title.language(language)


def source_of(standard: Standard) -> str:
    """Name the norm and the version of the rule that spoke."""
    title = standard.source.title.language(get_language() or "")
    return gettext("%(title)s · rule version %(version)s") % {"title": title, "version": standard.version}


def followup_url(viewer: Viewer, person_id: int, standard: Standard | None = None) -> str:
    """Return the address of the form that records a contact of this standard (or any); empty for who may not record."""
    if not may(viewer, RECORD_FOLLOWUP):
        return ""
    address = reverse("followup-new", args=[person_id])
    if standard is None:
        return address
    form = next((form for form in followup_forms.every_form().values() if _records(form.event, standard)), None)
    if form and form.offered_when:
        return reverse("record", args=[person_id, form.id])
    return f"{address}?{urlencode({'form': form.id})}" if form else ""


def form_url(standard: Standard, clause_id: str, action: str, viewer: Viewer, person_id: int) -> str:
    """The form whose record keeps the promise, else the one of the programme's contacts; empty where there is none."""
    if url := home_values_url(clause_id, viewer, person_id):
        return url
    found = [form for kind in counted_events(standard, clause_id) if (form := _next_form(kind, person_id))]
    if len(found) == 1 and may(viewer, RECORD_FOLLOWUP):
        return reverse("record", args=[person_id, found[0].id])
    return followup_url(viewer, person_id, standard) if action in ("contact", "refer", "test") else ""


def _next_form(kind: str, person_id: int) -> Questionnaire | None:
    """Of the forms of a kind of event (first and later antenatal visits) the first of which there is no record.

    Where they are for different people (child visits by age), any: its page leads to the one for this person.
    """
    several = followup_forms.forms_of_event(kind)
    for_the_same = len({form.offered_when for form in several}) == 1
    done = forms_recorded(person_id, kind) if len(several) > 1 and for_the_same else set()
    return next((form for form in several if form.id not in done), several[-1] if several else None)


def _records(event: str, standard: Standard) -> bool:
    return standard.contact is not None and event in standard.contact.events


def may_confirm(viewer: Viewer) -> bool:
    """Say whether this viewer's word makes a suggested class a clinician's decision."""
    return may_decide(viewer)


def may_record(viewer: Viewer) -> bool:
    """Say whether this viewer records what was done for people."""
    return may(viewer, RECORD_FOLLOWUP)


def suggestion_for(
    standard: Standard, clause: ClauseExplanation, viewer: Viewer, person_id: int, said: Mapping[int, Said]
) -> Suggestion | None:
    """Return the class of the contact behind a verdict, suggested or decided; None without a class."""
    verdict, rule = clause.verdict, clause.rule or clause.verdict
    pk = event_pk(verdict)
    if not verdict.classification or not rule.classification or pk is None:
        return None
    known = said.get(pk)
    holds = known if known and known.classification == verdict.classification else None
    asks_again = bool(holds and not holds.still_rests_on(rule))
    decides = may_confirm(viewer)
    return Suggestion(
        code=rule.classification,
        classification=class_name(verdict.classification),
        suggested=class_name(rule.classification),
        seen=known.id if known else 0,
        confirm_url=reverse("followup-confirm", args=[person_id, pk]) if decides and (not holds or asks_again) else "",
        change_url=reverse("followup-decide", args=[person_id, pk]) if decides and standard.decision else "",
        decided_by=holds.by if holds else "",
        decided_on=holds.on if holds else None,
        because=wording.because(holds) if holds else "",
        rule=clause.suggested,
        is_danger=bool(clause.rule and clause.rule.urgency >= URGENT),
        asks_again=asks_again,
    )


def class_name(classification: str) -> str:
    """Say a class in the reader's language."""
    return installed().name("classifications", classification, get_language() or "")


def progress(said: Sequence[Explanation], year: int) -> list[Step]:
    """Return this year's promises, kept ones included; what several standards ask alike stands once."""
    steps: dict[object, Step] = {}
    for standard, clause in _clauses(said):
        if clause.verdict.cycle != str(year) or not isinstance(standard.clause(clause.verdict.clause), PerYear):
            continue
        step = _step(standard, clause)
        same = steps.get(_alike(clause.verdict))
        if same:
            step = replace(same, label=f"{same.label}{gettext(', ')}{short_title(standard)}")
        steps[_alike(clause.verdict)] = step
    return list(steps.values())


def _step(standard: Standard, clause: ClauseExplanation) -> Step:
    verdict = clause.verdict
    per_year = standard.clause(verdict.clause)
    assert isinstance(per_year, PerYear)
    return Step(
        label=f"{clause.title} · {short_title(standard)}",
        done=_number(verdict, "done", int(verdict.status == "kept")),
        needed=_number(verdict, "needed", per_year.times),
        is_kept=verdict.status == "kept",
        waived=verdict.status == "waived",
        sentence=clause.sentence,
    )


def _number(verdict: Verdict, name: str, otherwise: int) -> int:
    """A number that the sentence names; a promise of one (an examination) names none."""
    value = verdict.reason_args.get(name)
    return int(value) if isinstance(value, int | float) else otherwise


def ahead(said: Sequence[Explanation]) -> list[Ahead]:
    """Return what is not open yet, soonest first; next year's promises alike stand once."""
    found: dict[object, Ahead] = {}
    for standard, clause in _clauses(said):
        if clause.verdict.status == "upcoming":
            what = f"{clause.title} · {short_title(standard)}"
            same = found.get(_alike(clause.verdict))
            if same:
                what = f"{same.what}{gettext(', ')}{short_title(standard)}"
            found[_alike(clause.verdict)] = Ahead(clause.verdict.due_on, what, clause.sentence)
    return sorted(found.values(), key=lambda step: step.due_on)
