"""YAML with places: every value knows its line, and every mistake says what was found, where, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same nodes and marks, ten times faster
TOO_DEEP = "The file is nested too deeply to be read; write it flatter."


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something wrong in a file, at a line (from 1): the place in words, what was found and what is allowed there."""

    file: str
    line: int
    found: str
    allowed: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class StandardError(ValueError):
    """A file that cannot be used; `.mistakes` has all that is wrong with it, in the order of its lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))  # a key may have been looked at twice
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Mistakes:
    """Collects what is wrong with one file, so that the author sees everything at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Mistake] = []

    def add(self, node: Node, place: str, found: str, allowed: str) -> None:
        """Note a mistake: "place: found …, allowed: …"."""
        line = node.start_mark.line + 1
        message = f"{place}: found {found}; allowed: {allowed}." if place else f"found {found}; allowed: {allowed}."
        self.found.append(Mistake(self.file, line, found, allowed, message))

    def add_line(self, line: int, message: str, found: str = "", allowed: str = "") -> None:
        """Note a mistake that has its own sentence."""
        self.found.append(Mistake(self.file, line, found, allowed, message))


def one_of(name: str, allowed: Iterable[str]) -> str:
    """The allowed words as a list, the nearest one first asked for: "did you mean …?"."""
    words = sorted(allowed)
    near = difflib.get_close_matches(name, words, n=1)
    listed = ", ".join(words) or "nothing here yet"
    return f"{listed} (did you mean {near[0]}?)" if near else listed


def compose(path: Path, mistakes: Mistakes) -> MappingNode | None:
    """The file's top mapping, or None with a mistake: unreadable, not UTF-8, not YAML, empty, not a mapping."""
    try:
        content = path.read_text(encoding="utf-8")
        root = yaml.compose(content, Loader=_LOADER)
        alias = _first_alias(content)
    except OSError as error:
        mistakes.add_line(1, f"The file cannot be read ({error.strerror}); check its name and permissions.")
    except UnicodeDecodeError:
        mistakes.add_line(1, "The file is not UTF-8 text; save it as UTF-8.")
    except yaml.YAMLError as error:
        mistakes.add_line(_line(error), f"This is not YAML: {_problem(error)}; check indentation, quotes and colons.")
    except RecursionError:
        mistakes.add_line(1, TOO_DEEP)
    else:
        if alias is not None:  # an alias may point at what surrounds it and never end
            mistakes.add_line(alias, "A reference (*) stands here; write out what it refers to.")
        elif isinstance(root, MappingNode):
            return root
        else:
            mistakes.add_line(1, "The file should hold keys with values, such as id: and title:, and holds none.")
    return None


def _first_alias(content: str) -> int | None:
    for event in yaml.parse(content, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) and event.start_mark is not None:
            return event.start_mark.line + 1
    return None


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or str(error).splitlines()[0])


def kind_of(node: Node) -> str:
    """What a node is, for a sentence."""
    if isinstance(node, MappingNode):
        return "a group of keys"
    if isinstance(node, SequenceNode):
        return "a list"
    return repr(node.value) if node.value else "nothing"


def is_quoted(node: ScalarNode) -> bool:
    """True for a value in quotes (or a text block), which YAML cannot turn into something else."""
    return node.style in ("'", '"', "|", ">")


class Reader:
    """Reads typed values from nodes. Each method returns None after noting a mistake, so reading goes on."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes

    def keys(
        self, node: Node | None, place: str, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The values of a mapping by key; unknown, missing and repeated keys are mistakes."""
        entries = self.entries(node, place)
        required, optional = tuple(required), tuple(optional)
        for name, (key, _) in entries.items():
            if name not in (*required, *optional):
                self.mistakes.add(key, place, f"unknown key {name}", one_of(name, (*required, *optional)))
        for name in required:
            if node is not None and isinstance(node, MappingNode) and name not in entries:
                self.mistakes.add(node, place, f"no {name}", f"{name}: is needed here")
        return {name: value for name, (_, value) in entries.items()}

    def entries(self, node: Node | None, place: str) -> dict[str, tuple[Node, Node]]:
        """The (key, value) nodes of a mapping with free keys; a key written twice is a mistake."""
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.mistakes.add(node, place, kind_of(node), "a group of keys")
            return {}
        entries: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            if name in entries:
                self.mistakes.add(key, place, f"{name} a second time", "each key once")
            entries.setdefault(name, (key, value))
        return entries

    def items(self, node: Node | None, place: str) -> list[Node]:
        """The nodes of a list that has at least one."""
        if node is None:
            return []
        if isinstance(node, SequenceNode) and node.value:
            return list(node.value)
        found = "an empty list" if isinstance(node, SequenceNode) else kind_of(node)
        self.mistakes.add(node, place, found, "a list with at least one entry")
        return []

    def text(self, node: Node | None, place: str) -> str | None:
        """A text that is not empty."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value.strip() and _is_text(node):
            return node.value.strip()
        self.mistakes.add(node, place, kind_of(node), "a text (in quotes when it looks like a number or a date)")
        return None

    def number(self, node: Node | None, place: str) -> float | None:
        """A plain number."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
            try:
                return _finite(node.value)
            except ValueError:
                pass
        self.mistakes.add(node, place, kind_of(node), "a number, such as 140 or 16.7")
        return None

    def whole(self, node: Node | None, place: str, low: int, high: int) -> int | None:
        """A whole number from low to high."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value.isascii() and node.value.isdigit() and not is_quoted(node):
            value = int(node.value)
            if low <= value <= high:
                return value
        self.mistakes.add(node, place, kind_of(node), f"a whole number from {low} to {high}")
        return None

    def yes_no(self, node: Node | None, place: str) -> bool | None:
        """true or false."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value in ("true", "false") and not is_quoted(node):
            return node.value == "true"
        self.mistakes.add(node, place, kind_of(node), "true or false")
        return None

    def word(self, node: Node | None, place: str, allowed: Iterable[str]) -> str | None:
        """One of a list of words."""
        if node is None:
            return None
        name = node.value if isinstance(node, ScalarNode) else None
        allowed = tuple(allowed)
        if name in allowed:
            return str(name)
        self.mistakes.add(node, place, kind_of(node), one_of(str(name or ""), allowed))
        return None

    def words(self, node: Node | None, place: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """A list of words, each from a list of words and each once."""
        allowed, seen = tuple(allowed), []
        for item in self.items(node, place):
            name = self.word(item, place, allowed)
            if name in seen:
                self.mistakes.add(item, place, f"{name} a second time", "each word once")
            elif name is not None:
                seen.append(name)
        return tuple(seen)


def _is_text(node: ScalarNode) -> bool:
    return is_quoted(node) or node.tag == "tag:yaml.org,2002:str"


def _finite(text: str) -> float:
    """A decimal number; YAML's other spellings (octal, sexagesimal, .inf) are refused, since people misread them."""
    if any(sign not in "0123456789.-+" for sign in text) or (len(text) > 1 and text[0] == "0" and text[1] != "."):
        raise ValueError(text)
    return float(text)
