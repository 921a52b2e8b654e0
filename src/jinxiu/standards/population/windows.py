"""Windows counted from an anchor, of all clauses and for all members: as `schedules.window_slots`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import CountEvents, Cycle, Offset, Window
from jinxiu.standards.population.answers import date_in, day
from jinxiu.standards.population.contacts import key_of, of_key
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.members import Roll
from jinxiu.standards.population.occurrences import ANCHOR, COUNTED, UNTIL, Occurrences, Want
from jinxiu.standards.population.promises import Promise, outcome_columns, outcome_values, table
from jinxiu.standards.population.texts import APART, Shapes, date_json, listed

_COLUMNS = {"anchor": "string", "latest": "boolean", "times": "int64", "action": "string", "urgency": "int32"}
_CYCLE = {
    "number": "int32",
    "cycle": "int32",
    "name": "string",
    **{f"{end}_{unit}": "int32" for end in ("before", "opens", "due", "closes") for unit in ("months", "days")},
}


def wants(promise: Promise) -> Iterator[Want]:
    """What a window looks for."""
    clause: Window = promise.clause
    yield Want(promise, COUNTED, clause.counts, clause.counts.since_start)
    if clause.anchor.events:
        yield Want(promise, ANCHOR, CountEvents(clause.anchor.events))
    if clause.until:
        yield Want(promise, UNTIL, CountEvents(clause.until))


class Windows:
    """The cycles that have opened and the next to open, with what was done in each."""

    def __init__(
        self, place: Workspace, promises: Sequence[Promise], roll: Roll, seen: Occurrences, as_of: date
    ) -> None:
        self._place, self._roll, self._seen, self._as_of = place, roll, seen, as_of
        self._shapes = Shapes()
        self._days = sorted({_plain_day(promise.clause) for promise in promises} - {""})
        columns = _COLUMNS | outcome_columns("done", "upcoming", "missing")
        self._clauses = table(place, "windows", promises, columns, self._values)
        self._cycles = place.rows("cycles", _CYCLE, [row for promise in promises for row in _cycle_rows(promise)])

    def rows(self) -> Table:
        """The verdict rows, as `verdicts.COLUMNS`."""
        rows = self._owed()
        upcoming = ~rows.kept & (rows.opens_on > day(self._as_of))
        arguments = {
            "anchor_on": date_json(rows.anchor_on),
            "cycle": ibis.literal('"') + rows.name + '"',
            "opens_on": date_json(rows.opens_on),
            "due_on": date_json(rows.due_on),
            "closes_on": date_json(rows.closes_on),
            "done": rows.done.cast("string"),
            "needed": rows.times.cast("string"),
            "last_on": date_json(rows.last_on),
        }

        def outcome(what: str) -> Any:
            return ibis.cases(
                (rows.kept, rows[f"done_{what}"]),
                (upcoming, rows[f"upcoming_{what}"]),
                else_=rows[f"missing_{what}"],
            )

        return rows.mutate(
            cycle=rows.name,
            urgency=ibis.ifelse(rows.kept | upcoming, 0, rows.urgency),
            classification=ibis.null("string"),
            reason_code=outcome("reason"),
            reason_args=self._shapes.json(outcome("shape"), arguments),
            facts_used=listed(rows.enrolment_id) + listed(rows.anchor_id) + listed(rows.ids),
        )

    def _values(self, clause: Window) -> list[Any]:
        outcomes = outcome_values(self._shapes, clause.done, clause.upcoming, clause.missing)
        latest = clause.anchor.day == "latest"
        return [_plain_day(clause), latest, clause.times, clause.action, clause.urgency, *outcomes]

    # --- the days -----------------------------------------------------------------------------------------------------

    def _anchored(self) -> Table:
        """The members who have an anchor, with anchor_on, anchor_id (null unless it is an event) and ended_on."""
        clauses = self._clauses.select("number", "eligible", "anchor")
        rows = self._roll.rows.inner_join(clauses, "eligible")
        plain = {"birth": rows.birth_date, "start": rows.start_on}
        days = ((rows.anchor == name, plain[name] if name in plain else date_in(rows.value)) for name in self._days)
        plain_on = ibis.cases(*days, else_=ibis.null("date")) if self._days else ibis.null("date")
        rows = rows.mutate(anchor_on=plain_on, anchor_id=ibis.null("string"))
        if ANCHOR in self._seen.roles:
            rows = rows.left_join(self._chosen(), ["person_id", "number"])
            event_on, event_id = rows.event_happened_on, rows.event_event_id
            rows = rows.mutate(anchor_on=ibis.coalesce(event_on, rows.anchor_on), anchor_id=event_id)
        rows = rows.filter(rows.anchor_on.notnull())
        rows = rows.select("person_id", "number", "start_on", "enrolment_id", "anchor_on", "anchor_id")
        if UNTIL not in self._seen.roles:
            return rows.mutate(ended_on=ibis.null("date"))
        ends = self._seen.of(UNTIL)
        ended = ends.group_by("person_id", "number").agg(ended_on=ends.happened_on.min())
        return rows.left_join(ended, ["person_id", "number"]).drop("person_id_right", "number_right")

    def _chosen(self) -> Table:
        """The first or the latest event of each member, as the clause says: event_event_id, event_happened_on."""
        keyed = self._seen.of(ANCHOR).inner_join(self._clauses.select("number", "latest"), "number")
        keyed = keyed.mutate(key=key_of(keyed.happened_on, keyed.id))
        last, first = keyed.key.max(where=keyed.latest), keyed.key.min(where=~keyed.latest)
        found = keyed.group_by("person_id", "number").agg(last=last, first=first)
        found = found.select("person_id", "number", event_=ibis.coalesce(found["last"], found["first"]))
        return found.select("person_id", "number", **of_key(found, "event_"))

    def _slots(self) -> Table:
        """Each cycle for those for whom the one before it has opened, unless it closed before they came in."""
        rows = self._anchored().inner_join(self._cycles, "number")
        days = {f"{end}_on": _after(rows, end) for end in ("before", "opens", "due", "closes")}
        rows = rows.select(*_SLOT, **days, name=ibis.coalesce(rows.name, rows.anchor_on.cast("string")))
        rows = rows.filter(
            rows.before_on.isnull() | (rows.before_on <= day(self._as_of)),
            rows.closes_on.isnull() | (rows.closes_on >= rows.start_on),
        )
        return self._place.keep(rows.drop("before_on"), "slots")

    # --- what was done ------------------------------------------------------------------------------------------------

    def _owed(self) -> Table:
        slots = self._slots()
        found = self._seen.of(COUNTED).select("person_id", "number", "happened_on", "id")
        inside = slots.select("person_id", "number", "cycle", "opens_on", "closes_on")
        inside = inside.inner_join(found, ["person_id", "number"])
        open_then = inside.closes_on.isnull() | (inside.happened_on <= inside.closes_on)
        inside = inside.filter(inside.happened_on >= inside.opens_on, open_then)
        in_order = inside.id.group_concat(APART, order_by=[inside.happened_on, inside.id])
        counted = inside.group_by("person_id", "number", "cycle").agg(
            done=inside.count(), last_on=inside.happened_on.max(), ids=in_order
        )
        rows = slots.left_join(counted, ["person_id", "number", "cycle"])
        rows = rows.drop("person_id_right", "number_right", "cycle_right").inner_join(self._clauses, "number")
        rows = rows.mutate(done=rows.done.fill_null(0))
        rows = rows.mutate(kept=rows.done >= rows.times)
        over_by_then = (rows.closes_on < rows.ended_on).fill_null(False)
        return rows.filter(rows.kept | rows.ended_on.isnull() | over_by_then)


_SLOT = ("person_id", "number", "start_on", "enrolment_id", "anchor_on", "anchor_id", "ended_on", "cycle")


def _plain_day(clause: Window) -> str:
    """The name of the anchor's day when it is no event; empty for none."""
    return clause.anchor.otherwise if clause.anchor.events else clause.anchor.day


def _cycle_rows(promise: Promise) -> Iterator[tuple[Any, ...]]:
    cycles: tuple[Cycle, ...] = promise.clause.cycles
    for place, (before, cycle) in enumerate(zip((None, *cycles), cycles, strict=False)):
        offsets = (before.opens if before else None, cycle.opens, cycle.due, cycle.closes)
        yield promise.number, place, cycle.id or None, *(part for offset in offsets for part in _parts(offset))


def _parts(offset: Offset | None) -> tuple[int | None, int | None]:
    return (offset.months, offset.days) if offset else (None, None)


def _after(rows: Table, end: str) -> Any:
    """The day that lies so far from the anchor as the cycle says; null where it does not."""
    months, days = rows[f"{end}_months"].as_interval("M"), rows[f"{end}_days"].as_interval("D")
    return (rows.anchor_on + months + days).cast("timestamp").cast("date")
