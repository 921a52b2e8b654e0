"""The generated residents: households that make sense, names by generation, numbers that nobody carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import NEVER, Array, Chance, ages, chance_for, day, days, pick
from jinxiu.demo.names import given_names, surnames
from jinxiu.demo.places import KILOMETRES_PER_DEGREE, Ground

# No division of the country has a code that begins with 99, so these numbers pass the check digit and are nobody's.
NOBODYS_AREA = "999999"
# The 154 block is not in use for mobile phones; the zeros behind it say to a reader that the number is made up.
NOBODYS_PHONES = "1540"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643
_CHECKS = np.array(list("10X98765432"))

OTHER_TEAM = 0.02  # of households sign with a team that is not their community's
TURNOVER = 0.006  # a year: residents who died or moved away while the team looked after them


@dataclass(frozen=True)
class Home:
    """A kind of household and its share; each member is (youngest, oldest, sex, kin).

    Sex is M, F or ? (either). Kin: "self" draws an age; "wife" is near the first member's age; "child" and "parent" are
    about a generation from the first member. Children and parents carry the first member's surname.
    """

    share: float
    members: tuple[tuple[int, int, str, str], ...]


_HOMES = (
    Home(0.11, ((66, 93, "?", "self"),)),
    Home(0.17, ((61, 88, "M", "self"), (0, 0, "F", "wife"))),
    Home(0.17, ((46, 63, "M", "self"), (0, 0, "F", "wife"))),
    Home(0.16, ((29, 54, "M", "self"), (0, 0, "F", "wife"), (0, 0, "?", "child"))),
    Home(0.06, ((31, 46, "M", "self"), (0, 0, "F", "wife"), (0, 0, "?", "child"), (0, 0, "?", "child"))),
    Home(0.07, ((30, 46, "M", "self"), (0, 0, "F", "wife"), (0, 0, "?", "child"), (0, 0, "?", "parent"))),
    Home(0.08, ((44, 64, "M", "self"), (0, 0, "F", "wife"), (0, 0, "?", "parent"))),
    Home(0.03, ((40, 62, "?", "self"), (0, 0, "?", "parent"))),
    Home(0.08, ((22, 43, "?", "self"),)),
    Home(0.07, ((44, 65, "?", "self"),)),
)
_EVERYBODY_LIVES_ALONE = Home(1.0, ((25, 80, "?", "self"),))


@dataclass(frozen=True)
class Households:
    """One row a household: `place` indexes the places, `team` the teams; positions in degrees."""

    place: Array
    team: Array
    address: Array
    latitude: Array
    longitude: Array


@dataclass(frozen=True)
class Residents:
    """One row a resident; `household` is an index, empty days are NaT. All are invented."""

    household: Array
    name: Array
    sex: Array
    birth_date: Array
    died_on: Array
    left_on: Array
    id_number: Array
    phone: Array  # empty text: none known
    team: Array
    signed_on: Array
    former_team: Array  # −1: none; otherwise the team until the day before `changed_on`
    changed_on: Array

    def __len__(self) -> int:
        return len(self.name)

    @property
    def gone_on(self) -> Array:
        """The day on which somebody died or left; NaT for those who live here."""
        return np.where(np.isnat(self.died_on), self.left_on, self.died_on)


def settle(ground: Ground, residents: int, seed: int, today: dt.date) -> tuple[Households, Residents]:
    """Fill the ground with exactly that many residents in households."""
    chance = chance_for(seed, "households")
    kinds = _kinds_of_homes(chance, residents)
    household = np.repeat(np.arange(len(kinds)), [len(home.members) for home in kinds])
    place = np.concatenate([np.arange(len(home.members)) for home in kinds])
    age, female = _ages_and_sexes(chance_for(seed, "ages"), kinds, household, place)
    birth_date = day(today) - (age * 365.2425).astype(int).astype("timedelta64[D]") - days(0, 364, chance, len(age))
    homes = _place_households(chance, ground, len(kinds))
    return homes, _describe(seed, today, homes, household, birth_date, female)


def _kinds_of_homes(chance: Chance, residents: int) -> list[Home]:
    """Households that hold exactly the wanted number of people; the last ones live alone to make it come out."""
    drawn = pick(chance, range(len(_HOMES)), residents, [home.share for home in _HOMES])
    sizes = np.array([len(home.members) for home in _HOMES])[drawn]
    whole = int(np.searchsorted(np.cumsum(sizes), residents, side="right"))
    alone = residents - int(sizes[:whole].sum())
    return [_HOMES[number] for number in drawn[:whole]] + [_EVERYBODY_LIVES_ALONE] * alone


def _ages_and_sexes(chance: Chance, kinds: list[Home], household: Array, place: Array) -> tuple[Array, Array]:
    members = [home.members[nth] for home, nth in zip((kinds[number] for number in household), place, strict=True)]
    low, high = (np.array([member[column] for member in members]) for column in (0, 1))
    sex, kin = (np.array([member[column] for member in members]) for column in (2, 3))
    own = low + (high - low) * chance.beta(1.3, 1.5, len(members))
    first = own[np.flatnonzero(place == 0)][household]
    generation = np.clip(chance.normal(28.5, 3.8, len(members)), 20, 40)
    age = np.select(
        [kin == "wife", kin == "child", kin == "parent"],
        [first - chance.normal(1.6, 2.3, len(members)), first - generation, first + generation],
        own,
    )
    # Among the old and alone most are widows; elsewhere a coin is tossed.
    women = np.where(age >= 65, 0.62, 0.49)
    return np.clip(age, 0.02, 101), (sex == "F") | ((sex == "?") & (chance.random(len(members)) < women))


def _place_households(chance: Chance, ground: Ground, size: int) -> Households:
    weights = chance.uniform(0.95, 1.05, len(ground.teams))
    home_team = pick(chance, range(len(ground.teams)), size, list(weights))
    communities = np.array([team.communities for team in ground.teams])
    place = communities[home_team, chance.integers(communities.shape[1], size=size)]
    elsewhere = chance.random(size) < OTHER_TEAM
    team = np.where(elsewhere, chance.integers(len(ground.teams), size=size), home_team)
    building = chance.integers(1, 25, size)
    latitude, longitude = _positions(chance, ground, place, building)
    return Households(place, team, _addresses(chance, ground, place, building), latitude, longitude)


def _positions(chance: Chance, ground: Ground, place: Array, building: Array) -> tuple[Array, Array]:
    """Neighbours share a building: its place in the community is drawn once."""
    offsets = chance.normal(0, 0.11, (len(ground.places), 25, 2))  # kilometres
    middle = np.zeros((len(ground.places), 2))
    for community, position in ground.positions.items():
        middle[community] = position
    at = middle[place] + offsets[place, building] / np.array(KILOMETRES_PER_DEGREE)
    return np.round(at[:, 0], 6), np.round(at[:, 1], 6)


def _addresses(chance: Chance, ground: Ground, place: Array, building: Array) -> Array:
    street = np.array([ground.places[item.parent].name if item.parent else "" for item in ground.places], dtype=object)
    community = np.array([item.name for item in ground.places], dtype=object)
    units, floors, doors = (chance.integers(1, top, len(place)) for top in (5, 19, 4))
    where = [f"{b}号楼{u}单元{f}{d:02}室" for b, u, f, d in zip(building, units, floors, doors, strict=True)]
    return street[place] + community[place] + np.array(where, dtype=object)


def _describe(seed: int, today: dt.date, homes: Households, household: Array, birth: Array, female: Array) -> Residents:
    chance = chance_for(seed, "residents")
    size = len(household)
    # A family signs together; a child follows some weeks after birth.
    signed_together = (day(today) - days(20, 6 * 365, chance, len(homes.place)))[household]
    signed_on = np.minimum(np.maximum(signed_together, birth + days(20, 90, chance, size)), day(today))
    died_on, left_on = _departures(chance, birth, signed_on, today)
    team = homes.team[household]
    changed = (chance.random(size) < 0.03) & (signed_on < day(today) - np.timedelta64(900, "D"))
    changed &= np.isnat(died_on) & np.isnat(left_on)
    other = (team + 1) % (homes.team.max() + 1)
    return Residents(
        household=household,
        name=_family_names(seed, household, birth, female),
        sex=np.where(female, "F", "M"),
        birth_date=birth,
        died_on=died_on,
        left_on=left_on,
        id_number=id_numbers(birth, female),
        phone=_phones(chance, ages(birth, day(today))),
        team=team,
        signed_on=signed_on,
        former_team=np.where(changed & (other != team), other, -1),
        changed_on=np.where(changed, day(today) - days(60, 800, chance, size), NEVER),
    )


def _family_names(seed: int, household: Array, birth: Array, female: Array) -> Array:
    """Everybody has the household's surname, but for the wives and mothers, who keep their own."""
    chance = chance_for(seed, "names")
    years = birth.astype("datetime64[Y]").astype(int) + 1970
    shared = surnames(chance, int(household[-1]) + 1)[household]
    keeps_own = female & (years < 2004) & (chance.random(len(household)) < 0.9)
    return np.where(keeps_own, surnames(chance, len(household)), shared) + given_names(chance, years, female)


def _departures(chance: Chance, birth: Array, signed_on: Array, today: dt.date) -> tuple[Array, Array]:
    """Who died or moved away in the last three years, and on which day; the old die, the young move."""
    size = len(birth)
    age = ages(birth, day(today))
    gone_on = day(today) - days(5, 3 * 365, chance, size)
    stayed_a_while = signed_on < gone_on - np.timedelta64(30, "D")
    dies = chance.random(size) < np.select(
        [age >= 85, age >= 75, age >= 65, age >= 45], [0.10, 0.05, 0.02, 0.006], 0.001
    )
    moves = ~dies & (chance.random(size) < 3 * TURNOVER)
    return np.where(dies & stayed_a_while, gone_on, NEVER), np.where(moves & stayed_a_while, gone_on, NEVER)


def id_numbers(birth: Array, female: Array) -> Array:
    """Numbers of GB 11643's form with a right check digit and an area that nobody has (text, no two alike).

    Odd serials are men's, even ones women's. Raises ValueError above 499 people of one sex and birthday.
    """
    rank = _rank_among_equals(birth, female)
    if len(rank) and rank.max() > 498:
        raise ValueError("There are more than 499 residents of one sex and one birthday; generate fewer residents.")
    serial = 2 * rank + np.where(female, 2, 1)
    stamps = np.datetime_as_string(birth, unit="D")
    bodies = [
        f"{NOBODYS_AREA}{stamp[:4]}{stamp[5:7]}{stamp[8:]}{number:03}"
        for stamp, number in zip(stamps, serial, strict=True)
    ]
    digits = np.frombuffer("".join(bodies).encode("ascii"), dtype=np.uint8).reshape(len(bodies), 17) - ord("0")
    checks = _CHECKS[(digits @ _WEIGHTS) % 11]
    return np.array([body + check for body, check in zip(bodies, checks, strict=True)], dtype=object)


def _rank_among_equals(birth: Array, female: Array) -> Array:
    """0, 1, 2 … among those of the same birthday and sex, in the order of the rows."""
    key = birth.astype(int) * 2 + female
    order = np.argsort(key, kind="stable")
    sorted_keys = key[order]
    starts = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    rank = np.empty(len(key), dtype=int)
    rank[order] = np.arange(len(key)) - np.repeat(starts, np.diff(np.r_[starts, len(key)]))
    return rank


def _phones(chance: Chance, age: Array) -> Array:
    """A mobile number for nearly everybody of age; of each 20th nobody knows one."""
    has_one = (age >= 16) & (chance.random(len(age)) < 0.95)
    scrambled = (np.arange(len(age)) * 7_654_321 + 1_234_567) % 10_000_000  # 7,654,321 and 10⁷ share no factor
    numbers = np.array([f"{NOBODYS_PHONES}{number:07}" for number in scrambled], dtype=object)
    return np.where(has_one, numbers, "")
