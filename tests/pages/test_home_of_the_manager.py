"""What waits for who keeps teams, on the first page: only what is there, with its place, in few questions."""

from datetime import timedelta

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries
from tests.pages.test_worklist import as_
from tests.town import TODAY, Town

from jinxiu.emergency.models import EmergencyOpening
from jinxiu.people import clock
from jinxiu.people.models import Qualification, Staff, StaffAssignment, Team
from jinxiu.worklists.keeping import lines_for

DAY = timedelta(days=1)


def qualify(staff: Staff, days: int) -> Qualification:
    return Qualification.objects.create(staff=staff, kind="nurse", valid_to=TODAY + days * DAY, recorded_at=clock.now())


def let_stand_in(town: Town, days: int, team: Team | None = None) -> None:
    StaffAssignment.objects.create(
        staff=town.zhao,
        role="doctor",
        team=team or town.team1,
        stands_in_for=town.wang,
        start_on=TODAY - DAY,
        end_on=TODAY + days * DAY,
    )


def open_in_emergency(town: Town, staff: Staff) -> None:
    now = clock.now()
    EmergencyOpening.objects.create(
        staff=staff,
        person=town.feng,
        team=town.team1,
        reason="present",
        words="he is here",
        opened_at=now,
        ends_at=now + timedelta(hours=1),
        review_by=now + DAY,
    )


def words(town: Town, staff: Staff) -> list[str]:
    with translation.override("en"):
        return [line.words for line in lines_for(town.viewer(staff))]


def test_nothing_waits_and_nothing_is_said(town: Town) -> None:
    assert words(town, town.guo) == []
    assert "需要您处理" not in as_(town.guo, "zh-hans").get("/").content.decode()


def test_each_line_has_its_number_and_its_place(town: Town, settings: object) -> None:
    settings.JINXIU_PEOPLE_PER_DOCTOR = 4  # type: ignore[attr-defined]
    for days in (-1, 0, 60, 61):
        qualify(town.zhao, days)
    withdrawn = qualify(town.wang, -1)
    Qualification.objects.filter(pk=withdrawn.pk).update(withdrawn_on=TODAY)
    let_stand_in(town, 7)
    open_in_emergency(town, town.wang)
    open_in_emergency(town, town.guo)  # nobody reviews their own
    assert words(town, town.guo) == [
        "1 emergency opening waits for review",
        "1 qualification has expired",
        "2 qualifications expire within 60 days",
        "1 team is above its limit",
        "1 stand-in today",
        "1 stand-in ends within 7 days",
    ]
    found = as_(town.guo, "en").get("/").content.decode()
    assert f'1 qualification has expired · <a href="/teams/{town.team1.pk}/">Team 1</a>' in found
    assert "/emergency/reviews/" in found


def test_what_ends_later_is_no_end(town: Town) -> None:
    let_stand_in(town, 8)
    assert words(town, town.guo) == ["1 stand-in today"]


def test_a_stranger_and_colleagues_without_the_right_are_told_nothing(town: Town) -> None:
    qualify(town.sun, -1)  # of another institution
    assert words(town, town.guo) == []
    qualify(town.zhao, -1)
    assert words(town, town.wang) == words(town, town.zhao) == []


def test_a_closed_team_is_not_counted(town: Town) -> None:
    qualify(town.zhao, -1)
    Team.objects.filter(pk=town.team1.pk).update(closed_on=TODAY)
    assert words(town, town.guo) == []


def test_many_teams_ask_no_more_of_the_database(town: Town, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    viewer = town.viewer(town.guo)
    with django_assert_num_queries(6):
        lines_for(viewer)
    for number in range(2, 7):
        team = Team.objects.create(code=f"lx-{number}", name=f"{number} 队", institution=town.team1.institution)
        let_stand_in(town, 3, team)
    viewer = town.viewer(town.guo)
    with django_assert_num_queries(6), translation.override("en"):
        line = lines_for(viewer)[0]
    assert line.words == "5 stand-ins today"
    assert [words for words, _url in line.links] == ["2 队", "3 队", "4 队", "2 more teams"]


@pytest.mark.parametrize("who", ["wang", "ma"])
def test_standards_with_nobody_are_left_out(town: Town, who: str) -> None:
    rows = as_(getattr(town, who), "en").get("/").context["by_standard"]
    assert rows
    assert all(row.value for row in rows)
