"""What clinicians decided about the latest contacts, beside what the cases suggest: as `judge` has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import URGENT, Case, Decision, Standard
from jinxiu.standards.population.engines import Table, Workspace

HOLDS = "holds_"


def asked_again(standard: Standard) -> list[int]:
    """The cases of which a decided class needs to know whether they hold: all of a class but its last."""
    return [number for name in standard.classes for number in _cases_of(standard, name)[:-1]]


def with_decisions(place: Workspace, standard: Standard, decision: Decision, judged: Table, as_of: date) -> Table:
    """The judged rows (with a column `holds_N` for each case that is asked again) once clinicians have spoken.

    `case` is the case that stands, `suggested` the one that the readings suggest, `days` the time until the next
    contact; `decision_id` and `decided_on` are empty where nobody decided, `overruled` says that another class stands
    than the suggested one. All but the last are null for who was never seen.
    """
    said = _last_decisions(place, standard, decision, judged, as_of)
    rows = judged.left_join(said, judged.latest_event_id == said.of_event).drop("of_event")
    classified = by_case(standard, rows.case, lambda case: case.classification)
    overruled = (rows.decided != classified).fill_null(False)
    case = ibis.ifelse(overruled, _of_class(standard, rows), rows.case).cast("int32")
    made = {"case": case, "suggested": rows.case, "days": _days(standard, rows, case), "overruled": overruled}
    columns = [name for name in judged.columns if name != "case" and not name.startswith(HOLDS)]
    return rows.select(*columns, "decision_id", "decided_on", **made)


def by_case(standard: Standard, case: Any, value: Callable[[Case], Any], otherwise: Any = None) -> Any:
    """A column with what `value` gives for the case whose number a column has."""
    return case.cases(*((n, value(one)) for n, one in enumerate(standard.cases)), else_=otherwise)


def _cases_of(standard: Standard, classification: str) -> list[int]:
    return [number for number, case in enumerate(standard.cases) if case.classification == classification]


def _of_class(standard: Standard, rows: Table) -> Any:
    """The case that a decided class stands for: the first of it that holds, else its last."""
    branches = []
    for name in standard.classes:
        *others, last = _cases_of(standard, name)
        branches += [((rows.decided == name) & rows[f"{HOLDS}{number}"], number) for number in others]
        branches.append((rows.decided == name, last))
    return ibis.cases(*branches, else_=None)


def _days(standard: Standard, rows: Table, case: Any) -> Any:
    """As the case says; where something urgent is suggested, not later than that says; sooner where it was decided."""
    days = by_case(standard, case, lambda case: case.next_within_days)
    urgent = by_case(standard, rows.case, lambda case: case.next_within_days if case.urgency == URGENT else 1000)
    days = ibis.least(days, urgent)
    sooner = ibis.least(rows.decided_days.floor(), days.cast("float64")).cast("int32")
    return ibis.ifelse((rows.decided_days >= 1).fill_null(False), sooner, days.cast("int32"))


def _last_decisions(place: Workspace, standard: Standard, decision: Decision, judged: Table, as_of: date) -> Table:
    """Of each latest contact: of_event, decided (the class), decision_id, decided_on and decided_days."""
    said = place.facts("observations")
    said = said.filter(
        said.code == decision.code,
        said.happened_on <= as_of,
        said.text.isin(standard.classes),
        said.event_id.isin(judged.filter(judged.latest_event_id.notnull()).latest_event_id),
    )
    newest_first = [said.happened_on.desc(), said.observation_id.desc()]
    line = ibis.row_number().over(group_by=[said.event_id], order_by=newest_first)
    last = said.mutate(later_ones=line)
    last = last.filter(last.later_ones == 0)
    return last.select(
        of_event=last.event_id,
        decided=last.text,
        decision_id=last.observation_id,
        decided_on=last.happened_on,
        decided_days=last.value,
    )
