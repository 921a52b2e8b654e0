"""Writes: somebody of the team was in touch about values from home."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Event
from jinxiu.familydoctor.homevalues import queries
from jinxiu.familydoctor.homevalues.kinds import ANSWERS
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import lock_kept, records_of
from jinxiu.worklists.actions import refresh_person

ANSWERED = define("home_value.answered", _("%(actor)s was in touch with %(person)s about values from home."))
SOURCE = "jinxiu.home.answer"


@transaction.atomic
def record_contact(*, viewer: Viewer, person_id: int, how: str, became: str, note: str, token: str) -> int:
    """Record a contact of today: it answers everything that waits, each with an event of its own.

    `how` is a mode of events, `became` and `how` are words of `wording`. The same `token` again changes nothing.
    Returns how many were answered; 0 where somebody else was quicker.
    """
    person_id = lock_kept(person_id).pk
    made = Event.objects.filter(source_system=SOURCE, person__in=records_of(person_id))
    if made.filter(source_id__startswith=f"{token}/").exists():
        return 0
    waiting = queries.open_of(person_id, viewer.today)
    for item in waiting:
        evidence.append_event(
            person_id=person_id,
            kind=ANSWERS[item.clause],
            happened_on=viewer.today,
            mode=how,
            observations={},
            recorded_by=viewer.staff_id,
            today=viewer.today,
            source_system=SOURCE,
            source_id=f"{token}/{item.id}",
            answers={"became": became, "note": note},
        )
    if waiting:
        audit.record(ANSWERED, actor=viewer.actor, person_id=person_id)
        refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
    return len(waiting)
