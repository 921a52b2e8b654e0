"""What may be shown of teams."""

from __future__ import annotations

from datetime import date

from jinxiu.ratings import queries
from tests.ratings.folk import rated
from tests.town import TODAY, Town

OCTOBER = date(2026, 10, 9)


def test_five_people_make_a_number_and_four_make_none(town: Town, django_assert_num_queries) -> None:
    teams = [town.team1.pk, town.team2.pk]
    for person, score in zip(town.people[:4], (5, 4, 2, 5), strict=True):
        rated(person, town.team1, OCTOBER, score)
        rated(person, town.team2, OCTOBER, score, year=2025)
    assert queries.summaries_of(teams, TODAY)[town.team1.pk].score is None
    rated(town.people[4], town.team1, OCTOBER, 4)
    with django_assert_num_queries(1):
        found = queries.summaries_of(teams, TODAY)
    assert (found[town.team1.pk].answers, found[town.team1.pk].score, found[town.team1.pk].satisfied) == (5, 4.0, 4)
    assert found[town.team2.pk].answers == 0


def test_this_month_is_not_shown_and_a_small_month_waits(town: Town) -> None:
    team = town.team1
    for person in town.people:
        rated(person, team, TODAY, 1)
    assert queries.summaries_of([team.pk], TODAY)[team.pk].answers == 0
    for person in town.people[:3]:
        rated(person, team, date(2026, 8, 5), 5, year=2024)
    for person in town.people[2:]:
        rated(person, team, date(2026, 9, 30), 3, year=2023)
    found = queries.satisfaction([team.pk], date(2026, 8, 1), date(2026, 9, 30), today=TODAY)[team.pk]
    assert (found.answers, found.points) == (7, (0, 0, 4, 0, 3))
    assert queries.satisfaction([team.pk], date(2026, 9, 1), date(2026, 9, 30), today=TODAY)[team.pk].answers == 0


def test_a_change_counts_instead_of_what_it_changes(town: Town) -> None:
    first = [rated(person, town.team1, OCTOBER, 2) for person in town.people]
    changed = first[0]
    changed.pk, changed.supersedes_id, changed.score = None, changed.pk, 5
    changed.save(force_insert=True)
    assert queries.summaries_of([town.team1.pk], TODAY)[town.team1.pk].points == (0, 5, 0, 0, 1)
