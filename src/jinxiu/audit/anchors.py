"""Anchors: the trail's last fingerprint as a line, kept outside of the database, a file for each day.

Whoever may write the database may compute its chain anew; the lines kept elsewhere tell that it was done.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from jinxiu.audit.models import AuditBlock
from jinxiu.audit.queries import in_utc

_WORD = "jinxiu-audit"


@dataclass(frozen=True)
class Kept:
    """The anchor that was kept last: of which block, and when it was written down."""

    block: int
    at: datetime


def anchor_of(block: AuditBlock) -> str:
    """The block as one line to keep: number, last id, fingerprint, instant of closing."""
    return f"{_WORD} {block.number} {block.last_id} {block.fingerprint} {in_utc(block.closed_at)}"


def fingerprints(path: Path) -> dict[int, str]:
    """Fingerprints by block number from a file of anchors, or all files of a directory; other lines are passed over.

    Of two lines about one block the earlier one counts, by the files' names: a chain closed anew may have been anchored
    anew. Raises OSError, UnicodeDecodeError.
    """
    found: dict[int, str] = {}
    for file in _files(path) if path.is_dir() else [path]:
        for line in file.read_text(encoding="utf-8").splitlines():
            if anchor := _read(line):
                found.setdefault(*anchor)
    return found


def keep(directory: Path, block: AuditBlock, day: date) -> Path:
    """Add the block's anchor to the day's file, unless it stands there last already. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    path, line = directory / f"{day.isoformat()}.txt", anchor_of(block)
    if path.exists() and path.read_text(encoding="utf-8").splitlines()[-1:] == [line]:
        return path
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def last_kept(directory: Path) -> Kept | None:
    """The anchor that was kept last, by the days' names; None for none, or where the directory cannot be read."""
    try:
        last = _files(directory)[-1]
        anchors = [anchor for line in last.read_text(encoding="utf-8").splitlines() if (anchor := _read(line))]
        return Kept(anchors[-1][0], datetime.fromtimestamp(last.stat().st_mtime, UTC))
    except (OSError, UnicodeDecodeError, IndexError):
        return None


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.txt"))


def _read(line: str) -> tuple[int, str] | None:
    words = line.split()
    if len(words) != 5 or words[0] != _WORD or not words[1].isdecimal():
        return None
    return int(words[1]), words[3]
