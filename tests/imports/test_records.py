"""What was done before comes in as evidence: added, never changed; once; only about people who are registered."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence.actions import withdraw_event
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.familydoctor.imports.job import RegisterChangedError, counts_of
from jinxiu.familydoctor.imports.layouts import layouts
from jinxiu.familydoctor.imports.records import import_records
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.imports.rows import RowReader
from jinxiu.familydoctor.imports.tables import read_tables
from jinxiu.familydoctor.imports.template_file import template_file
from jinxiu.people.restricting.actions import end_restriction, restrict
from jinxiu.people.restricting.kinds import CARE_ONLY, STORED_ONLY
from jinxiu.worklists.actions import refresh_person
from tests.imports.files import text, xlsx
from tests.town import TODAY, Town, id_card

LI = ("李秀兰", id_card(date(1968, 3, 1), 8))
ZHOU = ("周燕", id_card(date(1981, 2, 28), 6))
HEADINGS = ("姓名", "身份证号", "随访日期", "随访方式", "收缩压", "舒张压", "体重")


def bring(*rows: tuple[Any, ...], layout: str = "hypertension", headings: Any = HEADINGS, **more: Any) -> ImportReport:
    return import_records([("随访.xlsx", xlsx([headings, *rows]))], layout=layout, actor=SYSTEM, **more)


def reasons(report: ImportReport) -> Counter[str]:
    return Counter(f"{problem.field}:{problem.reason}" for _, problem in report.problems)


def test_past_contacts_become_evidence_and_judge(town: Town) -> None:
    report = bring((*LI, "2026年10月8日", "入户", 138, 82, ""), (*LI, 45000, "电话", "141", "84", 60.5))
    assert dict(+report.counts) == {"new": 2}
    event = Event.objects.get(source_system="records", happened_on=date(2026, 10, 8))
    assert (event.person, event.kind, event.mode, event.recorded_by) == (town.li, "followup.hypertension", "home", None)
    assert event.source_id == f"{town.li.pk}/followup.hypertension/2026-10-08"
    assert dict(event.observations.values_list("code", "value")) == {"systolic": 138, "diastolic": 82}
    verdicts = refresh_person(person_id=town.li.pk, today=TODAY, actor=SYSTEM).verdicts
    (due,) = [one.due_on for one in verdicts if one.clause == "followup"]
    assert due == date(2027, 1, 6)  # 90 days after the imported contact
    entry = AuditEntry.objects.filter(action="records.imported").get()
    assert (entry.detail["layout"], entry.detail["new"]) == ("hypertension", 2)


def test_the_same_again_changes_nothing_and_a_dry_run_neither(town: Town) -> None:
    row = (*LI, "2026-10-08", "", 138, 82, "")
    assert dict(+bring(row, dry_run=True).counts) == {"new": 1}
    assert not Event.objects.filter(source_system="records").exists()
    bring(row)
    before = (Event.objects.count(), Observation.objects.count())
    assert dict(+bring(row).counts) == {"same": 1}
    assert (Event.objects.count(), Observation.objects.count()) == before


def test_what_is_recorded_here_is_not_doubled(town: Town) -> None:
    report = bring((*LI, "2026-07-01", "", 132, 82, ""), (*LI, "2026-07-01", "", 133, 82, ""))
    assert dict(+report.counts) == {"same": 1, "refused": 1}
    assert set(reasons(report)) == {"happened_on:repeated_record"}
    otherwise = bring((*LI, "2026-07-01", "", 133, 82, ""))
    assert set(reasons(otherwise)) == {"happened_on:recorded_otherwise"}


def test_what_was_withdrawn_stays_withdrawn(town: Town) -> None:
    row = (*LI, "2026-10-08", "", 138, 82, "")
    bring(row)
    event = Event.objects.get(source_system="records")
    withdraw_event(event_id=event.pk, reason="录错", actor=SYSTEM, recorded_by=None)
    assert dict(+bring(row).counts) == {"same": 1}


def test_rows_about_nobody_or_somebody_else(town: Town) -> None:
    report = bring(
        ("张建华", id_card(date(1950, 2, 1), 301), "2026-10-08", "", 138, 82, ""),
        ("王秀兰", LI[1], "2026-10-08", "", 138, 82, ""),
        (*LI, "1960-10-08", "", 138, 82, ""),
        (*LI, "2026-10-08", "飞鸽", 138, 82, ""),
        (*LI, "2026-10-09", "", 1380, 82, ""),
    )
    assert dict(+report.counts) == {"refused": 5}
    assert set(reasons(report)) == {
        "id_number:nobody",
        "name:other_name",
        "happened_on:outside_of_life",
        "mode:word_unknown",
        "systolic:number_range",
    }


def test_a_closed_record_takes_nothing_in(town: Town) -> None:
    rows = [(*LI, "2026-10-08", "", 138, 82, ""), (*LI, "2026-07-01", "", 132, 82, "")]
    more: dict[str, Any] = {"asked_by": "person", "reason": "own_wish", "words": "", "until_on": None}
    who: dict[str, Any] = {"staff_id": None, "today": TODAY, "actor": SYSTEM}
    restrict(person_id=town.li.pk, kind=STORED_ONLY.code, **more, **who)
    before = Event.objects.count()
    report = bring(*rows)
    assert dict(+report.counts) == {"refused": 2}
    assert set(reasons(report)) == {"id_number:closed"}
    assert Event.objects.count() == before
    end_restriction(person_id=town.li.pk, words="本人", **who)
    restrict(person_id=town.li.pk, kind=CARE_ONLY.code, **more, **who)
    assert dict(+bring(*rows).counts) == {"new": 1, "same": 1}


def test_diabetes_contacts_and_exams(town: Town) -> None:
    glucose = bring(
        (*ZHOU, "2026-11-21", 6.4), layout="diabetes", headings=("姓名", "身份证号", "随访日期", "空腹血糖(mmol/L)")
    )
    exam = import_records(
        [("a.csv", text([("姓名", "身份证号", "体检日期", "血压"), (*ZHOU, "20260301", "128/76")], "\t", "gb18030"))],
        layout="exams",
        actor=SYSTEM,
    )
    assert glucose.counts["new"] == exam.counts["new"] == 1
    kinds = set(Event.objects.filter(person=town.zhou).values_list("kind", "happened_on"))
    assert kinds == {("followup.diabetes", date(2026, 11, 21)), ("exam.annual", date(2026, 3, 1))}


def test_enrolments_with_their_end(town: Town) -> None:
    headings = ("姓名", "身份证号", "病种", "管理开始日期", "结束日期", "结束原因")
    rows = [
        (*ZHOU, "高血压", "2019-05-06", "2021-01-01", "失访"),
        (*ZHOU, "高血压", "2020-05-06", "", ""),  # inside the first
        (*ZHOU, "糖尿病", "2026-11-20", "", ""),  # as the town has it
        (*LI, "高血压", "2024-01-08", "", ""),  # the town says 2025
        (*LI, "糖尿病", "2024-01-08", "2023-01-01", ""),
    ]
    report = bring(*rows, layout="enrolments", headings=headings)
    assert dict(+report.counts) == {"new": 1, "same": 1, "refused": 3}
    assert set(reasons(report)) == {"start_on:repeated_record", "start_on:recorded_otherwise", "end_on:ends_before"}
    new = Enrolment.objects.get(person=town.zhou, kind="hypertension")
    assert (new.start_on, new.end_on, new.end_reason) == (date(2019, 5, 6), date(2021, 1, 1), "lost")
    assert dict(+bring(*rows, layout="enrolments", headings=headings).counts) == {"same": 2, "refused": 3}


AGREEMENTS = ("居民姓名", "身份证号码", "签约时间", "协议到期日期", "解约日期", "解约原因")


def test_agreements_of_the_past_and_those_that_run(town: Town) -> None:
    rows = [
        (*LI, "2024-03-01", "2025-02-28", "", ""),
        (*LI, "2025-03-01", "2026-02-28", "", ""),
        (*LI, "2026/3/1", "2027年2月28日", "", ""),
        (*ZHOU, "2023-01-01", "2026-12-31", "2025-06-30", "迁出"),
    ]
    assert dict(+bring(*rows, layout="agreements", headings=AGREEMENTS).counts) == {"new": 4}
    kept = Enrolment.objects.filter(kind="agreement").order_by("start_on")
    assert list(kept.filter(person=town.li).values_list("value", "end_on", "end_reason")) == [
        ("2025-02-28", date(2025, 2, 28), "completed"),
        ("2026-02-28", date(2026, 2, 28), "completed"),
        ("2027-02-28", None, ""),
    ]
    assert kept.filter(person=town.zhou).values_list("value", "end_on", "end_reason").get() == (
        "2026-12-31",
        date(2025, 6, 30),
        "moved",
    )
    verdicts = refresh_person(person_id=town.li.pk, today=TODAY, actor=SYSTEM).verdicts
    assert {one.standard for one in verdicts} >= {"hypertension"}
    assert dict(+bring(*rows, layout="agreements", headings=AGREEMENTS).counts) == {"same": 4}
    later = bring(*rows, layout="agreements", headings=AGREEMENTS, today=date(2027, 6, 1))
    assert dict(+later.counts) == {"same": 4}


def test_agreements_that_cannot_be(town: Town) -> None:
    report = bring(
        (*LI, "2026-03-01", "2025-02-28", "", ""),
        (*LI, "2025-03-01", "2026-02-28", "", ""),
        (*LI, "2026-02-01", "2027-01-31", "", ""),  # signed while the one before still runs
        (*ZHOU, "2026-12-01", "2027-11-30", "", ""),  # of a day to come
        layout="agreements",
        headings=AGREEMENTS,
    )
    assert dict(+report.counts) == {"new": 1, "refused": 3}
    assert set(reasons(report)) == {"valid_to:ends_before", "start_on:repeated_record", "start_on:day_future"}


def test_people_of_teams_out_of_reach_are_left_alone(town: Town) -> None:
    report = bring((*LI, "2026-10-08", "", 138, 82, ""), reach=frozenset({town.team2.pk}))
    assert reasons(report) == {"id_number:elsewhere": 1}
    assert dict(+bring((*LI, "2026-10-08", "", 138, 82, ""), reach=frozenset({town.team1.pk})).counts) == {"new": 1}


def test_only_what_was_agreed_to_is_written(town: Town) -> None:
    row = (*LI, "2026-10-08", "", 138, 82, "")
    with pytest.raises(RegisterChangedError):
        bring(row, agreed={"new": 0, "changed": 0, "same": 1, "proposed": 0, "refused": 0})
    assert not Event.objects.filter(source_system="records").exists()
    assert not AuditEntry.objects.filter(action="records.imported").exists()
    assert bring(row, agreed=counts_of(bring(row, dry_run=True))).counts["new"] == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("layout", list(layouts()))
def test_a_template_can_be_filled_in_and_its_made_up_row_stays_out(layout: str, language: str) -> None:
    (table,), _ = read_tables(template_file(layouts()[layout], language), layouts()[layout])
    assert [one.field for one in table.columns] == list(layouts()[layout].columns)
    assert all(one.exactly for one in table.columns)
    ((_, row),) = table.numbered()
    read = RowReader(layouts()[layout], table.columns, TODAY).read(row)
    assert [problem.reason for problem in read.problems] == ["example"]
    marked = RowReader(layouts()[layout], table.columns, TODAY).read(("张建华", *row[1:]))
    assert marked.problems == []  # apart from the name, what stands there shows how it is done
