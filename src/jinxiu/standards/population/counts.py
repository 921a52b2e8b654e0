"""Numbers in a year, of all clauses and for all members: calendar years, and years from the start on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import ibis

from jinxiu.standards.model import CountContacts, PerYear
from jinxiu.standards.population.answers import day, offset_day, years_after
from jinxiu.standards.population.contacts import Contacts
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.members import Roll
from jinxiu.standards.population.occurrences import COUNTED, Occurrences, Want
from jinxiu.standards.population.promises import Promise, outcome_columns, outcome_values, table
from jinxiu.standards.population.texts import APART, Shapes, date_json, listed
from jinxiu.standards.verdict import Argument
from jinxiu.standards.verdict import arguments_json as arguments_json_of

_COLUMNS = {"times": "int64", "prorated": "boolean", "anniversary": "boolean", "action": "string"}
_YEAR_AND_A_DAY = timedelta(days=367)  # no year from a start on that lasts began earlier


def wants(promise: Promise) -> Iterator[Want]:
    """What a clause looks for; contacts are known without looking. A year from the start on begins with the start."""
    counts = promise.clause.counts
    if not isinstance(counts, CountContacts):
        yield Want(promise, COUNTED, counts, counts.since_start)


class Years:
    """The year in which the day lies, and the next one."""

    def __init__(
        self,
        place: Workspace,
        promises: Sequence[Promise],
        roll: Roll,
        seen: Occurrences,
        contacts: Mapping[str, Contacts],
        as_of: date,
    ) -> None:
        self._roll, self._seen, self._contacts, self._as_of = roll, seen, contacts, as_of
        self._promises, self._shapes = promises, Shapes()
        columns = _COLUMNS | {"next_args": "string"} | outcome_columns("done", "short", "next")
        self._clauses = table(place, "years", promises, columns, self._values)

    def rows(self) -> list[Table]:
        """The verdict rows, as `verdicts.COLUMNS`."""
        following = [p.clause for p in self._promises if p.clause.next_year]
        tables = [self._this_year()]
        tables += [self._next_year()] if any(not clause.anniversary for clause in following) else []
        return tables + ([self._next_own_year()] if any(clause.anniversary for clause in following) else [])

    def kept_by(self, standard: str, clause: str) -> Table:
        """person_id of every member for whom the year's number is reached."""
        (number,) = (p.number for p in self._promises if (p.standard.id, p.clause.id) == (standard, clause))
        rows = self._standing()
        return rows.filter(rows.number == number, rows.kept).select("person_id")

    def _values(self, clause: PerYear) -> list[Any]:
        outcomes = outcome_values(self._shapes, clause.done, clause.short, clause.next_year)
        said = self._said_of_next(clause) if clause.next_year and not clause.anniversary else None
        return [clause.times, clause.prorated, clause.anniversary, clause.action, said, *outcomes]

    # --- this year ----------------------------------------------------------------------------------------------------

    def _this_year(self) -> Table:
        rows = self._standing()
        year = rows.first_on.year().cast("string")
        opens_on = ibis.greatest(rows.first_on, rows.start_on)
        return self._told(
            rows,
            cycle=ibis.ifelse(rows.anniversary, rows.first_on.cast("string"), year),
            opens_on=opens_on,
            reason_code=ibis.ifelse(rows.kept, rows.done_reason, rows.short_reason),
            reason_args=self._arguments(
                rows,
                ibis.ifelse(rows.kept, rows.done_shape, rows.short_shape),
                done=rows.done.cast("string"),
                needed=rows.needed.cast("string"),
                opens_on=date_json(opens_on),
                last_on=date_json(rows.last_on),
            ),
            facts_used=listed(rows.enrolment_id) + rows.ids,
        )

    def _standing(self) -> Table:
        """The members of each clause with first_on and last_day of the year, done, needed, kept, last_on and ids."""
        rows = self._members(0).left_join(self._summed(), ["person_id", "number"])
        rows = rows.drop("person_id_right", "number_right")
        rows = rows.mutate(done=rows.done.fill_null(0), ids=rows.ids.fill_null(""))
        rows = rows.mutate(needed=needed([p.clause for p in self._promises], rows, self._as_of.year))
        return rows.mutate(kept=rows.done >= rows.needed)

    def _summed(self) -> Table:
        """number, person_id, done (how often this year), last_on and ids (as `listed` adds them up)."""
        counted = [self._of_contacts(p) for p in self._promises if isinstance(p.clause.counts, CountContacts)]
        if COUNTED in self._seen.roles:
            counted.append(self._seen.of(COUNTED).drop("enrolment_id"))
        rows = ibis.union(*counted, distinct=False) if len(counted) > 1 else counted[0]
        rows = rows.filter(rows.happened_on >= self._as_of - _YEAR_AND_A_DAY)
        rows = rows.inner_join(self._clauses.select("number", "anniversary"), "number")
        rows = rows.filter(rows.happened_on >= self._first_and_last(rows, 0)[0])
        in_order = rows.id.group_concat(APART, order_by=[rows.happened_on, rows.id])
        done = rows.group_by("number", "person_id").agg(done=rows.count(), last_on=rows.happened_on.max(), ids=in_order)
        return done.mutate(ids=listed(done.ids))

    def _of_contacts(self, promise: Promise) -> Table:
        visits = self._contacts[promise.standard.id].marked
        visits = visits.filter(visits.counted, visits.mode.isin(promise.clause.counts.modes))
        number = ibis.literal(promise.number, "int32")
        return visits.select(
            number=number, **{n: visits[n] for n in ("person_id", "start_on", "happened_on")}, id=visits.event_id
        )

    # --- the next one -------------------------------------------------------------------------------------------------

    def _said_of_next(self, clause: PerYear) -> str:
        """Of a calendar year everything is known without looking at anybody."""
        first, last = (one.isoformat() for one in self._calendar_year(1))
        arguments: dict[str, Argument] = {"done": 0, "needed": clause.times, "year": self._as_of.year + 1}
        arguments |= {"opens_on": first, "due_on": last, "last_on": None}
        names = clause.next_year.placeholders if clause.next_year else ()
        return arguments_json_of({name: arguments[name] for name in names})

    def _next_year(self) -> Table:
        rows = self._members(1)
        rows = rows.filter(rows.next_args.notnull())
        year = str(self._as_of.year + 1)
        return self._told_of_next(rows, cycle=ibis.literal(year), reason_args=rows.next_args)

    def _next_own_year(self) -> Table:
        rows = self._members(1)
        rows = rows.filter(rows.anniversary, rows.next_reason.notnull())
        nothing = {"done": ibis.literal("0"), "last_on": ibis.null("string")}
        opens_on = date_json(rows.first_on)
        said = self._arguments(rows, rows.next_shape, needed=rows.times.cast("string"), opens_on=opens_on, **nothing)
        return self._told_of_next(rows, cycle=rows.first_on.cast("string"), reason_args=said)

    def _told_of_next(self, rows: Table, **columns: Any) -> Table:
        facts = listed(rows.enrolment_id)
        kept = ibis.literal(False)
        columns |= {"kept": kept, "opens_on": rows.first_on, "reason_code": rows.next_reason, "facts_used": facts}
        return self._told(rows, **columns)

    # --- what they have in common -------------------------------------------------------------------------------------

    def _told(self, rows: Table, **columns: Any) -> Table:
        ends = {"due_on": rows.last_day, "closes_on": rows.last_day}
        return rows.mutate(classification=ibis.null("string"), urgency=ibis.literal(0), **ends, **columns)

    def _arguments(self, rows: Table, shape: Any, **arguments: Any) -> Any:
        of_the_year = {"year": rows.first_on.year().cast("string"), "due_on": date_json(rows.last_day)}
        return self._shapes.json(shape, arguments | of_the_year)

    def _members(self, later: int) -> Table:
        """The members of each clause with the first and last day of this year, or of the next one."""
        rows = self._roll.rows.select("person_id", "eligible", "start_on", "enrolment_id")
        rows = rows.inner_join(self._clauses, "eligible")
        first, last = self._first_and_last(rows, later)
        return rows.mutate(first_on=first, last_day=last)

    def _first_and_last(self, rows: Table, later: int) -> tuple[Any, Any]:
        """The days between which each row's year lies (it has start_on and anniversary), or a later year."""
        first, last = (day(one) for one in self._calendar_year(later))
        if not any(promise.clause.anniversary for promise in self._promises):
            return first, last
        years = ibis.literal(self._as_of.year) - rows.start_on.year()
        begun = (years_after(rows.start_on, years.cast("int32")) <= day(self._as_of)).cast("int32")
        whole = (years - 1 + begun + later).cast("int32")
        own_first, following = (years_after(rows.start_on, (whole + more).cast("int32")) for more in (0, 1))
        own_last = offset_day(following, 0, -1)
        return ibis.ifelse(rows.anniversary, own_first, first), ibis.ifelse(rows.anniversary, own_last, last)

    def _calendar_year(self, later: int) -> tuple[date, date]:
        year = self._as_of.year + later
        return date(year, 1, 1), date(year, 12, 31)


def needed(clauses: Sequence[PerYear], rows: Table, year: int) -> Any:
    """How often it must be done in the year, by each row's times, prorated and start_on.

    The share of the year's days, rounded up, only falls as the first day moves on; so each number holds up to a last
    first day, and the database has only to compare days.
    """
    shared = sorted({clause.times for clause in clauses if clause.prorated and clause.times > 1})
    steps = [
        (rows.prorated & (rows.times == times) & (rows.start_on <= last_start(times, number, year)), number)
        for times in shared
        for number in range(times, 1, -1)
    ]
    otherwise = ibis.ifelse(rows.prorated & (rows.times > 1), 1, rows.times)
    return ibis.cases(*steps, else_=otherwise).cast("int64") if steps else rows.times


def last_start(times: int, number: int, year: int) -> date:
    """The last day on which somebody can come in and still need `number` of `times` in the year."""
    days_in_year = (date(year, 12, 31) - date(year, 1, 1)).days + 1
    # ceil(times * inside / days) >= number  <=>  inside > (number - 1) * days / times
    inside = (number - 1) * days_in_year // times + 1
    return date(year, 12, 31) - timedelta(days=inside - 1)
