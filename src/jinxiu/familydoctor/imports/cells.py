"""What one cell of somebody's spreadsheet says: text, day, number, identity number, phone. Pure, no Django.

A cell comes as the reader found it: text, a number, a date, a truth value, or nothing. Each function raises CellError
with a stable code and what is allowed in its place; nothing is guessed.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from jinxiu.people import identity
from jinxiu.people.identity import IdentityError

Cell = str | float | int | bool | date | datetime | time | timedelta | None
Row = Sequence[Cell]

_EXACT_DIGITS = 15  # a spreadsheet's number keeps this many, all that follow became zeros
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_SERIAL_DAYS = range(3_000, 109_574)  # 1908 to 2199: below, "1955" would be a day of 1905 instead of a year
_EXPONENT = re.compile(r"\d(\.\d+)?E\+?\d{1,3}", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D?(?:[ T]+\d{1,2}:\d{2}.*)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_EARLIEST = date(1900, 1, 1)


class CellError(ValueError):
    """A cell that cannot be used; `reason` is a stable code, `allowed` what its sentence needs to know."""

    def __init__(self, reason: str, **allowed: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.allowed = allowed


def shown(cell: Cell) -> str:
    """The cell as its writer saw it, for reports: 20261105 and not 20261105.0, a day as 2026-11-05."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}" if abs(cell) < 10**_EXACT_DIGITS else f"{cell:.5E}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def text(cell: Cell) -> str:
    """The text of a cell: half-width, single spaces, without the apostrophe or ="…" that keeps digits together."""
    words = " ".join(unicodedata.normalize("NFKC", shown(cell)).split())
    if words.startswith("="):
        words = words[1:].strip()
    return words.strip("'\"`’“”").strip()


def day(cell: Cell, today: date) -> date:
    """A day: a date, 2026-11-05, 2026/11/5, 2026.11.5, 20261105, year-month-day in characters, an Excel serial number.

    Raises CellError: day_shape, day_future, day_past.
    """
    found = _day(cell)
    if found > today:
        raise CellError("day_future", latest=today.isoformat())
    if found < _EARLIEST:
        raise CellError("day_past", earliest=_EARLIEST.isoformat())
    return found


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = text(cell)
    if re.fullmatch(r"\d{1,6}(\.\d+)?", words) and int(float(words)) in _SERIAL_DAYS:
        return _EXCEL_DAY_ZERO + timedelta(days=int(float(words)))
    parts = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", words) or _DAY.fullmatch(words)
    try:
        return date(*map(int, parts.groups())) if parts else _refuse_day()
    except ValueError:
        return _refuse_day()


def _refuse_day() -> date:
    raise CellError("day_shape")


def number(cell: Cell, low: float | None = None, high: float | None = None) -> float:
    """A number inside the bounds, units behind it forgiven. Raises CellError: number_shape, number_range."""
    found = _NUMBER.match(text(cell))
    rest = text(cell)[found.end() :] if found else ""
    if found is None or any(character.isdigit() for character in rest):
        raise CellError("number_shape")
    value = float(found[0])
    if (low is not None and value < low) or (high is not None and value > high):
        raise CellError("number_range", low=_bound(low), high=_bound(high))
    return value


def _bound(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:g}"


def id_card(cell: Cell, today: date) -> identity.IdCard:
    """A resident identity card number; the 15 digits of old cards are read as their 18-character form.

    Raises CellError: id_digits_lost for a number that the spreadsheet rounded, else the codes of IdentityError.
    """
    words = identity.normalise(text(cell))
    if (isinstance(cell, float) and abs(cell) >= 10**_EXACT_DIGITS) or _EXPONENT.fullmatch(text(cell)):
        raise CellError("id_digits_lost")
    try:
        return identity.parse_id_card(identity.from_15_digits(words) if len(words) == 15 else words, today)
    except IdentityError as error:
        rounded = len(words) == 18 and words.endswith("000") and error.reason == "id_card_check"
        raise CellError("id_digits_lost" if rounded else error.reason) from error


def document(cell: Cell) -> str:
    """The number of another document, as it is compared. Raises CellError: id_digits_lost, document_shape."""
    if (isinstance(cell, float) and abs(cell) >= 10**_EXACT_DIGITS) or _EXPONENT.fullmatch(text(cell)):
        raise CellError("id_digits_lost")
    words = identity.normalise(text(cell))
    if not re.fullmatch(r"[A-Z0-9]{5,30}", words):
        raise CellError("document_shape")
    return words


def phones(cell: Cell) -> tuple[str, ...]:
    """All phone numbers of a cell, in digits; words beside them are dropped. Raises CellError: phone_shape."""
    found = [part for part in re.split(r"[^\d+\-(). ]+", text(cell)) if re.search(r"\d", part)]
    if not found:
        raise CellError("phone_shape")
    try:
        return tuple(dict.fromkeys(identity.normalise_phone(part) for part in found))
    except IdentityError as error:
        raise CellError(error.reason) from error


def one_of(cell: Cell, words: dict[str, str]) -> str:
    """What the cell's word means, out of a list of words. Raises CellError: word_unknown."""
    found = words.get(text(cell).casefold())
    if found is None:
        raise CellError("word_unknown", words=", ".join(list(words)[:8]))
    return found
