"""Numbers that name people: what makes them right, how they are written, what of them may be shown. Pure, no Django."""

import re
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

ID_CARD = "id_card"
TEMPORARY = "temporary"
"""The kind of number that a newborn has until there is an ID card number: T, birth date, four digits; no secret."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_OLDEST_YEARS = 130  # nobody lived longer so far; an older birth date is a slip of the pen
_NO_LETTERS = re.compile(r"[\W_]+")
_SEPARATORS = re.compile(r"[\s\-().·‐‑–—]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ＋－", "0123456789XX+-")


class IdentityError(ValueError):
    """A number that cannot be right; `reason` is a stable code that `wording` turns into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class IdCard:
    """A resident identity card number (GB 11643-1999) and what it says of its owner."""

    number: str
    birth_date: date
    sex: str


def parse_id_card(text: str, today: date) -> IdCard:
    """Read an ID card number of 18 characters; spaces, full-width digits and a small x are forgiven.

    The area code is not looked up: areas merge and old cards stay valid. Raises IdentityError: id_card_shape,
    id_card_check, id_card_date.
    """
    number = normalise(text)
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", number):
        raise IdentityError("id_card_shape")
    born = _birth_date(number[6:14], today)
    if number[17] != check_character(number[:17]):
        raise IdentityError("id_card_check")
    return IdCard(number, born, "M" if int(number[16]) % 2 else "F")


def check_character(first17: str) -> str:
    """The last character of an ID card number, from the seventeen digits before it."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def from_15_digits(text: str) -> str:
    """The 18-character form of an ID card number from before 1999, whose births are all 19yy. Raises IdentityError."""
    number = normalise(text)
    if not re.fullmatch(r"[1-9]\d{14}", number):
        raise IdentityError("id_card_shape")
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_character(first17)


def _birth_date(digits: str, today: date) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise IdentityError("id_card_date") from error
    if born > today or today.year - born.year > _OLDEST_YEARS:
        raise IdentityError("id_card_date")
    return born


def normalise(text: str) -> str:
    """An identifier as it is compared: no separators, ASCII digits, capitals."""
    return _SEPARATORS.sub("", text.translate(_FULL_WIDTH)).upper()


def same_name(one: str, other: str) -> bool:
    """Tell whether two names have the same letters, whatever their spaces, dots, widths and capitals; of none, no."""
    first, second = (_NO_LETTERS.sub("", normalize("NFKC", name)).casefold() for name in (one, other))
    return bool(first) and first == second


def normalise_phone(text: str) -> str:
    """A phone number as it is compared and dialled: digits only, without +86. Raises IdentityError: phone_shape."""
    digits = normalise(text)
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    digits = digits.removeprefix("+")
    if not re.fullmatch(r"\d{5,15}", digits, re.ASCII):
        raise IdentityError("phone_shape")
    return digits


def is_mobile(digits: str) -> bool:
    """True for a mainland mobile number."""
    return _MOBILE.fullmatch(digits) is not None


def mask(number: str, system: str) -> str:
    """What may be shown of an identifier: area and last four of an ID card, a temporary one whole; else last four."""
    if system == TEMPORARY:
        return number
    if system == ID_CARD and len(number) == 18:
        return f"{number[:6]}********{number[-4:]}"
    return _keep_ends(number, 0, 4)


def mask_phone(digits: str) -> str:
    """What may be shown of a phone number: 138****1234; of others the last four."""
    return _keep_ends(digits, 3 if is_mobile(digits) else 0, 4)


def _keep_ends(text: str, first: int, last: int) -> str:
    hidden = len(text) - first - last
    if hidden < 3:  # too short to show any of it
        return "*" * max(len(text), 4)
    return f"{text[:first]}{'*' * hidden}{text[-last:]}"
