"""What a clinician may decide about a contact. Pure: facts and verdicts in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jinxiu.evidence.questionnaires import Value
from jinxiu.standards.judge import judge
from jinxiu.standards.model import URGENT, Standard
from jinxiu.standards.person import Observation, PersonFacts
from jinxiu.standards.verdict import Verdict, number_text

# Why a doctor decides otherwise than the rule [this project's own list]; `wording` has the words.
REASONS = ("measured_again", "home_readings", "passing_cause", "own_target", "other")
OTHER = "other"
LONGEST_WORDS = 300  # characters
_HYPOTHETICAL = "~decision"  # sorts after every stored id of the day


@dataclass(frozen=True, slots=True)
class Word:
    """What a clinician says of a contact: the class, the day of the next one (None: as the rule has it), and why."""

    classification: str
    next_on: dt.date | None = None
    because: str = ""
    words: str = ""


def after_decision(
    standard: Standard, facts: PersonFacts, event_id: str, classification: str, today: dt.date
) -> Verdict | None:
    """What would be due if a class were decided about a contact today; None when it would decide nothing."""
    if standard.decision is None:
        return None
    word = Observation(_HYPOTHETICAL, standard.decision.code, today, None, event_id, classification)
    rows = judge(standard, replace(facts, observations=(*facts.observations, word)), today)
    return next((row for row in rows if row.classification == classification and event_id in row.facts_used), None)


def needs_words(word: Word, suggested: Verdict) -> bool:
    """A danger is not decided away, and another reason not given, without a sentence."""
    return word.because == OTHER or (suggested.urgency >= URGENT and word.classification != suggested.classification)


def problems(word: Word, suggested: Verdict, latest: Mapping[str, dt.date], today: dt.date) -> dict[str, str]:
    """What is wrong with a word, by field; `latest` has the last day of the next contact for each class."""
    found = {}
    if word.classification not in latest:
        return {"classification": "not_a_class"}
    if word.classification != suggested.classification and word.because not in REASONS:
        found["because"] = "no_reason"
    if needs_words(word, suggested) and not word.words.strip():
        found["words"] = "no_words"
    if word.next_on is not None and not today < word.next_on <= latest[word.classification]:
        found["next_on"] = "out_of_bounds"
    return found


def as_typed(values: Mapping[str, Value]) -> dict[str, str]:
    """Answers as somebody would have typed them, by linkId; several of one question with commas between them."""
    return {link_id: _typed(value) for link_id, value in values.items()}


def _typed(value: Value) -> str:
    match value:
        case bool():
            return "1" if value else ""
        case str():
            return value
        case dt.date():
            return value.isoformat()
        case tuple():
            return ",".join(value)
    return number_text(float(value))
