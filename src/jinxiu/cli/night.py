"""The night's work on the database, for the commands that need it done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jinxiu.cli.environment import say
from jinxiu.cli.output import progress

if TYPE_CHECKING:
    from jinxiu.standards.facts import Facts
    from jinxiu.worklists.models import EvaluationRun


def evaluate_database(as_of: date | None = None) -> date:
    """Judge everybody, bring the due items up to date, and from the same facts the indicators; returns the day it was
    done for (default: today). Indicators that cannot be worked out take nothing back: it is said, and logged."""
    from jinxiu.evidence.facts import snapshot
    from jinxiu.people.clock import today
    from jinxiu.worklists.actions import refresh_everyone

    day = as_of or today()
    with progress("Working out what is due") as show:
        show("Reading what is known of everybody", 0.0)
        moment = snapshot(day)
        run = refresh_everyone(day, progress=show, moment=moment)
    _store_indicators(day, moment.facts, run)
    return day


def _store_indicators(day: date, known: Facts, run: EvaluationRun) -> None:
    import logging

    from jinxiu.indicators.actions import refresh
    from jinxiu.indicators.rules import months_to_store

    try:
        with progress("Working out the indicators") as show:
            for month in months_to_store(day):
                facts_of_month = known if month == day.replace(day=1) else None
                refresh(month=month, today=day, known=facts_of_month, run=run, progress=show)
    except Exception:
        logging.getLogger(__name__).exception("The indicators were not worked out.")
        say("The indicators could not be worked out; what is due stands, and the stored figures stay as they were.")
