"""The JSON of a verdict as expressions: the same bytes as `verdict.arguments_json` and `verdict.ids_json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any as Expression

import ibis


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


def quoted(text: Expression) -> Expression:
    """A JSON string. Ids have no control characters (the facts contract refuses them), so two marks need care."""
    return ibis.literal('"') + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def date_json(day: Expression) -> Expression:
    """An ISO date as a JSON string."""
    return ibis.literal('"') + day.cast("string") + '"'


def arguments_json(arguments: Mapping[str, Expression], names: Iterable[str]) -> Expression:
    """A JSON object of these names in the order given; an argument is a column of JSON text, null where absent."""
    members = [f'{"," if place else ""}"{name}":' for place, name in enumerate(names)]
    values = [arguments[name].fill_null("null") for name in names]
    pieces = [piece for pair in zip(members, values, strict=True) for piece in pair]
    return reduce(add, [*pieces, "}"], ibis.literal("{"))


def ids_json(listed: Expression) -> Expression:
    """A JSON list of a column of ids that each follow a comma, as `comma_before` writes them."""
    return ibis.literal("[") + listed.substr(1) + "]"


def comma_before(identifier: Expression) -> Expression:
    """One id for `ids_json`, nothing where it is null."""
    return (ibis.literal(",") + quoted(identifier)).fill_null("")
