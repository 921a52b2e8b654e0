"""Small FHIR resources and files for tests."""

import gzip
import json
from pathlib import Path
from typing import Any

VILLAGE = Path(__file__).parent / "data" / "village"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"

Resource = dict[str, Any]


def concept(code: str, system: str = SNOMED) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def reference(kind: str, resource_id: str) -> Resource:
    return {"reference": f"{kind}/{resource_id}"}


def patient(resource_id: str = "p", **more: Any) -> Resource:
    return {
        "resourceType": "Patient",
        "id": resource_id,
        "name": [{"text": "王秀英"}],
        "gender": "female",
        "birthDate": "1954-03-02",
        **more,
    }


def encounter(resource_id: str = "e", who: str = "p", on: str = "2019-03-20", **more: Any) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": resource_id,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": reference("Patient", who),
        "period": {"start": on},
        **more,
    }


def systolic(
    resource_id: str = "o", who: str = "p", value: float = 150, on: str = "2019-03-20", **more: Any
) -> Resource:
    return {
        "resourceType": "Observation",
        "id": resource_id,
        "status": "final",
        "code": concept("8480-6", LOINC),
        "subject": reference("Patient", who),
        "effectiveDateTime": on,
        "valueQuantity": {"value": value, "code": "mm[Hg]"},
        **more,
    }


def hypertension(resource_id: str = "c", who: str = "p", onset: str = "2015-01-01", **more: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "id": resource_id,
        "code": concept("38341003"),
        "subject": reference("Patient", who),
        "onsetDateTime": onset,
        **more,
    }


def line(resource: Any) -> bytes:
    return json.dumps(resource, ensure_ascii=False).encode()


def write(directory: Path, *resources: Resource, name: str = "{type}.ndjson") -> Path:
    """Write resources into one file a type and return the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind in {resource["resourceType"] for resource in resources}:
        lines = [line(resource) for resource in resources if resource["resourceType"] == kind]
        content = b"\n".join(lines) + b"\n"
        path = directory / name.format(type=kind)
        path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return directory
