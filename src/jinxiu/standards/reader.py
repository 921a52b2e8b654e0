"""From a YAML file to a `Standard`, or to everything that is wrong with the file, with lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yaml.nodes import Node

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.conditions import Conditions, read_limits
from jinxiu.standards.model import (
    AFTER_EACH_PLACEHOLDERS,
    CONTACT_PLACEHOLDERS,
    COUNTED,
    DECISION_PLACEHOLDERS,
    NEVER_SEEN_PLACEHOLDERS,
    PER_YEAR_PLACEHOLDERS,
    PREVIOUS,
    PREVIOUS_ON,
    WINDOW_PLACEHOLDERS,
    Advice,
    Always,
    Case,
    Clause,
    ClausesKept,
    Contact,
    CountContacts,
    Decision,
    Indicator,
    Interval,
    LatestInYear,
    Limit,
    PerYear,
    Previous,
    Source,
    Standard,
    Test,
    walk,
)
from jinxiu.standards.positions import TOO_DEEP, Mistake, Mistakes, Reader, StandardError, compose
from jinxiu.standards.read_clauses import ClauseReader
from jinxiu.standards.read_eligible import EligibleReader
from jinxiu.standards.read_parts import NAME, OUTCOME

__all__ = ["Mistake", "StandardError", "read_standard"]

_REQUIRED = ("id", "version", "valid_from", "title", "source", "eligible", "clauses")
_OPTIONAL = ("valid_to", "limits", "contact", "cases", "decided_by", "advice", "last_value", "indicators")


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


class _StandardReader(EligibleReader, ClauseReader):
    """Reads the parts in the order in which they need each other; a part that is wrong is left out and noted."""

    def __init__(self, reader: Reader, codes: Codes) -> None:
        super().__init__(reader, codes)
        self.limits: Mapping[str, Limit] = {}
        self.readings: tuple[str, ...] = ()

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
        self.conditions = Conditions(self.reader, self.codes, (), self.limits)
        contact = self.contact(keys.get("contact"))
        self.check_limit_names(keys.get("limits"))
        cases = self.cases(keys.get("cases"))
        decision = self.decision(keys.get("decided_by"))
        advice = self.advice(keys.get("advice"))
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
            decision=decision,
            advice=advice,
            last_value=last_value,
            indicators=indicators,
            file=file,
        )

    def source(self, node: Node | None) -> Source | None:
        keys = self.reader.keys(node, "source", ("title", "short", "section"))
        title, short = (self.text(keys.get(part), f"source.{part}") for part in ("title", "short"))
        section = self.reader.text(keys.get("section"), "source.section")
        return Source(title, short, section) if title and short and section else None

    # --- who, and which contacts --------------------------------------------------------------------------------------

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
        taken |= {*WINDOW_PLACEHOLDERS, *AFTER_EACH_PLACEHOLDERS, *DECISION_PLACEHOLDERS}
        entries = self.reader.entries(node, "limits") if self.limits else {}
        for name, (key, _) in entries.items():
            if name in taken or name.startswith(PREVIOUS) or not NAME.fullmatch(name):
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
        keys = self.reader.keys(node, place, (*OUTCOME, *fields))
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

    def decision(self, node: Node | None) -> Decision | None:
        """Which observation keeps a clinician's word, and the words for a class that the cases did not suggest."""
        if node is None:
            return None
        keys = self.reader.keys(node, "decided_by", ("observation", *OUTCOME))
        code = self.reader.word(keys.get("observation"), "decided_by.observation", self.codes.decisions)
        names = (*CONTACT_PLACEHOLDERS, *self.readings, *self.limits, *DECISION_PLACEHOLDERS)
        outcome = self.outcome(keys, "decided_by", names)
        return Decision(outcome.reason, outcome.section, outcome.say, code) if outcome and code else None

    def advice(self, node: Node | None) -> tuple[Advice, ...]:
        """What to do at once, and when: each under an id of its own."""
        read = [
            self.one_advice(self.name(key, "advice"), value, f"advice.{name}")
            for name, (key, value) in self.reader.entries(node, "advice").items()
        ]
        return tuple(one for one in read if one is not None)

    def one_advice(self, identifier: str | None, node: Node, place: str) -> Advice | None:
        keys = self.reader.keys(node, place, ("section", "when", "do"))
        section = self.reader.text(keys.get("section"), f"{place}.section")
        when = self.conditions.read(keys.get("when"), f"{place}.when")
        do = self.text(keys.get("do"), f"{place}.do")
        return Advice(identifier, section, when, do) if identifier and section and when and do else None

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
        if "decided_by" in keys and "cases" not in keys:
            self.mistakes.add(keys["decided_by"], "decided_by", "decided_by without cases:", "cases: with classes")
        if "cases" in keys and clauses and not intervals:
            self.mistakes.add(
                keys["cases"], "cases", "cases without an interval clause", "an interval that they decide"
            )
