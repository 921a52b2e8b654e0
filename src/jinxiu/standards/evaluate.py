"""Facts in, verdicts out, with no database at all: the whole of `./jinxiu evaluate` but its arguments."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jinxiu.standards.facts import Facts, read_facts
from jinxiu.standards.judge import judge
from jinxiu.standards.model import Standard
from jinxiu.standards.population import write_verdicts
from jinxiu.standards.remarks import remarks
from jinxiu.standards.verdict_table import VERDICT_SCHEMA

ENGINES = ("duckdb", "judge")
_ENDINGS = (".csv", ".parquet")
_AT_ONCE = 50_000  # verdicts in memory while people are judged one by one


class EvaluateError(ValueError):
    """The answer cannot be written as asked; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation did: how many verdicts it wrote, where to, and what in the facts looks like a slip."""

    verdicts: int
    out: Path
    remarks: tuple[str, ...] = ()


def evaluate(facts: Path, standards: Sequence[Standard], as_of: date, out: Path, engine: str = "duckdb") -> Evaluated:
    """Judge everybody in a directory of facts on a day and write the verdict columns to a .csv or .parquet file.

    Both engines write the same rows in the same order: person_id, standard, clause, cycle. `duckdb` compiles the
    standards for all people at once; `judge` is the referee and takes one person after the other. The file appears
    whole or not at all. Raises FactsError (the facts cannot be used) or EvaluateError, both with sentences.
    """
    _require(engine in ENGINES, f"The engine {engine} is unknown; use {' or '.join(ENGINES)}.")
    _require(out.suffix in _ENDINGS, f"{out} should end in .csv or .parquet, so that it is clear what to write.")
    _require(out.parent.is_dir(), f"{out.parent} is no directory; make it first, or name another place for the answer.")
    _require(not out.is_dir(), f"{out} is a directory; name a file in it.")
    checked = read_facts(facts)
    with _appearing(out) as unfinished:
        write = write_verdicts if engine == "duckdb" else _write_one_by_one
        return Evaluated(write(standards, checked, as_of, unfinished), out, tuple(remarks(checked)))


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise EvaluateError(sentence)


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A file that takes its name at the end: a killed or failed run leaves the old answer as it was."""
    unfinished = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
    try:
        yield unfinished
        unfinished.replace(out)
    except OSError as error:
        reason = error.strerror or error
        raise EvaluateError(f"{out} could not be written ({reason}); make room, or name another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)


# --- one person after the other ---------------------------------------------------------------------------------------


def _write_one_by_one(standards: Sequence[Standard], facts: Facts, as_of: date, path: Path) -> int:
    in_order = sorted(standards, key=lambda standard: standard.id)
    rows = (
        verdict.as_row()
        for person in facts.persons()
        for standard in in_order
        for verdict in judge(standard, person, as_of)
    )
    written = 0
    with _writer(path) as write:
        while some := list(islice(rows, _AT_ONCE)):
            write(some)
            written += len(some)
    return written


@contextmanager
def _writer(path: Path) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    if path.suffix == ".parquet":
        with pq.ParquetWriter(path, VERDICT_SCHEMA) as parquet:
            yield lambda rows: parquet.write_table(pa.Table.from_pylist(rows, schema=VERDICT_SCHEMA))
    else:
        with path.open("w", encoding="utf-8", newline="") as lines:
            table = csv.DictWriter(lines, VERDICT_SCHEMA.names, lineterminator="\n")
            table.writeheader()
            yield table.writerows
