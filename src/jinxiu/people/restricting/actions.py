"""Writes: a restriction of use begins, and ends."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.correcting.actions import locked
from jinxiu.people.models import Restriction
from jinxiu.people.restricting.queries import restriction_of

RESTRICTED = define(
    "person.restricted", _("%(actor)s restricted the use of the data of %(person)s (%(kind)s; %(reason)s).")
)
ENDED = define("person.restriction_ended", _("%(actor)s ended the restriction of use for %(person)s."))


@transaction.atomic
def restrict(
    *,
    person_id: int,
    kind: str,
    reason: str,
    asked_by: str,
    words: str,
    until_on: date | None,
    staff_id: int | None,
    today: date,
    actor: Actor,
) -> Restriction:
    """Restrict the use of a person's data from now on, until a last day or until it is ended. Raises PeopleError."""
    locked(person_id)
    if restriction_of(person_id, today):
        raise PeopleError(_("The use of this person's data is restricted already; end that first, then restrict anew."))
    # One whose last day has passed ended by itself; its row says so only now.
    Restriction.objects.filter(person=person_id, end_at__isnull=True).update(end_at=clock.now())
    row = Restriction.objects.create(
        person_id=person_id,
        kind=kind,
        reason=reason,
        asked_by=asked_by,
        words=words,
        start_at=clock.now(),
        until_on=until_on,
        made_by_id=staff_id,
    )
    audit.record(RESTRICTED, actor=actor, person_id=person_id, detail={"kind": kind, "reason": reason, "id": row.pk})
    return row


@transaction.atomic
def end_restriction(*, person_id: int, words: str, staff_id: int | None, today: date, actor: Actor) -> Restriction:
    """End the restriction that holds for the person, now. Raises PeopleError where none does."""
    locked(person_id)
    row = restriction_of(person_id, today)
    if row is None:
        raise PeopleError(_("The use of this person's data is not restricted any more."))
    row.end_at, row.ended_by_id, row.ended_words = clock.now(), staff_id, words
    row.save(update_fields=["end_at", "ended_by", "ended_words"])
    audit.record(ENDED, actor=actor, person_id=person_id, detail={"id": row.pk})
    return row
