"""The list of what stayed out, as a file that a clerk works through: row, column, value, what is allowed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import get_language, gettext
from openpyxl import Workbook

from jinxiu.documents.cells import harmless, row_cells
from jinxiu.familydoctor.imports.report import ImportReport
from jinxiu.familydoctor.imports.wording import field_title, found_text, outcome, value_sentence


def report_file(report: ImportReport, suffix: str) -> bytes:
    """The problems as .xlsx or .csv (UTF-8 with its mark, so that Excel shows Chinese), in the active language."""
    return _workbook(report) if suffix == ".xlsx" else _text(report)


def report_lines(report: ImportReport) -> Iterator[tuple[str, ...]]:
    """The headings, then one line a problem: file, sheet, row, column, value, what is allowed, what became of it."""
    language = get_language() or ""
    yield (
        *(gettext("File"), gettext("Sheet"), gettext("Row"), gettext("Column")),
        *(gettext("What stands there"), gettext("What is allowed"), gettext("What became of it")),
    )
    for place, problem in report.problems:
        column = field_title(report.layout, problem.field, language)
        sentence, became = value_sentence(problem), outcome(problem)
        yield place.file, place.sheet, str(place.row), column, found_text(problem), sentence, became


def _text(report: ImportReport) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([harmless(cell) for cell in line] for line in report_lines(report))
    return out.getvalue().encode("utf-8-sig")


def _workbook(report: ImportReport) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Rows to correct"))
    for letter, width in zip("ABCDEFG", (24, 14, 8, 16, 26, 70, 26), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    for number, line in enumerate(report_lines(report)):
        sheet.append(row_cells(sheet, line, bold=number == 0))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
