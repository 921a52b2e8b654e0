"""What is wrong with a measure is named with its line and with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jinxiu.standards.measures.reader import read_measure
from jinxiu.standards.positions import StandardError

HEAD = """id: one
version: "1"
valid_from: 2026-01-01
title: {zh: 一, en: One}
formula: {zh: 一, en: one}
source: {title: {zh: 一, en: one}, short: {zh: 一, en: one}, section: "1"}
window: year
facts:
  it: {title: {zh: 一, en: one}, FACT}
populations: {initial_population: it, numerator: it}
"""
DOSES = "event: {kinds: [evaluation.tb_completion], starts_in: measurement, with: {doses_taken: "


def written(tmp_path: Path, fact: str) -> Path:
    path = tmp_path / "one.yaml"
    path.write_text(HEAD.replace("FACT", fact), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "fact",
    [
        "readings: {of: [hba1c], read_as: {gmi: hba1c}, in: measurement, day: any}",
        DOSES + "{at_least: {percent: 90, of: doses_due}}}}",
        "latest_event: {kinds: [followup.mental], in: measurement, must: {confirmed_class: [stable]}}",
        "event: {kinds: [followup.mental], inside: measurement, with: {confirmed_class: any}}",
        "followed: {after: {event: {kinds: [delivery]}}, in: measurement, by: {event: {}}, within_days: 9, times: 2}",
    ],
)
def test_what_the_page_says_can_be_written(tmp_path: Path, fact: str) -> None:
    assert read_measure(written(tmp_path, fact)).fact("it")


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("readings: {of: [hba1c], read_as: {weight: hba1c}, in: measurement}", "a code in kg, the unit of weight"),
        ("readings: {of: [hba1c], read_as: {gmi: bmi}, in: measurement}", "hba1c"),
        ("readings: {of: [hba1c], in: measurement, day: last}", "any, earliest, latest"),
        (DOSES + "{at_least: {percent: 90, of: weight}}}}", "a code in doses, the unit of doses_taken"),
        (DOSES + "{at_least: {percent: many, of: doses_due}}}}", "a number"),
        (DOSES + "{at_least: {of: doses_due}}}}", "percent: is needed here"),
        ("event: {kinds: [followup.mental], inside: measurement, with: {confirmed_class: [stabel]}}", "stable"),
        ("event: {kinds: [followup.mental], inside: measurement, overlaps: measurement}", "one of starts_in"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, fact: str, said: str) -> None:
    with pytest.raises(StandardError) as error:
        read_measure(written(tmp_path, fact))
    assert min(mistake.line for mistake in error.value.mistakes) == 9
    assert said in str(error.value)
