"""What changes on a form's page while somebody types: computed answers, and how much of each part is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

from jinxiu.evidence.questionnaires import Item, Questionnaire, Value, in_words, is_enabled, take_answers


def computed(page: Questionnaire, raw: Mapping[str, str], known: Mapping[str, Value]) -> dict[str, str]:
    """The computed answers in words, by linkId; empty where one that it needs is missing or refused."""
    values = take_answers(page, raw, known).values
    language = get_language() or ""
    return {
        item.link_id: in_words(item, values[item.link_id], language) if item.link_id in values else ""
        for item in page.questions()
        if item.calculation
    }


def answered(page: Questionnaire, raw: Mapping[str, str], known: Mapping[str, Value]) -> dict[str, str]:
    """How much of each part is answered, by linkId of the part: "2/5", of ticks only how many there are."""
    seen = {**known, **take_answers(page, raw, known).values}
    return {
        part.link_id: _answered([item for item in part.items if is_enabled(item, seen)], raw) for part in page.items
    }


def _answered(items: Iterable[Item], raw: Mapping[str, str]) -> str:
    asked = [item for item in items if not item.calculation and item.type not in ("group", "display")]
    questions = [item for item in asked if item.type != "boolean"]
    if questions:
        return f"{sum(1 for item in questions if raw.get(item.link_id, '').strip())}/{len(questions)}"
    ticked = sum(1 for item in asked if raw.get(item.link_id, "") not in ("", "0", "false"))
    return str(ticked) if ticked else ""
