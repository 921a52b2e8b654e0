"""How fast FHIR resources come in, and that memory does not grow with the files.

    PYTHONPATH=src python bench/fhir_import.py [DIRECTORY] [--times N]

Imports a directory of NDJSON (the Synthea sample by default) into a fresh throw-away database, then the same again
(nothing changes), then N copies of it with new ids, each import in its own process. Prints one table.
"""

import argparse
import gzip
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "synthea-r4"
GOAL = 5_000
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--times", type=int, default=4, help="how many copies the large import has (default: 4)")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(import_once(args.directory)))
        return
    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        work = Path(name)
        work.chmod(0o711)  # the server's own account passes through when root runs this
        large = copies(args.directory, work / "large", args.times)
        rows = [
            ("new", measured(work / "a", args.directory)),
            ("again", measured(work / "a", args.directory)),
            (f"new, {args.times} copies", measured(work / "b", large)),
        ]
    show(rows)


def copies(directory: Path, target: Path, times: int) -> Path:
    """Write N copies of the files, each with ids of its own, as plain NDJSON."""
    target.mkdir()
    for path in sorted(directory.glob("*.ndjson*")):
        opened = gzip.open if path.suffix == ".gz" else open
        for number in range(times):
            copy = target / f"{path.name.split('.')[0]}.{number}.ndjson"
            with opened(path, "rb") as source, copy.open("wb") as out:
                for line in source:
                    out.write(_ID.sub(rb"\g<0>-%d" % number, line))
    return target


def measured(data: Path, directory: Path) -> dict[str, float]:
    """Import in a process of its own against an embedded server of this directory."""
    from jinxiu.cli.postgres import embedded

    data.mkdir(exist_ok=True)
    data.chmod(0o711)
    with embedded(data, throw_away=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "JINXIU_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "jinxiu.config.settings",
        }
        command = [sys.executable, __file__, str(directory), "--one"]
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(result.stderr)
    return dict(json.loads(result.stdout))


def import_once(directory: Path) -> dict[str, float]:
    """Import here and say how it went: seconds with the commit, busy seconds and peak memory here and in the server."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, skip_checks=True)
    from jinxiu.fhir.load import import_directory

    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    began, busy = time.perf_counter(), time.process_time() + busy_of(server)
    report = import_directory(directory)
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "resources": report.resources,
        "bytes": sum(path.stat().st_size for path in directory.glob("*.ndjson*")),
        "seconds": seconds,
        "busy": time.process_time() + busy_of(server) - busy,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20,
        "server_memory": peak_of(server),
    }


def peak_of(pid: int) -> float:
    """Peak private and shared memory of a process in MiB, where Linux tells; 0 elsewhere."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match[1]) / 1024 if match else 0.0


def busy_of(pid: int) -> float:
    """Processor seconds that a process has used, where Linux tells; 0 elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(rows: list[tuple[str, dict[str, float]]]) -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f}; busy: processor seconds of the import and of its server process together")
    heads = ("resources", "MiB", "seconds", "busy", "a second", "× goal", "peak MiB", "server MiB")
    print(f"{'import':<16}" + "".join(f"{head:>11}" for head in heads))
    for name, row in rows:
        rate = row["resources"] / row["seconds"]
        print(
            f"{name:<16}{row['resources']:>11,.0f}{row['bytes'] / 2**20:>11.1f}{row['seconds']:>11.2f}"
            f"{row['busy']:>11.2f}{rate:>11,.0f}{rate / GOAL:>11.1f}{row['memory']:>11.0f}{row['server_memory']:>11.0f}"
        )


if __name__ == "__main__":
    main()
