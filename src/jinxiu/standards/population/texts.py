"""The JSON of a verdict as expressions: the same bytes as `verdict.arguments_json` and `verdict.ids_json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any as Expression

import ibis

APART = "\x01"


def number_text(value: Expression) -> Expression:
    """As `verdict.number_text`: no point in a whole number, else the shortest decimal that reads back the same."""
    written = value.cast("string")
    return ibis.cases(
        (value == value.floor(), value.cast("int64").cast("string")),
        (written.contains("e"), _without_exponent(written)),
        else_=written,
    )


def _without_exponent(written: Expression) -> Expression:
    """-1.5e-07 as -0.00000015. Exponents are negative here: the facts contract has no number from 1e12."""
    sign = ibis.ifelse(written.startswith("-"), "-", "")
    digits = written.re_extract(r"^-?([0-9.]+)e", 1).replace(".", "")
    places = written.re_extract(r"e-([0-9]+)$", 1).cast("int32")
    return sign + "0." + ibis.literal("0").repeat((places - 1).cast("int32")) + digits


def date_json(day: Expression) -> Expression:
    """An ISO date as a JSON string."""
    return ibis.literal('"') + day.cast("string") + '"'


def arguments_json(arguments: Mapping[str, Expression], names: Iterable[str]) -> Expression:
    """A JSON object of these names in the order given; an argument is a column of JSON text, null where absent."""
    members = [f'{"," if place else ""}"{name}":' for place, name in enumerate(names)]
    values = [arguments[name].fill_null("null") for name in names]
    pieces = [piece for pair in zip(members, values, strict=True) for piece in pair]
    return reduce(add, [*pieces, "}"], ibis.literal("{"))


class Shapes:
    """The different sets of names that sentences use, numbered: a row says which one its own sentence has."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}

    def number(self, names: tuple[str, ...]) -> int:
        """The number of a set of names."""
        return self._numbers.setdefault(names, len(self._numbers))

    def json(self, shape: Expression, arguments: Mapping[str, Expression]) -> Expression:
        """`arguments_json` of each row's own names."""
        made = ((number, arguments_json(arguments, names)) for names, number in self._numbers.items())
        return shape.cases(*made, else_=None)


def listed(identifier: Expression) -> Expression:
    """One id for `ids_json`, nothing where it is null. Ids are added up one after the other, kept apart by a control
    character, which no id has (the facts contract refuses it); JSON is made of the whole list at the end."""
    return (ibis.literal(APART) + identifier).fill_null("")


def ids_json(ids: Expression) -> Expression:
    """A JSON list of ids that `listed` has added up. Two marks need care in a JSON string; other control characters
    cannot occur."""
    inside = ids.substr(1).replace("\\", "\\\\").replace('"', '\\"').replace(APART, '","')
    return ibis.ifelse(ids == "", "[]", ibis.literal('["') + inside + '"]')
