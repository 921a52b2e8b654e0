"""Writes: what somebody says of a service or of a year, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept
from jinxiu.ratings import queries, rules
from jinxiu.ratings.models import Rating
from jinxiu.ratings.surveys import SERVICE, YEAR, Survey

# The trail says that, and by which way; what was said stands nowhere in it.
RATED = define("rating.given", _("%(actor)s answered a survey for %(person)s (%(survey)s)."))
CHANGED = define("rating.changed", _("%(actor)s changed the answers to a survey for %(person)s (%(survey)s)."))


@dataclass(frozen=True, slots=True)
class By:
    """Who answers: by which way (rules.WAYS), as the trail names them; `staff_id` of who asked by phone."""

    way: str
    actor: Actor
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Answers by the code of their question, 1 to 5, free words, and the version that the page showed (none: 0)."""

    answers: Mapping[str, int]
    words: str = ""
    seen: int = 0


@transaction.atomic
def rate_service(*, person_id: int, event_id: int, said: Said, by: By, today: date, now: datetime) -> Rating:
    """Keep what is said of a service. The same twice is once. Raises PeopleError for a service that is not there to be
    rated any more, and for an answer that may not be changed."""
    person = lock_kept(person_id)
    service = queries.service_of(person.pk, event_id, today, with_sheltered=by.way == rules.SELF)
    survey = queries.surveys().on(SERVICE, today)
    if service is None or survey is None:
        raise PeopleError(_("This service cannot be rated any more: it was corrected, or it is too long ago."))
    fresh = Rating(person_id=person.pk, team_id=service.team_id, event_id=event_id)
    return _keep(fresh, service.said, survey, said, by, today, now)


@transaction.atomic
def rate_year(*, person_id: int, said: Said, by: By, today: date, now: datetime) -> Rating:
    """Keep the answers about a year with the team. The same twice is once. Raises PeopleError as for a service."""
    person = lock_kept(person_id)
    year, survey = queries.year_of(person.pk, today), queries.surveys().on(YEAR, today)
    if year is None or survey is None:
        raise PeopleError(_("You have answered not long ago. Thank you; please come again next year."))
    fresh = Rating(person_id=person.pk, team_id=year.team_id, year=year.year)
    return _keep(fresh, year.said, survey, said, by, today, now)


def _keep(row: Rating, before: Rating | None, survey: Survey, said: Said, by: By, today: date, now: datetime) -> Rating:
    answers = dict(said.answers)
    if before is not None:
        if not rules.may_see(by.way, before.via):
            raise PeopleError(_("This has been answered already. Thank you."))
        if (before.answers, before.words) == (answers, said.words):
            return before
        _refuse_stale(before, said, today)
        row.team_id, row.event_id, row.year = before.team_id, before.event_id, before.year
        row.supersedes = before
    row.survey, row.survey_version = survey.id, survey.version
    row.given_on, row.at = (before.given_on if before else today), now
    row.via, row.asked_by_id = by.way, by.staff_id
    row.answers, row.score, row.words = answers, answers[survey.whole], said.words
    row.save(force_insert=True)
    action = CHANGED if before else RATED
    audit.record(action, actor=by.actor, person_id=row.person_id, detail={"survey": survey.id, "way": by.way})
    return row


def _refuse_stale(before: Rating, said: Said, today: date) -> None:
    if not rules.may_change(before.given_on, today):
        raise PeopleError(_("An answer can be changed for seven days; after that it stands. Thank you."))
    if said.seen != before.pk:
        raise PeopleError(
            _("This was answered meanwhile, perhaps on another phone. That answer stands; open it to change it.")
        )
