"""One standard's contacts: which visits count, each person's latest, the earlier one it is compared with, the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import Case, Contact, LatestInYear, Previous, Standard, Test
from jinxiu.standards.population.answers import Reading, age_on, answer
from jinxiu.standards.population.decisions import HOLDS, asked_again, by_case, with_decisions
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.readings import Readings, value_name
from jinxiu.standards.population.texts import number_text

_ISO_DATE = len("2026-03-31")
LATEST = "latest_"


class Contacts:
    """The visits of one standard's members since start_on, in the order (happened_on, event_id).

    `key` is that order as one text, so that the latest visit has the largest: an ISO date has a fixed width, and texts
    are compared by code point.
    """

    def __init__(
        self,
        place: Workspace,
        standard: Standard,
        contact: Contact,
        members: Table,
        readings: Readings,
        as_of: date,
    ) -> None:
        self.standard = standard
        self.readings = contact.readings
        self.ids_name = readings.ids_name(contact.readings)
        self._place = place
        self._members = members
        self._values = readings.values
        self._as_of = as_of
        self._previous = _each_once(case.previous for case in standard.cases if case.previous)
        tests = [previous.which for previous in self._previous]
        tests += [i.numerator.which for i in standard.indicators if isinstance(i.numerator, LatestInYear)]
        self._choices = _each_once(tests)
        self.marked = place.keep(self._marks(contact), "contacts")

    def _marks(self, contact: Contact) -> Table:
        """Every visit with `counted` and, for each test that chooses among visits, whether it passes."""
        events = self._place.facts("events")
        of_kind = events.filter(events.kind.isin(contact.events), events.happened_on <= self._as_of)
        rows = of_kind.select("event_id", "person_id", "happened_on", "mode").inner_join(self._members, "person_id")
        rows = rows.filter(rows.happened_on >= rows.start_on).left_join(self._values, "event_id")
        age = age_on(rows.birth_date, rows.happened_on)
        tests = {"counted": contact.counts_if} | {self._mark(test): test for test in self._choices}
        marks = {name: answer(test, _reading(rows), age, {}) for name, test in tests.items()}
        key = key_of(rows.happened_on, rows.event_id)
        return rows.select("person_id", "start_on", "event_id", "happened_on", "mode", key=key, **marks)

    def _mark(self, which: Test) -> str:
        return f"chosen_{self._choices.index(which)}"

    # --- the latest contact and its case ------------------------------------------------------------------------------

    def judge(self) -> None:
        """Find everybody's latest contact and the case that holds for it: `judged`, one row for each member.

        Columns: those of the members; `case`, its place in the standard, null for who was never seen; `age` on the day
        of the latest contact; and for that contact (prefix `latest_`) and each earlier one (`previous_0_` …) event_id,
        happened_on and the values as text. Where a clinician's word counts, the columns of `with_decisions` besides.
        """
        chosen = self._place.keep(self._chosen(), "chosen")
        prefixes = (LATEST, *self.prefixes())
        values = self._place.keep(self._values_of(chosen, prefixes), "values")
        chosen = chosen.rename(seen="person_id")
        rows = self._members.left_join(chosen, self._members.person_id == chosen.seen)
        for prefix in prefixes:
            rows = self._fetched(rows, prefix, values)
        rows = rows.drop("seen")
        texts = {
            f"{prefix}{text_name(code)}": number_text(rows[f"{prefix}{value_name(code)}"])
            for prefix in prefixes
            for code in self.readings
        }
        days = [column for prefix in prefixes for column in (f"{prefix}event_id", f"{prefix}happened_on")]
        age = age_on(rows.birth_date, rows.latest_happened_on).cast("int32")
        whens = self._whens(rows)
        decision = self.standard.decision
        again = {f"{HOLDS}{n}": whens[n] for n in asked_again(self.standard)} if decision else {}
        told = rows.select(*self._members.columns, *days, case=_first(rows, whens), age=age, **texts, **again)
        self.judged = self._place.keep(told, "judged")
        if decision:
            decided = with_decisions(self._place, self.standard, decision, self.judged, self._as_of)
            self.judged = self._place.keep(decided, "decided")

    def prefix(self, previous: Previous) -> str:
        """How the columns of the earlier contact begin that a test looks back at."""
        return f"previous_{self._previous.index(previous)}_"

    def prefixes(self) -> list[str]:
        """The prefix of every earlier contact that some case looks back at."""
        return [self.prefix(previous) for previous in self._previous]

    def _chosen(self) -> Table:
        """person_id and, for the latest contact and each earlier one, event_id and happened_on."""
        marked = self.marked
        latest = marked.filter(marked.counted).group_by("person_id").agg(latest_=ibis._.key.max())
        if not self._previous:
            return latest.select("person_id", **of_key(latest, LATEST))
        latest = self._place.keep(latest, "latest")
        before = marked.inner_join(latest, "person_id").filter(ibis._.key < ibis._.latest_)
        keys = {self.prefix(p): before.key.max(where=before[self._mark(p.which)]) for p in self._previous}
        both = latest.left_join(before.group_by("person_id").agg(**keys), "person_id")
        columns = [of_key(both, prefix) for prefix in (LATEST, *keys)]
        return both.select("person_id", **{name: column for some in columns for name, column in some.items()})

    def _values_of(self, chosen: Table, prefixes: Sequence[str]) -> Table:
        """The values of the chosen contacts only: few, and each is asked for more than once."""
        every = [chosen.select(event_id=chosen[f"{prefix}event_id"]) for prefix in prefixes]
        events = ibis.union(*every, distinct=False) if len(every) > 1 else every[0]
        return self._values.filter(self._values.event_id.isin(events.event_id))

    def _fetched(self, rows: Table, prefix: str, values: Table) -> Table:
        """The rows with the values of the contact that `<prefix>event_id` names."""
        named = {f"{prefix}{value_name(code)}": values[value_name(code)] for code in self.readings}
        there = values.select(**{f"{prefix}read": values.event_id}, **named)
        return rows.left_join(there, rows[f"{prefix}event_id"] == there[f"{prefix}read"])

    def _whens(self, rows: Table) -> list[Any]:
        """Whether each case holds for the latest contact."""
        previous = {p: self._passes(rows, p) for p in self._previous}
        age = age_on(rows.birth_date, rows.latest_happened_on)
        return [answer(case.when, _reading(rows, LATEST), age, previous) for case in self.standard.cases]

    def _passes(self, rows: Table, previous: Previous) -> Any:
        prefix = self.prefix(previous)
        age = age_on(rows.birth_date, rows[f"{prefix}happened_on"])
        return rows[f"{prefix}event_id"].notnull() & answer(previous.passes, _reading(rows, prefix), age, {})

    def by_case(self, judged: Table, value: Callable[[Case], Any], never_seen: Any) -> Any:
        """A column with what `value` gives for each row's case."""
        return by_case(self.standard, judged.case, value, never_seen)

    # --- the ids behind a case ----------------------------------------------------------------------------------------

    def events_used(self) -> Table:
        """event_id of every contact that a case was decided by."""
        judged = self.judged
        seen = judged.filter(judged.case.notnull())
        every = [seen.select(event_id=seen.latest_event_id)]
        for previous in self._previous:
            looking = [number for number, case in enumerate(self.standard.cases) if case.previous == previous]
            there = judged[f"{self.prefix(previous)}event_id"]
            rows = judged.filter(judged.case.isin(looking), there.notnull())
            every.append(rows.select(event_id=rows[f"{self.prefix(previous)}event_id"]))
        return ibis.union(*every, distinct=False) if len(every) > 1 else every[0]

    # --- indicators ---------------------------------------------------------------------------------------------------

    def latest_passes(self, numerator: LatestInYear, year: int) -> Table:
        """person_id of everybody whose latest contact of the year, of the wanted sort, passes."""
        marked = self.marked
        wanted = marked.filter(marked.counted, marked[self._mark(numerator.which)], marked.happened_on.year() == year)
        latest = wanted.group_by("person_id").agg(latest_=ibis._.key.max())
        rows = latest.select("person_id", **of_key(latest, LATEST))
        rows = self._fetched(rows.inner_join(self._members, "person_id"), LATEST, self._values)
        age = age_on(rows.birth_date, rows.latest_happened_on)
        return rows.filter(answer(numerator.passes, _reading(rows, LATEST), age, {})).select("person_id")


def _first(rows: Table, whens: Sequence[Any]) -> Any:
    """The number of the first case that holds, null for who was never seen."""
    seen = rows.latest_event_id.notnull()
    return ibis.cases(*((seen & when, number) for number, when in enumerate(whens)), else_=None).cast("int32")


def _each_once(tests: Any) -> list[Any]:
    return list(dict.fromkeys(tests))


def _reading(rows: Table, prefix: str = "") -> Reading:
    return lambda code: rows[f"{prefix}{value_name(code)}"]


def key_of(happened_on: Any, identifier: Any) -> Any:
    """The order (happened_on, id) as one text."""
    return happened_on.cast("string") + identifier


def of_key(rows: Table, prefix: str) -> dict[str, Any]:
    """The event and the day that a key column stands for."""
    key = rows[prefix]
    return {f"{prefix}event_id": key.substr(_ISO_DATE), f"{prefix}happened_on": key.substr(0, _ISO_DATE).cast("date")}


def text_name(code: str) -> str:
    """The column of a code's values as text."""
    return f"text_{code}"
