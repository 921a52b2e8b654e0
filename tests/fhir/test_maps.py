"""The map files: what the shipped ones say, and what is said of a wrong one."""

from pathlib import Path

import pytest

from jinxiu.fhir.maps import read_maps, shipped_maps
from jinxiu.standards.positions import StandardError

LOINC = "http://loinc.org"


def test_shipped_maps_hold_what_the_import_promises() -> None:
    maps = read_maps()
    assert maps.observations[LOINC, "8480-6"] == "systolic"
    assert maps.observations[LOINC, "2339-0"] == "random_glucose"
    assert maps.observations[LOINC, "14771-0"] == "fasting_glucose"
    assert (LOINC, "55284-4") in maps.panels
    assert maps.condition(("http://snomed.info/sct", "38341003")) == "hypertension"
    assert maps.condition(("http://hl7.org/fhir/sid/icd-10", "I10.x00")) == "hypertension"
    assert maps.condition(("http://hl7.org/fhir/sid/icd-10", "I15.0")) is None
    assert [rule.event for rule in maps.derived_events] == ["followup.hypertension", "followup.diabetes", "exam.annual"]


def test_every_loinc_code_of_the_code_list_is_mapped_to_it() -> None:
    maps = read_maps()
    for code, entry in maps.codes.observations.items():
        for loinc in entry.loinc:
            assert maps.observations[LOINC, loinc] == code


def test_every_mapped_observation_has_a_unit_and_decimals() -> None:
    maps = read_maps()
    for code in set(maps.observations.values()):
        assert any(known == code for known, _ in maps.conversions), code
        assert code in maps.decimals


@pytest.mark.parametrize(
    ("code", "unit", "theirs", "ours"),
    [
        ("random_glucose", "mg/dL", 180.16, 10.0),
        ("fasting_glucose", "mmol/L", 6.9, 6.9),
        ("systolic", "kPa", 18.66508, 140.0),
        ("hba1c", "mmol/mol", 53, 7.0),
        ("weight", "[lb_av]", 100, 45.36),
        ("height", "[in_i]", 70, 177.8),
        ("temperature", "[degF]", 98.6, 37.0),
        ("creatinine", "mg/dL", 1, 88.4),
        ("total_cholesterol", "mg/dL", 200, 5.17),
        ("hemoglobin", "g/dL", 11.5, 115.0),
        ("hemoglobin", "mmol/L", 7.14, 115.05),
        ("albumin", "g/dL", 4.2, 42.0),
        ("white_cells", "10*3/uL", 6.4, 6.4),
        ("platelets", "/uL", 212_000, 212.0),
        ("alt", "[IU]/L", 38, 38),
        ("bilirubin", "mg/dL", 1, 17.1),
        ("bilirubin", "umol/L", 17.1, 17.1),
        ("head_circumference", "[in_i]", 14, 35.56),
        ("fundal_height", "mm", 285, 28.5),
        ("fetal_heart_rate", "{beats}/min", 142, 142),
    ],
)
def test_units_convert(code: str, unit: str, theirs: float, ours: float) -> None:
    assert read_maps().conversions[code, unit].apply(theirs) == pytest.approx(ours, abs=0.005)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("observation: {}", 1, "did you mean observations?"),
        ("systems: {loinc: [http://loinc.org]}\nobservations:\n  sistolic:\n    loinc: {1-8: x}", 3, "systolic"),
        ("observations:\n  systolic:\n    lonic: {1-8: x}", 3, "lonic"),
        ("units:\n  kg:\n    - {unit: g, divide: 0}", 3, "0 as a factor"),
        ("units:\n  kg:\n    - {unit: g, divide: a lot}", 3, "a number"),
        ("derived_events:\n  - event: followup.hypertension", 2, "settings"),
        ("encounters:\n  classes:\n    AMB: {mode: bus}", 3, "clinic"),
        ("decimals:\n  systolic: 1.5", 2, "whole number"),
        ("conditions: ]", 1, "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StandardError) as raised:
        read_maps([path])
    mistake = raised.value.mistakes[0]
    assert mistake.file == "city.yaml"
    assert mistake.line == line
    assert words in str(mistake)


def test_a_code_cannot_mean_two_things(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        "systems: {loinc: [http://loinc.org]}\nobservations:\n  diastolic:\n    loinc: {8480-6: Systolic}\n", "utf-8"
    )
    with pytest.raises(StandardError, match="already means systolic"):
        read_maps([*shipped_maps(), path])


def test_a_city_can_add_its_own_codes(tmp_path: Path) -> None:
    path = tmp_path / "taiyuan.yaml"
    path.write_text("systems: {ours: ['urn:taiyuan']}\nobservations:\n  waist:\n    ours: {YW: 腰围}\n", "utf-8")
    assert read_maps([*shipped_maps(), path]).observations["urn:taiyuan", "YW"] == "waist"
