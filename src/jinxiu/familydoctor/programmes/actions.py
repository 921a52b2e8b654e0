"""Writes of a person's programmes: each with all that it opens and closes of what is due, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.evidence import actions as evidence
from jinxiu.evidence.actions import EvidenceError
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.programmes import queries, rules
from jinxiu.people.access import Viewer
from jinxiu.people.matching.queries import lock_kept, whose
from jinxiu.people.models import Person
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.queries import Item


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to: whether it wrote anything, and what it opened and closed in the due list."""

    written: bool
    opened: tuple[Item, ...] = ()
    closed: tuple[Item, ...] = ()


@transaction.atomic
def begin(
    *, viewer: Viewer, person_id: int, kind: str, start_on: date, value: str = "", with_sheltered: bool = False
) -> Outcome:
    """Take a person into a programme. The same once more writes nothing.

    `with_sheltered` says whether the outcome may tell of sheltered standards. Raises EvidenceError for a day that
    cannot be, for somebody who died or moved away, and when the programme runs already, begun otherwise.
    """
    person = _living_here(person_id, "start_on")
    found = queries.lines(person.pk, with_sheltered=True)
    same = (kind, start_on, None, value)
    if any((p.kind, p.start_on, p.end_on, line.value) == same for line in found for p in [line.programme]):
        return Outcome(written=False)
    before = queries.open_items(person.pk, viewer.today, with_sheltered=with_sheltered)
    evidence.enrol(
        person_id=person.pk,
        kind=kind,
        start_on=start_on,
        value=value,
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
        today=viewer.today,
    )
    return _refreshed(viewer, person, before, with_sheltered=with_sheltered)


@transaction.atomic
def end(
    *,
    viewer: Viewer,
    person_id: int,
    enrolment_id: int,
    end_on: date,
    end_reason: str,
    with_sheltered: bool = False,
) -> Outcome:
    """End a programme with its last day. The same once more writes nothing.

    Raises EvidenceError for a day that cannot be, and when somebody ended or corrected it in the meantime.
    """
    person = lock_kept(person_id)
    if end_on > viewer.today:
        raise EvidenceError("end_on", _("This day is in the future; choose today or an earlier day."))
    if _ended_so(enrolment_id, person.pk, end_on, end_reason):
        return Outcome(written=False)
    before = queries.open_items(person.pk, viewer.today, with_sheltered=with_sheltered)
    evidence.end_enrolment(
        enrolment_id=enrolment_id,
        end_on=end_on,
        end_reason=end_reason,
        actor=viewer.actor,
        recorded_by=viewer.staff_id,
    )
    return _refreshed(viewer, person, before, with_sheltered=with_sheltered)


@transaction.atomic
def take_back(*, viewer: Viewer, person_id: int, enrolment_id: int, with_sheltered: bool = False) -> Outcome:
    """Take the end of a programme back that was recorded by mistake: it runs as before. Once more writes nothing.

    Raises EvidenceError for somebody who died or moved away.
    """
    person = _living_here(person_id, "end_on")
    found = [line.programme for line in queries.lines(person.pk, with_sheltered=True)]
    ended = next((one for one in found if one.id == enrolment_id), None)
    if ended is None or not rules.may_take_back(ended, found):
        return Outcome(written=False)
    before = queries.open_items(person.pk, viewer.today, with_sheltered=with_sheltered)
    evidence.reopen_enrolment(enrolment_id=enrolment_id, actor=viewer.actor, recorded_by=viewer.staff_id)
    return _refreshed(viewer, person, before, with_sheltered=with_sheltered)


# --- steps ------------------------------------------------------------------------------------------------------------


def _living_here(person_id: int, field: str) -> Person:
    person = lock_kept(person_id)
    if person.died_on or person.left_on:
        raise EvidenceError(
            field, _("This person died or moved away; if that is wrong, take it back at the resident status first.")
        )
    return person


def _ended_so(enrolment_id: int, person_id: int, end_on: date, end_reason: str) -> bool:
    """Whether the row that followed this one says the same end already."""
    rows = Enrolment.objects.filter(whose(person_id), supersedes=enrolment_id)
    return rows.filter(end_on=end_on, end_reason=end_reason).exists()


def _refreshed(
    viewer: Viewer, person: Person, before: Mapping[tuple[str, str, str], Item], *, with_sheltered: bool
) -> Outcome:
    refresh_person(person_id=person.pk, today=viewer.today, actor=viewer.actor)
    after = queries.open_items(person.pk, viewer.today, with_sheltered=with_sheltered)
    return Outcome(
        written=True,
        opened=tuple(item for key, item in after.items() if key not in before),
        closed=tuple(item for key, item in before.items() if key not in after),
    )
