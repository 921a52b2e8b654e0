"""The night's work on the database, for the commands that need it done."""

from datetime import date

from jinxiu.cli.output import progress


def evaluate_database(as_of: date | None = None) -> date:
    """Judge everybody and bring the due items up to date; returns the day it was done for (default: today)."""
    from jinxiu.people.clock import today
    from jinxiu.worklists.actions import refresh_everyone

    day = as_of or today()
    with progress("Working out what is due") as show:
        refresh_everyone(day, progress=show)
    return day
