"""Several standards over one set of facts: what they have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis

from jinxiu.standards.model import ClausesKept, Eligibility, Indicator, Interval, PerYear, Standard
from jinxiu.standards.population.clauses import IBIS_TYPES, Clauses
from jinxiu.standards.population.contacts import Contacts
from jinxiu.standards.population.counts import YearCounts
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.members import members
from jinxiu.standards.population.occurrences import Occurrences
from jinxiu.standards.population.readings import Readings
from jinxiu.standards.population.waivers import Waivers
from jinxiu.standards.verdict import VERDICT_COLUMNS

INDICATOR_COLUMNS = ("person_id", "standard", "indicator", "denominator", "numerator", "team_id")


class City:
    """The standards that are in force on a day, ready to be asked about everybody."""

    def __init__(self, place: Workspace, standards: Sequence[Standard], as_of: date) -> None:
        self._place, self._as_of = place, as_of
        self._standards = [standard for standard in standards if standard.valid_on(as_of)]
        self._members: dict[Eligibility, Table] = {}
        self._seen = Occurrences(place, self._standards, as_of)
        self._counts = YearCounts(place, as_of)
        self._waivers = Waivers(place, as_of)
        self._contacts = self._all_contacts()

    def verdicts(self) -> Table:
        """The verdict columns for everybody, by person_id, standard, clause, cycle.

        Kept before they are sorted: it takes half as long to sort rows that are already there.
        """
        ids = self._ids_of_decided_cases()
        tables = [
            table
            for standard in self._standards
            for clause in standard.clauses
            for table in self._clauses(standard).rows(clause, ids)
        ]
        rows = ibis.union(*tables, distinct=False) if tables else self._nothing()
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

    def _members_of(self, standard: Standard) -> Table:
        eligible = standard.eligible
        if eligible not in self._members:
            self._members[eligible] = self._place.keep(members(self._place, eligible, self._as_of), "members")
        return self._members[eligible]

    def _all_contacts(self) -> dict[str, Contacts]:
        asked = [(standard, standard.contact) for standard in self._standards if standard.contact]
        if not asked:
            return {}
        self._readings = Readings(self._place, [contact for _, contact in asked], self._as_of)
        return {
            standard.id: Contacts(
                self._place, standard, contact, self._members_of(standard), self._readings, self._as_of
            )
            for standard, contact in asked
        }

    def _clauses(self, standard: Standard) -> Clauses:
        contacts = self._contacts.get(standard.id)
        return Clauses(
            self._place,
            standard,
            self._as_of,
            self._members_of(standard),
            contacts,
            self._seen,
            self._counts,
            self._waivers,
        )

    def _ids_of_decided_cases(self) -> Table | None:
        """Ids are looked up only for the few contacts that decide something, in one go for all standards."""
        repeating = [
            self._contacts[standard.id]
            for standard in self._standards
            if any(isinstance(clause, Interval) for clause in standard.clauses)
        ]
        for contacts in repeating:
            contacts.judge()
        if not repeating:
            return None
        events = [contacts.events_used() for contacts in repeating]
        used = ibis.union(*events, distinct=False) if len(events) > 1 else events[0]
        return self._place.keep(self._readings.ids(used), "ids")

    def _nothing(self) -> Table:
        people = self._place.facts("people").filter(ibis.literal(False))
        columns = {name: ibis.null(IBIS_TYPES[kind]) for name, kind, _ in VERDICT_COLUMNS}
        return people.select(**columns)

    # --- indicators ---------------------------------------------------------------------------------------------------

    def _indicator(self, standard: Standard, indicator: Indicator) -> Table:
        rows = self._members_of(standard).select("person_id")
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
            clauses = [standard.clause(clause) for clause in numerator.clauses]
            return [self._kept(standard, clause) for clause in clauses]
        return [self._contacts[standard.id].latest_passes(numerator, self._as_of.year)]

    def _kept(self, standard: Standard, clause: object) -> Table:
        if isinstance(clause, PerYear):
            return self._clauses(standard).kept_by(clause)
        return self._members_of(standard).select("person_id").filter(ibis.literal(False))  # never kept, only due
