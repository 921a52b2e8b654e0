"""Reads the promises of a standard: interval, per_year, window, one_off, after_each, and what they count."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from yaml.nodes import MappingNode, Node, ScalarNode

from jinxiu.standards.codes import Codes
from jinxiu.standards.conditions import Conditions
from jinxiu.standards.days import DIFFICULT_DAYS
from jinxiu.standards.model import (
    AFTER_EACH_PLACEHOLDERS,
    ANCHOR_DAYS,
    COMPARISONS,
    NEVER_SEEN_PLACEHOLDERS,
    PER_YEAR_PLACEHOLDERS,
    WINDOW_PLACEHOLDERS,
    AfterEach,
    Anchor,
    Clause,
    CountContacts,
    Counted,
    CountEvents,
    CountObservations,
    Cycle,
    Interval,
    NeverSeen,
    Offset,
    Outcome,
    PerYear,
    Text,
    Window,
)
from jinxiu.standards.positions import Reader, is_quoted, kind_of
from jinxiu.standards.read_parts import OUTCOME, PartReader
from jinxiu.standards.verdict import number_text

_KINDS = ("interval", "per_year", "window", "one_off", "after_each")
_UNITS = ("years", "months", "weeks", "days", "hours")
_FARTHEST = 1000
_CYCLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class ClauseReader(PartReader):
    """Reads clauses, with the small parts that they are made of."""

    def __init__(self, reader: Reader, codes: Codes) -> None:
        super().__init__(reader, codes)
        self.conditions = Conditions(reader, codes, (), {})

    def clauses(self, node: Node | None) -> tuple[Clause, ...]:
        read = [
            self.clause(self.name(key, "clauses"), value, f"clauses.{name}")
            for name, (key, value) in self.reader.entries(node, "clauses").items()
        ]
        if node is not None and not read:
            self.mistakes.add(node, "clauses", kind_of(node), f"at least one clause: {', '.join(_KINDS)}")
        return tuple(clause for clause in read if clause is not None)

    def clause(self, identifier: str | None, node: Node, place: str) -> Clause | None:
        keys = self.reader.keys(node, place, ("title",), (*_KINDS, "visit"))
        title = self.text(keys.get("title"), f"{place}.title")
        visit = self.name(keys.get("visit"), f"{place}.visit") or ""
        kinds = [kind for kind in _KINDS if kind in keys]
        if len(kinds) != 1:
            self.mistakes.add(node, place, " and ".join(kinds) or "no kind", f"one of {', '.join(_KINDS)}")
            return None
        read = getattr(self, kinds[0])
        clause: Clause | None = read(identifier, title, keys[kinds[0]], f"{place}.{kinds[0]}")
        return replace(clause, visit=visit) if clause else None

    def interval(self, identifier: str | None, title: Text | None, node: Node, place: str) -> Interval | None:
        keys = self.reader.keys(node, place, ("opens_before_days", "never_seen"))
        opens = self.days(keys, "opens_before_days", place, low=0)
        never_seen = self.never_seen(keys.get("never_seen"), f"{place}.never_seen")
        if identifier and title and never_seen and opens is not None:
            return Interval(identifier, title, opens, never_seen)
        return None

    def never_seen(self, node: Node | None, place: str) -> NeverSeen | None:
        keys = self.reader.keys(node, place, (*OUTCOME, "within_days", "action", "urgency"))
        outcome = self.outcome(keys, place, NEVER_SEEN_PLACEHOLDERS) if keys else None
        days, action = self.days(keys, "within_days", place), self.action(keys, place)
        urgency = self.reader.whole(keys.get("urgency"), f"{place}.urgency", 0, 3)
        if outcome and days and action and urgency is not None:
            return NeverSeen(outcome.reason, outcome.section, outcome.say, days, action, urgency)
        return None

    def per_year(self, identifier: str | None, title: Text | None, node: Node, place: str) -> PerYear | None:
        keys = self.reader.keys(
            node, place, ("count", "action", "done", "short"), ("times", "prorated", "year", "next_year")
        )
        counts = self.counted(keys.get("count"), f"{place}.count")
        times = self.times(keys, place)
        prorated = self.reader.yes_no(keys.get("prorated"), f"{place}.prorated") or False
        anniversary = self.reader.word(keys.get("year"), f"{place}.year", ("calendar", "start")) == "start"
        if prorated and anniversary:
            self.mistakes.add(keys["prorated"], place, "prorated years from the start", "whole years from the start")
            return None
        action = self.action(keys, place)
        done, short = (self.said(keys, name, place, PER_YEAR_PLACEHOLDERS) for name in ("done", "short"))
        next_year = self.said(keys, "next_year", place, PER_YEAR_PLACEHOLDERS) if "next_year" in keys else None
        if identifier and title and counts and times and action and done and short:
            return PerYear(
                identifier, title, counts, times, prorated, action, done, short, next_year, anniversary=anniversary
            )
        return None

    def times(self, keys: Mapping[str, Node], place: str) -> int | None:
        """How often; once where nothing is said."""
        return self.reader.whole(keys["times"], f"{place}.times", 1, 366) if "times" in keys else 1

    def said(self, keys: Mapping[str, Node], name: str, place: str, allowed: Iterable[str]) -> Outcome | None:
        """One outcome of a clause, with the placeholders that its sentence may use."""
        place = f"{place}.{name}"
        return self.outcome(self.reader.keys(keys.get(name), place, OUTCOME), place, allowed)

    # --- windows, and what is owed once -------------------------------------------------------------------------------

    def window(self, identifier: str | None, title: Text | None, node: Node, place: str) -> Window | None:
        outcomes = ("done", "missing", "upcoming")
        keys = self.reader.keys(
            node, place, ("after", "count", "action", "cycles", *outcomes), ("times", "urgency", "until")
        )
        return self._window(identifier, title, keys, self.cycles(keys.get("cycles"), f"{place}.cycles"), place)

    def one_off(self, identifier: str | None, title: Text | None, node: Node, place: str) -> Window | None:
        """A window with a single cycle, which the anchor's day names. It opens on the anchor unless told otherwise."""
        needed = ("after", "count", "action", "within", "done", "missing")
        optional = ("times", "urgency", "until", "opens", "closes", "upcoming")
        keys = self.reader.keys(node, place, needed, optional)
        due, closes = (self.offset(keys.get(name), f"{place}.{name}") for name in ("within", "closes"))
        opens = self.offset(keys["opens"], f"{place}.opens") if "opens" in keys else Offset()
        cycles: tuple[Cycle, ...] = ()
        if opens is not None and due is not None:
            cycle = Cycle("", None, opens, due, closes)
            cycles = (cycle,) if self.check_cycle(node, place, cycle) else ()
        return self._window(identifier, title, keys, cycles, place)

    def _window(
        self,
        identifier: str | None,
        title: Text | None,
        keys: Mapping[str, Node],
        cycles: tuple[Cycle, ...],
        place: str,
    ) -> Window | None:
        anchor, counts = self.anchor(keys.get("after"), f"{place}.after"), self.listed_facts(keys, "count", place)
        times, action, urgency = self.times(keys, place), self.action(keys, place), self.urgency(keys, place)
        until = self.reader.words(keys["until"], f"{place}.until", self.codes.events) if "until" in keys else ()
        done, missing = (self.said(keys, name, place, WINDOW_PLACEHOLDERS) for name in ("done", "missing"))
        # What opens on a day that has come is never upcoming; it need not have a sentence for it.
        upcoming = self.said(keys, "upcoming", place, WINDOW_PLACEHOLDERS) if "upcoming" in keys else missing
        if not (identifier and title and anchor and counts and times and action and done and missing and upcoming):
            return None
        if urgency is None or not cycles:
            return None
        return Window(
            identifier, title, anchor, counts, times, action, urgency, cycles, done, missing, upcoming, until=until
        )

    def anchor(self, node: Node | None, place: str) -> Anchor | None:
        """birth, start or value; or {latest: […]} or {first: […]}, and otherwise one of these three."""
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            day = self.reader.word(node, place, (*ANCHOR_DAYS, "latest", "first"))
            if day in ("latest", "first"):
                self.mistakes.add(node, place, f"{day} of nothing", f"{day}: with a list of events")
                return None
            return Anchor(day) if day else None
        keys = self.reader.keys(node, place, (), ("latest", "first", "otherwise"))
        days = [day for day in ("latest", "first") if day in keys]
        if len(days) != 1:
            self.mistakes.add(node, place, " and ".join(days) or "no event", "one of latest, first")
            return None
        events = self.reader.words(keys[days[0]], f"{place}.{days[0]}", self.codes.events)
        otherwise = self.reader.word(keys.get("otherwise"), f"{place}.otherwise", ANCHOR_DAYS)
        if not events or ("otherwise" in keys and otherwise is None):
            return None
        return Anchor(days[0], events, otherwise or "")

    def cycles(self, node: Node | None, place: str) -> tuple[Cycle, ...]:
        """The windows by id, each after the one before it, so that one event never fills two."""
        read: list[Cycle] = []
        whole = True
        for identifier, (key, value) in self.reader.entries(node, place).items():
            cycle = self.cycle(key, identifier, value, f"{place}.{identifier}")
            if cycle is None:
                whole = False
            elif read and not all(_apart(read[-1], cycle, day) for day in DIFFICULT_DAYS):
                found = f"{identifier}, which can open before {read[-1].id} has closed"
                self.mistakes.add(key, place, found, "a window that opens after the one before it closes")
                whole = False
            else:
                read.append(cycle)
        if node is not None and not read and whole:
            self.mistakes.add(node, place, "no cycle", "at least one: its id with opens and closes")
        return tuple(read) if whole else ()

    def cycle(self, key: Node, identifier: str, node: Node, place: str) -> Cycle | None:
        if not _CYCLE.fullmatch(identifier) or not isinstance(key, ScalarNode) or not is_quoted(key):
            self.mistakes.add(key, place, identifier, 'letters, digits, - and _ in quotes, such as "18m"')
            return None
        keys = self.reader.keys(node, place, ("title", "opens"), ("due", "closes"))
        title = self.text(keys.get("title"), f"{place}.title")
        opens, due, closes = (self.offset(keys.get(name), f"{place}.{name}") for name in ("opens", "due", "closes"))
        last = due or closes
        if keys and "due" not in keys and "closes" not in keys:
            self.mistakes.add(node, place, "no last day", "due, closes or both")
        if title is None or opens is None or last is None:
            return None
        cycle = Cycle(identifier, title, opens, last, closes)
        return cycle if self.check_cycle(node, place, cycle) else None

    def check_cycle(self, node: Node, place: str, cycle: Cycle) -> bool:
        """It opens before it is due, and is due before it closes, whatever day it is counted from."""
        for day in DIFFICULT_DAYS:
            opens, due = cycle.opens.after(day), cycle.due.after(day)
            if due < opens or (cycle.closes and cycle.closes.after(day) < due):
                self.mistakes.add(node, place, "a window that never opens in time", "opens ≤ due ≤ closes")
                return False
        return True

    def offset(self, node: Node | None, place: str) -> Offset | None:
        """So long after the anchor: {days: 28}, {weeks: 12, days: 6}, {months: 3, days: -30}, {hours: 72}."""
        if node is None:
            return None
        keys = self.reader.keys(node, place, (), tuple(_UNITS))
        numbers = {name: self.signed(keys[name], f"{place}.{name}") for name in keys}
        given = {name: number for name, number in numbers.items() if number is not None}
        if not given or len(given) < len(numbers):
            if not numbers:
                self.mistakes.add(node, place, "no time", f"one or more of {', '.join(_UNITS)}")
            return None
        hours = given.get("hours", 0)
        months = given.get("years", 0) * 12 + given.get("months", 0)
        return Offset(months, given.get("weeks", 0) * 7 + given.get("days", 0) + math.ceil(hours / 24))

    def signed(self, node: Node, place: str) -> int | None:
        """A whole number from -1000 to 1000."""
        number = self.reader.number(node, place)
        if number is None or (number == int(number) and abs(number) <= _FARTHEST):
            return None if number is None else int(number)
        self.mistakes.add(node, place, number_text(number), f"a whole number from -{_FARTHEST} to {_FARTHEST}")
        return None

    # --- answers to questions -----------------------------------------------------------------------------------------

    def after_each(self, identifier: str | None, title: Text | None, node: Node, place: str) -> AfterEach | None:
        needed = ("each", "answered_by", "within_days", "action", "done", "missing")
        keys = self.reader.keys(node, place, needed, ("closes_after_days", "urgency"))
        each, answered_by = (self.listed_facts(keys, name, place) for name in ("each", "answered_by"))
        days, closes = (self.days(keys, name, place, low=0) for name in ("within_days", "closes_after_days"))
        if days is not None and closes is not None and closes < days:
            self.mistakes.add(keys["closes_after_days"], place, f"{closes} days", f"at least {days}, when it is due")
            return None
        action, urgency = self.action(keys, place), self.urgency(keys, place)
        done, missing = (self.said(keys, name, place, AFTER_EACH_PLACEHOLDERS) for name in ("done", "missing"))
        if not (identifier and title and each and answered_by and action and done and missing):
            return None
        if days is None or urgency is None:
            return None
        return AfterEach(identifier, title, each, answered_by, days, closes, action, urgency, done, missing)

    # --- what is counted ----------------------------------------------------------------------------------------------

    def listed_facts(self, keys: Mapping[str, Node], name: str, place: str) -> CountEvents | CountObservations | None:
        """Events or observations; contacts belong to a year."""
        counts = self.counted(keys.get(name), f"{place}.{name}")
        if isinstance(counts, CountContacts):
            self.mistakes.add(keys[name], f"{place}.{name}", "contacts", "events or observations")
            return None
        return counts

    def counted(self, node: Node | None, place: str) -> Counted | None:
        keys = self.reader.keys(
            node, place, (), ("events", "contacts", "observations", "since_start", "modes", *COMPARISONS)
        )
        kinds = [kind for kind in ("events", "contacts", "observations") if kind in keys]
        if node is None or len(kinds) != 1:
            if node is not None:
                found = " and ".join(kinds) or "nothing to count"
                self.mistakes.add(node, place, found, "one of events, contacts, observations")
            return None
        self.check_count_keys(keys, kinds[0], place)
        since_start = self.reader.yes_no(keys.get("since_start"), f"{place}.since_start") or False
        if kinds == ["contacts"]:
            return self.counted_contacts(keys, place)
        if kinds == ["observations"]:
            return self.counted_observations(keys, since_start, place)
        events = self.reader.words(keys["events"], f"{place}.events", self.codes.events)
        modes = self.reader.words(keys["modes"], f"{place}.modes", self.codes.modes) if "modes" in keys else ()
        return CountEvents(events, since_start, modes) if events else None

    def check_count_keys(self, keys: Mapping[str, Node], kind: str, place: str) -> None:
        """Modes are of events, comparisons of observations."""
        allowed = {"events": ("modes",), "observations": COMPARISONS, "contacts": ()}[kind]
        for name in keys:
            if name not in (kind, "since_start", *allowed):
                self.mistakes.add(keys[name], place, f"{name} for {kind}", ", ".join(("since_start", *allowed)))

    def counted_observations(self, keys: Mapping[str, Node], since_start: bool, place: str) -> CountObservations | None:
        """Observations of a code; with a comparison, those whose value meets it."""
        code = self.reader.word(keys["observations"], f"{place}.observations", self.codes.observations)
        comparisons = [name for name in COMPARISONS if name in keys]
        if code is None or not comparisons:
            return CountObservations(code, since_start) if code else None
        if len(comparisons) > 1:
            self.mistakes.add(keys[comparisons[1]], place, " and ".join(comparisons), "one comparison")
            return None
        comparison = comparisons[0]
        limit = self.conditions.limit_for(self.codes[code], comparison, keys[comparison], f"{place}.{comparison}")
        if limit is None:
            return None
        if limit.from_age:
            self.mistakes.add(keys[comparison], place, f"{limit.name}, which goes by age", "a limit without from_age")
            return None
        return CountObservations(code, since_start, comparison, limit)

    def counted_contacts(self, keys: Mapping[str, Node], place: str) -> CountContacts | None:
        if "since_start" in keys:
            self.mistakes.add(
                keys["since_start"], place, "since_start", "it not; contacts always count since the start"
            )
        modes = self.reader.words(keys["contacts"], f"{place}.contacts", self.codes.modes)
        return CountContacts(modes) if modes else None


def _apart(earlier: Cycle, later: Cycle, day: date) -> bool:
    return earlier.closes is not None and earlier.closes.after(day) < later.opens.after(day)
