"""Ratings as they were given some time ago; people whose data are restricted."""

from __future__ import annotations

from datetime import date, datetime

from jinxiu.audit.origin import SYSTEM
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.models import Person, Team
from jinxiu.people.restricting.actions import restrict
from jinxiu.ratings.models import Rating
from tests.town import TODAY


def rated(person: Person, team: Team, on: date, score: int, *, words: str = "", year: int | None = None, **more):
    """A yearly survey with the same answer to two questions, unless `answers` says otherwise."""
    values = {
        "survey": "yearly",
        "survey_version": "2026.1",
        "year": year or on.year,
        "given_on": on,
        "at": datetime(on.year, on.month, on.day, 9, tzinfo=SHANGHAI),
        "via": "self",
        "answers": {"reach": score, "whole": score},
    }
    return Rating.objects.create(person=person, team=team, score=score, words=words, **values | more)


def restricted(person: Person, kind: str) -> None:
    """The use of the person's data is restricted by the person's own wish."""
    restrict(
        person_id=person.pk,
        kind=kind,
        reason="own_wish",
        asked_by="person",
        words="here",
        until_on=None,
        staff_id=None,
        today=TODAY,
        actor=SYSTEM,
    )
