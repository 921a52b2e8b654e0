"""What holds of the last day of somebody who leaves."""

from collections.abc import Iterable
from datetime import date, timedelta

DAY = timedelta(days=1)
FARTHEST = timedelta(days=366)


def why_not(last_day: date, today: date, begun: Iterable[date]) -> str:
    """What is wrong with a last day ("far", "before"); `begun` are the first days of the roles that have begun."""
    if abs(last_day - today) > FARTHEST:
        return "far"
    return "before" if any(start_on > last_day for start_on in begun) else ""


def begins(last_day: date, today: date) -> date:
    """From which day somebody takes over: the next one, and never a day that is over."""
    return max(last_day + DAY, today)


def may_be_taken_back(last_day: date, today: date) -> bool:
    """Until the last day has come: by then the account may be closed and colleagues have taken over."""
    return today < last_day
