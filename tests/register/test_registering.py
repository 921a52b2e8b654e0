"""Registering a person: what the number says, who may, once is once, two clerks at one time."""

import threading
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions
from jinxiu.people.identity import ID_CARD, IdentityError, check_character
from jinxiu.people.models import Household, Identifier, Person, Staff, User
from jinxiu.people.registering.rules import read_document
from jinxiu.people.roles import ROLES
from tests.town import TODAY, Town, id_card

NUMBER = id_card(date(1990, 5, 17), 21)  # an odd serial: male


def as_(staff: Staff) -> Client:
    """A browser in which the staff member is signed in, in English."""
    client = Client()
    client.force_login(User.objects.get(pk=staff.user_id))
    client.cookies["jinxiu_language"] = "en"
    return client


def answers(town: Town, **changes: str) -> dict[str, str]:
    """A form filled in rightly for nurse Zhao's team, changed."""
    assert town.li.household is not None
    right = {"kind": ID_CARD, "number": NUMBER, "name": "高远", "team": str(town.team1.pk), "phone": "13812345678"}
    return right | {"place": str(town.li.household.place_id), "address": "柳巷路 12 号"} | changes


@pytest.mark.parametrize(
    ("kind", "text", "number", "born"),
    [
        (ID_CARD, "11010519491231002x", "11010519491231002X", date(1949, 12, 31)),
        (ID_CARD, "110105 491231 002", "11010519491231002X", date(1949, 12, 31)),
        ("residence_permit", "81000019900517013" + check_character("81000019900517013"), None, date(1990, 5, 17)),
        ("hk_macau_permit", "h12345678", "H12345678", None),
        ("taiwan_permit", "1234 5678", "12345678", None),
        ("passport", "e12345678", "E12345678", None),
        ("foreign_resident_card", "usa110180051701", "USA110180051701", None),
        ("foreign_resident_card", "91100019900517013" + check_character("91100019900517013"), None, date(1990, 5, 17)),
    ],
)
def test_documents_are_read(kind: str, text: str, number: str | None, born: date | None):
    document = read_document(kind, text, TODAY)
    assert (document.number, document.birth_date) == (number or text, born)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (ID_CARD, "140106202302290016", "id_card_date"),
        (ID_CARD, "110105194912310021", "id_card_check"),
        ("residence_permit", "11010519491231002X", "residence_permit_shape"),
        ("hk_macau_permit", "X12345678", "hk_macau_permit_shape"),
        ("taiwan_permit", "1234567", "taiwan_permit_shape"),
        ("passport", "ABCDEFG", "passport_shape"),
        ("foreign_resident_card", "81100019900517013X", "foreign_resident_card_shape"),
    ],
)
def test_impossible_numbers_are_refused(kind: str, text: str, reason: str):
    with pytest.raises(IdentityError) as refused:
        read_document(kind, text, TODAY)
    assert refused.value.reason == reason


def test_a_nurse_registers_and_the_number_says_birth_date_and_sex(town: Town):
    answer = as_(town.zhao).post("/people/new/", answers(town))
    person = Person.objects.get(name="高远")
    assert answer.headers["Location"] == f"/people/{person.pk}/"
    assert (person.sex, person.birth_date, person.pinyin) == ("M", date(1990, 5, 17), "gaoyuan")
    assert person.household == town.li.household, "whoever lives at this address belongs to the household"
    assert person.memberships.get().team == town.team1
    assert as_(town.wang).get(f"/people/{person.pk}/").status_code == 200
    assert as_(town.sun).get(f"/people/{person.pk}/").status_code == 404


def test_the_same_form_again_opens_the_person(town: Town):
    client = as_(town.zhao)
    places = [client.post("/people/new/", answers(town)).headers["Location"] for _time in range(2)]
    assert places[0] == places[1]
    assert Person.objects.filter(name="高远").count() == 1


def test_a_stranger_is_told_that_the_number_is_taken_and_no_name(town: Town):
    as_(town.zhao).post("/people/new/", answers(town))
    page = as_(town.sun).post("/people/new/", answers(town, team=str(town.team2.pk), name="别人")).content.decode()
    assert "not among the people in your care" in page
    assert "高远" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"birth_date": "1990-05-18"}, "The number says born on 1990-05-17, here stands 1990-05-18"),
        ({"sex": "F"}, "The number says the other sex"),
        ({"kind": "passport", "number": "E12345678"}, "does not say the birth date"),
        ({"number": NUMBER[:-1] + "?"}, "An ID card number has 17 digits"),
        ({"phone": "12"}, "A phone number has 5 to 15 digits"),
        ({"place": ""}, "Please choose the community"),
        ({"name": "123"}, "A name has letters or characters"),
        ({"birth_date": "2026-11-26"}, "A birth date lies between 1900 and today"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence_and_nothing_is_saved(
    town: Town, changes: dict[str, str], sentence: str
):
    before = Person.objects.count(), Household.objects.count()
    page = as_(town.zhao).post("/people/new/", answers(town, **changes)).content.decode()
    assert sentence in page
    assert (Person.objects.count(), Household.objects.count()) == before


def test_nobody_is_registered_into_a_team_out_of_reach(town: Town):
    assert as_(town.zhao).post("/people/new/", answers(town, team=str(town.team2.pk))).status_code == 200
    assert not Person.objects.filter(name="高远").exists()


def test_a_manager_sees_people_but_registers_nobody(town: Town):
    assert "register_people" not in ROLES["manager"].permissions
    client = as_(town.guo)
    assert client.post("/people/new/", answers(town)).status_code == 403
    assert "/people/new/" not in client.get("/people/").content.decode()


def test_two_clerks_at_one_time_register_one_person_in_one_household(committed_town: Town):
    town = committed_town
    start, outcomes = threading.Barrier(2), []

    def clerk() -> None:
        start.wait()
        try:
            actions.register_person(
                name="高远",
                sex="M",
                birth_date=date(1990, 5, 17),
                identifiers=[(ID_CARD, NUMBER)],
                home=(town.li.household.place_id, "新街 1 号"),
                team_id=town.team1.pk,
                joined_on=TODAY,
                actor=SYSTEM,
            )
            outcomes.append("registered")
        except actions.NumberTakenError as taken:
            outcomes.append(Identifier.objects.get(person=taken.person_id).masked)
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk) for _number in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(30)
    assert sorted(outcomes, key=len) == ["registered", f"{NUMBER[:6]}********{NUMBER[-4:]}"]
    assert Person.objects.filter(name="高远").count() == 1
    assert Household.objects.filter(address="新街 1 号").count() == 1
