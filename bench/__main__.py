"""Every benchmark of ours, one after the other, on an otherwise quiet machine: python bench

Give a name to run one: python bench engine. Each prints a table with the machine, ratios and peak memory; its own
options are told by --help of the file.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "engine": "everybody's verdicts, against reading the files and against SQL written by hand",
    "spark": "everybody's verdicts on DuckDB and on Apache Spark",
    "cql_engine": "a US quality measure by our engine and by a CQL engine",
    "pages": "server time of the pages, and one person judged",
    "groups": "server time of the boards of the groups",
    "fhir_import": "FHIR resources imported a second",
    "search": "a person found by what a clerk types",
    "residents_import": "residents out of a file",
    "signing": "one person after the other at a signing day",
    "renewals": "all agreements of a district renewed in one run",
    "nightly": "the night: everybody, and only who was touched",
}


def main() -> None:
    """Run the named benchmarks, or all; stop at the first that fails."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in wanted if name not in BENCHMARKS]:
        sys.exit(f"There is no benchmark {unknown[0]}; there is: {', '.join(BENCHMARKS)}.")
    paths = os.pathsep.join([str(HERE.parent / "src"), os.environ.get("PYTHONPATH", "")])
    for name in wanted:
        print(f"\n== {name}: {BENCHMARKS[name]}", flush=True)
        subprocess.run([sys.executable, HERE / f"{name}.py"], env={**os.environ, "PYTHONPATH": paths}, check=True)


if __name__ == "__main__":
    main()
