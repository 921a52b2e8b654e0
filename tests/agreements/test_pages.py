"""The pages of agreements: signed, confirmed, renewed, transferred and ended by staff; owner, colleague, stranger."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from jinxiu.agreements import actions, queries, rules
from jinxiu.agreements.models import Agreement
from jinxiu.evidence.models import Enrolment
from jinxiu.oversight.deleting.queries import parts_of
from jinxiu.oversight.queries import copy_of
from jinxiu.people.actions import assign
from jinxiu.people.models import Person
from jinxiu.people.queries import team_of
from tests.agreements.test_agreements import BASIC, HYPERTENSION, by, ending_soon, held, signed
from tests.matching.twice import merge
from tests.register.test_registering import as_
from tests.town import TODAY, Town

FORM = {
    "start_on": TODAY.isoformat(),
    "years": "1",
    "packages": [BASIC, HYPERTENSION],
    "signs_as": "self",
    "method": "electronic",
    "channel": "site",
    "consents": ["health_data"],
}


def sign(client: Client, town: Town, person: Person, **changes: object):
    form = {**FORM, "team": town.team1.pk, "token": uuid4(), **changes}
    return client.post(f"/people/{person.pk}/agreements/new/", form, follow=True)


def page(client: Client, agreement: Agreement, what: str = "") -> str:
    return f"/people/{agreement.person_id}/agreements/{agreement.pk}/{what}"


def test_a_nurse_signs_and_a_doctor_confirms(town: Town) -> None:
    nurse, doctor = as_(town.zhao), as_(town.wang)
    offered = nurse.get(f"/people/{town.chen.pk}/agreements/new/").content.decode()
    assert re.findall(r'value="([a-z]+)@2026.1"[^>]*checked', offered) == ["basic", "elderly", "hypertension"]
    assert "child@2026.1" not in offered
    told = sign(nurse, town, town.chen).content.decode()
    assert "waits for the team now" in told
    agreement = Agreement.objects.get()
    assert "Confirm for the team as Wang Jianguo" in doctor.get(page(doctor, agreement)).content.decode()
    listed = doctor.get("/agreements/").content.decode()
    assert agreement.contract_no in listed
    assert "at most 2,000 for 1 doctor" in listed
    doctor.post(page(doctor, agreement, "confirm/"), {"token": uuid4()})
    shown = doctor.get(page(doctor, agreement)).content.decode()
    assert "in force" in shown
    assert "0 of 4" in shown
    assert "协议编号" in shown
    card = doctor.get(f"/people/{town.chen.pk}/").content.decode()
    assert agreement.contract_no in card
    assert "promises of this year kept" in card


def test_signed_and_confirmed_in_one_step_and_sent_twice(town: Town) -> None:
    token = uuid4()
    for _twice in range(2):
        told = sign(as_(town.zhao), town, town.chen, confirm="on", token=token).content.decode()
        assert "The agreement is in force" in told
    assert Agreement.objects.get().state == rules.ACTIVE
    again = sign(as_(town.zhao), town, town.chen).content.decode()
    assert "renew, transfer or end that one" in again


def test_who_does_not_reach_the_person_signs_nothing(town: Town) -> None:
    agreement = signed(town, town.chen)
    for stranger in (town.sun, town.guo):
        assert sign(as_(stranger), town, town.zhou).status_code == 404
        for what in ("confirm/", "transfer/", "end/", "offer/"):
            assert as_(stranger).post(page(as_(stranger), agreement, what), {"token": uuid4()}).status_code == 404
    assert as_(town.sun).get(page(as_(town.sun), agreement)).status_code == 404
    assert "counselling" not in as_(town.guo).get(page(as_(town.guo), agreement)).content.decode()
    assert (
        as_(town.zhao).get(page(as_(town.zhao), agreement).replace(str(town.chen.pk), str(town.li.pk))).status_code
        == 404
    )
    agreement.refresh_from_db()
    assert agreement.state == rules.PENDING


REFUSED = (
    ({"start_on": "2026-11-01"}, "only one signed on paper"),
    ({"packages": [HYPERTENSION]}, "basic package belongs"),
    ({"packages": [BASIC, "gold@2026.1"]}, "gold@2026.1"),
    ({"consents": []}, "Without the consent to health data"),
    ({"team": "999999"}, "999999"),
    ({"signs_as": "guardian"}, "name of who signs"),
)


def test_what_cannot_be_signed_is_said_at_its_field(town: Town) -> None:
    for change, sentence in REFUSED:
        assert sentence in sign(as_(town.zhao), town, town.chen, **change).content.decode()
    assert not Agreement.objects.exists()


def test_a_team_that_is_asked_sees_who_asks_and_no_record(town: Town) -> None:
    wish = actions.Wish(packages=(BASIC,), start_on=TODAY, consents=("health_data",), channel="app")
    agreement = actions.sign(
        by=by(town), today=TODAY, person_id=town.chen.pk, team_id=town.team2.pk, wish=wish, token=uuid4()
    )
    sun = as_(town.sun)
    shown = sun.get(page(sun, agreement)).content.decode()
    assert "陈志强" in shown
    assert "Confirm for the team as Sun Li" in shown
    assert sun.get(f"/people/{town.chen.pk}/").status_code == 404
    sun.post(page(sun, agreement, "confirm/"), {"token": uuid4()})
    assert team_of(town.chen.pk, TODAY) == town.team2
    assert sun.get(f"/people/{town.chen.pk}/").status_code == 200


def test_renewing_transferring_and_ending_by_page(town: Town) -> None:
    former, nurse = ending_soon(town, town.chen), as_(town.zhao)
    nurse.post(page(nurse, former, "offer/"))
    assert "30 days left" in nurse.get("/agreements/?list=expiring").content.decode()
    form = {**FORM, "confirm": "on", "token": uuid4()}
    told = nurse.post(page(nurse, former, "renew/"), form, follow=True).content.decode()
    assert "begins on 2026-12-26" in told
    assert "renewal signed" in nurse.get("/agreements/?list=expiring").content.decode()
    other = held(town, town.li)
    form = {"transfer-team": town.team2.pk, "transfer-reason": "own_wish", "transfer-method": "paper"}
    nurse.post(page(nurse, other, "transfer/"), form)  # without the form's token nothing happens
    assert Agreement.objects.get(pk=other.pk).state == rules.ACTIVE
    nurse.post(page(nurse, other, "transfer/"), form | {"transfer-token": uuid4()})
    assert team_of(town.li.pk, TODAY) == town.team2
    third = held(town, town.wu)
    end = {"end-token": uuid4(), "end-on": "2026-11-25", "end-reason": "other", "end-note": ""}
    assert "few words" in nurse.post(page(nurse, third, "end/"), end).content.decode()
    nurse.post(page(nurse, third, "end/"), end | {"end-reason": "no_contact"})
    assert Agreement.objects.get(pk=third.pk).state == rules.TERMINATED


def test_one_that_an_import_brought_is_transferred_with_the_consent_that_is_missing(town: Town) -> None:
    agreement, nurse = held(town, town.li), as_(town.zhao)
    Agreement.objects.filter(pk=agreement.pk).update(consents=[], channel="import", terms_version="")
    form = {"transfer-team": town.team2.pk, "transfer-reason": "own_wish", "transfer-method": "paper"}
    form |= {"transfer-token": uuid4()}
    asked = nurse.post(page(nurse, agreement, "transfer/"), form).content.decode()
    assert "transfer-consents" in asked
    assert team_of(town.li.pk, TODAY) == town.team1
    nurse.post(page(nurse, agreement, "transfer/"), form | {"transfer-consents": "health_data"})
    assert team_of(town.li.pk, TODAY) == town.team2
    assert Agreement.objects.get(follows=agreement).consents == ["health_data"]


def test_the_list_goes_on_where_it_stopped(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (town.chen, town.li, town.wu):
        held(town, person)
    viewer, seen, after = town.viewer(town.wang), list[int](), ""
    while True:
        found = queries.page_of(viewer, [town.team1.pk], queries.IN_FORCE, after, limit=2)
        seen += [one.person_id for one in found.rows]
        after = found.after
        if not after:
            break
    assert sorted(seen) == sorted(one.pk for one in (town.chen, town.li, town.wu))
    assert as_(town.wang).get("/agreements/?list=in_force&after=2026-13-01.x").status_code == 200


# --- what happens to people -------------------------------------------------------------------------------------------


def test_a_death_ends_it_at_once_and_taking_it_back_brings_it_back(town: Town) -> None:
    agreement, nurse = held(town, town.chen), as_(town.zhao)
    revision = Person.objects.get(pk=town.chen.pk).revision
    form = {"on": TODAY.isoformat(), "detail": "family", "words": "", "revision": revision}
    nurse.post(f"/people/{town.chen.pk}/status/died/", form)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.last_on) == (rules.TERMINATED, TODAY)
    assert agreement.steps.latest("pk").reason == rules.DIED
    ended = Enrolment.objects.filter(person=town.chen, kind="agreement").latest("pk")
    assert (ended.end_on, ended.end_reason) == (TODAY, "died")
    revision = Person.objects.get(pk=town.chen.pk).revision
    nurse.post(f"/people/{town.chen.pk}/status/mistake/", {"words": "wrong person", "revision": revision})
    agreement.refresh_from_db()
    assert agreement.state == rules.ACTIVE
    assert Enrolment.objects.filter(person=town.chen, kind="agreement").latest("pk").end_on is None


def test_merged_records_keep_one_agreement_and_taken_apart_have_two(town: Town) -> None:
    kept, gone = held(town, town.chen), held(town, town.li)
    merge(town.viewer(town.zhao), town.chen, town.li)
    gone.refresh_from_db()
    assert (gone.state, gone.steps.latest("pk").reason) == (rules.TERMINATED, rules.DUPLICATE)
    assert [one.pk for one in queries.agreements_of(town.chen.pk)] == [gone.pk, kept.pk]
    assert queries.current(town.chen.pk, TODAY) == kept


def test_programmes_send_to_the_agreement(town: Town) -> None:
    held(town, town.chen)
    enrolment = Enrolment.objects.get(person=town.chen, kind="agreement")
    answer = as_(town.zhao).get(f"/people/{town.chen.pk}/programmes/{enrolment.pk}/end/")
    assert answer["Location"] == f"/people/{town.chen.pk}/agreements/"
    assert as_(town.zhao).get(f"/people/{town.chen.pk}/programmes/agreement/begin/").status_code == 404


def test_who_is_deleted_leaves_no_agreement(town: Town) -> None:
    held(town, town.chen)
    counts = {name: rows for part in parts_of(town.chen.pk) for name, rows in part.rows.items()}
    assert (counts["agreement"], counts["agreementstep"], counts["signature"]) == (1, 2, 2)
    copied = json.dumps(copy_of(town.chen.pk), default=str, ensure_ascii=False)
    assert "家庭医生签约服务协议" in copied


def test_a_clerk_signs_and_does_not_confirm(town: Town) -> None:
    clerk = town.qian
    assign(
        staff_id=clerk.pk,
        role="clerk",
        institution_id=town.team1.institution_id,
        start_on=date(2020, 1, 1),
        actor=by(town).actor,
    )
    sign(as_(clerk), town, town.chen, confirm="on")
    agreement = Agreement.objects.get()
    assert agreement.state == rules.PENDING
    assert as_(clerk).post(page(as_(clerk), agreement, "confirm/"), {"token": uuid4()}).status_code == 404


def test_the_night_reads_the_whole_list_with_few_statements(town: Town, django_assert_max_num_queries) -> None:
    for person in (town.chen, town.li, town.wu):
        ending_soon(town, person)
    with django_assert_max_num_queries(20):
        assert actions.advance(today=TODAY + timedelta(days=60)).over == 3
