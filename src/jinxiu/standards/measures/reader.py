"""Reads a measure from YAML; whatever is wrong is named with its line, what was found and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from jinxiu.standards.codes import Codes, codes_for
from jinxiu.standards.measures.model import (
    COUNTINGS,
    DAYS,
    END,
    LATEST,
    MEASUREMENT,
    PICKS,
    POPULATIONS,
    RELATIONS,
    START,
    WINDOWS,
    Age,
    AllOf,
    Anchor,
    AnyOf,
    Born,
    Bound,
    Compound,
    Enrolments,
    Events,
    Expression,
    Fact,
    Followed,
    HasEnrolment,
    HasEvent,
    Having,
    Is,
    LatestEvent,
    LivesHere,
    Measure,
    Must,
    Named,
    NotOf,
    Readings,
    Sex,
    Share,
    Span,
    Stay,
    Sums,
    When,
)
from jinxiu.standards.model import COMPARISONS, MODES, Limit, Source, Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose, kind_of

_NEEDED = ("id", "version", "valid_from", "title", "formula", "source", "window", "facts", "populations")
_OPTIONAL = ("valid_to", "value_sets", "periods", "limits", "sums", "missing", "lower_is_better")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[!-~]+")
_SEXES = ("M", "F", "U")
_FAR = 36_500
_EVENT_KEYS = ("kinds", "codes", "modes", "settings", "not_settings", "with")
_ENROLMENT_KEYS = ("kinds", "codes", "end_reasons")
_OPERATORS = ("all", "any", "not")
_ROWS = ("enrolment", "event", "stay", "latest_event", "readings", "followed")
_FACTS = (*_OPERATORS, "age", "sex", "lives_here", "born", *_ROWS)


def read_measure(path: Path, codes: Codes | None = None) -> Measure:
    """One measure; raises StandardError with every mistake. `codes` replaces the installed code lists."""
    mistakes = Mistakes(str(path))
    measure = _File(mistakes, codes or codes_for(path)).read(path)
    if mistakes.found or measure is None:
        raise StandardError(mistakes.found)
    return measure


class _File:
    """One file; the sections that others speak of are read first."""

    def __init__(self, mistakes: Mistakes, codes: Codes) -> None:
        self.mistakes = mistakes
        self.reader = Reader(mistakes)
        self.codes = codes
        self.sets: dict[str, tuple[str, ...]] = {}
        self.spans: dict[str, Span] = {MEASUREMENT: Span()}
        self.limits: dict[str, Limit] = {}

    def read(self, path: Path) -> Measure | None:
        keys = self.reader.keys(compose(path, self.mistakes), "", _NEEDED, _OPTIONAL)
        self._value_sets(keys.get("value_sets"))
        self._periods(keys.get("periods"))
        self._limits(keys.get("limits"))
        facts = self._facts(keys.get("facts"))
        names = tuple(named.name for named in facts)
        populations = self._populations(keys.get("populations"), names)
        identifier, version = self._name(keys.get("id"), "id"), self.reader.text(keys.get("version"), "version")
        valid_from = self._date(keys.get("valid_from"), "valid_from")
        title, formula = self._text(keys.get("title"), "title"), self._text(keys.get("formula"), "formula")
        source, window = self._source(keys.get("source")), self.reader.word(keys.get("window"), "window", WINDOWS)
        sums = self._sums(keys.get("sums"), names)
        missing = self.reader.words(keys["missing"], "missing", names) if "missing" in keys else ()
        lower = self.reader.yes_no(keys.get("lower_is_better"), "lower_is_better")
        valid_to = self._date(keys.get("valid_to"), "valid_to")
        if not (identifier and version and valid_from and title and formula and source and window):
            return None
        return Measure(
            *(identifier, version, valid_from, valid_to, title, formula, source, window, facts, populations),
            *(sums, missing, bool(lower), str(path)),
        )

    # --- what facts speak of --------------------------------------------------------------------------------------

    def _value_sets(self, node: Node | None) -> None:
        for name, (key, value) in self.reader.entries(node, "value_sets").items():
            self._named(key, name, "value_sets")
            self.sets[name] = tuple(self._codes(value, f"value_sets.{name}"))

    def _codes(self, node: Node, place: str) -> Iterable[str]:
        for system, (_, codes) in self.reader.entries(node, place).items():
            for code, (key, words) in self.reader.entries(codes, f"{place}.{system}").items():
                self.reader.text(words, f"{place}.{system}.{code}")
                if _CODE.fullmatch(code):
                    yield f"{system}|{code}"
                else:
                    self.mistakes.add(key, place, repr(code), "a code without spaces, perhaps with * at its end")

    def _periods(self, node: Node | None) -> None:
        for name, (key, value) in self.reader.entries(node, "periods").items():
            self._named(key, name, "periods")
            place = f"periods.{name}"
            if name == MEASUREMENT:
                self.mistakes.add(key, "periods", name, f"any other name; {name} is the measure's whole period")
                continue
            keys = self.reader.keys(value, place, (), ("first", "last"))
            first, last = (self._bound(keys.get(end), f"{place}.{end}") for end in ("first", "last"))
            self.spans[name] = Span(first, last)

    def _bound(self, node: Node | None, place: str) -> Bound | None:
        if node is None:
            return None
        keys = self.reader.keys(node, place, ("of",), ("months", "days"))
        of = self.reader.word(keys.get("of"), f"{place}.of", (START, END))
        months, days = (self._signed(keys.get(name), f"{place}.{name}") for name in ("months", "days"))
        return Bound(of, months, days) if of else None

    def _limits(self, node: Node | None) -> None:
        for name, (_, value) in self.reader.entries(node, "limits").items():
            place = f"limits.{name}"
            keys = self.reader.keys(value, place, ("value", "unit"), ("from_age",))
            number = self.reader.number(keys.get("value"), f"{place}.value")
            units = {code.unit for code in self.codes.observations.values()}
            unit = self.reader.word(keys.get("unit"), f"{place}.unit", units)
            steps = self._steps(keys.get("from_age"), f"{place}.from_age")
            if number is not None and unit is not None:
                self.limits[name] = Limit(name, unit, number, steps)

    def _steps(self, node: Node | None, place: str) -> tuple[tuple[int, float], ...]:
        steps: dict[int, float] = {}
        for key, value in self.reader.entries(node, place).values():
            age, number = self.reader.whole(key, place, 1, 130), self.reader.number(value, place)
            if age is not None and number is not None:
                steps[age] = number
        return tuple(sorted(steps.items()))

    # --- facts ----------------------------------------------------------------------------------------------------

    def _facts(self, node: Node | None) -> tuple[Named, ...]:
        found: list[Named] = []
        for name, (key, value) in self.reader.entries(node, "facts").items():
            self._named(key, name, "facts")
            place = f"facts.{name}"
            keys = self.reader.keys(value, place, ("title",), _FACTS)
            title = self._text(keys.pop("title", None), f"{place}.title")
            kinds = [kind for kind in _FACTS if kind in keys]
            if len(kinds) != 1:
                self.mistakes.add(key, place, " and ".join(kinds) or "no fact", f"one of {', '.join(_FACTS)}")
                continue
            before = tuple(named.name for named in found)
            fact = self._fact(kinds[0], keys[kinds[0]], f"{place}.{kinds[0]}", before)
            if title and fact:
                found.append(Named(name, title, fact))
        return tuple(found)

    def _fact(self, kind: str, node: Node, place: str, before: tuple[str, ...]) -> Fact | None:
        if kind in _OPERATORS:
            expression = self._operator(kind, node, place, before)
            return Compound(expression) if expression else None
        read = {
            "age": self._age,
            "sex": self._sex,
            "lives_here": self._lives_here,
            "born": self._born,
            "enrolment": self._enrolment,
            "event": self._event,
            "stay": self._stay,
            "latest_event": self._latest_event,
            "readings": self._readings,
            "followed": self._followed,
        }
        return read[kind](node, place)

    def _age(self, node: Node, place: str) -> Fact | None:
        keys = self.reader.keys(node, place, ("on",), ("at_least", "at_most"))
        on = self.reader.word(keys.get("on"), f"{place}.on", (START, END))
        low, high = (self.reader.whole(keys.get(name), f"{place}.{name}", 0, 150) for name in ("at_least", "at_most"))
        return Age(on, low, high) if on else None

    def _sex(self, node: Node, place: str) -> Fact | None:
        sex = self.reader.word(node, place, _SEXES)
        return Sex(sex) if sex else None

    def _lives_here(self, node: Node, place: str) -> Fact | None:
        on = self.reader.word(node, place, (START, END))
        return LivesHere(on) if on else None

    def _born(self, node: Node, place: str) -> Fact | None:
        span = self._span(node, place)
        return Born(span) if span else None

    def _enrolment(self, node: Node, place: str) -> Fact | None:
        keys = self.reader.keys(node, place, (), (*_ENROLMENT_KEYS, *RELATIONS, "at_least"))
        which, when = self._enrolments(keys, place), self._when(node, keys, place)
        at_least = self._number(keys, "at_least", place, 1)
        return HasEnrolment(which, when, at_least) if when else None

    def _event(self, node: Node, place: str) -> Fact | None:
        allowed = (*_EVENT_KEYS, *RELATIONS, "at_least", "counting", "per_year", "since")
        keys = self.reader.keys(node, place, (), allowed)
        which, when = self._events(keys, place), self._when(node, keys, place)
        counting = self.reader.word(keys.get("counting"), f"{place}.counting", COUNTINGS) or COUNTINGS[0]
        since = self.reader.word(keys.get("since"), f"{place}.since", self.codes.enrolments) or ""
        if ("per_year" in keys) != ("since" in keys):
            self.mistakes.add(node, place, "one of per_year and since", "both: a number a year, since an enrolment")
        per_year = self._number(keys, "per_year", place, 0)
        if per_year and when and (when.span.first is None or when.span.last is None):
            self.mistakes.add(keys["per_year"], place, "per_year in an open span", "a span with a first and a last day")
        at_least = self._number(keys, "at_least", place, 1)
        return HasEvent(which, when, counting, at_least, per_year, since) if when else None

    def _stay(self, node: Node, place: str) -> Fact | None:
        keys = self.reader.keys(node, place, ("in", "days_at_least"), _EVENT_KEYS)
        span, days = self._span(keys.get("in"), f"{place}.in"), self._number(keys, "days_at_least", place, 1)
        return Stay(self._events(keys, place), span, days) if span else None

    def _latest_event(self, node: Node, place: str) -> Fact | None:
        keys = self.reader.keys(node, place, ("in", "must"), _EVENT_KEYS)
        span, must = self._span(keys.get("in"), f"{place}.in"), self._having(keys.get("must"), f"{place}.must")
        return LatestEvent(self._events(keys, place), span, must) if span else None

    def _readings(self, node: Node, place: str) -> Fact | None:
        keys = self.reader.keys(node, place, ("of", "in"), ("read_as", "day", "at", "even_without_value", "must"))
        codes = self.reader.words(keys.get("of"), f"{place}.of", self.codes.observations)
        span = self._span(keys.get("in"), f"{place}.in")
        day = self.reader.word(keys.get("day"), f"{place}.day", DAYS) or LATEST
        at_keys = self.reader.keys(keys.get("at"), f"{place}.at", (), _EVENT_KEYS)
        even = self.reader.yes_no(keys.get("even_without_value"), f"{place}.even_without_value")
        musts = [self._must(one, f"{place}.must", codes) for one in self._list(keys, "must", place)]
        must = tuple(one for one in musts if one)
        at, read_as = self._events(at_keys, f"{place}.at"), self._read_as(keys.get("read_as"), place, codes)
        return Readings(codes, span, at, day, bool(even), must, read_as) if span and codes else None

    def _read_as(self, node: Node | None, place: str, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Codes whose readings count as those of one that the fact is of; both have one unit."""
        found = []
        for key, value in self.reader.entries(node, f"{place}.read_as").values():
            other = self.reader.word(key, f"{place}.read_as", [c for c in self.codes.observations if c not in codes])
            code = self.reader.word(value, f"{place}.read_as", codes)
            if other and code:
                self._same_unit(value, f"{place}.read_as", code, other)
                found.append((other, code))
        return tuple(found)

    def _same_unit(self, node: Node, place: str, code: str, other: str) -> None:
        unit, allowed = self.codes[code].unit, self.codes[other].unit
        if unit != allowed:
            self.mistakes.add(node, place, f"{code} in {unit}", f"a code in {allowed}, the unit of {other}")

    def _must(self, node: Node, place: str, codes: tuple[str, ...]) -> Must | None:
        keys = self.reader.keys(node, place, (), (*PICKS, *COMPARISONS))
        picks, comparisons = ([name for name in names if name in keys] for names in (PICKS, COMPARISONS))
        if len(picks) != 1 or len(comparisons) != 1:
            self.mistakes.add(node, place, ", ".join(keys), "one of lowest, highest, latest, and one comparison")
            return None
        code = self.reader.word(keys[picks[0]], place, codes)
        limit = self._limit(keys[comparisons[0]], place, code)
        return Must(picks[0], code, comparisons[0], limit) if code and limit else None

    def _followed(self, node: Node, place: str) -> Fact | None:
        needed = ("after", "in", "by", "within_days")
        keys = self.reader.keys(node, place, needed, ("from_days", "every", "at_least", "times"))
        span = self._span(keys.get("in"), f"{place}.in")
        anchor = self._anchor(keys.get("after"), f"{place}.after", span) if span else None
        by = self._events_or_enrolments(keys.get("by"), f"{place}.by")
        from_days, within = (self._signed(keys.get(name), f"{place}.{name}") for name in ("from_days", "within_days"))
        if within < from_days and "within_days" in keys:
            self.mistakes.add(keys["within_days"], place, f"{within} days", f"not fewer than from_days, {from_days}")
        every = self.reader.yes_no(keys.get("every"), f"{place}.every")
        at_least, times = (self._number(keys, name, place, 1) for name in ("at_least", "times"))
        return Followed(anchor, by, from_days, within, bool(every), at_least, times) if anchor and by else None

    def _anchor(self, node: Node | None, place: str, span: Span) -> Anchor | None:
        if isinstance(node, ScalarNode):
            return Anchor(span) if self.reader.word(node, place, ("birth",)) else None
        keys = self.reader.keys(node, place, (), ("event", "enrolment", "at"))
        at = self.reader.word(keys.get("at"), f"{place}.at", (START, END)) or START
        which = self._events_or_enrolments(node, place)
        if which is None:
            return None
        if isinstance(which, Events):
            return Anchor(span, events=which, at=at)
        return Anchor(span, enrolments=which, at=at)

    def _events_or_enrolments(self, node: Node | None, place: str) -> Events | Enrolments | None:
        """What stands under `event` or under `enrolment`."""
        entries = self.reader.entries(node, place)
        kinds = [kind for kind in ("event", "enrolment") if kind in entries]
        if len(kinds) != 1:
            if node is not None:
                self.mistakes.add(node, place, " and ".join(entries) or "nothing", "one of event, enrolment")
            return None
        inner = entries[kinds[0]][1]
        if kinds[0] == "event":
            return self._events(self.reader.keys(inner, f"{place}.event", (), _EVENT_KEYS), f"{place}.event")
        keys = self.reader.keys(inner, f"{place}.enrolment", (), _ENROLMENT_KEYS)
        return self._enrolments(keys, f"{place}.enrolment")

    # --- which rows, and when -------------------------------------------------------------------------------------

    def _events(self, keys: Mapping[str, Node], place: str) -> Events:
        kinds = self._words(keys, "kinds", place, self.codes.events)
        codes = self._sets(keys.get("codes"), f"{place}.codes")
        modes = self._words(keys, "modes", place, MODES)
        settings, not_settings = (self._free(keys, name, place) for name in ("settings", "not_settings"))
        having = self._having(keys.get("with"), f"{place}.with")
        return Events(kinds, codes, modes, settings, not_settings, having)

    def _enrolments(self, keys: Mapping[str, Node], place: str) -> Enrolments:
        kinds = self._words(keys, "kinds", place, self.codes.enrolments)
        reasons = self._words(keys, "end_reasons", place, self.codes.end_reasons)
        return Enrolments(kinds, self._sets(keys.get("codes"), f"{place}.codes"), reasons)

    def _having(self, node: Node | None, place: str) -> tuple[Having, ...]:
        entries = self.reader.entries(node, place)
        found = [self._one_having(name, *pair, f"{place}.{name}") for name, pair in entries.items()]
        return tuple(one for one in found if one)

    def _one_having(self, name: str, key: Node, value: Node, place: str) -> Having | None:
        code = self.reader.word(key, place, (*self.codes.observations, *self.codes.decisions))
        if code is None:
            return None
        if code in self.codes.decisions:
            return self._decided(code, value, place)
        if not isinstance(value, MappingNode):
            if isinstance(value, ScalarNode) and value.value == "any":
                return Having(code)
            return Having(code, self._sets(value, place))
        keys = self.reader.keys(value, place, (), COMPARISONS)
        if len(keys) != 1:
            self.mistakes.add(value, place, ", ".join(keys), "one comparison with a limit, a value set, or any")
            return None
        ((comparison, with_what),) = keys.items()
        if isinstance(with_what, MappingNode):
            share = self._share(with_what, f"{place}.{comparison}", code)
            return Having(code, (), comparison, share=share) if share else None
        limit = self._limit(with_what, place, code)
        return Having(code, (), comparison, limit) if limit else None

    def _decided(self, code: str, node: Node, place: str) -> Having | None:
        """What a clinician's word says: one of the classes, or any."""
        if isinstance(node, ScalarNode) and node.value == "any":
            return Having(code)
        classes = self.reader.words(node, place, self.codes.classifications)
        return Having(code, texts=classes) if classes else None

    def _share(self, node: Node, place: str, code: str) -> Share | None:
        keys = self.reader.keys(node, place, ("percent", "of"))
        percent = self.reader.number(keys.get("percent"), f"{place}.percent")
        of = self.reader.word(keys.get("of"), f"{place}.of", self.codes.observations)
        if percent is None or of is None:
            return None
        self._same_unit(keys["of"], f"{place}.of", of, code)
        return Share(percent, of)

    def _when(self, node: Node, keys: Mapping[str, Node], place: str) -> When | None:
        relations = [name for name in RELATIONS if name in keys]
        if len(relations) != 1:
            self.mistakes.add(node, place, " and ".join(relations) or "no time", f"one of {', '.join(RELATIONS)}")
            return None
        span = self._span(keys[relations[0]], f"{place}.{relations[0]}")
        return When(relations[0], span) if span else None

    def _span(self, node: Node | None, place: str) -> Span | None:
        name = self.reader.word(node, place, self.spans)
        return self.spans[name] if name else None

    def _limit(self, node: Node, place: str, code: str | None) -> Limit | None:
        name = self.reader.word(node, place, self.limits)
        limit = self.limits[name] if name else None
        if limit and code and self.codes[code].unit != limit.unit:
            self.mistakes.add(node, place, f"{name} in {limit.unit}", f"a limit in {self.codes[code].unit}")
            return None
        return limit

    def _sets(self, node: Node | None, place: str) -> tuple[str, ...]:
        """The codes of one value set, or of several together."""
        if node is None:
            return ()
        if isinstance(node, SequenceNode):
            names = self.reader.words(node, place, self.sets)
        else:
            name = self.reader.word(node, place, self.sets)
            names = (name,) if name else ()
        return tuple(dict.fromkeys(code for name in names for code in self.sets[name]))

    # --- populations ----------------------------------------------------------------------------------------------

    def _populations(self, node: Node | None, names: tuple[str, ...]) -> dict[str, Expression]:
        needed, optional = ("initial_population", "numerator"), POPULATIONS
        keys = self.reader.keys(node, "populations", needed, [name for name in optional if name not in needed])
        found = {name: self._expression(value, f"populations.{name}", names) for name, value in keys.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _expression(self, node: Node, place: str, names: tuple[str, ...]) -> Expression | None:
        if isinstance(node, ScalarNode):
            name = self.reader.word(node, place, names)
            return Is(name) if name else None
        entries = self.reader.entries(node, place)
        keys = self.reader.keys(node, place, (), ("all", "any", "not"))
        if len(entries) != 1 or len(keys) != 1:
            self.mistakes.add(node, place, ", ".join(entries) or "nothing", "a fact's name, or one of all, any, not")
            return None
        ((name, value),) = keys.items()
        return self._operator(name, value, place, names)

    def _operator(self, name: str, value: Node, place: str, names: tuple[str, ...]) -> Expression | None:
        if name == "not":
            inner = self._expression(value, place, names)
            return NotOf(inner) if inner else None
        parts = tuple(self._expression(one, place, names) for one in self.reader.items(value, place))
        whole = tuple(part for part in parts if part is not None)
        if not whole or len(whole) < len(parts):
            return None
        return AllOf(whole) if name == "all" else AnyOf(whole)

    def _sums(self, node: Node | None, names: tuple[str, ...]) -> Sums | None:
        if node is None:
            return None
        keys = self.reader.keys(node, "sums", ("numerator", "denominator"))
        numerator, denominator = (
            self.reader.word(keys.get(n), f"sums.{n}", names) for n in ("numerator", "denominator")
        )
        return Sums(numerator, denominator) if numerator and denominator else None

    # --- words and numbers ----------------------------------------------------------------------------------------

    def _named(self, key: Node, name: str, place: str) -> None:
        if not _NAME.fullmatch(name):
            self.mistakes.add(key, place, repr(name), "a name of small letters, digits and _")

    def _name(self, node: Node | None, place: str) -> str | None:
        name = self.reader.text(node, place)
        if name and node is not None:
            self._named(node, name, place)
        return name

    def _text(self, node: Node | None, place: str) -> Text | None:
        keys = self.reader.keys(node, place, ("zh", "en"))
        zh, en = (self.reader.text(keys.get(language), f"{place}.{language}") for language in ("zh", "en"))
        return Text(zh, en) if zh and en else None

    def _source(self, node: Node | None) -> Source | None:
        keys = self.reader.keys(node, "source", ("title", "short", "section"))
        title, short = (self._text(keys.get(name), f"source.{name}") for name in ("title", "short"))
        section = self.reader.text(keys.get("section"), "source.section")
        return Source(title, short, section) if title and short and section else None

    def _date(self, node: Node | None, place: str) -> date | None:
        if node is None:
            return None
        try:
            return date.fromisoformat(node.value if isinstance(node, ScalarNode) else "")
        except ValueError:
            self.mistakes.add(node, place, kind_of(node), "a day such as 2026-01-01")
            return None

    def _signed(self, node: Node | None, place: str) -> int:
        number = self.reader.number(node, place)
        if number is None:
            return 0
        if number != int(number) or abs(number) > _FAR:
            self.mistakes.add(node, place, kind_of(node), f"a whole number from {-_FAR} to {_FAR}")  # type: ignore[arg-type]
            return 0
        return int(number)

    def _number(self, keys: Mapping[str, Node], name: str, place: str, otherwise: int) -> int:
        return self.reader.whole(keys.get(name), f"{place}.{name}", 1, _FAR) or otherwise

    def _words(self, keys: Mapping[str, Node], name: str, place: str, allowed: Iterable[str]) -> tuple[str, ...]:
        return self.reader.words(keys[name], f"{place}.{name}", allowed) if name in keys else ()

    def _free(self, keys: Mapping[str, Node], name: str, place: str) -> tuple[str, ...]:
        texts = [self.reader.text(one, f"{place}.{name}") for one in self._list(keys, name, place)]
        return tuple(text for text in texts if text)

    def _list(self, keys: Mapping[str, Node], name: str, place: str) -> list[Node]:
        return self.reader.items(keys[name], f"{place}.{name}") if name in keys else []
