"""An import that changes a person keeps what stood there until then, as a correction by hand does."""

import json
import shutil
from pathlib import Path

import pytest

from jinxiu.audit.origin import Actor
from jinxiu.fhir.load import ImportRefused
from jinxiu.people import sealing
from jinxiu.people.correcting.queries import Change, changes_of
from jinxiu.people.models import Identifier, Person, PersonVersion, Staff
from tests.fhir.resources import VILLAGE, concept, patient, systolic, write
from tests.fhir.test_load import everything, load

pytestmark = pytest.mark.django_db


def changed_village(tmp_path: Path) -> Path:
    """The village once more; its Wang has another name, birthday, street, phone and sort of number in it."""
    village = Path(shutil.copytree(VILLAGE, tmp_path / "village"))
    file = village / "Patient.1.ndjson"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    wang = next(line for line in lines if line["id"] == "wang")
    wang["name"] = [{"text": "王秀瑛"}]
    wang["birthDate"] = "1954-03-12"
    wang["address"][0]["line"] = ["新建路1号"]
    wang["telecom"].append({"system": "phone", "value": "13912345678"})
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return village


def only_change(name: str) -> Change:
    (change,) = changes_of(Person.objects.get(name=name))
    return change


def test_what_an_import_changes_stands_among_the_earlier_data(tmp_path: Path) -> None:
    load(VILLAGE)
    assert not PersonVersion.objects.exists()
    load(changed_village(tmp_path))
    change = only_change("王秀瑛")
    assert change.fields == ("name", "birth_date", "address", "phones")
    assert (change.reason, change.revision, change.by) == ("import", 1, None)
    assert [change.before[part] for part in ("name", "birth_date", "address", "place")] == [
        "王秀英", "1954-03-02", "柳巷南路8号2单元", "迎泽区",
    ]  # fmt: skip
    assert change.before["phones"] == [["mobile", "138****1234"]]
    assert len(change.after["phones"]) == 2
    assert PersonVersion.objects.count() == 1
    assert Person.objects.get(name="王秀瑛").revision == 2


def test_the_same_files_again_keep_nothing(tmp_path: Path) -> None:
    load(VILLAGE)
    village = changed_village(tmp_path)
    load(village)
    before = everything(), list(PersonVersion.objects.values())
    load(village)
    assert (everything(), list(PersonVersion.objects.values())) == before


def test_what_is_no_datum_of_the_person_keeps_nothing(tmp_path: Path) -> None:
    load(write(tmp_path / "1", patient()))
    report = load(write(tmp_path / "2", patient(maritalStatus={"text": "married"})))
    assert report.types["Patient"].changed == 1
    assert not PersonVersion.objects.exists()


def test_a_number_that_goes_stays_sealed(tmp_path: Path) -> None:
    nurse = Staff.objects.create(name="护士", user_id=None)
    phone = [{"system": "phone", "value": "13812340021"}]
    for number in ("E1", "E2"):
        passport = [{"type": concept("PPN", ""), "value": number}]
        load(write(tmp_path / number, patient(identifier=passport, telecom=phone)), actor=Actor(None, nurse.name))
    version = PersonVersion.objects.get()
    assert only_change("王秀英").fields == ("identifiers",)
    assert json.loads(sealing.open_sealed(version.sealed, sealing.EARLIER)) == {
        "identifiers": [["passport", "E1"]], "phones": [["mobile", "13812340021"]],
    }  # fmt: skip
    assert "E1" not in json.dumps(version.values)
    number = Identifier.objects.get()
    assert sealing.open_sealed(number.sealed, sealing.IDENTIFIER) == "E2"


def test_a_number_given_up_and_taken_by_another_is_a_change_of_both(tmp_path: Path) -> None:
    passport, other = ([{"type": concept("PPN", ""), "value": number}] for number in ("E1", "E2"))
    load(write(tmp_path / "1", patient(identifier=passport), patient("q", name=[{"text": "李四"}])))
    load(write(tmp_path / "2", patient(identifier=other), patient("q", name=[{"text": "李四"}], identifier=passport)))
    assert [only_change(name).fields for name in ("王秀英", "李四")] == [("identifiers",)] * 2


def test_a_merged_record_changes_the_one_that_is_kept(tmp_path: Path) -> None:
    load(write(tmp_path / "1", patient()))
    kept = Person.objects.create(name="王秀英", sex="F", birth_date="1954-03-02", created_at="2019-01-01T00:00Z")
    Person.objects.exclude(pk=kept.pk).update(merged_into=kept)
    load(write(tmp_path / "2", patient(name=[{"text": "王秀瑛"}])))
    change = only_change("王秀瑛")
    assert (change.fields, change.before["name"]) == (("name",), "王秀英")
    assert list(PersonVersion.objects.values_list("person_id", flat=True)) == [kept.pk]


def test_a_refused_import_keeps_nothing(tmp_path: Path) -> None:
    load(write(tmp_path / "1", patient()))
    with pytest.raises(ImportRefused):
        load(write(tmp_path / "2", patient(name=[{"text": "王秀瑛"}]), systolic(who="nobody")))
    assert not PersonVersion.objects.exists()
