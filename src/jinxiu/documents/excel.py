"""A table as an Excel file that says on every page whose copy it is."""

import io
from collections.abc import Iterable

from openpyxl import Workbook

from jinxiu.documents.cells import Value, row_cells, writable


def marked_workbook(title: str, headings: Iterable[Value], rows: Iterable[Iterable[Value]], mark: str) -> bytes:
    """One sheet; the mark stands in the first row, on every printed page and in the file's properties."""
    book, mark = Workbook(write_only=True), writable(mark)
    book.properties.creator, book.properties.description = "Jinxiu", mark
    sheet = book.create_sheet(title)
    printed = mark.replace("&", "&&")[:200]  # & begins a command in headers; Excel takes 255 characters
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = printed
    sheet.freeze_panes = "A3"
    sheet.append(row_cells(sheet, [mark]))
    sheet.append(row_cells(sheet, headings, bold=True))
    for row in rows:
        sheet.append(row_cells(sheet, row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
