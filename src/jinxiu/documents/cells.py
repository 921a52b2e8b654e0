"""Cells of a spreadsheet that stay the text they are: what somebody typed must neither run nor lose its digits."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

Value = str | int | Decimal
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row_cells(sheet: Any, values: Iterable[Value], *, bold: bool = False) -> list[Any]:
    """A row for a write-only Excel sheet: text stays text whatever it begins with, numbers can be added up.

    A Decimal is money in yuan.
    """
    cells = []
    for value in values:
        content: Any = writable(value) if isinstance(value, str) else value
        cell = WriteOnlyCell(sheet, value=content)
        if isinstance(value, str):
            cell.data_type = "s"
        elif isinstance(value, Decimal):
            cell.number_format = "0.00"
        cell.font = Font(bold=bold)
        cells.append(cell)
    return cells


def writable(text: str) -> str:
    """The text without the control characters that no Excel file can hold; somebody may have pasted one."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def harmless(cell: str) -> str:
    """A cell of a CSV file that a spreadsheet program takes for text and not for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
