"""Writes of emergency openings; `people.access` decides who may, and finds the person."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.emergency import queries
from jinxiu.emergency.models import EmergencyOpening

BEGUN = define("emergency.begun", _("%(actor)s opened the record of %(person)s in an emergency, until %(until)s."))
ENDED = define("emergency.ended", _("%(actor)s ended the emergency opening of the record of %(person)s."))
CONFIRMED = define("emergency.confirmed", _("%(actor)s reviewed the emergency opening of %(person)s: it was right."))
OBJECTED = define("emergency.objected", _("%(actor)s reviewed the emergency opening of %(person)s and objected."))
NOBODY = define(queries.NOBODY, _("%(actor)s asked in an emergency for a number that is nobody's here."))
NAME_NEEDED = define(
    queries.NAME_NEEDED,
    _("%(actor)s asked for %(numbers)s numbers that are nobody's within an hour; for an hour they need the name too."),
)


@transaction.atomic
def begin(
    *,
    staff_id: int,
    person_id: int,
    team_id: int,
    reason: str,
    words: str,
    at: datetime,
    lasts: timedelta,
    review_within: timedelta,
    actor: Actor,
) -> EmergencyOpening:
    """Let a staff member read a record for a time; the words of the reason stay out of the trail."""
    opening = EmergencyOpening.objects.create(
        staff_id=staff_id,
        person_id=person_id,
        team_id=team_id,
        reason=reason,
        words=words,
        opened_at=at,
        ends_at=at + lasts,
        review_by=at + review_within,
    )
    detail = {"opening": opening.pk, "reason": reason, "until": opening.ends_at.isoformat(timespec="minutes")}
    audit.record(BEGUN, actor=actor, person_id=person_id, detail=detail)
    return opening


@transaction.atomic
def end(*, staff_id: int, opening_id: int, at: datetime, actor: Actor) -> bool:
    """End one's own opening before its time; False when there is none that runs."""
    running = EmergencyOpening.objects.select_for_update().filter(pk=opening_id, staff=staff_id, ends_at__gt=at)
    opening = running.first()
    if opening is None:
        return False
    opening.ends_at = max(at, opening.opened_at)
    opening.save(update_fields=["ends_at"])
    audit.record(ENDED, actor=actor, person_id=opening.person_id, detail={"opening": opening_id})
    return True


@transaction.atomic
def end_all(*, person_id: int, at: datetime, actor: Actor) -> list[int]:
    """End every opening of a record that runs, because its person died or moved away; returns which."""
    running = EmergencyOpening.objects.select_for_update().filter(person=person_id, opened_at__lte=at, ends_at__gt=at)
    ended = list(running.order_by("pk").values_list("pk", flat=True))
    EmergencyOpening.objects.filter(pk__in=ended).update(ends_at=at)
    for opening_id in ended:
        audit.record(ENDED, actor=actor, person_id=person_id, detail={"opening": opening_id})
    return ended


@transaction.atomic
def review(
    *, opening_id: int, reviewer_id: int, was_right: bool, note: str, at: datetime, actor: Actor
) -> EmergencyOpening | None:
    """Write down what the manager found; None when somebody has reviewed it already."""
    opening = EmergencyOpening.objects.select_for_update().filter(pk=opening_id, reviewed_at__isnull=True).first()
    if opening is None:
        return None
    opening.reviewed_at, opening.reviewed_by_id = at, reviewer_id
    opening.was_right, opening.note = was_right, note
    opening.save(update_fields=["reviewed_at", "reviewed_by", "was_right", "note"])
    action = CONFIRMED if was_right else OBJECTED
    audit.record(action, actor=actor, person_id=opening.person_id, detail={"opening": opening_id})
    return opening


@transaction.atomic
def found_nobody(*, actor: Actor, limit: int) -> None:
    """Write down that a number was nobody's, and from the limit on that the next ones need the name for an hour.

    Nobody is shut out of a real emergency, but a number that was made up comes with no name. Whoever calls lets one
    account ask one after the other: two at once would both be the last that is free.
    """
    audit.record(NOBODY, actor=actor)
    numbers = queries.numbers_of_nobody(actor.user_id)
    if numbers >= limit and queries.name_needed_until(actor.user_id) is None:
        audit.record(NAME_NEEDED, actor=actor, detail={"numbers": numbers})
