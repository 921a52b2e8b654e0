"""Residents out of files into the register: what is new, changed, the same, refused; once, whole, and told."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.test import Client
from django.utils.translation import override

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import end_enrolment
from jinxiu.evidence.models import Enrolment
from jinxiu.familydoctor.imports.actions import import_residents
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.imports.wording import found_text, outcome, value_sentence
from jinxiu.people.models import ContactPoint, Identifier, Person, Place, TeamMembership, User
from jinxiu.people.queries import person_id_by_identifier
from jinxiu.people.restricting.actions import restrict
from jinxiu.people.restricting.kinds import STORED_ONLY
from tests.imports.files import HEADINGS, text, xlsx
from tests.town import TODAY, Town, id_card

NEW_BORN = date(1950, 2, 1)
NEW_CARD = id_card(NEW_BORN, 301)
NEW = ("张建华", NEW_CARD, "男", "1950-02-01", "13912340001", "柳巷社区居委会", "柳巷路 20 号", "第一团队")
LI_CARD = id_card(date(1968, 3, 1), 8)


def li(**changes: str) -> tuple[str, ...]:
    """Li Xiulan as the town has her."""
    row = dict(
        zip(
            HEADINGS,
            ("李秀兰", LI_CARD, "女", "19680301", "13812343318", "柳巷社区", "柳巷路 12 号", "lx-1"),
            strict=False,
        )
    )
    return tuple((row | changes).values())


def bring(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS, **options: Any) -> ImportReport:
    return import_residents([("名册.xlsx", xlsx([headings, *rows]))], actor=SYSTEM, **options)


def reasons(report: ImportReport) -> Counter[str]:
    return Counter(f"{problem.field}:{problem.reason}" for _, problem in report.problems)


def test_a_new_person_is_registered_whole(town: Town) -> None:
    report = bring(NEW)
    assert dict(+report.counts) == {"new": 1}
    person = Person.objects.get(pk=person_id_by_identifier("id_card", NEW_CARD))
    assert (person.name, person.pinyin, person.sex, person.birth_date) == ("张建华", "zhangjianhua", "M", NEW_BORN)
    assert person.household is not None
    assert (person.household.place.name, person.household.address) == ("柳巷社区", "柳巷路 20 号")
    assert [phone.masked for phone in person.contact_points.all()] == ["139****0001"]
    assert [(one.team, one.start_on) for one in person.memberships.all()] == [(town.team1, TODAY)]


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    rows = (NEW, li(), ("无号人", "", "女", "1977-07-07", "", "柳巷社区", "柳巷路 1 号", "lx-1"))
    first = bring(*rows)
    assert dict(+first.counts) == {"new": 2, "same": 1}
    before = [
        list(table.objects.order_by("pk").values()) for table in (Person, TeamMembership, ContactPoint, Enrolment)
    ]
    again = bring(*rows)
    assert dict(+again.counts) == {"same": 3}
    after = [list(table.objects.order_by("pk").values()) for table in (Person, TeamMembership, ContactPoint, Enrolment)]
    assert before == after


def test_a_dry_run_says_the_same_and_writes_nothing_but_its_line(town: Town) -> None:
    people = Person.objects.count()
    report = bring(NEW, li(现住址="柳巷路 99 号"), dry_run=True)
    assert dict(+report.counts) == {"new": 1, "changed": 1}
    assert not report.applied
    assert Person.objects.count() == people
    (change,) = report.changes
    assert (change.field, change.was, change.becomes) == ("address", "柳巷社区 柳巷路 12 号", "柳巷社区 柳巷路 99 号")
    assert AuditEntry.objects.latest("pk").action == "residents.dry_run"


def test_changes_field_by_field_and_empty_cells_erase_nothing(town: Town) -> None:
    report = bring(li(姓名="李秀蘭", 联系电话="13812343318/13700000001", 社区="", 现住址="", 责任团队="第二团队"))
    assert dict(report.changed_fields) == {"name": 1, "phone": 1, "team": 1}
    town.li.refresh_from_db()
    assert (town.li.name, town.li.household_id) == ("李秀蘭", town.chen.household_id)
    assert town.li.contact_points.count() == 2
    moved = list(town.li.memberships.order_by("start_on").values_list("team__code", "start_on", "end_on"))
    assert moved == [("lx-1", date(2023, 1, 1), date(2026, 11, 24)), ("qd-1", TODAY, None)]


def test_refused_rows_stay_out_and_say_why(town: Town) -> None:
    report = bring(
        NEW,
        ("", NEW_CARD, "男", "1950-02-01"),
        ("王小明", 1.40106e17, "男", ""),
        ("王小红", "140106202302290016", "女", ""),
        ("王小刚", "", "男", ""),
        ("张建华", NEW_CARD, "男", "1950-02-01"),
        ("王小强", id_card(date(1960, 1, 1), 5), "女", "1960-01-02"),
    )
    assert dict(+report.counts) == {"new": 1, "refused": 6}
    assert set(reasons(report)) == {
        "name:needed",
        "id_number:id_digits_lost",
        "id_number:id_card_date",
        "id_number:who",
        "id_number:repeated",
        "sex:sex_not_of_card",
        "birth_date:birth_date_not_of_card",
    }
    assert [place.row for place, _ in report.problems] == [3, 4, 5, 6, 7, 8, 8]
    (other_sex,) = [problem for _, problem in report.problems if problem.reason == "sex_not_of_card"]
    with override("zh-hans"):
        assert (found_text(other_sex), value_sentence(other_sex)[:10]) == ("女", "身份证号显示为 男，")
    (repeated,) = [problem for _, problem in report.problems if problem.reason == "repeated"]
    assert repeated.parts == {"first": "2"}


def test_values_that_are_left_out(town: Town) -> None:
    report = bring(("张建华", NEW_CARD, "", "", "问儿子", "月球社区", "环形山 1 号", "火星团队"))
    assert dict(+report.counts) == {"new": 1}
    assert set(reasons(report)) == {"phone:phone_shape", "community:community_unknown", "team:team_unknown"}
    assert all(not problem.whole_row for _, problem in report.problems)


def test_a_place_that_is_no_longer_listed_is_taken_and_told(town: Town, client: Client) -> None:
    old = town.li.household.place
    Place.objects.filter(pk=old.pk).update(retired_on=date(2026, 11, 1))
    report = bring(NEW)
    assert dict(+report.counts) == {"new": 1}
    ((_, problem),) = report.problems
    assert (problem.reason, problem.parts) == ("place_retired", {"day": "2026-11-01"})
    with override("zh-hans"):
        assert outcome(problem) == "按原内容导入。"
    assert Person.objects.get(name="张建华").household.place == old
    client.force_login(User.objects.get(pk=town.wang.user_id))
    assert "区划目录自 2026-11-01 起已无此区划" in client.get(f"/people/{town.li.pk}/").content.decode()

    new = Place.objects.create(code="140106001999", name=old.name, kind=old.kind, parent=old.parent)
    assert not bring(li()).problems  # of two of this name the one in force is meant
    town.li.refresh_from_db()
    assert town.li.household.place == new


def test_without_a_number_somebody_alike_is_proposed_not_merged(town: Town) -> None:
    people = Person.objects.count()
    report = bring(
        ("李秀兰", "", "女", "1968-03-01"),
        ("周燕", "", "女", "", "13812345519"),  # no birth date: refused before anybody is compared
        ("周燕", "", "女", "1981-02-27", "13812345519"),
    )
    assert dict(+report.counts) == {"proposed": 2, "refused": 1}
    assert Person.objects.count() == people
    proposed = {problem.parts["person"] for _, problem in report.problems if problem.reason == "maybe_registered"}
    assert proposed == {str(town.li.pk), str(town.zhou.pk)}


def test_a_row_without_a_number_beside_one_with_it(town: Town) -> None:
    report = bring(NEW, ("张建华", "", "男", "1950-02-01", "13912340001"))
    assert dict(+report.counts) == {"new": 1, "refused": 1}


def test_programmes_begin_on_the_day_that_the_file_says(town: Town) -> None:
    headings = ("姓名", "身份证号", "人群分类", "糖尿病", "糖尿病管理日期", "建档日期")
    rows = [
        ("张建华", NEW_CARD, "老年人,高血压", "是", 45000, "2019年5月6日"),
        ("李秀兰", LI_CARD, "高血压", "", "", "2020-01-01"),
        ("冯明", id_card(date(1966, 4, 4), 5), "", "是", "", ""),
    ]
    report = bring(*rows, headings=headings)
    assert dict(+report.counts) == {"new": 1, "same": 2}
    person = Person.objects.get(pk=person_id_by_identifier("id_card", NEW_CARD))
    assert set(Enrolment.objects.filter(person=person).values_list("kind", "start_on")) == {
        ("hypertension", date(2019, 5, 6)),
        ("diabetes", date(2023, 3, 15)),
    }
    assert set(reasons(report)) == {"diabetes:programme_without_day"}


def test_no_programme_begins_in_a_closed_record(town: Town) -> None:
    restrict(
        person_id=town.feng.pk,
        kind=STORED_ONLY.code,
        asked_by="person",
        reason="own_wish",
        words="",
        until_on=None,
        staff_id=None,
        today=TODAY,
        actor=SYSTEM,
    )
    row = ("冯明", id_card(date(1966, 4, 4), 5), "是", "2026-01-05")
    report = bring(row, headings=("姓名", "身份证号", "糖尿病", "糖尿病管理日期"))
    assert set(reasons(report)) == {"diabetes:closed"}
    assert dict(+report.counts) == {"same": 1}
    assert not Enrolment.objects.filter(person=town.feng, kind="diabetes", start_on=date(2026, 1, 5)).exists()


def test_what_was_ended_here_stays_ended(town: Town) -> None:
    headings = ("姓名", "身份证号", "高血压", "建档日期")
    bring(("张建华", NEW_CARD, "是", "2019-05-06"), headings=headings)
    enrolment = Enrolment.objects.get(person__name="张建华")
    end_enrolment(
        enrolment_id=enrolment.pk, end_on=date(2026, 6, 1), end_reason="refused", actor=SYSTEM, recorded_by=None
    )
    assert dict(+bring(("张建华", NEW_CARD, "是", "2019-05-06"), headings=headings).counts) == {"same": 1}


def test_people_of_other_teams_are_left_alone(town: Town) -> None:
    feng = ("冯某", id_card(date(1966, 4, 4), 5), "男", "1966-04-04")
    report = bring(feng, (*NEW[:-1], "第二团队"), reach=frozenset({town.team1.pk}), team_id=town.team1.pk)
    assert dict(+report.counts) == {"new": 1, "refused": 1}
    assert set(reasons(report)) == {"id_number:elsewhere", "team:team_unknown"}
    assert Person.objects.get(name="张建华").memberships.get().team == town.team1


def test_the_dead_are_not_brought_back(town: Town) -> None:
    Person.objects.filter(pk=town.li.pk).update(died_on=date(2026, 1, 1))
    report = bring(li(现住址="新地址"))
    assert dict(+report.counts) == {"refused": 1}
    assert set(reasons(report)) == {"id_number:gone"}


def test_other_documents(town: Town) -> None:
    headings = ("姓名", "证件类型", "证件号码", "出生日期", "性别")
    row = ("Anna Müller", "护照", " e 1234567 ", "1980-01-02", "女")
    assert dict(+bring(row, headings=headings).counts) == {"new": 1}
    assert Identifier.objects.get(system="passport").person.name == "Anna Müller"
    assert dict(+bring(row, headings=headings).counts) == {"same": 1}


def test_one_line_in_the_trail_and_no_names_in_it(town: Town) -> None:
    bring(NEW)
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "residents.imported"
    assert entry.detail == {
        "files": "名册.xlsx", "layout": "residents", "new": 1, "changed": 0, "same": 0, "proposed": 0, "refused": 0
    }  # fmt: skip


def test_several_files_are_one_import(town: Town) -> None:
    other = text([HEADINGS, NEW], "\t", "gb18030")
    report = import_residents([("a.xlsx", xlsx([HEADINGS, NEW])), ("b.csv", other)], actor=SYSTEM)
    assert dict(+report.counts) == {"new": 1, "refused": 1}
    assert report.problems[0][1].parts == {"first": "a.xlsx 居民 2"}
