"""From a YAML file to a `Standard`, or to everything that is wrong with the file, with lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.conditions import Conditions, read_limits
from jinxiu.standards.model import (
    CONTACT_PLACEHOLDERS,
    COUNTED,
    LANGUAGES,
    NEVER_SEEN_PLACEHOLDERS,
    PER_YEAR_PLACEHOLDERS,
    PREVIOUS,
    PREVIOUS_ON,
    Always,
    Case,
    Clause,
    ClausesKept,
    Contact,
    CountContacts,
    Counted,
    CountEvents,
    CountObservations,
    Eligibility,
    EnrolledIn,
    Indicator,
    Interval,
    LatestInYear,
    Limit,
    MinAge,
    NeverSeen,
    Outcome,
    PerYear,
    Previous,
    Source,
    Standard,
    Test,
    Text,
    placeholders,
    walk,
)
from jinxiu.standards.positions import (
    TOO_DEEP,
    Mistake,
    Mistakes,
    Reader,
    StandardError,
    compose,
    is_quoted,
    kind_of,
    one_of,
)

__all__ = ["Mistake", "StandardError", "read_standard"]

_REQUIRED = ("id", "version", "valid_from", "title", "source", "eligible", "clauses")
_OPTIONAL = ("valid_to", "limits", "contact", "cases", "last_value", "indicators")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_OUTCOME = ("reason", "section", "say")
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 12, 31)
_LONGEST_DAYS = 1000
_OLDEST = 130


def read_standard(path: Path | str, codes: Codes | None = None) -> Standard:
    """Read one standard; raises StandardError, whose `.mistakes` has all of the file's mistakes in line order.

    `codes` is the code list to read with; by default the installed ones and a codes.yaml beside the file.
    """
    path = Path(path)
    mistakes = Mistakes(str(path))
    root = compose(path, mistakes)
    standard = None
    if root is not None:
        try:
            standard = _StandardReader(Reader(mistakes), codes or codes_for(path)).standard(root, str(path))
        except RecursionError:
            mistakes.add_line(1, TOO_DEEP)
    if mistakes.found or standard is None:
        raise StandardError(mistakes.found)
    return standard


class _StandardReader:
    """Reads the parts in the order in which they need each other; a part that is wrong is left out and noted."""

    def __init__(self, reader: Reader, codes: Codes) -> None:
        self.reader = reader
        self.mistakes = reader.mistakes
        self.codes = codes
        self.limits: Mapping[str, Limit] = {}
        self.readings: tuple[str, ...] = ()
        self.conditions = Conditions(reader, codes, (), {})
        self.reasons: dict[str, int] = {}

    def standard(self, root: Node, file: str) -> Standard | None:
        keys = self.reader.keys(root, "", _REQUIRED, _OPTIONAL)
        identifier = self.name(keys.get("id"), "id")
        version = self.quoted(keys.get("version"), "version")
        valid_from = self.day(keys.get("valid_from"), "valid_from")
        valid_to = self.day(keys.get("valid_to"), "valid_to")
        if valid_from and valid_to and valid_to < valid_from:
            self.mistakes.add(keys["valid_to"], "valid_to", str(valid_to), f"a day from {valid_from} on")
        title, source = self.text(keys.get("title"), "title"), self.source(keys.get("source"))
        eligible = self.eligible(keys.get("eligible"))
        self.limits = read_limits(self.reader, keys.get("limits"), self.codes)
        contact = self.contact(keys.get("contact"))
        self.check_limit_names(keys.get("limits"))
        cases = self.cases(keys.get("cases"))
        clauses = self.clauses(keys.get("clauses"))
        last_value = self.text(keys.get("last_value"), "last_value", allowed=self.readings)
        indicators = self.indicators(keys.get("indicators"), clauses)
        self.check_parts(keys, clauses)
        if self.mistakes.found:
            return None
        # Nothing was noted, so everything that is needed was read; the type checker wants it said.
        assert identifier is not None and version is not None and valid_from is not None  # noqa: PT018
        assert title is not None and source is not None and eligible is not None  # noqa: PT018
        return Standard(
            id=identifier,
            version=version,
            valid_from=valid_from,
            valid_to=valid_to,
            title=title,
            source=source,
            eligible=eligible,
            limits=tuple(self.limits.values()),
            contact=contact,
            cases=cases,
            clauses=clauses,
            last_value=last_value,
            indicators=indicators,
            file=file,
        )

    # --- small values -------------------------------------------------------------------------------------------------

    def name(self, node: Node | None, place: str) -> str | None:
        """A name of ours: small letters, digits and underscores."""
        value = self.reader.text(node, place)
        if value is None or node is None or _NAME.fullmatch(value):
            return value
        self.mistakes.add(node, place, repr(value), "small letters, digits and _, such as yearly_exam")
        return None

    def quoted(self, node: Node | None, place: str) -> str | None:
        """A text in quotes, so that YAML does not turn 2017.10 into 2017.1."""
        if isinstance(node, ScalarNode) and node.value.strip() and not is_quoted(node):
            self.mistakes.add(node, place, f"{node.value} without quotes", f'the same in quotes: "{node.value}"')
            return None
        return self.reader.text(node, place)

    def day(self, node: Node | None, place: str) -> date | None:
        """A date in quotes, YYYY-MM-DD, from 1900 to 2200."""
        value = self.quoted(node, place)
        if value is None or node is None:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or len(value) != 10 or not _EARLIEST <= day <= _LATEST:
            self.mistakes.add(node, place, repr(value), 'a date from 1900 to 2200 as "YYYY-MM-DD"')
            return None
        return day

    def text(self, node: Node | None, place: str, allowed: Iterable[str] | None = None) -> Text | None:
        """The same words in all languages; `allowed`: the placeholders that they may use (None: no template)."""
        keys = self.reader.keys(node, place, LANGUAGES)
        words = {language: self.reader.text(keys.get(language), f"{place}.{language}") for language in LANGUAGES}
        if allowed is not None:
            for language, template in words.items():
                if template is not None:
                    self.check_template(keys[language], f"{place}.{language}", template, allowed)
        zh, en = words["zh"], words["en"]
        return Text(zh, en) if zh and en else None

    def check_template(self, node: Node, place: str, template: str, allowed: Iterable[str]) -> None:
        """Unknown placeholders; braces or brackets that do not close."""
        allowed = tuple(allowed)
        for name in placeholders(template):
            if name not in allowed:
                self.mistakes.add(node, place, f"{{{name}}}", one_of(name, allowed))
        marks = "".join(mark for mark in template if mark in "{}[]")
        if not re.fullmatch(r"(\{\}|\[(\{\})+\])*", marks):
            self.mistakes.add(node, place, f"the marks {marks}", "{name}, and [a part with a {name} in it]")

    def source(self, node: Node | None) -> Source | None:
        keys = self.reader.keys(node, "source", ("title", "short", "section"))
        title, short = (self.text(keys.get(part), f"source.{part}") for part in ("title", "short"))
        section = self.reader.text(keys.get("section"), "source.section")
        return Source(title, short, section) if title and short and section else None

    # --- who, and which contacts --------------------------------------------------------------------------------------

    def eligible(self, node: Node | None) -> Eligibility | None:
        keys = self.reader.keys(node, "eligible", (), ("enrolled_in", "min_age"))
        if node is not None and len(keys) != 1:
            self.mistakes.add(node, "eligible", " and ".join(keys) or "neither", "one of enrolled_in, min_age")
            return None
        kind = self.reader.word(keys.get("enrolled_in"), "eligible.enrolled_in", self.codes.enrolments)
        years = self.reader.whole(keys.get("min_age"), "eligible.min_age", 0, _OLDEST)
        if kind is not None:
            return EnrolledIn(kind)
        return MinAge(years) if years is not None else None

    def contact(self, node: Node | None) -> Contact | None:
        keys = self.reader.keys(node, "contact", ("events", "readings", "counts_if"), ("tests",))
        events = self.reader.words(keys.get("events"), "contact.events", self.codes.events)
        self.readings = self.reader.words(keys.get("readings"), "contact.readings", self.codes.observations)
        self.conditions = Conditions(self.reader, self.codes, self.readings, self.limits)
        tests = self.conditions.read_named(keys.get("tests"), "contact.tests")
        counts_if = self.conditions.read(keys.get("counts_if"), "contact.counts_if")
        if counts_if is None:
            return None
        contact = Contact(events, self.readings, tests, counts_if)
        self.conditions.named[COUNTED] = contact.counted
        return contact

    def check_limit_names(self, node: Node | None) -> None:
        """Limits, readings and other placeholders share one set of names, so none may hide another."""
        taken = {*self.readings, *CONTACT_PLACEHOLDERS, *NEVER_SEEN_PLACEHOLDERS, *PER_YEAR_PLACEHOLDERS}
        entries = self.reader.entries(node, "limits") if self.limits else {}
        for name, (key, _) in entries.items():
            if name in taken or name.startswith(PREVIOUS) or not _NAME.fullmatch(name):
                allowed = "small letters, digits and _, and a name that no reading or placeholder has"
                self.mistakes.add(key, "limits", name, allowed)

    # --- cases --------------------------------------------------------------------------------------------------------

    def cases(self, node: Node | None) -> tuple[Case, ...]:
        items = self.reader.items(node, "cases")
        read = [(item, self.case(item, f"cases[{number}]")) for number, item in enumerate(items, start=1)]
        self.check_reach(read)
        return tuple(case for _, case in read if case is not None)

    def check_reach(self, read: list[tuple[Node, Case | None]]) -> None:
        """Every case can be the first that holds, and one always is."""
        earlier: dict[Test, str] = {}
        for item, case in read:
            if case is None:
                continue
            if Always() in earlier:
                allowed = f"it before {earlier[Always()]}, which holds always"
                self.mistakes.add(item, "cases", f"{case.reason}, which can never be reached", allowed)
            elif case.when in earlier:
                found = f"{case.reason}, which asks the same as {earlier[case.when]}"
                self.mistakes.add(item, "cases", found, "a condition of its own")
            earlier.setdefault(case.when, case.reason)
        if read and read[-1][1] is not None and Always() not in earlier:
            self.mistakes.add(read[-1][0], "cases", "a last case that may not hold", "a last case with when: always")

    def case(self, node: Node, place: str) -> Case | None:
        fields = ("when", "classification", "action", "urgency", "next_within_days")
        keys = self.reader.keys(node, place, (*_OUTCOME, *fields))
        when = self.conditions.read_when(keys.get("when"), f"{place}.when")
        outcome = self.outcome(keys, place, self.case_placeholders(when))
        classes = self.codes.classifications
        classification = self.reader.word(keys.get("classification"), f"{place}.classification", classes)
        action = self.action(keys, place)
        urgency = self.reader.whole(keys.get("urgency"), f"{place}.urgency", 0, 3)
        days = self.days(keys, "next_within_days", place)
        if not (outcome and when and classification and action and days) or urgency is None:
            return None
        return Case(
            outcome.reason, outcome.section, outcome.say, when, classification, action, urgency, next_within_days=days
        )

    def case_placeholders(self, when: Test | None) -> tuple[str, ...]:
        names = (*CONTACT_PLACEHOLDERS, *self.readings, *self.limits)
        if when is not None and not any(isinstance(test, Previous) for test in walk(when)):
            return names
        return (*names, PREVIOUS_ON, *(f"{PREVIOUS}{reading}" for reading in self.readings))

    def outcome(self, keys: Mapping[str, Node], place: str, allowed: Iterable[str]) -> Outcome | None:
        """Reason, section and sentence; a reason code means one thing within a clause."""
        reason = self.name(keys.get("reason"), f"{place}.reason")
        section = self.reader.text(keys.get("section"), f"{place}.section")
        say = self.text(keys.get("say"), f"{place}.say", allowed)
        if reason is not None:
            self.check_reason(keys["reason"], place, reason)
        return Outcome(reason, section, say) if reason and section and say else None

    def check_reason(self, node: Node, place: str, reason: str) -> None:
        # Cases and never_seen answer for the same clause; each per-year clause has its own reasons.
        scope = "" if place.startswith("cases") or place.endswith("never_seen") else place.rsplit(".", 1)[0]
        key = f"{scope}/{reason}"
        if key in self.reasons:
            self.mistakes.add(
                node, place, f"reason {reason} a second time", f"another one than on line {self.reasons[key]}"
            )
        self.reasons.setdefault(key, node.start_mark.line + 1)

    def action(self, keys: Mapping[str, Node], place: str) -> str | None:
        return self.reader.word(keys.get("action"), f"{place}.action", self.codes.actions)

    def days(self, keys: Mapping[str, Node], name: str, place: str, low: int = 1) -> int | None:
        return self.reader.whole(keys.get(name), f"{place}.{name}", low, _LONGEST_DAYS)

    # --- clauses ------------------------------------------------------------------------------------------------------

    def clauses(self, node: Node | None) -> tuple[Clause, ...]:
        read = [
            self.clause(self.name(key, "clauses"), value, f"clauses.{name}")
            for name, (key, value) in self.reader.entries(node, "clauses").items()
        ]
        if node is not None and not read:
            self.mistakes.add(node, "clauses", kind_of(node), "at least one clause: interval or per_year")
        return tuple(clause for clause in read if clause is not None)

    def clause(self, identifier: str | None, node: Node, place: str) -> Clause | None:
        keys = self.reader.keys(node, place, ("title",), ("interval", "per_year"))
        title = self.text(keys.get("title"), f"{place}.title")
        kinds = [kind for kind in ("interval", "per_year") if kind in keys]
        if len(kinds) != 1:
            self.mistakes.add(node, place, " and ".join(kinds) or "no kind", "one of interval, per_year")
            return None
        if kinds == ["interval"]:
            return self.interval(identifier, title, keys["interval"], f"{place}.interval")
        return self.per_year(identifier, title, keys["per_year"], f"{place}.per_year")

    def interval(self, identifier: str | None, title: Text | None, node: Node, place: str) -> Interval | None:
        keys = self.reader.keys(node, place, ("opens_before_days", "never_seen"))
        opens = self.days(keys, "opens_before_days", place, low=0)
        never_seen = self.never_seen(keys.get("never_seen"), f"{place}.never_seen")
        if identifier and title and never_seen and opens is not None:
            return Interval(identifier, title, opens, never_seen)
        return None

    def never_seen(self, node: Node | None, place: str) -> NeverSeen | None:
        keys = self.reader.keys(node, place, (*_OUTCOME, "within_days", "action", "urgency"))
        outcome = self.outcome(keys, place, NEVER_SEEN_PLACEHOLDERS) if keys else None
        days, action = self.days(keys, "within_days", place), self.action(keys, place)
        urgency = self.reader.whole(keys.get("urgency"), f"{place}.urgency", 0, 3)
        if outcome and days and action and urgency is not None:
            return NeverSeen(outcome.reason, outcome.section, outcome.say, days, action, urgency)
        return None

    def per_year(self, identifier: str | None, title: Text | None, node: Node, place: str) -> PerYear | None:
        outcomes = ("done", "short", "next_year")
        keys = self.reader.keys(node, place, ("count", "times", "action", *outcomes), ("prorated",))
        counts = self.counted(keys.get("count"), f"{place}.count")
        times = self.reader.whole(keys.get("times"), f"{place}.times", 1, 366)
        prorated = self.reader.yes_no(keys.get("prorated"), f"{place}.prorated") or False
        action = self.action(keys, place)
        done, short, next_year = (self.year_outcome(keys.get(name), f"{place}.{name}") for name in outcomes)
        if identifier and title and counts and times and action and done and short and next_year:
            return PerYear(identifier, title, counts, times, prorated, action, done, short, next_year)
        return None

    def year_outcome(self, node: Node | None, place: str) -> Outcome | None:
        return self.outcome(self.reader.keys(node, place, _OUTCOME), place, PER_YEAR_PLACEHOLDERS)

    def counted(self, node: Node | None, place: str) -> Counted | None:
        keys = self.reader.keys(node, place, (), ("events", "contacts", "observations", "since_start"))
        kinds = [kind for kind in keys if kind != "since_start"]
        if node is None or len(kinds) != 1:
            if node is not None:
                found = " and ".join(kinds) or "nothing to count"
                self.mistakes.add(node, place, found, "one of events, contacts, observations")
            return None
        since_start = self.reader.yes_no(keys.get("since_start"), f"{place}.since_start") or False
        if kinds == ["contacts"]:
            return self.counted_contacts(keys, place)
        if kinds == ["events"]:
            events = self.reader.words(keys["events"], f"{place}.events", self.codes.events)
            return CountEvents(events, since_start) if events else None
        code = self.reader.word(keys["observations"], f"{place}.observations", self.codes.observations)
        return CountObservations(code, since_start) if code else None

    def counted_contacts(self, keys: Mapping[str, Node], place: str) -> CountContacts | None:
        if "since_start" in keys:
            self.mistakes.add(
                keys["since_start"], place, "since_start", "it not; contacts always count since the start"
            )
        modes = self.reader.words(keys["contacts"], f"{place}.contacts", self.codes.modes)
        return CountContacts(modes) if modes else None

    # --- indicators, and what the parts ask of each other -------------------------------------------------------------

    def indicators(self, node: Node | None, clauses: tuple[Clause, ...]) -> tuple[Indicator, ...]:
        read = [
            self.indicator(self.name(key, "indicators"), value, f"indicators.{name}", clauses)
            for name, (key, value) in self.reader.entries(node, "indicators").items()
        ]
        return tuple(indicator for indicator in read if indicator is not None)

    def indicator(
        self, identifier: str | None, node: Node, place: str, clauses: tuple[Clause, ...]
    ) -> Indicator | None:
        keys = self.reader.keys(node, place, ("title", "section"), ("latest_in_year", "clauses_kept"))
        title = self.text(keys.get("title"), f"{place}.title")
        section = self.reader.text(keys.get("section"), f"{place}.section")
        kinds = [kind for kind in ("latest_in_year", "clauses_kept") if kind in keys]
        if len(kinds) != 1:
            self.mistakes.add(node, place, " and ".join(kinds) or "no numerator", "one of latest_in_year, clauses_kept")
            return None
        numerator = self.numerator(kinds[0], keys[kinds[0]], f"{place}.{kinds[0]}", clauses)
        return (
            Indicator(identifier, title, section, numerator) if identifier and title and section and numerator else None
        )

    def numerator(
        self, kind: str, node: Node, place: str, clauses: tuple[Clause, ...]
    ) -> LatestInYear | ClausesKept | None:
        if kind == "clauses_kept":
            yearly = [clause.id for clause in clauses if isinstance(clause, PerYear)]
            kept = self.reader.words(node, place, yearly)
            return ClausesKept(kept) if kept else None
        keys = self.reader.keys(node, place, ("which", "passes"))
        which, passes = (self.conditions.read(keys.get(part), f"{place}.{part}") for part in ("which", "passes"))
        return LatestInYear(which, passes) if which and passes else None

    def check_parts(self, keys: Mapping[str, Node], clauses: tuple[Clause, ...]) -> None:
        """A repeating contact needs contact and cases; cases decide nothing without one."""
        intervals: list[Clause] = [clause for clause in clauses if isinstance(clause, Interval)]
        contacts = [c for c in clauses if isinstance(c, PerYear) and isinstance(c.counts, CountContacts)]
        clauses_node = keys.get("clauses")
        if clauses_node is not None and "contact" not in keys and (intervals or contacts):
            names = ", ".join(clause.id for clause in (*intervals, *contacts))
            self.mistakes.add(clauses_node, "clauses", f"{names} without contact:", "contact: that says what counts")
        if clauses_node is not None and "cases" not in keys and intervals:
            self.mistakes.add(
                clauses_node, "clauses", "an interval without cases:", "cases: that say when the next is due"
            )
        if "cases" in keys and clauses and not intervals:
            self.mistakes.add(
                keys["cases"], "cases", "cases without an interval clause", "an interval that they decide"
            )
