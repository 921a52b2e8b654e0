"""The surveys of this installation, and what a file that cannot be used is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from jinxiu.ratings.survey_files import read_surveys
from jinxiu.standards.codes import installed
from jinxiu.standards.positions import StandardError

SHIPPED = Path(settings.JINXIU_SURVEYS)


def test_the_shipped_surveys_ask_what_section_6_2_says() -> None:
    surveys = read_surveys(SHIPPED, installed())
    yearly, service = surveys.on("year", date(2026, 11, 25)), surveys.on("service", date(2026, 11, 25))
    assert yearly
    assert service
    assert 8 <= len(yearly.questions) <= 12
    assert 1 <= len(service.questions) <= 3
    assert {one.code for one in yearly.questions if one.may_skip} == {"chronic", "home", "referral"}
    assert all(len(one.scale) == 5 for survey in surveys.surveys for one in survey.questions)
    assert surveys.on("year", date(2025, 12, 31)) is None
    assert surveys.version("yearly", yearly.version) is yearly


def test_every_mistake_is_said_with_its_line(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    for before, after in (
        ("    - {zh: 一般, en: So-so}\n", ""),
        ("- followup.hypertension", "- followup.hypertenson"),
        ("    whole: whole", "    whole: home"),
        ("    days: 30", "    days: 300"),
        ("id: yearly\n    of: year", "id: yearly\n    of: service"),
        ("code: wait", "code: reach"),
        ("valid_from: 2026-01-01", "valid_from: soon"),
    ):
        text = text.replace(before, after)
    (tmp_path / "ratings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StandardError) as refused:
        read_surveys(tmp_path / "ratings.yaml", installed())
    said = str(refused.value)
    for words in (
        "4 answers",
        "did you mean followup.hypertension?",
        "whole: found 'home'",
        "a whole number from 1 to 90",
        "of: service",
        "11 with 10 codes",
        "a day as YYYY-MM-DD",
    ):
        assert words in said
    assert all(line.startswith("ratings.yaml:") for line in said.splitlines())


def test_a_version_stands_once(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("id: yearly", "id: service")
    (tmp_path / "ratings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StandardError, match="each version once"):
        read_surveys(tmp_path / "ratings.yaml", installed())
