"""What a measured value means against the limits of the standards. Pure, no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jinxiu.familydoctor.records.rules import Danger

DANGER, HIGH, GOOD, UNKNOWN = "danger", "high", "good", "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """How values stand: DANGER, HIGH (at or above the target), GOOD or UNKNOWN; `targets` in the order of the values,
    of those that have one: below this number is good."""

    level: str
    targets: tuple[float, ...] = ()


def meaning(values: Mapping[str, float], targets: Mapping[str, float], dangers: Iterable[Danger]) -> Meaning:
    """What the values of one contact mean together: the worst of them counts, and danger before every target.

    `targets` are the person's own, of the programmes of that day; a danger is one for everybody.
    """
    mine = tuple(targets[code] for code in values if code in targets)
    if any(one.code in values and one.holds(values[one.code]) for one in dangers):
        return Meaning(DANGER, mine)
    if not mine:
        return Meaning(UNKNOWN)
    is_high = any(values[code] >= targets[code] for code in values if code in targets)
    return Meaning(HIGH if is_high else GOOD, mine)
