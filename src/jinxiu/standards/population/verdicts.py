"""Rows of all clauses as one table of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis

from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.texts import ids_json
from jinxiu.standards.population.waivers import Waivers
from jinxiu.standards.verdict import VERDICT_COLUMNS

_TYPES = {"text": "string", "date": "date", "int32": "int32"}
# What the rows of a clause bring: the verdict's columns but its status, and whether the promise was kept. The ids of
# `facts_used` come as `listed` adds them up.
COLUMNS = {name: _TYPES[kind] for name, kind, _ in VERDICT_COLUMNS if name != "status"} | {"kept": "boolean"}


def verdicts(place: Workspace, tables: Sequence[Table], as_of: date) -> Table:
    """The verdict columns of all rows, `status` by what was kept, what is waived, and the dates."""
    plain = [rows.select(**{name: rows[name].cast(kind) for name, kind in COLUMNS.items()}) for rows in tables]
    rows = Waivers(place, as_of).mark(ibis.union(*plain, distinct=False) if len(plain) > 1 else plain[0])
    status = ibis.cases(
        (rows.kept, "kept"),
        (rows.waived, "waived"),
        (rows.opens_on > as_of, "upcoming"),
        (rows.due_on >= as_of, "due"),
        (rows.closes_on.isnull() | (rows.closes_on >= as_of), "overdue"),
        else_="missed",
    )
    return rows.mutate(status=status, facts_used=ids_json(rows.facts_used)).select(
        *(name for name, _, _ in VERDICT_COLUMNS)
    )


def no_verdicts(place: Workspace) -> Table:
    """The verdict columns without a row."""
    people = place.facts("people").filter(ibis.literal(False))
    return people.select(**{name: ibis.null(_TYPES[kind]) for name, kind, _ in VERDICT_COLUMNS})
