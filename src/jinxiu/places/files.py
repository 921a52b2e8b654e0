"""A list of places out of a file: Excel or text, as statistics bureaus publish it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinxiu.familydoctor.imports import cells
from jinxiu.familydoctor.imports.cells import Row
from jinxiu.familydoctor.imports.layouts import Layout, read_layout
from jinxiu.familydoctor.imports.tables import read_tables
from jinxiu.places.rules import LONGEST_NAME, CodeError, Listed, Mistake, read_code

_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d{1,3}", re.IGNORECASE)


@cache
def layout() -> Layout:
    """What the columns of a list of places may be called."""
    return read_layout(Path(__file__).parent / "places.yaml")


def read_file(content: bytes) -> tuple[list[Listed], list[Mistake]]:
    """The rows of a list and what is wrong in it. Raises FileError for a file that cannot be used."""
    rows: list[Listed] = []
    mistakes: list[Mistake] = []
    tables, _others = read_tables(content, layout())
    for table in tables:
        places = {one.field: one.place for one in table.columns if one.field}
        for number, row in table.numbered():
            where = f"{table.sheet} {number}".strip()
            found = list(_row(where, row, places))
            mistakes += [one for one in found if isinstance(one, Mistake)]
            rows += [one for one in found if isinstance(one, Listed)]
    return rows, mistakes


def _row(where: str, row: Row, places: dict[str, int]) -> Iterator[Listed | Mistake]:
    said = {name: cells.text(row[place]) if place < len(row) else "" for name, place in places.items()}
    if not said["code"] and not said["name"]:
        return  # a note below the table, in another column
    try:
        code = read_code(said["code"].replace(" ", ""))
    except CodeError:
        reason = "digits_lost" if _ROUNDED.fullmatch(said["code"]) else "code_shape"
        yield Mistake(where, "code", said["code"], reason)
        return
    name, name_en = said["name"], said.get("name_en", "")
    wrong = [column for column, words in (("name", name), ("name_en", name_en)) if len(words) > LONGEST_NAME]
    if not any(letter.isalpha() for letter in name):
        wrong.append("name")
    yield from (Mistake(where, column, said[column], "name_shape", {"code": code}) for column in wrong)
    if not wrong:
        yield Listed(code, name, name_en, where)
