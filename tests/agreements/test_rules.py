"""States, days, who may sign, years and fees of an agreement; no order of steps leaves two in force. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.agreements import rules
from jinxiu.agreements.package_files import read_packages
from jinxiu.agreements.package_schema import schema_text
from jinxiu.agreements.rules import ACTIVE, DRAFT, ENDED, PENDING, STATES, STEPS, Limits, Signer, Wish
from jinxiu.standards.codes import installed
from jinxiu.standards.positions import StandardError

SHIPPED = Path(rules.__file__).parents[1] / "familydoctor/packages"
TODAY = date(2026, 11, 25)
LIMITS = Limits(paper_days=31, ahead_days=60, years=(1, 2, 3))
OLD = Signer(date(1955, 6, 15), None, None)
WISH = Wish(TODAY, 1, rules.ELECTRONIC, ("basic",), True, frozenset({"health_data"}), frozenset({"health_data"}))
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


# --- the states -------------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_every_reason_is_used() -> None:
    reached = {to for _before, to in STEPS} | {DRAFT}
    assert reached == set(STATES)
    assert {state for pair in STEPS for state in pair} == set(STATES)


@pytest.mark.parametrize(("state", "to"), list(product(STATES, STATES)))
def test_there_is_no_step_but_these(state: str, to: str) -> None:
    assert rules.may_become(state, to) == ((state, to) in STEPS)
    for reason in {one for reasons in STEPS.values() for one in reasons}:
        assert rules.may_become_for(state, to, reason) == (reason in STEPS.get((state, to), ()))


def test_what_is_over_stays_so_but_for_a_mistake_and_a_late_renewal() -> None:
    back = {pair: reasons for pair, reasons in STEPS.items() if pair[0] in ENDED}
    assert {reason for pair, reasons in back.items() if pair[1] not in ENDED for reason in reasons} == {"taken_back"}
    assert {pair for pair in back if pair[1] in ENDED} == {("expired", "renewed")}


def test_what_pages_offer_are_steps_that_there_are() -> None:
    for state, reasons in rules.CHOSEN_ENDS.items():
        assert set(reasons) <= set(STEPS[state, rules.TERMINATED])
    assert set(rules.CHOSEN_TRANSFERS) == set(STEPS[ACTIVE, rules.TRANSFERRED])


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start_on", "years", "last"),
    [
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2026, 11, 25), 1, date(2027, 11, 24)),
        (date(2026, 11, 25), 3, date(2029, 11, 24)),
        (date(2024, 2, 29), 1, date(2025, 2, 27)),
        (date(2023, 3, 1), 1, date(2024, 2, 29)),
    ],
)
def test_the_last_day(start_on: date, years: int, last: date) -> None:
    assert rules.last_day(start_on, years) == last


@given(days, st.integers(1, 3))
def test_years_follow_each_other_without_a_gap(start_on: date, years: int) -> None:
    last = rules.last_day(start_on, years)
    found = list(rules.years_of(start_on, last))
    assert len(found) == years
    assert found[0][0] == start_on
    assert found[-1][1] == last
    assert all(after[0] == before[1] + rules.DAY for before, after in pairwise(found))


@given(days, st.integers(1, 3), st.integers(0, 1200))
def test_every_day_lies_in_its_year(start_on: date, years: int, after: int) -> None:
    last = rules.last_day(start_on, years)
    day = start_on + timedelta(days=after)
    first, end = rules.year_on(start_on, last, day)
    assert first <= day <= end or day > last
    assert (first, min(end, last)) in list(rules.years_of(start_on, last))


def test_expiring_is_from_so_many_days_before_the_last() -> None:
    last = TODAY + timedelta(days=60)
    assert rules.is_expiring(ACTIVE, last, TODAY, 60)
    assert not rules.is_expiring(ACTIVE, last + rules.DAY, TODAY, 60)
    assert not rules.is_expiring(PENDING, last, TODAY, 60)
    assert not rules.is_expiring(ACTIVE, TODAY - rules.DAY, TODAY, 60)


def test_when_an_agreement_can_be_renewed_and_from_when_it_holds() -> None:
    last = date(2027, 1, 31)
    assert rules.may_renew(ACTIVE, last, last - timedelta(days=90), 90)
    assert not rules.may_renew(ACTIVE, last, last - timedelta(days=91), 90)
    assert rules.may_renew(rules.EXPIRED, last, last + timedelta(days=90), 90)
    assert not rules.may_renew(rules.EXPIRED, last, last + timedelta(days=91), 90)
    assert not rules.may_renew(rules.TERMINATED, last, last, 90)
    assert rules.renewal_start(last, TODAY) == date(2027, 2, 1)
    assert rules.renewal_start(last, date(2027, 2, 20)) == date(2027, 2, 20)


# --- who may sign -----------------------------------------------------------------------------------------------------


def troubles(signer: Signer = OLD, wish: Wish = WISH) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in rules.why_not_sign(signer, wish, LIMITS, TODAY)]


def test_who_may_sign_may() -> None:
    assert troubles() == []
    assert troubles(replace(OLD, birth_date=None)) == []


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (replace(OLD, died_on=date(2026, 11, 1)), "dead"),
        (replace(OLD, left_on=date(2026, 11, 1)), "left"),
        (replace(OLD, birth_date=date(2012, 11, 26)), "child"),
        (replace(OLD, birth_date=date(2012, 11, 25)), ""),
        (replace(OLD, birth_date=date(2020, 1, 1), signs_as=rules.GUARDIAN), ""),
        (replace(OLD, birth_date=date(2020, 1, 1), signs_as=rules.REPRESENTATIVE), "child"),
    ],
)
def test_who_may_not(signer: Signer, reason: str) -> None:
    assert [one[1] for one in troubles(signer)] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start_on": TODAY - rules.DAY}, "past"),
        ({"start_on": TODAY - timedelta(days=31), "method": rules.PAPER}, ""),
        ({"start_on": TODAY - timedelta(days=32), "method": rules.PAPER}, "paper_too_old"),
        ({"start_on": TODAY + timedelta(days=60)}, ""),
        ({"start_on": TODAY + timedelta(days=61)}, "too_far"),
        ({"years": 4}, "years"),
        ({"all_packages_valid": False}, "package_ended"),
        ({"package_kinds": ("personal",)}, "no_basic"),
        ({"consents": frozenset()}, "consent"),
    ],
)
def test_what_cannot_be_signed(change: dict[str, object], reason: str) -> None:
    assert [one[1] for one in troubles(wish=replace(WISH, **change))] == ([reason] if reason else [])


def test_groups_by_age_and_programme() -> None:
    assert rules.groups_of(date(2019, 11, 26), [], TODAY) == {"child"}
    assert rules.groups_of(date(2019, 11, 25), [], TODAY) == set()
    assert rules.groups_of(date(1961, 11, 25), ["hypertension"], TODAY) == {"elderly", "hypertension"}
    assert rules.groups_of(None, ["pregnancy", "tb"], TODAY) == {"maternal"}


# --- fees -------------------------------------------------------------------------------------------------------------


# --- packages ---------------------------------------------------------------------------------------------------------


def test_the_shipped_packages_are_in_order() -> None:
    found = read_packages([SHIPPED])
    assert {one.id for one in found.offered(TODAY)} == {
        *("basic", "child", "diabetes", "elderly", "hypertension", "maternal")
    }
    assert found.offered(date(2025, 12, 31)) == ()
    assert found.terms_on(TODAY).per_doctor == 2000
    assert found.terms_on(TODAY).privacy, "who signs reads what happens with personal data"
    assert all(one.example for one in found.packages), "no fee of the city is known"


def test_a_child_is_owed_by_the_age_on_which_the_year_begins() -> None:
    child = read_packages([SHIPPED]).package("child@2026.1")
    visits = next(item for item in child.items if item.code == "health_visits")
    born = date(2026, 1, 31)
    assert visits.owed(born, date(2026, 2, 1)) == 4
    assert visits.owed(born, date(2027, 1, 30)) == 4
    assert visits.owed(born, date(2027, 1, 31)) == 2
    assert visits.owed(born, date(2029, 1, 31)) == 1


BROKEN = {
    'version: "2026.1"': ("version: 2026.1", "a text"),
    "times: 4": ("times: 0", "a whole number from 1"),
    "events: [followup.hypertension]": ("events: [followup.hypertensoin]", "did you mean followup.hypertension"),
    "payers: {insurance: 6000": ("payers: {insurance: 6001", "12001 fen together"),
    "groups: [hypertension]": ("grups: [hypertension]", "did you mean groups"),
    "place: clinic": ("place: hospital", "allowed: any, clinic"),
}


@pytest.mark.parametrize("right", BROKEN)
def test_a_mistake_is_told_with_its_line(right: str, tmp_path: Path) -> None:
    wrong, words = BROKEN[right]
    text = (SHIPPED / "hypertension.yaml").read_text(encoding="utf-8")
    line = text[: text.index(right)].count("\n") + 1
    (tmp_path / "mine.yaml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(StandardError) as refused:
        read_packages([tmp_path])
    said = [one for one in refused.value.mistakes if words in str(one)]
    assert said, str(refused.value)
    assert said[0].line == line


def test_the_schema_in_docs_fits_the_shipped_packages_and_finds_what_is_misspelt() -> None:
    kept = (Path(__file__).parents[2] / "docs/reference/package.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(installed()), "run ./jinxiu packages schema > docs/reference/package.schema.json"
    validator = jsonschema.Draft202012Validator(json.loads(kept))
    for path in SHIPPED.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if not path.stem.startswith("terms"):
            assert not list(validator.iter_errors(yaml.safe_load(text))), path.name
            assert list(validator.iter_errors(yaml.safe_load(text.replace("payers:", "payer:"))))


def test_two_versions_of_a_package_do_not_share_a_day(tmp_path: Path) -> None:
    text = (SHIPPED / "basic.yaml").read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text.replace('"2026.1"', '"2027.1"').replace("2026-01-01", "2027-01-01"))
    with pytest.raises(StandardError, match=r"before 2026\.1 has ended"):
        read_packages([tmp_path])
    (tmp_path / "a.yaml").write_text(text.replace("kind: basic", 'valid_to: "2026-12-31"\nkind: basic'))
    assert [one.version for one in read_packages([tmp_path]).offered(date(2027, 1, 1))] == ["2027.1"]
