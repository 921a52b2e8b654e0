"""Asking by phone: by a clerk, of people of 65 and more, once in thirty days, and nobody reads it back."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.audit.origin import SYSTEM
from jinxiu.people.actions import assign
from jinxiu.people.models import Staff, User
from jinxiu.ratings import queries
from jinxiu.ratings.models import Asking, NotAsked, Rating
from tests.ratings.test_residents import YEAR
from tests.town import TODAY, Town

ANSWERS = dict.fromkeys(YEAR, "4") | {"chronic": "0", "home": "0", "referral": "5"}


@pytest.fixture
def clerk(town: Town) -> Staff:
    staff = Staff.objects.create(user=User.objects.create(username="clerk"), name="朱")
    centre = town.team1.institution_id
    assign(staff_id=staff.pk, role="clerk", start_on=date(2020, 1, 1), institution_id=centre, actor=SYSTEM)
    return staff


@pytest.fixture
def calling(clerk: Staff) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=clerk.user_id))
    return client


def test_who_is_old_enough_and_not_asked_is_on_the_list(town: Town, clerk: Staff, calling: Client) -> None:
    viewer = town.viewer(clerk)
    assert {one.name for one in queries.to_call(viewer)} == {town.chen.name, town.wu.name, town.zheng.name}
    NotAsked.objects.create(person=town.wu, since="2026-11-01T08:00Z")
    Asking.objects.create(person=town.zheng, asked_on=date(2026, 11, 1), free_on=date(2026, 12, 1))
    assert [one.name for one in queries.to_call(viewer)] == [town.chen.name]
    page = calling.get(reverse("ratings-phone")).content.decode()
    assert reverse("rating-ask", args=[town.chen.pk]) in page


def test_the_answers_are_kept_once_with_who_asked(town: Town, clerk: Staff, calling: Client) -> None:
    address = reverse("rating-ask", args=[town.chen.pk])
    assert calling.post(address, ANSWERS | {"whole": ""}).status_code == 400
    assert not Asking.objects.exists()
    calling.post(address, ANSWERS)
    said = Rating.objects.get()
    assert (said.via, said.asked_by, said.score, said.year) == ("phone", clerk, 4, 2026)
    assert b"has answered already" in calling.get(address, follow=True).content
    assert b"has answered already" in calling.post(address, ANSWERS | {"whole": "1"}, follow=True).content
    assert Rating.objects.count() == 1


def test_who_does_not_wish_to_answer_is_not_called_again(town: Town, calling: Client) -> None:
    address = reverse("rating-ask", args=[town.chen.pk])
    calling.post(address, {"refused": "1"})
    assert Asking.objects.get().person == town.chen
    assert b"within the last 30 days" in calling.post(address, ANSWERS, follow=True).content
    assert not Rating.objects.exists()


def test_the_team_asks_nobody_and_strangers_are_not_found(town: Town, calling: Client) -> None:
    assert calling.get(reverse("rating-ask", args=[town.feng.pk])).status_code == 404
    nurse = Client()
    nurse.force_login(User.objects.get(pk=town.zhao.user_id))
    assert nurse.get(reverse("rating-ask", args=[town.chen.pk])).status_code == 404
    assert nurse.get(reverse("ratings-phone")).status_code == 403
    assert queries.year_of(town.chen.pk, TODAY)
