"""Verdicts and facts in sentences that a nurse understands, in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.cases import load_cases, standard_for
from jinxiu.standards.explain import last_value, sentence, status_sentence, why
from jinxiu.standards.judge import judge, stand
from jinxiu.standards.person import Enrolment, Event, Observation, PersonFacts
from jinxiu.standards.words import date_text

STANDARDS = {standard.id: standard for standard in catalogue.installed().all()}
CASES = load_cases(Path(jinxiu.familydoctor.__file__).parent / "standards" / "cases")
TODAY = date(2026, 11, 24)


def li(**more) -> PersonFacts:
    """Mrs Li, 60: 150/92 in January, 142/84 two weeks later by phone, a reaction, a fasting glucose on its own."""
    facts = PersonFacts(
        person_id="li",
        birth_date=date(1966, 1, 1),
        enrolments=(Enrolment("n1", "hypertension", date(2025, 6, 1)), Enrolment("n2", "diabetes", date(2026, 1, 1))),
        events=(
            Event("e1", "followup.hypertension", date(2025, 12, 20), "clinic"),
            Event("e2", "followup.hypertension", date(2026, 9, 30), "phone"),
        ),
        observations=(
            Observation("o1", "systolic", date(2025, 12, 20), 150, "e1"),
            Observation("o2", "diastolic", date(2025, 12, 20), 92, "e1"),
            Observation("o3", "systolic", date(2026, 9, 30), 142, "e2"),
            Observation("o4", "diastolic", date(2026, 9, 30), 84, "e2"),
            Observation("o5", "adverse_reaction", date(2026, 9, 30), 0, "e2"),
            Observation("o6", "fasting_glucose", date(2026, 5, 5), 7.25),
        ),
    )
    return replace(facts, **more)


def test_a_decision_against_the_rule_says_both():
    word = Observation("o7", "confirmed_class", date(2026, 10, 2), 30, "e2", "controlled")
    reaction = Observation("o8", "complication", date(2026, 9, 30), 1, "e2")
    facts = li()
    (clause, *_) = explained(
        "hypertension", "en", replace(facts, observations=(*facts.observations, reaction, word))
    ).clauses
    assert clause.sentence == (
        "A doctor decided on 2 October 2026: Controlled (by the rule: Complication, blood pressure 142/84 mmHg): "
        "next contact within 30 days, by 30 October 2026 (Norm 2.3)."
    )
    assert clause.suggested.startswith("A complication is new or worse, blood pressure 142/84 mmHg: refer")
    assert clause.facts[-1].words == "Clinician's decision: Controlled, 2 October 2026, next contact within 30 days"
    (plain, *_) = explained("hypertension", "en").clauses
    assert plain.suggested == ""


def explained(standard: str, language: str, facts: PersonFacts | None = None, day: date = TODAY):
    return why(STANDARDS[standard], facts or li(), day, language)


def test_a_whole_explanation_in_chinese():
    told = explained("hypertension", "zh")
    assert told.eligible
    assert told.eligibility == "自2025年6月1日起纳入高血压管理。"
    followup = told.clauses[0]
    assert followup.title == "随访"
    assert followup.sentence == (
        "连续两次血压未达标：2025年12月20日 150/92 mmHg，本次 142/84 mmHg（应低于 140/90 mmHg）："
        "转诊，14 天内追访结果，最迟10月14日（规范 2.3-④）。"
    )
    assert followup.status == "应不迟于10月14日完成，已逾期 41 天"
    assert [(fact.ids, fact.words) for fact in followup.facts] == [
        (("n1",), "纳入管理：高血压，自2025年6月1日"),
        (("e2", "o3", "o4", "o5"), "高血压随访，9月30日，电话：收缩压 142 mmHg，舒张压 84 mmHg，药物不良反应 无"),
        (("e1", "o1", "o2"), "高血压随访，2025年12月20日，门诊：收缩压 150 mmHg，舒张压 92 mmHg"),
    ]


def test_a_whole_explanation_in_english():
    followup = explained("hypertension", "en").clauses[0]
    assert followup.sentence == (
        "Not controlled twice in a row: 150/92 mmHg on 20 December 2025, now 142/84 mmHg (target below 140/90 mmHg): "
        "refer, ask for the result within 14 days, by 14 October 2026 (Norm 2.3-④)."
    )
    assert followup.status == "was due by 14 October 2026, 41 days overdue"
    assert followup.facts[1].words == (
        "Hypertension contact, 30 September 2026, phone: Systolic pressure 142 mmHg, Diastolic pressure 84 mmHg, "
        "Adverse drug reaction no"
    )


def test_later_contacts_that_do_not_count_are_told():
    later = tuple(Event(f"e{n}", "followup.hypertension", date(2026, 10, n), "clinic") for n in (3, 9))
    facts = li(events=(*li().events, *later))
    told = {language: explained("hypertension", language, facts).clauses for language in ("zh", "en")}
    assert told["zh"][0].uncounted == "此后有 2 次随访缺少有效测量，不计（最近一次10月9日）。"
    assert told["en"][0].uncounted == (
        "Later contacts without a valid measurement, which do not count: 2, the last on 9 October 2026."
    )
    assert [clause.uncounted for clause in told["en"][1:]] == [""] * (len(told["en"]) - 1)
    assert explained("hypertension", "en").clauses[0].uncounted == ""


def test_a_reading_that_stands_alone():
    tests = next(c for c in explained("diabetes", "en").clauses if c.verdict.clause == "glucose_tests_per_year")
    assert tests.facts[-1].words == "Fasting glucose 7.25 mmol/L, 5 May 2026"
    assert tests.sentence.startswith("Fasting glucose tests in 2026: 1 of 4;")


@pytest.mark.parametrize(
    ("standard", "facts", "zh", "en"),
    [
        (
            "hypertension",
            li(enrolments=()),
            "没有纳入高血压管理。",
            "Not enrolled in the programme “Hypertension”.",
        ),
        (
            "hypertension",
            li(enrolments=(Enrolment("n1", "hypertension", date(2025, 6, 1), date(2026, 10, 1), "lost"),)),
            "高血压管理已于10月1日结束（失访）。",
            "The enrolment in the programme “Hypertension” ended on 1 October 2026 (lost from sight).",
        ),
        (
            "hypertension",
            li(enrolments=(Enrolment("n1", "hypertension", date(2025, 6, 1), date(2026, 10, 1)),)),
            "高血压管理已于10月1日结束。",
            "The enrolment in the programme “Hypertension” ended on 1 October 2026.",
        ),
        (
            "hypertension",
            li(died_on=TODAY),
            "11月24日去世，不再有应提供的服务。",
            "Died on 24 November 2026; nothing is owed any more.",
        ),
        (
            "hypertension",
            li(left_on=date(2025, 11, 1)),
            "2025年11月1日迁出，不再由本地提供服务。",
            "Left on 1 November 2025; the services are no longer owed here.",
        ),
        (
            "elderly",
            li(),
            "未满 65 周岁，2031年1月1日满 65 周岁。",
            "Younger than 65; turns 65 on 1 January 2031.",
        ),
        (
            "elderly",
            li(birth_date=None),
            "没有出生日期，不能判断是否年满 65 周岁。",
            "No birth date is known, so nobody can tell the age of 65.",
        ),
    ],
    ids=["never", "lost", "ended", "died", "left", "young", "no birth date"],
)
def test_why_not(standard, facts, zh, en):
    for language, expected in (("zh", zh), ("en", en)):
        told = explained(standard, language, facts)
        assert not told.eligible
        assert told.clauses == ()
        assert told.eligibility == expected


def test_why_not_by_the_dates_of_the_standard():
    standard = STANDARDS["hypertension"]
    assert why(standard, li(), date(2016, 12, 31), "en").eligibility == (
        "This version of the standard is in force from 1 January 2017."
    )
    ended = replace(standard, valid_to=date(2025, 12, 31))
    assert why(ended, li(), TODAY, "zh").eligibility == "本版规范施行至2025年12月31日。"


def test_why_in_by_age():
    assert explained("elderly", "en", li(birth_date=date(1950, 2, 28))).eligibility == "Turned 65 on 28 February 2015."


def test_why_not_is_told_exactly_when_there_is_no_row():
    for case in CASES:
        standard = standard_for(case, STANDARDS.values()) or STANDARDS[case.standard]
        told = why(standard, case.person, case.as_of, "en")
        assert told.eligible or not judge(standard, case.person, case.as_of), case.name
        assert told.eligible == (stand(standard, case.person, case.as_of) is not None), case.name


def test_a_window_that_cannot_be_counted_is_told():
    case = next(case for case in CASES if case.name == "no_last_period")
    told = why(STANDARDS["maternal"], case.person, case.as_of, "en")
    assert (told.eligible, told.clauses) == (True, ())
    assert told.uncounted == (
        "Antenatal visits: cannot be counted, no date (YYYY-MM-DD) was noted with the enrolment.",
        "Postpartum visit: what it is counted from has not happened yet.",
        "42-day check: what it is counted from has not happened yet.",
    )


def test_a_cycle_is_told_by_its_title():
    case = next(case for case in CASES if case.name == "last_day_of_a_window")
    clauses = why(STANDARDS["child"], case.person, case.as_of, "en").clauses
    told = next(c for c in clauses if (c.verdict.clause, c.verdict.cycle) == ("visits", "6m"))
    assert told.title == "Child health visits: 6 months"
    assert told.sentence == (
        "Health visit, 6 months: due about 10 February 2026; it closes on 10 March 2026, a later one does not fill it "
        "(Norm 2.6)."
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_case_is_told_without_a_gap(language):
    for case in CASES:
        standard = standard_for(case, STANDARDS.values())
        for clause in () if standard is None else why(standard, case.person, case.as_of, language).clauses:
            for words in (clause.sentence, clause.status, *(fact.words for fact in clause.facts)):
                assert not re.search(r"[{}\[\]—]|None|\bnan\b|\d{4}-\d{2}-\d{2}", words), (case.name, words)
            assert clause.sentence.endswith("。" if language == "zh" else ".")
            used = [identifier for fact in clause.facts for identifier in fact.ids]
            assert sorted(used) == sorted(clause.verdict.facts_used), case.name


@dataclass
class Stored:
    """A due item as a database row would hold it."""

    clause: str = "followup"
    reason_code: str = "danger"
    reason_args: dict = None
    status: str = "due"
    opens_on: date = date(2026, 11, 20)
    due_on: date = date(2026, 11, 30)
    closes_on: date | None = None


def test_a_part_in_brackets_goes_when_its_value_is_absent():
    arguments = {
        "systolic": None,
        "diastolic": 115,
        "systolic_danger": 180,
        "diastolic_danger": 110,
        "days": 14,
        "due_on": "2026-12-08",
    }
    item = Stored(reason_args=arguments)
    assert sentence(STANDARDS["hypertension"], item, "en").startswith("Danger, diastolic 115 mmHg (systolic from 180")
    assert "2026年12月8日" in sentence(STANDARDS["hypertension"], item, "zh-hans")
    assert "最迟12月8日（规范 2.3-①）。" in sentence(STANDARDS["hypertension"], item, "zh-hans", TODAY)


def test_an_unknown_reason_is_an_error():
    with pytest.raises(KeyError):
        sentence(STANDARDS["hypertension"], Stored(reason_code="unheard_of", reason_args={}), "en")


@pytest.mark.parametrize(
    ("status", "changes", "zh", "en"),
    [
        ("due", {}, "应不迟于11月30日完成，还有 6 天", "due by 30 November 2026, 6 days to go"),
        (
            "due",
            {"due_on": date(2026, 11, 25)},
            "应不迟于11月25日完成，还有 1 天",
            "due by 25 November 2026, 1 day to go",
        ),
        ("due", {"due_on": TODAY}, "今天（11月24日）到期", "due today, 24 November 2026"),
        (
            "upcoming",
            {"opens_on": date(2026, 11, 25)},
            "11月25日起办理，最迟11月30日完成",
            "from 25 November 2026, due by 30 November 2026",
        ),
        (
            "missed",
            {"closes_on": date(2025, 12, 31)},
            "2025年12月31日已截止，未完成",
            "missed: it closed on 31 December 2025",
        ),
        ("kept", {}, "已完成", "done"),
        ("waived", {}, "已豁免", "waived"),
    ],
)
def test_status_sentences(status, changes, zh, en):
    item = Stored(status=status, reason_args={}, **changes)
    assert status_sentence(item, TODAY, "zh") == zh
    assert status_sentence(item, TODAY, "en") == en


def test_last_value():
    assert last_value(STANDARDS["hypertension"], {"systolic": 148.0, "diastolic": 92.0}, "zh") == "148/92 mmHg"
    assert last_value(STANDARDS["hypertension"], {"systolic": None}, "zh") == ""
    assert last_value(STANDARDS["diabetes"], {"fasting_glucose": 7.25}, "en") == "fasting glucose 7.25 mmol/L"
    assert last_value(STANDARDS["diabetes"], {"random_glucose": 17.2}, "zh") == "随机血糖 17.2 mmol/L"
    assert last_value(STANDARDS["elderly"], {"systolic": 148.0}, "en") == ""


def test_dates_as_people_say_them():
    assert date_text(date(2026, 11, 12), "zh", TODAY) == "11月12日"
    assert date_text(date(2025, 11, 12), "zh", TODAY) == "2025年11月12日"
    assert date_text(date(2026, 11, 12), "en", TODAY) == "12 November 2026"
