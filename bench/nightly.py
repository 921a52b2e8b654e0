"""How long the night takes in a district of 90,000: everybody, and only who was touched since the last one.

    PYTHONPATH=src python bench/nightly.py [--residents 90000] [--data DIR]

Builds a generated district (or takes the one in --data) and judges everybody. Then come nights, each after another
number of people were written of, as an import writes it. Each night is done twice from the same state: for everybody,
which is taken back, and for those who were touched. The due items must be the same, row by row. Peak memory is that of
the Python process.
"""

import argparse
import os
import platform
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

GOAL_S = 20
WRITTEN_OF = (0, 500, 2_000, 10_000)  # people, before each night

WRITE = """
WITH chosen AS (
    SELECT id FROM people_person WHERE merged_into_id IS NULL ORDER BY md5(id::text || %(day)s) LIMIT %(n)s),
visit AS (
    INSERT INTO evidence_event
        (person_id, kind, happened_on, mode, setting, form_id, form_version, answers, recorded_at, source_system)
    SELECT id, 'followup.hypertension', %(day)s, 'clinic', '', '', '', '{}', now(), 'bench' FROM chosen
    RETURNING id, person_id, happened_on)
INSERT INTO evidence_observation (person_id, event_id, code, happened_on, value, text, recorded_at, source_system)
SELECT person_id, id, code, happened_on, value, '', now(), 'bench'
FROM visit, (VALUES ('systolic', 148), ('diastolic', 82)) AS reading (code, value)
"""
# Everything of the items but what tells when and by which run they came about.
ITEMS = """
SELECT count(*), md5(string_agg(md5(row::text), '' ORDER BY row::text))
FROM (SELECT person_id, standard, version, clause, cycle, opens_on, due_on, closes_on, classification, action, urgency,
             reason_code, reason_args, facts_used, closed_reason FROM worklists_dueitem) row
"""


@dataclass
class Night:
    """One way through a night: seconds, peak MiB, and what the run says."""

    written: int
    seconds: float
    peak: float
    everybody: str
    counts: dict[str, int]
    items: tuple[Any, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--data", type=Path, help="a data directory that a demo has filled; default: a new one")
    args = parser.parse_args()
    from jinxiu.cli.environment import database, prepare_database

    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        Path(name).chmod(0o711)  # the server's own account passes through when root runs this
        with database(Namespace(data=args.data or Path(name))):
            prepare_database()
            from jinxiu.demo.build import build
            from jinxiu.people.clock import today

            build(args.residents, 1, today())
            show(nights(today()))


def nights(day: date) -> Iterator[tuple[Night, Night]]:
    """Each night for everybody and for who was touched."""
    from django.db import transaction

    first = night(day, 0, everybody=True)
    print(f"the first night: {first.seconds:.1f} s, {first.counts['opened']:,} opened, {first.peak:,.0f} MiB")
    for written in WRITTEN_OF:
        day += timedelta(days=1)
        query(WRITE, {"day": day, "n": written})
        with transaction.atomic():
            everybody = night(day, written, everybody=True)
            transaction.set_rollback(True)
        touched = night(day, written)
        assert everybody.items == touched.items, "the two ways end in different items"
        yield everybody, touched


def night(day: date, written: int, everybody: bool = False) -> Night:
    """As in a process of its own: what was compiled for the day is forgotten."""
    from jinxiu.standards import population
    from jinxiu.worklists.actions import refresh_everyone

    population._scripts.clear()
    forget_peak()
    start = time.perf_counter()
    run = refresh_everyone(day, everybody=everybody)
    seconds = time.perf_counter() - start
    return Night(written, seconds, peak(), run.everybody, run.counts, query(ITEMS)[0])


def query(sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """MiB since it was forgotten."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def show(found: Iterator[tuple[Night, Night]]) -> None:
    rows = list(found)
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    heads = ("written of", "judged", "opened", "changed", "closed", "seconds", "everybody = 1", "peak MiB")
    print(f"goal: {GOAL_S} s\n\n" + "".join(f"{head:>14}" for head in heads))
    for everybody, touched in rows:
        for one in (everybody, touched):
            ratio = one.seconds / everybody.seconds
            counts = "".join(f"{one.counts[name]:>14,}" for name in ("touched", "opened", "changed", "closed"))
            print(f"{one.written:>14,}{counts}{one.seconds:>14.2f}{ratio:>14.3f}{one.peak:>14,.0f}")


if __name__ == "__main__":
    main()
