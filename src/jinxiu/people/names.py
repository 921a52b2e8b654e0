"""How a name is typed on a Latin keyboard. Pure, no Django."""

import re
import unicodedata
from typing import NamedTuple

from pypinyin import lazy_pinyin

# Characters that are read differently when they are a surname; the dictionary gives the everyday reading.
_SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "盖": "ge",
    "任": "ren",
    "朴": "piao",
    "翟": "zhai",
    "员": "yun",
    "乐": "yue",
    "折": "she",
    "缪": "miao",
    "种": "chong",
    "秘": "bi",
    "黑": "he",
    "繁": "po",
    "覃": "qin",
    "隗": "wei",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "单于": "chan yu",
    "长孙": "zhang sun",
}
_WORDS = re.compile(r"[a-z]+|\d+")


class SearchKeys(NamedTuple):
    """The whole reading and its first letters, both lower case without spaces."""

    pinyin: str
    initials: str


def search_keys(name: str) -> SearchKeys:
    """The reading of a Chinese name with its surname's own reading; a Latin name's letters."""
    syllables = _syllables(name.strip())
    return SearchKeys("".join(syllables), "".join(syllable[0] for syllable in syllables if syllable[0].isalpha()))


def _syllables(name: str) -> list[str]:
    for length in (2, 1):
        reading = _SURNAMES.get(name[:length])
        if reading:
            return reading.split() + _read(name[length:])
    return _read(name)


def _read(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))  # é is typed as e
    return [word for part in lazy_pinyin(plain) for word in _WORDS.findall(part.lower())]
