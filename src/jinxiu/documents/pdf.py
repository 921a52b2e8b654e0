"""A document as PDF. Typst sets the type; the fonts ship with the package, so that paper looks the same everywhere."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from jinxiu.documents.model import Document, Pairs, Picture, Table, Words

_HERE = Path(__file__).parent
_ONE_AT_A_TIME = Lock()  # the compiler is one object, and requests are many


_KINDS = {Pairs: "pairs", Table: "table", Picture: "picture", Words: "words"}


def pdf(document: Document) -> bytes:
    """The document as a tagged PDF (A4), with the used part of the fonts in it. What people wrote is never code."""
    content = json.dumps(_content(document), ensure_ascii=False)
    with _ONE_AT_A_TIME:
        made = _compiler().compile(format="pdf", sys_inputs={"content": content}, timestamp=0)
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> Any:
    """One for the process: reading the fonts takes longer than setting a page."""
    return typst.Compiler(
        str(_HERE / "house.typ"), root=str(_HERE), font_paths=[str(_HERE / "vendor")], ignore_system_fonts=True
    )


def _content(document: Document) -> dict[str, Any]:
    content = asdict(document)
    for section, said in zip(content["sections"], document.sections, strict=True):
        section["parts"] = [{"kind": _kind(part), **asdict(part)} for part in said.parts]
    return content


def _kind(part: object) -> str:
    return _KINDS[type(part)]
