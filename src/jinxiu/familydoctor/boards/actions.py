"""What leaves a board leaves a line in the trail: seen, printed, exported. And calls, which stand in the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.documents.excel import marked_workbook
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.questionnaires import Questionnaire, Value, answers_as_json
from jinxiu.familydoctor.boards.queries import Group, Wanted
from jinxiu.familydoctor.followups import queries as followups
from jinxiu.people.access import PHONE_CALL, Viewer, require
from jinxiu.people.matching.queries import lock_kept
from jinxiu.people.roles import EXPORT_RECORDS
from jinxiu.worklists.actions import refresh_person

PRINTED = define("group.calls_printed", _("%(actor)s printed a call list of the group %(standard)s: %(rows)s people."))
PHONE_PRINTED = define(
    "group.phone_printed", _("%(actor)s printed %(person)s on a call list, with the phone number (%(purpose)s).")
)
EXPORTED = define(
    "group.exported", _("%(actor)s exported %(rows)s people of the group %(standard)s; the reason: %(reason)s.")
)
LISTED = define("group.people_listed", _("%(actor)s saw %(rows)s people of the group %(standard)s."))


@transaction.atomic
def note_people(*, viewer: Viewer, standard: str, people: Sequence[int]) -> None:
    """Write down whom somebody saw on a board."""
    detail = {"standard": standard, "rows": len(people), "people": [*people]}
    audit.record(LISTED, actor=viewer.actor, detail=detail)


@transaction.atomic
def note_printed(*, viewer: Viewer, standard: str, people: Sequence[int]) -> None:
    """Write down that somebody printed a call list, and for each person that the phone number stands on it."""
    audit.record(PRINTED, actor=viewer.actor, detail={"standard": standard, "rows": len(people)})
    for person_id in people:
        audit.record(PHONE_PRINTED, actor=viewer.actor, person_id=person_id, purpose=PHONE_CALL)


@transaction.atomic
def export(*, group: Group, wanted: Wanted, table: Sequence[Sequence[str]], reason: str) -> bytes:
    """People of a board (the first row are the heads) as an Excel file, marked with who made it, when and why.

    Raises PermissionDenied.
    """
    viewer, (heads, *rows) = group.viewer, table
    require(viewer, EXPORT_RECORDS)
    asked = {"status": wanted.status, "gap": wanted.gap, "team": group.scope.team_id, "place": group.scope.place}
    detail = {"standard": group.board.standard.id, "rows": len(rows), "reason": reason, **asked}
    audit.record(EXPORTED, actor=viewer.actor, detail=detail)
    mark = gettext("Exported by %(name)s on %(day)s for: %(reason)s. Confidential; pass it on to nobody else.")
    mark %= {"name": viewer.name, "day": viewer.today.isoformat(), "reason": reason}
    return marked_workbook(gettext("Export"), heads, rows, mark)


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
