"""The chain over the trail: what a block's fingerprint covers, and which lines differ from it. Pure functions.

A line's content is its row as PostgreSQL's COPY writes it in text format (tabs between columns, `\\N` for null, line
breaks escaped), columns in the order of COLUMNS. A block's fingerprint is the SHA-256 of its lines, each with a line
feed, followed by its head as compact JSON; the head holds the fingerprint of the block before.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

FORM = "jinxiu-audit-1"  # another form of content or head gets another number
COLUMNS = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "role",
    "action",
    "person_id",
    "purpose",
    "detail",
    "request_id",
    "address",
)
NOTHING_BEFORE = "0" * 64
_MARK = struct.Struct(">q8s")  # a line's id, the beginning of its own SHA-256


@dataclass(frozen=True)
class Head:
    """What a block says of itself; it covers the ids after `after_id` up to `last_id`."""

    number: int
    after_id: int
    last_id: int
    lines: int
    closed_at: str
    previous: str


class Break(Enum):
    """How a line differs from what its block was closed over."""

    CHANGED = "changed"
    GONE = "gone"
    ADDED = "added"


def fingerprint(head: Head, content: Sequence[bytes]) -> str:
    """The block's fingerprint in hexadecimal."""
    digest = hashlib.sha256()
    for line in content:
        digest.update(line + b"\n")
    parts = [FORM, head.number, head.after_id, head.last_id, head.lines, head.closed_at, head.previous]
    digest.update(json.dumps(parts, separators=(",", ":")).encode())
    return digest.hexdigest()


def marks(content: Sequence[bytes]) -> bytes:
    """16 bytes for each line, by which a broken one is found; that a block is broken is seen by its fingerprint."""
    return b"".join(_MARK.pack(id_of(line), hashlib.sha256(line).digest()[:8]) for line in content)


def breaks(closed: bytes, content: Sequence[bytes]) -> Iterator[tuple[int, Break]]:
    """The lines that differ from the marks with which their block was closed, as (id, how), by id."""
    then, now = _by_id(closed), _by_id(marks(content))
    for line in sorted(then.keys() | now.keys()):
        if line not in now:
            yield line, Break.GONE
        elif line not in then:
            yield line, Break.ADDED
        elif then[line] != now[line]:
            yield line, Break.CHANGED


def _by_id(closed: bytes) -> dict[int, bytes]:
    whole = closed[: len(closed) // _MARK.size * _MARK.size]  # marks that somebody cut are no marks
    return dict(_MARK.iter_unpack(whole))


def id_of(line: bytes) -> int:
    """The id with which a line's content begins."""
    return int(line.partition(b"\t")[0])
