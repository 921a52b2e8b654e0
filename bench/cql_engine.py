"""A US quality measure by our engine and by a CQL engine, side by side: python bench/cql_engine.py --copies 100

The 60 published patients of CMS165 (../shared/data/ecqm-cms165), each copied so many times. The CQL engine is the one
of the npm registry (cql-execution with cql-exec-fhir) on node; its measure, bench/cql/cms165.cql, is ours in CQL,
translated by @cqframework/cql. Needs node and npm, which fetches the three packages pinned in bench/cql.

Both get the copies in memory before their clock starts: bundles read and parsed there, facts imported and checked here.
Each copy's populations must be the published ones, in both engines.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("src", ".")]

from bench.engine import machine, peak_megabytes  # noqa: E402

CASES = Path(__file__).parents[2] / "shared" / "data" / "ecqm-cms165"
CQL = Path(__file__).parent / "cql"
TODAY = date(2026, 11, 25)
COMPARED = ("initial_population", "denominator_exclusion", "numerator")
Answers = dict[str, tuple[bool, ...]]  # by patient, in the order of COMPARED


def bundles() -> list[dict[str, Any]]:
    """The published cases."""
    return [json.loads(path.read_text()) for path in sorted(CASES.glob("*.json"))]


def resource(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)


def published() -> Answers:
    """What is expected of each patient."""
    answers = {}
    for bundle in bundles():
        (group,) = resource(bundle, "MeasureReport")["group"]
        counts = {one["code"]["coding"][0]["code"]: one["count"] == 1 for one in group["population"]}
        answers[resource(bundle, "Patient")["id"]] = tuple(counts[name.replace("_", "-")] for name in COMPARED)
    return answers


# --- the CQL engine ---------------------------------------------------------------------------------------------------


def by_cql(copies: int, folder: Path) -> tuple[Answers, dict[str, float]]:
    """The populations of each copy by CQL, and the figures that node tells."""
    shutil.copytree(CQL, folder / "cql")
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(install, cwd=folder / "cql", check=True, stdout=subprocess.DEVNULL)
    file = folder / "bundles.ndjson"
    with file.open("w") as lines:
        for bundle in bundles():
            patient, text = resource(bundle, "Patient")["id"], json.dumps(bundle)
            lines.writelines(text.replace(patient, f"{patient}-{number}") + "\n" for number in range(copies))
    command = ["node", "run.mjs", "cms165.cql", str(file)]
    told = subprocess.run(command, cwd=folder / "cql", check=True, stdout=subprocess.PIPE, text=True).stdout
    *rows, figures = map(json.loads, told.splitlines())
    return {row["id"]: tuple(row[name] for name in COMPARED) for row in rows}, figures


# --- ours -------------------------------------------------------------------------------------------------------------


def by_ours(copies: int, folder: Path) -> tuple[Answers, dict[str, float]]:
    """The same by our engine, over the facts of our FHIR import."""
    from jinxiu.cli.postgres import embedded

    data = folder / "data"
    data.mkdir()
    with embedded(data, throw_away=True) as url:
        settings = {"DJANGO_SETTINGS_MODULE": "jinxiu.config.settings", "DATABASE_URL": url, "JINXIU_DATA": str(data)}
        os.environ.update(settings)
        import django

        django.setup()
        return _measured(copies)


def _measured(copies: int) -> tuple[Answers, dict[str, float]]:
    from django.core.management import call_command

    from jinxiu.evidence.facts import facts
    from jinxiu.familydoctor import measures
    from jinxiu.fhir.load import import_directory
    from jinxiu.fhir.models import SourceResource
    from jinxiu.standards.facts import facts_from
    from jinxiu.standards.measures.model import Period
    from jinxiu.standards.measures.population import measure_rows
    from jinxiu.standards.measures.reader import read_measure

    call_command("migrate", verbosity=0, skip_checks=True)
    import_directory(CASES, skip_errors=True, today=TODAY)
    measure = read_measure(Path(measures.__file__).parent / "international" / "cms165.yaml")
    patients = {str(one.person_id): one.resource_id for one in SourceResource.objects.filter(resource_type="Patient")}
    periods = {}
    for bundle in bundles():
        days = resource(bundle, "MeasureReport")["period"]
        whole = Period(*(date.fromisoformat(days[end]) for end in ("start", "end")))
        periods[resource(bundle, "Patient")["id"]] = whole
    known = facts_from(multiplied(facts(TODAY), copies))
    answers, seconds = {}, 0.0
    for period in sorted(set(periods.values()), key=lambda one: one.start):
        began = time.perf_counter()
        rows = measure_rows([measure], known, period)
        seconds += time.perf_counter() - began
        found = {row["person_id"]: tuple(row[name] for name in COMPARED) for row in rows.to_pylist()}
        for person, patient in patients.items():
            if periods[patient] == period:
                nowhere = (False,) * len(COMPARED)
                answers |= {f"{patient}-{n}": found.get(f"{person}-{n}", nowhere) for n in range(copies)}
    return answers, {"running": seconds, "megabytes": peak_megabytes()}


def multiplied(known: Any, copies: int) -> dict[str, Any]:
    """The tables of the facts with everybody so many times, each with ids of their own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from jinxiu.standards.facts.contract import TABLES

    def copy(table: pa.Table, number: int) -> pa.Table:
        for place, name in enumerate(table.column_names):
            if name in ("person_id", "event_id", "observation_id", "enrolment_id"):
                own = pc.binary_join_element_wise(table.column(name), str(number), "-")
                table = table.set_column(place, table.schema.field(name), own)
        return table

    return {name: pa.concat_tables(copy(known.table(name), number) for number in range(copies)) for name in TABLES}


# --- side by side -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Run both, hold their answers against the published ones, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=100)
    copies = parser.parse_args().copies
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing or not CASES.is_dir():
        print(f"Left out: {' and '.join(missing) or CASES.name} is not here.")
        return
    print(machine())
    wanted = {f"{patient}-{n}": answer for patient, answer in published().items() for n in range(copies)}
    with tempfile.TemporaryDirectory(prefix="jinxiu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the server's own account passes through when root runs this
        runs = {"ours": by_ours(copies, folder), "CQL": by_cql(copies, folder)}
    for engine, (answers, _) in runs.items():
        wrong = [patient for patient, answer in wanted.items() if answers[patient] != answer]
        assert not wrong, f"{engine} differs for {len(wrong)}, such as {wrong[0]}"
    counts = {name: sum(answer[place] for answer in wanted.values()) for place, name in enumerate(COMPARED)}
    inside = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    print(f"\n{len(wanted):,} patients, all as published in both: {inside}")
    print(f"{'':6}{'seconds':>10}{'people/s':>12}{'ours = 1':>10}{'peak MB':>10}")
    for engine, (_, figure) in runs.items():
        rate, ratio = len(wanted) / figure["running"], figure["running"] / runs["ours"][1]["running"]
        print(f"{engine:6}{figure['running']:10.2f}{rate:12,.0f}{ratio:10.1f}{figure['megabytes']:10.0f}")
    print(f"Translating CQL took {runs['CQL'][1]['translating']:.1f} s, once.")


if __name__ == "__main__":
    main()
