"""Somebody else's answers: the published cases of CMS165 through our FHIR import, over each report's period."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jinxiu.evidence.facts import facts, person_facts
from jinxiu.familydoctor import measures
from jinxiu.fhir.load import import_directory
from jinxiu.fhir.models import SourceResource
from jinxiu.standards.measures.model import POPULATIONS, Period
from jinxiu.standards.measures.population import measure_rows
from jinxiu.standards.measures.reader import read_measure
from jinxiu.standards.measures.referee import Answer, answer

CASES = Path(__file__).parents[3] / "shared" / "data" / "ecqm-cms165"
CMS165 = read_measure(Path(measures.__file__).parent / "international" / "cms165.yaml")

pytestmark = pytest.mark.django_db

Expected = Mapping[str, bool]


def expected(directory: Path) -> Iterator[tuple[str, Period, Expected]]:
    """The patient, the period and the populations of every report."""
    for path in sorted(directory.glob("*.json")):
        found = {one["resourceType"]: one for one in (e["resource"] for e in json.loads(path.read_text())["entry"])}
        report: dict[str, Any] = found["MeasureReport"]
        (group,) = report["group"]
        counts = {one["code"]["coding"][0]["code"]: one["count"] == 1 for one in group["population"]}
        period = Period(*(dt.date.fromisoformat(report["period"][end]) for end in ("start", "end")))
        yield found["Patient"]["id"], period, {p: counts.get(p.replace("_", "-"), False) for p in POPULATIONS}


def check(directory: Path) -> int:
    """Import the cases, and hold both executors against what is expected of each; how many cases there were."""
    report = import_directory(directory, skip_errors=True, today=dt.date(2026, 11, 25))
    assert not [one for one in report.refused if not one.without_link]
    persons = dict(SourceResource.objects.filter(resource_type="Patient").values_list("resource_id", "person_id"))
    cases = list(expected(directory))
    wrong = {}
    for patient, period, wanted in cases:
        person = person_facts(persons[patient])
        assert person is not None
        found = populations(answer(CMS165, person, period))
        if found != dict(wanted):
            wrong[patient] = (found, wanted)
    assert not wrong
    known = facts(dt.date(2026, 11, 25))
    for engine, session in (("duckdb", None), ("postgres", connection.connection)):
        for period in {period for _, period, _ in cases}:
            rows = {row["person_id"]: row for row in measure_rows([CMS165], known, period, engine, session).to_pylist()}
            for patient, _, wanted in (case for case in cases if case[1] == period):
                row = rows.get(str(persons[patient]), dict.fromkeys(POPULATIONS, False))
                assert {population: row[population] for population in POPULATIONS} == dict(wanted), (engine, patient)
    return len(cases)


def populations(found: Answer) -> dict[str, bool]:
    return {population: getattr(found, population) for population in POPULATIONS}


@pytest.mark.shared_data
@pytest.mark.skipif(not CASES.is_dir(), reason=f"the published cases are not in {CASES.name}")
def test_all_published_cases_come_out_as_published() -> None:
    assert check(CASES) == 60
