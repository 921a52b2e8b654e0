"""What a list of residents says of others and of the end: who heads the household, who guards a child, who is gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.imports.wording import value_text
from jinxiu.familydoctor.residency.queries import last_departure
from jinxiu.people.families.actions import move
from jinxiu.people.families.rules import TO_HEAD
from jinxiu.people.families.wording import to_head
from jinxiu.people.models import Household, Person, PersonVersion, Relationship
from tests.imports.test_residents import LI_CARD, NEW, NEW_CARD, bring, reasons
from tests.register.test_registering import as_
from tests.town import TODAY, Town, id_card

HOME = ("姓名", "身份证号", "社区", "现住址", "户主", "与户主关系", "户主身份证号码")
CHILD_CARD = id_card(date(2018, 5, 6), 303)
CHILD = ("张小宝", CHILD_CARD, "柳巷社区", "柳巷路 20 号")
GUARDED = ("姓名", "身份证号", "社区", "现住址", "监护人姓名", "监护人证件号", "监护人联系电话", "监护人与本人关系")
GONE = ("姓名", "身份证号", "死亡时间", "迁出日期")


def homes(*rows: tuple[str, ...], **options: Any) -> ImportReport:
    return bring(*rows, headings=HOME, **options)


def test_the_head_represents_the_household(town: Town) -> None:
    head = (*NEW[:2], "柳巷社区", "柳巷路 20 号", "", "户主", "")
    wife = ("王芳", id_card(date(1952, 3, 3), 304), "柳巷社区", "柳巷路 20 号", "张建华", "妻", NEW_CARD)
    assert dict(+homes(wife, head).counts) == {"new": 2}
    household = Household.objects.get(address="柳巷路 20 号")
    assert household.representative == Person.objects.get(name="张建华")
    assert dict(+homes(wife, head).counts) == {"same": 2}


def test_every_relation_to_the_head_that_a_list_may_name_has_words() -> None:
    words = layouts()["residents"].columns["head_relation"].words
    assert set(words.values()) == set(TO_HEAD)
    assert all(to_head(code) for code in TO_HEAD)
    assert to_head("") == to_head("88") == ""


def test_what_each_member_is_to_the_head_is_kept_until_they_move(town: Town) -> None:
    def relations() -> dict[str, str]:
        return dict(Person.objects.exclude(head_relation="").values_list("name", "head_relation"))

    wife_card = id_card(date(1952, 3, 3), 304)
    head = (*NEW[:2], "柳巷社区", "柳巷路 20 号", "", "", NEW_CARD)  # whose number the head's is
    wife = ("王芳", wife_card, "柳巷社区", "柳巷路 20 号", "张建华", "妻", NEW_CARD)
    child = (*CHILD, "张建华", "外孙女", NEW_CARD)
    homes(head, wife, child, team_id=town.team1.pk)
    assert relations() == {"张建华": "02", "王芳": "10", "张小宝": "40"}
    page = as_(town.zhao).get(f"/people/{Person.objects.get(name='王芳').pk}/household/").content.decode()
    assert page.count("to the head of the household: husband or wife") == 1
    assert "to the head of the household: grandchild" in page
    assert page.count("head of the household</span>") == 1

    other = (*CHILD, "张建华", "孙子", NEW_CARD)
    silent = ("王芳", wife_card, "柳巷社区", "柳巷路 20 号", "张建华", "", NEW_CARD)
    assert dict(+homes(other, silent).counts) == {"same": 2}  # a grandchild still; nothing said takes nothing away
    in_law = (*CHILD, "张建华", "其他亲属", NEW_CARD)
    report = homes(in_law)
    assert (dict(+report.counts), dict(report.changed_fields)) == ({"changed": 1}, {"head_relation": 1})
    assert value_text("head_relation", report.changes[0].becomes) == "to the head of the household: another relative"
    away = ("王芳", wife_card, "桥东社区", "桥东街 7 号", "", "", "")
    homes(away)  # a list that says nothing of the new home's head
    assert relations() == {"张建华": "02", "张小宝": "97"}
    move(
        person_id=Person.objects.get(name="张小宝").pk,
        household_id=town.wu.household_id or 0,
        was=Household.objects.get(address="柳巷路 20 号").pk,
        actor=SYSTEM,
    )
    assert relations() == {"张建华": "02"}


def test_whoever_has_no_address_lives_with_the_head(town: Town) -> None:
    head = (*NEW[:2], "柳巷社区", "柳巷路 20 号", "", "本人", "")
    child = (*CHILD[:2], "", "", "", "孙子", NEW_CARD)
    homes(head, child)
    household = Person.objects.get(name="张小宝").household
    assert household is not None
    assert household.representative == Person.objects.get(name="张建华")


def test_a_head_of_registered_people_is_a_change_and_another_representative_stays(town: Town) -> None:
    li = ("李秀兰", LI_CARD, "", "", "李秀兰", "", "")
    looked = homes(li, dry_run=True)
    assert (dict(+looked.counts), dict(looked.changed_fields)) == ({"changed": 1}, {"head_name": 1})
    homes(li)
    town.li.refresh_from_db()
    household = town.li.household
    assert household is not None
    assert household.representative == town.li
    assert household.pk == town.chen.household_id
    other = homes(("李秀兰", LI_CARD, "", "", "陈志强", "", ""))
    household.refresh_from_db()
    assert household.representative == town.li
    assert reasons(other) == {"head_name:represented": 1}


def test_heads_that_cannot_be(town: Town) -> None:
    report = homes(
        (*CHILD, "", "户主", ""), (*NEW[:2], "柳巷社区", "柳巷路 21 号", "", "飞鸽", id_card(date(1960, 1, 1), 309))
    )
    assert reasons(report) == {"head_relation:word_unknown": 1, "head_number:head_unknown": 1}
    assert dict(+report.counts) == {"new": 2}
    assert Household.objects.get(address="柳巷路 20 号").representative is None  # a child


def test_a_guardian_by_number_is_a_guardian_and_any_other_a_contact(town: Town) -> None:
    rows = [
        (*CHILD, "李秀兰", LI_CARD, "13812343318", "母亲"),
        ("赵小妹", id_card(date(2019, 5, 6), 306), "", "", "赵大力", "", "13900000077", "父亲"),
        ("钱小弟", id_card(date(2020, 5, 6), 307), "", "", "张建华", NEW_CARD, "", ""),
        (*NEW[:2], "", "", "", "", "", ""),
    ]
    looked = bring(*rows, headings=GUARDED, dry_run=True)
    assert not Relationship.objects.exists()
    report = bring(*rows, headings=GUARDED)
    assert report.counts == looked.counts
    assert dict(+report.counts) == {"new": 4}
    found = Relationship.objects.order_by("person__birth_date")
    assert [(one.role, one.relation, one.relative and one.relative.name, one.name) for one in found] == [
        ("guardian", "52", "李秀兰", ""),
        ("contact", "51", None, "赵大力"),
        ("guardian", "99", "张建华", ""),
    ]
    assert [one.masked for one in found] == ["138****3318", "139****0077", ""]
    assert {one.start_on for one in found} == {TODAY}
    assert dict(+bring(*rows, headings=GUARDED).counts) == {"same": 4}
    assert Relationship.objects.count() == 3


def test_a_guardian_is_added_to_who_is_registered(town: Town) -> None:
    bring((*CHILD, "", "", "", ""), headings=GUARDED)
    report = bring((*CHILD, "李秀兰", LI_CARD, "", ""), headings=GUARDED)
    assert dict(report.changed_fields) == {"guardian_name": 1}
    assert Relationship.objects.get().relative == town.li
    assert dict(+bring((*CHILD, "李秀兰", LI_CARD, "", ""), headings=GUARDED).counts) == {"same": 1}


@pytest.mark.parametrize(
    ("card", "said", "reason"),
    [
        (CHILD_CARD, ("", LI_CARD, "", ""), "guardian_nameless"),
        (CHILD_CARD, ("王秀兰", LI_CARD, "", ""), "guardian_other_name"),
        (CHILD_CARD, ("张小宝", CHILD_CARD, "", ""), "guardian_self"),
        (CHILD_CARD, ("小明", id_card(date(2015, 5, 6), 308), "", ""), "guardian_child"),
        (NEW_CARD, ("李秀兰", LI_CARD, "", ""), "guardian_of_adult"),
    ],
)
def test_guardians_that_cannot_be(town: Town, card: str, said: tuple[str, ...], reason: str) -> None:
    report = bring(("张小宝", card, "", "", *said), headings=GUARDED)
    assert reasons(report) == {f"guardian_name:{reason}": 1}
    assert dict(+report.counts) == {"new": 1}
    assert not Relationship.objects.exists()


def test_a_death_closes_what_it_closes_on_the_page(town: Town) -> None:
    row = ("李秀兰", LI_CARD, "2026-11-20", "")
    looked = bring(row, headings=GONE, dry_run=True)
    assert (dict(+looked.counts), dict(looked.changed_fields)) == ({"changed": 1}, {"died_on": 1})
    bring(row, headings=GONE)
    town.li.refresh_from_db()
    assert town.li.died_on == date(2026, 11, 20)
    assert [one.end_on for one in town.li.memberships.all()] == [date(2026, 11, 20)]
    ended = Enrolment.objects.filter(person=town.li, supersedes__isnull=False).get()
    assert (ended.kind, ended.end_on, ended.end_reason) == ("hypertension", date(2026, 11, 20), "died")
    departure = last_departure(town.li)
    assert departure is not None
    assert departure.memberships
    before = PersonVersion.objects.count()
    assert dict(+bring(row, headings=GONE).counts) == {"same": 1}
    assert PersonVersion.objects.count() == before
    assert dict(+bring(("李秀兰", LI_CARD, "", ""), headings=GONE).counts) == {"refused": 1}


def test_somebody_unknown_who_is_gone_comes_in_without_team_and_programme(town: Town) -> None:
    headings = (*GONE, "责任团队", "高血压", "建档日期")
    report = bring((*NEW[:2], "", "2026-05-01", "lx-1", "是", "2020-01-01"), headings=headings)
    assert dict(+report.counts) == {"new": 1}
    person = Person.objects.get(name="张建华")
    assert person.left_on == date(2026, 5, 1)
    assert not person.memberships.exists()
    assert not Enrolment.objects.filter(person=person).exists()
    assert dict(+bring((*NEW[:2], "", "2026-05-01", "lx-1", "是", "2020-01-01"), headings=headings).counts) == {
        "same": 1
    }
    died = bring((*NEW[:2], "2026-06-01", "2026-05-01"), headings=GONE)
    assert dict(died.changed_fields) == {"died_on": 1}


def test_days_of_an_end_that_cannot_be(town: Town) -> None:
    bring((*NEW[:2], "", "2026-05-01"), headings=GONE)
    report = bring(
        ("李秀兰", LI_CARD, "2026-01-05", ""),  # seen in July
        (*NEW[:2], "2026-04-01", ""),
        (*CHILD[:2], "2010-01-01", ""),
        ("王芳", id_card(date(1952, 3, 3), 304), "2026-12-24", ""),
        headings=GONE,
    )
    assert dict(+report.counts) == {"refused": 4}
    assert set(reasons(report)) == {
        "died_on:seen_later",
        "died_on:before_leaving",
        "died_on:before_birth",
        "died_on:day_future",
    }
