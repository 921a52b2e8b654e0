"""The code list: units, ranges and names, and what is told of a wrong one."""

from __future__ import annotations

import pytest

from jinxiu.standards import codes
from jinxiu.standards.check import check_file
from jinxiu.standards.codes import read_codes

CODES = codes.installed()


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("systolic", "mmHg"),
        ("diastolic", "mmHg"),
        ("fasting_glucose", "mmol/L"),
        ("random_glucose", "mmol/L"),
        ("hba1c", "%"),
        ("bmi", "kg/m2"),
        ("weight", "kg"),
        ("height", "cm"),
        ("waist", "cm"),
        ("pulse", "/min"),
        ("temperature", "Cel"),
        ("adverse_reaction", "0/1"),
        ("complication", "0/1"),
        ("danger_sign", "0/1"),
    ],
)
def test_units_are_fixed(code, unit):
    assert CODES[code].unit == unit
    assert unit in CODES.units


def test_ranges():
    systolic = CODES["systolic"]
    assert [systolic.is_possible(value) for value in (39, 40, 300, 301)] == [False, True, True, False]
    assert [systolic.is_plausible(value) for value in (79, 80, 220, 221, 301)] == [False, True, True, False, False]
    assert [CODES["danger_sign"].is_possible(value) for value in (0, 1, 2, 0.5)] == [True, True, False, False]


def test_names():
    assert CODES.name("modes", "home", "zh-hans") == "上门"
    assert CODES.name("events", "exam.annual", "en") == "Yearly examination"
    assert CODES.name("events", "unheard.of", "en") == "unheard.of"


def test_a_citys_own_words_win(tmp_path):
    (tmp_path / "codes.yaml").write_text("modes:\n  phone: {zh: 打电话, en: call}\n", encoding="utf-8")
    own = codes.codes_for(tmp_path / "standard.yaml")
    assert own.name("modes", "phone", "zh") == "打电话"
    assert own.name("modes", "home", "zh") == "上门"


def test_mistakes(tmp_path):
    path = tmp_path / "codes.yaml"
    path.write_text(
        "observations:\n"
        "  a: {zh: 甲, en: a, unit: kg, hard: [10, 5]}\n"
        "  b: {zh: 乙, en: b, unit: kg, hard: [10]}\n"
        "  c: {zh: 丙, unit: kg}\n"
        "  d: {zh: 丁, en: d, unit: kg, hard: [0, 10], plausible: [2, 11]}\n"
        "mods: {}\n",
        encoding="utf-8",
    )
    told = check_file(path)
    assert [mistake.line for mistake in told] == [2, 3, 4, 5, 6]
    assert "did you mean modes?" in told[-1].message
    with pytest.raises(codes.StandardError):
        read_codes(path)
