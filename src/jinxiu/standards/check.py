"""What `standards list`, `show` and `check` need, as plain functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.codes import FILE_NAME as CODES_FILE
from jinxiu.standards.codes import read_codes
from jinxiu.standards.positions import Mistake, StandardError
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
    """All mistakes of a standard's file, of a code list (codes.yaml), or of a directory of standards."""
    path = Path(path)
    try:
        if path.name == CODES_FILE:
            read_codes(path)
        else:
            Catalogue.load(path)
    except StandardError as error:
        return error.mistakes
    return []
