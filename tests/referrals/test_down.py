"""Sent back and sent down by a hospital: the visit within a week, the words after a doctor's yes, declined, wrong."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from jinxiu.evidence.models import Event
from jinxiu.familydoctor.records.queries import current
from jinxiu.familydoctor.wholeperson.queries import glance
from jinxiu.referrals import actions, rules
from jinxiu.referrals.actions import ReferralError, Told
from jinxiu.referrals.models import Referral
from tests.referrals.test_by_code import BORN, address_of, hospital
from tests.referrals.test_referrals import answer, by, due, go, sent
from tests.register.test_registering import as_
from tests.town import TODAY, Town, contact

YESTERDAY, LAST_WEEK = TODAY - timedelta(days=1), TODAY - timedelta(days=9)
SLIP = {
    "hospital": "山西省人民医院",
    "priority": "routine",
    "case_number": "ZY-2026-118",
    "seen_on": LAST_WEEK,
    "returned_on": YESTERDAY,
    "diagnosis": "脑梗死恢复期",
    "results": "头颅CT：左侧基底节区梗死",
    "course": "溶栓后肌力恢复",
    "plan": "抗血小板，控制血压",
    "rehabilitation": "每日步行训练",
    "medicines": "阿司匹林 100mg 每日一次\n氨氯地平 5mg 每日一次",
    "author": "高主任",
    "channel": "paper",
}


def received(town: Town) -> Referral:
    page = as_(town.zhao).post(f"/people/{town.wu.pk}/referrals/return/", SLIP | {"token": uuid4()}, follow=True)
    assert "a visit within a week" in page.content.decode()
    return Referral.objects.latest("pk")


def kinds(town: Town) -> list[str]:
    rows = current(Event).filter(person=town.wu, kind__startswith="referral.")
    return list(rows.order_by("pk").values_list("kind", flat=True))


def test_a_slip_on_paper_asks_for_a_visit_and_its_words_wait_for_a_doctor(town: Town) -> None:
    row = received(town)
    assert (row.direction, row.state, row.sent_on) == (rules.DOWN, rules.RETURNED, YESTERDAY)
    assert due(town.wu) == {"visit"}
    nurse, doctor, page = as_(town.zhao), as_(town.wang), f"/people/{town.wu.pk}/referrals/{row.pk}/"
    shown = nurse.get(page).content.decode()
    for words in ("ZY-2026-118", "头颅CT", "溶栓后肌力恢复", "每日步行训练", "Waits for a doctor"):
        assert words in shown
    assert nurse.get(f"{page}letter/").status_code == 404, "there is no letter of ours"
    assert nurse.post(f"{page}code/", follow=True).status_code == 200
    assert not row.codes.exists()
    taken = {"token": uuid4(), "answer_id": row.answers.get().pk, "as_condition": "1"}
    assert "A doctor does this" in nurse.post(f"{page}take/", taken, follow=True).content.decode()
    doctor.post(f"{page}take/", taken)
    assert due(town.wu) == {"visit"}, "what was read is not yet a visit"
    assert [
        line.what
        for part in glance(town.wu.pk, TODAY, with_sheltered=False)
        for line in part.lines
        if "阿司" in line.what
    ]
    assert kinds(town) == ["referral.returned"]
    future = {"to": "followed_up", "token": uuid4(), "on": TODAY + timedelta(days=1)}
    assert "in the future" in nurse.post(f"{page}step/", future, follow=True).content.decode()
    nurse.post(f"{page}step/", {"to": "followed_up", "token": uuid4(), "on": TODAY, "mode": "home"})
    assert due(town.wu) == set()
    assert Event.objects.get(person=town.wu, kind="referral.followed_up").mode == "home"
    nurse.post(f"{page}step/", {"to": "closed", "token": uuid4()})
    row.refresh_from_db()
    assert row.state == rules.CLOSED


def test_a_hospital_that_was_asked_sends_back_by_the_code(town: Town) -> None:
    row, browser = sent(town, town.wu), hospital()
    address = address_of(row)
    browser.post(address, BORN)
    told = {name: SLIP[name] for name in ("diagnosis", "plan", "rehabilitation", "author")}
    dates = {"seen_on": TODAY, "returned_on": TODAY - timedelta(days=1)}
    wrong = browser.post(f"{address}answer/", {**told, **dates, "token": uuid4()}).content.decode()
    assert "before they were seen" in wrong
    browser.post(f"{address}answer/", {**told, "seen_on": TODAY, "returned_on": TODAY, "token": uuid4()})
    row.refresh_from_db()
    assert (row.state, row.returned_on) == (rules.RETURNED, TODAY)
    assert due(town.wu) == {"result", "visit"}
    contact(town.wu, town.wang, TODAY, systolic=128, diastolic=78)
    first = row.answers.get()
    answer(town, row, "脑梗死，补充")  # a further answer: still sent back
    row.refresh_from_db()
    assert row.state == rules.RETURNED
    who = {"viewer": town.viewer(town.wang), "referral_id": row.pk, "by": by(town, town.wang)}
    with pytest.raises(ReferralError, match="newer answer"):
        actions.take(**who, answer_id=first.pk, token=uuid4())
    actions.take(**who, answer_id=row.answers.latest("pk").pk, token=uuid4())
    assert due(town.wu) == set(), "the contact of today was the visit"
    assert kinds(town) == ["referral.sent", "referral.arrived", "referral.returned", "referral.result"]


def test_whom_we_cannot_take_over_and_a_slip_for_somebody_else(town: Town) -> None:
    row = received(town)
    with pytest.raises(ReferralError, match="why"):
        go(town, row, rules.DECLINED)
    assert go(town, row, rules.DECLINED, "还需住院").returned_on is None
    assert (due(town.wu), kinds(town)) == (set(), [])
    said = Told("phone", TODAY, "脑梗死", "出院", "高主任", returned_on=TODAY)
    actions.answer(referral_id=row.pk, by=by(town, town.zhao), token=uuid4(), today=TODAY, told=said)
    assert due(town.wu) == {"visit"}
    go(town, row, rules.CANCELLED, "别人的单子")
    assert (due(town.wu), kinds(town)) == (set(), [])


def test_an_appointment_lies_ahead_but_not_before_the_letter(town: Town) -> None:
    row, nurse = sent(town, town.wu), as_(town.zhao)
    page = f"/people/{town.wu.pk}/referrals/{row.pk}/"

    def book(on: object) -> str:
        told = {"to": "booked", "token": uuid4(), "on": on, "note": "9点，心内科3诊室"}
        return nurse.post(f"{page}step/", told, follow=True).content.decode()

    assert "for which day" in book("")
    assert "before the person was sent" in book(YESTERDAY)
    assert "a year ahead" in book(TODAY + timedelta(days=400))
    for days in (6, 8):  # put off
        assert "appointment booked" in book(TODAY + timedelta(days=days))
    assert [step.on for step in row.steps.filter(state="booked").order_by("pk")] == [
        TODAY + timedelta(days=6),
        TODAY + timedelta(days=8),
    ]


def test_a_slip_under_shelter_is_gone_from_who_has_not_opened_it(town: Town) -> None:
    nurse = as_(town.zhao)
    told = SLIP | {"token": uuid4(), "confidential": "on"}
    for _twice in range(2):
        kept = nurse.post(f"/people/{town.wu.pk}/referrals/return/", told, follow=True)
    assert "脑梗死" not in kept.content.decode()
    row = Referral.objects.get(direction=rules.DOWN)
    assert nurse.get(f"/people/{town.wu.pk}/referrals/{row.pk}/").status_code == 404
    assert Event.objects.get(person=town.wu, kind="referral.returned").answers == {}
    for stranger in (town.sun, town.guo):
        assert as_(stranger).get(f"/people/{town.wu.pk}/referrals/return/").status_code == 404
