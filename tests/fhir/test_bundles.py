"""Bundles: one JSON file with many resources, whose ids may hold inside it only."""

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.fhir.bundles import BundleReader, reader_of, resources
from jinxiu.fhir.load import import_directory
from jinxiu.fhir.mapping import map_line
from jinxiu.fhir.maps import read_maps
from jinxiu.fhir.ndjson import LineReader, SourceFile, find_files
from jinxiu.people.models import Person

MAPS = read_maps()


def patient(identifier: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": identifier, "name": [{"text": "王秀英"}], "birthDate": "1950-02-03"}


def about(resource_type: str, of: str, identifier: str = "1", **elements: Any) -> dict[str, Any]:
    return {"resourceType": resource_type, "id": identifier, "subject": {"reference": f"Patient/{of}"}, **elements}


def coded(code: str, words: str = "something", system: str = "http://snomed.info/sct") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": words}]}


def bundle(*entries: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in entries]}
    )


def read(content: bytes, name: str = "x.json") -> list[dict[str, Any]]:
    return [orjson.loads(line.content) for line in resources(content, name)]


def test_an_id_without_a_full_url_holds_inside_its_bundle_only() -> None:
    of = {p: read(bundle(patient(p), about("Condition", p), about("Encounter", p))) for p in ("a", "b")}
    assert [one["id"] for one in (of["a"][0], of["b"][0])] == ["a", "b"]
    assert of["a"][1]["id"] != of["b"][1]["id"]
    assert of["a"] == read(bundle(patient("a"), about("Condition", "a"), about("Encounter", "a")), "another.json")


def test_references_follow_the_new_ids() -> None:
    found = read(
        bundle(
            patient("a"),
            about("Encounter", "a", "visit"),
            about("Observation", "a", encounter={"reference": "Encounter/visit"}),
        )
    )
    assert found[2]["encounter"]["reference"] == f"Encounter/{found[1]['id']}"
    assert found[2]["subject"]["reference"] == "Patient/a"


def test_a_full_url_is_who_the_entry_is() -> None:
    entries = [
        {"fullUrl": "urn:uuid:11", "resource": {**patient("11")}},
        {"fullUrl": "urn:uuid:22", "resource": about("Condition", "11", "22", subject={"reference": "urn:uuid:11"})},
    ]
    found = read(orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    assert [one["id"] for one in found] == ["11", "22"]
    assert found[1]["subject"]["reference"] == "Patient/11"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "not JSON"),
        (b'{"resourceType": "Bundle", "entry": {}}', "no list"),
        (b'{"resourceType": "Bundle", "entry": [{}]}', "without a resource"),
    ],
)
def test_what_is_no_bundle_says_why(content: bytes, problem: str) -> None:
    (line,) = resources(content, "x.json")
    assert problem in line.problem


def test_a_directory_without_ndjson_gives_its_bundles(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(bundle(patient("a"))))
    (file,) = find_files([tmp_path])
    assert isinstance(reader_of(file), BundleReader)
    assert [orjson.loads(line.content)["id"] for line in BundleReader(file)] == ["a"]
    (tmp_path / "Patient.ndjson").write_bytes(orjson.dumps(patient("b")))
    (only,) = find_files([tmp_path])
    assert isinstance(reader_of(only), LineReader)


def test_a_damaged_archive_is_one_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(b"\x1f\x8b nothing of the kind")
    (line,) = BundleReader(SourceFile(path, "", 10))
    assert "gzip" in line.problem


def line(resource: dict[str, Any]) -> Any:
    return map_line(orjson.dumps(resource), MAPS)


def test_an_order_not_to_do_something_is_no_order() -> None:
    order = about("DeviceRequest", "a", status="completed", intent="order", authoredOn="2025-11-01")
    order["codeCodeableConcept"] = coded("183240000", "Wheelchair")
    assert [event.kind for event in line(order).events] == ["order.device"]
    marked = {**order, "modifierExtension": [{"url": "http://x/qicore-doNotPerform", "valueBoolean": True}]}
    assert (line(marked).events, line(marked).kept[0].detail) == ([], "not to be done")
    assert line({**order, "intent": "plan"}).events == []


def test_an_answer_in_words_is_a_finding_with_its_answer() -> None:
    asked = about("Observation", "a", status="final", code=coded("45755-6", "Hospice care", "http://loinc.org"))
    asked |= {"effectivePeriod": {"start": "2024-12-31", "end": "2025-01-01"}}
    asked["valueCodeableConcept"] = coded("373066001", "Yes")
    mapped = line(asked)
    ((event,), (answer,)) = mapped.events, mapped.readings
    assert (event.kind, event.happened_on, event.end_on) == ("finding", "2024-12-31", "2025-01-01")
    assert (answer.code, answer.text, answer.event_key) == ("answer", "snomed|373066001 Yes", event.key)


def test_a_measurement_without_a_result_says_so() -> None:
    asked = about("Observation", "a", status="final", code=coded("4548-4", "HbA1c", "http://loinc.org"))
    (reading,) = line({**asked, "effectiveDateTime": "2025-03-01"}).readings
    assert (reading.code, reading.value, reading.text) == ("hba1c", None, "no result")


@pytest.mark.django_db
def test_all_goes_in_and_the_second_time_changes_nothing(tmp_path: Path) -> None:
    stay = {
        "status": "finished",
        "class": {"code": "IMP"},
        "type": [coded("32485007", "Hospital admission")],
        "period": {"start": "2024-12-30", "end": "2025-01-02"},
        "hospitalization": {"dischargeDisposition": coded("428361000124107", "Home for hospice care")},
    }
    condition = {"code": coded("371125006", "Labile hypertension"), "onsetDateTime": "2020-01-01"}
    for name in ("a", "b"):
        whole = bundle(patient(name), about("Encounter", name, **stay), about("Condition", name, **condition))
        (tmp_path / f"{name}.json").write_bytes(whole)
    report = import_directory(tmp_path, today=dt.date(2025, 6, 1))
    assert report.refused_count == 0
    assert Person.objects.count() == 2
    assert set(Event.objects.values_list("happened_on", "end_on", "setting", "answers__code")) == {
        (dt.date(2024, 12, 30), dt.date(2025, 1, 2), "inpatient", "snomed|32485007")
    }
    discharged = Observation.objects.filter(code="discharge", event__kind="visit")
    assert set(discharged.values_list("text", flat=True)) == {"snomed|428361000124107 Home for hospice care"}
    assert set(Enrolment.objects.values_list("kind", "value")) == {
        ("condition", "snomed|371125006 Labile hypertension")
    }
    assert not import_directory(tmp_path, today=dt.date(2025, 6, 2)).changed_anything
