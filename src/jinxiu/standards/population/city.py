"""Several standards over one set of facts: what they have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis

from jinxiu.standards.model import AfterEach, ClausesKept, Indicator, Interval, PerYear, Standard, Window
from jinxiu.standards.population import counts, pairs, windows
from jinxiu.standards.population.contacts import Contacts
from jinxiu.standards.population.counts import Years
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.intervals import IntervalRows
from jinxiu.standards.population.members import Roll
from jinxiu.standards.population.occurrences import Occurrences
from jinxiu.standards.population.pairs import Pairs
from jinxiu.standards.population.promises import of_kind, promises
from jinxiu.standards.population.readings import Readings
from jinxiu.standards.population.verdicts import no_verdicts, verdicts
from jinxiu.standards.population.windows import Windows

INDICATOR_COLUMNS = ("person_id", "standard", "indicator", "denominator", "numerator", "team_id")


class City:
    """The standards that are in force on a day, ready to be asked about everybody."""

    def __init__(self, place: Workspace, standards: Sequence[Standard], as_of: date) -> None:
        self._place, self._as_of = place, as_of
        self._standards = [standard for standard in standards if standard.valid_on(as_of)]
        if not self._standards:
            return
        self._roll = Roll(place, [standard.eligible for standard in self._standards], as_of)
        every = promises(self._standards, self._roll)
        self._per_year, self._windows, self._after_each = (of_kind(every, k) for k in (PerYear, Window, AfterEach))
        self._contacts = self._all_contacts()
        self._seen = self._occurrences()
        self._years = self._all_years()

    def verdicts(self) -> Table:
        """The verdict columns for everybody, by person_id, standard, clause, cycle.

        Kept before they are sorted: it takes half as long to sort rows that are already there.
        """
        rows = verdicts(self._place, self._tables(), self._as_of) if self._standards else no_verdicts(self._place)
        return self._place.keep(rows, "verdicts").order_by("person_id", "standard", "clause", "cycle")

    def indicators(self) -> Table:
        """One row for each member of each standard and each of its indicators; `denominator` is true in all of them."""
        tables = [self._indicator(s, indicator) for s in self._standards for indicator in s.indicators]
        people = self._place.facts("people").select("person_id", "team_id")
        if not tables:
            nothing = people.filter(ibis.literal(False))
            flags = {"denominator": ibis.literal(True), "numerator": ibis.literal(True)}
            texts = {"standard": ibis.literal(""), "indicator": ibis.literal("")}
            return nothing.mutate(**texts, **flags).select(*INDICATOR_COLUMNS)
        rows = ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]
        rows = rows.inner_join(people, "person_id").select(*INDICATOR_COLUMNS)
        return rows.order_by("person_id", "standard", "indicator")

    # --- what standards share -----------------------------------------------------------------------------------------

    def _all_contacts(self) -> dict[str, Contacts]:
        asked = [(standard, standard.contact) for standard in self._standards if standard.contact]
        if not asked:
            return {}
        self._readings = Readings(self._place, [contact for _, contact in asked], self._as_of)
        return {
            standard.id: Contacts(
                self._place, standard, contact, self._roll.of(standard.eligible), self._readings, self._as_of
            )
            for standard, contact in asked
        }

    def _occurrences(self) -> Occurrences:
        kinds = ((counts.wants, self._per_year), (windows.wants, self._windows), (pairs.wants, self._after_each))
        wants = [want for wanted, of_one_kind in kinds for promise in of_one_kind for want in wanted(promise)]
        return Occurrences(self._place, self._roll, wants, self._as_of)

    def _all_years(self) -> Years | None:
        if not self._per_year:
            return None
        return Years(self._place, self._per_year, self._roll, self._seen, self._contacts, self._as_of)

    # --- verdicts -----------------------------------------------------------------------------------------------------

    def _tables(self) -> list[Table]:
        """The rows of all clauses, as `verdicts.COLUMNS`."""
        tables = self._intervals()
        if self._years:
            tables += self._years.rows()
        if self._windows:
            tables.append(Windows(self._place, self._windows, self._roll, self._seen, self._as_of).rows())
        if self._after_each:
            tables.append(Pairs(self._place, self._after_each, self._seen, self._as_of).rows())
        return tables

    def _intervals(self) -> list[Table]:
        """Ids are looked up only for the few contacts that decide something, in one go for all standards."""
        asked = [(s, clause) for s in self._standards for clause in s.clauses if isinstance(clause, Interval)]
        if not asked:
            return []
        repeating = {standard.id: self._contacts[standard.id] for standard, _ in asked}
        for contacts in repeating.values():
            contacts.judge()
        events = [contacts.events_used() for contacts in repeating.values()]
        used = ibis.union(*events, distinct=False) if len(events) > 1 else events[0]
        ids = self._place.keep(self._readings.ids(used), "ids")
        return [IntervalRows(repeating[standard.id], clause, ids).rows() for standard, clause in asked]

    # --- indicators ---------------------------------------------------------------------------------------------------

    def _indicator(self, standard: Standard, indicator: Indicator) -> Table:
        rows = self._roll.of(standard.eligible).select("person_id")
        inside = ibis.literal(True)
        for passed in self._passed(standard, indicator):
            named = passed.distinct().select(passed_id=passed.person_id)
            rows = rows.left_join(named, rows.person_id == named.passed_id)
            inside = inside & rows.passed_id.notnull()
            rows = rows.mutate(inside=inside).drop("passed_id")
            inside = rows.inside
        return rows.select(
            "person_id",
            standard=ibis.literal(standard.id),
            indicator=ibis.literal(indicator.id),
            denominator=ibis.literal(True),
            numerator=inside,
        )

    def _passed(self, standard: Standard, indicator: Indicator) -> list[Table]:
        """person_id of those who meet each condition of the numerator."""
        numerator = indicator.numerator
        if isinstance(numerator, ClausesKept):
            return [self._kept(standard, clause) for clause in numerator.clauses]
        return [self._contacts[standard.id].latest_passes(numerator, self._as_of.year)]

    def _kept(self, standard: Standard, clause: str) -> Table:
        if self._years and isinstance(standard.clause(clause), PerYear):
            return self._years.kept_by(standard.id, clause)
        return self._roll.of(standard.eligible).select("person_id").filter(ibis.literal(False))  # never kept, only due
