"""What staff read of ratings: own team and own centre, never who, never fewer than five."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jinxiu.oversight.queries import copy_file
from jinxiu.people.models import Staff, User
from jinxiu.ratings import queries
from tests.ratings.folk import rated
from tests.town import TODAY, Town

OCTOBER = date(2026, 10, 9)


def page(staff: Staff, address: str, status: int = 200, **more) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=staff.user_id))
    response = client.get(address, **more)
    assert response.status_code == status
    return response.content.decode()


def of_team(town: Town, number: int = 1) -> str:
    return reverse("ratings-of-team", args=[(town.team1 if number == 1 else town.team2).pk])


@pytest.fixture
def answered(town: Town) -> Town:
    """Five people of team 1 answered in October, one more in September; four of team 2."""
    scores = (5, 4, 4, 1, 5)
    for person, score in zip(town.people, scores, strict=False):
        rated(person, town.team1, OCTOBER, score, words=f"words {6 - score} of somebody")
        if score < 5:
            rated(person, town.team2, OCTOBER, score, year=2025, words="of team two")
    rated(town.feng, town.team1, date(2026, 11, 9), 1, words="of November")
    return town


def test_the_own_team_reads_numbers_and_words_and_nobody(answered: Town) -> None:
    text = page(answered.zhao, of_team(answered))
    assert ">3.8<" in text
    assert "80 %" in text
    assert "October 2026" in text
    assert "of November" not in text
    assert [text.index(f"words {number} of") for number in (1, 2, 5)] == sorted(
        text.index(f"words {number} of") for number in (1, 2, 5)
    )
    assert "How easy was it to reach the team?" in text
    for person in answered.people:
        assert person.name not in text


def test_who_has_one_team_is_led_to_it_and_others_teams_are_not_found(answered: Town) -> None:
    assert "words" in page(answered.wang, reverse("ratings"), follow=True)
    page(answered.wang, of_team(answered, 2), 404)
    page(answered.guo, of_team(answered, 2), 404)


def test_four_answers_are_too_few(answered: Town) -> None:
    text = page(answered.sun, of_team(answered, 2))
    assert "Not enough answers yet" in text
    assert "of team two" not in text


def test_the_officer_reads_numbers_of_all_and_no_words(answered: Town) -> None:
    text = page(answered.ma, reverse("ratings"))
    assert "too few to be shown" in text
    assert "Liuxiang Health Centre · Team 1" in text
    assert ">3.8<" in page(answered.ma, of_team(answered))
    assert "words" not in page(answered.ma, of_team(answered)).split("<main")[1].replace("own words", "")


def test_a_question_is_shown_once_five_have_answered_it(town: Town, django_assert_max_num_queries) -> None:
    for number, person in enumerate(town.people):
        home = {"home": 5} if number < 4 else {}
        rated(person, town.team1, OCTOBER, 4, answers={"whole": 4, "reach": 3} | home)
    with django_assert_max_num_queries(3):
        found = queries.result_of(town.team1.pk, TODAY, with_words=True)
    assert [(question.code, numbers.points) for _survey, question, numbers in found.questions] == [
        ("reach", (0, 0, 6, 0, 0))
    ]


def test_the_copy_that_staff_make_leaves_out_what_the_person_said(answered: Town) -> None:
    for whole in (False, True):
        archive = zipfile.ZipFile(io.BytesIO(copy_file(answered.chen.pk, with_ratings=whole)))
        assert ("words 1 of" in archive.read("everything.json").decode()) is whole
