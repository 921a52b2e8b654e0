"""All events that are a contact of some standard, with their readings, made once for all standards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from operator import add

import ibis

from jinxiu.standards.model import Contact
from jinxiu.standards.population.engines import Table, Workspace


class Visits:
    """All events that are a contact of some standard, with the readings of all standards, made once."""

    def __init__(self, place: Workspace, contacts: Sequence[Contact], people: Table, as_of: date) -> None:
        """`people` has the person_id of everybody whose visits may be asked for."""
        self.codes = sorted({code for contact in contacts for code in contact.readings})
        self._place = place
        self._taken = _taken(place, self.codes, as_of)
        events = place.facts("events")
        kinds = sorted({kind for contact in contacts for kind in contact.events})
        wanted = events.filter(events.kind.isin(kinds), events.happened_on <= as_of).semi_join(people, "person_id")
        self._events = place.keep(wanted.select("event_id", "person_id", "kind", "happened_on", "mode"), "events")
        self.table = place.keep(self._with_values(), "visits")

    def _with_values(self) -> Table:
        """That one event has two values of a code is a rarity worth a second look only where it happened: the first
        pass takes any, and counts."""
        first = self._place.keep(
            _wide(self._taken, "value", self.codes, value_name).semi_join(self._events, "event_id"), "readings"
        )
        different = [first[value_name(code)].notnull().cast("int64") for code in self.codes]
        several = first.taken > reduce(add, different, ibis.literal(0))
        self._twice = self._place.keep(first.filter(several).select("event_id"), "twice")
        again = _wide(_last(self._taken.semi_join(self._twice, "event_id")), "value", self.codes, value_name)
        values = ibis.union(first.filter(~several), again, distinct=False).drop("taken")
        return self._events.left_join(values, "event_id").drop("event_id_right")

    def ids(self, events: Table) -> Table:
        """event_id and, named as `id_name` does, the ids of the observations whose values `table` has."""
        taken = self._taken.semi_join(events, "event_id")
        again = _last(taken.semi_join(self._twice, "event_id"))
        last = ibis.union(taken.anti_join(self._twice, "event_id"), again, distinct=False)
        return _wide(last, "observation_id", self.codes, id_name).drop("taken")


def _taken(place: Workspace, codes: Sequence[str], as_of: date) -> Table:
    observations = place.facts("observations")
    return observations.filter(
        observations.code.isin(codes) if codes else ibis.literal(False),
        observations.event_id.notnull(),
        observations.value.notnull(),
        observations.happened_on <= as_of,
    ).select("event_id", "code", "happened_on", "observation_id", "value")


def _last(taken: Table) -> Table:
    """Of each event and code the last, by (happened_on, observation_id)."""
    newest_first = [taken.happened_on.desc(), taken.observation_id.desc()]
    place_in_line = ibis.row_number().over(group_by=[taken.event_id, taken.code], order_by=newest_first)
    return taken.mutate(later_ones=place_in_line).filter(ibis._.later_ones == 0).drop("later_ones")


def value_name(code: str) -> str:
    """The column of a code's values."""
    return f"value_{code}"


def id_name(code: str) -> str:
    """The column of the ids of these values."""
    return f"id_{code}"


def _wide(taken: Table, column: str, codes: Sequence[str], named: Callable[[str], str]) -> Table:
    """One row for each event, one column for each code, and how many rows there were."""
    columns = {named(code): taken[column].max(where=taken.code == code) for code in codes}
    return taken.group_by("event_id").agg(**columns, taken=taken.count())
