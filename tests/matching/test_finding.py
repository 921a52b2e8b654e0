"""Pairs that are proposed, and those that are not: for everybody, for one person, on the page."""

from datetime import date

import pytest

from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions as people
from jinxiu.people.identity import ID_CARD
from jinxiu.people.matching.queries import pairs, pairs_of
from jinxiu.people.models import DifferentPersons, Person, Relationship, Staff
from tests.matching.twice import LI_BORN, merge
from tests.register.test_registering import answers, as_
from tests.town import TODAY, Town, id_card

BORN = date(2026, 10, 3)


def register(town: Town, name: str, born: date, *, number: str = "", phone: str = "", **more: object) -> Person:
    said: dict[str, object] = {"team_id": town.team1.pk, "joined_on": date(2026, 1, 1), "sex": "F"}
    return people.register_person(
        name=name,
        birth_date=born,
        actor=SYSTEM,
        identifiers=[(ID_CARD, number)] if number else (),
        phones=[("mobile", phone)] if phone else (),
        **(said | more),  # type: ignore[arg-type]
    )


def found(town: Town) -> dict[tuple[int, int], tuple[str, ...]]:
    return {(pair.one_id, pair.other_id): pair.reasons for pair in pairs(None, today=TODAY)}


def test_the_town_has_no_pairs(town: Town):
    assert not found(town)


def test_every_reason_is_found_and_the_same_for_one_as_for_all(town: Town, again: Person):
    phone = register(town, "李秀岚", date(1970, 1, 1), phone="13812343318")
    swapped = register(town, "李绣兰", date(1986, 3, 1), number=id_card(date(1986, 3, 1), 8))
    home = register(town, "小李", LI_BORN, household_id=town.li.household_id)
    pairs_now = found(town)
    li = town.li.pk
    assert pairs_now[li, again.pk] == ("name_birth", "number", "name_phone")
    assert pairs_now[li, phone.pk] == ("sound_phone",)
    assert pairs_now[li, swapped.pk] == ("number",)
    assert pairs_now[li, home.pk] == ("birth_home",)
    one = {(pair.one_id, pair.other_id): pair.reasons for pair in pairs_of(town.viewer(town.zhao), li)}
    assert one == {ids: reasons for ids, reasons in pairs_now.items() if li in ids}


def test_a_newborn_without_a_number_and_the_same_child_later(town: Town):
    early = register(town, "周燕之女", BORN, household_id=town.zhou.household_id)
    later = register(town, "周小满", BORN, number=id_card(BORN, 2), household_id=town.li.household_id)
    for child in (early, later):
        Relationship.objects.create(
            person=child,
            relative=town.zhou,
            relation="52",
            role="guardian",
            start_on=BORN,
            recorded_at="2026-10-03T08:00Z",
        )
    assert found(town) == {(early.pk, later.pk): ("newborn",)}


@pytest.mark.parametrize(
    ("name", "born", "sex"),
    [("李秀兰", date(1950, 1, 1), "F"), ("李", LI_BORN, "F"), ("王小明", LI_BORN, "M")],
)
def test_a_name_alone_a_birth_date_alone_say_nothing(town: Town, name: str, born: date, sex: str):
    register(town, name, born, sex=sex)
    if len(name) == 1:
        register(town, name, born, sex=sex)
    assert not found(town)


def test_twins_with_numbers_are_no_pair(town: Town):
    for serial, name in ((2, "周双"), (4, "周对")):
        register(town, name, BORN, number=id_card(BORN, serial), household_id=town.zhou.household_id)
    assert not found(town)


def test_said_to_be_two_and_merged_are_not_proposed_again(town: Town, again: Person):
    other = register(town, "李秀兰", LI_BORN)
    DifferentPersons.objects.create(one=town.li, other=again, said_at="2026-11-25T08:00Z")
    merge(town.viewer(town.zhao), town.li, other)
    assert not found(town)
    assert not pairs_of(town.viewer(town.zhao), town.li.pk)


def test_a_pair_half_out_of_reach_is_shown_to_nobody_who_reaches_one(town: Town):
    elsewhere = register(town, "李秀兰", LI_BORN, team_id=town.team2.pk)
    assert found(town)
    for staff in (town.zhao, town.qian):
        assert not pairs_of(town.viewer(staff), town.li.pk)
        assert "No pairs" in as_(staff).get("/people/duplicates/").content.decode()
    person = f"/people/duplicates/{town.li.pk}/{elsewhere.pk}/"
    assert as_(town.zhao).get(person).status_code == 404


def test_whoever_registers_a_second_record_is_told_at_once(town: Town):
    number = id_card(LI_BORN, 18)
    page = (
        as_(town.zhao).post("/people/new/", answers(town, name="李秀兰", number=number), follow=True).content.decode()
    )
    assert "There may be another record of this person" in page
    assert "same name and birth date" in page


@pytest.mark.parametrize(("who", "status"), [("wang", 200), ("zhao", 200), ("guo", 403), ("ma", 403)])
def test_who_sees_the_pairs(town: Town, again: Person, who: str, status: int):
    staff: Staff = getattr(town, who)
    answer = as_(staff).get("/people/duplicates/")
    assert answer.status_code == status
    assert (f"/people/duplicates/{town.li.pk}/{again.pk}/" in answer.content.decode()) == (status == 200)
