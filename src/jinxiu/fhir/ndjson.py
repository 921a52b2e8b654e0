"""NDJSON files as bulk export delivers them, plain or gzip: found, opened, read in constant memory. Pure."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes in a line; a resource is a few kilobytes, and a longer line would only fill the memory."""
_NAME = re.compile(r"([A-Z][A-Za-z]+)(?:[._-][\w.-]*)?\.(?:ndjson|jsonl)(?:\.gz)?")
_SUFFIXES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
_BUNDLES = (".json", ".json.gz")
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_BLOCK = 1 << 20


class InputError(Exception):
    """The paths given cannot be read; the message is a sentence for the user."""


class Line(NamedTuple):
    """A line that is not blank: its number from 1, its bytes, and what is wrong with it as a line."""

    number: int
    content: bytes
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read. `resource_type` is what its name promises, empty when the name promises nothing."""

    path: Path
    resource_type: str
    size: int

    @property
    def name(self) -> str:
        """The file's name, as reports show it."""
        return self.path.name


def find_files(paths: Iterable[Path]) -> list[SourceFile]:
    """Return the files to read among files and directories, in the order of their names; raises InputError.

    A directory gives its files that end in .ndjson, .jsonl or one of these with .gz; without any, those that end in
    .json or .json.gz (beside NDJSON such a file is the export's manifest). A file named outright is read
    whatever its name. `Observation.ndjson`, `Observation.1.ndjson.gz`, `Observation-000.ndjson` promise Observations.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = _inside(path, _SUFFIXES) or _inside(path, _BUNDLES)
            if not inside:
                raise InputError(
                    f"{path} holds no NDJSON file and no Bundle; give a directory with files such as Patient.ndjson.gz "
                    f"or, of Bundles, such as anna.json."
                )
            found.update(dict.fromkeys(inside))
        elif path.is_file():
            found[path] = None
        else:
            raise InputError(f"{path} does not exist; give the NDJSON files or the directory that holds them.")
    return [_source_file(path) for path in found]


def _inside(directory: Path, endings: tuple[str, ...]) -> list[Path]:
    return sorted(child for child in directory.iterdir() if child.is_file() and child.name.endswith(endings))


def _source_file(path: Path) -> SourceFile:
    match = _NAME.fullmatch(path.name)
    try:
        return SourceFile(path, match[1] if match else "", path.stat().st_size)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions.") from None


class LineReader:
    """Reads one file's lines, holding one line at a time; `position` is how many bytes of the file are behind us."""

    def __init__(self, file: SourceFile, longest_line: int = LONGEST_LINE) -> None:
        self.file = file
        self._longest = longest_line
        self._raw: BinaryIO | None = None

    @property
    def position(self) -> int:
        """Bytes read of the file as it lies on the disk."""
        return self._raw.tell() if self._raw and not self._raw.closed else 0

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines that are not blank; a line too long or a broken archive comes as a line with a problem."""
        number = 0
        try:
            with self.file.path.open("rb") as raw:
                self._raw = raw
                stream = self._stream(raw)
                while content := stream.readline(self._longest + 1):
                    number += 1
                    yield from self._line(stream, number, content)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Line(number + 1, b"", f"a gzip archive that breaks off or is damaged here ({error})")
        except OSError as error:
            raise InputError(f"{self.file.path} cannot be read ({error.strerror}); check its permissions.") from None

    def _stream(self, raw: BinaryIO) -> BinaryIO:
        """Return the text of the file, unpacked when its first bytes say gzip, whatever its name says."""
        packed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        if not packed:
            return raw
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), _BLOCK)

    def _line(self, stream: BinaryIO, number: int, content: bytes) -> Iterator[Line]:
        if len(content) > self._longest:
            while content and not content.endswith(b"\n"):
                content = stream.readline(_BLOCK)
            yield Line(number, b"", f"a line of more than {self._longest:,} bytes")
            return
        if number == 1:
            content = content.removeprefix(_UTF8_MARK)
        content = content.strip()
        if content:
            yield Line(number, content)
