"""Files as rows of cells: Excel (xlsx, xls), text with commas or tabs, told apart by what is in them. No Django.

A file is untrusted: its size, the size of what a zip unpacks to and its rows are bounded before anything is built.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from jinxiu.familydoctor.imports.cells import Row, text
from jinxiu.familydoctor.imports.layouts import Found, Layout, read_headings

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_UNPACKED = 1024 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 500_000
_HIGHEST_RATIO = 300  # real sheets shrink to a tenth or a thirtieth
_LONGEST_CELL = 20_000
_MOST_COLUMNS = 400
_LOOK_FOR_HEADINGS = 30  # rows from the top; titles and notes stand above
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = "\t,;"


class FileError(ValueError):
    """A file that cannot be used; `reason` is a stable code, `parts` what its sentence needs to know."""

    def __init__(self, reason: str, **parts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.parts = parts


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a file; `first` is the number that the first row has in the spreadsheet program."""

    name: str
    rows: Sequence[Row]
    first: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose columns are known: what stands where, and the rows below the headings with their numbers."""

    sheet: str
    columns: tuple[Found, ...]
    rows: Sequence[Row]
    first_row: int

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """The rows that say anything, with the number that the spreadsheet program shows."""
        for number, row in enumerate(self.rows, start=self.first_row):
            if any(cell not in (None, "") for cell in row):
                yield number, row


def read_tables(content: bytes, layout: Layout) -> tuple[list[Table], list[str]]:
    """The tables of a file for a layout, and the names of sheets without its headings.

    Raises FileError: file_empty, file_too_large, file_kind, file_broken, file_locked, file_bomb, file_rows,
    file_headings (with the headings that it should have).
    """
    if not content:
        raise FileError("file_empty")
    if len(content) > LARGEST_FILE:
        raise FileError("file_too_large", most=f"{LARGEST_FILE // 2**20} MB")
    tables, others = [], []
    for sheet in _sheets(content):
        table = _table(sheet, layout)
        if table:
            tables.append(table)
        elif sheet.rows:
            others.append(sheet.name)
    if not tables:
        needed = [column.headings[0] for column in layout.columns.values() if column.required]
        raise FileError("file_headings", needed=", ".join(needed))
    if sum(len(table.rows) for table in tables) > MOST_ROWS:
        raise FileError("file_rows", most=f"{MOST_ROWS:,}")
    return tables, others


def _sheets(content: bytes) -> list[Sheet]:
    if content.startswith(_ZIP):
        _refuse_bomb(content)
        return _workbook(content)
    if content.startswith(_OLE):
        return _workbook(content)
    return [_text_table(content)]


def _refuse_bomb(content: bytes) -> None:
    """Unpack everything once without keeping it: the size that a zip says it has may be a lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if not any(part.filename == "[Content_Types].xml" for part in parts):
                raise FileError("file_kind")
            size = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or size > min(LARGEST_UNPACKED, max(_HIGHEST_RATIO * len(content), 2**20)):
                raise FileError("file_bomb")
            if archive.testzip() is not None:  # reads no further than the said sizes, and compares checksums
                raise FileError("file_broken")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError("file_broken") from error


def _workbook(content: bytes) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return [_worksheet(book, name) for name in book.sheet_names]
    except CalamineError as error:
        locked = "assword" in str(error) or "ncrypt" in str(error)
        raise FileError("file_locked" if locked else "file_broken") from error


def _worksheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > MOST_ROWS + _LOOK_FOR_HEADINGS:
        raise FileError("file_rows", most=f"{MOST_ROWS:,}")
    if sheet.total_width > _MOST_COLUMNS:
        raise FileError("file_columns", most=str(_MOST_COLUMNS))
    start = sheet.start or (0, 0)
    return Sheet(name, sheet.to_python(skip_empty_area=True), start[0] + 1)


def _text_table(content: bytes) -> Sheet:
    words = _decoded(content)
    if "\0" in words:
        raise FileError("file_kind")
    delimiter = _delimiter(words)
    csv.field_size_limit(_LONGEST_CELL)
    rows: list[Row] = []
    try:
        for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter):
            rows.append(row[:_MOST_COLUMNS])
            if len(rows) > MOST_ROWS + _LOOK_FOR_HEADINGS:
                raise FileError("file_rows", most=f"{MOST_ROWS:,}")
    except csv.Error as error:
        raise FileError("file_broken") from error
    return Sheet("", rows)


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else GB18030, which Excel writes in China."""
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileError("file_kind")


def _delimiter(words: str) -> str:
    """The sign that parts the most columns in the lines where headings may be."""
    lines = words.split("\n", _LOOK_FOR_HEADINGS)[:_LOOK_FOR_HEADINGS]
    return max(_DELIMITERS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _table(sheet: Sheet, layout: Layout) -> Table | None:
    """Find the headings: the row near the top that names most columns, among them all that are needed."""
    best: tuple[int, int, list[Found]] | None = None
    needed = {column.field for column in layout.columns.values() if column.required}
    for place, row in enumerate(sheet.rows[:_LOOK_FOR_HEADINGS]):
        found = read_headings(layout, [text(cell) for cell in row])
        fields = {one.field for one in found if one.field}
        if needed <= fields and len(fields) > max(1, best[0] if best else 0):
            best = (len(fields), place, found)
    if best is None:
        return None
    _, place, found = best
    return Table(sheet.name, tuple(found), sheet.rows[place + 1 :], sheet.first + place + 1)
