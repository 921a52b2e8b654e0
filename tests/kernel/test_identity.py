"""Numbers and names: right or refused, compared, masked, searched."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinxiu.people.identity import (
    ID_CARD,
    IdentityError,
    check_character,
    from_15_digits,
    mask,
    mask_phone,
    normalise_phone,
    parse_id_card,
)
from jinxiu.people.names import search_keys

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    "written", ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", "１1010519491231002Ｘ"]
)
def test_the_standards_own_example_is_right(written: str) -> None:
    card = parse_id_card(written, TODAY)
    assert (card.number, card.birth_date, card.sex) == ("11010519491231002X", date(1949, 12, 31), "F")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("140106202302290016", "id_card_date"),  # a right check digit on a day that never was
        ("110105194912310021", "id_card_check"),
        ("11010519491231002", "id_card_shape"),
        ("010105194912310021", "id_card_shape"),
        ("", "id_card_shape"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(number: str, reason: str) -> None:
    with pytest.raises(IdentityError) as error:
        parse_id_card(number, TODAY)
    assert error.value.reason == reason


@pytest.mark.parametrize("born", ["20261126", "18950101"])
def test_nobody_is_born_tomorrow_or_very_long_ago(born: str) -> None:
    first17 = f"140106{born}001"
    with pytest.raises(IdentityError) as error:
        parse_id_card(first17 + check_character(first17), TODAY)
    assert error.value.reason == "id_card_date"


@given(
    st.dates(date(1900, 1, 1), TODAY), st.integers(100000, 999999), st.integers(0, 999), st.integers(0, 16), st.data()
)
def test_one_slipped_digit_is_always_noticed(
    born: date, area: int, serial: int, place: int, data: st.DataObject
) -> None:
    first17 = f"{area}{born:%Y%m%d}{serial:03d}"
    number = first17 + check_character(first17)
    assert parse_id_card(number, TODAY).birth_date == born
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    with pytest.raises(IdentityError):
        parse_id_card(number[:place] + other + number[place + 1 :], TODAY)


def test_an_old_card_becomes_a_new_one() -> None:
    assert from_15_digits("110105491231002") == "11010519491231002X"


@pytest.mark.parametrize(
    ("written", "digits", "shown"),
    [
        ("138 1234 0021", "13812340021", "138****0021"),
        ("+86-138-1234-0021", "13812340021", "138****0021"),
        ("0351-4000001", "03514000001", "*******0001"),
        ("120 00", "12000", "*****"),
    ],
)
def test_a_phone_number(written: str, digits: str, shown: str) -> None:
    assert normalise_phone(written) == digits
    assert mask_phone(digits) == shown


@pytest.mark.parametrize("written", ["", "1234", "12345678901234567", "call me", "138１２３４００２１a"])
def test_no_phone_number(written: str) -> None:
    with pytest.raises(IdentityError, match="phone_shape"):
        normalise_phone(written)


@given(st.text(alphabet="0123456789X", min_size=0, max_size=20))
def test_a_mask_hides_at_least_three_characters(number: str) -> None:
    for shown in (mask(number, ID_CARD), mask(number, "passport"), mask_phone(number)):
        assert shown.count("*") >= 3
        assert len(shown) >= len(number)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("李秀兰", "lixiulan", "lxl"),
        ("曾志伟", "zengzhiwei", "zzw"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("欧阳娜", "ouyangna", "oyn"),
        ("吕布", "lvbu", "lb"),
        ("Adelaide981 Abbott509", "adelaide981abbott509", "aa"),
        ("José María", "josemaria", "jm"),
        ("", "", ""),
    ],
)
def test_how_a_name_is_typed(name: str, pinyin: str, initials: str) -> None:
    assert search_keys(name) == (pinyin, initials)
