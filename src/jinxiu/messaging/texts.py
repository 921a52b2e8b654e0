"""What messages say: each text is defined once, beside the code that sends it, with a version.

A text for a phone's lock screen names no condition, no value and no document number; a test reads all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.messaging.rules import CODE, KINDS


@dataclass(frozen=True)
class Text:
    """A message as a template: `words` has places like %(code)s. `label` is what the log calls it."""

    key: str
    version: int
    kind: str
    label: Promise
    words: Promise


_texts: dict[str, Text] = {}


def define(text: Text) -> Text:
    """Make a text known. Raises ValueError for a key that is taken, or a kind that is none."""
    if text.key in _texts or text.kind not in KINDS:
        raise ValueError(f"The text {text.key} is defined twice or of no kind.")
    _texts[text.key] = text
    return text


def known() -> Mapping[str, Text]:
    """Every text by key."""
    return _texts


def label_of(key: str) -> str:
    """What the log calls a message; a text that this version does not have stands for itself."""
    return str(_texts[key].label) if key in _texts else key


def render(key: str, arguments: Mapping[str, object], language: str) -> str:
    """The message in words of a language. Raises KeyError for a text or an argument that is missing."""
    with translation.override(language):
        return str(_texts[key].words) % arguments


EMAIL_CODE = define(
    Text(
        key="messaging.email_code",
        version=1,
        kind=CODE,
        label=_("code for an e-mail address"),
        words=_("Jinxiu: the code for this e-mail address is %(code)s. It works for 15 minutes. Not you? Do nothing."),
    )
)
