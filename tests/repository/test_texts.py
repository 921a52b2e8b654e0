"""Every text on a screen can be translated, and is."""

import ast
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/jinxiu"
TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/**/*") if path.suffix in {".html", ".txt"})
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
# Where Chinese is meant: made-up names, readings of surnames, codes of others, date formats, each language's own
# name; the engine, which knows no Django and holds its words in pairs; the command line, which names terms in both.
CHINESE_IS_DATA = (
    "cli/",
    "config/settings.py",
    "demo/",
    "fhir/mapping.py",
    "people/identity.py",
    "people/names.py",
    "people/search/rules.py",
    "standards/",
    "ui/formats/",
)
TEMPLATE_CODE = re.compile(
    r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|{%\s*comment.*?{%\s*endcomment\s*%}|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
SPOKEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "label", "sub", "hint", "caption", "number"}
SILENT_TAGS = {"style", "script", "kbd", "code", "c-vars"}


class Words(HTMLParser):
    """Collect what a reader would see or hear that no translation touches."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT_TAGS
        if tag not in SILENT_TAGS:
            self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value and _has_word(value)]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT_TAGS

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if not self.silent and _has_word(data):
            self.found.append(data.strip())


def _has_word(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2,}", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_template_holds_no_text_of_its_own(path: Path):
    source = path.read_text(encoding="utf-8")
    assert not CHINESE.search(source), "Chinese belongs into locale/zh_Hans"
    words = Words()
    words.feed(TEMPLATE_CODE.sub("", source))
    assert words.found == []


def test_code_holds_no_chinese():
    offences = [
        f"{path.relative_to(ROOT)}:{line}: {text[:40]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.relative_to(PACKAGE).as_posix().startswith(CHINESE_IS_DATA)
        for line, text in _literals(path)
        if CHINESE.search(text.replace("锦绣", ""))  # our name
    ]
    assert offences == []


def test_every_string_is_translated_and_compiled():
    command = [sys.executable, "-m", "jinxiu.ui.messages", "--check"]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": "src", "PATH": os.environ["PATH"]}
    )
    assert result.returncode == 0, result.stdout + result.stderr


def _literals(path: Path) -> list[tuple[int, str]]:
    """Return the string constants of a file with their lines, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
