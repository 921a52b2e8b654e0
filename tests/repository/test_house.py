"""The rules of the house, kept by a test instead of by memory."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/jinxiu"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)

# Who may touch tables. Everything else asks these. `evidence/sheltered.py` is nothing but filters over tables.
TOUCH_MODELS = re.compile(
    r"(^|/)(models|queries|actions|access|admin)\.py$|^evidence/(facts|sheltered)\.py$|^(demo|fhir)/load\.py$"
)
# Kept free of the framework, so that they can be read, tested and moved without it.
PURE = re.compile(r"^standards/|(^|/)rules\.py$|^people/(identity|names)\.py$|^evidence/questionnaires\.py$")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Every imported module's name, `from a import b` as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_those_who_may_touch_tables(path: Path) -> None:
    if TOUCH_MODELS.search(name_of(path)):
        return
    found = [one for one in imports(parsed(path)) if re.match(r"jinxiu\..*\bmodels\b", one)]
    tables = [one for one in found if not _is_for_types_only(path, one)]
    assert not tables, f"ask queries or actions instead of {tables}"


def _is_for_types_only(path: Path, name: str) -> bool:
    """True when nothing is done with the imported class but to name it in annotations."""
    last = name.rpartition(".")[2]
    tree = parsed(path)
    annotations = {
        id(node)
        for owner in ast.walk(tree)
        for annotation in (getattr(owner, "annotation", None), getattr(owner, "returns", None))
        if annotation is not None
        for node in ast.walk(annotation)
    }
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == last]
    return all(id(node) in annotations for node in used)


@pytest.mark.parametrize("path", [path for path in MODULES if PURE.search(name_of(path))], ids=name_of)
def test_what_is_pure_knows_no_framework(path: Path) -> None:
    assert not [one for one in imports(parsed(path)) if one.split(".")[0] in ("django", "psycopg", "allauth")]


def test_no_signals_of_our_own() -> None:
    """What happens together is written together, in an action."""
    said = re.compile(r"\bSignal\(|@receiver\b|\b(pre|post)_(save|delete|init)\b|m2m_changed")
    found = {name_of(path) for path in MODULES if said.search(path.read_text(encoding="utf-8"))}
    assert not found - {"config/accounts.py"}, "only where a library offers no other way to hear of a moment"


def test_today_comes_from_the_business_clock() -> None:
    said = re.compile(r"\bdate\.today\(\)|\bdatetime\.now\(|\btimezone\.(localdate|now)\(")
    # The trail, the log of faults and a backup keep true time, also where the day is pinned.
    allowed = {"people/clock.py", "audit/actions.py", "cli/__main__.py", "cli/backup.py"}
    found = {name_of(path) for path in MODULES if said.search(path.read_text(encoding="utf-8"))}
    assert found <= allowed, found - allowed


def _public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (
                inner for inner in node.body if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
            )


TOLD = re.compile(r"(^|/)(actions|queries|rules|access|facts|clock|sealing|identity|judge|catalogue|reader)\.py$")


@pytest.mark.parametrize("path", [path for path in MODULES if TOLD.search(name_of(path))], ids=name_of)
def test_public_actions_queries_and_rules_open_with_a_sentence(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree), "the module says what it is about"
    silent = [node.name for node in _public_functions(tree) if not ast.get_docstring(node)]
    assert not silent


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "actions.py"], ids=name_of)
def test_an_action_takes_keywords(path: Path) -> None:
    """`refresh_everyone(today)` and `record(action)` read better with their one subject in front."""
    for node in _public_functions(parsed(path)):
        positional = [argument.arg for argument in node.args.args if argument.arg != "self"]
        assert len(positional) <= 1 or node.name == "refresh_everyone", f"{node.name}({', '.join(positional)})"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "actions.py"], ids=name_of)
def test_who_writes_tells_the_trail_or_is_told_of_it(path: Path) -> None:
    """An actions module writes audit lines itself, or hands the actor to one that does, unless it is the trail."""
    if name_of(path) == "audit/actions.py":
        return
    text = path.read_text(encoding="utf-8")
    said = r"audit\.record(_many)?\(|actor=(viewer\.actor|visit\.actor|SYSTEM)\b"
    assert re.search(said, text)


# --- files ------------------------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data[:4096] and "vendor" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), data.decode("utf-8")


def test_no_place_of_this_machine_is_written_down() -> None:
    """A path that exists on one machine only is a fault on every other."""
    said = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/[\w.]")
    found = [f"{name}: {match[0]}" for name, text in texts() if (match := said.search(text))]
    assert not found


def test_no_address_of_a_package_index_is_written_down() -> None:
    """Packages come from the index that the machine is set up for."""
    address = r"https?://(?!127\.0\.0\.1)[^\s\"']*(?:/simple\b|pypi|/packages/)"
    said = re.compile(rf"{address}|--(?:extra-)?index-url[ =]\S|--trusted[-]host")
    found = [f"{name}: {match[0]}" for name, text in texts() if (match := said.search(text))]
    assert not found


def test_decision_records_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert len(set(numbers)) == len(numbers)


def test_every_word_of_the_house_stands_in_the_glossary() -> None:
    """One noun, one folder, one entry."""
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    tables = re.findall(r"^class (\w+)\((?:models\.Model|Evidence)\):", _models(), re.MULTILINE)
    words = {re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower() for name in tables}
    mechanics = {"evidence", "person refresh"}  # the abstract parent; a mark of the night's own
    assert not {word for word in words - mechanics if f"`{word}`" not in glossary}


def _models() -> str:
    kernel = ("audit", "people", "evidence", "worklists")
    return "\n".join((PACKAGE / room / "models.py").read_text(encoding="utf-8") for room in kernel)
