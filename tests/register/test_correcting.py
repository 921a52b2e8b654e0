"""Correcting what is registered: the earlier data stay readable, two at one time, numbers that are somebody's."""

from __future__ import annotations

import json
import re
import threading
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.people import sealing
from jinxiu.people.clock import SHANGHAI
from jinxiu.people.correcting import actions, queries
from jinxiu.people.correcting.rules import Wanted
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Household, Identifier, Person, PersonVersion, Staff, User
from jinxiu.worklists.models import DueItem
from tests.register.test_registering import as_
from tests.town import TODAY, Town, id_card

NEW_NUMBER = id_card(date(1968, 3, 1), 66)  # an even serial: female


def page_of(client: Client, person: Person) -> str:
    return client.get(f"/people/{person.pk}/correct/").content.decode()


def opened(client: Client, person: Person) -> dict[str, str]:
    """The form as a browser would send it back unchanged, with a reason."""
    before = re.search(r'name="before" value="([^"]+)"', page_of(client, person))
    assert before is not None
    person = queries.person_now(person.pk)
    home = person.household
    return {
        "before": before[1],
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat() if person.birth_date else "",
        "place": str(home.place_id) if home else "",
        "address": home.address if home else "",
        "kind": ID_CARD,
        "use": "mobile",
        "reason": "typing_mistake",
    }


def save(client: Client, person: Person, form: dict[str, str], **changes: str) -> str:
    """Send the form with changes; the page that came back, or where it leads."""
    answer = client.post(f"/people/{person.pk}/correct/", form | changes)
    return answer.headers.get("Location", "") or answer.content.decode()


def test_a_corrected_name_is_found_and_the_earlier_one_stays_readable(town: Town):
    client = as_(town.zhao)
    assert save(client, town.li, opened(client, town.li), name="李秀岚", words="岚, not 兰") == f"/people/{town.li.pk}/"
    person = Person.objects.get(pk=town.li.pk)
    assert (person.name, person.pinyin, person.revision) == ("李秀岚", "lixiulan", 2)
    page = client.get(f"/people/{town.li.pk}/earlier/").content.decode()
    for words in ("李秀兰", "李秀岚", "Zhao Min", "typing mistake", "岚, not 兰"):
        assert words in page
    assert AuditEntry.objects.filter(action="person.corrected", person_id=town.li.pk).count() == 1
    assert "Earlier data" in client.get(f"/people/{town.li.pk}/").content.decode()


def test_nothing_changed_is_no_version(town: Town):
    client = as_(town.zhao)
    save(client, town.li, opened(client, town.li))
    assert not PersonVersion.objects.exists()
    assert Person.objects.get(pk=town.li.pk).revision == 1


def test_what_was_left_empty_is_filled_in_and_judged_at_once(town: Town):
    Person.objects.filter(pk=town.zhou.pk).update(birth_date=None)
    Identifier.objects.filter(person=town.zhou).delete()
    client = as_(town.zhao)
    form = opened(client, town.zhou)
    save(client, town.zhou, form, birth_date="1950-01-02", reason="completed")
    assert Person.objects.get(pk=town.zhou.pk).birth_date == date(1950, 1, 2)
    assert DueItem.objects.filter(person=town.zhou, standard="elderly", closed_at__isnull=True).exists()


def test_a_replaced_number_stays_sealed_and_masked_and_no_longer_finds_the_person(town: Town):
    old = Identifier.objects.get(person=town.li)
    number = sealing.open_sealed(old.sealed, sealing.IDENTIFIER)
    client = as_(town.zhao)
    form = opened(client, town.li)
    save(client, town.li, form, **{f"number_{old.pk}": NEW_NUMBER}, reason="document_changed")
    now = Identifier.objects.get(person=town.li)
    assert sealing.open_sealed(now.sealed, sealing.IDENTIFIER) == NEW_NUMBER
    version = PersonVersion.objects.get(person=town.li)
    assert version.sealed is not None
    assert json.loads(sealing.open_sealed(version.sealed, sealing.EARLIER))["identifiers"] == [[ID_CARD, number]]
    assert number not in json.dumps(version.values)
    page = client.get(f"/people/{town.li.pk}/earlier/").content.decode()
    assert old.masked in page
    assert number not in page
    assert NEW_NUMBER not in page
    found = client.post("/people/", {"q": number}).content.decode()
    assert "李秀兰" not in found
    assert "李秀兰" in client.post("/people/", {"q": NEW_NUMBER}).content.decode()


def test_a_temporary_number_ends_with_the_first_real_one(town: Town):
    Identifier.objects.filter(person=town.li).delete()
    Identifier.objects.create(person=town.li, system="temporary", **sealing.identifier_columns("temporary", "T1"))
    client = as_(town.zhao)
    save(client, town.li, opened(client, town.li), number=NEW_NUMBER, reason="completed")
    assert list(Identifier.objects.filter(person=town.li).values_list("system", flat=True)) == [ID_CARD]


def test_a_number_that_is_somebodys_is_refused_by_name_only_within_reach(town: Town):
    client, stranger = as_(town.zhao), as_(town.qian)
    of_chen = queries.numbers_of(town.chen.pk)[0].number
    form = opened(client, town.zheng) | {"sex": "M", "birth_date": "1955-06-15"}
    mine = Identifier.objects.get(person=town.zheng)
    page = save(client, town.zheng, form, **{f"number_{mine.pk}": of_chen})
    assert "This number already belongs to 陈志强" in page
    theirs = Identifier.objects.get(person=town.feng)
    form = opened(stranger, town.feng) | {"birth_date": "1955-06-15"}
    page = save(stranger, town.feng, form, **{f"number_{theirs.pk}": of_chen})
    assert "already belongs to a registered person" in page
    assert "陈志强" not in page
    assert not PersonVersion.objects.exists()
    assert Identifier.objects.filter(pk=mine.pk, person=town.zheng).exists()


def test_phones_come_and_go_and_stay_masked(town: Town):
    client = as_(town.zhao)
    phone = town.li.contact_points.get()
    form = opened(client, town.li)
    save(client, town.li, form, **{f"drop_phone_{phone.pk}": "on"}, phone="139 1111 2222", use="relative")
    assert [row.masked for row in town.li.contact_points.all()] == ["139****2222"]
    page = client.get(f"/people/{town.li.pk}/earlier/").content.decode()
    assert "138****3318" in page
    assert "139****2222" in page


def test_a_phone_that_is_there_already_changes_nothing(town: Town):
    client = as_(town.zhao)
    save(client, town.li, opened(client, town.li), phone="13812343318")
    assert not PersonVersion.objects.exists()


def test_whoever_moves_leaves_the_household_and_no_longer_speaks_for_it(town: Town):
    old = town.li.household
    assert old is not None
    Household.objects.filter(pk=old.pk).update(representative=town.li)
    client = as_(town.zhao)
    save(client, town.li, opened(client, town.li), address="柳巷路 99 号", reason="moved_within")
    home = queries.person_now(town.li.pk).household
    assert home is not None
    assert (home.address, home.place_id) == ("柳巷路 99 号", old.place_id)
    assert Household.objects.get(pk=old.pk).representative is None
    assert Person.objects.filter(household=old).exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "7"}, "A name has letters or characters"),
        ({"birth_date": "2027-01-01"}, "A birth date lies between 1900 and today"),
        ({"birth_date": "1969-03-01"}, "The number says born on 1968-03-01"),
        ({"sex": "M"}, "The number says the other sex"),
        ({"place": ""}, "Please choose the community"),
        ({"reason": ""}, "required"),
        ({"reason": "other"}, "Please say in a few words"),
        ({"number": "123"}, "An ID card number has 17 digits"),
        ({"phone": "1"}, "A phone number has 5 to 15 digits"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_saved(town: Town, changes: dict[str, str], sentence: str):
    client = as_(town.zhao)
    page = save(client, town.li, opened(client, town.li), **changes)
    assert sentence in page
    assert Person.objects.get(pk=town.li.pk).revision == 1


def test_nobody_is_born_after_what_is_recorded(town: Town):
    Identifier.objects.filter(person=town.li).delete()
    client = as_(town.zhao)
    assert "There are records of 2025-01-08" in save(client, town.li, opened(client, town.li), birth_date="2026-01-01")
    assert Person.objects.get(pk=town.li.pk).birth_date == date(1968, 3, 1)


@pytest.mark.parametrize(("who", "status"), [("wang", 200), ("zhao", 200), ("guo", 404), ("sun", 404), ("ma", 404)])
def test_who_may_correct(town: Town, who: str, status: int):
    staff: Staff = getattr(town, who)
    assert as_(staff).get(f"/people/{town.li.pk}/correct/").status_code == status
    assert ("Correct the data" in as_(town.guo).get(f"/people/{town.li.pk}/").content.decode()) is False


def test_an_older_revision_is_told_with_both_values_and_keeps_what_was_typed(town: Town):
    first, second = as_(town.zhao), as_(town.wang)
    mine = opened(first, town.li) | {"name": "李秀岚", "phone": "13911112222"}
    save(second, town.li, opened(second, town.li), name="李秀蓝", address="柳巷路 8 号")
    page = save(first, town.li, mine)
    assert "Wang Jianguo changed the same person" in page
    for words in ("李秀兰", "李秀蓝", "李秀岚", "柳巷路 8 号", "13911112222"):
        assert words in page
    assert Person.objects.get(pk=town.li.pk).name == "李秀蓝"
    again = re.search(r'name="before" value="([^"]+)"', page)
    assert again is not None
    answer = save(first, town.li, mine | {"before": again[1], "address": "柳巷路 8 号"})
    assert answer == f"/people/{town.li.pk}/"
    person = queries.person_now(town.li.pk)
    assert person.household is not None
    assert (person.name, person.revision, person.household.address) == ("李秀岚", 3, "柳巷路 8 号")


def test_a_form_without_its_origin_is_asked_again(town: Town):
    client = as_(town.zhao)
    page = save(client, town.li, opened(client, town.li), before="nonsense", name="李秀岚")
    assert "changed the same person" in page
    assert 'value="李秀岚"' in page
    assert Person.objects.get(pk=town.li.pk).name == "李秀兰"


def _wanted(person: Person, name: str) -> Wanted:
    data = queries.data_of(person)
    nothing: frozenset[int] = frozenset()
    columns = {key: data[key] for key in ("sex", "birth_date", "place_id", "address")}
    return Wanted(name, **columns, replaced={}, dropped=nothing, added=(), dropped_phones=nothing, added_phones=())


def test_two_at_one_time_one_of_them_is_told(committed_town: Town):
    town = committed_town
    person = queries.person_now(town.li.pk)
    before, start, outcomes = queries.data_of(person), threading.Barrier(2), []

    def clerk(name: str) -> None:
        start.wait()
        try:
            actions.correct_person(
                person_id=person.pk,
                revision=1,
                before=before,
                wanted=_wanted(person, name),
                reason="typing_mistake",
                words="",
                staff_id=town.zhao.pk,
                actor=town.viewer(town.zhao).actor,
            )
            outcomes.append(name)
        except actions.ChangedMeanwhileError:
            outcomes.append("told")
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk, args=(name,)) for name in ("李一", "李二")]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join(30)
    assert outcomes.count("told") == 1
    assert Person.objects.get(pk=person.pk).name in outcomes
    assert PersonVersion.objects.filter(person=person).count() == 1


def test_killed_in_the_middle_nothing_has_changed(town: Town, monkeypatch: pytest.MonkeyPatch):
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("jinxiu.familydoctor.residency.correcting.refresh_person", broken)
    client = as_(town.zhao)
    client.raise_request_exception = False
    Identifier.objects.filter(person=town.li).delete()
    save(client, town.li, opened(client, town.li), birth_date="1950-01-01", name="李某")
    person = Person.objects.get(pk=town.li.pk)
    assert (person.name, person.birth_date, person.revision) == ("李秀兰", date(1968, 3, 1), 1)
    assert not PersonVersion.objects.exists()


def test_the_user_behind_a_correction_is_the_one_who_made_it(town: Town):
    client = as_(town.wang)
    save(client, town.li, opened(client, town.li), name="李秀岚")
    version = PersonVersion.objects.get()
    assert version.changed_by_id == town.wang.pk
    assert version.changed_at.astimezone(SHANGHAI).date() == TODAY
    assert User.objects.filter(pk=town.wang.user_id).exists()
