"""The worklist: the right people, in the right order, page by page, in few queries."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions as people
from jinxiu.people import clock
from jinxiu.people.access import TeamNotFound, Viewer
from jinxiu.people.models import Person, Team, TeamMembership
from jinxiu.people.queries import streets_for
from jinxiu.standards.verdict import STATUSES as VERDICT_STATUSES
from jinxiu.worklists import queries
from jinxiu.worklists.actions import refresh_person
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.queries import STATUSES, Page, team_counts, worklist
from jinxiu.worklists.rules import Key, SearchTerm, read_search_term
from tests.town import TODAY, Town, contact


def names(page: Page) -> list[str]:
    return [row.name for row in page.rows]


def test_most_urgent_first_then_longest_waiting(town: Town) -> None:
    page = worklist(town.viewer(town.wang))
    assert names(page) == ["陈志强", "吴建军", "周燕", "李秀兰"]
    assert page.after == ""
    first = [(row.items[0].urgency, row.items[0].due_on) for row in page.rows]
    assert first == sorted(first, key=lambda item: (-item[0], item[1]))


def test_a_row_says_what_a_page_needs(town: Town) -> None:
    chen = worklist(town.viewer(town.wang)).rows[0]
    assert (chen.person_id, chen.sex, chen.birth_date) == (town.chen.pk, "M", date(1955, 6, 15))
    assert (chen.masked_phone, chen.street, chen.street_en) == ("138****0021", "柳巷街道", "Liuxiang")
    assert chen.masked_id.startswith("140199********")
    item = chen.items[0]
    assert (item.standard, item.clause, item.classification, item.status) == (
        "hypertension",
        "followup",
        "danger",
        "due",
    )
    assert item.reason_args["systolic"] == 184
    assert chen.last_value is not None
    assert (chen.last_value.happened_on, chen.last_value.mode) == (date(2026, 11, 24), "clinic")
    assert chen.last_value.readings == {"systolic": 184, "diastolic": 102}


def test_other_items_stand_beside_the_first(town: Town) -> None:
    wu = next(row for row in worklist(town.viewer(town.wang)).rows if row.name == "吴建军")
    assert {item.standard for item in wu.items} == {"hypertension", "diabetes", "elderly"}
    assert all(item.person_id == wu.person_id and item.status in VERDICT_STATUSES for item in wu.items)


def test_what_fits_the_filter_stands_first(town: Town) -> None:
    wu = next(row for row in worklist(town.viewer(town.wang), standard="elderly").rows if row.name == "吴建军")
    assert wu.items[0].standard == "elderly"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"standard": "diabetes", "status": "danger"}, []),
        ({"standard": "diabetes"}, ["周燕", "吴建军"]),
        ({"status": "danger"}, ["陈志强"]),
        ({"status": "two_weeks"}, ["吴建军", "周燕"]),
        ({"status": "overdue"}, ["李秀兰"]),
        ({"status": "week"}, ["吴建军"]),
        ({"name": "志强"}, ["陈志强"]),
        ({"name": "chenzhi"}, ["陈志强"]),
        ({"name": "Chen Zhiqiang"}, ["陈志强"]),
        ({"name": "LXL"}, ["李秀兰"]),
        ({"name": "3318"}, ["李秀兰"]),
        ({"name": " ３３１８ "}, ["李秀兰"]),
        ({"name": "9006"}, []),
        ({"name": "冯明"}, []),
        ({"name": "%"}, []),
        ({"name": "_"}, []),
        ({"street": "140106006"}, ["吴建军", "周燕"]),
        ({"street": "140106006001"}, ["吴建军", "周燕"]),
        ({"street": "nowhere"}, []),
    ],
)
def test_filters(town: Town, filters: dict[str, Any], found: list[str]) -> None:
    assert names(worklist(town.viewer(town.wang), **filters)) == found


def test_a_persons_card_number_is_found_by_its_end(town: Town) -> None:
    end = worklist(town.viewer(town.wang)).rows[0].masked_id[-4:]
    assert names(worklist(town.viewer(town.wang), name=end)) == ["陈志强"]


def test_mine_are_those_whom_i_saw_last(town: Town) -> None:
    assert names(worklist(town.viewer(town.wang), mine=True)) == ["陈志强", "吴建军"]
    assert names(worklist(town.viewer(town.zhao), mine=True)) == ["李秀兰"]
    contact(town.chen, town.zhao, TODAY, systolic=182, diastolic=100)
    refresh_person(person_id=town.chen.pk, today=TODAY, actor=SYSTEM)
    assert names(worklist(town.viewer(town.zhao), mine=True)) == ["陈志强", "李秀兰"]


def test_strangers_see_their_own_list_only(town: Town) -> None:
    assert names(worklist(town.viewer(town.sun), status="upcoming")) == ["冯明"]
    with pytest.raises(TeamNotFound):
        worklist(town.viewer(town.sun), team_id=town.team1.pk)
    assert names(worklist(town.viewer(town.ma))) == []


def test_who_moved_away_from_the_team_is_off_the_list(town: Town) -> None:
    people.join_team(person_id=town.chen.pk, team_id=town.team2.pk, on=TODAY, actor=SYSTEM)
    assert "陈志强" not in names(worklist(town.viewer(town.wang)))
    assert names(worklist(town.viewer(town.sun))) == ["陈志强", "冯明"]


def test_the_list_follows_the_day(town: Town) -> None:
    later = town.viewer(town.wang, TODAY + timedelta(days=10))
    assert names(worklist(later, status="overdue")) == ["吴建军", "周燕", "李秀兰"]


def test_streets_to_choose_from_are_those_of_the_teams_people(town: Town) -> None:
    assert [street.name for street in streets_for(town.viewer(town.wang))] == ["柳巷街道", "桥东街道"]
    assert [street.name for street in streets_for(town.viewer(town.sun))] == ["桥东街道"]


def test_an_unknown_status_is_a_mistake_of_the_caller(town: Town) -> None:
    with pytest.raises(KeyError):
        worklist(town.viewer(town.wang), status="someday")


# --- counts -----------------------------------------------------------------------------------------------------------


def test_counts_count_people(town: Town) -> None:
    contact(town.zheng, town.zhao, TODAY, systolic=130, diastolic=80)
    contact(town.zheng, town.zhao, TODAY - timedelta(days=1), systolic=130, diastolic=80)
    counts = team_counts(town.viewer(town.wang))
    assert counts.members == 5
    assert (counts.danger, counts.two_weeks, counts.overdue, counts.week) == (1, 2, 1, 1)
    assert counts.soonest_two_weeks == date(2026, 11, 29)
    assert counts.overdue_since == date(2026, 9, 29)
    assert counts.open == 4
    # Everything in the town was written down today.
    assert counts.done_today == 4


def test_each_count_opens_its_people(town: Town) -> None:
    viewer = town.viewer(town.wang)
    counts = team_counts(viewer)
    for status in ("open", "danger", "two_weeks", "overdue", "week"):
        assert getattr(counts, status) == len(worklist(viewer, status=status).rows), status


def test_counts_of_nobody(town: Town) -> None:
    empty = Team.objects.create(code="new", name="新团队", institution=town.team1.institution)
    counts = team_counts(town.viewer(town.guo), empty.pk)
    assert (counts.members, counts.open, counts.overdue_since, counts.done_today) == (0, 0, None, 0)


def test_by_standard_and_by_team(town: Town) -> None:
    assert queries.open_by_standard(town.viewer(town.wang)) == {"diabetes": 2, "elderly": 2, "hypertension": 3}
    assert queries.overdue_by_team(town.viewer(town.guo)) == [(town.team1, 5, 1)]


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(town: Town) -> Town:
    """A hundred and fifty more people with random items, in three teams that manager Guo sees."""
    chance = random.Random(7)
    third = Team.objects.create(code="lx-2", name="第二团队", institution=town.team1.institution)
    crowd = Person.objects.bulk_create(
        Person(name=f"居民{number}", pinyin=f"jumin{number}", initials="jm", created_at=clock.now())
        for number in range(150)
    )
    TeamMembership.objects.bulk_create(
        TeamMembership(person=person, team=chance.choice([town.team1, third]), start_on=date(2024, 1, 1))
        for person in crowd
    )
    items = []
    for person in crowd:
        for standard in chance.sample(["hypertension", "diabetes", "elderly"], chance.randint(0, 3)):
            due_on = TODAY + timedelta(days=chance.randint(-20, 20))
            items.append(
                DueItem(
                    person=person,
                    standard=standard,
                    version="1",
                    clause=chance.choice(["followup", "yearly_exam"]),
                    cycle="2026",
                    opens_on=due_on - timedelta(days=chance.randint(0, 20)),
                    due_on=due_on,
                    closes_on=chance.choice([None, due_on, due_on + timedelta(days=5)]),
                    action="contact",
                    urgency=chance.choice([0, 0, 0, 1, 2, 3]),
                    reason_code="x",
                    opened_at=clock.now(),
                )
            )
    DueItem.objects.bulk_create(items)
    return town


def everything(viewer: Viewer, limit: int, **filters: Any) -> list[int]:
    """The people of all pages, in order."""
    found: list[int] = []
    page = worklist(viewer, limit=limit, **filters)
    found += [row.person_id for row in page.rows]
    while page.after:
        page = worklist(viewer, limit=limit, after=page.after, **filters)
        found += [row.person_id for row in page.rows]
    return found


def expected(team_ids: list[int], status: str, standard: str) -> list[int]:
    """The same list, made slowly and plainly."""
    members = TeamMembership.objects.filter(team__in=team_ids).values("person")
    rows = DueItem.objects.filter(STATUSES[status](TODAY), closed_at=None, person__in=members)
    first: dict[int, tuple[int, date]] = {}
    for row in rows.filter(standard=standard) if standard else rows:
        rank = (-row.urgency, row.due_on)
        first[row.person_id] = min(first.get(row.person_id, rank), rank)
    return sorted(first, key=lambda person_id: (*first[person_id], person_id))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("standard", ["", "diabetes"])
def test_pages_together_are_the_whole_list_for_one_team_and_for_many(crowd: Town, status: str, standard: str) -> None:
    manager = crowd.viewer(crowd.guo)
    for team_id in (None, crowd.team1.pk):
        team_ids = sorted(manager.team_ids) if team_id is None else [team_id]
        wanted = expected(team_ids, status, standard)
        for limit in (7, 1000):
            assert everything(manager, limit, team_id=team_id, status=status, standard=standard) == wanted


@pytest.mark.parametrize("filters", [{}, {"name": "居民"}, {"name": "0021"}, {"mine": True, "street": "140106001"}])
def test_a_page_costs_four_queries_however_many_people(
    crowd: Town, django_assert_num_queries: Any, filters: dict[str, Any]
) -> None:
    viewer = crowd.viewer(crowd.wang)
    with django_assert_num_queries(4):
        assert worklist(viewer, **filters).rows


def test_counts_cost_three_queries(crowd: Town, django_assert_num_queries: Any) -> None:
    viewer = crowd.viewer(crowd.guo)
    with django_assert_num_queries(3):
        team_counts(viewer)


def test_a_page_of_many_teams_walks_along_the_index(crowd: Town) -> None:
    """So it costs what it shows, not what the town holds."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE worklists_dueitem; ANALYZE people_teammembership; SET LOCAL enable_seqscan = off")
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and not plans:
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    viewer = crowd.viewer(crowd.guo)
    with connection.execute_wrapper(explain):
        worklist(viewer, limit=5)
    assert "due_item_by_urgency" in plans[0]
    assert "Sort" not in plans[0].split("due_item_by_urgency")[0].replace("Incremental Sort", "")


# --- what was typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", None),
        ("  ", None),
        ("王", SearchTerm(name="王")),
        ("Wang Jian-guo", SearchTerm(name="Wang Jian-guo", letters="wangjianguo")),
        ("wjg", SearchTerm(name="wjg", letters="wjg")),
        ("002x", SearchTerm(name="002x", letters="002x", last4="002X")),
        ("00211", SearchTerm(name="00211", letters="00211")),
    ],
)
def test_search_terms(typed: str, meant: SearchTerm | None) -> None:
    assert read_search_term(typed) == meant


def test_a_key_reads_back_and_nonsense_is_the_first_page() -> None:
    key = Key(3, date(2026, 11, 25), 42)
    assert Key.read(str(key)) == key
    for nonsense in ("", "x", "3_2026-13-45_1", "9_2026-11-25_1", "3_2026-11-25_٣", f"{key}; DROP TABLE"):
        assert Key.read(nonsense) is None
