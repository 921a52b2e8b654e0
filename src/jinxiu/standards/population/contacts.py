"""One standard's contacts: which visits count, each person's latest, the earlier one it is compared with, the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis

from jinxiu.standards.model import Case, Contact, LatestInYear, Previous, Standard, Test
from jinxiu.standards.population.answers import Reading, age_on, answer
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.visits import Visits, value_name

_ISO_DATE = len("2026-03-31")
LATEST = "latest_"


class Contacts:
    """The visits of one standard's members since start_on, in the order (happened_on, event_id).

    `key` is that order as one text, so that the latest visit has the largest: an ISO date has a fixed width, and texts
    are compared by code point.
    """

    def __init__(self, place: Workspace, standard: Standard, contact: Contact, members: Table, visits: Visits) -> None:
        self.standard = standard
        self.readings = contact.readings
        self._place = place
        self._members = members
        self._visits = visits
        self._previous = _each_once(case.previous for case in standard.cases if case.previous)
        tests = [previous.which for previous in self._previous]
        tests += [i.numerator.which for i in standard.indicators if isinstance(i.numerator, LatestInYear)]
        self._choices = _each_once(tests)
        self.marked = place.keep(self._marks(contact), "contacts")

    def _marks(self, contact: Contact) -> Table:
        """Every visit with `counted` and, for each test that chooses among visits, whether it passes."""
        visits = self._visits.table
        of_kind = visits.filter(visits.kind.isin(contact.events))
        rows = of_kind.inner_join(self._members, "person_id").filter(ibis._.happened_on >= ibis._.start_on)
        age = age_on(rows.birth_date, rows.happened_on)
        tests = {"counted": contact.counts_if} | {self._mark(test): test for test in self._choices}
        marks = {name: answer(test, _reading(rows), age, {}) for name, test in tests.items()}
        key = rows.happened_on.cast("string") + rows.event_id
        return rows.select("person_id", "event_id", "happened_on", "mode", key=key, **marks)

    def _mark(self, which: Test) -> str:
        return f"chosen_{self._choices.index(which)}"

    # --- the latest contact and its case ------------------------------------------------------------------------------

    def judge(self) -> None:
        """Find everybody's latest contact and the case that holds for it: `judged`, one row for each member.

        Columns: those of the members, `case` (its place in the standard, null for who was never seen), and for the
        latest contact (prefix `latest_`) and each earlier one (`previous_0_` …) event_id, happened_on and the values.
        """
        chosen = self._place.keep(self._chosen(), "chosen")
        rows = self._members.left_join(chosen, "person_id").drop("person_id_right")
        for prefix in (LATEST, *self.prefixes()):
            rows = self._fetched(rows, prefix)
        self.judged = self._place.keep(rows.mutate(case=self._case(rows)), "judged")

    def prefix(self, previous: Previous) -> str:
        """How the columns of the earlier contact begin that a test looks back at."""
        return f"previous_{self._previous.index(previous)}_"

    def prefixes(self) -> list[str]:
        """The prefix of every earlier contact that some case looks back at."""
        return [self.prefix(previous) for previous in self._previous]

    def _chosen(self) -> Table:
        """person_id and the event ids of the latest contact and of each earlier one."""
        marked = self.marked
        latest = marked.filter(marked.counted).group_by("person_id").agg(latest=ibis._.key.max())
        if not self._previous:
            return latest.select("person_id", latest_event_id=_event_of(latest.latest))
        latest = self._place.keep(latest, "latest")
        before = marked.inner_join(latest, "person_id").filter(ibis._.key < ibis._.latest)
        keys = {self.prefix(p): before.key.max(where=before[self._mark(p.which)]) for p in self._previous}
        earlier = before.group_by("person_id").agg(**keys)
        both = latest.left_join(earlier, "person_id")
        events = {f"{prefix}event_id": _event_of(both[prefix]) for prefix in keys}
        return both.select("person_id", latest_event_id=_event_of(both.latest), **events)

    def _fetched(self, rows: Table, prefix: str) -> Table:
        """The rows with the day and the values of the contact that `<prefix>event_id` names."""
        visits = self._visits.table
        values = {f"{prefix}{value_name(code)}": visits[value_name(code)] for code in self.readings}
        there = visits.select(
            **{f"{prefix}event_id": visits.event_id, f"{prefix}happened_on": visits.happened_on}, **values
        )
        return rows.left_join(there, f"{prefix}event_id").drop(f"{prefix}event_id_right")

    def _case(self, rows: Table) -> Any:
        previous = {p: self._passes(rows, p) for p in self._previous}
        age = age_on(rows.birth_date, rows.latest_happened_on)
        whens = [answer(case.when, _reading(rows, LATEST), age, previous) for case in self.standard.cases]
        seen = rows.latest_event_id.notnull()
        return ibis.cases(*((seen & when, number) for number, when in enumerate(whens)), else_=None).cast("int32")

    def _passes(self, rows: Table, previous: Previous) -> Any:
        prefix = self.prefix(previous)
        age = age_on(rows.birth_date, rows[f"{prefix}happened_on"])
        return rows[f"{prefix}event_id"].notnull() & answer(previous.passes, _reading(rows, prefix), age, {})

    def by_case(self, judged: Table, value: Callable[[Case], Any], never_seen: Any) -> Any:
        """A column with what `value` gives for each row's case."""
        cases = self.standard.cases
        return ibis.cases(*((judged.case == n, value(case)) for n, case in enumerate(cases)), else_=never_seen)

    # --- the ids behind a case ----------------------------------------------------------------------------------------

    def events_used(self) -> Table:
        """event_id of every contact that a case was decided by."""
        judged = self.judged
        columns = [judged.latest_event_id, *(judged[f"{prefix}event_id"] for prefix in self.prefixes())]
        every = [judged.select(event_id=column).filter(ibis._.event_id.notnull()) for column in columns]
        return ibis.union(*every, distinct=False) if len(every) > 1 else every[0]

    # --- indicators ---------------------------------------------------------------------------------------------------

    def latest_passes(self, numerator: LatestInYear, year: int) -> Table:
        """person_id of everybody whose latest contact of the year, of the wanted sort, passes."""
        marked = self.marked
        wanted = marked.filter(marked.counted, marked[self._mark(numerator.which)], marked.happened_on.year() == year)
        latest = wanted.group_by("person_id").agg(key=ibis._.key.max())
        rows = latest.select("person_id", latest_event_id=_event_of(latest.key))
        rows = self._fetched(rows.inner_join(self._members, "person_id"), LATEST)
        age = age_on(rows.birth_date, rows.latest_happened_on)
        return rows.filter(answer(numerator.passes, _reading(rows, LATEST), age, {})).select("person_id")


def _each_once(tests: Any) -> list[Any]:
    return list(dict.fromkeys(tests))


def _reading(rows: Table, prefix: str = "") -> Reading:
    return lambda code: rows[f"{prefix}{value_name(code)}"]


def _event_of(key: Any) -> Any:
    return key.substr(_ISO_DATE)
