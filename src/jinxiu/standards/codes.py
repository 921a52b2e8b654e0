"""The code list: which observations there are, in which unit and range, and how kinds, modes and classes are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from yaml.nodes import Node

from jinxiu.standards.model import ModelError, Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose

FLAG_UNIT = "0/1"
FILE_NAME = "codes.yaml"
_PACKAGE = Path(__file__).resolve().parent.parent
_NAMES = ("units", "events", "enrolments", "modes", "end_reasons", "classifications", "actions", "decisions")


@dataclass(frozen=True, slots=True)
class Code:
    """An observation: its one unit, what can be true at all (hard) and what is usual (warn); None: no bound."""

    code: str
    title: Text
    unit: str
    hard_low: float | None = None
    hard_high: float | None = None
    warn_low: float | None = None
    warn_high: float | None = None
    loinc: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        bounds = [b for b in (self.hard_low, self.warn_low, self.warn_high, self.hard_high) if b is not None]
        if bounds != sorted(bounds):
            raise ModelError(f"{self.code}: the plausible range lies inside the hard one, lower number first")

    @property
    def is_flag(self) -> bool:
        """True for a yes or no, kept as 1 or 0."""
        return self.unit == FLAG_UNIT

    def is_possible(self, value: float) -> bool:
        """False for a value that cannot be true: outside the hard range, or a flag that is neither 0 nor 1."""
        if self.is_flag:
            return value in (0, 1)
        return not _outside(value, self.hard_low, self.hard_high)

    def is_plausible(self, value: float) -> bool:
        """False for a possible but unusual value, which deserves the question "are you sure?"."""
        return self.is_possible(value) and not _outside(value, self.warn_low, self.warn_high)


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


@dataclass(frozen=True)
class Codes:
    """All observation codes, and the two-language names of everything else that standards speak of, in file order."""

    observations: Mapping[str, Code] = field(default_factory=dict)
    units: Mapping[str, Text] = field(default_factory=dict)
    events: Mapping[str, Text] = field(default_factory=dict)
    enrolments: Mapping[str, Text] = field(default_factory=dict)
    modes: Mapping[str, Text] = field(default_factory=dict)
    end_reasons: Mapping[str, Text] = field(default_factory=dict)
    classifications: Mapping[str, Text] = field(default_factory=dict)
    actions: Mapping[str, Text] = field(default_factory=dict)
    decisions: Mapping[str, Text] = field(default_factory=dict)

    def __getitem__(self, code: str) -> Code:
        """The observation code; KeyError when the list has none such."""
        return self.observations[code]

    def name(self, section: str, word: str, language: str) -> str:
        """A word of a section (`events`, `modes`, …) as people say it; the word itself when the list has none such."""
        text: Text | None = getattr(self, section).get(word)
        return text.language(language) if text else word

    def with_more(self, other: Codes) -> Codes:
        """Both lists together; what the other one says of a word wins."""
        sections = ("observations", *_NAMES)
        return Codes(**{section: {**getattr(self, section), **getattr(other, section)} for section in sections})


@cache
def installed() -> Codes:
    """The code lists of all services that are installed with Jinxiu, together."""
    codes = Codes()
    for path in sorted(_PACKAGE.glob(f"*/{FILE_NAME}")):
        codes = codes.with_more(read_codes(path))
    return codes


def codes_for(path: Path) -> Codes:
    """The installed lists, and on top of them a codes.yaml that lies beside the file (a city's own words)."""
    beside = path.parent / FILE_NAME
    return installed().with_more(read_codes(beside)) if beside.is_file() else installed()


def read_codes(path: Path) -> Codes:
    """Read a code list; raises StandardError with every mistake, its line and what is allowed."""
    mistakes = Mistakes(str(path))
    reader = Reader(mistakes)
    root = compose(path, mistakes)
    sections = reader.keys(root, "", (), ("observations", *_NAMES))
    names = {section: dict(_names(reader, sections.get(section), section)) for section in _NAMES}
    observations = dict(_observations(reader, sections.get("observations")))
    if mistakes.found:
        raise StandardError(mistakes.found)
    return Codes(observations=observations, **names)


def _names(reader: Reader, node: Node | None, section: str) -> Iterable[tuple[str, Text]]:
    for word, (_, value) in reader.entries(node, section).items():
        keys = reader.keys(value, f"{section}.{word}", ("zh", "en"))
        text = _text(reader, keys, f"{section}.{word}")
        if text:
            yield word, text


def _text(reader: Reader, keys: Mapping[str, Node], place: str) -> Text | None:
    zh, en = (reader.text(keys.get(language), f"{place}.{language}") for language in ("zh", "en"))
    return Text(zh, en) if zh and en else None


def _observations(reader: Reader, node: Node | None) -> Iterable[tuple[str, Code]]:
    for code, (key, value) in reader.entries(node, "observations").items():
        place = f"observations.{code}"
        keys = reader.keys(value, place, ("zh", "en", "unit"), ("hard", "plausible", "loinc"))
        text, unit = _text(reader, keys, place), reader.text(keys.get("unit"), f"{place}.unit")
        hard, warn = (_range(reader, keys.get(name), f"{place}.{name}") for name in ("hard", "plausible"))
        loinc = tuple(t for n in _optional_items(reader, keys, place) if (t := reader.text(n, f"{place}.loinc")))
        if text and unit:
            try:
                yield code, Code(code, text, unit, *hard, *warn, loinc)
            except ModelError as error:
                reader.mistakes.add(key, place, str(error), "hard low ≤ plausible low ≤ plausible high ≤ hard high")


def _optional_items(reader: Reader, keys: Mapping[str, Node], place: str) -> list[Node]:
    return reader.items(keys["loinc"], f"{place}.loinc") if "loinc" in keys else []


def _range(reader: Reader, node: Node | None, place: str) -> tuple[float | None, float | None]:
    if node is None:
        return None, None
    items = reader.items(node, place)
    if len(items) != 2:
        reader.mistakes.add(node, place, f"{len(items)} numbers", "two: [lowest, highest]")
        return None, None
    return reader.number(items[0], place), reader.number(items[1], place)
