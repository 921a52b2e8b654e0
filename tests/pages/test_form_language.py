"""The reference page of forms says what the reader does, and the schema in docs is that of the reader's language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from jinxiu.evidence.questionnaire_files import read_questionnaire
from jinxiu.evidence.questionnaire_schema import schema, schema_text
from jinxiu.evidence.questionnaires import take_answers
from jinxiu.familydoctor.followups.forms import FOLDER
from jinxiu.standards.codes import installed

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (DOCS / "forms.md").read_text(encoding="utf-8")
HEAD = """
id: example
version: "1"
event: followup.hypertension
title: {zh: 例, en: Example}
source: {zh: 例, en: Example}
item:
"""


def examples() -> Iterator[tuple[str, str]]:
    """Every example's questions with each of its lines."""
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        questions, _, lines = block.partition("---\n")
        yield from ((questions, line) for line in lines.splitlines())


@pytest.mark.parametrize(("questions", "line"), list(examples()), ids=lambda text: text[-30:])
def test_an_example_of_the_page_is_true(questions: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(HEAD + questions, encoding="utf-8")
    form = read_questionnaire(path)
    typed = dict(re.findall(r'([\w.]+): "([^"]*)"', line))
    asked = list(typed)[-1]
    sign, expected = re.findall(r'" ([=!?]) (.*)$', line)[0]
    answers = take_answers(form, typed)
    told = [one.code for one in (answers.problems if sign == "!" else answers.doubts) if one.link_id == asked]
    assert (str(answers.values.get(asked)) if sign == "=" else told) == (_said(expected) if sign == "=" else [expected])


def _said(expected: str) -> str:
    return f"{expected}.0" if expected == "7" else expected


def test_every_key_stands_on_the_page() -> None:
    item = schema(installed())["$defs"]["item"]["properties"]
    kinds = [key for one in schema(installed())["$defs"]["calculate"]["oneOf"] for key in one["properties"]]
    assert [key for key in (*schema(installed())["properties"], *item, *kinds) if key not in PAGE] == []


def test_the_schema_in_docs_is_that_of_the_code_list() -> None:
    kept = (DOCS / "form.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(installed()), "run ./jinxiu forms schema > docs/reference/form.schema.json"
    jsonschema.Draft202012Validator.check_schema(json.loads(kept))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_form_meets_the_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema(installed()))
    assert [error.message[:200] for error in validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize(("right", "wrong"), [("required:", "requird:"), ("type: date", "type: day"), ("zh:", "cn:")])
def test_the_schema_finds_what_is_misspelt(right: str, wrong: str) -> None:
    text = (FOLDER / "elderly_self_care.yaml").read_text(encoding="utf-8").replace(right, wrong)
    assert list(jsonschema.Draft202012Validator(schema(installed())).iter_errors(yaml.safe_load(text)))
