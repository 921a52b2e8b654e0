"""Days are planned, filled and printed by those who may; capacity and one invitation a year hold whatever happens."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.evidence import actions as evidence
from jinxiu.familydoctor.examdays import actions, queries
from jinxiu.familydoctor.examdays.queries import Wanted
from jinxiu.familydoctor.examdays.rules import Line
from jinxiu.familydoctor.models import ExamAppointment, ExamDay, ExamSlot
from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person, Staff, Team
from jinxiu.people.restricting.actions import restrict
from jinxiu.worklists.actions import refresh_person
from tests.examdays.conftest import hire
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, _person, enrol

THURSDAY = date(2026, 12, 3)
FASTING, LATER = time(7, 30), time(9, 30)


def day(town: Town, staff: Staff, on: date = THURSDAY, *, fasting: int = 2, others: int = 1) -> ExamDay:
    """A small day at Liuxiang centre."""
    lines = [Line(FASTING, time(8), fasting, fasting=True), Line(LATER, time(10), others, fasting=False)]
    return actions.plan_days(
        viewer=town.viewer(staff),
        institution_id=town.team1.institution_id,
        place="",
        dates=[on],
        lines=[one for one in lines if one.places],
    )[0]


def fill(town: Town, staff: Staff, *days: ExamDay) -> int:
    """Fill days as somebody who has just looked at the plan."""
    viewer, wanted = town.viewer(staff), Wanted(tuple(one.pk for one in days))
    return actions.fill_days(
        viewer=viewer, wanted=wanted, seen=actions.plan_of(viewer=viewer, wanted=wanted).fingerprint
    )


def invited(one: ExamDay) -> dict[str, time]:
    """Who is invited to a day, and when."""
    rows = ExamAppointment.objects.filter(slot__day=one, cancelled_at__isnull=True)
    return {row.person.name: row.slot.starts for row in rows.select_related("person", "slot")}


def examine(person: Person, on: date) -> None:
    """The yearly examination of somebody, written down."""
    evidence.append_event(
        person_id=person.pk,
        kind="exam.annual",
        happened_on=on,
        mode="clinic",
        observations={"systolic": 132, "diastolic": 80},
        recorded_by=None,
        today=on,
    )
    refresh_person(person_id=person.pk, today=on, actor=SYSTEM)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


# --- planning ---------------------------------------------------------------------------------------------------------


def planned(town: Town, **changes: str) -> dict[str, str]:
    """The form of new days, filled in rightly, changed."""
    lines = {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "0", "line-1-starts": "", "line-1-places": ""}
    first = {"line-0-starts": "07:30", "line-0-ends": "09:30", "line-0-places": "60", "line-0-fasting": "on"}
    asked = {"institution": str(town.team1.institution_id), "place": "", "dates": "2026-12-03、2026-12-10"}
    return asked | lines | first | changes


def test_a_clerk_plans_several_dates_at_once(town: Town, gao: Staff):
    browser = as_(gao)
    assert browser.get("/exam-days/new/").status_code == 200
    answer = browser.post("/exam-days/new/", planned(town))
    assert answer.status_code == 302
    assert list(ExamDay.objects.order_by("on").values_list("on", flat=True)) == [THURSDAY, date(2026, 12, 10)]
    assert ExamSlot.objects.filter(fasting=True).count() == 120
    again = browser.post("/exam-days/new/", planned(town, dates="2026-12-17\n2026-12-10"))
    assert "There is an examination day on 2026-12-10 in this place already" in text(again)
    assert ExamDay.objects.count() == 2, "all dates or none"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dates": "3 December"}, "is no date; write it as year-month-day"),
        ({"dates": "2026-11-24"}, "2026-11-24 is in the past"),
        ({"dates": "、"}, "Give at least one date"),
        ({"dates": "2028-01-01"}, "or later than next year"),
        ({"line-0-ends": "07:00"}, "The end is not after the beginning"),
        ({"line-0-places": ""}, "Give the times and for how many people"),
        ({"line-0-places": "0"}, "greater than or equal to 1"),
        (
            {"line-0-starts": "", "line-0-ends": "", "line-0-places": "", "line-0-fasting": ""},
            "Give at least one time",
        ),
        ({"line-1-starts": "09:00", "line-1-ends": "10:00", "line-1-places": "5"}, "Two of these times overlap"),
        ({"institution": "999999"}, "Select a valid choice"),
    ],
)
def test_wrong_days_are_refused_in_a_sentence(town: Town, gao: Staff, changes: dict[str, str], sentence: str):
    assert sentence in text(as_(gao).post("/exam-days/new/", planned(town, **changes)))
    assert not ExamDay.objects.exists()


def test_a_day_of_another_centre_is_not_there(town: Town, gao: Staff):
    one = day(town, gao)
    browser = as_(hire("stranger", "冯", "clerk", institution_id=town.team2.institution_id))
    assert "2026" not in text(browser.get("/exam-days/")).split("<main")[1]
    for address in ("", "pdf/", "cancel/"):
        assert browser.get(f"/exam-days/{one.pk}/{address}").status_code == 404
    assert browser.post("/exam-days/new/", planned(town)).status_code == 200
    assert ExamDay.objects.count() == 1


# --- filling ----------------------------------------------------------------------------------------------------------


def test_a_day_is_filled_after_a_look_at_it(town: Town, gao: Staff):
    """Chen (71), Wu and Zhou (diabetes) fast, Li does not; Zheng was examined in March, Feng is of another centre."""
    one, browser = day(town, gao), as_(gao)
    page = browser.get("/exam-days/fill/", {"days": one.pk})
    assert not ExamAppointment.objects.exists()
    assert "3 people would be invited" in text(page)
    assert "1 more needs a fasting place" in text(page)
    assert "hypertension" not in text(page).lower(), "a clerk reads no care"
    seen = page.context["plan"]["seen"]
    done = browser.post("/exam-days/fill/", {"days": one.pk, "seen": seen}, follow=True)
    assert "3 people are invited." in text(done)
    assert invited(one) == {"陈志强": FASTING, "吴建军": FASTING, "李秀兰": LATER}, "the urgent first"
    assert AuditEntry.objects.filter(action="exam.invited", person_id=town.chen.pk).count() == 1
    assert "0 people would be invited" in text(browser.get("/exam-days/fill/", {"days": one.pk}))
    other = day(town, gao, date(2026, 12, 10))
    assert fill(town, gao, other) == 1, "the invited are not offered twice in a year"
    assert invited(other) == {"周燕": FASTING}


def test_a_plan_that_is_another_by_now_is_shown_again(town: Town, gao: Staff):
    one = day(town, gao)
    viewer, wanted = town.viewer(gao), Wanted((one.pk,))
    seen = actions.plan_of(viewer=viewer, wanted=wanted).fingerprint
    actions.book(viewer=viewer, person_id=town.zhou.pk, day_id=one.pk, starts=FASTING)
    answer = as_(gao).post("/exam-days/fill/", {"days": one.pk, "seen": seen})
    assert "since you looked. Nothing is saved" in text(answer)
    assert "2 people would be invited" in text(answer)
    assert list(invited(one)) == ["周燕"]


def test_who_is_invited_follows_team_community_and_urgency(town: Town, liu: Staff):
    one = day(town, liu, fasting=5, others=5)
    browser = as_(liu)

    def asked(**more: str) -> set[str]:
        plan = browser.get("/exam-days/fill/", {"days": str(one.pk)} | more).context["plan"]
        return {row["name"] for _on, rows in plan["days"] for row in rows}

    assert asked() == {"陈志强", "李秀兰", "吴建军", "周燕"}
    assert asked(team=str(town.team1.pk)) == asked()
    assert asked(community="140106001001") == {"陈志强", "李秀兰"}
    assert asked(urgency="2") == {"陈志强", "吴建军"}
    assert "Select a valid choice" in text(browser.get("/exam-days/fill/", {"days": "1", "team": str(town.team2.pk)}))


def test_what_is_under_shelter_invites_only_for_whom_it_is_open(
    town: Town, gao: Staff, liu: Staff, settings: LazySettings
):
    settings.JINXIU_IN_FORCE = ["mental"]
    home = town.li.household
    assert home is not None
    person = _person("何平", "M", date(1986, 5, 5), "13812346001", town.team1, home)
    enrol(person, "mental", date(2026, 1, 5))
    for one in (*town.people, person):
        refresh_person(person_id=one.pk, today=TODAY, actor=SYSTEM)
    one = day(town, gao, fasting=0)
    plans = [actions.plan_of(viewer=town.viewer(staff), wanted=Wanted((one.pk,))) for staff in (gao, liu)]
    assert [[row.candidate.person_id for row in plan.invitations] for plan in plans] == [[], [person.pk]]
    assert as_(gao).get(f"/people/{person.pk}/exam/").context["owed"] is False


def test_nobody_is_invited_whose_data_are_only_kept(town: Town, gao: Staff):
    restrict(
        person_id=town.chen.pk,
        kind="stored_only",
        reason="own_wish",
        asked_by="person",
        words="",
        until_on=None,
        staff_id=gao.pk,
        today=TODAY,
        actor=SYSTEM,
    )
    one = day(town, gao)
    assert fill(town, gao, one) == 3
    assert "陈志强" not in invited(one)


def test_days_of_next_year_are_for_next_years_examination(town: Town, gao: Staff):
    this, coming = day(town, gao), day(town, gao, date(2027, 1, 7), fasting=5, others=5)
    fill(town, gao, this)
    fill(town, gao, coming)
    assert set(invited(coming)) == {"陈志强", "李秀兰", "吴建军", "周燕", "郑玉梅"}
    with pytest.raises(PeopleError, match="two years"):
        actions.plan_of(viewer=town.viewer(gao), wanted=Wanted((this.pk, coming.pk)))


# --- one person -------------------------------------------------------------------------------------------------------


def test_one_person_is_invited_moved_and_cancelled(town: Town, gao: Staff):
    one, other = day(town, gao), day(town, gao, date(2026, 12, 10))
    browser, page = as_(gao), f"/people/{town.zhou.pk}/exam/"
    offered = text(browser.get(page))
    assert f"{one.pk}_07:30" in offered
    assert f"{one.pk}_09:30" not in offered, "who fasts gets fasting times only"
    browser.post(page, {"slot": f"{one.pk}_07:30"})
    assert "3 December 07:30" in text(browser.get(f"/people/{town.zhou.pk}/"))
    browser.post(page, {"slot": f"{other.pk}_07:30"})
    assert (invited(one), invited(other)) == ({}, {"周燕": FASTING})
    row = ExamAppointment.objects.get()
    assert browser.post(f"{page}{row.pk}/absent/", follow=True).status_code == 200
    assert ExamAppointment.objects.get().absent_at is None, "the day is still to come"
    assert "Reason" in text(browser.post(f"{page}{row.pk}/cancel/", {"words": ""}))
    browser.post(f"{page}{row.pk}/cancel/", {"words": "is in hospital"})
    assert invited(other) == {}
    assert "is in hospital" in text(browser.get(f"/people/{town.zhou.pk}/"))
    assert fill(town, gao, one) == 3, "and may be invited again"
    actions_of = AuditEntry.objects.filter(person_id=town.zhou.pk, action__startswith="exam.")
    assert set(actions_of.values_list("action", flat=True)) >= {"exam.invited", "exam.moved", "exam.cancelled"}


def test_the_invitation_stands_on_the_worklist_and_the_person_page(town: Town, liu: Staff):
    one = day(town, liu)
    actions.book(viewer=town.viewer(liu), person_id=town.zhou.pk, day_id=one.pk, starts=FASTING)
    said = "booked for 3 December 07:30, fasting"
    nurse = as_(town.zhao)
    assert said in text(nurse.get("/worklist/?name=周燕"))
    assert text(nurse.get(f"/people/{town.zhou.pk}/")).count(said) == 1
    assert said not in text(nurse.get(f"/people/{town.li.pk}/"))


def test_who_did_not_come_is_invited_again_and_who_came_is_not(town: Town, gao: Staff, monkeypatch: pytest.MonkeyPatch):
    one = day(town, gao)
    fill(town, gao, one)
    monkeypatch.setenv("JINXIU_TODAY", "2026-12-04")
    examine(town.chen, THURSDAY)
    browser = as_(gao)
    states = {row["name"]: row["line"].state for row in browser.get(f"/exam-days/{one.pk}/").context["rows"]}
    assert states == {
        "陈志强": "Came",
        "吴建军": "No examination recorded yet",
        "李秀兰": "No examination recorded yet",
    }
    row = ExamAppointment.objects.get(person=town.wu)
    browser.post(f"/people/{town.wu.pk}/exam/{row.pk}/absent/")
    later = town.viewer(gao, date(2026, 12, 4))
    other = day(town, gao, date(2026, 12, 10), fasting=5, others=5)
    plan = actions.plan_of(viewer=later, wanted=Wanted((other.pk,)))
    assert {one.candidate.person_id for one in plan.invitations} == {town.wu.pk, town.zhou.pk}


def test_a_day_is_cancelled_with_all_its_invitations(town: Town, gao: Staff):
    one, browser = day(town, gao), as_(gao)
    fill(town, gao, one)
    answer = browser.post(f"/exam-days/{one.pk}/cancel/", {"words": "no electricity"}, follow=True)
    assert "3 people may be invited again" in text(answer)
    assert "This day was cancelled: no electricity" in text(answer)
    assert "cancelled already" in text(browser.post(f"/exam-days/{one.pk}/cancel/", {"words": "again"}))
    assert fill(town, gao, day(town, gao)) == 3, "the same date can be planned anew"


# --- lists ------------------------------------------------------------------------------------------------------------


def test_the_list_to_print_leaves_a_line_for_everybody_on_it(town: Town, gao: Staff):
    one = day(town, gao)
    fill(town, gao, one)
    answer = as_(town.zhao).get(f"/exam-days/{one.pk}/pdf/")
    assert answer.content.startswith(b"%PDF")
    assert AuditEntry.objects.filter(action="exam_day.printed").count() == 1
    listed = AuditEntry.objects.filter(action="exam.listed").values_list("person_id", flat=True)
    assert set(listed) == {town.chen.pk, town.wu.pk, town.li.pk}


def test_a_list_has_only_people_within_reach(town: Town, gao: Staff):
    one = day(town, gao)
    fill(town, gao, one)
    other = hire("he", "何", "nurse", team_id=_second_team(town))
    page = as_(other).get(f"/exam-days/{one.pk}/")
    assert page.context["rows"] == []
    assert "3 of them are of other teams" in text(page)
    assert as_(other).post("/exam-days/fill/", {"days": one.pk}).status_code == 403, "nurses do not plan"


def _second_team(town: Town) -> int:
    return Team.objects.create(code="lx-9", name="第九团队", institution=town.team1.institution).pk


# --- capacity ---------------------------------------------------------------------------------------------------------


def test_the_tables_refuse_a_second_person_in_a_slot_and_a_second_invitation_a_year(town: Town, gao: Staff):
    one = day(town, gao)
    first, second = one.slots.filter(fasting=True)

    def write(slot: ExamSlot, person: Person, year: int = 2026) -> None:
        with transaction.atomic():
            ExamAppointment.objects.create(slot=slot, person=person, year=year, fasting=True, booked_at=clock.now())

    write(first, town.chen)
    with pytest.raises(IntegrityError, match="exam_appointment_slot_once"):
        write(first, town.wu)
    with pytest.raises(IntegrityError, match="exam_appointment_once_a_year"):
        write(second, town.chen)
    write(second, town.wu)


@pytest.mark.parametrize("way", ["fill", "book"])
def test_two_clerks_at_once_never_fill_a_slot_twice(committed_town: Town, way: str):
    town = committed_town
    gao = hire("gao", "高静", "clerk", institution_id=town.team1.institution_id)
    one = day(town, gao, fasting=1, others=0)
    viewer, wanted = town.viewer(gao), Wanted((one.pk,))
    seen = actions.plan_of(viewer=viewer, wanted=wanted).fingerprint
    works = {
        "fill": [lambda: actions.fill_days(viewer=viewer, wanted=wanted, seen=seen)] * 2,
        "book": [
            lambda person=person: actions.book(viewer=viewer, person_id=person.pk, day_id=one.pk, starts=FASTING)
            for person in (town.chen, town.zhou)
        ],
    }[way]
    sentence = {"fill": "Nothing is saved; look again", "book": "This time is full"}[way]
    first, second = at_once(*works)
    assert first == "done"
    assert sentence in second
    assert queries.count_on(one.pk) == 1
