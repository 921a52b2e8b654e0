"""Promises that somebody decided need not be kept for a while."""

from __future__ import annotations

from datetime import date

import ibis

from jinxiu.standards.population.engines import Table, Workspace


class Waivers:
    """The waivers that hold on a day. Most days have few: clauses without any are left alone."""

    def __init__(self, place: Workspace, as_of: date) -> None:
        waivers = place.facts("waivers")
        holds = (waivers.start_on <= as_of) & (waivers.end_on.isnull() | (waivers.end_on >= as_of))
        columns = ("standard", "clause", "person_id", "cycle")
        self._holding = place.keep(waivers.filter(holds).select(columns).distinct(), "waivers")
        clauses = place.ask(self._holding.select("standard", "clause").distinct().order_by("standard", "clause"))
        self._clauses = {(row["standard"], row["clause"]) for row in clauses.to_pylist()}

    def mark(self, rows: Table, standard: str, clause: str) -> Table:
        """The rows (they have person_id and cycle) with `waived`: a waiver without a cycle is for every cycle."""
        if (standard, clause) not in self._clauses:
            return rows.mutate(waived=ibis.literal(False))
        here = self._holding.filter(self._holding.standard == standard, self._holding.clause == clause)
        every = here.filter(here.cycle.isnull()).select(every_person=here.person_id)
        one = here.filter(here.cycle.notnull()).select(one_person=here.person_id, one_cycle=here.cycle)
        rows = rows.left_join(every, rows.person_id == every.every_person)
        rows = rows.left_join(one, [rows.person_id == one.one_person, rows.cycle == one.one_cycle])
        waived = rows.every_person.notnull() | rows.one_person.notnull()
        return rows.mutate(waived=waived).drop("every_person", "one_person", "one_cycle")
