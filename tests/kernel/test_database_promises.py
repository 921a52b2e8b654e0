"""What may never be false: the database itself refuses it, whatever the code does."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.people import clock
from jinxiu.people.models import Identifier, StaffAssignment, TeamMembership
from jinxiu.worklists.models import DueItem
from tests.town import TODAY, Town

GROWING = (AuditEntry, Event, Observation, Enrolment)


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model.__name__)
class TestOnlyGrows:
    """The trail and the evidence are added to, never changed."""

    def test_no_update(self, town: Town, model: Any) -> None:
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            model.objects.update(id=1)

    def test_no_delete(self, town: Town, model: Any) -> None:
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")

    def test_no_truncate(self, town: Town, model: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the town's own rows would be in the way
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def test_one_team_at_a_time(town: Town) -> None:
    with pytest.raises(IntegrityError, match="team_membership_one_at_a_time"), transaction.atomic():
        TeamMembership.objects.create(person=town.chen, team=town.team2, start_on=TODAY)


def test_the_last_day_belongs_to_the_old_team(town: Town) -> None:
    TeamMembership.objects.filter(person=town.chen).update(end_on=TODAY)
    with pytest.raises(IntegrityError, match="team_membership_one_at_a_time"), transaction.atomic():
        TeamMembership.objects.create(person=town.chen, team=town.team2, start_on=TODAY)
    TeamMembership.objects.create(person=town.chen, team=town.team2, start_on=TODAY + timedelta(days=1))


def test_a_number_names_one_person(town: Town) -> None:
    card = Identifier.objects.get(person=town.chen)
    card.pk, card.person = None, town.li
    with pytest.raises(IntegrityError, match="identifier_names_one_person"), transaction.atomic():
        card.save()


def test_an_assignment_has_one_scope(town: Town) -> None:
    both = {"team": town.team1, "institution": town.team1.institution}
    for scope in ({}, both):
        with pytest.raises(IntegrityError, match="staff_assignment_one_scope"), transaction.atomic():
            StaffAssignment.objects.create(staff=town.wang, role="nurse", start_on=TODAY, **scope)


def test_one_open_due_item_a_cycle(town: Town) -> None:
    item = DueItem.objects.filter(person=town.chen, closed_at=None).first()
    assert item is not None
    item.pk = None
    with pytest.raises(IntegrityError, match="due_item_open_once"), transaction.atomic():
        item.save()
    item.closed_at, item.closed_reason = clock.now(), "gone"
    item.save()  # a closed one may stand beside it


def test_closing_takes_a_reason(town: Town) -> None:
    with pytest.raises(IntegrityError, match="due_item_closed_with_reason"), transaction.atomic():
        DueItem.objects.filter(person=town.chen).update(closed_at=clock.now())


def test_an_observation_says_something_that_can_be(town: Town) -> None:
    said = {"person": town.chen, "code": "systolic", "happened_on": TODAY, "recorded_at": clock.now()}
    for value in (float("nan"), float("inf"), -1e13):
        with pytest.raises(IntegrityError, match="observation_value_in_reach"), transaction.atomic():
            Observation.objects.create(**said, value=value)
    with pytest.raises(IntegrityError, match="observation_says_something"), transaction.atomic():
        Observation.objects.create(**said)


def test_no_day_in_the_year_202(town: Town) -> None:
    with pytest.raises(IntegrityError, match="event_day_in_reach"), transaction.atomic():
        Event.objects.create(
            person=town.chen, kind="x", happened_on=date(202, 1, 1), mode="clinic", recorded_at=clock.now()
        )


def _successor(event: Event, **changes: Any) -> Event:
    return Event(
        **{
            "person_id": event.person_id,
            "kind": event.kind,
            "happened_on": event.happened_on,
            "mode": event.mode,
            "recorded_at": clock.now(),
            "supersedes": event,
        }
        | changes
    )


def test_one_successor_and_of_the_same_person(town: Town) -> None:
    event = Event.objects.filter(person=town.chen).first()
    assert event is not None
    with pytest.raises(IntegrityError, match="another person"), transaction.atomic():
        _successor(event, person_id=town.li.pk).save()
    _successor(event).save()
    with pytest.raises(IntegrityError, match="event_one_successor"), transaction.atomic():
        _successor(event).save()


def test_one_beginning_of_a_source_row(town: Town) -> None:
    said = {
        "person": town.chen,
        "kind": "x",
        "happened_on": TODAY,
        "mode": "clinic",
        "recorded_at": clock.now(),
        "source_system": "his",
        "source_id": "7",
    }
    first = Event.objects.create(**said)
    with pytest.raises(IntegrityError, match="event_source_once"), transaction.atomic():
        Event.objects.create(**said)
    Event.objects.create(**said, supersedes=first)  # a later version of the same row
