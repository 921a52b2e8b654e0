"""One resource in our words: what is read, what is kept with a reason, what is refused."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jinxiu.fhir.fields import ResourceError
from jinxiu.fhir.mapping import READ_TYPES, Mapped, PatientRow, map_line
from jinxiu.fhir.maps import read_maps
from tests.fhir.resources import LOINC, concept, encounter, hypertension, line, patient, reference, systolic

MAPS = read_maps()


def mapped(resource: Any) -> Mapped:
    return map_line(line(resource), MAPS)


def person(**more: Any) -> PatientRow:
    subject = mapped(patient(**more)).subject
    assert isinstance(subject, PatientRow)
    return subject


# --- who


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"text": "王秀英"}], "王秀英"),
        ([{"family": "王", "given": ["秀", "英"]}], "王秀英"),
        ([{"family": "Koepp", "given": ["Abdul", "K."]}], "Abdul K. Koepp"),
        (
            [{"use": "maiden", "family": "Wolff"}, {"use": "official", "family": "Tremblay", "given": ["Addie"]}],
            "Addie Tremblay",
        ),
        ([{"use": "nickname", "text": "老王"}, {"use": "usual", "text": "王秀英"}], "王秀英"),
    ],
)
def test_the_name_in_use_is_taken(names: list[Any], expected: str) -> None:
    assert person(name=names).name == expected


@pytest.mark.parametrize(
    ("said", "taken"), [("1956-08-03", "1956-08-03"), ("1956-02", "1956-02-29"), ("1956", "1956-12-31")]
)
def test_a_birth_date_without_a_day_is_its_last_day_so_nobody_is_taken_for_older(said: str, taken: str) -> None:
    result = mapped(patient(birthDate=said))
    assert isinstance(result.subject, PatientRow)
    assert result.subject.birth_date == taken
    assert bool(result.kept) == (said != taken)


def test_death_departure_sex_numbers_and_address() -> None:
    assert person(deceasedDateTime="2019-05-01T23:30:00-05:00").died_on == "2019-05-01"
    assert person(deceasedBoolean=True).died_on == "unknown"
    assert person(active=False).left_on == "unknown"
    assert person(gender="other").sex == "U"
    numbers = person(
        identifier=[{"type": concept("PPN", ""), "value": "E1"}, {"system": "http://nobody", "value": "2"}]
    )
    assert [tuple(number) for number in numbers.identifiers] == [("passport", "E1")]
    where = person(
        address=[{"use": "old", "city": "大同"}, {"city": "太原市", "district": "迎泽区", "line": ["柳巷", "8号"]}]
    )
    assert where.address is not None
    assert (where.address.city, where.address.district, where.address.line) == ("太原市", "迎泽区", "柳巷 8号")


# --- measured


def test_a_panel_gives_its_components_in_our_units() -> None:
    result = mapped(
        systolic(
            code=concept("55284-4", LOINC),
            valueQuantity=None,
            component=[
                {"code": concept("8480-6", LOINC), "valueQuantity": {"value": 111.67607750361314, "code": "mm[Hg]"}},
                {"code": concept("8462-4", LOINC), "valueQuantity": {"value": 10, "unit": "kPa"}},
            ],
        )
    )
    assert [(r.key, r.code, r.value) for r in result.readings] == [
        ("Observation/o#systolic", "systolic", 111.68),
        ("Observation/o#diastolic", "diastolic", 75.01),
    ]


@pytest.mark.parametrize(("value", "below"), [(149.9598596141146, 150), (139.994, 140), (89.99, 90)])
def test_rounding_does_not_carry_a_value_across_a_limit(value: float, below: float) -> None:
    assert mapped(systolic(value=value)).readings[0].value < below


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": concept("2947-0", LOINC)}, "code"),
        ({"code": {"text": "血压"}}, "code"),
        ({"status": "entered-in-error"}, "status"),
        ({"status": "cancelled"}, "status"),
        ({"valueQuantity": {"value": 140}}, "unit"),
        ({"valueQuantity": {"value": 140, "code": "mg/dL"}}, "unit"),
        ({"valueQuantity": {"value": 1400, "code": "mm[Hg]"}}, "range"),
        ({"valueQuantity": {"value": 140, "code": "mm[Hg]", "comparator": ">"}}, "value"),
        ({"valueQuantity": None, "valueString": "high"}, "value"),
        ({"valueQuantity": None}, "value"),
        ({"effectiveDateTime": None}, "date"),
        ({"effectiveDateTime": "2019-03"}, "date"),
        ({"subject": reference("Group", "g")}, "subject"),
        ({"note": [{"text": "left arm"}]}, "element"),
    ],
)
def test_what_is_right_but_not_understood_is_kept_with_a_reason(change: dict[str, Any], reason: str) -> None:
    result = mapped(systolic(**change))
    assert [kept.reason for kept in result.kept] == [reason]
    assert result.raw
    assert bool(result.readings) == (reason == "element")


def test_an_unread_type_is_kept_with_its_person() -> None:
    result = mapped({"resourceType": "CarePlan", "id": "1", "subject": reference("Patient", "p")})
    assert (result.kept[0].reason, result.patient) == ("type", "p")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2019-03-20T23:30:00+08:00", "2019-03-20"),
        ("2019-03-20T23:30:00Z", "2019-03-20"),
        ("2019-03-20T23:30:00.123456789-11:30", "2019-03-20"),
        ("2020-02-29", "2020-02-29"),
    ],
)
def test_an_instant_counts_on_the_day_that_is_written_in_it(written: str, day: str) -> None:
    assert mapped(systolic(on=written)).readings[0].happened_on == day


# --- happened


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("visit", "clinic", "ambulatory")),
        ({"class": {"code": "HH"}}, ("visit", "home", "home")),
        ({"class": {"code": "VR"}}, ("visit", "online", "virtual")),
        ({"class": {"code": "IMP"}}, ("visit", "clinic", "inpatient")),
        ({"type": [concept("185317003")]}, ("visit", "phone", "virtual")),
        ({"type": [concept("308646001")]}, ("death_certificate", "clinic", "ambulatory")),
    ],
)
def test_class_and_type_say_where_and_how(change: dict[str, Any], expected: tuple[str, str, str]) -> None:
    event = mapped(encounter(**change)).events[0]
    assert (event.kind, event.mode, event.setting) == expected


def test_an_encounter_of_an_unknown_class_is_kept() -> None:
    assert mapped(encounter(**{"class": {"code": "MOON"}})).kept[0].reason == "code"


# --- in a programme


def test_conditions_enrol() -> None:
    assert mapped(hypertension(onset="2015")).enrolments[0].start_on == "2015-01-01"
    assert mapped(hypertension(abatementDateTime="2019-02")).enrolments[0].end_on == "2019-02-28"
    assert mapped(hypertension(verificationStatus=concept("entered-in-error"))).enrolments == []
    over = mapped(hypertension(clinicalStatus=concept("resolved")))
    assert (over.enrolments[0].end_on, over.kept[0].reason) == ("2015-01-01", "date")


# --- refused


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        ([1], "line"),
        ({"id": "1"}, "resourceType"),
        ({"resourceType": "Patient"}, "id"),
        (patient("a b"), "id"),
        (patient(name=None), "name"),
        (patient(name="王"), "name"),
        (patient(name=[{"family": ["王"]}]), "family"),
        (patient(gender="f"), "gender"),
        (patient(birthDate="0202-01-01"), "birthDate"),
        (patient(birthDate="1954-02-30"), "birthDate"),
        (patient(birthDate=1954), "birthDate"),
        (patient(deceasedDateTime="1953-01-01"), "deceasedDateTime"),
        (patient(deceasedBoolean="yes"), "deceasedBoolean"),
        (systolic(subject=None), "subject"),
        (systolic(subject=reference("Patient", "a b")), "subject.reference"),
        (systolic(status=None), "status"),
        (systolic(code=[]), "code"),
        (systolic(on="2019-03-20T23:30"), "effectiveDateTime"),
        (systolic(on="2019-W01-1"), "effectiveDateTime"),
        (systolic(on="20190320"), "effectiveDateTime"),
        (systolic(on="2019-03-20T23:30:00+99:00"), "effectiveDateTime"),
        (systolic(valueQuantity={"value": "140", "code": "mm[Hg]"}), "value"),
        (systolic(valueQuantity={"value": True, "code": "mm[Hg]"}), "value"),
        (systolic(valueQuantity={"value": 1e13, "code": "mm[Hg]"}), "value"),
        (systolic(encounter=reference("EpisodeOfCare", "1")), "encounter.reference"),
        (encounter(period={"start": "2019-03-20", "end": "2019-03-19"}), "period.end"),
        (hypertension(abatementDateTime="2014-12-31"), "abatement"),
        ({"resourceType": "Organization", "id": "1", "name": ""}, "name"),
    ],
)
def test_what_breaks_the_rules_of_fhir_is_refused_by_element(resource: Any, element: str) -> None:
    with pytest.raises(ResourceError) as raised:
        mapped(resource)
    assert raised.value.element == element
    assert raised.value.found
    assert raised.value.allowed


@pytest.mark.parametrize("text", [b"{", b"nothing", b"\xff\xfe", b'{"a": NaN}', b"[" * 5000, b'"\\ud800"'])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(ResourceError, match="line"):
        map_line(text, MAPS)


def test_a_resource_of_another_type_than_the_file_promises_is_refused() -> None:
    with pytest.raises(ResourceError, match="resourceType"):
        map_line(line(patient()), MAPS, "Observation")


_ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["Patient/p", "2019", "final"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_WHOLE = [patient(address=[{"city": "x", "extension": []}], telecom=[{}]), encounter(), systolic(), hypertension()]


@st.composite
def _bent(draw: st.DrawFn) -> dict[str, Any]:
    """A good resource of which some elements, at some depth, hold something odd."""
    resource: dict[str, Any] = dict(draw(st.sampled_from(_WHOLE)))
    resource["resourceType"] = draw(st.sampled_from([resource["resourceType"], *READ_TYPES]))
    for name in draw(st.lists(st.sampled_from(sorted(resource.keys() - {"resourceType"})), max_size=3)):
        value = resource[name]
        if isinstance(value, dict) and value and draw(st.booleans()):
            resource[name] = {**value, draw(st.sampled_from(sorted(value))): draw(_ODD)}
        else:
            resource[name] = draw(_ODD)
    return resource


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_bent())
def test_odd_resources_are_read_kept_or_refused_but_never_a_fault(resource: dict[str, Any]) -> None:
    with contextlib.suppress(ResourceError):
        mapped(resource).digest()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60) | _ODD.map(line))
def test_odd_lines_are_refused_but_never_a_fault(text: bytes) -> None:
    with contextlib.suppress(ResourceError):
        map_line(text, MAPS)
