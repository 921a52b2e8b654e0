"""What of the rows of a person's record holds and lies outside of the special shelter. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinxiu.evidence.actions import WITHDRAWN
from jinxiu.evidence.sheltered import Sheltered

Row = dict[str, Any]
Rows = dict[str, list[Row]]
# What record and bundle are made of; tables that nobody has looked at are left out with what is sheltered.
_KNOWN = ("person", "identifier", "contactpoint", "teammembership")


def outside(tables: Rows, hidden: Sheltered) -> Rows:
    """The tables of record and bundle without sheltered programmes, events and readings, nor what corrects one; of the
    rest what holds: a mistake that was withdrawn may be somebody else's."""
    events = tables.get("event", [])
    holding = _holding(_without(events, lambda row: row["kind"] in hidden.events))
    kept = [row for row in holding if row["kind"] != WITHDRAWN]
    gone = {row["id"] for row in events} - {row["id"] for row in kept}
    return {
        **{name: tables.get(name, []) for name in _KNOWN},
        "enrolment": _holding(_without(tables.get("enrolment", []), lambda row: row["kind"] in hidden.enrolments)),
        "event": kept,
        "observation": _holding(
            _without(
                tables.get("observation", []), lambda row: row["code"] in hidden.observations or row["event_id"] in gone
            )
        ),
    }


def _holding(rows: list[Row]) -> list[Row]:
    """The rows that nothing corrects."""
    corrected = {row["supersedes_id"] for row in rows}
    return [row for row in rows if row["id"] not in corrected]


def _without(rows: Iterable[Row], is_hidden: Callable[[Row], bool]) -> list[Row]:
    """The rows that are not hidden and correct none that is; what corrects comes after what it corrects."""
    gone, kept = set[int](), []
    for row in sorted(rows, key=lambda row: row["id"]):
        if is_hidden(row) or row["supersedes_id"] in gone:
            gone.add(row["id"])
        else:
            kept.append(row)
    return kept
