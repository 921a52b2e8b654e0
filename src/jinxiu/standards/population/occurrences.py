"""What clauses look at: the events and observations up to a day that each of them counts, found in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis

from jinxiu.standards.model import COMPARISONS, CountEvents, CountObservations
from jinxiu.standards.population.answers import compared
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.members import Roll
from jinxiu.standards.population.promises import Promise

# What a promise looks for.
COUNTED, ANCHOR, UNTIL, QUESTION, ANSWER = "counted", "anchor", "until", "question", "answer"


@dataclass(frozen=True, slots=True)
class Want:
    """Something that a promise looks for, from start_on or of any time."""

    promise: Promise
    role: str
    counts: CountEvents | CountObservations
    since_start: bool = True

    @property
    def row(self) -> tuple[int, int, str, bool]:
        """As in `_WANT`."""
        return self.promise.number, self.promise.eligible, self.role, self.since_start


_WANT = {"number": "int32", "eligible": "int32", "role": "string", "since_start": "boolean"}


class Occurrences:
    """Of every promise's members what it looks for; `roles` are those in which something is looked for."""

    def __init__(self, place: Workspace, roll: Roll, wants: Sequence[Want], as_of: date) -> None:
        self._place, self._as_of = place, as_of
        self.roles = {want.role for want in wants}
        events = [(want, want.counts) for want in wants if isinstance(want.counts, CountEvents)]
        observations = [(want, want.counts) for want in wants if isinstance(want.counts, CountObservations)]
        tables = [self._events(events)] if events else []
        tables += [self._observations(observations)] if observations else []
        if tables:
            self._found = place.keep(_of_members(_united(tables), roll), "found")

    def of(self, role: str) -> Table:
        """Of one of `roles`: number (of the promise), person_id, start_on, enrolment_id, happened_on, id."""
        return self._found.filter(self._found.role == role).drop("role")

    def _events(self, wants: Sequence[tuple[Want, CountEvents]]) -> Table:
        rows = [
            (*w.row, k, mode)
            for w, c in wants
            for k in sorted(set(c.events))
            for mode in sorted(set(c.modes)) or (None,)
        ]
        wanted = self._place.rows("wanted_events", _WANT | {"asked": "string", "asked_mode": "string"}, rows)
        events = self._place.facts("events")
        events = events.filter(events.kind.isin(sorted({row[-2] for row in rows})), events.happened_on <= self._as_of)
        found = events.inner_join(wanted, events.kind == wanted.asked)
        found = found.filter(found.asked_mode.isnull() | (found.mode == found.asked_mode).fill_null(False))
        return found.select("person_id", "happened_on", *_WANT, id=found.event_id)

    def _observations(self, wants: Sequence[tuple[Want, CountObservations]]) -> Table:
        rows = [(*w.row, c.code, c.comparison or None, float(c.limit.value) if c.limit else None) for w, c in wants]
        asked = {"asked": "string", "comparison": "string", "bound": "float64"}
        wanted = self._place.rows("wanted_observations", _WANT | asked, rows)
        known = self._place.facts("observations")
        codes = sorted({counts.code for _, counts in wants})
        known = known.filter(known.code.isin(codes), known.value.notnull(), known.happened_on <= self._as_of)
        found = known.inner_join(wanted, known.code == wanted.asked)
        meets = ibis.cases(
            *((found.comparison == name, compared(found.value, name, found.bound)) for name in COMPARISONS), else_=True
        )
        return found.filter(meets).select("person_id", "happened_on", *_WANT, id=found.observation_id)


def _united(tables: Sequence[Table]) -> Table:
    return ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]


def _of_members(rows: Table, roll: Roll) -> Table:
    members = roll.rows.select("person_id", "eligible", "start_on", "enrolment_id")
    rows = rows.inner_join(members, ["person_id", "eligible"])
    rows = rows.filter(~rows.since_start | (rows.happened_on >= rows.start_on))
    return rows.select("number", "role", "person_id", "start_on", "enrolment_id", "happened_on", "id")
