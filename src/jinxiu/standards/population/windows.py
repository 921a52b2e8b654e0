"""Windows counted from an anchor, for all members: as `schedules.window_slots`."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from jinxiu.standards.model import Anchor, Cycle, Offset, Window
from jinxiu.standards.population.answers import date_in, day, offset_day
from jinxiu.standards.population.contacts import key_of, of_key
from jinxiu.standards.population.engines import Table, Workspace
from jinxiu.standards.population.occurrences import Occurrences
from jinxiu.standards.population.texts import APART, arguments_json, date_json, ids_json, listed


class WindowRows:
    """The cycles of one clause that have opened and the next to open, with what was done in each."""

    def __init__(self, place: Workspace, clause: Window, members: Table, seen: Occurrences, as_of: date) -> None:
        self._place, self._clause, self._members, self._as_of = place, clause, members, as_of
        self._seen = seen

    def table(self, verdicts: Any) -> Table:
        """The rows, by the caller's `verdicts`."""
        clause, rows = self._clause, self._owed()
        arguments = {
            "anchor_on": date_json(rows.anchor_on),
            "cycle": ibis.literal('"') + rows.cycle + '"',
            "opens_on": date_json(rows.opens_on),
            "due_on": date_json(rows.due_on),
            "closes_on": date_json(rows.closes_on),
            "done": rows.done.cast("string"),
            "needed": ibis.literal(str(clause.times)),
            "last_on": date_json(rows.last_on),
        }
        said = [(o.reason, arguments_json(arguments, o.placeholders)) for o in (clause.done, clause.upcoming)]
        missing = clause.missing.reason, arguments_json(arguments, clause.missing.placeholders)
        when = (rows.kept, rows.opens_on > day(self._as_of))

        def told(number: int) -> Any:
            outcomes = ((holds, outcome[number]) for holds, outcome in zip(when, said, strict=True))
            return ibis.cases(*outcomes, else_=missing[number])

        return verdicts(
            rows,
            clause,
            cycle=rows.cycle,
            kept=rows.kept,
            opens_on=rows.opens_on,
            due_on=rows.due_on,
            closes_on=rows.closes_on,
            action=ibis.literal(clause.action),
            urgency=ibis.ifelse(when[0] | when[1], 0, clause.urgency),
            reason_code=told(0),
            reason_args=told(1),
            facts_used=ids_json(listed(rows.enrolment_id) + listed(rows.anchor_id) + listed(rows.ids)),
        )

    # --- the days -----------------------------------------------------------------------------------------------------

    def _anchored(self) -> Table:
        """The members who have an anchor, with anchor_on, anchor_id (null unless it is an event) and ended_on."""
        anchor, rows = self._clause.anchor, self._members
        if anchor.events:
            rows = self._after_event(anchor)
        else:
            rows = rows.mutate(anchor_on=_plain_anchor(anchor.day, rows), anchor_id=ibis.null("string"))
        rows = rows.filter(rows.anchor_on.notnull())
        if not self._clause.until:
            return rows.mutate(ended_on=ibis.null("date"))
        ends = self._since_start(self._clause.until).group_by("person_id").agg(ended_on=ibis._.happened_on.min())
        return rows.left_join(ends, "person_id").drop("person_id_right")

    def _after_event(self, anchor: Anchor) -> Table:
        events = self._since_start(anchor.events)
        keyed = events.select("person_id", key=key_of(events.happened_on, events.id))
        chosen = keyed.key.max() if anchor.day == "latest" else keyed.key.min()
        found = keyed.group_by("person_id").agg(anchor_=chosen)
        found = found.select("person_id", **of_key(found, "anchor_"))
        rows = self._members.left_join(found, "person_id").drop("person_id_right")
        otherwise = _plain_anchor(anchor.otherwise, rows)
        return rows.mutate(
            anchor_on=ibis.coalesce(rows.anchor_happened_on, otherwise), anchor_id=rows.anchor_event_id
        ).drop("anchor_happened_on", "anchor_event_id")

    def _since_start(self, kinds: tuple[str, ...]) -> Table:
        events = self._seen.events(kinds).inner_join(self._members.select("person_id", "start_on"), "person_id")
        return events.filter(events.happened_on >= events.start_on)

    def _slots(self) -> Table:
        anchored = self._place.keep(self._anchored(), "anchored")
        cycles = self._clause.cycles
        slots = [
            _slot(anchored, cycle, before, self._as_of) for before, cycle in zip((None, *cycles), cycles, strict=False)
        ]
        return self._place.keep(ibis.union(*slots, distinct=False) if len(slots) > 1 else slots[0], "slots")

    # --- what was done ------------------------------------------------------------------------------------------------

    def _owed(self) -> Table:
        slots = self._slots()
        found = self._seen.of(self._clause.counts)
        asked = slots.select("person_id", "cycle", "opens_on", "closes_on", "start_on")
        inside = asked.inner_join(found, "person_id")
        first = ibis.greatest(inside.opens_on, inside.start_on) if self._clause.counts.since_start else inside.opens_on
        open_then = inside.closes_on.isnull() | (inside.happened_on <= inside.closes_on)
        inside = inside.filter(inside.happened_on >= first, open_then)
        in_order = inside.id.group_concat(APART, order_by=[inside.happened_on, inside.id])
        counted = inside.group_by("person_id", "cycle").agg(
            done=inside.count(), last_on=inside.happened_on.max(), ids=in_order
        )
        rows = slots.left_join(counted, ["person_id", "cycle"]).drop("person_id_right", "cycle_right")
        rows = rows.mutate(done=rows.done.fill_null(0))
        rows = rows.mutate(kept=rows.done >= self._clause.times)
        over_by_then = (rows.closes_on < rows.ended_on).fill_null(False)
        return rows.filter(rows.kept | rows.ended_on.isnull() | over_by_then)


def _plain_anchor(name: str, rows: Table) -> Any:
    """The day of an anchor that is no event; null for none."""
    match name:
        case "birth":
            return rows.birth_date
        case "start":
            return rows.start_on
        case "value":
            return date_in(rows.value)
    return ibis.null("date")


def _slot(anchored: Table, cycle: Cycle, before: Cycle | None, as_of: date) -> Table:
    """One cycle for those for whom the one before it has opened, unless it closed before they came in."""
    opens_on = _after(anchored.anchor_on, cycle.opens)
    closes_on = _after(anchored.anchor_on, cycle.closes) if cycle.closes else ibis.null("date")
    rows = anchored.mutate(opens_on=opens_on, due_on=_after(anchored.anchor_on, cycle.due), closes_on=closes_on)
    if before is not None:
        rows = rows.filter(_after(rows.anchor_on, before.opens) <= day(as_of))
    rows = rows.filter(rows.closes_on.isnull() | (rows.closes_on >= rows.start_on))
    name = ibis.literal(cycle.id) if cycle.id else rows.anchor_on.cast("string")
    columns = ("person_id", "start_on", "enrolment_id", "anchor_on", "anchor_id", "ended_on")
    return rows.select(*columns, "opens_on", "due_on", "closes_on", cycle=name)


def _after(anchor_on: Any, offset: Offset) -> Any:
    return offset_day(anchor_on, offset.months, offset.days)
