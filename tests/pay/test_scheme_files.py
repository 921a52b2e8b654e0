"""Rules of pay as files: the shipped one is in order; a city's own mistakes are told with their lines."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from jinxiu.config import checks
from jinxiu.pay import queries
from jinxiu.pay.scheme_files import read_schemes
from jinxiu.people.roles import ROLES
from jinxiu.standards.codes import installed
from jinxiu.standards.positions import StandardError

SHIPPED = django_settings.PACKAGE / "familydoctor" / "pay.yaml"


def read(text: str, folder: Path) -> Any:
    (folder / "city.yaml").write_text(text, encoding="utf-8")
    return read_schemes([folder / "city.yaml"], installed(), ["elderly_managed"], ["basic"], ROLES)


def mistakes(text: str, folder: Path) -> str:
    with pytest.raises(StandardError) as told:
        read(text, folder)
    return str(told.value)


CITY = """\
version: "2027"
valid_from: "2027-01-01"
title: {zh: 办法, en: Rules}
source: {zh: 文件, en: A document}
prorate: days
staff_percent: 80
together_percent: 0
threshold_percent: 90
coefficients: {doctor: 1, nurse: 0.85}
difficulty: {clinic: 1, home: 2.5, phone: 0.5, online: 0.5}
items:
  - id: elderly
    title: {zh: 老年人, en: The elderly}
    weight: 1
    events: {exam.annual: 3}
    quality:
      - {measure: elderly_managed, baseline: 70, score: 100}
    manual: 20
"""


def test_the_shipped_rules_are_in_order_and_examples() -> None:
    (scheme,) = queries.schemes()
    assert scheme.example
    assert scheme.staff_percent == 70
    assert sum(item.weight for item in scheme.items) == 100
    assert checks.check_pay(None) == []


def test_numbers_are_exact_as_they_are_written(tmp_path: Path) -> None:
    (scheme,) = read(CITY, tmp_path)
    assert (scheme.coefficients["nurse"], scheme.threshold) == (Fraction(17, 20), Fraction(9, 10))
    assert scheme.item("elderly").manual == 20
    assert not scheme.example


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("staff_percent: 80", "staff_percent: 69", "city.yaml:6: staff_percent: found '69'; allowed: a whole number"),
        ("prorate: days", "prorate: weeks", "allowed: days, months, none"),
        ("nurse: 0.85", "nurse: -1", "coefficients.nurse: found '-1'; allowed: a number from 0 to 1000"),
        ("nurse: 0.85", "nurze: 1", "did you mean nurse?"),
        (", online: 0.5", "", "difficulty: found no online; allowed: a number for every mode"),
        ("exam.annual: 3", "exam.anual: 3", "did you mean exam.annual?"),
        ("baseline: 70", "baseline: 0", "above 0, at most 100"),
        ("elderly_managed", "elderly", "did you mean elderly_managed?"),
        ("2027-01-01", "1 January", "a day as YYYY-MM-DD"),
        ("weight: 1", "wait: 1", "unknown key wait"),
        ("events: {exam.annual: 3}", "people: {basis: 1}", "did you mean basic?"),
        (
            "events: {exam.annual: 3}",
            "events: {exam.annual: 3}\n    people: {basic: 1}",
            "one of them: what gives points",
        ),
    ],
)
def test_a_mistake_has_its_line_and_what_is_allowed(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert told in mistakes(CITY.replace(right, wrong), tmp_path)


def test_an_item_and_a_kind_stand_once(tmp_path: Path) -> None:
    twice = CITY + CITY[CITY.index("  - id") :]
    told = mistakes(twice, tmp_path)
    assert "elderly a second time" in told
    assert "exam.annual a second time" in told


def test_a_broken_file_is_told_at_the_start(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text(CITY.replace("80", "60"), encoding="utf-8")
    settings.JINXIU_PAY = [SHIPPED, tmp_path / "city.yaml"]
    queries.schemes.cache_clear()
    try:
        (message,) = checks.check_pay(None)
    finally:
        queries.schemes.cache_clear()
    assert message.id == "jinxiu.E011"
    assert "city.yaml:6" in message.msg
