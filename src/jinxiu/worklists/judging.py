"""Verdicts of many people the sooner way: a few by the referee one by one, more of them by one expression."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pyarrow as pa

from jinxiu.standards.facts import Facts
from jinxiu.standards.judge import judge
from jinxiu.standards.model import Standard
from jinxiu.standards.person import PersonFacts
from jinxiu.standards.verdict import Verdict
from jinxiu.standards.verdict_table import VERDICT_SCHEMA

FEW = 2_000  # people; from here on it takes less time to compile the standards than to judge one by one


def verdicts_of(standards: Iterable[Standard], person: PersonFacts, today: date) -> list[Verdict]:
    """One person's verdicts of several standards, by the referee."""
    return [verdict for standard in standards for verdict in judge(standard, person, today)]


def one_by_one(standards: Sequence[Standard], facts: Facts, today: date) -> pa.Table:
    """The verdicts of all people of the facts by the referee, in VERDICT_SCHEMA; the order of rows is not said."""
    rows = [verdict.as_row() for person in facts.persons() for verdict in verdicts_of(standards, person, today)]
    return pa.Table.from_pylist(rows, schema=VERDICT_SCHEMA)


def at_once(standards: Sequence[Standard], facts: Facts, today: date) -> pa.Table:
    """The same by one expression over all of them."""
    from jinxiu.standards.population import population  # half a second, which a page or a short list need not wait

    return population(standards, facts, today)


def sooner(standards: Sequence[Standard], facts: Facts, today: date) -> pa.Table:
    """The same, whichever way is the sooner one for so many people."""
    few = facts.table("people").num_rows <= FEW
    return (one_by_one if few else at_once)(standards, facts, today)
