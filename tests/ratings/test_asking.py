"""Who is asked by message to rate: once in thirty days, and nobody who does not wish it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import withdraw_event
from jinxiu.messaging.models import Message
from jinxiu.people.clock import SHANGHAI
from jinxiu.portal import queries as portal
from jinxiu.ratings import actions, queries
from jinxiu.ratings.models import Asking, NotAsked
from tests.portal.residents import sign_in
from tests.ratings.folk import rated, restricted
from tests.town import TODAY, Town, contact

NOW = datetime(2026, 11, 25, 10, 17, tzinfo=SHANGHAI)


def ask(*people, today: date = TODAY) -> int:
    return actions.ask(person_ids=[one.pk for one in people], today=today, now=NOW)


def test_who_was_seen_in_the_last_days_is_asked_once_in_thirty(town: Town) -> None:
    assert [ask(*town.people), ask(*town.people)] == [1, 0]
    message = Message.objects.get()
    assert (message.person, message.text, message.state) == (town.chen, "ratings.please", "waiting")
    assert message.expires_at == NOW + timedelta(days=3)


@pytest.mark.parametrize(("days_ago", "asked"), [(29, 0), (30, 1)])
def test_the_thirty_days_end_on_their_day(town: Town, days_ago: int, asked: int) -> None:
    day = TODAY - timedelta(days=days_ago)
    Asking.objects.create(person=town.chen, asked_on=day, free_on=day + timedelta(days=30))
    assert ask(town.chen) == asked


def test_the_database_asks_nobody_twice(town: Town) -> None:
    ask(town.chen)
    with pytest.raises(IntegrityError), transaction.atomic():
        Asking.objects.create(person=town.chen, asked_on=date(2026, 12, 1), free_on=date(2026, 12, 31))


@pytest.mark.parametrize("why", ["answered", "does not wish it", "sheltered", "withdrawn", "today", "restricted"])
def test_nobody_else_is_asked(town: Town, why: str) -> None:
    event = queries.services_of(town.chen.pk, TODAY, with_sheltered=False)[0].event_id
    if why == "answered":
        rated(town.chen, town.team1, date(2026, 10, 27), 4)
    elif why == "does not wish it":
        NotAsked.objects.create(person=town.chen, since=NOW)
    elif why == "restricted":
        restricted(town.chen, "care_only")
    elif why == "withdrawn":
        withdraw_event(event_id=event, reason="another person", actor=SYSTEM, recorded_by=None)
    elif why == "sheltered":
        contact(town.wu, town.wang, date(2026, 11, 24), kind="followup.mental", risk_grade=1)
    else:
        contact(town.wu, town.wang, TODAY)
    assert ask(town.wu if why in ("sheltered", "today") else town.chen) == 0
    assert not Message.objects.exists()


def test_a_resident_says_not_to_be_asked_and_takes_it_back(town: Town, settings) -> None:
    settings.JINXIU_INBOX = True
    client, page = sign_in("chen"), reverse("my-ratings", args=[town.chen.pk])
    assert portal.with_account() == [town.chen.pk]
    address = reverse("my-rating-asked", args=[town.chen.pk])
    for _click in range(2):
        assert b"You may ask me again" in client.post(address, {"no": "1"}, follow=True).content
    assert ask(town.chen) == 0
    for _click in range(2):
        client.post(address, {"yes": "1"})
    assert b"Do not ask me by message" in client.get(page).content
    assert ask(town.chen) == 1
    assert client.post(reverse("my-rating-asked", args=[town.feng.pk]), {"no": "1"}).status_code == 404
