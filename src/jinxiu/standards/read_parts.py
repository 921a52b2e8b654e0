"""The small parts of a standard's file: names, dates, texts with placeholders, outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from yaml.nodes import Node, ScalarNode

from jinxiu.standards.codes import Codes
from jinxiu.standards.days import FIRST_DAY, LAST_DAY
from jinxiu.standards.model import LANGUAGES, URGENCIES, Outcome, Text, placeholders
from jinxiu.standards.positions import Reader, is_quoted, one_of

NAME = re.compile(r"[a-z][a-z0-9_]*")
OUTCOME = ("reason", "section", "say")
_LONGEST_DAYS = 1000


class PartReader:
    """Reads what every part of a standard is made of; a part that is wrong is left out and noted."""

    def __init__(self, reader: Reader, codes: Codes) -> None:
        self.reader = reader
        self.mistakes = reader.mistakes
        self.codes = codes
        self.reasons: dict[str, int] = {}

    def name(self, node: Node | None, place: str) -> str | None:
        """A name of ours: small letters, digits and underscores."""
        value = self.reader.text(node, place)
        if value is None or node is None or NAME.fullmatch(value):
            return value
        self.mistakes.add(node, place, repr(value), "small letters, digits and _, such as yearly_exam")
        return None

    def quoted(self, node: Node | None, place: str) -> str | None:
        """A text in quotes, so that YAML does not turn 2017.10 into 2017.1."""
        if isinstance(node, ScalarNode) and node.value.strip() and not is_quoted(node):
            self.mistakes.add(node, place, f"{node.value} without quotes", f'the same in quotes: "{node.value}"')
            return None
        return self.reader.text(node, place)

    def day(self, node: Node | None, place: str) -> date | None:
        """A date in quotes, YYYY-MM-DD, from 1900 to 2200."""
        value = self.quoted(node, place)
        if value is None or node is None:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or len(value) != 10 or not FIRST_DAY <= day <= LAST_DAY:
            self.mistakes.add(node, place, repr(value), 'a date from 1900 to 2200 as "YYYY-MM-DD"')
            return None
        return day

    def text(self, node: Node | None, place: str, allowed: Iterable[str] | None = None) -> Text | None:
        """The same words in all languages; `allowed`: the placeholders that they may use (None: no template)."""
        keys = self.reader.keys(node, place, LANGUAGES)
        words = {language: self.reader.text(keys.get(language), f"{place}.{language}") for language in LANGUAGES}
        if allowed is not None:
            for language, template in words.items():
                if template is not None:
                    self.check_template(keys[language], f"{place}.{language}", template, allowed)
        zh, en = words["zh"], words["en"]
        return Text(zh, en) if zh and en else None

    def check_template(self, node: Node, place: str, template: str, allowed: Iterable[str]) -> None:
        """Unknown placeholders; braces or brackets that do not close."""
        allowed = tuple(allowed)
        for name in placeholders(template):
            if name not in allowed:
                self.mistakes.add(node, place, f"{{{name}}}", one_of(name, allowed))
        marks = "".join(mark for mark in template if mark in "{}[]")
        if not re.fullmatch(r"(\{\}|\[(\{\})+\])*", marks):
            self.mistakes.add(node, place, f"the marks {marks}", "{name}, and [a part with a {name} in it]")

    def outcome(self, keys: Mapping[str, Node], place: str, allowed: Iterable[str]) -> Outcome | None:
        """Reason, section and sentence; a reason code means one thing within a clause."""
        reason = self.name(keys.get("reason"), f"{place}.reason")
        section = self.reader.text(keys.get("section"), f"{place}.section")
        say = self.text(keys.get("say"), f"{place}.say", allowed)
        if reason is not None:
            self.check_reason(keys["reason"], place, reason)
        return Outcome(reason, section, say) if reason and section and say else None

    def check_reason(self, node: Node, place: str, reason: str) -> None:
        # Cases, decided_by and never_seen answer for the same clause; each per-year clause has its own reasons.
        of_the_contact = place.startswith(("cases", "decided_by")) or place.endswith("never_seen")
        scope = "" if of_the_contact else place.rsplit(".", 1)[0]
        key = f"{scope}/{reason}"
        if key in self.reasons:
            self.mistakes.add(
                node, place, f"reason {reason} a second time", f"another one than on line {self.reasons[key]}"
            )
        self.reasons.setdefault(key, node.start_mark.line + 1)

    def action(self, keys: Mapping[str, Node], place: str) -> str | None:
        return self.reader.word(keys.get("action"), f"{place}.action", self.codes.actions)

    def days(self, keys: Mapping[str, Node], name: str, place: str, low: int = 1) -> int | None:
        return self.reader.whole(keys.get(name), f"{place}.{name}", low, _LONGEST_DAYS)

    def urgency(self, keys: Mapping[str, Node], place: str) -> int | None:
        """0 to 3; 0 where nothing is said."""
        if "urgency" not in keys:
            return 0
        return self.reader.whole(keys["urgency"], f"{place}.urgency", URGENCIES[0], URGENCIES[-1])
