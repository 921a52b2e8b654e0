"""Typed access to one FHIR resource: each element is what it must be, or the error says what was found instead."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

import orjson

EARLIEST, LATEST = "1900-01-01", "2199-12-31"
"""Days outside are slips of the pen (the year 0202); the facts contract refuses them too."""
_WIDEST_OFFSET = timedelta(hours=14)
_DAY_LIKE = "a day such as 2019-06-30"
_INSTANT_LIKE = "a day such as 2019-06-30, or an instant with its offset such as 2019-06-30T08:15:00+08:00"
# Python reads more of ISO 8601 (weeks, no colons, commas) than FHIR allows and PostgreSQL understands.
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?!\d)[^,]*$", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(-\d{2})?", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(
    r"(?:https?://\S*/)?([A-Z][A-Za-z]{1,39})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_LONGEST_SHOWN = 60

Resource = dict[str, Any]


class ResourceError(Exception):
    """A line cannot be used: the element, what was found there and what is allowed."""

    def __init__(self, element: str, found: str, allowed: str) -> None:
        self.element, self.found, self.allowed = element, found, allowed
        super().__init__(f"{element}: found {found}; allowed: {allowed}")


def shown(value: object) -> str:
    """Return a value as it would stand in the file, cut to a length that fits a sentence."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def text(resource: Resource, name: str) -> str:
    """Return a string element, empty when it is absent."""
    value = resource.get(name)
    if value is None:
        return ""
    if type(value) is not str or "\x00" in value:
        raise ResourceError(name, shown(value), "a string without control characters")
    return value


def one(resource: Resource, name: str) -> Resource:
    """Return an object element, an empty one when it is absent."""
    value = resource.get(name)
    if value is None:
        return {}
    if type(value) is not dict:
        raise ResourceError(name, shown(value), "one object in braces")
    return value


def many(resource: Resource, name: str) -> list[Resource]:
    """Return a list of objects, empty when the element is absent."""
    value = resource.get(name)
    if value is None:
        return []
    if type(value) is not list or any(type(item) is not dict for item in value):
        raise ResourceError(name, shown(value), "a list of objects in brackets")
    return value


def flag(resource: Resource, name: str) -> bool | None:
    """Return a boolean element, None when it is absent."""
    value = resource.get(name)
    if value is not None and type(value) is not bool:
        raise ResourceError(name, shown(value), "true or false")
    return value


def number(resource: Resource, name: str) -> float | None:
    """Return a decimal element as a finite float, None when it is absent."""
    value = resource.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not isfinite(value) or abs(value) >= 1e12:
        raise ResourceError(name, shown(value), "a number below a million million, without quotes")
    return float(value)


def identity(resource: Resource) -> str:
    """Return the resource's own id."""
    value = resource.get("id")
    if type(value) is not str or not _ID.fullmatch(value):
        raise ResourceError("id", shown(value), "1 to 64 letters, digits, hyphens and points")
    return value


def codings(concept: Resource) -> list[tuple[str, str, str]]:
    """Return (system, code, display) of every coding of a CodeableConcept."""
    return [(text(c, "system"), text(c, "code"), text(c, "display")) for c in many(concept, "coding")]


def wording(concept: Resource) -> str:
    """Return what a CodeableConcept says in words: its text, else the first display, else the first code."""
    words = text(concept, "text")
    if words:
        return words
    every = codings(concept)
    return next((display for _, _, display in every if display), next((code for _, code, _ in every if code), ""))


def reference(resource: Resource, name: str) -> tuple[str, str]:
    """Return (type, id) that a Reference element points to, ("", "") when it is absent or only describes somebody.

    Taken: `Type/id`, the same behind a server's address, with or without a version. Others (a query, a contained
    resource) name nobody that could be looked up in the files.
    """
    target = text(one(resource, name), "reference")
    if not target:
        return "", ""
    match = _REFERENCE.fullmatch(target)
    if not match:
        raise ResourceError(f"{name}.reference", shown(target), "Type/id, such as Patient/123")
    return match[1], match[2]


def day(resource: Resource, name: str) -> str:
    """Return the ISO day of a date or dateTime element, empty when absent or when less than a day is said.

    An instant counts on the day that stands written in it, in the source's own offset: that is the calendar day of
    those who were there. What is not a FHIR date, or lies outside 1900 to 2199, is an error.
    """
    value = resource.get(name)
    if value is None:
        return ""
    if type(value) is not str:
        raise ResourceError(name, shown(value), _INSTANT_LIKE)
    if len(value) == 10:
        return _checked_day(name, value)
    if len(value) > 10:
        return instant(resource, name)[:10]
    if not _PARTIAL.fullmatch(value):
        raise ResourceError(name, shown(value), _INSTANT_LIKE)
    _checked_day(name, value + "-01-01"[len(value) - 4 :])
    return ""


def instant(resource: Resource, name: str) -> str:
    """Return a dateTime element with time and offset as it is written; empty when absent or when it has no time."""
    value = resource.get(name)
    if value is None or (type(value) is str and len(value) <= 10):
        return ""
    if type(value) is not str:
        raise ResourceError(name, shown(value), _INSTANT_LIKE)
    try:
        offset = datetime.fromisoformat(value).utcoffset()
    except ValueError:
        raise ResourceError(name, shown(value), _INSTANT_LIKE) from None
    if offset is None or abs(offset) > _WIDEST_OFFSET or not _CLOCK.match(value):
        raise ResourceError(name, shown(value), _INSTANT_LIKE)
    _checked_day(name, value[:10])
    return value


def span(resource: Resource, name: str) -> tuple[str, str]:
    """Return the first and last day of a date that may say only a year or a month; ("", "") when it is absent."""
    exact = day(resource, name)
    if exact or resource.get(name) is None:
        return exact, exact
    value = resource[name]
    if len(value) == 4:
        return f"{value}-01-01", f"{value}-12-31"
    year, month = int(value[:4]), int(value[5:])
    after = date(year + month // 12, month % 12 + 1, 1)
    return f"{value}-01", (after - timedelta(days=1)).isoformat()


def _checked_day(name: str, value: str) -> str:
    """Return the day when it is one and lies in the years that this software knows."""
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(value)
        date.fromisoformat(value)
    except ValueError:
        raise ResourceError(name, shown(value), _DAY_LIKE) from None
    if not EARLIEST <= value <= LATEST:
        raise ResourceError(name, shown(value), f"a day from {EARLIEST} to {LATEST}")
    return value
