"""What the columns of an exported file are called and what stands in them: layouts as YAML. Pure, no Django.

A province's form changes: copy a layout, change its headings and words, and everybody exports the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from yaml.nodes import Node

from jinxiu.standards.codes import installed
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose

SHIPPED = Path(__file__).parent / "layouts"
# What a column may say besides a reading or an answer.
SAYS = (
    *("name", "sex", "birth_date", "document", "phone", "address", "community", "team", "institution"),
    *("happened_on", "mode", "recorded_by", "classification"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a heading, and one of `says` (a word of SAYS), `observation` (a code) or `answer` (of the form).

    `words` are what the receiver writes for our words: {clinic: "1"}; what has none stays ours.
    """

    heading: str
    says: str = ""
    observation: str = ""
    answer: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """A file of events of one kind, one row each."""

    id: str
    title: Text
    event: str
    columns: tuple[Column, ...]


@cache
def layouts() -> dict[str, Layout]:
    """The shipped layouts by id. Raises StandardError with every mistake in a file."""
    return {one.id: one for one in map(read_layout, sorted(SHIPPED.glob("*.yaml")))}


def read_layout(path: Path) -> Layout:
    """Read one layout. Raises StandardError: unknown keys, codes, words, a column that says two things or none."""
    mistakes = Mistakes(path.name)
    reader = Reader(mistakes)
    keys = reader.keys(compose(path, mistakes), "", ("id", "title", "event", "columns"))
    title = reader.keys(keys.get("title"), "title", ("zh", "en"))
    words = [reader.text(title.get(language), f"title.{language}") or "?" for language in ("zh", "en")]
    event = reader.word(keys.get("event"), "event", installed().events)
    columns = [
        _column(reader, node, f"columns[{n}]") for n, node in enumerate(reader.items(keys.get("columns"), "columns"))
    ]
    identity = reader.text(keys.get("id"), "id")
    if mistakes.found:
        raise StandardError(mistakes.found)
    return Layout(identity or "", Text(*words), event or "", tuple(columns))


def _column(reader: Reader, node: Node, place: str) -> Column:
    keys = reader.keys(node, place, ("heading",), ("says", "observation", "answer", "words"))
    said = [name for name in ("says", "observation", "answer") if name in keys]
    if len(said) != 1:
        reader.mistakes.add(node, place, ", ".join(said) or "none of them", "one of says, observation, answer")
    words = reader.entries(keys.get("words"), f"{place}.words")
    return Column(
        heading=reader.text(keys.get("heading"), f"{place}.heading") or "",
        says=reader.word(keys.get("says"), f"{place}.says", SAYS) or "",
        observation=reader.word(keys.get("observation"), f"{place}.observation", installed().observations) or "",
        answer=reader.text(keys.get("answer"), f"{place}.answer") or "",
        words={ours: reader.text(theirs, place) or "" for ours, (_, theirs) in words.items()},
    )
