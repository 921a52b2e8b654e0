"""One row of a file as what it says: a resident, an enrolment, a contact; or why it cannot be used. Pure, no Django."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinxiu.familydoctor.imports import cells
from jinxiu.familydoctor.imports.cells import Cell, CellError
from jinxiu.familydoctor.imports.layouts import Column, Found, Layout
from jinxiu.people.identity import ID_CARD
from jinxiu.standards.codes import installed

_LONGEST_NAME = 60
_LATEST = date(2199, 12, 31)  # the tables and the facts contract go no further


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be used: in which column, what stood there, why (a stable code), what its sentence needs.

    `whole_row`: the row stays out; else only the value is left out, or, when it `is_taken`, worth a look.
    """

    field: str
    found: str
    reason: str
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    whole_row: bool = True
    is_taken: bool = False


@dataclass(slots=True)
class RowRead:
    """What a row says, by field of the layout, and what is wrong with it."""

    values: dict[str, Any]
    problems: list[Problem]

    @property
    def is_usable(self) -> bool:
        """True when the row can go in, perhaps without some of its values."""
        return not any(problem.whole_row for problem in self.problems)


class RowReader:
    """Reads the rows of one table of a layout; `today` bounds the days."""

    def __init__(self, layout: Layout, columns: tuple[Found, ...], today: date) -> None:
        self.layout = layout
        self.today = today
        self._columns = [(layout.columns[one.field], one.place) for one in columns if one.field]

    def read(self, row: cells.Row) -> RowRead:
        """Read one row: every value, then what the values say together."""
        read = RowRead({}, [])
        kind = self._id_kind(row)
        for column, place in self._columns:
            cell = row[place] if place < len(row) else None
            try:
                value = self._value(column, cell, kind)
            except CellError as error:
                problem = Problem(
                    column.field, cells.shown(cell)[:60], error.reason, error.allowed, not column.optional_value
                )
                read.problems.append(problem)
                continue
            if value is not None and column.field in read.values and column.many:
                read.values[column.field] += tuple(one for one in value if one not in read.values[column.field])
            elif value is not None:
                read.values[column.field] = value
        for name, column in self.layout.columns.items():
            if column.required and name not in read.values and not any(one.field == name for one in read.problems):
                read.problems.append(Problem(name, "", "needed"))
        _check_birth(read)
        if read.values.get("name") == self.layout.columns["name"].example:
            read.problems = [Problem("name", read.values["name"], "example")]
        return read

    def _id_kind(self, row: cells.Row) -> str:
        for column, place in self._columns:
            if column.field == "id_kind" and place < len(row):
                return column.words.get(cells.text(row[place]).casefold(), ID_CARD)
        return ID_CARD

    def _value(self, column: Column, cell: Cell, kind: str) -> Any:
        """The value of a cell, None for an empty one. Raises CellError."""
        if column.reads == "yes_no":
            return self._yes_no(column, cell)
        words = cells.text(cell)
        if not words or (words.casefold() in self.layout.nothing and column.reads != "word"):
            return None
        match column.reads:
            case "text":
                return _text(column, words)
            case "id_number" | "id_card":
                is_card = kind == ID_CARD or column.reads == "id_card"
                return cells.id_card(cell, self.today) if is_card else cells.document(cell)
            case "day" | "last_day":
                return cells.day(cell, self.today if column.reads == "day" else _LATEST)
            case "phones":
                return cells.phones(cell)
            case "word":
                return cells.one_of(cell, dict(column.words))
            case "conditions":
                return _conditions(column, words)
            case "pressure":
                return _pressure(words)
        return _measured(column.code, cell)

    def _yes_no(self, column: Column, cell: Cell) -> bool | float | None:
        words = cells.text(cell).casefold()
        if not words or words in self.layout.no or words in self.layout.yes:
            value = words in self.layout.yes
            return (float(value) if words else None) if column.code else value or None
        if words in self.layout.nothing:
            return None
        raise CellError("word_unknown", words=", ".join([*sorted(self.layout.yes)[:3], *sorted(self.layout.no)[:3]]))


def _text(column: Column, words: str) -> str:
    if column.field != "name":
        return words[:200]
    name = words if re.search("[A-Za-z]", words) else words.replace(" ", "")  # a Chinese name is spaced for looks
    if len(name) > _LONGEST_NAME or any(character.isdigit() for character in name):
        raise CellError("name_shape", most=str(_LONGEST_NAME))
    return name


def _conditions(column: Column, words: str) -> tuple[str, ...]:
    """The programmes among the groups of a cell; other groups (65 and older, pregnant …) follow from the facts."""
    parts = (part.strip().casefold() for part in re.split(r"\W+", words))
    return tuple(dict.fromkeys(column.words[part] for part in parts if part in column.words))


def _pressure(words: str) -> tuple[float, float]:
    found = re.fullmatch(r"(\d{2,3})\s*[/\\-]\s*(\d{2,3})\D*", words)
    if not found:
        raise CellError("pressure_shape")
    return _measured("systolic", found[1]), _measured("diastolic", found[2])


def _measured(code: str, cell: Cell) -> float:
    known = installed().observations.get(code)
    return cells.number(cell, known.hard_low, known.hard_high) if known else cells.number(cell)


def _check_birth(read: RowRead) -> None:
    """The identity card says when somebody was born and of which sex; a row that says otherwise holds a mistake."""
    card = read.values.get("id_number")
    if card is None or isinstance(card, str):
        return
    for name, said in (("birth_date", card.birth_date), ("sex", card.sex)):
        found = read.values.get(name)
        if found not in (None, said, "U"):
            column_says = found.isoformat() if isinstance(found, date) else str(found)
            read.problems.append(Problem(name, column_says, f"{name}_not_of_card", {"card": _said(said)}))
        read.values[name] = said


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def measured_values(layout: Layout, values: Mapping[str, Any]) -> dict[str, float]:
    """The observations of a row, code to value in the code's unit."""
    return dict(_measured_values(layout, values))


def _measured_values(layout: Layout, values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    if "pressure" in values:
        yield from zip(("systolic", "diastolic"), values["pressure"], strict=True)
    for name, column in layout.columns.items():
        if column.code and name in values:
            yield column.code, float(values[name])
