"""The import as a whole, on a real database: what is there afterwards, and that doing it again changes nothing."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import Actor
from jinxiu.evidence.actions import correct_event
from jinxiu.evidence.facts import person_facts
from jinxiu.evidence.models import Enrolment, Event, Observation
from jinxiu.fhir.load import ImportRefused, import_directory
from jinxiu.fhir.models import ImportRun, SourceResource
from jinxiu.fhir.ndjson import InputError
from jinxiu.fhir.report import ImportReport
from jinxiu.people import sealing
from jinxiu.people.models import ContactPoint, Identifier, Institution, Person, Restriction, Staff, Team, TeamMembership
from jinxiu.people.restricting.kinds import CARE_ONLY, STORED_ONLY
from jinxiu.standards.person import PersonFacts
from tests.fhir.resources import VILLAGE, concept, encounter, hypertension, patient, reference, systolic, write

pytestmark = pytest.mark.django_db

TODAY = dt.date(2019, 6, 30)
NURSE = Actor(user_id=1, name="护士")


def load(path: Path, **options: Any) -> ImportReport:
    return import_directory(path, today=TODAY, **options)


def facts(name: str) -> PersonFacts:
    found = person_facts(Person.objects.get(name=name).pk)
    assert found is not None
    return found


def readings(person: PersonFacts, kind: str) -> dict[str, float | None]:
    """The readings that hang on the person's events of a kind."""
    events = {event.event_id for event in person.events if event.kind == kind}
    return {o.code: o.value for o in person.observations if o.event_id in events}


def everything() -> tuple[Any, ...]:
    """All that an import writes, so that "nothing changed" can be said of all of it."""
    tables = (Person, Identifier, ContactPoint, Institution, Staff, Team, TeamMembership, SourceResource)
    evidence = (Event, Observation, Enrolment)
    return tuple(list(table.objects.order_by("pk").values()) for table in (*tables, *evidence))


# --- the village: every kind of resource once


def test_people_come_with_sealed_numbers_household_and_team() -> None:
    load(VILLAGE)
    wang = Person.objects.get(name="王秀英")
    assert (wang.pinyin, wang.sex, wang.birth_date) == ("wangxiuying", "F", dt.date(1954, 3, 2))
    card = Identifier.objects.get(person=wang)
    assert (card.system, card.masked) == ("id_card", "110105********002X")
    assert sealing.open_sealed(card.sealed, sealing.IDENTIFIER) == "11010519491231002X"
    assert ContactPoint.objects.get(person=wang).masked == "138****1234"
    assert wang.household is not None
    assert (wang.household.address, wang.household.place.name) == ("柳巷南路8号2单元", "迎泽区")
    assert wang.household.place.parent is not None
    assert wang.household.place.parent.name == "太原市"
    membership = TeamMembership.objects.get(person=wang)
    assert (membership.team.name, membership.start_on) == ("柳巷社区卫生服务站", dt.date(2019, 3, 20))
    assert Staff.objects.get().user is None


def test_what_is_said_less_exactly_is_taken_as_documented() -> None:
    load(VILLAGE)
    zhao = Person.objects.get(name="赵国强")
    assert zhao.birth_date == dt.date(1961, 11, 30)
    assert not ContactPoint.objects.filter(person=zhao).exists()
    smith = Person.objects.get(name="Ann Lee Smith")
    assert (smith.sex, smith.died_on) == ("U", dt.date(2019, 5, 1))
    assert not TeamMembership.objects.filter(person=smith).exists()


def test_a_diagnosis_said_again_is_one_enrolment_from_the_first_day() -> None:
    load(VILLAGE)
    assert [(e.kind, e.start_on, e.end_on) for e in facts("王秀英").enrolments if e.kind != "condition"] == [
        ("hypertension", dt.date(2015, 6, 1), None)
    ]
    assert [(e.kind, e.end_on) for e in facts("赵国强").enrolments if e.kind != "condition"] == [
        ("diabetes", dt.date(2019, 12, 31))
    ]


def test_every_condition_is_an_enrolment_with_its_codes_and_words() -> None:
    load(VILLAGE)
    conditions = [e for e in facts("王秀英").enrolments if e.kind == "condition"]
    assert conditions
    assert all(" " in (e.value or "") and "|" in (e.value or "").split()[0] for e in conditions)


def test_follow_ups_are_read_out_of_what_happened_together() -> None:
    load(VILLAGE)
    wang = facts("王秀英")
    followups = [(e.happened_on, e.mode) for e in wang.events if e.kind == "followup.hypertension"]
    assert sorted(followups) == [(dt.date(2019, 3, 20), "clinic"), (dt.date(2019, 4, 20), "phone")]
    by_event = {o.event_id: o for o in wang.observations if o.code == "diastolic"}
    assert [o.value for o in by_event.values()] == [90.01]  # the phone call's has no unit
    assert readings(wang, "visit") == {"systolic": 190.0}  # a night in the ward is no follow-up
    assert readings(facts("赵国强"), "followup.diabetes") == {"random_glucose": 6.994, "hba1c": 7.0}


def test_a_measured_check_up_is_a_yearly_exam() -> None:
    load(VILLAGE)
    assert [e.happened_on for e in facts("王秀英").events if e.kind == "exam.annual"] == [dt.date(2019, 3, 20)]


def test_other_events_say_in_words_what_they_were() -> None:
    load(VILLAGE)
    said = dict(Event.objects.exclude(kind__in=["visit"]).values_list("kind", "answers__text"))
    assert said["immunization"] == "流感疫苗"
    assert said["medication"] == "氨氯地平 5 mg"
    assert said["allergy"] == "青霉素"


def test_what_is_not_understood_is_kept_and_counted() -> None:
    report = load(VILLAGE)
    assert report.kept_by_reason() == {
        ("Observation", "date"): 1,
        ("Observation", "subject"): 1,
        ("Observation", "code"): 1,
        ("Observation", "status"): 1,
        ("Observation", "unit"): 1,
        ("Condition", "status"): 1,
        ("Encounter", "status"): 1,
        ("CarePlan", "type"): 1,
        ("Patient", "date"): 1,
        ("Patient", "number"): 1,
        ("Patient", "element"): 1,
        ("MedicationRequest", "element"): 1,
        ("Organization", "element"): 1,
    }
    assert report.kept["Observation", "code", "http://loinc.org|2947-0 Sodium"] == 1
    sodium = SourceResource.objects.get(resource_id="sodium")
    assert '"Sodium"' in sodium.kept
    assert sodium.person == Person.objects.get(name="王秀英")
    assert SourceResource.objects.get(resource_id="amlodipine").kept == '{"dosageInstruction":[{"text":"每日一次"}]}'


def test_what_names_a_person_is_kept_sealed() -> None:
    load(VILLAGE)
    zhao = SourceResource.objects.get(resource_id="zhao")
    assert zhao.kept == ""
    assert "赵国强" in sealing.open_sealed(zhao.sealed, "fhir")


def test_the_run_is_remembered_and_stands_in_the_trail() -> None:
    report = load(VILLAGE)
    run = ImportRun.objects.get()
    assert run.report["types"]["Patient"] == {"new": 3, "unchanged": 0, "changed": 0, "kept": 2, "refused": 0}
    assert report.resources == sum(counts.new for counts in report.types.values())
    assert AuditEntry.objects.get(action="fhir.imported").detail == {"resources": report.resources, "source": "fhir"}


def test_the_same_again_changes_nothing() -> None:
    load(VILLAGE)
    before = everything()
    report = load(VILLAGE)
    assert not report.changed_anything
    assert everything() == before


def test_order_of_files_and_archives_do_not_matter(tmp_path: Path) -> None:
    everybody = [patient(), hypertension(), encounter(), systolic(encounter=reference("Encounter", "e"))]
    one_file = tmp_path / "all.ndjson"
    for number, resource in enumerate(reversed(everybody)):
        write(tmp_path, resource, name=f"{{type}}.{number}.ndjson.gz")
    assert not one_file.exists()
    load(tmp_path)
    assert readings(facts("王秀英"), "followup.hypertension") == {"systolic": 150.0}


def test_resources_may_come_in_several_imports(tmp_path: Path) -> None:
    load(write(tmp_path / "1", patient(), encounter(), systolic(encounter=reference("Encounter", "e"))))
    assert readings(facts("王秀英"), "visit") == {"systolic": 150.0}
    load(write(tmp_path / "2", hypertension()))
    assert readings(facts("王秀英"), "followup.hypertension") == {"systolic": 150.0}
    assert readings(facts("王秀英"), "visit") == {}
    assert Observation.objects.count() == 2  # the second row supersedes the first


# --- what changes


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """A woman with hypertension, seen once with 150 mmHg."""
    directory = write(
        tmp_path / "first",
        patient(),
        hypertension(),
        encounter(),
        systolic(encounter=reference("Encounter", "e")),
    )
    load(directory)
    return tmp_path / "second"


def test_a_changed_value_supersedes(seen: Path) -> None:
    report = load(write(seen, systolic(value=135, encounter=reference("Encounter", "e"))))
    assert report.types["Observation"].changed == 1
    assert readings(facts("王秀英"), "followup.hypertension") == {"systolic": 135.0}
    assert list(Observation.objects.order_by("pk").values_list("value", flat=True)) == [150.0, 135.0]


def test_a_changed_day_takes_follow_up_and_readings_along(seen: Path) -> None:
    load(write(seen, encounter(on="2019-03-22")))
    person = facts("王秀英")
    assert {e.happened_on for e in person.events} == {dt.date(2019, 3, 22)}
    assert readings(person, "followup.hypertension") == {"systolic": 150.0}


def test_what_its_source_takes_back_goes_out_of_force(seen: Path) -> None:
    load(write(seen, systolic(status="entered-in-error"), hypertension(verificationStatus=concept("refuted"))))
    person = facts("王秀英")
    assert person.observations == ()
    assert list(Observation.objects.order_by("pk").values_list("value", "text")) == [(150.0, ""), (None, "withdrawn")]
    assert {e.kind for e in person.enrolments} == {"withdrawn"}
    assert {e.kind for e in person.events} == {"visit", "withdrawn"}


def test_a_changed_person_is_changed_in_place(seen: Path) -> None:
    load(write(seen, patient(name=[{"text": "王秀瑛"}], deceasedDateTime="2019-06-01")))
    person = Person.objects.get()
    assert (person.name, person.died_on) == ("王秀瑛", dt.date(2019, 6, 1))


def test_a_recorded_death_is_not_taken_back_by_a_file_that_says_nothing_of_it(seen: Path) -> None:
    Person.objects.update(died_on=dt.date(2019, 6, 1))
    report = load(write(seen, patient(name=[{"text": "王秀瑛"}])))
    person = Person.objects.get()
    assert (person.name, person.died_on) == ("王秀瑛", dt.date(2019, 6, 1))
    assert [key for key in report.kept if key[1] == "death"] == [("Patient", "death", "Patient/p")]

    report = load(write(seen, patient(deceasedBoolean=False)))
    assert report.kept["Patient", "death", "Patient/p"] == 1
    load(write(seen, patient(deceasedDateTime="2019-06-02")))
    assert Person.objects.get().died_on == dt.date(2019, 6, 2), "a file that knows the day is believed"

    with pytest.raises(ImportRefused) as refused:
        load(write(seen, patient(birthDate="2019-06-03")))
    assert "birthDate: found 2019-06-03; allowed: a birth that is not after" in str(refused.value.report.refused[0])


def test_another_home_ends_what_the_person_is_to_the_head_of_the_household(seen: Path) -> None:
    home, other = ({"city": "太原市", "district": "迎泽区", "line": [line]} for line in ("柳巷 1 号", "桥东街 9 号"))
    load(write(seen, patient(address=[home])))
    Person.objects.update(head_relation="10")
    load(write(seen, patient(address=[home], name=[{"text": "王秀瑛"}])))
    assert Person.objects.get().head_relation == "10"
    load(write(seen, patient(address=[other])))
    assert Person.objects.get().head_relation == ""


def test_what_was_corrected_here_stays_corrected(seen: Path) -> None:
    nurse = Staff.objects.create(name="护士")
    event = Event.objects.get(kind="followup.hypertension")
    correct_event(
        event_id=event.pk,
        happened_on=event.happened_on,
        mode="home",
        observations={"systolic": 138},
        actor=NURSE,
        recorded_by=nurse.pk,
        today=TODAY,
    )
    load(write(seen, encounter(on="2019-03-25"), systolic(value=160, encounter=reference("Encounter", "e"))))
    person = facts("王秀英")
    assert [(e.mode, e.happened_on) for e in person.events if e.kind == "followup.hypertension"] == [
        ("home", dt.date(2019, 3, 20))
    ]
    assert readings(person, "followup.hypertension") == {"systolic": 138.0}


def test_other_rules_look_at_the_encounters_again(seen: Path, tmp_path: Path) -> None:
    from jinxiu.fhir.maps import shipped_maps

    without_synthea = [path for path in shipped_maps() if path.name != "synthea.yaml"]
    report = load(tmp_path / "first", maps=without_synthea)
    assert report.types["Encounter"].changed == 1
    assert {e.kind for e in facts("王秀英").events} == {"visit", "withdrawn"}
    assert readings(facts("王秀英"), "visit") == {"systolic": 150.0}


# --- what cannot go in


def refused(path: Path) -> list[str]:
    before = everything()
    with pytest.raises(ImportRefused) as raised:
        load(path)
    assert everything() == before
    assert "--skip-errors" in str(raised.value)
    assert not raised.value.report.applied
    return [str(line) for line in raised.value.report.refused]


def test_a_bad_line_stops_all_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, patient(), systolic())
    with (tmp_path / "Observation.ndjson").open("ab") as file:
        file.write(b'\n{"resourceType": "Observation", \n')
    (message,) = refused(tmp_path)
    assert message.startswith("Observation.ndjson line 3: line: found text that is not JSON")


def test_with_skip_errors_the_rest_goes_in(tmp_path: Path) -> None:
    write(tmp_path, patient(), patient("q", gender="f"), systolic(), systolic("of-q", who="q"))
    report = load(tmp_path, skip_errors=True)
    assert Person.objects.count() == 1
    assert Observation.objects.count() == 1
    assert report.refused_count == 2
    assert (report.types["Patient"].refused, report.types["Observation"].refused) == (1, 1)
    assert not load(tmp_path, skip_errors=True).changed_anything


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([systolic(who="nobody")], "patient: found Patient/nobody; allowed: a patient in these files"),
        ([patient(), systolic(encounter=reference("Encounter", "x"))], "encounter: found Encounter/x"),
        (
            [patient(), patient("q"), encounter(who="q"), systolic(encounter=reference("Encounter", "e"))],
            "of the same patient",
        ),
        (
            [patient(), encounter(serviceProvider=reference("Organization", "x"))],
            "serviceProvider: found Organization/x",
        ),
        ([patient(), patient(gender="male")], "allowed: each resource once; the first is in Patient.ndjson line 1"),
    ],
)
def test_references_to_nobody_are_refused(tmp_path: Path, resources: list[Any], words: str) -> None:
    (message,) = refused(write(tmp_path, *resources))
    assert words in message


def test_a_link_that_is_not_there_yet_is_made_when_it_comes(tmp_path: Path) -> None:
    early = write(tmp_path / "1", patient(), hypertension(), systolic(encounter=reference("Encounter", "e")))
    load(early, skip_errors=True)
    assert not load(early, skip_errors=True).changed_anything
    load(write(early, encounter()), skip_errors=False)
    assert readings(facts("王秀英"), "followup.hypertension") == {"systolic": 150.0}


def test_evidence_does_not_move_to_another_person(seen: Path) -> None:
    (message,) = refused(write(seen, patient("q"), systolic(who="q")))
    assert "Patient/q" in message


def close(person: Person, kind: str = STORED_ONLY.code) -> None:
    Restriction.objects.create(
        person=person, kind=kind, start_at="2019-06-01T08:00Z", asked_by="person", reason="own_wish"
    )


def test_a_closed_record_takes_nothing_in(seen: Path) -> None:
    close(Person.objects.get())
    files = write(
        seen,
        patient(name=[{"text": "王秀瑛"}]),
        patient("q"),
        systolic("new"),
        systolic("of-q", who="q"),
        hypertension(),
    )
    (message,) = refused(files)
    assert "found Patient/p; allowed: nothing new while the use of this person's data is restricted" in message
    report = load(files, skip_errors=True)
    assert (report.types["Observation"].refused, report.types["Observation"].new) == (1, 1)
    assert report.types["Condition"].unchanged == 1
    assert not SourceResource.objects.filter(resource_id="new").exists()
    assert Person.objects.filter(name="王秀瑛").exists()  # what is registered may be put right
    Restriction.objects.update(until_on="2019-06-29")
    assert load(files).types["Observation"].new == 1


def test_a_record_for_care_only_takes_in_what_is_care(seen: Path) -> None:
    close(Person.objects.get(), CARE_ONLY.code)
    assert load(write(seen, systolic("new"))).types["Observation"].new == 1


def test_the_same_resource_twice_is_one(tmp_path: Path) -> None:
    report = load(write(tmp_path, patient(), patient()))
    assert (report.types["Patient"].new, report.types["Patient"].unchanged) == (1, 1)


def test_a_number_of_somebody_else_stays_with_them(tmp_path: Path) -> None:
    passport = [{"type": concept("PPN", ""), "value": "E1"}]
    report = load(write(tmp_path, patient(identifier=passport), patient("q", identifier=passport)))
    assert Identifier.objects.count() == 1
    assert report.kept["Patient", "identifier", "passport"] == 1


def test_ids_of_another_source_are_others(tmp_path: Path) -> None:
    write(tmp_path, patient())
    load(tmp_path, source="hospital-1")
    load(tmp_path, source="hospital-2")
    assert Person.objects.count() == 2


def test_people_can_be_given_to_one_team(tmp_path: Path) -> None:
    institution = Institution.objects.create(code="i", name="i")
    team = Team.objects.create(code="t", name="t", institution=institution)
    load(write(tmp_path, patient(), encounter()), team="t")
    assert TeamMembership.objects.get().team == team
    with pytest.raises(InputError, match="no team"):
        load(tmp_path, team="u")


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    load(write(tmp_path, patient()), progress=lambda done, total, step: told.append((done, total, step)))
    assert told[0][2] == "Patient.ndjson"
    assert told[-1][0] == told[-1][1] == (tmp_path / "Patient.ndjson").stat().st_size


def test_odd_text_comes_through_unharmed(tmp_path: Path) -> None:
    text = 'a\\b\t"c"\n王\u2028😀'
    load(write(tmp_path, patient(name=[{"text": text}], maritalStatus={"text": text})))
    assert Person.objects.get().name == text.strip()


def test_no_temporary_tables_are_left_in_the_way() -> None:
    load(VILLAGE)
    load(VILLAGE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM fhir_sourceresource")
        assert cursor.fetchone()[0] == 29
