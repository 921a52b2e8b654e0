"""What is allowed in facts but looks like a slip: a code or kind that nobody knows, a number that cannot be true.

Facts may hold more than the standards read, so none of this is refused; but `sysstolic` in one file would make
everybody look never seen, and somebody should be told.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from jinxiu.standards.codes import Code, Codes, installed
from jinxiu.standards.facts import Facts
from jinxiu.standards.verdict import number_text


def remarks(facts: Facts, codes: Codes | None = None) -> list[str]:
    """One sentence for each unknown code or kind, and for each code with values outside its hard range."""
    codes = codes or installed()
    observations = facts.connection.table("observations")
    found = observations.group_by("code").agg(
        rows=observations.count(), lowest=observations.value.min(), highest=observations.value.max()
    )
    rows = found.order_by("code").to_pyarrow().to_pylist()
    return [
        *_unknown(
            "observations",
            "code",
            [(row["code"], row["rows"]) for row in rows],
            (*codes.observations, *codes.decisions),
        ),
        *_impossible(rows, codes),
        *_unknown("events", "kind", _kinds(facts, "events"), codes.events),
        *_unknown("enrolments", "kind", _kinds(facts, "enrolments"), codes.enrolments),
    ]


def _kinds(facts: Facts, name: str) -> list[tuple[str, int]]:
    table = facts.connection.table(name)
    rows = table.group_by("kind").agg(rows=table.count()).order_by("kind").to_pyarrow().to_pylist()
    return [(row["kind"], row["rows"]) for row in rows]


def _unknown(table: str, column: str, found: Iterable[tuple[str, int]], known: Iterable[str]) -> Iterator[str]:
    words = list(known)
    for word, rows in found:
        if word not in words:
            near = difflib.get_close_matches(word, words, n=1, cutoff=0.8)
            hint = f"; did you mean {near[0]}?" if near else "."
            yield f"{table}: no standard reads the {column} “{word}” ({rows:,} rows){hint}"


def _impossible(rows: Iterable[dict[str, object]], codes: Codes) -> Iterator[str]:
    for row in rows:
        code = codes.observations.get(str(row["code"]))
        values = [value for value in (row["lowest"], row["highest"]) if isinstance(value, float)]
        wrong = [value for value in values if code and not code.is_possible(value)]
        if code and wrong:
            shown = " and ".join(number_text(value) for value in dict.fromkeys(wrong))
            yield f"observations: {code.code} has values such as {shown}; {_range(code)} is possible."


def _range(code: Code) -> str:
    if code.is_flag:
        return "0 or 1"
    low, high = (number_text(bound) if bound is not None else "any" for bound in (code.hard_low, code.hard_high))
    return f"{low} to {high} {code.unit}"
