"""Promises that somebody decided need not be kept for a while."""

from __future__ import annotations

from datetime import date

import ibis

from jinxiu.standards.population.engines import Table, Workspace

_PROMISE = ("person_id", "standard", "clause")


class Waivers:
    """The waivers that hold on a day. Most days have few, many have none: then nobody is looked for among them."""

    def __init__(self, place: Workspace, as_of: date) -> None:
        waivers = place.facts("waivers")
        holds = (waivers.start_on <= as_of) & (waivers.end_on.isnull() | (waivers.end_on >= as_of))
        self._holding = place.keep(waivers.filter(holds).select(*_PROMISE, "cycle").distinct(), "waivers")
        (seen,) = place.ask(self._holding.agg(some=self._holding.count() > 0)).to_pylist()
        self._some = seen["some"]

    def mark(self, rows: Table) -> Table:
        """The rows (they have _PROMISE and cycle) with `waived`: a waiver without a cycle is for every cycle."""
        if not self._some:
            return rows.mutate(waived=ibis.literal(False))
        held = self._holding
        every = held.filter(held.cycle.isnull()).select(*_PROMISE, every=ibis.literal(True))
        one = held.filter(held.cycle.notnull()).select(*_PROMISE, "cycle", one=ibis.literal(True))
        rows = rows.left_join(every, _PROMISE).drop(*(f"{name}_right" for name in _PROMISE))
        rows = rows.left_join(one, (*_PROMISE, "cycle")).drop(*(f"{name}_right" for name in (*_PROMISE, "cycle")))
        return rows.mutate(waived=rows.every.notnull() | rows.one.notnull()).drop("every", "one")
