"""The boards: everybody of a programme, who misses what and why, for those who may see them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.facts import facts
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.boards import queries, rules
from jinxiu.familydoctor.boards.queries import Board, BoardNotFound, Scope, Wanted
from jinxiu.people.models import Person, Staff, TeamMembership
from jinxiu.people.roles import SEE_RECORD
from jinxiu.standards.eligibility import age_day
from jinxiu.standards.judge import stand
from jinxiu.standards.model import BelowAge, MinAge, MinAgeMonths
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.standards import catalogue
from tests.exports.test_exports import as_
from tests.town import TODAY, Town, enrol

BOARD = "/groups/hypertension/"


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    (main,) = re.findall(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def names(client: Client, address: str) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]+)</a>', client.get(address).content.decode())


def group(town: Town, staff: Staff, standard: str = "hypertension", **scope: object) -> queries.Group:
    viewer = town.viewer(staff)
    return queries.group_of(viewer, queries.board_of(viewer, standard), Scope(**scope))  # type: ignore[arg-type]


def listed(found: queries.Group, **wanted: str) -> list[str]:
    return [row.name for row in queries.page(found, Wanted(**wanted), limit=50).rows]


# --- who is in --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [MinAge(65), MinAgeMonths(18), BelowAge(7)])
@pytest.mark.parametrize("day", [date(2026, 11, 25), date(2024, 2, 29), date(2026, 2, 28), date(2026, 3, 1)])
def test_the_latest_birth_date_that_has_the_age(age: MinAge | MinAgeMonths | BelowAge, day: date) -> None:
    born = rules.latest_birth(age, day)
    assert age_day(age, born) <= day < age_day(age, born + timedelta(days=1))


def test_a_board_has_the_living_of_the_programme_in_the_viewers_teams(town: Town) -> None:
    assert listed(group(town, town.wang), status="all") == ["吴建军", "李秀兰", "陈志强"]
    assert listed(group(town, town.guo), status="all") == ["吴建军", "李秀兰", "陈志强"]
    assert listed(group(town, town.sun), status="all") == ["冯明"]
    assert set(listed(group(town, town.wang, "elderly"), status="all")) == {"陈志强", "吴建军", "郑玉梅"}
    Person.objects.filter(pk=town.li.pk).update(died_on=TODAY)
    TeamMembership.objects.filter(person=town.wu).update(team=town.team2)
    assert listed(group(town, town.wang), status="all") == ["陈志强"]


def test_the_people_of_every_board_are_those_for_whom_the_engine_says_the_standard_holds(town: Town) -> None:
    enrol(town.zhou, "pregnancy", date(2026, 5, 4))
    enrol(town.zheng, "agreement", date(2026, 1, 1))
    Person.objects.filter(pk=town.li.pk).update(birth_date=date(2024, 2, 29))
    Person.objects.filter(pk=town.wu.pk).update(birth_date=None)
    viewer, persons = town.viewer(town.wang), [*facts(TODAY).persons([str(one.pk) for one in town.people])]
    for standard in catalogue().in_force(TODAY):
        found = queries.group_of(viewer, Board(standard, SEE_RECORD), Scope())
        holds = {int(one.person_id) for one in persons if stand(standard, one, TODAY)} - {town.feng.pk}
        assert found.people == len(holds), standard.id
        assert set(map(int, filter(None, found.ids.strip("{}").split(",")))) == holds, standard.id


def test_what_is_enrolled_under_a_merged_record_is_the_kept_persons(town: Town) -> None:
    enrol(town.zhou, "hypertension", date(2026, 1, 5))
    Person.objects.filter(pk=town.zhou.pk).update(merged_into=town.zheng)
    assert "郑玉梅" in listed(group(town, town.wang), status="all")
    assert "周燕" not in listed(group(town, town.wang), status="all")


def test_a_community_or_its_street_narrows_the_board(town: Town) -> None:
    assert group(town, town.wang, place="140106006001").people == 1
    assert listed(group(town, town.wang, place="140106006"), status="all") == ["吴建军"]
    assert [place.code for place in queries.places_for(town.viewer(town.wang))] == ["140106001001", "140106006001"]


# --- what is missing --------------------------------------------------------------------------------------------------


def test_the_numbers_are_the_people_behind_them(town: Town) -> None:
    enrol(town.zheng, "hypertension", date(2026, 11, 20))
    refresh_person(person_id=town.zheng.pk, today=TODAY, actor=SYSTEM)
    found = group(town, town.wang)
    counted = queries.numbers(found)
    assert (found.people, counted.open, counted.overdue) == (4, 4, 1)
    assert listed(found, status="overdue") == ["李秀兰"]
    by_gap = {one.gap.key: (one.open, one.overdue) for one in counted.gaps}
    assert by_gap["followup.never"] == (1, 0)
    for one in counted.gaps:
        assert len(listed(found, gap=one.gap.key)) == one.open
        assert len(listed(found, gap=one.gap.key, status="overdue")) == one.overdue
    assert listed(found, gap="followup.never") == ["郑玉梅"]
    assert set(listed(found, gap="followup", status="nothing")) == set(listed(found, status="all")) - set(
        listed(found, gap="followup")
    )


def test_who_was_lost_or_refused_stands_apart_until_enrolled_again(town: Town) -> None:
    row = Enrolment.objects.get(person=town.li, kind="hypertension")
    evidence.end_enrolment(
        enrolment_id=row.pk, end_on=date(2026, 11, 2), end_reason="lost", actor=SYSTEM, recorded_by=None
    )
    found = group(town, town.wang)
    assert found.people == 2
    assert queries.numbers(found).gone == {"lost": 1, "refused": 0}
    (li,) = queries.page(found, Wanted(status="lost"), limit=5).rows
    assert (li.name, li.gone, li.items) == ("李秀兰", ("lost", date(2026, 11, 2)), ())
    assert "Lost from sight; the last day in the programme was 2 November" in text_of(
        as_(town.wang, "en"), BOARD + "?status=lost"
    )
    enrol(town.li, "hypertension", TODAY)
    assert queries.numbers(group(town, town.wang)).gone == {"lost": 0, "refused": 0}


def test_a_row_has_each_thing_with_its_reason_and_the_last_value(town: Town) -> None:
    text = text_of(as_(town.wang, "en"), BOARD + "?name=吴")
    for words in ("Refer · Next contact", "152/92", "Face-to-face contacts in 2026", "Call"):
        assert words in text, words
    assert "陈志强" not in text
    assert "6.4" not in text, "the board of the pressure shows the pressure"
    assert "Call" not in text_of(as_(town.guo, "en"), BOARD + "?name=吴"), "who records no care calls nobody"


@pytest.mark.parametrize("text", ["wjj", "wujianjun", "1147", "建军"])
def test_a_person_is_found_by_what_is_typed(town: Town, text: str) -> None:
    assert listed(group(town, town.wang), text=text) == ["吴建军"]


def test_the_list_is_walked_by_name(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinxiu.familydoctor.boards.views.PAGE_ROWS", 1)
    seen, address = [], BOARD + "?status=all"
    for _page in range(3):
        page = as_(town.wang).get(address).content.decode()
        seen += re.findall(r'<a class="name"[^>]*>([^<]+)</a>', page)
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == ["吴建军", "李秀兰", "陈志强"]
    assert not address
    assert names(as_(town.wang), f"{BOARD}?status=all&after={town.feng.pk}") == ["吴建军"], "out of reach tells nothing"
    assert names(as_(town.wang), f"{BOARD}?status=all&after=x") == ["吴建军"]


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_the_first_page_has_every_group_within_reach(town: Town) -> None:
    enrol(town.zheng, "mental", date(2026, 2, 1))
    assert "Hypertension 3 3 1" in text_of(as_(town.guo, "en"), "/groups/")
    assert "Severe mental disorder 1" in text_of(as_(town.wang, "en"), "/groups/")
    assert "mental" not in text_of(as_(town.zhao, "en"), "/groups/")
    assert "Referral" not in text_of(as_(town.wang, "en"), "/groups/"), "what holds for everybody is no group"
    assert as_(town.ma).get("/groups/").status_code == 403


def test_what_is_sheltered_has_a_board_for_the_doctors_of_these_very_people(town: Town) -> None:
    enrol(town.zheng, "mental", date(2026, 2, 1))
    enrol(town.feng, "mental", date(2026, 2, 1))
    assert names(as_(town.wang), "/groups/mental/?status=all") == ["郑玉梅"]
    assert names(as_(town.sun), "/groups/mental/?status=all") == ["冯明"]
    for staff in (town.zhao, town.guo):
        assert as_(staff).get("/groups/mental/").status_code == 404
        with pytest.raises(BoardNotFound):
            group(town, staff, "mental")


def test_the_trail_keeps_who_was_seen(town: Town) -> None:
    as_(town.guo).get(BOARD + "?status=overdue")
    line = AuditEntry.objects.get(action="group.people_listed")
    assert line.detail == {"standard": "hypertension", "rows": 1, "people": [town.li.pk]}


def test_a_team_out_of_reach_is_no_choice_and_a_wrong_word_is_none(town: Town) -> None:
    assert names(as_(town.guo), f"{BOARD}?team={town.team2.pk}&status=all") == ["吴建军", "李秀兰", "陈志强"]
    assert names(as_(town.guo), f"{BOARD}?gap=nonsense&status=nonsense&place=1") == ["吴建军", "李秀兰", "陈志强"]
    assert as_(town.guo).get("/groups/no_such_thing/").status_code == 404


def test_pages_ask_a_bounded_number_of_queries(town: Town, django_assert_max_num_queries: object) -> None:
    for address, most in ((BOARD, 21), (f"{BOARD}?status=all&after={town.wu.pk}", 22), ("/groups/", 27)):
        client = as_(town.guo)
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            assert client.get(address).status_code == 200


def test_the_filters_get_the_list_alone(town: Town) -> None:
    answer = as_(town.wang).get(BOARD, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in answer
    assert "陈志强" in answer
