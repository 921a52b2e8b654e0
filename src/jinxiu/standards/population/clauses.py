"""The promises: verdict rows of each clause as table expressions."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import (
    DECIDED,
    DECIDED_ON,
    PREVIOUS,
    PREVIOUS_ON,
    SUGGESTED,
    AfterEach,
    Case,
    Clause,
    Decision,
    Interval,
    Outcome,
    PerYear,
    Standard,
    Window,
)
from jinxiu.standards.population.answers import day, days_after, limit_at, offset_day, years_after
from jinxiu.standards.population.contacts import LATEST, Contacts, text_name
from jinxiu.standards.population.counts import YearCounts, needed
from jinxiu.standards.population.decisions import by_case
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.occurrences import Occurrences
from jinxiu.standards.population.pairs import AfterEachRows
from jinxiu.standards.population.texts import arguments_json, date_json, ids_json, listed
from jinxiu.standards.population.waivers import Waivers
from jinxiu.standards.population.windows import WindowRows
from jinxiu.standards.verdict import VERDICT_COLUMNS, Argument
from jinxiu.standards.verdict import arguments_json as arguments_json_of
from jinxiu.standards.verdict import number_text as number_text_of

IBIS_TYPES = {"text": "string", "date": "date", "int32": "int32"}


class Clauses:
    """The clauses of one standard, for all its members on a day."""

    def __init__(
        self,
        place: Workspace,
        standard: Standard,
        as_of: date,
        members: Table,
        contacts: Contacts | None,
        seen: Occurrences,
        counts: YearCounts,
        waivers: Waivers,
    ) -> None:
        self._place, self._standard, self._as_of = place, standard, as_of
        self._members, self._contacts, self._seen = members, contacts, seen
        self._counts, self._waivers = counts, waivers

    def rows(self, clause: Clause, ids: Table | None) -> list[Table]:
        """The verdict rows of a clause; `ids` is what `Readings.ids` gives for the contacts that decided the cases."""
        match clause:
            case PerYear():
                return self._years(clause)
            case Window():
                made = WindowRows(self._place, clause, self._members, self._seen, self._as_of)
                return [made.table(self._verdicts)]
            case AfterEach():
                pairs = AfterEachRows(self._place, clause, self._members, self._seen, self._as_of)
                return [pairs.table(self._verdicts)]
        if self._contacts is None or ids is None:
            raise ValueError(f"{self._standard.id}: a repeating contact without contacts")
        return [_IntervalRows(self._contacts, clause, ids).table(self._verdicts)]

    def kept_by(self, clause: PerYear) -> Table:
        """person_id of every member for whom the year's number is reached."""
        standing = self._standing(clause)
        return standing.filter(standing.done >= standing.needed).select("person_id")

    # --- a number in every year ---------------------------------------------------------------------------------------

    def _years(self, clause: PerYear) -> list[Table]:
        if clause.anniversary:
            this, following = self._this_own_year(clause), self._next_own_year
        else:
            this, following = self._this_year(clause), self._next_year
        return [this, *([following(clause, clause.next_year)] if clause.next_year else [])]

    def _standing(self, clause: PerYear) -> Table:
        """The members with done, needed, last_on and ids; those of an anniversary with the first and last day too."""
        if clause.anniversary:
            members = self._own_years(0)
            counted = self._counts.since(clause.counts, members, self._contacts)
        else:
            members = self._members
            counted = self._counts.of(clause.counts, members, self._contacts)
        rows = members.left_join(counted, "person_id").drop("person_id_right")
        number = needed(clause, rows.start_on, self._as_of.year)
        return rows.mutate(done=rows.done.fill_null(0), needed=number, ids=rows.ids.fill_null(""))

    def _this_year(self, clause: PerYear) -> Table:
        rows = self._standing(clause)
        first, last = day(date(self._as_of.year, 1, 1)), day(date(self._as_of.year, 12, 31))
        year = ibis.literal(str(self._as_of.year))
        return self._year_rows(clause, rows, year, year, ibis.greatest(first, rows.start_on), last)

    def _this_own_year(self, clause: PerYear) -> Table:
        rows = self._standing(clause)
        cycle, year = rows.first_on.cast("string"), rows.first_on.year().cast("string")
        return self._year_rows(clause, rows, cycle, year, rows.first_on, rows.last_day)

    def _year_rows(self, clause: PerYear, rows: Table, cycle: Any, year: Any, opens_on: Any, last: Any) -> Table:
        kept = rows.done >= rows.needed
        arguments = {
            "done": rows.done.cast("string"),
            "needed": rows.needed.cast("string"),
            "year": year,
            "opens_on": date_json(opens_on),
            "due_on": date_json(last),
            "last_on": date_json(rows.last_on),
        }
        done, short = (arguments_json(arguments, outcome.placeholders) for outcome in (clause.done, clause.short))
        return self._verdicts(
            rows,
            clause,
            cycle=cycle,
            kept=kept,
            opens_on=opens_on,
            due_on=last,
            closes_on=last,
            action=ibis.literal(clause.action),
            reason_code=ibis.ifelse(kept, clause.done.reason, clause.short.reason),
            reason_args=ibis.ifelse(kept, done, short),
            facts_used=ids_json(listed(rows.enrolment_id) + rows.ids),
        )

    def _next_year(self, clause: PerYear, outcome: Outcome) -> Table:
        """Everything but the enrolment is known without looking."""
        year = self._as_of.year + 1
        first, last = date(year, 1, 1), date(year, 12, 31)
        arguments: dict[str, Argument] = {"done": 0, "needed": clause.times, "year": year, "last_on": None}
        arguments |= {"opens_on": first.isoformat(), "due_on": last.isoformat()}
        said = ibis.literal(arguments_json_of({name: arguments[name] for name in outcome.placeholders}))
        return self._next_rows(clause, outcome, self._members, ibis.literal(str(year)), day(first), day(last), said)

    def _next_own_year(self, clause: PerYear, outcome: Outcome) -> Table:
        rows = self._own_years(1)
        arguments = {
            "done": ibis.literal("0"),
            "needed": ibis.literal(str(clause.times)),
            "year": rows.first_on.year().cast("string"),
            "opens_on": date_json(rows.first_on),
            "due_on": date_json(rows.last_day),
            "last_on": ibis.null("string"),
        }
        said = arguments_json(arguments, outcome.placeholders)
        return self._next_rows(clause, outcome, rows, rows.first_on.cast("string"), rows.first_on, rows.last_day, said)

    def _next_rows(
        self, clause: PerYear, outcome: Outcome, rows: Table, cycle: Any, first: Any, last: Any, said: Any
    ) -> Table:
        return self._verdicts(
            rows,
            clause,
            cycle=cycle,
            kept=ibis.literal(False),
            opens_on=first,
            due_on=last,
            closes_on=last,
            action=ibis.literal(clause.action),
            reason_code=ibis.literal(outcome.reason),
            reason_args=said,
            facts_used=ids_json(listed(rows.enrolment_id)),
        )

    def _own_years(self, later: int) -> Table:
        """The members with the first and last day of the year from start_on in which the day lies, or later ones."""
        rows = self._members
        years = ibis.literal(self._as_of.year) - rows.start_on.year()
        begun = (years_after(rows.start_on, years.cast("int32")) <= day(self._as_of)).cast("int32")
        rows = rows.mutate(whole=(years - 1 + begun + later).cast("int32"))
        first, following = (years_after(rows.start_on, rows.whole + more) for more in (0, 1))
        return rows.mutate(first_on=first, last_day=offset_day(following, 0, -1)).drop("whole")

    # --- one table of verdicts ----------------------------------------------------------------------------------------

    def _verdicts(self, rows: Table, clause: Clause, *, kept: Any, **columns: Any) -> Table:
        """The verdict columns, `status` by what was kept, what is waived, and the dates."""
        columns.setdefault("classification", ibis.null("string"))
        columns.setdefault("urgency", ibis.literal(0))
        rows = self._waivers.mark(rows.select("person_id", kept=kept, **columns), self._standard.id, clause.id)
        status = ibis.cases(
            (rows.kept, "kept"),
            (rows.waived, "waived"),
            (rows.opens_on > self._as_of, "upcoming"),
            (rows.due_on >= self._as_of, "due"),
            (rows.closes_on.isnull() | (rows.closes_on >= self._as_of), "overdue"),
            else_="missed",
        )
        fixed = {
            "standard": ibis.literal(self._standard.id),
            "version": ibis.literal(self._standard.version),
            "clause": ibis.literal(clause.id),
            "status": status,
        }
        every = fixed | {name: rows[name] for name in ("person_id", *columns)}
        return rows.select(**{name: every[name].cast(IBIS_TYPES[kind]) for name, kind, _ in VERDICT_COLUMNS})


class _IntervalRows:
    """The next contact of every member: so long after the latest as its case says, or after the start if never seen."""

    def __init__(self, contacts: Contacts, clause: Interval, ids: Table) -> None:
        self._contacts = contacts
        self._clause = clause
        self._rows = self._with_readings_used(contacts.judged, ids)
        self._anchor = ibis.coalesce(self._rows.latest_happened_on, self._rows.start_on)
        self._decision = contacts.standard.decision
        self._days = self._days_until_next(clause.never_seen.within_days)

    def table(self, verdicts: Any) -> Table:
        """The rows, by the caller's `verdicts`."""
        never = self._clause.never_seen
        opens_on = days_after(self._anchor, self._days - self._clause.opens_before_days)
        return verdicts(
            self._rows,
            self._clause,
            cycle=self._anchor.cast("string"),
            kept=ibis.literal(False),
            opens_on=ibis.greatest(opens_on, self._anchor),
            due_on=days_after(self._anchor, self._days),
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
        arguments = {limit.name: limit_at(limit, rows.age, number_text_of) for limit in standard.limits}
        arguments |= self._values("", LATEST)
        arguments |= {"age": rows.age.cast("string"), "contact_on": date_json(rows.latest_happened_on)}
        due_on = days_after(self._anchor, self._days)
        arguments |= {"days": self._days.cast("string"), "due_on": date_json(due_on)}
        if isinstance(worded, Decision):
            decided, suggested = (by_case(standard, case, _class_json) for case in (rows.case, rows.suggested))
            arguments |= {DECIDED: decided, DECIDED_ON: date_json(rows.decided_on), SUGGESTED: suggested}
        elif worded.previous:
            prefix = self._contacts.prefix(worded.previous)
            arguments[PREVIOUS_ON] = date_json(rows[f"{prefix}happened_on"])
            arguments |= self._values(PREVIOUS, prefix)
        return arguments_json(arguments, worded.placeholders)

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
            of_event = {f"{prefix}event_id": ids.event_id, f"{prefix}ids": ids[self._contacts.ids_name]}
            judged = judged.left_join(ids.select(**of_event), f"{prefix}event_id").drop(f"{prefix}event_id_right")
        return judged

    def _facts_used(self) -> Any:
        """The enrolment, the latest contact, what was decided of it, and the earlier one if the case looked at it."""
        enrolment = listed(self._rows.enrolment_id)
        latest = self._contact(LATEST)
        if self._decision:
            latest = latest + listed(self._rows.decision_id)
        return ids_json(enrolment + latest + self._by_case(self._earlier, ""))

    def _earlier(self, case: Case) -> Any:
        return self._contact(self._contacts.prefix(case.previous)) if case.previous else ibis.literal("")

    def _contact(self, prefix: str) -> Any:
        return listed(self._rows[f"{prefix}event_id"]) + self._rows[f"{prefix}ids"].fill_null("")


def _class_json(case: Case) -> str:
    return json.dumps(case.classification, ensure_ascii=False)
