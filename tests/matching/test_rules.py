"""Which numbers are alike, and in which order pairs stand. Examples and properties, no database."""

from hypothesis import given
from hypothesis import strategies as st

from jinxiu.people.identity import check_character
from jinxiu.people.matching.rules import STRENGTH, alike_numbers, gather

first17 = st.integers(10**16, 10**17 - 1).map(str)


def whole(digits: str) -> str:
    return digits + check_character(digits)


@given(first17, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_alike(digits: str, place: int, more: int):
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert list(alike_numbers([(2, whole(digits)), (1, whole(wrong))])) == [(1, 2)]


@given(first17, st.integers(0, 15))
def test_two_swapped_neighbours_are_alike(digits: str, place: int):
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert list(alike_numbers([(1, whole(digits)), (2, whole(swapped))])) == [(1, 2)]


@given(first17, first17)
def test_anything_else_is_not(one: str, other: str):
    differing = [place for place in range(17) if one[place] != other[place]]
    swapped = (
        len(differing) == 2
        and differing[1] == differing[0] + 1
        and one[differing[0]] == other[differing[1]]
        and one[differing[1]] == other[differing[0]]
    )
    found = bool(list(alike_numbers([(1, whole(one)), (2, whole(other))])))
    assert found == (len(differing) <= 1 or swapped)


def test_the_strongest_pair_stands_first_and_reasons_add_up():
    found = [(1, 2, "birth_home"), (4, 3, "name_birth"), (3, 4, "name_phone"), (5, 6, "number"), (7, 8, "newborn")]
    pairs = gather(found, apart=[(7, 8)])
    assert [(pair.one_id, pair.other_id) for pair in pairs] == [(3, 4), (5, 6), (1, 2)]
    assert pairs[0].reasons == ("name_birth", "name_phone")
    assert pairs[0].strength == STRENGTH["name_birth"] + STRENGTH["name_phone"]
