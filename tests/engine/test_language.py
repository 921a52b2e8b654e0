"""Every example of docs/reference/standards-language.md is read, judged, and judged alike by the population."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from jinxiu.standards.cases import differences, read_cases
from jinxiu.standards.facts import facts_from
from jinxiu.standards.judge import judge
from jinxiu.standards.reader import read_standard
from tests.engine.test_population import require_same, tables_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "standards-language.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)\n---\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
TEXT = {"zh": "句", "en": "words"}
OUTCOMES = {
    "interval": (),
    "per_year": ("done", "short"),
    "window": ("done", "missing", "upcoming"),
    "one_off": ("done", "missing", "upcoming"),
    "after_each": ("done", "missing"),
}

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.mark.parametrize(("parts", "case"), EXAMPLES, ids=[f"example {n}" for n in range(1, len(EXAMPLES) + 1)])
def test_an_example_of_the_page_is_true(parts, case, tmp_path):
    standard = read_standard(written(tmp_path / "standard.yaml", whole(yaml.safe_load(parts))))
    cases = {"standard": "example", "cases": [named(yaml.safe_load(case))]}
    (worked,) = read_cases(written(tmp_path / "cases.yaml", cases))
    rows = [verdict.as_row() for verdict in judge(standard, worked.person, worked.as_of)]
    assert differences(worked, rows) == []
    assert len(rows) == len(worked.expected)
    require_same([standard], facts_from(tables_of([worked.person])), worked.as_of, "duckdb")


def test_every_kind_of_clause_has_an_example():
    kinds = {kind for parts, _ in EXAMPLES for clause in yaml.safe_load(parts)["clauses"].values() for kind in clause}
    assert kinds == set(OUTCOMES)


def written(path: Path, content: Any) -> Path:
    """JSON is YAML in which every text is in quotes."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def whole(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with what the page leaves out."""
    for case in parts.get("cases", ()):
        case.update(section="1", say=TEXT, action="contact")
    if "decided_by" in parts:
        parts["decided_by"].update(section="1", say=TEXT)
    for clause in parts["clauses"].values():
        ((kind, promise),) = list(clause.items())
        clause["title"] = TEXT
        for name in OUTCOMES[kind]:
            promise[name] = {"reason": name, "section": "1", "say": TEXT}
        for cycle in promise.get("cycles", {}).values():
            cycle["title"] = TEXT
        if kind == "interval":
            promise["never_seen"].update(section="1", say=TEXT, action="contact")
        else:
            promise["action"] = "contact"
    source = {"title": TEXT, "short": TEXT, "section": "1"}
    return {"id": "example", "version": "1", "valid_from": "2020-01-01", "title": TEXT, "source": source} | parts


def named(case: dict[str, Any]) -> dict[str, Any]:
    case["facts"] = [{"on" if key is True else key: fact[key] for key in fact} for fact in case.get("facts", [])]
    if not case["facts"]:
        del case["facts"]
    return {"name": "example", "title": TEXT, "section": "1"} | case
