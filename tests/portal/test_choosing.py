"""Teams as everybody may read of them: near me, one, two side by side; nobody is named who lives here."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from jinxiu.audit.models import AuditEntry
from jinxiu.people import clock
from jinxiu.people.models import Household, Institution, Person, Place, Team, TeamMembership
from jinxiu.portal import pages
from jinxiu.portal.choosing import rules, wording
from jinxiu.portal.limits import PerAddress
from jinxiu.ratings.rules import Summary
from tests.town import TODAY, Town, town

__all__ = ["town"]

TEAMS, COMPARE = reverse("my-teams"), reverse("my-teams-compare")


@pytest.fixture(autouse=True)
def _asked_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_asked", PerAddress())


def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


def read(address: str, **asked: object) -> str:
    response = anybody().get(address, asked)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("signed", "cap", "room"),
    [(0, 2000, "room"), (1799, 2000, "room"), (1800, 2000, "nearly"), (2000, 2000, "full"), (0, 0, "none")],
)
def test_how_full_a_team_is(signed: int, cap: int, room: str) -> None:
    assert rules.room_of(signed, cap) == room


def test_a_minute_is_counted_for_each_address_and_forgotten() -> None:
    limit = PerAddress()
    assert [limit.is_too_much("a", most=2, now=now) for now in (0, 30, 59, 60)] == [False, False, True, False]
    assert not limit.is_too_much("b", most=2, now=60)


def test_everybody_reads_what_teams_say_of_themselves(town: Town) -> None:
    Team.objects.filter(pk=town.team1.pk).update(
        specialities=["tcm"], languages=["eng"], services=["home_visit"], home_visit_items=["dressing"]
    )
    lines = AuditEntry.objects.count()
    listed, one = read(TEAMS), read(reverse("my-team", args=[town.team1.pk]))
    for text in (listed, one):
        for words in ("Team 1", "Liuxiang Health Centre", "Wang Jianguo", "Chinese medicine", "English", "home visits"):
            assert words in text
        assert "Has room" in text
        assert "Not yet rated by enough people" in text
        assert 'href="tel:03514000001"' in text
        assert 'href="tel:120"' in text
        for person in town.people:
            assert person.name not in text
    assert "dressing of wounds" in one
    assert AuditEntry.objects.count() == lines, "nobody's data were shown"


def test_teams_are_found_by_place_institution_and_name(town: Town) -> None:
    here, there = Place.objects.get(code="140106001"), Place.objects.get(code="140106006")
    centre = Institution.objects.get(code="qd")
    for asked, found in (
        ({"place": here.pk}, "Team 1"),
        ({"place": there.pk}, "Team 2"),
        ({"institution": centre.pk}, "Team 2"),
        ({"name": "wang jian"}, "Team 1"),
        ({"name": "桥东"}, "Team 2"),
    ):
        text = read(TEAMS, **asked)
        assert found in text
        assert ("Team 2" if found == "Team 1" else "Team 1") not in text
    assert f'<option value="{here.pk}" selected>' in read(TEAMS, place=here.pk)
    assert "No team was found here" in read(TEAMS, name="nobody")
    for nonsense in ({"place": "9" * 30}, {"place": "x"}, {"institution": -1}, {"page": "0"}, {"name": "\x00"}):
        assert anybody().get(TEAMS, nonsense).status_code == 200


def test_the_team_of_the_neighbours_comes_first_and_few_are_not_told(town: Town) -> None:
    """Chen's community belongs to Liuxiang; of five people nobody is told, of twenty it is."""
    community = Place.objects.get(pk=Household.objects.get(persons=town.chen).place_id)
    assert "many people of your community" not in read(TEAMS, place=community.pk)
    house = Household.objects.create(place=community)
    neighbours = [Person.objects.create(name=f"邻居{n}", household=house, created_at=clock.now()) for n in range(20)]
    TeamMembership.objects.bulk_create(
        TeamMembership(person=one, team=town.team2, start_on=date(2026, 1, 1)) for one in neighbours
    )
    text = read(TEAMS, place=community.pk)
    assert text.count("many people of your community") == 1
    assert text.index("Team 2") < text.index("Team 1")


def test_two_teams_stand_side_by_side_by_an_address_that_can_be_passed_on(town: Town) -> None:
    one, two = town.team1.pk, town.team2.pk
    text = read(COMPARE, team=[one, two])
    assert text.index("Wang Jianguo") < text.index("Sun Li")
    assert "the first two" in read(COMPARE, team=[one, two, 1])
    assert "not there any more" in read(COMPARE, team=[one, 10**17])
    assert "Choose two teams" in read(COMPARE, team=["x", one, one])
    Team.objects.filter(pk=two).update(closed_on=TODAY)
    assert "Sun Li" not in read(COMPARE, team=[one, two])


def test_a_team_that_is_closed_or_unknown_is_not_found(town: Town) -> None:
    Team.objects.filter(pk=town.team1.pk).update(closed_on=TODAY)
    Institution.objects.filter(code="qd").update(closed_on=TODAY)
    for team_id in (town.team1.pk, town.team2.pk, 999_999):
        answer = anybody().get(reverse("my-team", args=[team_id]))
        assert answer.status_code == 404
        assert "There is no such team" in answer.content.decode()
    assert "No team was found" in read(TEAMS)


def test_few_questions_whatever_the_number_of_teams(town: Town) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert anybody().get(address).status_code == 200
        return len(queries)

    addresses = (
        TEAMS,
        reverse("my-team", args=[town.team1.pk]),
        f"{COMPARE}?team={town.team1.pk}&team={town.team2.pk}",
    )
    before = [asked(one) for one in addresses]
    assert before == [8, 5, 6]
    centre = town.team1.institution
    Team.objects.bulk_create(Team(code=f"lx-{n}", name=f"团队{n}", institution=centre) for n in range(2, 30))
    assert [asked(one) for one in addresses] == before
    assert 'rel="next"' in read(TEAMS)
    assert 'rel="prev"' in read(TEAMS, page=2)


def test_one_address_does_not_ask_for_ever(town: Town, settings) -> None:
    settings.JINXIU_REQUESTS_PER_MINUTE = 3
    client = anybody()
    assert [client.get(TEAMS).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    last = client.get(TEAMS)
    assert last.headers["Retry-After"] == "60"
    assert "wait a minute" in last.content.decode()
    assert client.get(TEAMS, REMOTE_ADDR="10.1.2.3").status_code == 200


def test_a_rating_stands_with_its_number_of_answers() -> None:
    with translation.override("en"):
        assert wording.rating_of(Summary((0, 0, 1, 2, 3))) == "4.3 of 5, by 6 answers"
        assert wording.rating_of(Summary()) == "Not yet rated by enough people"
