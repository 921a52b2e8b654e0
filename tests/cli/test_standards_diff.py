"""`./jinxiu standards diff` as typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, command_environment, jinxiu
from tests.cli.test_evaluate_files import DAY, TABLES

SHIPPED = ROOT / "src" / "jinxiu" / "familydoctor" / "standards" / "hypertension.yaml"
NOBODY = {"DATABASE_URL": "postgres://127.0.0.1:1/none"}  # a command that asked for a database would fail


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    directory = tmp_path / "facts"
    directory.mkdir()
    for name, text in TABLES.items():
        (directory / name).write_text(text.replace("systolic,2026-09-20,160", "systolic,2026-09-20,145"))
    return directory


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(
        SHIPPED.read_text().replace("{65: 150}", "{65: 140}").replace('version: "2017.1"', 'version: "mine"')
    )
    return file


def test_what_changes_is_said_with_the_people_it_reaches(facts: Path, own: Path) -> None:
    words = ("standards", "diff", "hypertension-2017.1", own, "--facts", facts, "--on", DAY, "--people")
    done = jinxiu(*words, "--language", "en", **NOBODY)
    assert done.returncode == 0, done.stderr
    assert "people of 65 and older moves from 150 mmHg to 140 mmHg" in done.stdout
    assert "1 person becomes due (such as wang)" in done.stdout
    assert "1 changes class from “Controlled” to “Not controlled”" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["Next", "contact", "[followup]", "due", "0", "1", "1", "0"] in rows
    assert "1 人" in jinxiu(*words, **NOBODY).stdout


def test_equal_standards_change_nothing(facts: Path) -> None:
    done = jinxiu("standards", "diff", "hypertension", SHIPPED, "--facts", facts, "--lang", "en", **NOBODY)
    assert (done.returncode, done.stdout) == (0, "Nothing changes.\n")


def test_a_whole_directory_and_only_words(own: Path) -> None:
    done = jinxiu("standards", "diff", SHIPPED.parent, own.parent, "--words", "--lang", "en", **NOBODY)
    assert done.returncode == 0, done.stderr
    assert "Standard that is dropped: Care of people with tuberculosis [tb]" in done.stdout


def test_files_with_mistakes_and_unknown_names_are_told(tmp_path: Path, own: Path) -> None:
    own.write_text(own.read_text().replace("value: 140", "value: high"))
    done = jinxiu("standards", "diff", "hypertension", own, "--words", **NOBODY)
    assert (done.returncode, f"{own}:19" in done.stderr) == (2, True), done.stderr
    done = jinxiu("standards", "diff", "hypertension-2018.1", SHIPPED, "--words", **NOBODY)
    assert (done.returncode, "did you mean hypertension-2017.1?" in done.stderr) == (2, True), done.stderr
    done = jinxiu("standards", "diff", "hypertension", tmp_path / "no.yaml", "--words", **NOBODY)
    assert (done.returncode, "There is no file or directory" in done.stderr) == (2, True)


def test_the_walk_of_the_how_to_does_what_it_says(tmp_path: Path) -> None:
    """Each block of shell in the guide, run in a folder where `./jinxiu` and the shipped standards are found."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    runner = tmp_path / "jinxiu"
    runner.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m jinxiu.cli "$@"\n')
    runner.chmod(0o755)
    guide = (ROOT / "docs" / "how-to" / "change-a-standard.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    environment = command_environment(**NOBODY)
    done = [
        subprocess.run(["sh", "-ec", block], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        for block in blocks
    ]
    assert done[1].stdout == "next/hypertension.yaml: in order.\n"
    assert "The limit for people of 65 and older moves from 150 mmHg to 140 mmHg" in done[2].stdout
    assert "Next contact [followup]" in done[3].stdout
    assert (tmp_path / "work.svg").read_text(encoding="utf-8").count("<rect") > 12
