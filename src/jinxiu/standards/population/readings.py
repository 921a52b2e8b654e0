"""What was read at each event, made once for all standards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from operator import add

import ibis

from jinxiu.standards.model import Contact
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.texts import listed


class Readings:
    """The last value of each code at each event, for all standards at once.

    `values` has event_id and a column of values for each code, named as `value_name` does; events without any reading
    are not in it.
    """

    def __init__(self, place: Workspace, contacts: Sequence[Contact], as_of: date) -> None:
        self._place = place
        self._codes = sorted({code for contact in contacts for code in contact.readings})
        self._orders = list(dict.fromkeys(contact.readings for contact in contacts))
        self._taken = _taken(place, self._codes, as_of)
        self._twice: Table | None = None
        self.values = self._last_values()

    def _last_values(self) -> Table:
        """One event with two values of a code is a rarity, and ranking all values to find the last is dear. The first
        pass takes any value, and counts; only events with more values than codes get a second look."""
        first = self._place.keep(_wide(self._taken, "value", self._codes, value_name), "readings")
        different = [first[value_name(code)].notnull().cast("int32").cast("int64") for code in self._codes]
        several = first.taken > reduce(add, different, ibis.literal(0, "int64"))
        twice = self._place.keep(first.filter(several).select("event_id"), "twice")
        (seen,) = self._place.ask(twice.agg(some=twice.count() > 0)).to_pylist()
        if not seen["some"]:
            return first.drop("taken")
        self._twice = twice
        again = _wide(_last(_among(self._taken, twice)), "value", self._codes, value_name)
        return self._place.keep(ibis.union(first.filter(~several), again, distinct=False).drop("taken"), "values")

    def ids(self, events: Table) -> Table:
        """event_id and, for each standard's order of readings, the ids of the observations whose values are in
        `values`: a column named by `ids_name`, with the ids as `listed` adds them up."""
        taken = _among(self._taken, events)
        if self._twice is not None:
            last = _last(_among(taken, self._twice))
            taken = ibis.union(taken.filter(taken.event_id.notin(self._twice.event_id)), last, distinct=False)
        wide = _wide(taken, "observation_id", self._codes, str)
        lists = {
            self.ids_name(o): reduce(add, (listed(wide[code]) for code in o), ibis.literal("")) for o in self._orders
        }
        return wide.select("event_id", **lists)

    def ids_name(self, order: tuple[str, ...]) -> str:
        """The column of `ids` in which they stand in this order of readings."""
        return f"ids_{self._orders.index(order)}"


def _taken(place: Workspace, codes: Sequence[str], as_of: date) -> Table:
    observations = place.facts("observations")
    return observations.filter(
        observations.code.isin(codes) if codes else ibis.literal(False),
        observations.event_id.notnull(),
        observations.value.notnull(),
        observations.happened_on <= as_of,
    ).select("event_id", "code", "happened_on", "observation_id", "value")


def _among(taken: Table, events: Table) -> Table:
    """Of these events only. (Ibis writes a semi-join for PostgreSQL as one that only other engines know.)"""
    return taken.filter(taken.event_id.isin(events.event_id))


def _last(taken: Table) -> Table:
    """Of each event and code the last, by (happened_on, observation_id)."""
    newest_first = [taken.happened_on.desc(), taken.observation_id.desc()]
    place_in_line = ibis.row_number().over(group_by=[taken.event_id, taken.code], order_by=newest_first)
    return taken.mutate(later_ones=place_in_line).filter(ibis._.later_ones == 0).drop("later_ones")


def value_name(code: str) -> str:
    """The column of a code's values."""
    return f"value_{code}"


def _wide(taken: Table, column: str, codes: Sequence[str], named: Callable[[str], str]) -> Table:
    """One row for each event, one column for each code, and how many rows there were."""
    columns = {named(code): taken[column].max(where=taken.code == code) for code in codes}
    return taken.group_by("event_id").agg(**columns, taken=taken.count())
