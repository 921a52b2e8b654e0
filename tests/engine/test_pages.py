"""The JSON Schema and the pages that are made of the standards are those in docs/, and the schema is true."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import jinxiu.familydoctor
from jinxiu.standards import catalogue
from jinxiu.standards.cases import load_cases
from jinxiu.standards.codes import installed
from jinxiu.standards.pages import pages
from jinxiu.standards.schema import schema, schema_text
from tests.engine.test_reader import BROKEN, HYPERTENSION

ROOT = Path(__file__).parents[2]
FOLDER = Path(jinxiu.familydoctor.__file__).parent / "standards"
MADE = pages(catalogue.installed(), load_cases(FOLDER / "cases"))
AGAIN = "run ./jinxiu standards docs docs/standards and ./jinxiu standards schema > docs/reference/standard.schema.json"


def test_the_pages_in_docs_are_those_of_the_standards():
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "standards").glob("*.md")}
    assert sorted(kept) == sorted(MADE), AGAIN
    assert [name for name in MADE if kept[name] != MADE[name]] == [], AGAIN


def test_every_case_stands_on_a_page_to_sign():
    text = "\n".join(MADE.values())
    for case in load_cases(FOLDER / "cases"):
        assert f"`{case.name}`" in text
    assert "\nSigned" in MADE["child-2017.1.md"]


def test_the_schema_in_docs_is_that_of_the_code_list():
    kept = (ROOT / "docs" / "reference" / "standard.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(installed()), AGAIN
    jsonschema.Draft202012Validator.check_schema(json.loads(kept))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_standard_meets_the_schema(path):
    assert mistakes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (part, wrong)
        for part, wrong, told in BROKEN
        if "did you mean" in told and "{" not in told and "when:" not in part
    ],
    ids=lambda value: value.strip()[:30],
)
def test_the_schema_finds_what_is_misspelt(part, wrong):
    if any(named in wrong for named in ("mesured", "systolic_dnger")):
        pytest.skip("names that the file itself gives are the reader's business")
    assert mistakes(HYPERTENSION.replace(part, wrong, 1)) != []


def mistakes(text: str) -> list[str]:
    found = yaml.safe_load(text)
    validator = jsonschema.Draft202012Validator(schema(installed()))
    return [f"{'/'.join(map(str, error.path))}: {error.message}"[:200] for error in validator.iter_errors(words(found))]


def words(value):
    """As JSON has it: keys are text."""
    if isinstance(value, dict):
        return {str(key): words(inner) for key, inner in value.items()}
    return [words(inner) for inner in value] if isinstance(value, list) else value
