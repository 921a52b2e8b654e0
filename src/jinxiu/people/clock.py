"""The business day: what "today" means in a health centre in China, also while it is past midnight somewhere else."""

import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

SHANGHAI = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day in Asia/Shanghai; JINXIU_TODAY (YYYY-MM-DD) pins it for demonstrations and tests."""
    return _pinned() or _real_now().date()


def now() -> datetime:
    """This instant, aware; on the pinned day, at the real time of day, where the day is pinned."""
    real, pinned = _real_now(), _pinned()
    return real if pinned is None else datetime.combine(pinned, real.timetz())


def true_now() -> datetime:
    """This instant, aware, also where the day is pinned: what the trail and its anchors go by."""
    return _real_now()


def start_of(day: date) -> datetime:
    """The first instant of a business day, aware."""
    return datetime.combine(day, datetime.min.time(), tzinfo=SHANGHAI)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _real_now() -> datetime:
    return datetime.now(SHANGHAI)


def _pinned() -> date | None:
    text = os.environ.get("JINXIU_TODAY", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ImproperlyConfigured(f"JINXIU_TODAY is {text!r}; write a day as YYYY-MM-DD.") from error
