"""What windows and questions look at: events and observations up to a day, made once for all standards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import AfterEach, CountEvents, CountObservations, Standard, Window
from jinxiu.standards.population.answers import compared
from jinxiu.standards.population.engines import Table, Workspace


class Occurrences:
    """The few events and observations, of all, that some window, anchor or question of the standards is about."""

    def __init__(self, place: Workspace, standards: Sequence[Standard], as_of: date) -> None:
        self._place, self._as_of = place, as_of
        clauses = [clause for standard in standards for clause in standard.clauses]
        schedules = [clause for clause in clauses if isinstance(clause, (Window, AfterEach))]
        self._kinds = sorted({kind for clause in schedules for kind in _kinds(clause)})
        self._codes = sorted({code for clause in schedules for code in _codes(clause)})
        self._kept: dict[str, Table] = {}

    def of(self, counts: CountEvents | CountObservations) -> Table:
        """person_id, happened_on, id of all that a count looks at."""
        if isinstance(counts, CountEvents):
            return self.events(counts.events, counts.modes)
        if "observations" not in self._kept:
            rows = self._up_to_the_day("observations", "code", self._codes).filter(ibis._.value.notnull())
            rows = rows.select("person_id", "happened_on", "code", "value", id=rows.observation_id)
            self._kept["observations"] = self._place.keep(rows, "observations")
        return meeting(self._kept["observations"], counts).select("person_id", "happened_on", "id")

    def events(self, kinds: Sequence[str], modes: Sequence[str] = ()) -> Table:
        """person_id, happened_on, id of the events of these kinds, of these modes or of any."""
        if "events" not in self._kept:
            rows = self._up_to_the_day("events", "kind", self._kinds)
            rows = rows.select("person_id", "happened_on", "kind", "mode", id=rows.event_id)
            self._kept["events"] = self._place.keep(rows, "events")
        rows = self._kept["events"]
        wanted = rows.kind.isin(kinds) & (rows.mode.isin(modes).fill_null(False) if modes else ibis.literal(True))
        return rows.filter(wanted).select("person_id", "happened_on", "id")

    def _up_to_the_day(self, table: str, column: str, names: Sequence[str]) -> Table:
        facts: Any = self._place.facts(table)
        return facts.filter(facts[column].isin(names), facts.happened_on <= self._as_of)


def meeting(observations: Table, counts: CountObservations) -> Table:
    """The observations of the code whose value stands to the limit as asked."""
    rows = observations.filter(observations.code == counts.code)
    if counts.limit is None:
        return rows
    return rows.filter(compared(rows.value, counts.comparison, ibis.literal(float(counts.limit.value))))


def _kinds(clause: Window | AfterEach) -> Iterator[str]:
    for counts in _counts(clause):
        yield from counts.events if isinstance(counts, CountEvents) else ()
    if isinstance(clause, Window):
        yield from (*clause.anchor.events, *clause.until)


def _codes(clause: Window | AfterEach) -> Iterator[str]:
    yield from (counts.code for counts in _counts(clause) if isinstance(counts, CountObservations))


def _counts(clause: Window | AfterEach) -> tuple[CountEvents | CountObservations, ...]:
    return (clause.counts,) if isinstance(clause, Window) else (clause.each, clause.answered_by)
