"""Calendar arithmetic that every engine does alike: months after a day, and dates that stand in a text."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

FIRST_DAY = date(1900, 1, 1)  # of the facts contract; who is in "since ever" is in since then
LAST_DAY = date(2200, 12, 31)
# The days about which months differ: the ends and the beginnings of all months of four years, a leap year among them.
DIFFICULT_DAYS = tuple(
    date(year, month, day)
    for year in range(2023, 2027)
    for month in range(1, 13)
    for day in sorted({1, 28, *range(29, monthrange(year, month)[1] + 1)})
)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def months_after(day: date, months: int) -> date:
    """The same day so many months later (a negative number: earlier), or that month's last day where it has none such:
    31 January and one month is 28 or 29 February, 29 February and twelve months is 28 February."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def offset_day(day: date, months: int, days: int) -> date:
    """First the months, then the days."""
    return months_after(day, months) + timedelta(days=days)


def date_in(text: str | None) -> date | None:
    """The date that a text is, as YYYY-MM-DD from 1900 to 2200; None for any other text."""
    if text is None or not _ISO_DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
