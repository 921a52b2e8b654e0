"""What was typed into the worklist's search, and where a page begins. Pure, no Django."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_KEY = re.compile(r"([0-3])_(\d{4}-\d{2}-\d{2})_(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Key:
    """The place of a person on the list: most urgent first, then longest waiting, then by number."""

    urgency: int
    due_on: date
    person_id: int

    def __str__(self) -> str:
        return f"{self.urgency}_{self.due_on.isoformat()}_{self.person_id}"

    @classmethod
    def read(cls, text: str) -> Key | None:
        """The key in an address; None for anything that is none, so that a mangled link shows the first page."""
        parts = _KEY.fullmatch(text)
        try:
            return cls(int(parts[1]), date.fromisoformat(parts[2]), int(parts[3])) if parts else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """What a typed text may mean: four last digits, or else part of a name and perhaps its pinyin or initials."""

    name: str
    letters: str = ""
    last4: str = ""


def read_search_term(text: str) -> SearchTerm | None:
    """Take a typed text as part of a name, as pinyin or initials, as four last digits; None for nothing."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    together = re.sub(r"[\s'’·-]+", "", plain)
    return SearchTerm(
        name=plain,
        letters=together.lower() if together.isascii() and together.isalnum() else "",
        last4=together.upper() if re.fullmatch(r"\d{3}[\dXx]", together, re.ASCII) else "",
    )
