"""Everybody's verdicts on DuckDB and on Apache Spark, side by side: python bench/spark.py --people 90000

By every standard of the norm, on the same Parquet files (bench/data.py), each engine in a process of its own. Spark is
a standalone master and two workers with a core each, on this machine; the time until they stand is told apart. Facts
are read and checked before the clock starts; sending them to the workers is in the time. Each engine is asked twice:
the second time nothing is compiled. Memory is the sum of what each process had at its most, for Spark six of them.

The rows of both are compared, every column of every row. Needs Java and the packages of requirements-spark.lock.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from os import getpid
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("src", ".")]

from bench.data import AS_OF, facts_directory  # noqa: E402
from bench.engine import machine  # noqa: E402
from jinxiu.cli.problems import Problem  # noqa: E402
from jinxiu.cli.spark import require_spark  # noqa: E402

ENGINES = ("duckdb", "spark")


def child(engine: str, people: int, file: Path) -> None:
    """Ask one engine twice, write its rows and print the figures as JSON."""
    import pyarrow.parquet as pq

    from jinxiu.standards.catalogue import installed
    from jinxiu.standards.facts import read_facts
    from jinxiu.standards.population import population

    facts = read_facts(facts_directory(people))
    standards = installed().in_force(AS_OF)
    with ExitStack() as stack:
        start, session = timed(lambda: stack.enter_context(spark_cluster()) if engine == "spark" else None)
        first, rows = timed(lambda: population(standards, facts, AS_OF, engine, session))
        again, _ = timed(lambda: population(standards, facts, AS_OF, engine, session))
        figures = {"start": start, "first": first, "again": again, "megabytes": peak_megabytes(getpid())}
    pq.write_table(rows, file)
    print(json.dumps(figures))


def spark_cluster() -> Any:
    from tests.spark.cluster import cluster

    return cluster(memory="3g", spark_driver_memory="3g")


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = run()
    return time.perf_counter() - began, answer


def peak_megabytes(process: int) -> float:
    """The most memory of a process and of all that it started, added up."""
    told = Path(f"/proc/{process}/status").read_text().splitlines()
    own = sum(float(line.split()[1]) / 1e3 for line in told if line.startswith("VmHWM"))  # none for who has ended
    children = " ".join(file.read_text() for file in Path(f"/proc/{process}/task").glob("*/children"))
    return own + sum(peak_megabytes(int(number)) for number in children.split())


def measure(engine: str, people: int, file: Path) -> dict[str, float]:
    """The figures of one engine, asked in a process of its own."""
    command = [sys.executable, __file__, "--child", engine, "--people", str(people), "--rows", file]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def same_rows(files: list[Path]) -> int:
    """How many verdicts there are; AssertionError when the engines differ in anything."""
    import pyarrow.parquet as pq

    ours, theirs = (pq.read_table(file) for file in files)
    assert ours.schema.equals(theirs.schema)
    for name in ours.schema.names:
        assert ours.column(name).equals(theirs.column(name)), f"{name} differs"
    return ours.num_rows


def table(people: int, rounds: int) -> None:
    """Measure both engines in turn, several times, and print their medians."""
    runs: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{engine}.parquet" for engine in ENGINES]
        for _ in range(rounds):
            for engine, file in zip(ENGINES, files, strict=True):
                runs[engine].append(measure(engine, people, file))
            verdicts = same_rows(files)
    print(f"\n{people:,} people, {verdicts:,} verdicts, equal on both; seconds, median of {rounds} runs")
    print(f"{'':10}{'to start':>10}{'first':>10}{'again':>10}{'DuckDB = 1':>12}{'peak MB':>10}")
    figures = {engine: {key: median(run[key] for run in some) for key in some[0]} for engine, some in runs.items()}
    for engine, figure in figures.items():
        ratio = figure["first"] / figures["duckdb"]["first"]
        seconds = "".join(f"{figure[key]:10.2f}" for key in ("start", "first", "again"))
        print(f"{engine:10}{seconds}{ratio:12.1f}{figure['megabytes']:10.0f}", flush=True)


def main() -> None:
    """Parse the arguments and print the table for each number of people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[90_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.people[0], args.rows)
        return
    try:
        require_spark()
    except Problem as missing:
        print(f"Left out: {missing}")
        return
    print(machine())
    for people in args.people:
        table(people, args.rounds)


if __name__ == "__main__":
    main()
