"""A newborn without a number: through the mother's record, once, with a temporary number that a real one ends."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import translation

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions as people
from jinxiu.people import identity
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person, Relationship
from jinxiu.people.registering.actions import ChildKnownError, register_newborn
from jinxiu.people.registering.rules import may_be_mother
from tests.register.test_correcting import opened, save
from tests.register.test_families import page, said
from tests.register.test_registering import as_
from tests.town import TODAY, Town, id_card

BORN = date(2026, 11, 20)


def address(mother: Person) -> str:
    return f"/people/{mother.pk}/newborn/"


def newborn(town: Town, **changes: object) -> Person:
    right: dict[str, object] = {
        "mother_id": town.zhou.pk,
        "name": "周燕之女",
        "sex": "F",
        "birth_date": BORN,
        "besides": (),
        "today": TODAY,
        "actor": SYSTEM,
        "recorded_by": town.zhao.pk,
    }
    return register_newborn(**(right | changes))  # type: ignore[arg-type]


def born_to(mother: Person) -> list[Person]:
    return list(Person.objects.filter(relationships__relative=mother).order_by("pk"))


def test_a_newborn_joins_household_and_team_of_the_mother(town: Town):
    client = as_(town.zhao)
    assert f'href="{address(town.zhou)}"' in page(client, f"/people/{town.zhou.pk}/")
    assert "Baby girl of 周燕" in page(client, address(town.zhou))
    told = said(client, address(town.zhou), birth_date="2026-11-20", sex="F", name="")
    assert "Baby girl of 周燕 is registered, with a temporary number." in told
    (child,) = born_to(town.zhou)
    number = child.identifiers.get()
    assert (number.system, number.masked[:9], len(number.masked)) == ("temporary", "T20261120", 13)
    assert number.masked in told
    assert (child.household_id, child.memberships.get().team) == (town.zhou.household_id, town.team1)
    bond = Relationship.objects.get()
    assert (bond.role, bond.relation, bond.start_on, bond.recorded_by) == ("guardian", "52", BORN, town.zhao)
    assert AuditEntry.objects.get(action="person.newborn").detail == {"child": child.pk}
    assert AuditEntry.objects.filter(purpose="newborn", person_id=town.zhou.pk).exists()


def test_the_name_may_be_given_and_is_offered_in_chinese(town: Town):
    client = as_(town.zhao)
    said(client, address(town.zhou), birth_date="2026-11-20", sex="M", name=" 周小宝 ")
    assert [child.name for child in born_to(town.zhou)] == ["周小宝"]
    client.cookies["jinxiu_language"] = "zh-hans"
    assert "周燕之子" in page(client, address(town.zhou))


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({"birth_date": "2026-11-26"}, "lies in the future", "在将来"),
        ({"birth_date": "2026-06-27"}, "at most 150 days old", "150"),
        ({"birth_date": ""}, "the day on which the child was born", "出生日期"),
        ({"birth_date": "soon"}, "Enter a valid date", "日期"),
        ({"sex": ""}, "Please choose female, male or unknown", "请选择"),
        ({"sex": "X"}, "Please choose female, male or unknown", "请选择"),
        ({"name": "12"}, "A name has letters", "姓名"),
    ],
)
def test_nonsense_is_refused_in_both_languages(town: Town, changes: dict[str, str], english: str, chinese: str):
    client = as_(town.zhao)
    sent = {"birth_date": "2026-11-20", "sex": "F", "name": ""} | changes
    assert english in said(client, address(town.zhou), **sent)
    client.cookies["jinxiu_language"] = "zh-hans"
    assert chinese in said(client, address(town.zhou), **sent)
    assert not born_to(town.zhou)


def test_the_first_day_of_the_150_counts(town: Town):
    assert newborn(town, birth_date=TODAY - timedelta(days=150))
    with pytest.raises(people.PeopleError, match="150"):
        newborn(town, birth_date=TODAY - timedelta(days=151))


def test_a_second_child_is_asked_about_and_a_twin_comes_after_a_yes(town: Town):
    client = as_(town.zhao)
    first = newborn(town)
    sent = {"birth_date": "2026-11-20", "sex": "M", "name": "周二宝"}
    told = said(client, address(town.zhou), **sent)
    assert "there is such a young child in this family already" in told
    assert f'href="/people/{first.pk}/">周燕之女</a>, born on 2026-11-20' in told
    assert "周二宝" in told
    assert born_to(town.zhou) == [first]
    assert "周二宝 is registered" in said(client, address(town.zhou), **sent, besides=str(first.pk))
    twins = born_to(town.zhou)
    assert len(twins) == 2
    asked_again = said(client, address(town.zhou), **sent, besides=str(first.pk))
    assert f'value="{first.pk} {twins[1].pk}"' in asked_again


def test_a_child_of_the_household_out_of_reach_has_no_name(town: Town):
    people.register_person(
        name="冯小小",
        sex="F",
        birth_date=BORN,
        household_id=town.zhou.household_id,
        team_id=town.team2.pk,
        joined_on=TODAY,
        actor=SYSTEM,
    )
    told = said(as_(town.zhao), address(town.zhou), birth_date="2026-11-20", sex="F", name="")
    assert "a child of the family who is not in your care" in told
    assert "冯小小" not in told


def test_a_child_who_lives_elsewhere_is_found_by_the_mother(town: Town):
    child = people.register_person(name="周小", sex="F", birth_date=BORN, actor=SYSTEM)
    relate(
        person_id=child.pk,
        relative_id=town.zhou.pk,
        role="contact",
        relation="52",
        start_on=BORN,
        today=TODAY,
        actor=SYSTEM,
        recorded_by=None,
    )
    with pytest.raises(ChildKnownError) as known:
        newborn(town)
    assert known.value.children == [child.pk]


def test_a_man_and_an_old_woman_are_no_mothers(town: Town):
    client = as_(town.zhao)
    for person in (town.wu, town.zheng):
        assert address(person) not in page(client, f"/people/{person.pk}/")
        told = said(client, address(person), birth_date="2026-11-20", sex="F", name="")
        assert "Only a woman between 12 and 60 years" in told
        assert not born_to(person)


@pytest.mark.parametrize(("years", "may"), [(11, False), (12, True), (60, True), (61, False)])
def test_mothers_are_12_to_60(years: int, may: bool):
    mother = Person(sex="F", birth_date=TODAY.replace(year=TODAY.year - years))
    assert may_be_mother(mother, TODAY) is may


def test_a_mother_who_is_a_minor_is_the_contact_person(town: Town):
    young = people.register_person(
        name="何静",
        sex="F",
        birth_date=date(2010, 1, 1),
        team_id=town.team1.pk,
        joined_on=date(2024, 1, 1),
        actor=SYSTEM,
    )
    child = newborn(town, mother_id=young.pk)
    assert child.relationships.get().role == "contact"


def test_a_mother_who_died_at_the_birth_leaves_a_child_in_her_team(town: Town):
    people.record_departure(person_id=town.zhou.pk, on=BORN, died=True, actor=SYSTEM)
    people.end_memberships(person_id=town.zhou.pk, last_day=BORN, actor=SYSTEM)
    child = newborn(town)
    assert not child.relationships.exists()
    assert child.memberships.get().team == town.team1


def test_a_mother_who_moved_away_is_asked_to_come_back_first(town: Town):
    people.record_departure(person_id=town.zhou.pk, on=BORN, died=False, actor=SYSTEM)
    told = said(as_(town.zhao), address(town.zhou), birth_date="2026-11-20", sex="F", name="")
    assert "has moved away" in told
    assert not born_to(town.zhou)


def test_strangers_managers_and_nobody_register_no_newborn(town: Town):
    for staff in (town.sun, town.guo):
        assert as_(staff).get(address(town.zhou)).status_code == 404
        assert as_(staff).post(address(town.zhou), {"birth_date": "2026-11-20", "sex": "F"}).status_code == 404
    assert not born_to(town.zhou)


def test_the_real_number_ends_the_temporary_one(town: Town):
    child = newborn(town)
    client = as_(town.zhao)
    save(client, child, opened(client, child), number=id_card(BORN, 2), reason="completed")
    assert [number.system for number in child.identifiers.all()] == ["id_card"]


def test_a_temporary_number_is_shown_whole():
    assert identity.mask("T202611200042", "temporary") == "T202611200042"


def test_two_clerks_at_one_time_end_in_one_child(committed_town: Town):
    town = committed_town
    start, outcomes = threading.Barrier(2), []

    def clerk() -> None:
        start.wait()
        try:
            newborn(town)
            outcomes.append("registered")
        except ChildKnownError as known:
            with translation.override("en"):
                outcomes.append(str(known))
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk) for _number in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(30)
    assert sorted(outcomes, key=len)[0] == "registered"
    assert "another child" in sorted(outcomes, key=len)[1]
    assert len(born_to(town.zhou)) == 1
