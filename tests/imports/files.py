"""Small files as centres make them, written on the spot."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

HEADINGS = ("姓名", "身份证号", "性别", "出生日期", "联系电话", "社区", "现住址", "责任团队")


def xlsx(rows: Sequence[Sequence[Any]], title: str = "居民", merge: str = "") -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A text file, cells quoted where they must be."""
    lines = (delimiter.join(_quoted(str(cell), delimiter) for cell in row) for row in rows)
    return "\r\n".join(lines).encode(encoding)


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell
