"""What the engine says of one person and one clause on one day, and the exact bytes in which it says it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# (column, type, may be empty): the shape of every table of verdicts. Types: text, date, int32.
VERDICT_COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("person_id", "text", False),
    ("standard", "text", False),
    ("version", "text", False),
    ("clause", "text", False),
    ("cycle", "text", False),
    ("status", "text", False),
    ("opens_on", "date", False),
    ("due_on", "date", False),
    ("closes_on", "date", True),
    ("classification", "text", True),
    ("action", "text", False),
    ("urgency", "int32", False),
    ("reason_code", "text", False),
    ("reason_args", "text", False),
    ("facts_used", "text", False),
)
STATUSES = ("upcoming", "due", "overdue", "missed", "kept", "waived")

Argument = int | float | str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the verdict columns; `reason_args` has exactly the placeholders of the reason's sentences."""

    person_id: str
    standard: str
    version: str
    clause: str
    cycle: str
    status: str
    opens_on: date
    due_on: date
    closes_on: date | None
    classification: str | None
    action: str
    urgency: int
    reason_code: str
    reason_args: Mapping[str, Argument]
    facts_used: tuple[str, ...]

    def as_row(self) -> dict[str, object]:
        """The columns with both JSON columns as text, the same bytes in both executors."""
        row: dict[str, object] = {name: getattr(self, name) for name, _, _ in VERDICT_COLUMNS}
        return row | {"reason_args": arguments_json(self.reason_args), "facts_used": ids_json(self.facts_used)}


def status_by_dates(opens_on: date, due_on: date, closes_on: date | None, day: date) -> str:
    """upcoming before opens_on <= due <= due_on < overdue <= closes_on < missed; no closes_on: overdue for ever."""
    if day < opens_on:
        return "upcoming"
    if day <= due_on:
        return "due"
    return "overdue" if closes_on is None or day <= closes_on else "missed"


def plain(value: float | None) -> int | float | None:
    """A whole number as an int, any other as it is: what `reason_args` holds."""
    return int(value) if value is not None and value == int(value) else value


def number_text(value: float) -> str:
    """A whole number without a point, any other as the shortest decimal that reads back the same, never with an e."""
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(float(value))), "f")


def arguments_json(arguments: Mapping[str, Argument]) -> str:
    """A compact JSON object, keys in code-point order."""
    members = (f"{_text_json(key)}:{_argument_json(arguments[key])}" for key in sorted(arguments))
    return "{" + ",".join(members) + "}"


def ids_json(ids: Sequence[str]) -> str:
    """A compact JSON list of texts."""
    return "[" + ",".join(_text_json(one) for one in ids) + "]"


def _argument_json(value: Argument) -> str:
    if value is None:
        return "null"
    return _text_json(value) if isinstance(value, str) else number_text(value)


def _text_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
