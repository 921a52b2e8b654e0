"""The actions and purposes of the trail, and the sentence that each entry becomes for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Action:
    """A kind of entry: its stable code, and its sentence.

    Placeholders: %(actor)s, %(person)s, %(purpose)s and the keys of `detail`. `words` are those keys whose values are
    codes, with the words of each code.
    """

    code: str
    sentence: str | Promise
    words: Mapping[str, Mapping[str, str | Promise]] = field(default_factory=dict)


_actions: dict[str, Action] = {}


def define(
    code: str, sentence: str | Promise, *, words: Mapping[str, Mapping[str, str | Promise]] | None = None
) -> Action:
    """Name an action, once, beside the code that does it. Raises ValueError when the code is taken."""
    if code in _actions:
        raise ValueError(f"The audit action {code} is defined twice.")
    _actions[code] = Action(code, sentence, words or {})
    return _actions[code]


_purposes: dict[str, str | Promise] = {}


def define_purpose(code: str, words: str | Promise) -> str:
    """Name a purpose for which records are opened, as a reader should see it; returns the code."""
    _purposes[code] = words
    return code


class _Parts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(code: str, parts: dict[str, Any]) -> str:
    """Render an entry for a reader in the active language; an unknown code (an older version's) stands for itself."""
    action = _actions.get(code)
    if action is None:
        return code
    words = {"purpose": _purposes, **action.words}
    named = {name: words[name].get(value, value) if name in words else value for name, value in parts.items()}
    return str(action.sentence) % _Parts(named)


def known_actions() -> dict[str, str]:
    """Every action by code with its sentence in the active language, open places as dots."""
    return {code: sentence(code, {}) for code in sorted(_actions)}


def known_purposes() -> dict[str, str]:
    """Every purpose by code in words of the active language."""
    return {code: str(words) for code, words in sorted(_purposes.items())}


def purpose_words(code: str) -> str:
    """A purpose as a reader should see it; an unknown code stands for itself."""
    return str(_purposes.get(code, code))
