"""What is seen on a board leaves a line in the trail: it lists people for whom nothing is to do, too. And calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.questionnaires import Questionnaire, Value, answers_as_json
from jinxiu.familydoctor.followups import queries as followups
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import lock_kept
from jinxiu.worklists.actions import refresh_person

LISTED = define("group.people_listed", _("%(actor)s saw %(rows)s people of the group %(standard)s."))


@transaction.atomic
def note_people(*, viewer: Viewer, standard: str, people: Sequence[int]) -> None:
    """Write down whom somebody saw on a board."""
    detail = {"standard": standard, "rows": len(people), "people": [*people]}
    audit.record(LISTED, actor=viewer.actor, detail=detail)


@transaction.atomic
def record_call(
    *, viewer: Viewer, person_id: int, form: Questionnaire, values: Mapping[str, Value], token: str
) -> None:
    """Record a call of today and what became of it, by the form of calls; the same `token` again changes nothing.

    Raises EvidenceError where the person has died meanwhile.
    """
    person_id = lock_kept(person_id).pk  # the record may have been merged since the page was opened
    if followups.events_of_token(person_id, token):
        return
    evidence.append_event(
        person_id=person_id,
        kind=form.event,
        happened_on=viewer.today,
        mode=str(values["mode"]),
        observations={},
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
        today=viewer.today,
        source_system=followups.SOURCE,
        source_id=followups.source_id(token, person_id, form.id),
        form_id=form.id,
        form_version=form.version,
        answers=answers_as_json(form, values),
    )
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
