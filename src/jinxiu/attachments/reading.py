"""A file that somebody uploads is read in a process of its own (`examine`), which has none of our keys."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from jinxiu.attachments.rules import LARGEST_BYTES, Kept, RefusedError

_SOURCES = str(Path(__file__).resolve().parents[2])
_SECONDS = 40  # of the clock, on a machine with much to do


def read(content: bytes) -> Kept:
    """What is kept of a file. Raises RefusedError (also: too_large), RuntimeError where the reading is broken."""
    if len(content) > LARGEST_BYTES:
        raise RefusedError("too_large")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "jinxiu.attachments.examine"],
            input=content,
            capture_output=True,
            env={"PYTHONPATH": _SOURCES},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError("too_much") from error
    if done.returncode < 0:  # stopped by its limits, or by what the file did to it
        raise RefusedError("too_much")
    if done.returncode:
        raise RuntimeError(f"A file could not be examined: {done.stderr.decode(errors='replace')[-500:]}")
    return _kept(done.stdout)


def _kept(answer: bytes) -> Kept:
    line, _newline, body = answer.partition(b"\n")
    head = json.loads(line)
    if code := head.pop("refused", ""):
        raise RefusedError(code)
    length = head.pop("length")
    return Kept(content=body[:length], preview=body[length:], **head)
