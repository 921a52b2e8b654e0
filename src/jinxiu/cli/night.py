"""The night's work on the database, for the commands that need it done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jinxiu.cli.environment import say
from jinxiu.cli.output import progress

if TYPE_CHECKING:
    from jinxiu.standards.facts import Facts
    from jinxiu.worklists.models import EvaluationRun

_PATIENCE = 5.0  # seconds to wait for those who are writing a line of the trail just now


def evaluate_database(as_of: date | None = None) -> date:
    """Judge everybody, bring the due items up to date, and from the same facts the indicators; returns the day it was
    done for (default: today). Indicators that cannot be worked out take nothing back: it is said, and logged."""
    from jinxiu.evidence.facts import snapshot
    from jinxiu.people.clock import today, true_now
    from jinxiu.worklists.actions import refresh_everyone

    day = as_of or today()
    with progress("Working out what is due") as show:
        show("Reading what is known of everybody", 0.0)
        moment = snapshot(day)
        run = refresh_everyone(day, progress=show, moment=moment)
    _store_indicators(day, moment.facts, run)
    keep_anchor(true_now().date())  # the true day, whatever day was judged
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


def keep_anchor(day: date) -> None:
    """Keep the trail's last fingerprint outside of the database; that it cannot be kept does not undo the night."""
    from django.conf import settings

    from jinxiu.audit import actions, anchors, queries

    actions.close_blocks(wait=_PATIENCE)
    last = queries.last_block()
    if last is None:
        return
    try:
        anchors.keep(settings.JINXIU_ANCHORS, last, day)
    except OSError as error:
        say(
            f"The trail's anchor could not be kept in {settings.JINXIU_ANCHORS} ({error.strerror}); see JINXIU_ANCHORS."
        )
