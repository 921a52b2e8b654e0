"""All standards that are known, each with its versions; which one is in force on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinxiu.standards.codes import FILE_NAME as CODES_FILE
from jinxiu.standards.model import Standard
from jinxiu.standards.positions import Mistake, StandardError
from jinxiu.standards.reader import read_standard

_PACKAGE = Path(__file__).resolve().parent.parent


class Catalogue:
    """Standards by id and time. At most one version of a standard is in force on any day."""

    def __init__(self, standards: Iterable[Standard]) -> None:
        """Raises StandardError when two versions of one standard share a version text or a day."""
        self._standards = sorted(standards, key=lambda standard: (standard.id, standard.valid_from, standard.version))
        if clashes := list(_clashes(self._standards)):
            raise StandardError(clashes)

    @classmethod
    def load(cls, *paths: Path | str) -> Catalogue:
        """Read files, and every .yaml file of directories; raises StandardError with the mistakes of all files."""
        standards, mistakes = [], []
        for file in _files(paths):
            try:
                standards.append(read_standard(file))
            except StandardError as error:
                mistakes.extend(error.mistakes)
        if mistakes:
            raise StandardError(mistakes)
        return cls(standards)

    def all(self) -> tuple[Standard, ...]:
        """Every version of every standard, by id and first day."""
        return tuple(self._standards)

    def ids(self) -> tuple[str, ...]:
        """The standards' ids, each once, sorted."""
        return tuple(sorted({standard.id for standard in self._standards}))

    def valid_on(self, standard_id: str, day: date) -> Standard | None:
        """The version in force on a day, None when there is none (or no such standard)."""
        return next((s for s in self._standards if s.id == standard_id and s.valid_on(day)), None)

    def in_force(self, day: date) -> tuple[Standard, ...]:
        """The versions in force on a day, by id."""
        return tuple(standard for standard in self._standards if standard.valid_on(day))

    def version(self, standard_id: str, version: str) -> Standard | None:
        """The version that an old verdict names, None when it is not here."""
        return next((s for s in self._standards if (s.id, s.version) == (standard_id, version)), None)


@cache
def installed() -> Catalogue:
    """The standards of all services that are installed with Jinxiu."""
    return Catalogue.load(*sorted(_PACKAGE.glob("*/standards")))


def _files(paths: Iterable[Path | str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(file for file in path.glob("*.yaml") if file.name != CODES_FILE)
        else:
            yield path


def _clashes(standards: list[Standard]) -> Iterator[Mistake]:
    """Neighbours in time that are in force on the same day, or carry the same version."""
    for earlier, later in pairwise(standards):
        if earlier.id != later.id:
            continue
        found = f"{later.id} {later.version} from {later.valid_from}"
        if earlier.version == later.version:
            yield _clash(later, found, f"a version of its own; {earlier.file} has {earlier.version} too")
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            until = earlier.valid_to or "further notice"
            yield _clash(later, found, f"a first day after the last of {earlier.version}, which holds until {until}")


def _clash(standard: Standard, found: str, allowed: str) -> Mistake:
    return Mistake(standard.file, 1, found, allowed, f"valid_from: found {found}; allowed: {allowed}.")
