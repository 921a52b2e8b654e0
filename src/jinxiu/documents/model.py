"""What a document says, apart from how it looks: `house.typ` lays it out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels with their values, in two columns."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head that is repeated on every page; `numbers` are the columns (from 0) set to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError("every row of a table has as many cells as its head")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG, so many millimetres wide."""

    svg: str
    width_mm: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under its own title."""

    title: str
    parts: tuple[Words | Pairs | Table | Picture, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document: language of its text (zh or en), title, the line below it, sections, and the foot of every page.

    `watermark` stands large and grey behind every page, for what may not be passed on unseen.
    """

    language: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    foot: str = ""
    watermark: str = ""
