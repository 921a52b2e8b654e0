"""A second foreign measure on FHIR bundles of our own: what the import brings is where the measure looks for it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from jinxiu.evidence.facts import person_facts
from jinxiu.fhir.load import import_directory
from jinxiu.fhir.models import SourceResource
from jinxiu.standards.measures.cases import NUMERATOR, OTHER, OUTSIDE, standing
from jinxiu.standards.measures.catalogue import library
from jinxiu.standards.measures.model import Period
from jinxiu.standards.measures.referee import answer

YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
LOINC = {"hba1c": "4548-4", "calculated": "17855-8", "gmi": "97506-0"}
CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "bad": (
        [{"test": "hba1c", "on": "2025-03-01", "percent": 7.1}, {"test": "gmi", "on": "2025-10-01", "percent": 9.1}],
        NUMERATOR,
    ),
    "good": (
        [{"test": "gmi", "on": "2025-03-01", "percent": 9.8}, {"test": "hba1c", "on": "2025-10-01", "percent": 9}],
        OTHER,
    ),
    "no-result": ([{"test": "calculated", "on": "2025-10-01"}], NUMERATOR),
    "taken-back": ([{"test": "hba1c", "on": "2025-10-01", "percent": 7, "status": "entered-in-error"}], NUMERATOR),
    "too-young": ([], OUTSIDE),
}


def bundle(name: str, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """A made-up patient with diabetes, an office visit and these tests."""
    whose = {"subject": {"reference": f"Patient/{name}"}}
    born = "2015-01-01" if name == "too-young" else "1965-05-01"
    every: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": name, "name": [{"text": name}], "gender": "female", "birthDate": born},
        {
            "resourceType": "Encounter",
            "id": f"{name}-visit",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]}],
            "period": {"start": "2025-02-03T09:00:00Z", "end": "2025-02-03T09:15:00Z"},
            **whose,
        },
        {
            "resourceType": "Condition",
            "id": f"{name}-diabetes",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
            "onsetDateTime": "2015-01-01",
            **whose,
        },
    ]
    for number, one in enumerate(tests):
        value = {"valueQuantity": {"value": one["percent"], "unit": "%", "code": "%"}} if "percent" in one else {}
        every.append(
            {
                "resourceType": "Observation",
                "id": f"{name}-test-{number}",
                "status": one.get("status", "final"),
                "code": {"coding": [{"system": "http://loinc.org", "code": LOINC[one["test"]]}]},
                "effectiveDateTime": one["on"],
                **value,
                **whose,
            }
        )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in every]}


@pytest.mark.django_db
def test_what_the_import_brings_is_what_the_measure_counts(tmp_path: Path) -> None:
    for name, (tests, _) in CASES.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle(name, tests)), encoding="utf-8")
    import_directory(tmp_path, skip_errors=True, today=dt.date(2026, 11, 25))
    persons = dict(SourceResource.objects.filter(resource_type="Patient").values_list("resource_id", "person_id"))
    (cms122,) = [one for one in library().in_force(YEAR.end) if one.id == "cms122"]
    found = {}
    for name in CASES:
        person = person_facts(persons[name])
        assert person is not None
        found[name] = standing(answer(cms122, person, YEAR))
    assert found == {name: expected for name, (_, expected) in CASES.items()}
