"""An empty file of a layout for a clerk to fill in: the headings, and one made-up row that is never taken in."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from jinxiu.documents.cells import row_cells
from jinxiu.familydoctor.imports.layouts import Layout


def template_file(layout: Layout, language: str) -> bytes:
    """The headings in a language and the made-up row as .xlsx; all columns are text, so that no number is rounded."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(layout.title.language(language)[:31])
    sheet.freeze_panes = "A2"
    for place in range(1, len(layout.columns) + 1):
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width, column.number_format = 20, "@"
    columns = layout.columns.values()
    sheet.append(row_cells(sheet, [column.title.language(language) for column in columns], bold=True))
    sheet.append(row_cells(sheet, [column.example for column in columns]))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
