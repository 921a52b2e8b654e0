"""A group of questions that is asked several times (medicines): its rows, each with questions of its own. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from jinxiu.evidence.questionnaires import Condition, Item
from jinxiu.standards.model import Text


def repeated(group: Item, times: int) -> Item:
    """The group with its questions as many times: `drug.1.name`, "Medicine 1".

    Rows are filled from the top: a row is asked once the one above it has its first answer, and the questions of a row
    once the row's own first question is answered.
    """
    return replace(group, items=tuple(item for number in range(1, times + 1) for item in _row(group, number)))


def _row(group: Item, number: int) -> tuple[Item, ...]:
    names = [item.link_id for item in group.items]
    opens = [_answered(f"{group.link_id}.{number - 1}.{names[0]}")] if number > 1 else []
    first, *rest = (_numbered(item, f"{group.link_id}.{number}.", names, number) for item in group.items)
    first = replace(first, required=first.required and number == 1, enable_when=(*opens, *first.enable_when))
    asked = _answered(first.link_id)
    return first, *(replace(item, enable_when=(asked, *item.enable_when)) for item in rest)


def _answered(link_id: str) -> Condition:
    return Condition(link_id, "exists", True)


def _numbered(item: Item, prefix: str, names: Container[str], number: int) -> Item:
    """One question of a row; what it names of its row, it names with the row's number."""

    def own(link_id: str) -> str:
        return f"{prefix}{link_id}" if link_id in names else link_id

    return replace(
        item,
        link_id=f"{prefix}{item.link_id}",
        text=Text(f"{item.text.zh} {number}", f"{item.text.en} {number}"),
        enable_when=tuple(replace(one, question=own(one.question)) for one in item.enable_when),
    )
