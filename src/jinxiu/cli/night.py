"""The night's work on the database, for the commands that need it done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from jinxiu.cli.environment import say
from jinxiu.cli.output import progress

if TYPE_CHECKING:
    from jinxiu.worklists.models import EvaluationRun

_PATIENCE = 5.0  # seconds to wait for those who are writing a line of the trail just now


def evaluate_database(as_of: date | None = None, everybody: bool = False) -> date:
    """Judge who was touched since the last time (or everybody), bring the due items up to date, and from everybody's
    facts the indicators; returns the day it was done for (default: today). Indicators that cannot be worked out take
    nothing back: it is said, and logged."""
    from jinxiu.familydoctor.drafts.actions import forget
    from jinxiu.people.clock import today, true_now
    from jinxiu.worklists.actions import refresh_everyone

    day = as_of or today()
    _advance_agreements(day)
    with progress("Working out what is due") as show:
        run = refresh_everyone(day, progress=show, everybody=everybody)
    say(_whom(run))
    _store_indicators(day, run)
    _count_for_managers(day)
    forget()
    keep_anchor(true_now().date())  # the true day, whatever day was judged
    return day


def _advance_agreements(day: date) -> None:
    """Agreements that end or begin, before what is due is worked out from their enrolments."""
    from jinxiu.agreements.actions import advance

    done = advance(today=day)
    if done.over or done.begun or done.moved or done.adopted:
        say(f"Agreements: {done.over:,} over, {done.begun:,} begun, {done.moved:,} to other teams.")
    for agreement_id, why in done.failed.items():
        say(f"Agreement {agreement_id} could not begin: {why}")


def _whom(run: EvaluationRun) -> str:
    """Who was judged and why, and what came of it."""
    from jinxiu.worklists.changes.rules import REASONS

    people, touched = run.counts["people"], run.counts["touched"]
    who = f"all {people:,} people ({REASONS[run.everybody]})" if run.everybody else f"{touched:,} of {people:,} people"
    changes = ", ".join(f"{run.counts[name]:,} {name}" for name in ("opened", "changed", "closed"))
    return f"Judged {who}: {changes}; {run.counts['open']:,} are open."


def _store_indicators(day: date, run: EvaluationRun) -> None:
    import logging

    from jinxiu.indicators.actions import refresh
    from jinxiu.indicators.rules import months_to_store

    try:
        with progress("Working out the indicators") as show:
            for month in months_to_store(day):
                refresh(month=month, today=day, run=run, progress=show)
    except Exception:
        logging.getLogger(__name__).exception("The indicators were not worked out.")
        say("The indicators could not be worked out; what is due stands, and the stored figures stay as they were.")


def _count_for_managers(day: date) -> None:
    """Who is signed and what was kept of what is promised, for the manager's page."""
    import logging

    from jinxiu.familydoctor.managing.actions import count

    try:
        with progress("Counting agreements for the managers"):
            count(today=day)
    except Exception:
        logging.getLogger(__name__).exception("The manager's page was not counted.")
        say("The manager's page could not be counted; its numbers stay those of the night before.")


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
