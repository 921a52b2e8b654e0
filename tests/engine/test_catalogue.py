"""Which standard, in which version, is in force on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.positions import StandardError

ELDERLY = (Path(jinxiu.familydoctor.__file__).parent / "standards" / "elderly.yaml").read_text(encoding="utf-8")
OLD = ELDERLY.replace('version: "2017.1"', 'version: "2011.1"').replace(
    'valid_from: "2017-01-01"', 'valid_from: "2011-01-01"\nvalid_to: "2016-12-31"'
)


def test_the_installed_standards():
    assert {"diabetes", "elderly", "hypertension"} <= set(catalogue.installed().ids())
    assert all(standard.version == "2017.1" for standard in catalogue.installed().all())


def test_the_version_of_the_day(tmp_path):
    found = load(tmp_path, old=OLD, new=ELDERLY)
    assert [s.version for s in found.all()] == ["2011.1", "2017.1"]
    assert found.valid_on("elderly", date(2010, 12, 31)) is None
    assert version(found, date(2011, 1, 1)) == "2011.1"
    assert version(found, date(2016, 12, 31)) == "2011.1"
    assert version(found, date(2017, 1, 1)) == "2017.1"
    assert version(found, date(2199, 1, 1)) == "2017.1"
    assert found.valid_on("diabetes", date(2026, 1, 1)) is None
    assert found.version("elderly", "2011.1") is found.all()[0]
    assert found.version("elderly", "1999") is None
    assert [s.version for s in found.in_force(date(2015, 1, 1))] == ["2011.1"]


def test_two_versions_on_one_day_are_refused(tmp_path):
    with pytest.raises(StandardError, match=r"a first day after the last of 2011\.1, which holds until 2017-01-01"):
        load(tmp_path, old=OLD.replace("2016-12-31", "2017-01-01"), new=ELDERLY)


def test_an_open_version_and_a_later_one_are_refused(tmp_path):
    with pytest.raises(StandardError, match="holds until further notice"):
        load(tmp_path, old=OLD.replace('valid_to: "2016-12-31"\n', ""), new=ELDERLY)


def test_the_same_version_twice_is_refused(tmp_path):
    with pytest.raises(StandardError, match="a version of its own"):
        load(tmp_path, old=OLD.replace("2011.1", "2017.1"), new=ELDERLY)


def test_mistakes_of_all_files_are_told_together(tmp_path):
    with pytest.raises(StandardError) as caught:
        load(tmp_path, old=OLD.replace("times: 1", "times: 0"), new=ELDERLY.replace("min_age: 65", "min_age: old"))
    assert {Path(mistake.file).name for mistake in caught.value.mistakes} == {"old.yaml", "new.yaml"}


def test_a_single_file_may_be_loaded(tmp_path):
    load(tmp_path, new=ELDERLY)
    assert Catalogue.load(tmp_path / "new.yaml").ids() == ("elderly",)


def load(directory: Path, **files: str) -> Catalogue:
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Catalogue.load(directory)


def version(found: Catalogue, day: date) -> str:
    standard = found.valid_on("elderly", day)
    assert standard is not None
    return standard.version
