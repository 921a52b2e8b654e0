"""What a typed text may mean: a name, its reading, a number or its end, a birth date, an address. Pure, no Django.

A text has parts ("王秀兰 1968-03-01": a name and a birth date); all of them must fit. Each part may be meant in several
ways ("1968": a year of birth, the end of a phone number); the likeliest comes first.
"""

from __future__ import annotations

import calendar
import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jinxiu.people import identity
from jinxiu.people.names import search_keys

NAME, LETTERS, NUMBER, BIRTH, ADDRESS = "name", "letters", "number", "birth", "address"
LONGEST_TEXT = 100  # characters; nobody types more into a search box
_LONGEST_KEYED = 6  # characters of a name that is found with one of them wrong
_END = 4  # characters of a number that are found as its end
_LONGEST_END = 8  # characters of an ID number that are typed as its end
_LONGEST_DOOR = 5  # digits of a door
WHOLE = 11  # characters of a number that is meant whole: a mobile phone, an ID card
_OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to understand a part: how to look (`by`), for which text, or born from a day to a day."""

    by: str
    text: str = ""
    first: date = _OLDEST
    last: date = _OLDEST


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was typed, and the ways to understand it, the likeliest first."""

    kind: str
    ways: tuple[Way, ...]


def read(text: str, today: date) -> tuple[Part, ...]:
    """The parts of a typed text, the one that decides the order of the people first; nothing for an empty text."""
    plain = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT].strip()
    births, rest = _take_birth_date(plain, today)
    parts = _parts(rest, today)
    if births:
        parts.append(Part(BIRTH, births))
    order = (NUMBER, NAME, LETTERS, ADDRESS, BIRTH)
    if any(part.kind in (NAME, LETTERS) for part in parts):
        order = (NAME, LETTERS, NUMBER, ADDRESS, BIRTH)
    return tuple(sorted(parts, key=lambda part: (order.index(part.kind), _ends_like_a_street(part))))


# --- words ------------------------------------------------------------------------------------------------------------

_ONE_NUMBER = re.compile(r"[+(]?\d[\d\s().-]{5,}[\dXx]", re.ASCII)
_ADDRESS_GAP = re.compile(r"(?<=[路街巷道村园苑里区])\s+(?=\d)|(?<=\d)\s+(?=[号楼栋幢座层室单])")
_SMALL = {ord(capital): capital.lower() for capital in string.ascii_uppercase}
_HAN = re.compile(r"[㐀-鿿\U00020000-\U0003134f]")


def _parts(text: str, today: date) -> list[Part]:
    if _ONE_NUMBER.fullmatch(text):
        return [_number(identity.normalise(text), today)]
    parts: list[Part] = []
    letters: list[str] = []
    for word in _ADDRESS_GAP.sub("", text).split():
        number = identity.normalise(word)
        if word.isascii() and any(c.isdigit() for c in word):
            parts.append(_number(number, today) if len(number) >= _END else Part(ADDRESS, (Way("address", word),)))
        elif _HAN.search(word) and not any(c.isdigit() for c in word):
            parts.append(_name(word))
        elif _HAN.search(word):
            parts.append(Part(ADDRESS, (Way("address", word),)))
        else:
            letters.append(word)
    key = search_keys("".join(letters)).pinyin
    return [*parts, _letters(key)] if key else parts


def _ends_like_a_street(part: Part) -> bool:
    return part.kind == NAME and part.ways[0].text.endswith(
        ("路", "街", "巷", "道", "区", "村", "园", "苑", "楼", "里")
    )


def _name(word: str) -> Part:
    ways = [Way("name", word), Way("name_begins", word)]
    if len(word) > 1:
        reading = search_keys(word).pinyin
        ways += [Way("sounds", reading), Way("sounds_like", reading), Way("one_character", word)]
        ways += [Way("address", word), Way("place", word)]
    return Part(NAME, tuple(ways))


def _letters(key: str) -> Part:
    ways = [Way("pinyin", key), Way("initials", key), Way("pinyin_begins", key)]
    if len(key) > 3:
        ways += [Way("pinyin_ends", key), Way("sounds_like", key), Way("address", key)]
    return Part(LETTERS, tuple(ways))


def one_away(name: str) -> list[str]:
    """The keys that a name shares with each name of one character more, less or different; as the index has them."""
    if len(name) > _LONGEST_KEYED:
        return [name]
    shorter = {name[:place] + name[place + 1 :] for place in range(len(name))}
    return sorted({name, *(key for key in shorter if key)})


def pairs(address: str) -> list[str]:
    """The neighbouring characters of an address without spaces, a-z for A-Z; as the index has them."""
    plain = _without_spaces(address)
    return sorted({plain[place : place + 2] for place in range(len(plain) - 1)})


def has_pairs(address: str, wanted: Iterable[str]) -> bool:
    """Tell whether an address has all these pairs."""
    plain = _without_spaces(address)
    return all(pair in plain for pair in wanted)


def _without_spaces(address: str) -> str:
    return re.sub(r"[ \t\n\r\f\v]", "", unicodedata.normalize("NFKC", address)).translate(_SMALL)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number(number: str, today: date) -> Part:
    """A number: whole, as the end of a phone or of an identifier, or a birth date without separators."""
    ways = [Way("number", number)]
    if re.fullmatch(r"[1-9]\d{14}", number):
        ways.append(Way("number", identity.from_15_digits(number)))
    if number.lstrip("+").isdigit():
        ways += [Way("phone", number.lstrip("+"))] if len(number) > _END else []
        ways += [Way("birth", first=first, last=last) for first, last in _digit_days(number, today)]
        ways += [Way("phone_end", number)] if len(number) < 12 else []
    if len(number) <= _LONGEST_END and re.fullmatch(r"\d*[\dX]", number):
        ways.append(Way("number_end", number))
    if len(number) <= _LONGEST_DOOR:
        ways.append(Way("address", number))
    return Part(NUMBER, tuple(ways))


def _digit_days(digits: str, today: date) -> list[tuple[date, date]]:
    if len(digits) == 8:
        return _days(digits[:4], digits[4:6], digits[6:], today) + _days(digits[4:], digits[2:4], digits[:2], today)
    if len(digits) == 6:
        return _days(digits[:2], digits[2:4], digits[4:], today) + _days(digits[:4], digits[4:], "", today)
    return _days(digits, "", "", today) if len(digits) == 4 else []


# --- birth dates ------------------------------------------------------------------------------------------------------

_MONTHS = {name.lower(): str(number) for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = rf"(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?"
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
_SHAPES = [
    re.compile(shape, re.ASCII | re.IGNORECASE)
    for shape in (
        rf"(?<!\d)(?P<y>\d{{4}})\s*[-/.年\s]\s*(?P<m>\d{{1,2}})\s*[-/.月\s]\s*(?P<d>\d{{1,2}})\s*[日号]?{_TIME}(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\s*[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})(?!\d)",
        r"(?<!\d)(?P<y>\d{2})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})[\s.-]+{_MONTH}[\s,-]+(?P<y>\d{{4}})(?!\d)",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})(?!\d)",
        r"(?<!\d)(?P<y>\d{4}|\d{2})\s*年\s*(?P<m>\d{1,2})\s*月",
        r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?![\d/.-])",
        r"(?<!\d)(?P<y>\d{4}|\d{2})\s*年",
    )
]
_NUMERALS = {numeral: str(value) for value, numeral in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_IN_WORDS = re.compile(r"[〇零○一二三四五六七八九十]+(?=\s*[年月日号])")


def _take_birth_date(text: str, today: date) -> tuple[tuple[Way, ...], str]:
    """The days of birth that a text names, and the text without them."""
    text = _IN_WORDS.sub(lambda found: _in_digits(found[0]), text)
    for shape in _SHAPES:
        found = shape.search(text)
        if found is None:
            continue
        said = {"m": "", "d": "", **found.groupdict()}
        month = _MONTHS.get(said["m"].lower()[:3], said["m"])
        days = _days(said["y"], month, said["d"], today)
        if len(said["y"]) == 4 and found.start("d" if said["d"] else "y") < found.start("y"):
            days += [day for day in _days(said["y"], said["d"], month, today) if day not in days]  # 6/15/1955
        if days:
            rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
            return tuple(Way("birth", first=first, last=last) for first, last in days), rest
    return (), text


def _in_digits(words: str) -> str:
    """一九五五 as 1955, 十五 as 15, 二十 as 20, 三十一 as 31."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return "".join(_NUMERALS[numeral] for numeral in words)
    return (_NUMERALS.get(tens, "1") if tens else "1") + (_NUMERALS.get(ones, "0") if ones else "0")


def _days(year: str, month: str, day: str, today: date) -> list[tuple[date, date]]:
    """The first and last day that are meant; a year of two digits is one of the last hundred years."""
    numbers = int(year), int(month or 0), int(day or 0)
    full = numbers[0]
    if len(year) == 2:
        full += 2000 if 2000 + full <= today.year else 1900
    try:
        first = date(full, numbers[1] or 1, numbers[2] or 1)
    except ValueError:
        return []
    if day:
        last = first
    elif month:
        last = first.replace(day=calendar.monthrange(full, first.month)[1])
    else:
        last = date(full, 12, 31)
    return [(first, last)] if _OLDEST <= first <= today else []
