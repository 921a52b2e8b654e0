"""All measures that are known, each with its versions; which one is in force on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinxiu.standards.codes import FILE_NAME as CODES_FILE
from jinxiu.standards.measures.model import Measure
from jinxiu.standards.measures.reader import read_measure
from jinxiu.standards.positions import Mistake, StandardError

_PACKAGE = Path(__file__).resolve().parents[2]


class Measures:
    """Measures by id and time; at most one version of a measure is in force on any day."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        """Raises StandardError when two versions of one measure hold on one day."""
        self._measures = sorted(measures, key=lambda one: (one.id, one.valid_from))
        for earlier, later in pairwise(self._measures):
            if earlier.id == later.id and earlier.valid_on(later.valid_from):
                found = f"{later.id} {later.version} from {later.valid_from}"
                text = f"valid_from: found {found}; allowed: a first day after the last of {earlier.version}."
                raise StandardError([Mistake(later.file, 1, found, "a later first day", text)])

    @classmethod
    def load(cls, *paths: Path) -> Measures:
        """Read files, and every .yaml of directories; raises StandardError with the mistakes of all."""
        read, mistakes = [], []
        for file in _files(paths):
            try:
                read.append(read_measure(file))
            except StandardError as error:
                mistakes.extend(error.mistakes)
        if mistakes:
            raise StandardError(mistakes)
        return cls(read)

    def all(self) -> tuple[Measure, ...]:
        """Every version of every measure, by id and first day."""
        return tuple(self._measures)

    def in_force(self, day: date) -> tuple[Measure, ...]:
        """The versions in force on a day, by id."""
        return tuple(one for one in self._measures if one.valid_on(day))

    def version(self, measure_id: str, version: str) -> Measure | None:
        """The version that a stored number names, None when it is not here."""
        return next((one for one in self._measures if (one.id, one.version) == (measure_id, version)), None)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.glob("*.yaml") if file.name != CODES_FILE)
        else:
            yield path


@cache
def installed() -> Measures:
    """The measures that are computed by night: those of all services."""
    return Measures.load(*sorted(_PACKAGE.glob("*/measures")))


@cache
def library() -> Measures:
    """The installed ones, and those of other countries, which somebody has to ask for by name."""
    return Measures.load(*sorted(_PACKAGE.glob("*/measures")), *sorted(_PACKAGE.glob("*/measures/international")))
