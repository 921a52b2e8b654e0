"""A referral from its draft to the answer in the record: what is due on the way, who may, twice, sheltered, deleted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.evidence.models import Enrolment, Event
from jinxiu.oversight.deleting.queries import parts_of
from jinxiu.oversight.queries import copy_of
from jinxiu.people.actions import PeopleError
from jinxiu.people.models import Person, Staff
from jinxiu.referrals import actions, rules, wording
from jinxiu.referrals.actions import By, ReferralError, To, Told
from jinxiu.referrals.models import Referral, ReferralStep
from jinxiu.worklists.models import DueItem
from tests.matching.twice import merge
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, contact

LETTER = {"reason": "152/92 twice", "readings": [], "programmes": []}
HOSPITAL = To("山西省人民医院", "心内科", "", rules.ROUTINE)
FORM = {"hospital": " 山西省人民医院 ", "department": "心内科", "priority": "urgent", "reason": "152/92 twice"}


def by(town: Town, staff: Staff) -> By:
    return By(rules.DOCTOR if staff == town.wang else rules.STAFF, town.viewer(staff).actor, staff.pk)


def drafted(town: Town, person: Person, **changes: object) -> Referral:
    wang = town.viewer(town.wang)
    told = {"to": HOSPITAL, "letter": LETTER, "token": uuid4()} | changes
    return actions.draft(viewer=wang, by=by(town, town.wang), person_id=person.pk, **told)


def sent(town: Town, person: Person) -> Referral:
    viewer, row = town.viewer(town.wang), drafted(town, person)
    return actions.send(viewer=viewer, referral_id=row.pk, by=by(town, town.wang), token=uuid4())


def go(town: Town, row: Referral, to: str, note: str = "") -> Referral:
    who = by(town, town.wang)
    return actions.step(referral_id=row.pk, to=to, by=who, token=uuid4(), today=TODAY, note=note)


def answer(town: Town, row: Referral, diagnosis: str = "原发性高血压2级", **told: object) -> int:
    said = Told("phone", TODAY, diagnosis, "氨氯地平，两周后复查", "高主任")
    who = by(town, town.zhao)
    return actions.answer(referral_id=row.pk, by=who, token=uuid4(), today=TODAY, told=replace(said, **told)).pk


def due(person: Person) -> set[str]:
    rows = DueItem.objects.filter(person=person, standard="referral", closed_at__isnull=True)
    return set(rows.values_list("clause", flat=True))


# --- the states -------------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_only_a_doctor_signs() -> None:
    for direction, first in ((rules.UP, rules.DRAFT), (rules.DOWN, rules.RETURNED)):
        steps = rules.NEXT[direction]
        assert set(steps) == {to for one in steps.values() for to in one} | {first}
        assert [state for state in steps if not steps[state]] == [rules.CLOSED, rules.CANCELLED]
    assert set(rules.NEXT[rules.UP]) == set(rules.STATES)
    assert set(wording.STATES) == set(rules.STATES)
    assert not rules.may_become(rules.DRAFT, rules.SENT, rules.STAFF)
    assert not rules.may_become(rules.ANSWERED, rules.TAKEN, rules.STAFF)
    assert not any(rules.next_states(state, "") for state in rules.STATES)
    assert rules.needs_words(rules.REFUSED, rules.CLOSED)
    assert not rules.needs_words(rules.TAKEN, rules.CLOSED)


@pytest.mark.parametrize(
    ("state", "days", "what"),
    [
        (rules.SENT, 3, ""),
        (rules.SENT, 4, "arrival"),
        (rules.NOT_ARRIVED, 4, ""),
        (rules.ARRIVED, 14, ""),
        (rules.ARRIVED, 15, "result"),
        (rules.SENT, 15, "result"),
        (rules.ANSWERED, 40, ""),
        (rules.CLOSED, 40, ""),
    ],
)
def test_what_waits_too_long(state: str, days: int, what: str) -> None:
    assert rules.late(state, TODAY - timedelta(days=days), TODAY) == what
    assert rules.late(state, None, TODAY) == ""


# --- the way ----------------------------------------------------------------------------------------------------------


def test_what_is_due_opens_with_the_sending_and_closes_with_arrival_and_result(town: Town) -> None:
    wu, viewer = town.wu, town.viewer(town.wang)
    row = sent(town, wu)
    assert due(wu) == {"arrival", "result"}
    assert row.letter["person"]["name"] == "吴建军"
    assert row.letter["from"]["doctor"] == "王建国"
    go(town, row, rules.ARRIVED)
    assert due(wu) == {"result"}
    first = answer(town, row)
    assert due(wu) == {"result"}, "what a hospital says is no result in the record before a doctor's yes"
    take = {"viewer": viewer, "referral_id": row.pk, "by": by(town, town.wang)}
    actions.take(**take, answer_id=first, token=uuid4(), as_condition=True)
    assert due(wu) == set()
    assert Enrolment.objects.get(person=wu, kind="condition").value == "原发性高血压2级"
    # A second answer is kept beside the first; taken, it corrects the one result that the standards count.
    second = answer(town, row, "继发性高血压")
    with pytest.raises(ReferralError, match="newer answer"):
        actions.take(**take, answer_id=first, token=uuid4())
    actions.take(**take, answer_id=second, token=uuid4())
    results = Event.objects.filter(person=wu, kind="referral.result").order_by("pk")
    assert [one.supersedes_id for one in results] == [None, results[0].pk]
    assert "继发性高血压" in results[1].answers["note"]
    assert go(town, row, rules.CLOSED).state == rules.CLOSED


def test_who_was_seen_has_arrived_even_when_it_was_said_that_they_had_not(town: Town) -> None:
    row = sent(town, town.wu)
    with pytest.raises(ReferralError, match="why"):
        go(town, row, rules.NOT_ARRIVED)
    go(town, row, rules.NOT_ARRIVED, "went to the village first")
    assert due(town.wu) == {"result"}
    answer(town, row)
    kinds = (
        Event.objects.filter(person=town.wu, kind__startswith="referral.").order_by("pk").values_list("kind", flat=True)
    )
    assert list(kinds) == ["referral.sent", "referral.not_arrived", "referral.arrived"]
    assert Event.objects.filter(person=town.wu, kind="withdrawn").count() == 1


def test_a_close_without_an_answer_and_a_cancel_leave_nothing_due(town: Town) -> None:
    row = sent(town, town.wu)
    go(town, row, rules.REFUSED, "no bed")
    assert due(town.wu) == {"arrival", "result"}
    go(town, row, rules.CLOSED, "referred elsewhere")
    assert due(town.wu) == set()
    other = sent(town, town.wu)
    assert due(town.wu) == {"arrival", "result"}
    go(town, other, rules.CANCELLED, "wrong person")
    assert due(town.wu) == set()
    with pytest.raises(ReferralError, match="in the meantime"):
        go(town, other, rules.ARRIVED)


def test_a_form_sent_twice_is_one_referral_and_one_step(town: Town) -> None:
    token = uuid4()
    row = drafted(town, town.wu, token=token)
    assert drafted(town, town.wu, token=token) == row
    viewer, once = town.viewer(town.wang), uuid4()
    for _again in range(2):
        actions.send(viewer=viewer, referral_id=row.pk, by=by(town, town.wang), token=once)
    assert Event.objects.filter(person=town.wu, kind="referral.sent").count() == 1
    assert [one.state for one in row.steps.order_by("pk")] == [rules.DRAFT, rules.SENT]


def test_a_letter_that_was_sent_and_its_steps_do_not_change(town: Town) -> None:
    row = sent(town, town.wu)
    with pytest.raises(ReferralError, match="stays as it is"):
        actions.change_draft(viewer=town.viewer(town.wang), referral_id=row.pk, to=HOSPITAL, letter=LETTER)
    for change in (lambda: row.steps.update(note="other"), lambda: row.steps.all().delete()):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            change()


def test_two_who_bring_it_on_at_once_come_one_after_the_other(committed_town: Town) -> None:
    row = sent(committed_town, committed_town.wu)

    def cancel() -> None:
        try:
            go(committed_town, row, rules.CANCELLED, "twice")
        except ReferralError as refused:
            raise PeopleError(refused.sentence) from refused

    assert at_once(cancel, cancel) == [
        "done",
        "Somebody has brought this referral on in the meantime; look at it again. Nothing was changed.",
    ]
    assert ReferralStep.objects.filter(referral=row, state=rules.CANCELLED).count() == 1


# --- pages ------------------------------------------------------------------------------------------------------------


def new_page(town: Town, browser: Client, person: Person, query: str = "", **changes: str) -> Referral:
    sent_form = {**FORM, "token": str(uuid4()), **changes}
    page = browser.post(f"/people/{person.pk}/referrals/new/{query}", sent_form, follow=True)
    assert page.status_code == 200, page.content
    return Referral.objects.latest("pk")


def test_a_verdict_fills_the_letter_a_nurse_drafts_and_a_doctor_sends(town: Town) -> None:
    contact_id = Event.objects.filter(person=town.wu, kind="followup.hypertension").latest("happened_on").pk
    nurse, doctor = as_(town.zhao), as_(town.wang)
    form = nurse.get(f"/people/{town.wu.pk}/referrals/new/?event={contact_id}").content.decode()
    assert "rule version 2017.1" in form
    assert "Systolic pressure 152 mmHg" in form
    row = new_page(town, nurse, town.wu, f"?event={contact_id}", readings="systolic")
    assert (row.standard, row.version, row.contact_id) == ("hypertension", "2017.1", contact_id)
    assert row.letter["readings"] == [{"code": "systolic", "value": 152.0, "on": "2026-11-15"}]
    assert row.hospital.name == "山西省人民医院"
    page = f"/people/{town.wu.pk}/referrals/{row.pk}/"
    assert "A doctor reads the draft" in nurse.get(page).content.decode()
    assert "A doctor does this" in nurse.post(f"{page}send/", {"token": uuid4()}, follow=True).content.decode()
    assert "The referral is sent" in doctor.post(f"{page}send/", {"token": uuid4()}, follow=True).content.decode()
    told = {
        "seen_on": TODAY,
        "diagnosis": "高血压",
        "plan": "复查",
        "author": "高",
        "channel": "paper",
        "token": uuid4(),
    }
    future = nurse.post(f"{page}answer/", told | {"seen_on": "2026-12-01"}).content.decode()
    assert "in the future" in future
    assert "doctor takes it" in nurse.post(f"{page}answer/", told, follow=True).content.decode()
    taken = {"token": uuid4(), "answer_id": row.answers.get().pk}
    assert "A doctor does this" in nurse.post(f"{page}take/", taken, follow=True).content.decode()
    assert "in the record now" in doctor.post(f"{page}take/", taken, follow=True).content.decode()
    assert "山西省人民医院" in doctor.get(f"/people/{town.wu.pk}/").content.decode()
    lines = AuditEntry.objects.filter(person_id=town.wu.pk, action__startswith="referral.")
    assert "referral.answered" in lines.values_list("action", flat=True)
    assert not lines.filter(detail__icontains="高血压").exists(), "the trail holds no words of a record"


def test_nobody_else_comes_near_and_nonsense_changes_nothing(town: Town) -> None:
    row = sent(town, town.wu)
    page = f"/people/{town.wu.pk}/referrals/{row.pk}/"
    for stranger in (town.sun, town.qian, town.ma):
        assert as_(stranger).get(page).status_code == 404
        assert as_(stranger).post(f"{page}step/", {"to": "arrived", "token": uuid4()}).status_code == 404
    nurse = as_(town.zhao)
    assert nurse.get(f"/people/{town.li.pk}/referrals/{row.pk}/").status_code == 404, "not this person's"
    for nonsense in ({"to": "taken", "token": uuid4()}, {"to": "arrived"}, {"to": "x", "token": "y"}):
        assert "Nothing was changed" in nurse.post(f"{page}step/", nonsense, follow=True).content.decode()
    assert 'name="to"' not in as_(town.guo).get(page).content.decode(), "a manager reads and changes nothing"


def test_what_is_sheltered_is_seen_only_by_who_has_opened_it(town: Town) -> None:
    contact(town.wu, town.wang, date(2026, 11, 20), kind="followup.mental", risk_grade=2, insight=2)
    doctor, nurse = as_(town.wang), as_(town.zhao)
    address = f"/people/{town.wu.pk}/referrals/new/"
    assert "Risk grade" not in doctor.get(address).content.decode()
    doctor.post(f"/people/{town.wu.pk}/shelter/", {"purpose": "referral"})
    offered = doctor.get(address).content.decode()
    assert "Risk grade 2 (grade) · 20 November 2026 (under special shelter)" in offered
    ticks = [tag for tag in re.findall("<input[^>]*>", offered) if "risk_grade" in tag]
    assert ticks
    assert not any("checked" in tag for tag in ticks), "nothing sheltered is ticked beforehand"
    row = new_page(town, doctor, town.wu, readings="risk_grade")
    assert row.sheltered
    page = f"/people/{town.wu.pk}/referrals/{row.pk}/"
    assert doctor.get(page).status_code == 200
    assert nurse.get(page).status_code == 404
    assert "山西省人民医院" not in nurse.get(f"/people/{town.wu.pk}/").content.decode()


def test_a_merged_record_a_copy_and_a_deletion_have_the_referrals_too(town: Town) -> None:
    row = sent(town, town.wu)
    answer(town, row)
    assert {"referral": 1, "referralstep": 3, "referralanswer": 1}.items() <= parts_of(town.wu.pk)[0].rows.items()
    copied = copy_of(town.wu.pk)
    assert copied["referralanswer"][0]["diagnosis"] == "原发性高血压2级"
    merge(town.viewer(town.zhao), town.li, town.wu)
    assert as_(town.zhao).get(f"/people/{town.li.pk}/referrals/{row.pk}/").status_code == 200
    assert copy_of(town.li.pk)["referral"][0]["id"] == row.pk
