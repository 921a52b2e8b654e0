"""Promises of several standards in one visit."""

from __future__ import annotations

from datetime import date

from jinxiu.standards import catalogue
from jinxiu.standards.judge import judge
from jinxiu.standards.person import Enrolment, Event, PersonFacts
from jinxiu.standards.visits import combined

TODAY = date(2026, 3, 10)
STANDARDS = catalogue.installed().in_force(TODAY)


def test_two_diseases_are_one_contact_and_one_examination():
    zhang = PersonFacts(
        "zhang",
        birth_date=date(1950, 1, 1),
        enrolments=(
            Enrolment("n1", "hypertension", date(2026, 3, 1)),
            Enrolment("n2", "diabetes", date(2026, 2, 20)),
        ),
        events=(Event("e1", "referral.sent", date(2026, 3, 9)),),
    )
    verdicts = [verdict for standard in STANDARDS for verdict in judge(standard, zhang, TODAY)]
    groups = {group.visit: group for group in combined(verdicts, STANDARDS) if group.visit}
    chronic = groups["chronic"]
    assert chronic.due_on == date(2026, 3, 6)
    assert [(v.standard, v.clause) for v in chronic.verdicts] == [
        ("diabetes", "followup"),
        ("hypertension", "followup"),
        ("diabetes", "visits_per_year"),
        ("hypertension", "visits_per_year"),
    ]
    assert [v.standard for v in groups["exam"].verdicts] == [
        "diabetes",
        "elderly",
        "elderly_self_care",
        "elderly_tcm",
        "hypertension",
    ]
    alone = [group for group in combined(verdicts, STANDARDS) if not group.visit]
    assert [(g.verdicts[0].standard, g.verdicts[0].clause, len(g.verdicts)) for g in alone][:3] == [
        ("referral", "arrival", 1),
        ("referral", "result", 1),
        ("diabetes", "glucose_tests_per_year", 1),
    ]
    days = [group.due_on for group in combined(verdicts, STANDARDS)]
    assert days == sorted(days)


def test_what_is_not_open_is_in_no_visit():
    nobody = PersonFacts("li", birth_date=date(2026, 3, 9))
    assert [group.verdicts[0].clause for group in combined(judge(child(), nobody, TODAY), STANDARDS)] == [
        "newborn_visit"
    ]


def child():
    return next(standard for standard in STANDARDS if standard.id == "child")
