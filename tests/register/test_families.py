"""Households and relationships on the pages: who may, what is said, what is kept, two clerks at one time."""

from datetime import date

import pytest
from django.test import Client

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.people import actions as people
from jinxiu.people import sealing
from jinxiu.people.families import actions, queries
from jinxiu.people.keys.actions import sealed_models
from jinxiu.people.models import Household, Person, Relationship, Staff
from jinxiu.people.search.queries import search
from tests.register.test_registering import answers, as_
from tests.together import at_once
from tests.town import TODAY, Town, id_card

CONSENT = {"consent_by": "person", "consented_on": "2026-11-20", "words": "signed on paper"}


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def said(client: Client, url: str, **values: object) -> str:
    """What the page says after a form was sent."""
    answer = client.post(url, values, follow=True)
    assert answer.status_code == 200, url
    return answer.content.decode()


def home(person: Person) -> str:
    return f"/people/{person.pk}/household/"


def relationships(person: Person) -> str:
    return f"/people/{person.pk}/relationships/"


def child(town: Town, born: date = date(2015, 6, 1), name: str = "陈小雨") -> Person:
    return people.register_person(
        name=name,
        sex="F",
        birth_date=born,
        household_id=town.chen.household_id,
        team_id=town.team1.pk,
        joined_on=date(2024, 1, 1),
        actor=SYSTEM,
    )


def helper(town: Town, **changes: object) -> Relationship:
    right: dict[str, object] = {
        "person_id": town.zheng.pk,
        "relative_id": town.li.pk,
        "role": "helper",
        "relation": "30",
        "start_on": TODAY,
        "consent_by": "person",
        "consented_on": TODAY,
        "words": "signed",
        "today": TODAY,
        "actor": SYSTEM,
        "recorded_by": town.zhao.pk,
    }
    return actions.relate(**(right | changes))  # type: ignore[arg-type]


# --- who lives together -----------------------------------------------------------------------------------------------


def test_members_within_reach_have_names_and_others_are_a_number(town: Town):
    own = page(as_(town.zhao), home(town.zhou))  # Qiaodong: Wu and Zhou of team 1, Feng of team 2
    assert "吴建军" in own
    assert "周燕" in own
    assert "冯明" not in own
    assert "One more person, who is not in your care" in own
    other = page(as_(town.sun), home(town.feng))
    assert "吴建军" not in other
    assert "2 more people, who are not in your care" in other


def test_a_stranger_finds_no_household_and_a_manager_changes_none(town: Town):
    assert as_(town.sun).get(home(town.chen)).status_code == 404
    assert 'name="representative"' in page(as_(town.zhao), home(town.chen))
    assert 'name="representative"' not in page(as_(town.guo), home(town.chen))
    answer = as_(town.guo).post(home(town.chen) + "representative/", {"representative": town.chen.pk})
    assert answer.status_code == 404
    assert Household.objects.get(pk=town.chen.household_id).representative is None


def test_a_member_is_chosen_and_chosen_anew(town: Town):
    client = as_(town.zhao)
    assert "This household has no representative." in page(client, home(town.chen))
    told = said(client, home(town.chen) + "representative/", representative=town.li.pk, was="")
    assert "李秀兰 represents the household now." in told
    assert "李秀兰 represents this household." in page(client, f"/people/{town.chen.pk}/")
    told = said(client, home(town.chen) + "representative/", representative=town.zheng.pk, was=town.li.pk)
    assert "郑玉梅 represents the household now." in told
    said(client, home(town.chen) + "representative/", representative="nobody", was=town.zheng.pk)
    assert Household.objects.get(pk=town.chen.household_id).representative is None
    assert AuditEntry.objects.filter(action="household.represented", person_id=town.li.pk).count() == 1


@pytest.mark.parametrize("wrong", ["", "0", "x", "99999999999999999999"])
def test_nobody_in_particular_is_no_representative(town: Town, wrong: str):
    assert "Please choose a member" in said(as_(town.zhao), home(town.chen) + "representative/", representative=wrong)


def test_a_child_and_a_neighbour_represent_nobody(town: Town):
    small = child(town)
    client = as_(town.zhao)
    address = home(town.chen) + "representative/"
    assert "at least 18 years old" in said(client, address, representative=small.pk, was="")
    assert "no longer lives in the household" in said(client, address, representative=town.wu.pk, was="")


@pytest.mark.parametrize("died", [True, False])
def test_with_the_representative_gone_the_household_says_that_it_has_none(town: Town, died: bool):
    household = town.chen.household_id
    assert household is not None
    actions.set_representative(household_id=household, person_id=town.li.pk, was=None, today=TODAY, actor=SYSTEM)
    people.record_departure(person_id=town.li.pk, on=TODAY, died=died, actor=SYSTEM)
    words = "has died" if died else "has moved away"
    assert f"The representative {words}, so the household has none" in page(as_(town.zhao), home(town.chen))
    told = said(as_(town.zhao), home(town.chen) + "representative/", representative=town.zheng.pk, was=town.li.pk)
    assert "郑玉梅 represents the household now." in told


def test_somebody_moves_into_a_household_that_is_found_by_a_member(town: Town):
    client = as_(town.zhao)
    household = town.zheng.household_id
    assert household is not None
    actions.set_representative(household_id=household, person_id=town.zheng.pk, was=None, today=TODAY, actor=SYSTEM)
    found = said(client, home(town.zheng) + "move/", q="吴建军")
    assert "桥东街 7 号" in found
    assert "冯明" not in found
    told = said(
        client,
        home(town.zheng) + "join/",
        q="吴建军",
        household=town.wu.household_id,
        was=household,
    )
    assert "郑玉梅 lives in this household now." in told
    assert Person.objects.get(pk=town.zheng.pk).household_id == town.wu.household_id
    assert Household.objects.get(pk=household).representative is None
    assert "This household has no representative." in page(client, home(town.chen))
    assert AuditEntry.objects.get(action="household.moved").detail == {
        "before": household,
        "after": town.wu.household_id,
    }


def test_a_household_is_found_by_its_whole_address_without_the_names_of_others(town: Town):
    people.leave_team(person_id=town.wu.pk, last_day=date(2026, 11, 1), actor=SYSTEM)
    people.leave_team(person_id=town.zhou.pk, last_day=date(2026, 11, 1), actor=SYSTEM)
    found = said(as_(town.zhao), home(town.zheng) + "move/", q="桥东街 7 号")
    assert "3 more people, who are not in your care" in found
    assert "吴建军" not in found
    assert "No other household fits" in said(as_(town.zhao), home(town.zheng) + "move/", q="桥东街 8 号")


def test_only_what_the_search_finds_can_be_joined(town: Town):
    foreign = Household.objects.create(place_id=town.feng.household.place_id, address="别处 1 号")
    told = said(
        as_(town.zhao), home(town.zheng) + "join/", q="吴建军", household=foreign.pk, was=town.zheng.household_id
    )
    assert "Please choose one of the households" in told
    assert Person.objects.get(pk=town.zheng.pk).household_id == town.zheng.household_id


def test_somebody_splits_off_at_the_same_address(town: Town):
    before = town.zheng.household
    assert before is not None
    told = said(as_(town.zhao), home(town.zheng) + "new/", place=before.place_id, address=before.address, was=before.pk)
    assert "郑玉梅 has a household of their own now." in told
    after = Person.objects.get(pk=town.zheng.pk).household
    assert after is not None
    assert (after.pk != before.pk, after.address) == (True, before.address)


def test_a_new_household_needs_an_address(town: Town):
    told = said(as_(town.zhao), home(town.zheng) + "new/", place="", address="", was=town.zheng.household_id)
    assert "Nothing is saved yet" in told
    assert Person.objects.get(pk=town.zheng.pk).household_id == town.zheng.household_id


def test_households_at_an_address_are_offered_to_whoever_registers(town: Town):
    where = {"place": town.wu.household.place_id, "address": "桥东街 7 号"}
    offered = as_(town.zhao).post("/people/new/households/", where).content.decode()
    assert "吴建军" in offered
    assert "冯明" not in offered
    assert f'value="{town.wu.household_id}"' in offered
    assert "radio" not in as_(town.zhao).post("/people/new/households/", {}).content.decode()


def test_whoever_registers_chooses_the_household_or_one_of_their_own(town: Town):
    home_of_chen = town.chen.household
    assert home_of_chen is not None
    second = Household.objects.create(place_id=home_of_chen.place_id, address=home_of_chen.address)
    for number, choice in enumerate([str(second.pk), "new", "", str(town.wu.household_id)], start=21):
        sent = answers(town, number=id_card(date(1990, 5, 17), number), name=f"高远{number}", sex="", household=choice)
        assert as_(town.zhao).post("/people/new/", sent).status_code == 302
    chosen, apart, first, foreign = (Person.objects.get(name=f"高远{number}").household for number in range(21, 25))
    assert chosen == second
    assert apart is not None
    assert apart not in (home_of_chen, second)
    assert apart.address == home_of_chen.address
    assert (first, foreign) == (home_of_chen, home_of_chen), "a household elsewhere is no choice at this address"


def test_a_form_that_is_wrong_keeps_the_choice(town: Town):
    told = as_(town.zhao).post("/people/new/", answers(town, phone="12", household="new")).content.decode()
    assert "陈志强" in told
    assert 'value="new" checked' in told


# --- guardians, helpers, contact persons ------------------------------------------------------------------------------


def test_a_daughter_helps_her_mother_with_her_consent(town: Town):
    client = as_(town.zhao)
    found = said(client, relationships(town.zheng) + "new/", q="李秀兰")
    assert f'name="relative" value="{town.li.pk}"' in found
    chosen = said(client, relationships(town.zheng) + "new/", relative=town.li.pk)
    assert "Choose somebody else" in chosen
    told = said(
        client,
        relationships(town.zheng) + "new/",
        step="save",
        relative=town.li.pk,
        role="helper",
        relation="30",
        start_on="2026-11-21",
        **CONSENT,
    )
    assert "Recorded." in told
    assert "Helps with everyday things by the person" in told
    assert "李秀兰" in page(client, f"/people/{town.zheng.pk}/")
    assert "of 郑玉梅" in page(client, f"/people/{town.li.pk}/")
    row = Relationship.objects.get()
    assert (row.recorded_by, row.consent_by, row.consented_on) == (town.zhao, "person", date(2026, 11, 20))
    assert {entry.person_id for entry in AuditEntry.objects.filter(action__startswith="relationship.")} == {
        town.zheng.pk,
        town.li.pk,
    }


def test_somebody_outside_is_a_name_and_a_sealed_phone(town: Town):
    told = said(
        as_(town.zhao),
        relationships(town.zheng) + "new/",
        step="save",
        role="contact",
        relation="99",
        name=" 邻居老何 ",
        phone="138 1234 0099",
        start_on="2026-11-25",
        words="the neighbour",
    )
    assert "邻居老何" in told
    assert "138****0099" in told
    assert "13812340099" not in told
    row = Relationship.objects.get()
    assert row.sealed is not None
    assert sealing.open_sealed(row.sealed, sealing.PHONE) == "13812340099"
    assert Relationship in sealed_models(), "a change of keys seals it anew"
    called = as_(town.zhao).post(f"{relationships(town.zheng)}{row.pk}/phone/").content.decode()
    assert "tel:13812340099" in called
    assert AuditEntry.objects.filter(purpose="relative's phone", person_id=town.zheng.pk).count() == 1
    assert as_(town.guo).post(f"{relationships(town.zheng)}{row.pk}/phone/").status_code == 404
    assert as_(town.zhao).post(f"{relationships(town.chen)}{row.pk}/phone/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"consented_on": ""}, "A helper needs a consent"),
        ({"words": ""}, "A helper needs a consent"),
        ({"start_on": "1943-09-30"}, "before the person&#x27;s birth"),
        ({"start_on": "2026-11-26"}, "lies in the future"),
        ({"start_on": ""}, "This field is required"),
        ({"role": "guardian", "words": ""}, "An adult has a guardian only by a decision"),
        ({"role": "king"}, "king"),
        ({"phone": "12"}, "A phone number has 5 to 15 digits"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence_and_nothing_is_kept(
    town: Town, changes: dict[str, str], sentence: str
):
    right = {"step": "save", "relative": town.li.pk, "role": "helper", "relation": "30", "start_on": "2026-11-25"}
    told = said(as_(town.zhao), relationships(town.zheng) + "new/", **(right | CONSENT | changes))
    assert sentence in told
    assert not Relationship.objects.exists()


def test_nobody_is_their_own_guardian_and_nobody_is_named_twice(town: Town):
    with pytest.raises(actions.TroublesError, match="own guardian"):
        helper(town, relative_id=town.zheng.pk)
    helper(town)
    with pytest.raises(actions.TroublesError, match="already"):
        helper(town)
    outside = {"relative_id": None, "role": "contact", "name": "老何", "phone": "13812340099"}
    helper(town, **outside)
    with pytest.raises(actions.TroublesError, match="already"):
        helper(town, **outside)


def test_the_dead_have_no_helpers(town: Town):
    people.record_departure(person_id=town.zheng.pk, on=TODAY, died=True, actor=SYSTEM)
    with pytest.raises(actions.TroublesError, match="has died"):
        helper(town)


def test_who_is_under_a_guardian_guards_nobody(town: Town):
    helper(town, person_id=town.li.pk, relative_id=town.chen.pk, role="guardian", words="court, 2026")
    with pytest.raises(actions.TroublesError, match="has a guardian"):
        helper(town, person_id=town.zheng.pk, relative_id=town.li.pk, role="guardian", words="court, 2026")


def test_a_small_childs_helper_needs_the_guardians_consent(town: Town):
    small = child(town)
    with pytest.raises(actions.TroublesError, match="Below 14"):
        helper(town, person_id=small.pk)
    helper(town, person_id=small.pk, role="guardian", relation="52")
    helper(town, person_id=small.pk, relative_id=town.chen.pk, consent_by="guardian")
    assert Relationship.objects.filter(person=small).count() == 2


def test_a_guardians_role_ends_by_itself_and_may_go_on_by_a_decision(town: Town):
    grown = child(town, born=date(2008, 11, 25))
    helper(town, person_id=grown.pk, role="guardian", relation="52", start_on=date(2020, 1, 1))
    shown = page(as_(town.zhao), relationships(grown))
    assert "ended by itself on" in shown
    helper(town, person_id=grown.pk, role="guardian", relation="52", words="court of Yingze, 2026-11-25")
    first, second = Relationship.objects.order_by("pk")
    assert (first.end_on, first.ended_by, second.end_on) == (TODAY, None, None)
    assert "Guardian of an adult by a decision" in page(as_(town.zhao), relationships(grown))


def test_it_ends_in_one_step_and_stays_readable(town: Town):
    row = helper(town, start_on=date(2026, 11, 20), consented_on=date(2026, 11, 20))
    address = f"{relationships(town.zheng)}{row.pk}/end/"
    for wrong in ("2026-11-19", "2026-11-26", "x"):
        assert "The day of the end lies between" in said(as_(town.wang), address, end_on=wrong)
    told = said(as_(town.wang), address, end_on="2026-11-24")
    assert "Ended." in told
    assert "ended by 王建国" in told
    assert "ended on 24 November" in told
    assert "had ended already" in said(as_(town.zhao), address, end_on="2026-11-25")
    row.refresh_from_db()
    assert (row.end_on, row.ended_by) == (date(2026, 11, 24), town.wang)
    assert as_(town.zhao).post(f"{relationships(town.chen)}{row.pk}/end/", {"end_on": "2026-11-25"}).status_code == 404


def test_beside_whom_somebody_stands_is_told_within_reach_only(town: Town):
    helper(town, person_id=town.feng.pk, relative_id=town.wu.pk)
    assert "冯明" not in page(as_(town.zhao), f"/people/{town.wu.pk}/")
    assert "吴建军" in page(as_(town.sun), relationships(town.feng)), "who helps belongs to the record of the helped"
    assert f"/people/{town.wu.pk}/" not in page(as_(town.sun), relationships(town.feng))


# --- two at one time --------------------------------------------------------------------------------------------------


def test_two_clerks_choose_two_representatives_and_one_is_told(committed_town: Town):
    town = committed_town
    household = town.chen.household_id
    assert household is not None

    def choose(person: Person) -> object:
        return lambda: actions.set_representative(
            household_id=household, person_id=person.pk, was=None, today=TODAY, actor=SYSTEM
        )

    first, second = at_once(choose(town.chen), choose(town.li))
    assert first == "done"
    assert "chose another representative" in second
    assert Household.objects.get(pk=household).representative_id in (town.chen.pk, town.li.pk)


def test_moving_out_and_being_chosen_at_one_time_leave_a_household_that_is_right(committed_town: Town):
    town = committed_town
    household, other = town.chen.household_id, town.wu.household_id
    assert household is not None
    assert other is not None
    at_once(
        lambda: actions.move(person_id=town.li.pk, household_id=other, was=household, actor=SYSTEM),
        lambda: actions.set_representative(
            household_id=household, person_id=town.li.pk, was=None, today=TODAY, actor=SYSTEM
        ),
        lambda: actions.move(person_id=town.wu.pk, household_id=household, was=other, actor=SYSTEM),
    )
    assert Person.objects.get(pk=town.li.pk).household_id == other
    assert Person.objects.get(pk=town.wu.pk).household_id == household
    assert Household.objects.get(pk=household).representative is None


def test_two_clerks_move_one_person_and_one_is_told(committed_town: Town):
    town = committed_town
    before, other = town.li.household_id, town.wu.household_id
    assert other is not None
    place = town.wu.household.place_id
    first, second = at_once(
        lambda: actions.move(person_id=town.li.pk, household_id=other, was=before, actor=SYSTEM),
        lambda: actions.move_out(person_id=town.li.pk, place_id=place, address="新街 1 号", was=before, actor=SYSTEM),
    )
    assert first == "done"
    assert "moved this person to another household meanwhile" in second
    assert Person.objects.get(pk=town.li.pk).household_id != before
    assert Household.objects.filter(address="新街 1 号", persons=None).count() == 0, "nothing half made"


def test_two_clerks_record_one_helper_once(committed_town: Town):
    town = committed_town
    first, second = at_once(lambda: helper(town), lambda: helper(town))
    assert first == "done"
    assert "recorded in this role already" in second
    assert Relationship.objects.count() == 1


def test_the_search_for_households_asks_few_questions(town: Town, django_assert_max_num_queries: object):
    viewer = town.viewer(town.zhao)
    rows = search(viewer, "吴建军").rows
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        found = queries.find_homes(viewer, "吴建军", rows)
    assert [one.household.pk for one in found] == [town.wu.household_id]


def test_a_search_for_a_whole_number_leaves_its_line_here_too(town: Town):
    said(as_(town.zhao), relationships(town.zheng) + "new/", q="13812343318")
    said(as_(town.zhao), home(town.zheng) + "move/", q="13812343318")
    assert AuditEntry.objects.filter(action="people.number_searched", person_id=town.li.pk).count() == 2


def test_a_clerk_of_the_centre_may_a_stranger_may_not(town: Town):
    for staff, status in ((town.zhao, 200), (town.sun, 404), (town.ma, 404)):
        assert isinstance(staff, Staff)
        assert as_(staff).get(relationships(town.zheng) + "new/").status_code == status


# --- a record that was merged -----------------------------------------------------------------------------------------


def test_a_merged_record_carries_its_relationships_and_its_household(town: Town):
    helper(town)
    household = town.zheng.household_id
    assert household is not None
    actions.set_representative(household_id=household, person_id=town.li.pk, was=None, today=TODAY, actor=SYSTEM)
    kept = child(town, born=date(1968, 3, 1), name="李秀兰一")  # a second record of Li, the one that is kept
    Person.objects.filter(pk=town.li.pk).update(merged_into=kept)
    shown = page(as_(town.zhao), relationships(town.zheng))
    assert f'href="/people/{kept.pk}/"' in shown
    assert "of 郑玉梅" in page(as_(town.zhao), f"/people/{kept.pk}/")
    assert "李秀兰一 represents this household." in page(as_(town.zhao), home(town.zheng))
    with pytest.raises(actions.TroublesError, match="already"):
        helper(town, relative_id=kept.pk)
    with pytest.raises(actions.TroublesError, match="own"):
        helper(town, person_id=kept.pk)
    actions.move_out(person_id=kept.pk, place_id=town.wu.household.place_id, address="x", was=household, actor=SYSTEM)
    assert Household.objects.get(pk=household).representative is None
