"""A household signed by its representative: all of the ticked members or none, children by their guardian, once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.test import Client

from jinxiu.agreements import actions, rules
from jinxiu.agreements.actions import AgreementError, Wish
from jinxiu.agreements.models import Agreement, Signature
from jinxiu.agreements.signing.actions import MemberWish, sign_household
from jinxiu.agreements.signing.rules import may_sign_for_child, relation_to, signs_as
from jinxiu.audit.models import AuditEntry
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Person
from tests.agreements.test_agreements import BASIC, HYPERTENSION, by, held
from tests.register.test_registering import as_
from tests.together import at_once
from tests.town import TODAY, Town

WISH = Wish(packages=(), start_on=TODAY, consents=("health_data",))


def family(town: Town) -> list[Person]:
    """Li Xiulan with her husband Chen, her mother-in-law Zheng and a girl of seven, all in one household."""
    for person, relation, born in (
        (town.chen, "02", town.chen.birth_date),
        (town.li, "10", town.li.birth_date),
        (town.zheng, "52", town.zheng.birth_date),
        (town.zhou, "30", date(2019, 5, 1)),
    ):
        home = town.chen.household
        Person.objects.filter(pk=person.pk).update(household=home, head_relation=relation, birth_date=born)
    return [town.chen, town.li, town.zheng, town.zhou]


def household(
    town: Town, members: list[MemberWish], *, token: UUID | None = None, **changes: object
) -> list[Agreement]:
    said = {"representative_id": town.chen.pk, "household_id": town.chen.household_id, "wish": WISH} | changes
    return sign_household(
        by=by(town), today=TODAY, team_id=town.team1.pk, members=members, token=token or uuid4(), **said
    )


def wishes(town: Town, **changes: str) -> list[MemberWish]:
    relations = {"chen": "", "li": "10", "zheng": "20", "zhou": "51"} | changes
    return [MemberWish(getattr(town, name).pk, (BASIC,), code) for name, code in relations.items()]


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sex", "to_head", "members", "code"),
    [
        ("M", "02", "30", "51"),
        ("F", "02", "20", "52"),
        ("F", "02", "10", "10"),
        ("M", "02", "52", "20"),
        ("U", "02", "20", ""),
        ("F", "10", "02", "10"),
        ("F", "50", "02", ""),
        ("F", "10", "20", ""),
        ("F", "", "", ""),
    ],
)
def test_what_the_representative_is_by_the_head(sex: str, to_head: str, members: str, code: str) -> None:
    assert relation_to(sex, to_head, members) == code


def test_who_signs_for_whom() -> None:
    assert signs_as(is_oneself=True, is_child=False) == rules.SELF
    assert signs_as(is_oneself=False, is_child=True) == rules.GUARDIAN
    assert signs_as(is_oneself=False, is_child=False) == rules.REPRESENTATIVE
    assert may_sign_for_child("52", is_guardian=False)
    assert may_sign_for_child("60", is_guardian=True)
    assert not may_sign_for_child("60", is_guardian=False)


# --- the action -------------------------------------------------------------------------------------------------------


def test_each_member_has_an_own_agreement_and_withdraws_alone(town: Town) -> None:
    family(town)
    token = uuid4()
    made = household(town, wishes(town), token=token)
    assert household(town, wishes(town), token=token) == made
    found = {one.person_id: one for one in Agreement.objects.all()}
    assert len(found) == 4
    assert {one.household_id for one in found.values()} == {town.chen.household_id}
    assert {one.signer_name for one in found.values()} == {"陈志强"}
    said = {pk: (one.signs_as, one.relation) for pk, one in found.items()}
    assert said[town.chen.pk] == ("self", "")
    assert said[town.li.pk] == ("representative", "配偶")
    assert said[town.zhou.pk] == ("guardian", "父亲")
    assert "陈志强（家庭代表 儿子）" in found[town.zheng.pk].text
    assert set(Signature.objects.values_list("name", flat=True)) == {"陈志强"}
    actions.terminate(
        by=by(town), today=TODAY, agreement_id=found[town.li.pk].pk, reason=rules.WITHDRAWN, token=uuid4()
    )
    assert Agreement.objects.filter(state=rules.PENDING).count() == 3
    assert AuditEntry.objects.get(action="agreement.household").person_id == town.chen.pk


REFUSED = (
    ({"zhou": "60"}, "child under 14 is signed by father, mother"),
    ({"zheng": ""}, "say what the representative is"),
    ({"zheng": "forged"}, "say what the representative is"),
)


def test_one_who_cannot_leaves_none(town: Town) -> None:
    family(town)
    for change, sentence in REFUSED:
        with pytest.raises(AgreementError, match=sentence):
            household(town, wishes(town, **change))
    other = held(town, town.zheng)
    with pytest.raises(
        AgreementError, match=r"^郑玉梅: This person has an agreement .* Nobody of the household"
    ) as said:
        household(town, wishes(town))
    assert said.value.field == f"member-{town.zheng.pk}"
    for change, sentence in (
        ({"died_on": TODAY}, "has died"),
        ({"left_on": TODAY, "died_on": None}, "has moved away"),
        ({"household": town.wu.household, "left_on": None}, "does not live in this household"),
    ):
        Agreement.objects.filter(pk=other.pk).update(state=rules.TERMINATED, last_on=date(2026, 11, 24))
        Person.objects.filter(pk=town.zheng.pk).update(**change)
        with pytest.raises(AgreementError, match=sentence):
            household(town, wishes(town))
    assert list(Agreement.objects.all()) == [other]


def test_what_is_the_same_for_all_is_checked_for_all(town: Town) -> None:
    family(town)
    only = wishes(town)[:2]
    for change, sentence in (
        ({"wish": replace(WISH, start_on=date(2026, 11, 1))}, "today or later"),
        ({"wish": replace(WISH, consents=())}, "Without the consent to health data"),
        ({"representative_id": town.zhou.pk}, "lives in it and is 18 or older"),
        ({"representative_id": town.wu.pk}, "lives in it and is 18 or older"),
    ):
        with pytest.raises(AgreementError, match=sentence):
            household(town, only, **change)
    with pytest.raises(AgreementError, match="Tick at least one"):
        household(town, [])
    with pytest.raises(AgreementError, match="not offered any more"):
        household(town, [*only, MemberWish(town.zheng.pk, (BASIC, "elderly@2020.1"), "20")])
    assert not Agreement.objects.exists()


def test_a_grandmother_who_is_entered_signs_for_the_child(town: Town) -> None:
    family(town)
    relate(
        person_id=town.zhou.pk,
        role="guardian",
        relation="60",
        relative_id=town.li.pk,
        start_on=date(2019, 5, 1),
        today=TODAY,
        actor=by(town).actor,
        recorded_by=town.zhao.pk,
    )
    child = [MemberWish(town.zhou.pk, (BASIC,), "60")]
    assert household(town, child, representative_id=town.li.pk)[0].relation == "祖父母或外祖父母"


def test_two_clerks_sign_a_household_and_a_member_at_once(committed_town: Town) -> None:
    town = committed_town
    family(town)
    one = MemberWish(town.zheng.pk, (BASIC,), "20")
    outcomes = at_once(lambda: household(town, wishes(town)), lambda: household(town, [one]))
    assert outcomes[0] == "done"
    assert "郑玉梅: This person has an agreement with Team 1" in outcomes[1]
    assert Agreement.objects.count() in (1, 4)


# --- the page ---------------------------------------------------------------------------------------------------------


def page(client: Client, person: Person, representative: Person | None = None) -> str:
    asked = f"?representative={representative.pk}" if representative else ""
    return client.get(f"/people/{person.pk}/agreements/household/{asked}").content.decode()


def form_of(town: Town, shown: str, **changes: object) -> dict[str, object]:
    hidden = dict(re.findall(r'name="(seen|token|representative)" value="([^"]+)"', shown))
    ticked = dict.fromkeys(re.findall(r'name="(sign-\d+)"', shown), "on")
    chosen = re.findall(r'<select name="(relation-\d+)".*?</select>', shown, re.DOTALL)
    blocks = {name: re.search(rf'name="{name}".*?</select>', shown, re.DOTALL) for name in chosen}
    relations = {
        name: found[1]
        for name, block in blocks.items()
        if block and (found := re.search(r'"(\d+)" selected', block[0]))
    }
    packages: dict[str, list[str]] = {}
    for name, key in re.findall(r'name="(packages-\d+)" value="([^"]+)"', shown):
        packages.setdefault(name, []).append(key)
    common = {"years": "1", "start_on": TODAY.isoformat(), "method": "paper", "consents": ["health_data"]}
    return {**hidden, **ticked, **relations, **packages, **common, "team": town.team1.pk, "doctor": ""} | changes


def send(client: Client, person: Person, form: dict[str, object]) -> str:
    return client.post(f"/people/{person.pk}/agreements/household/", form, follow=True).content.decode()


def test_the_page_knows_relations_and_signs_everybody_once(town: Town) -> None:
    family(town)
    nurse = as_(town.zhao)
    shown = page(nurse, town.zheng, town.chen)
    assert f"Sign as {town.chen.name}" in shown
    form = form_of(town, shown)
    assert shown.count("Basic package · 30.00 yuan a year") == 4
    assert form[f"relation-{town.li.pk}"] == "10"
    assert form[f"relation-{town.zhou.pk}"] == "51"
    once, again = (send(nurse, town.zheng, form) for _twice in range(2))
    names = re.search(r"Signed for the household: [^<]+", once)
    assert names
    assert names[0].count(",") == 3
    assert names[0] in again
    assert Agreement.objects.count() == 4
    assert Agreement.objects.get(person=town.chen).packages == [BASIC, "elderly@2026.1", HYPERTENSION]
    again = page(nurse, town.zheng)
    assert again.count("Signed already (today") == 4
    assert 'name="sign-' not in again


def test_a_form_sent_twice_says_the_same_where_the_representative_is_not_among_them(town: Town) -> None:
    family(town)
    nurse = as_(town.zhao)
    held(town, town.chen)
    form = form_of(town, page(nurse, town.zheng, town.chen))
    for _twice in range(2):
        assert "Signed for the household: " in send(nurse, town.zheng, form)
    assert Agreement.objects.exclude(person=town.chen).count() == 3


def test_the_page_says_at_the_member_why_nobody_is_signed(town: Town) -> None:
    family(town)
    nurse = as_(town.zhao)
    shown = page(nurse, town.chen, town.li)
    told = send(nurse, town.chen, form_of(town, shown, **{f"relation-{town.zhou.pk}": "60"}))
    assert "enter the guardian first. Nobody of the household is signed." in told
    stale = form_of(town, shown)
    held(town, town.zheng)
    assert "has changed since the page was opened" in send(nurse, town.chen, stale)
    fresh = form_of(town, page(nurse, town.chen, town.li))
    forged = fresh | {"representative": town.feng.pk}
    assert "has changed since the page was opened" in send(nurse, town.chen, forged)
    assert Agreement.objects.count() == 1
    assert as_(town.sun).post(f"/people/{town.chen.pk}/agreements/household/", fresh).status_code == 404


def test_without_a_home_or_an_adult_the_household_page_says_so(town: Town) -> None:
    Person.objects.filter(pk__in=[town.wu.pk, town.zhou.pk]).update(birth_date=date(2019, 5, 1))
    assert (
        "an adult within your reach"
        in as_(town.zhao).get(f"/people/{town.zhou.pk}/agreements/household/", follow=True).content.decode()
    )
    Person.objects.filter(pk=town.zhou.pk).update(household=None)
    assert (
        "is not recorded"
        in as_(town.zhao).get(f"/people/{town.zhou.pk}/agreements/household/", follow=True).content.decode()
    )
