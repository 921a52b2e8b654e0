"""A signing day: set up once, then scan, say yes, sign, next; what hinders, twice, two clerks, stale, forged."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from jinxiu.agreements import actions, rules
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import catalogue
from jinxiu.agreements.signing import shown
from jinxiu.agreements.signing.rules import Other, Somebody, meant, why_not_now
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person
from tests.agreements.test_agreements import BASIC, HYPERTENSION, by, ending_soon, held, signed
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town, enrol, id_card

SETUP = {
    "doctor": "",
    "packages": "groups",
    "years": "1",
    "start_on": TODAY.isoformat(),
    "method": "electronic",
}


def clerk(town: Town, **changes: object) -> Client:
    client = as_(town.zhao)
    client.post("/agreements/signing/setup/", {**SETUP, "team": town.team1.pk, **changes})
    return client


def card(client: Client, person: Person) -> str:
    return client.get(f"/people/{person.pk}/agreements/signing/").content.decode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


def form_of(client: Client, person: Person, **changes: object) -> dict[str, object]:
    page = card(client, person)
    ticked = re.findall(r'name="packages" value="([^"]+)"', page)
    sent = {"seen": hidden(page, "seen"), "token": uuid4(), "packages": ticked, "consents": ["health_data"]}
    return sent | changes


def sign(client: Client, person: Person, form: dict[str, object]) -> str:
    return client.post(f"/people/{person.pk}/agreements/signing/", form, follow=True).content.decode()


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_reader_may_type_more_than_the_number() -> None:
    number = id_card(date(1955, 6, 15), 7)
    assert meant(f"陈志强 男 汉 {number} 太原市柳巷路12号", TODAY) == number
    assert meant(number.lower(), TODAY) == number
    for other in ("陈志强", "13812340021", number[:17] + ("1" if number[17] == "0" else "0"), f"1{number}"):
        assert meant(other, TODAY) == other


NOBODY = Somebody(date(1955, 6, 15), None, None, has_guardian=False)
LONG = Other(rules.ACTIVE, date(2026, 1, 1), date(2027, 12, 31), is_of_team=True, renew_days=90)
CHILD = Somebody(date(2019, 5, 1), None, None, has_guardian=False)
HINDERED = (
    (Somebody(date(1955, 6, 15), TODAY, None, has_guardian=False), None, "dead"),
    (Somebody(date(1955, 6, 15), None, TODAY, has_guardian=False), LONG, "left"),
    (CHILD, None, "no_guardian"),
    (Somebody(date(2019, 5, 1), None, None, has_guardian=True), None, ""),
    (NOBODY, LONG, "has_one"),
    (NOBODY, Other(rules.ACTIVE, LONG.start_on, LONG.last_on, is_of_team=False, renew_days=90), "transfer"),
    (NOBODY, Other(rules.ACTIVE, LONG.start_on, date(2026, 12, 31), is_of_team=True, renew_days=90), "renew"),
    (NOBODY, Other(rules.ACTIVE, date(2026, 12, 1), LONG.last_on, is_of_team=True, renew_days=90), "begins_later"),
    (NOBODY, Other(rules.PENDING, TODAY, LONG.last_on, is_of_team=True, renew_days=90), "waits"),
    (CHILD, Other(rules.TERMINATED, LONG.start_on, TODAY, is_of_team=True, renew_days=90), "ended"),
    (NOBODY, None, ""),
)


@pytest.mark.parametrize(("somebody", "other", "code"), HINDERED)
def test_what_hinders(somebody: Somebody, other: Other | None, code: str) -> None:
    assert why_not_now(somebody, other, TODAY) == code


# --- the day ----------------------------------------------------------------------------------------------------------


def test_without_a_setup_the_day_begins_with_it(town: Town) -> None:
    nurse = as_(town.zhao)
    assert nurse.get("/agreements/signing/")["Location"] == "/agreements/signing/setup/"
    refused = (
        ({"start_on": "2026-11-01"}, "only one signed on paper"),
        ({"start_on": "2027-06-01"}, "within the next 60 days"),
        ({"team": town.team2.pk}, "is not one of the available choices"),
        ({"years": "7"}, "is not one of the available choices"),
        ({"doctor": town.sun.pk}, "is not one of the available choices"),
    )
    for change, sentence in refused:
        sent = nurse.post("/agreements/signing/setup/", {**SETUP, "team": town.team1.pk, **change})
        assert sentence in sent.content.decode()
    assert as_(town.guo).get("/agreements/signing/").status_code == 403


def test_scan_sign_next(town: Town) -> None:
    nurse = clerk(town, doctor=town.wang.pk, years="2")
    number = id_card(date(1955, 6, 15), 7)
    scanned = nurse.post("/agreements/signing/", {"q": number})
    assert scanned["Location"] == f"/people/{town.chen.pk}/agreements/signing/"
    page = card(nurse, town.chen)
    assert "checked" in page
    assert re.search(r'name="consents" value="health_data"[^>]*autofocus', page)
    assert not re.search(r'name="consents"[^>]*checked', page)
    told = sign(nurse, town.chen, form_of(nurse, town.chen))
    made = Agreement.objects.get()
    assert f"Signed: 陈志强, number {made.contract_no}" in told
    assert "Signed by you today: 1" in told
    assert re.search(r'id="scan"[^>]*autofocus', told)
    assert f"/people/{town.chen.pk}/agreements/{made.pk}/pdf/" in told
    assert (made.state, made.doctor, made.team) == (rules.PENDING, town.wang, town.team1)
    assert made.end_on == date(2028, 11, 24)
    assert made.packages == [BASIC, "elderly@2026.1", HYPERTENSION]
    assert sign(nurse, town.li, form_of(nurse, town.li, packages=[])).count("Signed by you today: 2") == 1
    assert Agreement.objects.get(person=town.li).packages == [BASIC]


def test_a_name_that_several_have_is_chosen_from(town: Town) -> None:
    nurse = clerk(town)
    several = nurse.post("/agreements/signing/", {"q": "柳巷路"}).content.decode()
    assert "Who of them?" in several
    assert f"/people/{town.chen.pk}/agreements/signing/" in several
    assert "Not found" in nurse.post("/agreements/signing/", {"q": "冯明"}).content.decode()
    assert nurse.get(f"/people/{town.feng.pk}/agreements/signing/").status_code == 404
    assert nurse.post(f"/people/{town.feng.pk}/agreements/signing/", {}).status_code == 404


def test_scanned_twice_and_replayed_signs_once(town: Town) -> None:
    nurse = clerk(town)
    form = form_of(nurse, town.chen)
    assert "Signed: 陈志强" in sign(nurse, town.chen, form)
    assert "Signed: 陈志强" in sign(nurse, town.chen, form)
    again = card(nurse, town.chen)
    assert "Signed already (today, Zhao Min): number" in again
    assert "waits for Team 1" in again
    assert 'name="seen"' not in again
    nothing = sign(nurse, town.chen, form | {"token": uuid4()})
    assert "Nothing was signed now." in nothing
    assert "Signed already (today" in nothing
    assert Agreement.objects.count() == 1


def test_two_clerks_with_one_card_sign_once_and_the_second_reads_who(committed_town: Town) -> None:
    town, told = committed_town, list[str]()
    both = [(client, form_of(client, town.chen)) for client in (clerk(town), clerk(town))]
    at_once(*(lambda one=one: told.append(sign(one[0], town.chen, one[1])) for one in both))
    assert Agreement.objects.count() == 1
    assert sorted("Signed: 陈志强" in one for one in told) == [False, True]
    second = next(one for one in told if "Signed: 陈志强" not in one)
    assert "Nothing was signed now." in second or "has changed since" in second
    assert "Signed already (today, Zhao Min): number" in second


def test_without_the_consent_nothing_is_signed(town: Town) -> None:
    nurse = clerk(town)
    assert "Without the consent to health data" in sign(nurse, town.chen, form_of(nurse, town.chen, consents=[]))
    assert "gold@2026.1" in sign(nurse, town.chen, form_of(nurse, town.chen, packages=["gold@2026.1"]))
    assert not Agreement.objects.exists()


def test_what_changed_since_the_page_was_opened_is_looked_at_again(town: Town) -> None:
    nurse = clerk(town)
    form = form_of(nurse, town.chen)
    enrol(town.chen, "diabetes", TODAY)
    assert "has changed since the page was opened" in sign(nurse, town.chen, form)
    form = form_of(nurse, town.chen)
    assert "diabetes@2026.1" in form["packages"]
    nurse.post("/agreements/signing/setup/", {**SETUP, "team": town.team1.pk, "years": "3"})
    assert "has changed since the page was opened" in sign(nurse, town.chen, form)
    form = form_of(nurse, town.chen)
    Person.objects.filter(pk=town.chen.pk).update(died_on=TODAY)
    assert "This person has died" in sign(nurse, town.chen, form)
    assert not Agreement.objects.exists()


def test_a_package_that_ended_meanwhile_is_not_signed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse = clerk(town, method="paper")
    form, whole = form_of(nurse, town.chen), catalogue()
    left = tuple(one for one in whole.packages if one.id != "elderly")
    monkeypatch.setattr(shown, "catalogue", lambda: replace(whole, packages=left))
    assert "has changed since the page was opened" in sign(nurse, town.chen, form)
    assert not Agreement.objects.exists()
    assert "Photo of the paper" in sign(nurse, town.chen, form_of(nurse, town.chen))
    assert Agreement.objects.get().packages == [BASIC, HYPERTENSION]
    nurse.post("/agreements/signing/setup/", {**SETUP, "team": town.team1.pk})
    assert "Photo of the paper" in nurse.get("/agreements/signing/").content.decode()
    assert "Photo of the paper" not in sign(nurse, town.li, form_of(nurse, town.li)).split("陈志强")[0]


def test_who_cannot_be_signed_is_told_why_and_what_instead(town: Town) -> None:
    nurse = clerk(town)
    renewal, other = ending_soon(town, town.chen), held(town, town.li, years=3)
    Agreement.objects.filter(pk=other.pk).update(team=town.team2)
    Person.objects.filter(pk=town.wu.pk).update(left_on=TODAY - timedelta(days=3))
    Person.objects.filter(pk=town.zhou.pk).update(birth_date=date(2019, 5, 1))
    assert f"/agreements/{renewal.pk}/renew/" in card(nurse, town.chen)
    assert "transfer it instead" in card(nurse, town.li)
    assert "has moved away" in card(nurse, town.wu)
    assert f"/people/{town.zhou.pk}/relationships/new/" in card(nurse, town.zhou)
    count = Agreement.objects.count()
    for person in (town.chen, town.li, town.wu, town.zhou):
        assert "Nothing was signed" in sign(nurse, person, {"seen": "x", "token": uuid4(), "consents": ["health_data"]})
    assert Agreement.objects.count() == count


def test_a_child_is_signed_by_the_guardian_who_is_entered(town: Town) -> None:
    Person.objects.filter(pk=town.zhou.pk).update(birth_date=date(2019, 5, 1))
    relate(
        person_id=town.zhou.pk,
        role="guardian",
        relation="52",
        relative_id=town.li.pk,
        start_on=date(2019, 5, 1),
        today=TODAY,
        actor=by(town).actor,
        recorded_by=town.zhao.pk,
    )
    nurse = clerk(town)
    page = card(nurse, town.zhou)
    assert "李秀兰 · mother" in page
    sign(nurse, town.zhou, form_of(nurse, town.zhou, guardian=re.findall(r'name="guardian" value="(\d+)"', page)[0]))
    made = Agreement.objects.get()
    assert (made.signs_as, made.signer_name, made.relation) == ("guardian", "李秀兰", "母亲")
    assert "李秀兰（监护人 母亲）" in made.text


def test_a_mistake_is_taken_back_and_signed_anew(town: Town) -> None:
    nurse = clerk(town)
    sign(nurse, town.chen, form_of(nurse, town.chen))
    first = Agreement.objects.get()
    address = f"/people/{town.chen.pk}/agreements/{first.pk}/take-back/"
    assert "few words" in nurse.post(address, {"token": uuid4()}, follow=True).content.decode()
    assert "Signed by you today: 1" in nurse.get("/agreements/signing/").content.decode()
    form = {"token": uuid4(), "note": "the wrong card"}
    for _twice in range(2):
        told = nurse.post(address, form, follow=True).content.decode()
        assert f"{first.contract_no} is taken back" in told
    assert "Signed by you today: 0" in told
    assert first.steps.filter(reason=rules.MISTAKE).count() == 1
    assert "Signed: 陈志强" in sign(nurse, town.chen, form_of(nurse, town.chen))
    second = Agreement.objects.latest("pk")
    actions.confirm(by=by(town, town.wang), today=TODAY, agreement_id=second.pk, token=uuid4())
    late = nurse.post(address.replace(f"/{first.pk}/", f"/{second.pk}/"), form, follow=True).content.decode()
    assert "is confirmed by now" in late
    stranger = held(town, town.li)
    forged = address.replace(f"/{first.pk}/", f"/{stranger.pk}/")
    assert nurse.post(forged, form).status_code == 404
    assert as_(town.sun).post(address, form).status_code == 404


def test_what_was_set_ends_with_the_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse = clerk(town)
    signed(town, town.chen)
    assert nurse.get("/agreements/signing/").status_code == 200
    monkeypatch.setenv("JINXIU_TODAY", (TODAY + timedelta(days=1)).isoformat())
    assert nurse.get("/agreements/signing/")["Location"] == "/agreements/signing/setup/"


# --- the team's yes to many -------------------------------------------------------------------------------------------


def confirm(client: Client, *agreements: object, token: object = None) -> str:
    sent = {"agreement": list(agreements), "token": token or uuid4()}
    return client.post("/agreements/confirm/", sent, follow=True).content.decode()


def test_a_doctor_confirms_many_with_one_decision(town: Town) -> None:
    rows = [signed(town, person, doctor_id=town.wang.pk) for person in (town.chen, town.li, town.wu)]
    elsewhere = signed(town, town.zhou)
    Agreement.objects.filter(pk=elsewhere.pk).update(team=town.team2, doctor=town.sun)
    doctor, token = as_(town.wang), uuid4()
    listed = doctor.get("/agreements/?doctor=me").content.decode()
    assert re.findall(r'name="agreement" id="tick-(\d+)"', listed) == [str(one.pk) for one in rows]
    assert "陈志强" in listed
    assert "Confirm those ticked as Wang Jianguo" in listed
    Person.objects.filter(pk=town.wu.pk).update(died_on=TODAY)
    actions.confirm(by=by(town), today=TODAY, agreement_id=rows[1].pk, token=uuid4())
    ticked = [*(one.pk for one in rows), elsewhere.pk, 999_999, "x"]
    for _twice in range(2):
        told = confirm(doctor, *ticked, token=token)
        assert "Confirmed: 1" in told
        assert "Not confirmed: 2" in told
        assert "This person has died" in told
        assert "Somebody has brought this agreement on" in told
        assert "2 more are not within your reach" in told
    assert [Agreement.objects.get(pk=one.pk).state for one in (*rows, elsewhere)] == [
        rules.ACTIVE,
        rules.ACTIVE,
        rules.PENDING,
        rules.PENDING,
    ]


def test_nothing_ticked_and_nobody_who_may_confirms_nothing(town: Town) -> None:
    one = signed(town, town.chen)
    assert "nothing is confirmed yet" in confirm(as_(town.wang))
    assert "at most 50" in confirm(as_(town.wang), *range(1, 52))
    assert "not within your reach" in confirm(as_(town.sun), one.pk)
    assert as_(town.guo).post("/agreements/confirm/", {"agreement": one.pk}).status_code == 403
    assert "Tick all" not in as_(town.guo).get("/agreements/").content.decode()
    one.refresh_from_db()
    assert one.state == rules.PENDING
