"""Writes of where a person stands: each with all that it closes or opens again, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import actions as agreements
from jinxiu.agreements.actions import By
from jinxiu.agreements.queries import ENROLMENT as AGREEMENT
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.emergency import actions as emergencies
from jinxiu.evidence import actions as evidence
from jinxiu.familydoctor.residency import queries, rules
from jinxiu.people import actions as people
from jinxiu.people import clock
from jinxiu.people.access import Viewer
from jinxiu.people.correcting.actions import ChangedMeanwhileError, correct_person, keep_version, locked
from jinxiu.people.correcting.queries import data_of
from jinxiu.people.correcting.rules import MOVED_WITHIN, Wanted
from jinxiu.people.models import Person
from jinxiu.people.organisation.lifecycle.actions import follow
from jinxiu.worklists.actions import refresh_person

MOVED_HERE = define("person.moved_within", _("%(actor)s recorded that %(person)s moved within the district on %(on)s."))


@transaction.atomic
def depart(*, viewer: Viewer, person_id: int, revision: int, change: str, on: date, detail: str, words: str) -> None:
    """Record a death or a move out of the district: team, programmes, due items and emergency openings end with it.

    `detail` is where to, or how it became known. Raises ChangedMeanwhileError.
    """
    person = _as_seen(person_id, revision, change)
    record_departure(
        person=person,
        change=change,
        on=on,
        detail=detail,
        words=words,
        staff_id=viewer.staff_id,
        actor=viewer.actor,
    )
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)


def record_departure(
    *, person: Person, change: str, on: date, detail: str, words: str, staff_id: int | None, actor: Actor
) -> None:
    """End what ends with a death or a move of a locked person, inside the caller's transaction, and say what it was.

    The due items are the caller's to refresh.
    """
    closed = {
        "agreements": agreements.close_with_departure(
            person_id=person.pk, on=on, reason=change, by=By(actor, actor.name, staff_id)
        ),
        "memberships": people.end_memberships(person_id=person.pk, last_day=on, actor=actor),
        "enrolments": _end_enrolments(person.pk, on, change, staff_id, actor),
        "openings": emergencies.end_all(person_id=person.pk, at=clock.now(), actor=actor),
    }
    died = change == rules.DIED
    keep_version(
        person=person,
        fields=["died_on" if died else "left_on"],
        reason=change,
        words=words,
        staff_id=staff_id,
        change={"on": on.isoformat(), "detail": detail, "closed": closed},
    )
    people.record_departure(person_id=person.pk, on=on, died=died, actor=actor)


@transaction.atomic
def take_back(*, viewer: Viewer, person_id: int, revision: int, words: str) -> None:
    """Take a death or a move back that was recorded by mistake; what it had closed is open again, its history stays.

    An emergency opening stays ended: it was for an hour. Raises ChangedMeanwhileError.
    """
    person = _as_seen(person_id, revision, rules.MISTAKE)
    departure = queries.last_departure(person)
    died = person.died_on is not None
    keep_version(
        person=person,
        fields=["died_on" if died else "left_on"],
        reason=rules.TAKEN_BACK,
        words=words,
        staff_id=viewer.staff_id,
        change={"takes_back": departure.revision if departure else None},
    )
    people.take_departure_back(person_id=person_id, died=died, actor=viewer.actor)
    if departure is not None:
        people.reopen_memberships(person_id=person_id, ended=departure.memberships, actor=viewer.actor)
        follow(person_id=person_id)
        for enrolment_id in departure.enrolments:
            evidence.reopen_enrolment(enrolment_id=enrolment_id, actor=viewer.actor, recorded_by=viewer.staff_id)
        agreements.take_ends_back(
            person_id=person_id, agreement_ids=departure.agreements, today=viewer.today, by=_by(viewer)
        )
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)


@transaction.atomic
def come_back(
    *, viewer: Viewer, person_id: int, revision: int, on: date, team_id: int, programmes: Iterable[str], words: str
) -> None:
    """Record that somebody who had moved away lives here again: joins a team, programmes begin anew on that day.

    Raises ChangedMeanwhileError, PeopleError, EvidenceError.
    """
    person = _as_seen(person_id, revision, rules.BACK)
    keep_version(
        person=person,
        fields=["left_on"],
        reason=rules.CAME_BACK,
        words=words,
        staff_id=viewer.staff_id,
        change={"on": on.isoformat()},
    )
    people.record_return(person_id=person_id, on=on, actor=viewer.actor)
    people.join_team(person_id=person_id, team_id=team_id, on=on, actor=viewer.actor)
    for kind in (one for one in programmes if one != AGREEMENT):  # that one is signed
        evidence.enrol(
            person_id=person_id,
            kind=kind,
            start_on=on,
            actor=viewer.actor,
            recorded_by=viewer.staff_id,
            today=viewer.today,
        )
    refresh_person(person_id=person_id, today=viewer.today, actor=viewer.actor)


@transaction.atomic
def move_within(
    *,
    viewer: Viewer,
    person_id: int,
    revision: int,
    on: date,
    home: tuple[int | None, str],
    team_id: int | None,
    words: str,
) -> None:
    """Record a new address in the district and, where the team changes with it, the transfer from that day.

    Programmes and due items go along. Raises ChangedMeanwhileError, PeopleError.
    """
    person = _as_seen(person_id, revision, rules.WITHIN)
    data, nothing = data_of(person), frozenset[int]()
    wanted = Wanted(
        name=person.name,
        sex=person.sex,
        birth_date=data["birth_date"],
        place_id=home[0],
        address=home[1],
        replaced={},
        dropped=nothing,
        added=(),
        dropped_phones=nothing,
        added_phones=(),
    )
    correct_person(
        person_id=person_id,
        revision=revision,
        before=data,
        wanted=wanted,
        reason=MOVED_WITHIN,
        words=words,
        staff_id=viewer.staff_id,
        actor=viewer.actor,
    )
    if team_id is not None:
        people.join_team(person_id=person_id, team_id=team_id, on=on, actor=viewer.actor)
        agreements.follow_team(person_id=person_id, today=viewer.today, by=_by(viewer))
    audit.record(MOVED_HERE, actor=viewer.actor, person_id=person_id, detail={"on": on.isoformat()})


def _by(viewer: Viewer) -> By:
    return By(viewer.actor, viewer.name, viewer.staff_id)


def _as_seen(person_id: int, revision: int, change: str) -> Person:
    """The person, locked, as the form saw them, and standing where this change can be. Raises ChangedMeanwhileError."""
    person = locked(person_id)
    possible = rules.NEXT[rules.standing(person.died_on, person.left_on)]
    if person.revision != revision or change not in possible:
        raise ChangedMeanwhileError
    return person


def _end_enrolments(person_id: int, on: date, reason: str, staff_id: int | None, actor: Actor) -> list[int]:
    return [
        evidence.end_enrolment(
            enrolment_id=enrolment.pk,
            end_on=max(on, enrolment.start_on),
            end_reason=reason,
            actor=actor,
            recorded_by=staff_id,
        ).pk
        for enrolment in queries.running_enrolments(person_id)
    ]
