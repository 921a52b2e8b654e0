"""Writes about a person that reach into the worklist: everything that follows happens in the same transaction."""

from __future__ import annotations

from django.db import transaction

from jinxiu.familydoctor.residency import queries
from jinxiu.people.access import Viewer
from jinxiu.people.correcting import actions as correcting
from jinxiu.people.correcting.rules import Data, Wanted
from jinxiu.worklists.actions import refresh_person


class BornAfterRecordsError(Exception):
    """Something is recorded of days before the new birth date; `day` is the first one."""

    def __init__(self, day: str) -> None:
        super().__init__(day)
        self.day = day


@transaction.atomic
def correct(
    *, viewer: Viewer, person_id: int, revision: int, before: Data, wanted: Wanted, reason: str, words: str
) -> list[str]:
    """Correct a person's data and judge the person anew; returns the parts that changed.

    Raises ChangedMeanwhileError, NumberTakenError, BornAfterRecordsError; nothing is changed then.
    """
    fields = correcting.correct_person(
        person_id=person_id,
        revision=revision,
        before=before,
        wanted=wanted,
        reason=reason,
        words=words,
        staff_id=viewer.staff_id,
        actor=viewer.actor,
    )
    first = queries.first_day(person_id) if "birth_date" in fields else None
    if first is not None and wanted.birth_date is not None and first.isoformat() < wanted.birth_date:
        raise BornAfterRecordsError(first.isoformat())
    if {"birth_date", "sex"} & set(fields):
        refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)
    return fields
