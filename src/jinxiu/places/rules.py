"""What a code says of a place, and what a list of places would change in the tree. Pure, no Django.

The code of a place says where it belongs (GB/T 2260, 统计用区划代码和城乡划分代码编制规则): two digits each for
province, city and district, three each for street and community. Published lists write all of them with 12 digits,
zeros where a level is open; here a code ends where the place ends: 140100 and 140106, 140106001, 140106001001.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CITY, DISTRICT, STREET, COMMUNITY = "city", "district", "street", "community"
PROVINCE = "province"  # above the tree
KINDS = (CITY, DISTRICT, STREET, COMMUNITY)
LONGEST_NAME = 100
_LENGTHS = (6, 9, 12)


class CodeError(ValueError):
    """Digits that are no place's code."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list: a place as the list has it, and where it stands there."""

    code: str
    name: str
    name_en: str
    where: str


@dataclass(frozen=True, slots=True)
class Known:
    """A place of the tree as it is now; `parent` is a code."""

    code: str
    name: str
    name_en: str
    kind: str
    parent: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class Mistake:
    """A value that cannot be used: where, in which column, what stands there, why, what its sentence needs."""

    where: str
    column: str
    found: str
    reason: str
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A place that the list calls otherwise, or has again."""

    known: Known
    listed: Listed

    @property
    def returns(self) -> bool:
        """True for a place that was retired and is listed again."""
        return self.known.is_retired


@dataclass(slots=True)
class Plan:
    """What a list would change. `above`: rows of provinces, which the tree does not have."""

    new: list[Listed] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    retired: list[Known] = field(default_factory=list)
    same: int = 0
    above: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    retires_nothing: bool = False  # because a code cannot be read, and might be the missing one

    @property
    def changes_anything(self) -> bool:
        """True when there is something to write."""
        return bool(self.new or self.changed or self.retired)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what becomes of them; `retired` counts places that the list no longer has."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "retired": len(self.retired),
            "same": self.same,
            "refused": len({one.where for one in self.mistakes}),
        }


def read_code(digits: str) -> str:
    """The code as it is kept, without the zeros of open levels. Raises CodeError."""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _LENGTHS or digits[:2] == "00":
        raise CodeError(digits)
    while len(digits) > _LENGTHS[0] and digits.endswith("000"):
        digits = digits[:-3]
    return digits


def kind_of(code: str) -> str:
    """Which level a code of `read_code` is of."""
    if len(code) > _LENGTHS[0]:
        return STREET if len(code) == _LENGTHS[1] else COMMUNITY
    if code.endswith("0000"):
        return PROVINCE
    return CITY if code.endswith("00") else DISTRICT


def parent_of(code: str) -> str:
    """The code of the place above; nothing for a city, where the tree begins."""
    kind = kind_of(code)
    if kind == DISTRICT:
        return code[:4] + "00"
    return code[:-3] if kind in (STREET, COMMUNITY) else ""


def plan(rows: Iterable[Listed], mistakes: Iterable[Mistake], known: Mapping[str, Known]) -> Plan:
    """Compare a list with the tree.

    A place whose parent is in the list together with other places of that parent, but which is not there itself, is
    retired with all below it: so a list of one street says nothing of the others. A row whose code cannot be read
    may be any place, so with one of these nothing is retired.
    """
    outcome = Plan(mistakes=list(mistakes))
    outcome.retires_nothing = any(one.column == "code" for one in outcome.mistakes)
    listed = _once_each(rows, outcome)
    usable: set[str] = set()
    for row in sorted(listed.values(), key=lambda row: (KINDS.index(kind_of(row.code)), row.code)):
        parent = parent_of(row.code)
        if parent and parent not in usable and (parent not in known or known[parent].is_retired):
            outcome.mistakes.append(Mistake(row.where, "code", row.code, "parent_missing", {"parent": parent}))
            continue
        usable.add(row.code)
        _compare(row, known.get(row.code), outcome)
    if not outcome.retires_nothing:
        unnamed = {one.parts["code"] for one in outcome.mistakes if "code" in one.parts}
        outcome.retired = list(_gone(set(listed) | unnamed, known))
    return outcome


def _once_each(rows: Iterable[Listed], outcome: Plan) -> dict[str, Listed]:
    listed: dict[str, Listed] = {}
    for row in rows:
        if kind_of(row.code) == PROVINCE:
            outcome.above += 1
        elif (first := listed.setdefault(row.code, row)) is not row:
            outcome.mistakes.append(Mistake(row.where, "code", row.code, "repeated", {"first": first.where}))
    return listed


def _compare(row: Listed, known: Known | None, outcome: Plan) -> None:
    if known is None:
        outcome.new.append(row)
    elif known.is_retired or (row.name, row.name_en or known.name_en) != (known.name, known.name_en) or _moved(known):
        outcome.changed.append(Change(known, row))
    else:
        outcome.same += 1


def _moved(known: Known) -> bool:
    return (known.kind, known.parent) != (kind_of(known.code), parent_of(known.code))


def _gone(listed: set[str], known: Mapping[str, Known]) -> Iterator[Known]:
    complete = {parent_of(code) for code in listed} & listed
    children: dict[str, list[Known]] = defaultdict(list)
    for one in known.values():
        children[one.parent].append(one)
    waiting = [one for parent in sorted(complete) for one in children[parent] if one.code not in listed]
    while waiting:
        one = waiting.pop(0)
        waiting += [below for below in children[one.code] if below.code not in listed]
        if not one.is_retired:
            yield one
