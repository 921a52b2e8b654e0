"""A resident rates: what is offered, who may answer, what a second answer is, and what nobody can do."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import correct_event, withdraw_event
from jinxiu.people.actions import PeopleError
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person
from jinxiu.ratings import actions, queries
from jinxiu.ratings.actions import By, Said
from jinxiu.ratings.models import Rating
from tests.portal.residents import sign_in
from tests.ratings.folk import rated
from tests.town import TODAY, Town, contact, enrol

NOW = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)
WELL = {"whole": "5", "explained": "4", "respect": "5"}
YEAR = {"reach", "wait", "explained", "respect", "knows_me", "privacy", "whole", "renew"}


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def last_contact(person: Person) -> int:
    return queries.services_of(person.pk, TODAY, with_sheltered=True)[0].event_id


def form_of(person: Person, event_id: int) -> str:
    return reverse("my-rating", args=[person.pk, event_id])


def helping(town: Town, person: Person, relative: Person) -> None:
    relate(
        person_id=person.pk,
        relative_id=relative.pk,
        role="helper",
        relation="20",
        words="daughter",
        consent_by="person",
        consented_on=date(2026, 1, 1),
        start_on=date(2026, 1, 1),
        today=TODAY,
        actor=SYSTEM,
        recorded_by=None,
    )


def test_a_service_is_rated_once_whatever_is_sent_twice(town: Town) -> None:
    client, event = sign_in("chen"), last_contact(town.chen)
    page = client.get(reverse("my-ratings", args=[town.chen.pk])).content.decode()
    assert form_of(town.chen, event) in page
    assert "24 November" in page or "yesterday" in page
    values = WELL | {"words": "Friendly"}
    for _click in range(2):
        response = client.post(form_of(town.chen, event), values)
        assert response.headers["Location"] == reverse("my-rating-thanks", args=[town.chen.pk])
    said = Rating.objects.get()
    assert (said.person, said.team, said.event_id, said.score, said.via) == (town.chen, town.team1, event, 5, "self")
    assert (said.answers, said.words) == ({"whole": 5, "explained": 4, "respect": 5}, "Friendly")
    line = AuditEntry.objects.get(action="rating.given")
    assert line.detail == {"survey": "service", "way": "self"}
    assert line.purpose == ""  # so that who reads who looked at the record does not learn it
    assert b"Change it" in client.get(reverse("my-ratings", args=[town.chen.pk])).content


def test_a_change_is_a_new_version_and_two_phones_do_not_overwrite(town: Town) -> None:
    event = last_contact(town.chen)
    one, another = sign_in("chen"), sign_in("chen")
    one.post(form_of(town.chen, event), WELL)
    stale = another.post(form_of(town.chen, event), WELL | {"whole": "1"}, follow=True)
    assert b"answered meanwhile" in stale.content
    seen = str(Rating.objects.get().pk)
    assert f'name="seen" value="{seen}"' in another.get(form_of(town.chen, event)).content.decode()
    another.post(form_of(town.chen, event), WELL | {"whole": "2", "seen": seen})
    first, second = Rating.objects.order_by("pk")
    assert (second.supersedes, second.score, second.given_on) == (first, 2, first.given_on)
    assert queries.in_force().get() == second


def test_what_is_missing_is_said_and_a_forged_answer_is_none(town: Town) -> None:
    client, address = sign_in("chen"), form_of(town.chen, last_contact(town.chen))
    for values in ({}, {"whole": "5"}, WELL | {"whole": "6"}, WELL | {"whole": "0"}):
        response = client.post(address, values)
        assert response.status_code == 400
        assert b"no answer yet" in response.content
    assert not Rating.objects.exists()


def test_nobody_rates_for_a_stranger_or_what_a_stranger_was_given(town: Town) -> None:
    client, own = sign_in("li"), last_contact(town.feng)
    assert client.get(form_of(town.feng, own)).status_code == 404
    for event in (own, last_contact(town.chen), 999_999_999):
        assert client.post(form_of(town.li, event), WELL).status_code == 404
    assert not Rating.objects.exists()
    assert Client().get(form_of(town.feng, own)).headers["Location"].startswith(reverse("my-sign-in"))


def test_a_helper_answers_marked_and_never_reads_what_the_person_said(town: Town) -> None:
    enrol(town.wu, "mental", date(2025, 3, 3))
    hidden = contact(town.wu, town.wang, date(2026, 11, 20), kind="followup.mental", risk_grade=1)
    helping(town, town.wu, town.li)
    events = [one.event_id for one in queries.services_of(town.wu.pk, TODAY, with_sheltered=True)]
    assert events[0] == hidden
    person = By("self", SYSTEM)
    actions.rate_service(
        person_id=town.wu.pk, event_id=events[1], said=Said({"whole": 1}), by=person, today=TODAY, now=NOW
    )
    client = sign_in("li")
    page = client.get(reverse("my-ratings", args=[town.wu.pk])).content.decode()
    assert form_of(town.wu, events[2]) in page
    assert form_of(town.wu, hidden) not in page
    assert form_of(town.wu, events[1]) not in page
    assert client.post(form_of(town.wu, hidden), WELL).status_code == 404
    assert client.post(form_of(town.wu, events[1]), WELL).status_code == 404
    client.post(form_of(town.wu, events[2]), WELL)
    assert Rating.objects.get(event=events[2]).via == "helper"
    own = sign_in("wu").get(reverse("my-ratings", args=[town.wu.pk])).content.decode()
    assert form_of(town.wu, hidden) in own
    assert own.count("Change it") == 2


def test_a_correction_is_the_same_service_and_a_withdrawal_takes_the_invitation_back(town: Town) -> None:
    client, event = sign_in("chen"), last_contact(town.chen)
    corrected = correct_event(
        event_id=event,
        happened_on=date(2026, 11, 24),
        mode="clinic",
        observations={"systolic": 148, "diastolic": 92, "adverse_reaction": 0, "complication": 0, "danger_sign": 0},
        reason="typed wrong",
        recorded_by=town.wang.pk,
        today=TODAY,
        actor=SYSTEM,
    )
    assert client.get(form_of(town.chen, event)).status_code == 404
    client.post(form_of(town.chen, corrected.pk), WELL)
    said = Rating.objects.get()
    again = correct_event(
        event_id=corrected.pk,
        happened_on=date(2026, 11, 24),
        mode="clinic",
        observations={"systolic": 149, "diastolic": 92, "adverse_reaction": 0, "complication": 0, "danger_sign": 0},
        reason="typed wrong",
        recorded_by=town.wang.pk,
        today=TODAY,
        actor=SYSTEM,
    )
    assert queries.service_of(town.chen.pk, again.pk, TODAY, with_sheltered=False).said == said
    client.post(form_of(town.chen, again.pk), WELL | {"whole": "3", "seen": str(said.pk)})
    assert queries.in_force().get().event_id == corrected.pk
    withdraw_event(event_id=again.pk, reason="another person", actor=SYSTEM, recorded_by=town.wang.pk)
    page = client.get(reverse("my-ratings", args=[town.chen.pk])).content.decode()
    assert "What you have said" in page
    assert "Change it" not in page
    assert client.post(form_of(town.chen, again.pk), WELL).status_code == 404
    assert queries.in_force().get().score == 3


def test_after_seven_days_an_answer_stands_and_after_thirty_nothing_is_offered(town: Town) -> None:
    event, by = last_contact(town.chen), By("self", SYSTEM)
    first = actions.rate_service(
        person_id=town.chen.pk, event_id=event, said=Said({"whole": 4}), by=by, today=TODAY, now=NOW
    )
    more = {"person_id": town.chen.pk, "event_id": event, "by": by, "now": NOW}
    with pytest.raises(PeopleError, match="seven days"):
        actions.rate_service(said=Said({"whole": 1}, "", first.pk), today=date(2026, 12, 3), **more)
    with pytest.raises(PeopleError, match="too long ago"):
        actions.rate_service(said=Said({"whole": 1}, "", first.pk), today=date(2026, 12, 25), **more)
    assert queries.services_of(town.chen.pk, date(2026, 12, 24), with_sheltered=False)
    assert not queries.services_of(town.chen.pk, date(2026, 12, 25), with_sheltered=False)


def test_the_survey_of_the_year_is_answered_once_a_year_and_never_twice_in_thirty_days(town: Town) -> None:
    client, address = sign_in("chen"), reverse("my-rating-year", args=[town.chen.pk])
    assert b"about three minutes" in client.get(reverse("my-ratings", args=[town.chen.pk])).content
    values = dict.fromkeys(YEAR, "4") | {"chronic": "3", "home": "0", "referral": "0"}
    assert client.post(address, values | {"home": ""}).status_code == 400
    client.post(address, values)
    said = Rating.objects.get()
    assert (said.year, said.score, said.team, said.event_id) == (2026, 4, town.team1, None)
    assert said.answers == dict.fromkeys(YEAR, 4) | {"chronic": 3}
    assert b"about three minutes" not in client.get(reverse("my-ratings", args=[town.chen.pk])).content
    late = rated(town.wu, town.team1, date(2026, 12, 20), 4)
    assert queries.year_of(town.wu.pk, date(2026, 12, 21)).said == late
    assert queries.year_of(town.wu.pk, date(2027, 1, 18)) is None
    assert queries.year_of(town.wu.pk, date(2027, 1, 19)).said is None
