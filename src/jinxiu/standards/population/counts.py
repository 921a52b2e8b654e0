"""What was done in the calendar year: how often, when last, and by which events or observations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis

from jinxiu.standards.model import CountContacts, Counted, CountEvents, CountObservations, PerYear
from jinxiu.standards.population.contacts import Contacts
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.occurrences import meeting
from jinxiu.standards.population.texts import APART, listed


class YearCounts:
    """Counts of the year of a day, up to that day; one that several standards ask for is made once."""

    def __init__(self, place: Workspace, as_of: date) -> None:
        self._place = place
        self._first, self._as_of = date(as_of.year, 1, 1), as_of
        self._shared: dict[Counted, Table] = {}

    def of(self, counts: Counted, members: Table, contacts: Contacts | None) -> Table:
        """person_id, done (how often), last_on and ids (as `listed` adds them up, by (happened_on, id))."""
        if isinstance(counts, CountContacts):
            return _summed(_contacts(counts, contacts).filter(ibis._.happened_on >= self._first))
        if counts.since_start:
            rows = self._in_year(counts).inner_join(members.select("person_id", "start_on"), "person_id")
            return _summed(rows.filter(rows.happened_on >= rows.start_on))
        if counts not in self._shared:
            self._shared[counts] = self._place.keep(_summed(self._in_year(counts)), "done")
        return self._shared[counts]

    def since(self, counts: Counted, members: Table, contacts: Contacts | None) -> Table:
        """The same from each member's own `first_on` on."""
        counted = _contacts(counts, contacts) if isinstance(counts, CountContacts) else self._up_to_the_day(counts)
        rows = counted.inner_join(members.select("person_id", "first_on"), "person_id")
        return _summed(rows.filter(rows.happened_on >= rows.first_on))

    def _in_year(self, counts: CountEvents | CountObservations) -> Table:
        return self._up_to_the_day(counts).filter(ibis._.happened_on >= self._first)

    def _up_to_the_day(self, counts: CountEvents | CountObservations) -> Table:
        if isinstance(counts, CountEvents):
            events = self._place.facts("events")
            wanted = events.filter(events.kind.isin(counts.events)).rename(id="event_id")
            if counts.modes:
                wanted = wanted.filter(wanted.mode.isin(counts.modes))
        else:
            observations = self._place.facts("observations")
            wanted = meeting(observations.filter(observations.value.notnull()), counts).rename(id="observation_id")
        return wanted.filter(wanted.happened_on <= self._as_of).select("person_id", "happened_on", "id")


def _contacts(counts: CountContacts, contacts: Contacts | None) -> Table:
    if contacts is None:
        raise ValueError("a standard that counts contacts says what they are")
    marked = contacts.marked
    visits = marked.filter(marked.counted, marked.mode.isin(counts.modes))
    return visits.select("person_id", "happened_on", id=visits.event_id)


def _summed(rows: Table) -> Table:
    in_order = rows.id.group_concat(APART, order_by=[rows.happened_on, rows.id])
    done = rows.group_by("person_id").agg(done=rows.count(), last_on=rows.happened_on.max(), ids=in_order)
    return done.mutate(ids=listed(done.ids))


def needed(clause: PerYear, start_on: Any, year: int) -> Any:
    """How often it must be done in the year by somebody who is in from a day: an expression of that day.

    The share of the year's days, rounded up, only falls as the first day moves on; so each number holds up to a last
    first day, and the database has only to compare days.
    """
    if not clause.prorated or clause.times < 2:
        return ibis.literal(clause.times, "int64")
    steps = [(start_on <= last_start(clause.times, number, year), number) for number in range(clause.times, 1, -1)]
    return ibis.cases(*steps, else_=1).cast("int64")


def last_start(times: int, number: int, year: int) -> date:
    """The last day on which somebody can come in and still need `number` of `times` in the year."""
    days_in_year = (date(year, 12, 31) - date(year, 1, 1)).days + 1
    # ceil(times * inside / days) >= number  <=>  inside > (number - 1) * days / times
    inside = (number - 1) * days_in_year // times + 1
    return date(year, 12, 31) - timedelta(days=inside - 1)
