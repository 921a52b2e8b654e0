"""Templates, numbers and dates as people read them, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from jinxiu.standards.codes import Code, Codes
from jinxiu.standards.model import Text, placeholders
from jinxiu.standards.verdict import Argument, number_text

ABSENT = "—"
YES_NO = {1: Text("有", "yes"), 0: Text("无", "no")}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_OPTIONAL_PART = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{([^{}]*)\}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def fill(text: Text, arguments: Mapping[str, Argument], language: str, today: date | None = None) -> str:
    """A template with its values: parts in [brackets] only when all their values are there, dates in words."""

    def keep(part: re.Match[str]) -> str:
        names = placeholders(part[1])
        return "" if any(arguments.get(name) is None for name in names) else part[1]

    template = _OPTIONAL_PART.sub(keep, text.language(language))
    return _NAME.sub(lambda name: value_text(arguments.get(name[1]), language, today), template).strip()


def value_text(value: Argument, language: str, today: date | None = None) -> str:
    """One argument of a sentence: a number, a date in words, or a dash when it is absent."""
    if value is None:
        return ABSENT
    if isinstance(value, str):
        return date_text(date.fromisoformat(value), language, today) if _DATE.fullmatch(value) else value
    return number_text(value)


def date_text(day: date, language: str, today: date | None = None) -> str:
    """12 November 2026, or 2026年11月12日; in Chinese without the year when it is today's year."""
    if language.lower().startswith("en"):
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    year = "" if today is not None and today.year == day.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def reading_text(codes: Codes, code: str, value: float | None, language: str) -> str:
    """A reading with its name and unit, such as "Systolic pressure 150 mmHg"; a flag as yes or no."""
    known = codes.observations.get(code)
    if known is None:
        return f"{code} {value_text(value, language)}"
    return f"{known.title.language(language)} {_measured(codes, known, value, language)}"


def _measured(codes: Codes, code: Code, value: float | None, language: str) -> str:
    if value is None:
        return ABSENT
    if code.is_flag and value in YES_NO:
        return YES_NO[int(value)].language(language)
    return f"{number_text(value)} {codes.name('units', code.unit, language)}"
