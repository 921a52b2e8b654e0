"""What a team may say of itself as codes with words in both languages; which there are is data of the services."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.translation import get_language

from jinxiu.standards.model import Text

LISTS = ("specialities", "languages", "services", "home_visit_items")  # fields of Team that hold such codes


@cache
def offers() -> dict[str, dict[str, Text]]:
    """Every code of each of LISTS with its words. Raises ValueError for a file that says something else."""
    return read(Path(settings.JINXIU_TEAM_OFFERS))


def read(path: Path) -> dict[str, dict[str, Text]]:
    """Read a file of codes; a list that is missing or unknown, or a word without a language, stops it."""
    lists = yaml.safe_load(path.read_text(encoding="utf-8"))
    if set(lists) != set(LISTS):
        raise ValueError(f"{path.name} has the lists {', '.join(sorted(lists))}; it needs {', '.join(LISTS)}.")
    try:
        return {name: {code: Text(**words) for code, words in codes.items()} for name, codes in lists.items()}
    except TypeError as error:
        raise ValueError(f"{path.name}: each code has one wording zh and one en; {error}.") from error


def choices(field: str) -> list[tuple[str, str]]:
    """The codes of a list with their words in the page's language, for a form."""
    return [(code, words.language(get_language() or "")) for code, words in offers()[field].items()]


def words_of(field: str, codes: Iterable[str]) -> list[str]:
    """Codes as words in the page's language, in the order of the list; one that is no longer listed is left out."""
    held = set(codes)
    return [words for code, words in choices(field) if code in held]


def code_of(field: str, word: str) -> str:
    """The code that a word in either language stands for; empty for a word that is not listed."""
    said = word.strip().lower()
    return next((code for code, one in offers()[field].items() if said in (one.zh, one.en.lower())), "")
