"""The next contact, of one standard's clause, for all its members."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import ibis

from jinxiu.standards.model import DECIDED, DECIDED_ON, PREVIOUS, PREVIOUS_ON, SUGGESTED, Case, Decision, Interval
from jinxiu.standards.population.answers import days_after, limit_at
from jinxiu.standards.population.contacts import LATEST, Contacts, text_name
from jinxiu.standards.population.decisions import by_case
from jinxiu.standards.population.engines import Table
from jinxiu.standards.population.texts import arguments_json, date_json, listed
from jinxiu.standards.verdict import number_text as number_text_of


class IntervalRows:
    """The next contact of every member: so long after the latest as its case says, or after the start if never seen.

    `ids` is what `Readings.ids` gives for the contacts that decided the cases.
    """

    def __init__(self, contacts: Contacts, clause: Interval, ids: Table) -> None:
        self._contacts = contacts
        self._clause = clause
        self._rows = self._with_readings_used(contacts.judged, ids)
        self._anchor = ibis.coalesce(self._rows.latest_happened_on, self._rows.start_on)
        self._decision = contacts.standard.decision
        self._days = self._days_until_next(clause.never_seen.within_days)
        self._due_on = days_after(self._anchor, self._days)

    def rows(self) -> Table:
        """The verdict rows, as `verdicts.COLUMNS`."""
        never, standard = self._clause.never_seen, self._contacts.standard
        opens_on = days_after(self._anchor, self._days - self._clause.opens_before_days)
        return self._rows.mutate(
            standard=ibis.literal(standard.id),
            version=ibis.literal(standard.version),
            clause=ibis.literal(self._clause.id),
            cycle=self._anchor.cast("string"),
            kept=ibis.literal(False),
            opens_on=ibis.greatest(opens_on, self._anchor),
            due_on=self._due_on,
            closes_on=ibis.null("date"),
            classification=self._by_case(lambda case: case.classification, ibis.null("string")),
            action=self._by_case(lambda case: case.action, never.action),
            urgency=self._by_case(lambda case: case.urgency, never.urgency),
            reason_code=self._worded(lambda one: one.reason, never.reason),
            reason_args=self._worded(self._arguments, self._never_seen_arguments()),
            facts_used=self._facts_used(),
        )

    def _days_until_next(self, never_seen: int) -> Any:
        if self._decision:
            return ibis.coalesce(self._rows.days, never_seen).cast("int32")
        return self._by_case(lambda case: case.next_within_days, never_seen).cast("int32")

    def _worded(self, value: Any, never_seen: Any) -> Any:
        """What `value` gives for the words of each row: of its case, or of a decision against the suggested one."""
        of_case = self._by_case(value, never_seen)
        return ibis.ifelse(self._rows.overruled, value(self._decision), of_case) if self._decision else of_case

    def _by_case(self, value: Any, never_seen: Any) -> Any:
        return self._contacts.by_case(self._rows, value, never_seen)

    def _arguments(self, worded: Case | Decision) -> Any:
        """Everything that a sentence may name, as JSON text, and of it what it does name."""
        rows, standard = self._rows, self._contacts.standard
        arguments = dict(self._of_every_case)
        if isinstance(worded, Decision):
            decided, suggested = (by_case(standard, case, _class_json) for case in (rows.case, rows.suggested))
            arguments |= {DECIDED: decided, DECIDED_ON: date_json(rows.decided_on), SUGGESTED: suggested}
        elif worded.previous:
            prefix = self._contacts.prefix(worded.previous)
            arguments[PREVIOUS_ON] = date_json(rows[f"{prefix}happened_on"])
            arguments |= self._values(PREVIOUS, prefix)
        return arguments_json(arguments, worded.placeholders)

    @cached_property
    def _of_every_case(self) -> dict[str, Any]:
        rows = self._rows
        arguments = {one.name: limit_at(one, rows.age, number_text_of) for one in self._contacts.standard.limits}
        arguments |= self._values("", LATEST)
        arguments |= {"age": rows.age.cast("string"), "contact_on": date_json(rows.latest_happened_on)}
        return arguments | {"days": self._days.cast("string"), "due_on": date_json(self._due_on)}

    def _values(self, name: str, prefix: str) -> dict[str, Any]:
        codes = self._contacts.readings
        return {f"{name}{code}": self._rows[f"{prefix}{text_name(code)}"] for code in codes}

    def _never_seen_arguments(self) -> Any:
        never = self._clause.never_seen
        arguments = {
            "start_on": date_json(self._rows.start_on),
            "days": ibis.literal(str(never.within_days)),
            "due_on": date_json(days_after(self._rows.start_on, ibis.literal(never.within_days))),
        }
        return arguments_json(arguments, never.placeholders)

    # --- the ids that the verdict rests on ----------------------------------------------------------------------------

    def _with_readings_used(self, judged: Table, ids: Table) -> Table:
        """The rows with, for the latest and each earlier contact, the ids of its readings in the standard's order."""
        for prefix in (LATEST, *self._contacts.prefixes()):
            there = ids.select(**{f"{prefix}read": ids.event_id, f"{prefix}ids": ids[self._contacts.ids_name]})
            judged = judged.left_join(there, judged[f"{prefix}event_id"] == there[f"{prefix}read"])
        return judged.drop(f"{LATEST}read")

    def _facts_used(self) -> Any:
        """The enrolment, the latest contact, what was decided of it, and the earlier one if the case looked at it."""
        enrolment = listed(self._rows.enrolment_id)
        latest = self._contact(LATEST)
        if self._decision:
            latest = latest + listed(self._rows.decision_id)
        return enrolment + latest + self._by_case(self._earlier, "")

    def _earlier(self, case: Case) -> Any:
        return self._contact(self._contacts.prefix(case.previous)) if case.previous else ibis.literal("")

    def _contact(self, prefix: str) -> Any:
        return listed(self._rows[f"{prefix}event_id"]) + self._rows[f"{prefix}ids"].fill_null("")


def _class_json(case: Case) -> str:
    return json.dumps(case.classification, ensure_ascii=False)
