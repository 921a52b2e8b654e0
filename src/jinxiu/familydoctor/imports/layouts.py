"""What the columns of a file may be called and how they are read: layouts as YAML, mistakes named with file and line.

Pure, no Django.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yaml.nodes import Node

from jinxiu.standards.codes import installed
from jinxiu.standards.model import Text
from jinxiu.standards.positions import Mistakes, Reader, StandardError, compose

SHIPPED = Path(__file__).parent / "layouts"
READS = (
    "text",
    "id_number",
    "id_card",
    "day",
    "last_day",
    "number",
    "pressure",
    "phones",
    "word",
    "conditions",
    "yes_no",
)
_SHORTEST_PART = 2  # one character is part of too much


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a file may say of a row; `headings` are normalised.

    `optional_value`: a value that cannot be used is left out and told, the row goes in without it. `many`: several
    columns may bring it. `code`: the observation that it becomes. `example`: what stands there in the template's row.
    """

    field: str
    title: Text
    reads: str
    headings: tuple[str, ...]
    required: bool = False
    many: bool = False
    optional_value: bool = False
    code: str = ""
    example: str = ""
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is read; `about` says what it is for.

    With `event` each row is an event of that kind, by default of that mode; with `enrolment` it is one of that kind.
    """

    id: str
    title: Text
    about: Text
    columns: Mapping[str, Column]
    event: str = ""
    enrolment: str = ""
    mode: str = ""
    not_ours: frozenset[str] = frozenset()
    nothing: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A column of a file and what it is read as; `exactly` is false when a known heading is only part of its own.

    `field` is empty for a column that is not read.
    """

    place: int
    heading: str
    field: str = ""
    exactly: bool = True


def normalised(heading: str) -> str:
    """A heading as it is compared: half-width, small letters, without spaces, signs and what stands in brackets."""
    words = unicodedata.normalize("NFKC", heading).casefold()
    depth, kept, inside = 0, "", ""
    for character in words:
        kind = unicodedata.category(character)
        if kind == "Ps":
            depth += 1
        elif kind == "Pe":
            depth = max(0, depth - 1)
        elif kind[0] in "LNM" and depth:
            inside += character
        elif kind[0] in "LNM":
            kept += character
    return kept or inside


def read_headings(layout: Layout, headings: Sequence[str]) -> list[Found]:
    """Say for each heading what the column is read as: an equal heading wins, then the longest that is part of it."""
    proposed = [_propose(layout, place, heading) for place, heading in enumerate(headings) if heading.strip()]
    taken: dict[str, Found] = {}
    for found in sorted(proposed, key=lambda one: (not one.exactly, one.place)):
        if found.field:
            taken.setdefault(found.field, found)
    return [
        one
        if not one.field or taken[one.field] is one or (one.exactly and layout.columns[one.field].many)
        else Found(one.place, one.heading)
        for one in proposed
    ]


def _propose(layout: Layout, place: int, heading: str) -> Found:
    words = normalised(heading)
    if words in layout.not_ours:
        return Found(place, heading)
    known = {name: column.field for column in layout.columns.values() for name in column.headings}
    if words in known:
        return Found(place, heading, known[words])
    parts = dict.fromkeys(layout.not_ours, "") | known
    longest = max((name for name in parts if len(name) >= _SHORTEST_PART and name in words), key=len, default="")
    return Found(place, heading, parts.get(longest, ""), exactly=False)


@cache
def layouts() -> dict[str, Layout]:
    """The shipped layouts by id, residents first. Raises StandardError with every mistake in a file."""
    found = [read_layout(path) for path in sorted(SHIPPED.glob("*.yaml"))]
    return {one.id: one for one in sorted(found, key=lambda one: (one.id != "residents", one.id))}


def read_layout(path: Path) -> Layout:
    """Read one layout. Raises StandardError: unknown keys, codes, ways of reading, headings that mean two things."""
    mistakes = Mistakes(path.name)
    layout = _File(mistakes).read(path)
    if mistakes.found or layout is None:
        raise StandardError(mistakes.found)
    return layout


class _File:
    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.reader = Reader(mistakes)
        self.seen: dict[str, str] = {}

    def read(self, path: Path) -> Layout | None:
        root = compose(path, self.mistakes)
        optional = ("event", "enrolment", "mode", "not_ours", "nothing", "yes", "no", "endings")
        keys = self.reader.keys(root, "", ("id", "title", "about", "columns"), optional)
        codes = installed()
        columns = self.reader.entries(keys.get("columns"), "columns")
        read = {name: self._column(name, value) for name, (_, value) in columns.items()}
        if self.mistakes.found:
            return None
        return Layout(
            id=self.reader.text(keys["id"], "id") or "",
            title=self._title(keys["title"], "title"),
            about=self._title(keys["about"], "about"),
            columns=read,
            event=self.reader.word(keys.get("event"), "event", codes.events) or "",
            enrolment=self.reader.word(keys.get("enrolment"), "enrolment", codes.enrolments) or "",
            mode=self.reader.word(keys.get("mode"), "mode", codes.modes) or "",
            not_ours=frozenset(normalised(word) for word in self._texts(keys.get("not_ours"), "not_ours")),
            nothing=self._words(keys.get("nothing"), "nothing"),
            yes=self._words(keys.get("yes"), "yes"),
            no=self._words(keys.get("no"), "no"),
            endings=tuple(self._texts(keys.get("endings"), "endings")),
        )

    def _column(self, name: str, node: Node) -> Column:
        place = f"columns.{name}"
        optional = ("required", "many", "optional_value", "code", "example", "words")
        keys = self.reader.keys(node, place, ("reads", "title", "headings"), optional)
        title = self._title(keys.get("title"), place)
        return Column(
            field=name,
            title=title,
            reads=self.reader.word(keys.get("reads"), place, READS) or "",
            headings=self._headings(name, title, keys.get("headings"), place),
            required=bool(self.reader.yes_no(keys.get("required"), place)),
            many=bool(self.reader.yes_no(keys.get("many"), place)),
            optional_value=bool(self.reader.yes_no(keys.get("optional_value"), place)),
            code=self.reader.word(keys.get("code"), place, installed().observations) or "",
            example=self.reader.text(keys.get("example"), place) or "",
            words={
                word.casefold(): meaning
                for meaning, (_, said) in self.reader.entries(keys.get("words"), place).items()
                for word in self._texts(said, place)
            },
        )

    def _title(self, node: Node | None, place: str) -> Text:
        keys = self.reader.keys(node, f"{place}.title", ("zh", "en"))
        words = {language: self.reader.text(value, place) or "" for language, value in keys.items()}
        return Text(words.get("zh", "?"), words.get("en", "?"))

    def _headings(self, name: str, title: Text, node: Node | None, place: str) -> tuple[str, ...]:
        """What a column may be called: its titles, which stand in the template, and its headings."""
        words = (title.zh, title.en, *self._texts(node, place))
        found = tuple(dict.fromkeys(normalised(word) for word in words if normalised(word)))
        for word in found:
            other = self.seen.setdefault(word, name)
            if other != name and node is not None:
                self.mistakes.add(node, place, f"{word}, which is a heading of {other} already", "each heading once")
        return found

    def _words(self, node: Node | None, place: str) -> frozenset[str]:
        return frozenset(word.casefold() for word in self._texts(node, place))

    def _texts(self, node: Node | None, place: str) -> Iterable[str]:
        return [word for item in self.reader.items(node, place) if (word := self.reader.text(item, place))]
