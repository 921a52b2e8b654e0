"""What `standards list`, `show` and `check` need, as plain functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from yaml.nodes import ScalarNode

from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.codes import FILE_NAME as CODES_FILE
from jinxiu.standards.codes import codes_for, read_codes
from jinxiu.standards.model import Standard
from jinxiu.standards.positions import Mistake, Mistakes, Reader, StandardError, compose
from jinxiu.standards.reach import never_holding
from jinxiu.standards.show import show

__all__ = ["Mistake", "StandardRow", "check_file", "rows", "show"]


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One line of the list of standards."""

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    in_force: bool
    title: str
    clauses: tuple[str, ...]


def rows(catalogue: Catalogue, day: date, language: str) -> list[StandardRow]:
    """Every version of every standard, and whether it is in force on a day."""
    return [
        StandardRow(
            id=standard.id,
            version=standard.version,
            valid_from=standard.valid_from,
            valid_to=standard.valid_to,
            in_force=standard.valid_on(day),
            title=standard.title.language(language),
            clauses=tuple(clause.id for clause in standard.clauses),
        )
        for standard in catalogue.all()
    ]


def check_file(path: Path | str) -> list[Mistake]:
    """All mistakes of a standard's file, of a code list (codes.yaml), or of a directory of standards.

    A file that can be read is also asked whether each of its tests and cases holds for somebody.
    """
    path = Path(path)
    try:
        if path.name == CODES_FILE:
            read_codes(path)
            return []
        catalogue = Catalogue.load(path)
    except StandardError as error:
        return error.mistakes
    return [mistake for standard in catalogue.all() for mistake in _nobodys(standard)]


def _nobodys(standard: Standard) -> list[Mistake]:
    """Tests and cases that hold for nobody: mostly two limits that contradict each other."""
    path = Path(standard.file)
    tests, reasons = never_holding(standard, codes_for(path))
    if not tests and not reasons:
        return []
    mistakes = Mistakes(str(path))
    reader = Reader(mistakes)
    top = reader.entries(compose(path, mistakes), "")
    if tests:
        named = reader.entries(reader.entries(top["contact"][1], "contact")["tests"][1], "contact.tests")
        for name in tests:
            mistakes.add(
                named[name][0], f"contact.tests.{name}", "a test that nobody can pass", "one that somebody can"
            )
    for item in reader.items(top["cases"][1], "cases") if reasons else ():
        _, reason = reader.entries(item, "cases")["reason"]
        if isinstance(reason, ScalarNode) and reason.value in reasons:
            found = f"{reason.value}, which can decide for nobody"
            mistakes.add(item, "cases", found, "a case that holds for somebody whom no earlier one has")
    return mistakes.found
