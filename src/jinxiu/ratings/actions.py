"""Writes: what somebody says of a service or of a year and how it changes; wishes to be called; asking for ratings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.messaging import actions as messages
from jinxiu.people import sealing
from jinxiu.people.access import Viewer
from jinxiu.people.actions import PeopleError
from jinxiu.people.identity import normalise_phone
from jinxiu.people.matching.queries import lock_kept, whose
from jinxiu.ratings import queries, rules, texts
from jinxiu.ratings.models import Asking, CallWish, NotAsked, Rating
from jinxiu.ratings.surveys import SERVICE, YEAR, Survey

# The trail says that, and by which way; what was said stands nowhere in it.
RATED = define("rating.given", _("%(actor)s answered a survey for %(person)s (%(survey)s)."))
CHANGED = define("rating.changed", _("%(actor)s changed the answers to a survey for %(person)s (%(survey)s)."))
CALL_WISHED = define("rating.call_wished", _("%(actor)s asked that %(person)s is called by who leads the centre."))
CALL_READ = define("rating.call_read", _("%(actor)s read that %(person)s wishes to be called, and the number."))
CALL_SETTLED = define("rating.call_settled", _("%(actor)s settled the wish of %(person)s to be called."))
NOT_ASKED = define("rating.not_asked", _("%(actor)s said that %(person)s is not to be asked for ratings any more."))
ASKED = define("rating.asked", _("%(actor)s asked %(person)s by phone about the year with the team."))
ASKED_AGAIN = define("rating.asked_again", _("%(actor)s said that %(person)s may be asked for ratings again."))


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


# --- wishes to be called ----------------------------------------------------------------------------------------------


@transaction.atomic
def wish_a_call(*, person_id: int, phone: str, words: str, by: By, today: date, now: datetime) -> CallWish:
    """Keep that somebody wishes to be called by who leads the centre; while one waits, it stays the one.

    Raises PeopleError for somebody without a team, IdentityError for what is no phone number.
    """
    person = lock_kept(person_id)
    waiting = queries.waiting_call(person.pk)
    if waiting is not None:
        return waiting
    team_id = queries.team_on(person.pk, today)
    if team_id is None:
        raise PeopleError(_("You belong to no team now. Please call your health centre."))
    wish = CallWish.objects.create(
        person_id=person.pk,
        team_id=team_id,
        via=by.way,
        words=words,
        sealed=sealing.seal(normalise_phone(phone), CallWish.sealed_as),
        asked_at=now,
    )
    audit.record(CALL_WISHED, actor=by.actor, person_id=person.pk, detail={"wish": wish.pk})
    return wish


@transaction.atomic
def note_calls(*, viewer: Viewer, wishes: Iterable[CallWish]) -> None:
    """Write down that wishes to be called were read, with the numbers.

    Without a purpose: the team reads who looked at the record, and must not learn of a wish from it.
    """
    for wish in wishes:
        audit.record(CALL_READ, actor=viewer.actor, person_id=wish.person_id, detail={"wish": wish.pk})


@transaction.atomic
def settle_call(*, viewer: Viewer, wish_id: int, note: str, now: datetime) -> None:
    """Write down what came of a call. Raises CallNotFound, and PeopleError when somebody else was quicker."""
    wish = queries.call_of(viewer, wish_id, lock=True)
    if wish.settled_at is not None:
        raise PeopleError(_("Somebody has settled this already."))
    wish.settled_at, wish.settled_by_id, wish.note = now, viewer.staff_id, note
    wish.save(update_fields=["settled_at", "settled_by", "note"])
    audit.record(CALL_SETTLED, actor=viewer.actor, person_id=wish.person_id, detail={"wish": wish.pk})


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(*, person_ids: Iterable[int], today: date, now: datetime) -> int:
    """Ask those of some people by message to rate who were given a service lately; returns how many.

    Nobody is asked who was asked, or has answered, within 30 days, who does not wish it, or whose service is under
    shelter. Called twice, or by two at once, it asks once.
    """
    return sum(
        _ask_one(person_id, event_id, today, now) for person_id, event_id in queries.to_ask(person_ids, today).items()
    )


def _ask_one(person_id: int, event_id: int, today: date, now: datetime) -> bool:
    try:
        with transaction.atomic():
            Asking.objects.create(person_id=person_id, asked_on=today, free_on=today + timedelta(days=rules.ASK_DAYS))
            messages.send(
                person_id=person_id,
                text=texts.PLEASE_RATE,
                expires_at=now + timedelta(days=rules.ASKED_FOR_DAYS),
                dedupe_key=f"rating:{event_id}",
                actor=SYSTEM,
                now=now,
            )
    except IntegrityError:  # another worker was quicker
        return False
    return True


@transaction.atomic
def wish_to_be_asked(*, person_id: int, asked: bool, by: By, now: datetime) -> None:
    """Keep whether somebody wishes to be asked by message."""
    person = lock_kept(person_id)
    mine = NotAsked.objects.filter(whose(person.pk))
    if mine.exists() is not asked:
        return
    if asked:
        mine.delete()
    else:
        NotAsked.objects.create(person_id=person.pk, since=now)
    audit.record(ASKED_AGAIN if asked else NOT_ASKED, actor=by.actor, person_id=person.pk)


@transaction.atomic
def ask_by_phone(*, person_id: int, said: Said | None, by: By, today: date, now: datetime) -> None:
    """Keep that somebody was asked by phone about the year, and what was said; None: nothing, by the person's wish.

    Raises PeopleError for somebody who was asked within 30 days, does not wish it, or has answered.
    """
    person = lock_kept(person_id)
    if NotAsked.objects.filter(whose(person.pk)).exists():
        raise PeopleError(_("This person does not wish to be asked."))
    free_on = today + timedelta(days=rules.ASK_DAYS)
    if Asking.objects.filter(whose(person.pk), asked_on__lt=free_on, free_on__gt=today).exists():
        raise PeopleError(_("This person was asked within the last 30 days; nothing was kept."))
    Asking.objects.create(person_id=person.pk, asked_on=today, free_on=free_on)
    audit.record(ASKED, actor=by.actor, person_id=person.pk)
    if said is not None:
        rate_year(person_id=person.pk, said=said, by=by, today=today, now=now)
