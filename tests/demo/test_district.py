"""The generated district: repeatable, invented throughout, and enough like life to try everything on."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from jinxiu.demo.chance import ages, day
from jinxiu.demo.district import PROGRAMMES, District, generate, memberships
from jinxiu.demo.facts import facts_tables, write_facts
from jinxiu.people.identity import normalise_phone, parse_id_card
from jinxiu.referrals import rules
from jinxiu.standards.facts import facts_from, read_facts
from jinxiu.standards.population import population
from jinxiu.worklists.standards import in_force

TODAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="module")
def district() -> District:
    return generate(3000, 1, TODAY)


def same(one: District, other: District) -> bool:
    return all(
        one_table.equals(other_table)
        for one_table, other_table in zip(facts_tables(one).values(), facts_tables(other).values(), strict=True)
    ) and bool((one.residents.name == other.residents.name).all())


def test_same_size_seed_and_day_give_the_same_district(district: District) -> None:
    assert same(district, generate(3000, 1, TODAY))


def test_another_seed_gives_another_district(district: District) -> None:
    assert not same(district, generate(3000, 2, TODAY))


@pytest.mark.parametrize("residents", [100, 257, 3000])
def test_exactly_as_many_residents_as_asked_for(residents: int) -> None:
    assert len(generate(residents, 3, TODAY).residents) == residents


@pytest.mark.parametrize("residents", [0, 99, 1_000_001])
def test_a_size_out_of_reach_is_refused_in_a_sentence(residents: int) -> None:
    with pytest.raises(ValueError, match=r"100 to 1,000,000 residents, not .*; choose"):
        generate(residents, 1, TODAY)


def test_every_id_number_is_valid_and_says_the_birth_date_and_sex_of_its_owner(district: District) -> None:
    people = district.residents
    for number, birth, sex in zip(people.id_number, people.birth_date, people.sex, strict=True):
        card = parse_id_card(number, TODAY)
        assert (card.birth_date, card.sex) == (birth.item(), sex)


def test_no_id_number_or_phone_can_be_anybodys(district: District) -> None:
    people = district.residents
    assert len(set(people.id_number)) == len(people)
    assert all(number.startswith("999999") for number in people.id_number)
    phones = [number for number in people.phone if number]
    assert len(set(phones)) == len(phones)
    assert all(normalise_phone(number) == number and number.startswith("1540") for number in phones)


def test_ages_are_those_of_people_who_sign_with_a_family_doctor(district: District) -> None:
    age = ages(district.residents.birth_date, day(TODAY))
    assert 0.20 <= (age >= 65).mean() <= 0.32
    assert 0.08 <= (age < 15).mean() <= 0.16
    assert age.max() <= 105
    assert 0.47 <= (district.residents.sex == "F").mean() <= 0.55


def test_households_are_of_the_usual_sizes_and_share_a_surname(district: District) -> None:
    sizes = np.bincount(district.residents.household)
    assert 2.0 <= sizes.mean() <= 2.8
    assert sizes.max() <= 5
    surname = np.array([name[0] for name in district.residents.name])
    men = district.residents.sex == "M"
    first = {}
    for household, name in zip(district.residents.household[men], surname[men], strict=True):
        assert first.setdefault(household, name) == name


def test_hypertension_and_diabetes_are_as_common_as_in_life_and_rise_with_age(district: District) -> None:
    age = ages(district.residents.birth_date, day(TODAY))
    rows = district.enrolments
    for kind, low, high in (("hypertension", 0.19, 0.28), ("diabetes", 0.055, 0.11)):
        has = np.isin(np.arange(len(age)), rows.person[rows.kind == kind])
        by_age = [has[(age >= start) & (age < end)].mean() for start, end in ((35, 50), (50, 65), (65, 120))]
        assert low <= has[age >= 18].mean() <= high
        assert by_age == sorted(by_age)
        assert not has[age < 35].any()


def test_teams_and_centres_follow_the_size(district: District) -> None:
    assert len(district.ground.teams) == 4
    big = generate(30_000, 1, TODAY)
    per_team = np.bincount(big.residents.team)
    assert len(per_team) == 17
    assert 1500 <= per_team.min() <= per_team.max() <= 2000
    assert len({team.institution for team in big.ground.teams}) == 2
    for team in range(17):
        roles = [row.role for row in big.ground.staff if row.team == team]
        assert roles.count("doctor") == roles.count("public_health_doctor") == 1
        assert roles.count("nurse") in (1, 2)


def test_codes_and_names_of_places_and_teams_are_given_once() -> None:
    ground = generate(90_000, 1, TODAY).ground
    for rows in (ground.places, ground.institutions, ground.teams):
        assert len({row.code for row in rows}) == len({row.name for row in rows}) == len(rows)
    assert all(place.code.startswith("1401069") for place in ground.places if place.kind in ("street", "community"))


def test_everybody_lives_near_the_middle_of_the_city(district: District) -> None:
    homes = district.households
    assert np.abs(homes.latitude - 37.86).max() < 0.1
    assert np.abs(homes.longitude - 112.57).max() < 0.1


def test_a_person_is_in_one_team_at_a_time(district: District) -> None:
    person, _team, start_on, end_on = memberships(district)
    assert not (end_on < start_on).any()
    order = np.lexsort((start_on, person))
    again = np.flatnonzero(person[order][1:] == person[order][:-1])
    assert len(again) > 10
    assert (end_on[order][again] < start_on[order][again + 1]).all()


def test_nothing_happens_before_birth_after_death_or_from_today_on(district: District) -> None:
    people, events = district.residents, district.events
    assert (events.happened_on < day(TODAY)).all()
    assert (events.happened_on >= people.birth_date[events.person]).all()
    gone_on = people.gone_on[events.person]
    assert (np.isnat(gone_on) | (events.happened_on < gone_on)).all()


def test_follow_ups_happen_inside_the_enrolment(district: District) -> None:
    for kind in PROGRAMMES:
        rows = district.enrolments
        mine = rows.kind == kind
        assert len(set(rows.person[mine])) == mine.sum()
        start = dict(zip(rows.person[mine], rows.start_on[mine], strict=True))
        end = dict(zip(rows.person[mine], rows.end_on[mine], strict=True))
        here = district.events.kind == f"followup.{kind}"
        for person, on in zip(district.events.person[here], district.events.happened_on[here], strict=True):
            assert start[person] <= on
            assert np.isnat(end[person]) or on <= end[person]


def test_examinations_fill_the_mild_half_of_the_year_and_their_values_agree(district: District) -> None:
    on = district.events.happened_on[district.events.kind == "exam.annual"]
    month = on.astype("datetime64[M]").astype(int) % 12 + 1
    assert ((month >= 3) & (month <= 10)).mean() > 0.85
    rows = district.observations
    taken = {code: rows.value[rows.code == code] for code in ("height", "weight", "bmi")}
    assert np.abs(taken["weight"] / (taken["height"] / 100) ** 2 - taken["bmi"]).max() <= 0.051


def test_referrals_are_in_every_state_and_each_begins_with_a_contact(district: District) -> None:
    assert {story.state for story in district.referrals} == set(rules.STATES)
    assert len({story.person for story in district.referrals}) == len(district.referrals)
    events = district.events
    for story in district.referrals:
        steps = [step.state for step in story.steps]
        direction = rules.NEXT[rules.DOWN if story.is_down else rules.UP]
        assert all(after in direction[before] for before, after in pairwise(steps))
        assert [step.on for step in story.steps] == sorted(step.on for step in story.steps)
        here = (events.person == story.person) & (events.kind == "followup.hypertension")
        assert day(story.contact_on) in events.happened_on[here]


def test_winter_pressure_is_higher_than_summer_pressure(district: District) -> None:
    rows = district.observations
    systolic = rows.code == "systolic"
    month = rows.happened_on[systolic].astype("datetime64[M]").astype(int) % 12 + 1
    value = rows.value[systolic]
    assert value[np.isin(month, (12, 1, 2))].mean() > value[np.isin(month, (6, 7, 8))].mean() + 2


def test_the_facts_contract_accepts_all_of_it(district: District, tmp_path) -> None:
    tables = facts_tables(district)
    facts_from(tables)
    write_facts(district, tmp_path / "facts")
    read_facts(tmp_path / "facts")
    assert {name: table.num_rows for name, table in tables.items()} == {
        "people": 3000,
        "enrolments": len(district.enrolments.person),
        "events": len(district.events.person),
        "observations": len(district.observations.person),
        "memberships": len(memberships(district)[0]),
    }
    assert all(isinstance(table, pa.Table) for table in tables.values())


@pytest.mark.parametrize(
    ("residents", "seed", "today"),
    [(3000, 1, TODAY), (3000, 7, dt.date(2026, 3, 10)), (1000, 2, dt.date(2027, 8, 1))],
)
def test_every_status_and_every_case_of_the_norm_is_there_on_the_day(residents: int, seed: int, today: dt.date) -> None:
    facts = facts_from(facts_tables(generate(residents, seed, today)))
    verdicts = population(in_force(today), facts, today).to_pylist()
    assert {row["status"] for row in verdicts} == {"upcoming", "due", "overdue", "kept"}
    cases = [row["reason_code"] for row in verdicts if row["clause"] == "followup"]
    assert set(cases) - {"danger_sign"} == {  # a danger without a dangerous value is rare enough to be absent
        "danger",
        "complication",
        "adverse_reaction_persists",
        "uncontrolled_twice",
        "adverse_reaction_first",
        "uncontrolled_first",
        "controlled",
        "never_seen",
    }
    in_danger = {row["person_id"] for row in verdicts if row["reason_code"] == "danger" and row["status"] == "due"}
    assert 2 <= len(in_danger) <= 8
