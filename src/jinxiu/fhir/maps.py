"""What codes and units of other systems mean in our words: read from YAML, mistakes named with file and line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from yaml.nodes import Node

from jinxiu.standards.codes import Codes, installed
from jinxiu.standards.positions import Mistake, Mistakes, Reader, StandardError, compose

SHIPPED = Path(__file__).parent / "maps"
SETTINGS = ("ambulatory", "home", "virtual", "field", "emergency", "inpatient")
READ_WITH_STATUS = ("Observation", "Encounter", "Immunization", "MedicationRequest")
CONDITION, FINDING = "Condition", "Observation"
_NUMBERS = ("minus", "divide", "times", "plus")

Coding = tuple[str, str]
"""The address of a code system, and a code in it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Their number to ours: `(theirs - minus) ÷ divide × times + plus`."""

    minus: float = 0.0
    divide: float = 1.0
    times: float = 1.0
    plus: float = 0.0

    def apply(self, value: float) -> float:
        """Return the value in our unit."""
        return (value - self.minus) / self.divide * self.times + self.plus


@dataclass(frozen=True, slots=True)
class Happening:
    """Where and how an encounter took place, and which kind of event it is; what is None is left as it was."""

    setting: str | None = None
    mode: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class DerivedEvent:
    """A rule that reads an event out of an encounter, its readings and the enrolments of the day.

    An empty `enrolled_in` asks for no enrolment, empty `of_type` takes every type of encounter.
    """

    event: str
    enrolled_in: str
    of_type: tuple[Coding, ...]
    settings: tuple[str, ...]
    when_any: tuple[str, ...]
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """How resources of a type come in with their codes, whatever these are: as events of a kind.

    `code` and `when` name the elements to look in, the first that is there counts. Empty `intents` take every intent.
    """

    event: str
    code: tuple[str, ...]
    when: tuple[str, ...]
    intents: frozenset[str] = frozenset()


@dataclass(slots=True)
class Maps:
    """Everything the files say, indexed for one look-up a question. Built by `read_maps`, not changed afterwards.

    `names` has the short name of each system's address. `condition_kind` and `finding` are the kinds under which every
    condition and every answer in words comes in with its codes, empty when they do not. `rules` is a fingerprint of the
    derived events: another one says that encounters must be looked at again.
    """

    codes: Codes
    systems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    coded: dict[str, Coded] = field(default_factory=dict)
    condition_kind: str = ""
    finding: str = ""
    observations: dict[Coding, str] = field(default_factory=dict)
    panels: dict[Coding, str] = field(default_factory=dict)
    conditions: dict[Coding, str] = field(default_factory=dict)
    condition_families: dict[Coding, str] = field(default_factory=dict)
    kind: str = "visit"
    classes: dict[str, Happening] = field(default_factory=dict)
    types: dict[Coding, Happening] = field(default_factory=dict)
    statuses: dict[str, frozenset[str]] = field(default_factory=dict)
    identifier_systems: dict[str, str] = field(default_factory=dict)
    identifier_types: dict[str, str] = field(default_factory=dict)
    conversions: dict[tuple[str, str], Conversion] = field(default_factory=dict)
    written_as: dict[str, str] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)
    nothing_in: frozenset[str] = frozenset()
    derived_events: tuple[DerivedEvent, ...] = ()
    rules: str = ""

    def short(self, system: str, code: str) -> str:
        """Return a code as facts have it: `snomed|38341003`; a system without a short name keeps its address."""
        return f"{self.names.get(system, system)}|{code}".replace(" ", "_")

    def condition(self, coding: Coding) -> str | None:
        """Return the enrolment kind of a diagnosis code, by the code itself or by a family such as `I10*`."""
        kind = self.conditions.get(coding)
        if kind:
            return kind
        system, code = coding
        families = self.condition_families.items()
        return next((kind for (where, stem), kind in families if where == system and code.startswith(stem)), None)


def shipped_maps() -> tuple[Path, ...]:
    """Return the map files that come with the package, in the order in which they are read."""
    return tuple(sorted(SHIPPED.glob("*.yaml")))


def read_maps(files: Iterable[Path] | None = None, codes: Codes | None = None) -> Maps:
    """Read map files (the shipped ones by default), the later adding to the earlier, against the code list.

    Raises StandardError with every mistake: file, line, what was found, what is allowed.
    """
    maps = Maps(codes or installed())
    mistakes: list[Mistake] = []
    for path in shipped_maps() if files is None else files:
        file_mistakes = Mistakes(path.name)
        _File(maps, file_mistakes).read(path)
        mistakes += file_mistakes.found
    if mistakes:
        raise StandardError(mistakes)
    maps.rules = blake2b(repr(maps.derived_events).encode(), digest_size=8).hexdigest()
    return maps


class _File:
    """Takes one map file into the maps; mistakes are collected, not raised."""

    def __init__(self, maps: Maps, mistakes: Mistakes) -> None:
        self.maps = maps
        self.mistakes = mistakes
        self.reader = Reader(mistakes)
        # Codes are written with the short names of systems, so `systems` comes first wherever it stands in the file.
        self.sections = {
            "systems": self._systems,
            "observations": self._observations,
            "panels": self._panels,
            "conditions": self._conditions,
            "coded": self._coded,
            "statuses": self._statuses,
            "encounters": self._encounters,
            "identifiers": self._identifiers,
            "nothing_in": self._nothing_in,
            "units": self._units,
            "written_as": self._written_as,
            "decimals": self._decimals,
            "derived_events": self._derived_events,
        }

    def read(self, path: Path) -> None:
        found = self.reader.keys(compose(path, self.mistakes), "", (), self.sections)
        for name, read_section in self.sections.items():
            if name in found:
                read_section(found[name])

    def _systems(self, node: Node) -> None:
        for name, (_, value) in self.reader.entries(node, "systems").items():
            addresses = self._texts(value, f"systems.{name}")
            self.maps.systems[name] = self.maps.systems.get(name, ()) + addresses
            self.maps.names.update(dict.fromkeys(addresses, name))

    def _observations(self, node: Node) -> None:
        for code, (key, value) in self.reader.entries(node, "observations").items():
            self.reader.word(key, "observations", self.maps.codes.observations)
            self._codes(value, code, "observations", self.maps.observations)

    def _panels(self, node: Node) -> None:
        self._codes(node, "panel", "panels", self.maps.panels)

    def _conditions(self, node: Node) -> None:
        for kind, (key, value) in self.reader.entries(node, "conditions").items():
            self.reader.word(key, "conditions", self.maps.codes.enrolments)
            self._codes(value, kind, "conditions", self.maps.conditions, self.maps.condition_families)

    def _coded(self, node: Node) -> None:
        codes = self.maps.codes
        for name, (_, value) in self.reader.entries(node, "coded").items():
            place = f"coded.{name}"
            if name == CONDITION:
                parts = self.reader.keys(value, place, ("enrolment",))
                word = self.reader.word(parts.get("enrolment"), f"{place}.enrolment", codes.enrolments)
                self.maps.condition_kind = word or ""
                continue
            only_event = name in READ_WITH_STATUS
            needed = ("event",) if only_event else ("event", "code", "when")
            parts = self.reader.keys(value, place, needed, () if only_event else ("intents",))
            event = self.reader.word(parts.get("event"), f"{place}.event", codes.events) or ""
            if name == FINDING:
                self.maps.finding = event
            elif not only_event:
                lists = {key: self._texts(parts[key], f"{place}.{key}") for key in ("code", "when") if key in parts}
                intents = frozenset(self._texts(parts["intents"], f"{place}.intents")) if "intents" in parts else ()
                self.maps.coded[name] = Coded(event, lists.get("code", ()), lists.get("when", ()), frozenset(intents))

    def _statuses(self, node: Node) -> None:
        for name, value in self._keys(node, "statuses", (*READ_WITH_STATUS, *self.maps.coded)).items():
            self.maps.statuses[name] = frozenset(self._texts(value, f"statuses.{name}"))

    def _encounters(self, node: Node) -> None:
        parts = self.reader.keys(node, "encounters", (), ("kind", "classes", "types"))
        if "kind" in parts:
            self.maps.kind = (
                self.reader.word(parts["kind"], "encounters.kind", self.maps.codes.events) or self.maps.kind
            )
        for code, (_, how) in self.reader.entries(parts.get("classes"), "encounters.classes").items():
            self.maps.classes[code] = self._happening(how, f"encounters.classes.{code}")
        for _, coding, how in self._codings(parts.get("types"), "encounters.types"):
            self.maps.types[coding] = self._happening(how, f"encounters.types.{coding[1]}")

    def _happening(self, node: Node, place: str) -> Happening:
        codes = self.maps.codes
        allowed: dict[str, Iterable[str]] = {"setting": SETTINGS, "mode": codes.modes, "kind": codes.events}
        parts = self._keys(node, place, allowed)
        return Happening(**{name: self.reader.word(value, place, allowed[name]) for name, value in parts.items()})

    def _identifiers(self, node: Node) -> None:
        tables = {"systems": self.maps.identifier_systems, "types": self.maps.identifier_types}
        for name, (_, value) in self.reader.entries(node, "identifiers").items():
            for where, words in self._keys(value, f"identifiers.{name}", tables).items():
                tables[where].update(dict.fromkeys(self._texts(words, f"identifiers.{name}"), name))

    def _nothing_in(self, node: Node) -> None:
        self.maps.nothing_in |= frozenset(self._texts(node, "nothing_in"))

    def _units(self, node: Node) -> None:
        for ours, (_, sources) in self.reader.entries(node, "units").items():
            codes = tuple(code for code, entry in self.maps.codes.observations.items() if entry.unit == ours)
            for source in self.reader.items(sources, f"units.{ours}"):
                self._unit(source, f"units.{ours}", codes)

    def _unit(self, node: Node, place: str, codes: tuple[str, ...]) -> None:
        """Spread one line over the codes that have this unit: one look-up by code and unit afterwards."""
        parts = self.reader.keys(node, place, ("unit",), ("for", *_NUMBERS))
        unit = self.reader.text(parts.get("unit"), place)
        numbers = {name: self.reader.number(parts[name], place) for name in _NUMBERS if name in parts}
        if 0 in (numbers.get("divide"), numbers.get("times")):
            self.mistakes.add(node, place, "0 as a factor", "the number to multiply or divide by")
        elif unit and None not in numbers.values():
            conversion = Conversion(**{name: value for name, value in numbers.items() if value is not None})
            for code in self.reader.words(parts["for"], place, codes) if "for" in parts else codes:
                self.maps.conversions[code, unit] = conversion

    def _written_as(self, node: Node) -> None:
        for unit, (_, spellings) in self.reader.entries(node, "written_as").items():
            self.maps.written_as.update(dict.fromkeys(self._texts(spellings, "written_as"), unit))

    def _decimals(self, node: Node) -> None:
        for code, value in self._keys(node, "decimals", self.maps.codes.observations).items():
            digits = self.reader.whole(value, f"decimals.{code}", 0, 10)
            if digits is not None:
                self.maps.decimals[code] = digits

    def _derived_events(self, node: Node) -> None:
        rules = [self._derived_event(item) for item in self.reader.items(node, "derived_events")]
        self.maps.derived_events += tuple(rule for rule in rules if rule)

    def _derived_event(self, node: Node) -> DerivedEvent | None:
        codes, reader, place = self.maps.codes, self.reader, "derived_events"
        needed, optional = ("event", "settings", "when_any", "takes", "why"), ("enrolled_in", "of_type")
        parts = reader.keys(node, place, needed, optional)
        event = reader.word(parts.get("event"), f"{place}.event", codes.events)
        enrolled_in = reader.word(parts.get("enrolled_in"), f"{place}.enrolled_in", codes.enrolments)
        settings = reader.words(parts.get("settings"), f"{place}.settings", SETTINGS)
        when_any = reader.words(parts.get("when_any"), f"{place}.when_any", codes.observations)
        takes = reader.words(parts.get("takes"), f"{place}.takes", codes.observations)
        of_type = tuple(coding for _, coding, _ in self._codings(parts.get("of_type"), f"{place}.of_type"))
        return DerivedEvent(event, enrolled_in or "", of_type, settings, when_any, takes) if event else None

    def _codes(
        self,
        node: Node,
        ours: str,
        place: str,
        into: dict[Coding, str],
        families: dict[Coding, str] | None = None,
    ) -> None:
        """Add the codings under `node`; a code cannot mean two things. A `*` at the end makes a family of codes."""
        for key, (system, code), name in self._codings(node, place):
            self.reader.text(name, f"{place}.{ours}")
            table = families if families is not None and code.endswith("*") else into
            coding = (system, code.rstrip("*")) if table is families else (system, code)
            if table.setdefault(coding, ours) != ours:
                self.mistakes.add(key, f"{place}.{ours}", f"{code}, which already means {table[coding]}", "one meaning")

    def _codings(self, node: Node | None, place: str) -> Iterator[tuple[Node, Coding, Node]]:
        """Yield (key, coding, value) for every `system: {code: value}`, once for each address of the system."""
        for name, codes in self._keys(node, place, self.maps.systems).items():
            for code, (key, value) in self.reader.entries(codes, f"{place}.{name}").items():
                for address in self.maps.systems[name]:
                    yield key, (address, code), value

    def _keys(self, node: Node | None, place: str, allowed: Iterable[str]) -> dict[str, Node]:
        """Return the values of the allowed keys; other keys are mistakes."""
        allowed = tuple(allowed)
        return {name: value for name, value in self.reader.keys(node, place, (), allowed).items() if name in allowed}

    def _texts(self, node: Node, place: str) -> tuple[str, ...]:
        return tuple(text for item in self.reader.items(node, place) if (text := self.reader.text(item, place)))
