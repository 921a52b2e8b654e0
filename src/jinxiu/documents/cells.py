"""Cells of a spreadsheet that stay the text they are: what somebody typed must neither run nor lose its digits."""

from collections.abc import Iterable
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text_cells(sheet: Any, texts: Iterable[str], *, bold: bool = False) -> list[Any]:
    """A row for a write-only Excel sheet, every cell text whatever it begins with."""
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=writable(text))
        cell.data_type = "s"
        cell.font = Font(bold=bold)
        cells.append(cell)
    return cells


def writable(text: str) -> str:
    """The text without the control characters that no Excel file can hold; somebody may have pasted one."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def harmless(cell: str) -> str:
    """A cell of a CSV file that a spreadsheet program takes for text and not for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
