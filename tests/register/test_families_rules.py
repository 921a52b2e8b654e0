"""Who may speak for a household and who may act for a person: by example, and on the days around a birthday."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.people.families import rules, wording
from jinxiu.people.families.rules import Wish, birthday, ends_on, may_act_for, why_not, why_not_represent

TODAY = date(2026, 11, 25)


@dataclass(frozen=True)
class One:
    birth_date: date | None = date(1943, 10, 1)
    died_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True)
class Between:
    role: str = "helper"
    relative: One | None = None
    consent_by: str = ""
    consented_on: date | None = None
    start_on: date = date(2024, 3, 1)
    end_on: date | None = None


GRANDMOTHER = One()
DAUGHTER = One(date(1968, 3, 1))
CHILD = One(date(2015, 6, 1))
TEEN = One(date(2010, 6, 1))
GUARDIAN = Between("guardian", DAUGHTER)
HELPER = Between("helper", DAUGHTER, "person", date(2024, 3, 1))


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (GRANDMOTHER, ""),
        (CHILD, "child"),
        (One(date(2008, 11, 25)), ""),
        (One(date(2008, 11, 26)), "child"),
        (One(None), "age_unknown"),
        (replace(DAUGHTER, died_on=TODAY), "dead"),
        (replace(DAUGHTER, left_on=TODAY), "left"),
        (replace(DAUGHTER, left_on=date(2026, 11, 26)), ""),
    ],
)
def test_an_adult_who_lives_here_represents_the_household(member: One, reason: str):
    assert why_not_represent(member, TODAY) == reason


@pytest.mark.parametrize(
    ("between", "person", "acts", "reason"),
    [
        (GUARDIAN, CHILD, "decides", "guardian_of_child"),
        (GUARDIAN, GRANDMOTHER, "decides", "guardian_of_adult"),
        (replace(GUARDIAN, start_on=date(2020, 1, 1)), One(date(2008, 11, 25)), "", "of_age"),
        (replace(GUARDIAN, start_on=date(2020, 1, 1)), One(date(2008, 11, 26)), "decides", "guardian_of_child"),
        (replace(GUARDIAN, end_on=TODAY), CHILD, "", "ended"),
        (replace(GUARDIAN, end_on=date(2026, 11, 26)), CHILD, "decides", "guardian_of_child"),
        (replace(GUARDIAN, start_on=date(2020, 1, 1), end_on=TODAY), One(date(2008, 11, 25)), "", "of_age"),
        (replace(GUARDIAN, start_on=date(2026, 11, 26)), CHILD, "", "not_begun"),
        (replace(GUARDIAN, relative=replace(DAUGHTER, died_on=TODAY)), CHILD, "", "relative_dead"),
        (replace(GUARDIAN, relative=TEEN), CHILD, "", "relative_child"),
        (GUARDIAN, replace(CHILD, died_on=TODAY), "", "person_dead"),
        (HELPER, GRANDMOTHER, "helps", "helper"),
        (replace(HELPER, consented_on=None), GRANDMOTHER, "", "no_consent"),
        (replace(HELPER, consent_by="guardian"), CHILD, "helps", "helper_by_guardian"),
        (replace(HELPER, consent_by="guardian"), GRANDMOTHER, "helps", "helper_by_guardian"),
        (replace(HELPER, consent_by="guardian"), One(date(2008, 11, 25)), "", "consent_of_guardian_over"),
        (Between("contact", TEEN), GRANDMOTHER, "called", "contact"),
        (Between("contact"), GRANDMOTHER, "called", "contact"),
    ],
)
def test_what_a_relationship_permits(between: Between, person: One, acts: str, reason: str):
    answer = may_act_for(between, person, TODAY)
    assert (answer.acts, answer.reason) == (acts, reason)
    assert answer.may == (acts in ("decides", "helps"))
    assert "%(" not in wording.sentence_for(answer)


@given(born=st.dates(date(1990, 1, 1), date(2026, 1, 1)), days=st.integers(-3, 3))
def test_a_childs_guardian_decides_until_the_eve_of_the_18th_birthday(born: date, days: int):
    adult_on = birthday(born, 18)
    answer = may_act_for(Between("guardian", DAUGHTER, start_on=born), One(born), adult_on + timedelta(days=days))
    assert (answer.acts == "decides") == (days < 0)
    assert ends_on(Between("guardian", start_on=born), One(born)) == adult_on


def test_a_leap_day_child_is_of_age_on_the_first_of_march():
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)


def wish(**changes: object) -> Wish:
    right = Wish("helper", "30", DAUGHTER, date(2026, 11, 25), date(2026, 11, 25), "person", "signed")
    return replace(right, **changes)


ADULTS_GUARDIAN = Between("guardian", DAUGHTER)


@pytest.mark.parametrize(
    ("wanted", "person", "guardians", "field", "reason"),
    [
        (wish(), GRANDMOTHER, [], "", ""),
        (wish(role="guardian", consented_on=None), CHILD, [], "", ""),
        (wish(role="contact", relative=None, consented_on=None), CHILD, [], "", ""),
        (wish(), replace(GRANDMOTHER, died_on=TODAY), [], "", "person_dead"),
        (wish(start_on=date(2026, 11, 26)), GRANDMOTHER, [], "start_on", "future"),
        (wish(start_on=date(1943, 9, 30)), GRANDMOTHER, [], "start_on", "before_birth"),
        (wish(start_on=date(1, 1, 1)), One(None), [], "start_on", "before_birth"),
        (wish(relative=replace(DAUGHTER, died_on=date(2026, 1, 1))), GRANDMOTHER, [], "relative", "relative_dead"),
        (wish(role="guardian", relative=TEEN), CHILD, [], "relative", "relative_child"),
        (wish(relative=TEEN), GRANDMOTHER, [], "relative", "relative_child"),
        (wish(role="guardian", words=""), GRANDMOTHER, [], "words", "adult_guardianship"),
        (wish(role="contact", relation="99", relative=None, words=""), CHILD, [], "words", "who_is_it"),
        (wish(consented_on=None), GRANDMOTHER, [], "consented_on", "consent_missing"),
        (wish(consent_by=""), GRANDMOTHER, [], "consented_on", "consent_missing"),
        (wish(words=""), GRANDMOTHER, [], "consented_on", "consent_missing"),
        (wish(start_on=date(2026, 11, 24)), GRANDMOTHER, [], "consented_on", "consent_late"),
        (wish(consented_on=date(1900, 1, 1)), GRANDMOTHER, [], "consented_on", "before_birth"),
        (wish(), CHILD, [], "consent_by", "under_14"),
        (wish(), TEEN, [], "", ""),
        (wish(consent_by="guardian"), CHILD, [], "consent_by", "no_guardian"),
        (wish(consent_by="guardian"), CHILD, [GUARDIAN], "", ""),
        (wish(), GRANDMOTHER, [ADULTS_GUARDIAN], "consent_by", "under_guardianship"),
        (wish(), TEEN, [GUARDIAN], "", ""),
    ],
)
def test_what_may_be_recorded(wanted: Wish, person: One, guardians: list[Between], field: str, reason: str):
    troubles = why_not(wanted, person, guardians, [], TODAY)
    assert [(trouble.field, trouble.reason) for trouble in troubles] == ([(field, reason)] if reason else [])
    assert all(str(wording.TROUBLES[trouble.reason]) for trouble in troubles)


def test_who_has_a_guardian_guards_nobody():
    troubles = why_not(wish(role="guardian", words="court"), GRANDMOTHER, [], [Between("guardian")], TODAY)
    assert [trouble.reason for trouble in troubles] == ["relative_under_guardianship"]


def test_every_reason_has_its_sentence():
    assert set(wording.RELATIONS) == set(rules.RELATIONS)
