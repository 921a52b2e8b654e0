"""`./jinxiu test --spark` says what is missing before it starts anything."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import pytest

from jinxiu.cli import test as command
from jinxiu.cli.problems import Problem
from jinxiu.cli.spark import java_version, require_spark


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Java in JAVA_HOME that tells its version as Java 17 does; pyspark is there."""
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    return program


def tells(program: Path, version: str) -> None:
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "number"), [("17.0.15", 17), ("21", 21), ("1.8.0_392", 8)])
def test_the_version_of_java(java: Path, version: str, number: int) -> None:
    tells(java, version)
    assert java_version() == number


def test_what_is_missing_is_told_in_a_sentence(java: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match=r"Java 17 or newer, which was not found; install it .* or name its folder"):
        require_spark()
    tells(java, "11.0.2")
    with pytest.raises(Problem, match=r"this is Java 11; install it"):
        require_spark()
    tells(java, "17.0.15")
    require_spark()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Problem, match=r"Spark is not installed here; .* requirements-spark\.lock$"):
        require_spark()


def test_the_tests_on_spark_are_asked_for_by_their_own_word(java: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(java, "17.0.15")
    monkeypatch.setenv("JINXIU_TEST_SPARK", "")
    asked: list[list[str]] = []
    monkeypatch.setattr(command, "_call", lambda words: asked.append(list(words)) or 0)
    for words in (["--spark"], ["--spark", "-x"]):
        assert command.run(argparse.Namespace(pytest_arguments=words)) == 0
    assert [words[-2:] for words in asked] == [["tests/spark", "-q"], ["tests/spark", "-x"]]
