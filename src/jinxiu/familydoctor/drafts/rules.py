"""What a draft keeps of a form, and what of it a later version of the form no longer asks. Pure: plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinxiu.evidence.questionnaires import Item, Questionnaire

# Characters of one draft; a form with every text at its longest has less [this project's own number].
LONGEST = 60_000
Words = Mapping[str, tuple[str, str]]  # by language: the question and, of a choice, its answer


@dataclass(frozen=True, slots=True)
class Content:
    """The answers as they were typed, by linkId, and how the form called them, so that they stay readable."""

    answers: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)


def content_of(page: Questionnaire, raw: Mapping[str, str]) -> Content:
    """What is kept of what stands on a page: what is empty is not."""
    typed = {item.link_id: text for item in page.questions() if (text := raw.get(item.link_id, "").strip())}
    words = {
        item.link_id: {
            language: (item.text.language(language), _chosen(item, typed, language)) for language in ("zh", "en")
        }
        for item in page.questions()
        if item.link_id in typed
    }
    return Content(typed, words)


def _chosen(item: Item, typed: Mapping[str, str], language: str) -> str:
    options = [item.option(code) for code in typed[item.link_id].split(",")] if item.options else []
    return " · ".join(option.text.language(language) for option in options if option)


def as_text(content: Content) -> str:
    """The content as one text, to be sealed."""
    return json.dumps({"answers": dict(content.answers), "words": dict(content.words)}, ensure_ascii=False)


def from_text(text: str) -> Content:
    """Read what `as_text` wrote."""
    kept = json.loads(text)
    words = {
        link_id: {language: (both[0], both[1]) for language, both in by_language.items()}
        for link_id, by_language in kept["words"].items()
    }
    return Content(kept["answers"], words)


def is_too_long(raw: Mapping[str, str]) -> bool:
    """Tell whether this is more than any form can have."""
    return sum(map(len, raw.values())) > LONGEST


def not_asked(page: Questionnaire, content: Content, language: str) -> list[tuple[str, str]]:
    """The answers that have no place on the page, as question and answer: an earlier version of the form asked them."""
    items = {item.link_id: item for item in page.questions()}
    return list(_not_asked(items, content, "en" if language.lower().startswith("en") else "zh"))


def _not_asked(items: Mapping[str, Item], content: Content, language: str) -> Iterator[tuple[str, str]]:
    for link_id, typed in content.answers.items():
        item = items.get(link_id)
        is_shown = item is not None and (not item.options or all(map(item.option, typed.split(","))))
        if not is_shown:
            question, answer = content.words.get(link_id, {}).get(language, (link_id, ""))
            yield question, answer or typed


def overlap(form: str, other: str) -> bool:
    """Tell whether two pages ("hypertension+diabetes") share a form."""
    return not set(form.split("+")).isdisjoint(other.split("+"))
