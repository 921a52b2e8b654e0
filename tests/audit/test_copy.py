"""A copy of all data: whole, readable by other systems, given out with a reason and a line."""

import argparse
import contextlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from pypdf import PdfReader

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import SYSTEM
from jinxiu.cli import copy
from jinxiu.cli.problems import BadInput
from jinxiu.evidence import actions as evidence
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.oversight.queries import copy_file, copy_of
from jinxiu.people.families.actions import relate
from jinxiu.people.models import Identifier, Person, Relationship
from tests.audit.test_pages import as_
from tests.town import TODAY, Town


def parts(file: bytes) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    archive = zipfile.ZipFile(io.BytesIO(file))
    assert archive.namelist() == ["fhir-bundle.json", "everything.json", "record.pdf"]
    bundle, everything = (json.loads(archive.read(name)) for name in archive.namelist()[:2])
    return bundle, everything


def paper_of(person_id: int) -> str:
    """The words of the record on paper, without spaces."""
    file = zipfile.ZipFile(io.BytesIO(copy_file(person_id))).read("record.pdf")
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())


def resources(file: bytes, kind: str) -> list[dict[str, Any]]:
    bundle, _everything = parts(file)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def test_the_person_is_named_with_whole_numbers(town: Town) -> None:
    patient = resources(copy_file(town.chen.pk), "Patient")[0]
    assert patient["name"] == [{"text": "陈志强"}]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1955-06-15")
    assert patient["telecom"] == [{"system": "phone", "value": "13812340021", "use": "mobile"}]
    assert patient["identifier"][0]["system"] == "urn:oid:2.16.156.10011.1.3"
    assert patient["identifier"][0]["value"][6:14] == "19550615"
    assert "deceasedDateTime" not in patient
    assert "柳巷路 12 号" in patient["address"][0]["text"]


def test_contacts_and_readings_bear_international_codes(town: Town) -> None:
    file = copy_file(town.chen.pk)
    reading = next(
        one
        for one in resources(file, "Observation")
        if one["effectiveDateTime"] == "2026-11-24" and one["code"]["coding"][0]["code"] == "8480-6"
    )
    assert reading["valueQuantity"] == {
        "value": 184.0, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]",
    }  # fmt: skip
    assert reading["status"] == "final"
    encounter = next(
        one for one in resources(file, "Encounter") if reading["encounter"]["reference"] == f"Encounter/{one['id']}"
    )
    assert encounter["class"]["code"] == "AMB"
    assert encounter["participant"][0]["individual"]["display"] == "王建国"
    assert [one["status"] for one in resources(file, "EpisodeOfCare")] == ["active"]
    assert [one["name"] for one in resources(file, "CareTeam")] == ["第一团队"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", ["陈志强的健康档案", "男", "13812340021", "第一团队", "高血压", "收缩压184mmHg", "王建国"]),
        ("en", ["Healthrecordof", "male", "13812340021", "第一团队", "Hypertension", "Systolic"]),
    ],
)
def test_the_paper_tells_the_record_in_words(town: Town, language: str, said: list[str]) -> None:
    with translation.override(language):
        text = paper_of(town.chen.pk)
    assert [words for words in said if words.lower() not in text.lower()] == []


def test_the_paper_leaves_out_what_was_withdrawn_and_says_when_nothing_is_there(town: Town) -> None:
    with translation.override("zh-hans"):
        for event in Event.objects.filter(person=town.chen):
            evidence.withdraw_event(event_id=event.pk, reason="wrong person", actor=SYSTEM, recorded_by=None)
        text = paper_of(town.chen.pk)
    assert "184" not in text
    assert "没有记录" in text


def test_every_reference_leads_somewhere_and_every_id_is_used_once(town: Town) -> None:
    for person in town.people:
        bundle, _everything = parts(copy_file(person.pk))
        there = [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"]]
        assert len(set(there)) == len(there)
        text = json.dumps(bundle)
        assert {part.split('"')[0] for part in text.split('"reference": "')[1:]} <= set(there)
        assert "null" not in text


def test_what_was_withdrawn_is_in_it_as_an_error(town: Town) -> None:
    event = Event.objects.filter(person=town.chen).latest("happened_on")
    evidence.withdraw_event(event_id=event.pk, reason="wrong person", actor=SYSTEM, recorded_by=None)
    file = copy_file(town.chen.pk)
    status = {one["id"]: one["status"] for one in resources(file, "Encounter")}
    assert status[f"event-{event.pk}"] == "entered-in-error"
    readings = [
        one for one in resources(file, "Observation") if one["encounter"]["reference"] == f"Encounter/event-{event.pk}"
    ]
    assert readings
    assert {one["status"] for one in readings} == {"entered-in-error"}


def test_every_table_about_a_person_is_in_it(town: Town) -> None:
    """A table that is added later is in the copy without being named there; this test asks the database."""
    tables = copy_of(town.chen.pk)
    for model, name in ((Event, "event"), (Observation, "observation"), (Enrolment, "enrolment")):
        assert len(tables[name]) == model.objects.filter(person=town.chen).count() > 0
    related = {one.related_model._meta.model_name for one in Person._meta.get_fields(include_hidden=True) if one.auto_created and not one.concrete}  # type: ignore[union-attr]  # fmt: skip  # noqa: E501
    assert set(tables) == {"person"} | related
    assert {"dueitem", "teammembership", "contactpoint", "sourceresource"} <= set(tables)
    assert all("hash" not in name for rows in tables.values() for row in rows for name in row)


def test_nobody_else_is_in_it(town: Town) -> None:
    text = json.dumps(copy_of(town.chen.pk), ensure_ascii=False)
    assert not [person.name for person in town.people if person != town.chen and person.name in text]
    number = json.dumps([row["number"] for row in copy_of(town.li.pk)["identifier"]])
    assert Identifier.objects.filter(person=town.li).exists()
    assert number not in text


# --- who gives it out -------------------------------------------------------------------------------------------------


def test_who_cares_for_the_person_makes_it_with_a_reason(town: Town) -> None:
    client = as_(town.wang)
    address = f"/people/{town.chen.pk}/copy/"
    answer = client.post(address, {"reason": "asked at the counter"})
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{town.chen.pk}-2026-11-25.zip"'
    assert resources(answer.content, "Patient")
    line = AuditEntry.objects.latest("pk")
    assert (line.action, line.person_id, line.purpose) == ("person.copied", town.chen.pk, "copy")
    assert line.detail == {"reason": "asked at the counter"}
    assert address in client.get(f"/people/{town.chen.pk}/access-log/").content.decode()


def test_without_a_reason_there_is_none(town: Town) -> None:
    answer = as_(town.wang).post(f"/people/{town.chen.pk}/copy/", {"reason": " x "}, follow=True)
    assert "No copy was made" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="person.copied").exists()


@pytest.mark.parametrize("who", ["zhao", "sun", "guo", "ma", "tian"])
def test_others_get_none(town: Town, who: str) -> None:
    answer = as_(getattr(town, who)).post(f"/people/{town.chen.pk}/copy/", {"reason": "curious"})
    assert answer.status_code == 404


def test_the_command_writes_a_file_for_its_owner_only_and_a_line(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(copy, "database", lambda args, must_exist: contextlib.nullcontext())
    out = tmp_path / "copy.zip"
    args = argparse.Namespace(person=str(town.chen.pk), reason="asked in writing", out=out)
    assert copy.run(args) == 0
    assert out.stat().st_mode & 0o077 == 0
    assert resources(out.read_bytes(), "Patient")
    assert AuditEntry.objects.latest("pk").role == "operator"
    assert "hand it over safely" in capsys.readouterr().out
    with pytest.raises(BadInput, match="There is a file"):
        copy.run(args)
    assert AuditEntry.objects.filter(action="person.copied").count() == 1, "no line without its file"
    args.person = "999999"
    with pytest.raises(BadInput, match="There is no person"):
        copy.run(args)


def test_somebody_who_died_can_be_copied_too(town: Town) -> None:
    Person.objects.filter(pk=town.chen.pk).update(died_on=date(2026, 11, 1))
    assert resources(copy_file(town.chen.pk), "Patient")[0]["deceasedDateTime"] == "2026-11-01"


# --- who stands beside the person -------------------------------------------------------------------------------------


def beside(town: Town, **said: Any) -> Relationship:
    right: dict[str, Any] = {"start_on": date(2026, 11, 20), "today": TODAY, "actor": SYSTEM, "recorded_by": None}
    return relate(**(right | {"person_id": town.chen.pk} | said))


def test_who_stands_beside_the_person_is_in_it_with_codes(town: Town) -> None:
    neighbour = {"name": "钱大妈", "phone": "13900000001", "words": "对门邻居"}
    contact = beside(town, role="contact", relation="99", **neighbour)
    consent = {"consent_by": "person", "consented_on": date(2026, 11, 20), "words": "signed"}
    helper = beside(town, role="helper", relation="30", relative_id=town.li.pk, **consent)
    Relationship.objects.filter(pk=helper.pk).update(end_on=date(2026, 11, 24))
    one, other = sorted(resources(copy_file(town.chen.pk), "RelatedPerson"), key=lambda found: str(found["id"]))
    assert one == {
        "resourceType": "RelatedPerson",
        "id": f"relationship-{contact.pk}",
        "active": True,
        "patient": {"reference": f"Patient/person-{town.chen.pk}"},
        "relationship": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "C"},
                    {"system": "urn:jinxiu:role", "code": "contact"},
                ],
                "text": "联系人",
            },
            {
                "coding": [{"system": "urn:jinxiu:relation:GB-T-4761-2008", "code": "99"}],
                "text": one["relationship"][1]["text"],
            },
        ],
        "name": [{"text": "钱大妈"}],
        "telecom": [{"system": "phone", "value": "13900000001"}],
        "period": {"start": "2026-11-20"},
    }
    assert (other["active"], other["period"]) == (False, {"start": "2026-11-20", "end": "2026-11-23"})
    assert [found["coding"][0]["code"] for found in other["relationship"]] == ["helper", "DAUC"]
    assert other["relationship"][1]["text"] == "女儿"
    assert other["name"] == [{"text": "李秀兰"}]


def test_the_guardianship_of_a_child_ends_by_itself(town: Town) -> None:
    Person.objects.filter(pk=town.chen.pk).update(birth_date=date(2009, 1, 2))
    beside(town, role="guardian", relation="52", relative_id=town.li.pk)
    (mother,) = resources(copy_file(town.chen.pk), "RelatedPerson")
    assert (mother["active"], mother["period"]["end"]) == (True, "2027-01-01")
    assert [found["coding"][0]["code"] for found in mother["relationship"]] == ["GUARD", "MTH"]


def test_of_somebody_else_only_the_name_and_the_phone_are_told(town: Town) -> None:
    beside(town, role="contact", relation="30", relative_id=town.li.pk)
    file = copy_file(town.chen.pk)
    (daughter,) = resources(file, "RelatedPerson")
    assert not {"identifier", "birthDate", "address", "gender"} & set(daughter)
    whole = zipfile.ZipFile(io.BytesIO(file))
    everything = "".join(whole.read(name).decode() for name in whole.namelist()[:2])
    assert not [row["number"] for row in copy_of(town.li.pk)["identifier"] if row["number"] in everything]
    assert not resources(copy_file(town.li.pk), "RelatedPerson"), "it is her mother's or father's, not hers"


CODES = {  # of R4, where a code is required
    "RelatedPerson": set(),
    "Patient": set(),
    "CareTeam": {"active", "inactive"},
    "EpisodeOfCare": {"active", "finished", "entered-in-error"},
    "Encounter": {"finished", "entered-in-error"},
    "QuestionnaireResponse": {"completed", "entered-in-error"},
    "Observation": {"final", "entered-in-error"},
}
NEEDED = {  # of R4, what a resource cannot be without
    "RelatedPerson": {"patient"},
    "EpisodeOfCare": {"status", "patient"},
    "Encounter": {"status", "class"},
    "QuestionnaireResponse": {"status"},
    "Observation": {"status", "code"},
}


def test_the_bundle_has_the_shape_of_r4(town: Town) -> None:
    beside(town, role="contact", relation="30", relative_id=town.li.pk)
    bundle, _everything = parts(copy_file(town.chen.pk))
    for entry in bundle["entry"]:
        one = entry["resource"]
        kind = one["resourceType"]
        assert {"id"} | NEEDED.get(kind, set()) <= set(one)
        assert "status" not in one or one["status"] in CODES[kind]
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", one["id"])
        for period in (one.get("period", {}), *(address.get("period", {}) for address in one.get("address", ()))):
            assert period.get("start", "") <= period.get("end", "9999")
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} <= set(CODES)
