"""How fast are everybody's verdicts? One command, one table: python bench/engine.py --people 90000 1000000

Eight things are timed, each in a process of its own, on the same Parquet files (bench/data.py):

* reading: every column is decoded and looked at, no more;
* by hand: the same verdicts by SQL written for these three standards (bench/handwritten.sql);
* polars: the same once more, written for Polars (bench/by_polars.py);
* compiled: `population` over the checked facts, rows in memory;
* evaluate: all that `./jinxiu evaluate` does: start, read, check, judge, sort, write a Parquet file;
* all, all again: `population` by every standard of the norm, the first and the second time in one process;
* evaluate all: the whole command by every standard.

Before anything is timed, the rows by hand, of Polars and the compiled ones are compared, every column of every row.
After "evaluate all" the rows of 200 people are compared with what the referee says of them. --only takes some of them,
as for a whole city: --people 5300000 --rounds 1 --only "evaluate all"
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("src", ".")]

from bench.data import AS_OF, facts_directory  # noqa: E402

STANDARDS = ("diabetes", "elderly", "hypertension")
SQL = Path(__file__).with_name("handwritten.sql")


# --- the contenders ---------------------------------------------------------------------------------------------------


def reading(facts: Path) -> Callable[[], Any]:
    """Decode every column of every table."""
    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq

    con = ibis.duckdb.connect().con
    looks = []
    for file in sorted(facts.glob("*.parquet")):
        texts = [f"sum(strlen({f.name}))" for f in pq.read_schema(file) if pa.types.is_string(f.type)]
        others = [f"sum(hash({f.name}))" for f in pq.read_schema(file) if not pa.types.is_string(f.type)]
        looks.append(f"SELECT {', '.join(texts + others)} FROM '{file}'")
    return lambda: [con.execute(look).fetchall() for look in looks]


def by_hand(facts: Path) -> Callable[[], Any]:
    """The verdicts by hand-written SQL, as Arrow."""
    import ibis

    year = AS_OF.year
    sql = SQL.read_text().format(
        facts=facts,
        as_of=AS_OF,
        year=year,
        next=year + 1,
        first=f"{year}-01-01",
        last=f"{year}-12-31",
        days=366 if year % 4 == 0 else 365,
    )
    con = ibis.duckdb.connect().con
    *steps, answer = (step for step in sql.split(";\n") if step.strip())

    def run() -> Any:
        for step in steps:
            con.execute(step).fetchall()
        return con.sql(answer).to_arrow_table()

    return run


def by_polars(facts: Path) -> Callable[[], Any]:
    """The verdicts by hand-written Polars, as Arrow."""
    from bench.by_polars import verdicts
    from jinxiu.standards.verdict_table import VERDICT_SCHEMA

    return lambda: verdicts(facts, AS_OF, VERDICT_SCHEMA)


def compiled(facts: Path) -> Callable[[], Any]:
    """The verdicts by our own compiler, as Arrow; the facts are read and checked before the clock starts."""
    from jinxiu.standards.catalogue import installed
    from jinxiu.standards.facts import read_facts
    from jinxiu.standards.population import population

    checked = read_facts(facts)
    standards = [standard for standard in installed().in_force(AS_OF) if standard.id in STANDARDS]
    return lambda: population(standards, checked, AS_OF)


def all_standards(facts: Path) -> Callable[[], Any]:
    """The verdicts of every standard in force, as Arrow."""
    from jinxiu.standards.catalogue import installed
    from jinxiu.standards.facts import read_facts
    from jinxiu.standards.population import population

    checked = read_facts(facts)
    return lambda: population(installed().in_force(AS_OF), checked, AS_OF)


def all_again(facts: Path) -> Callable[[], Any]:
    """The same, asked a second time in one process: nothing is compiled."""
    run = all_standards(facts)
    run()
    return run


def evaluated(facts: Path) -> Callable[[], Any]:
    """The whole command, in this process but for the start of Python."""

    def run() -> Any:
        from jinxiu.standards.catalogue import installed
        from jinxiu.standards.evaluate import evaluate

        standards = [standard for standard in installed().in_force(AS_OF) if standard.id in STANDARDS]
        with tempfile.TemporaryDirectory() as folder:
            return evaluate(facts, standards, AS_OF, Path(folder) / "verdicts.parquet")

    return run


class EvaluateAll:
    """The whole command by every standard, and a look at its answer."""

    def __init__(self, facts: Path) -> None:
        self._facts = facts
        self._folder = tempfile.TemporaryDirectory()
        self._out = Path(self._folder.name) / "verdicts.parquet"

    def __call__(self) -> Any:
        from jinxiu.standards.catalogue import installed
        from jinxiu.standards.evaluate import evaluate

        return evaluate(self._facts, installed().in_force(AS_OF), AS_OF, self._out)

    def check(self) -> None:
        """AssertionError when the referee says something else of one of 200 people than stands in the answer."""
        import pyarrow.parquet as pq

        from jinxiu.standards.catalogue import installed
        from jinxiu.standards.facts import read_facts
        from jinxiu.standards.judge import judge

        everybody = pq.read_table(self._facts / "people.parquet", columns=["person_id"]).column(0)
        some = random.Random(0).sample(range(len(everybody)), 200)
        persons = sorted(everybody[number].as_py() for number in some)
        standards = sorted(installed().in_force(AS_OF), key=lambda standard: standard.id)
        wanted = [
            verdict.as_row()
            for person in read_facts(self._facts).persons(persons)
            for standard in standards
            for verdict in judge(standard, person, AS_OF)
        ]
        wanted.sort(key=lambda row: tuple(row[name] for name in ("person_id", "standard", "clause", "cycle")))
        found = pq.read_table(self._out, filters=[("person_id", "in", persons)]).to_pylist()
        assert found == wanted, "the referee says something else"


CONTENDERS = {"reading": reading, "by hand": by_hand, "polars": by_polars}
CONTENDERS |= {"compiled": compiled, "evaluate": evaluated}
CONTENDERS |= {"all": all_standards, "all again": all_again, "evaluate all": EvaluateAll}


def same_rows(people: int) -> int:
    """How many verdicts there are; AssertionError when by hand, Polars and compiled differ in anything."""
    ours, *others = (contender(facts_directory(people))() for contender in (compiled, by_hand, by_polars))
    for theirs in others:
        assert ours.schema.names == theirs.schema.names
        for name in ours.schema.names:
            assert ours.column(name).equals(theirs.column(name)), f"{name} differs"
    return ours.num_rows


# --- measuring --------------------------------------------------------------------------------------------------------


def measure(name: str, people: int) -> dict[str, float]:
    """One run in a process of its own: seconds on the clock, seconds of the processors, peak megabytes."""
    command = [sys.executable, __file__, "--child", name, "--people", str(people)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def child(name: str, people: int) -> None:
    """Time one contender and print the figures as JSON."""
    run = CONTENDERS[name](facts_directory(people))
    clock, processors = time.perf_counter(), time.process_time()
    run()
    seconds, busy = time.perf_counter() - clock, time.process_time() - processors
    figures = {"seconds": seconds, "busy": busy, "megabytes": peak_megabytes()}
    if isinstance(run, EvaluateAll):
        run.check()
    print(json.dumps(figures))


def peak_megabytes() -> float:
    """The most memory this process had. Linux hands getrusage's figure down from parent to child, so /proc is asked."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def table(people: int, rounds: int, contenders: list[str]) -> None:
    """Measure the contenders in turn, several times, and print their medians."""
    print(f"\n{people:,} people, median of {rounds} runs")
    if "by hand" in contenders:
        print(f"{same_rows(people):,} verdicts by three standards, equal by hand, by Polars and compiled")
    print(f"{'':12}{'seconds':>10}{'by hand = 1':>14}{'processor s':>14}{'peak MB':>10}")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in contenders:
            runs[name].append(measure(name, people))
    figures = {name: {key: median(run[key] for run in some) for key in some[0]} for name, some in runs.items()}
    for name, figure in figures.items():
        ratio = f"{figure['seconds'] / figures['by hand']['seconds']:.2f}" if "by hand" in figures else ""
        print(f"{name:12}{figure['seconds']:10.2f}{ratio:>14}{figure['busy']:14.2f}{figure['megabytes']:10.0f}")


def machine() -> str:
    """The machine in a line: processor, cores, memory, and how busy others keep it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    """Parse the arguments and print the table for each number of people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[90_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.people[0])
        return
    print(machine())
    for people in args.people:
        table(people, args.rounds, args.only)


if __name__ == "__main__":
    main()
