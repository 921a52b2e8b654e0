"""When two records may be one person's, and how strongly. Pure, no Django.

Two right ID card numbers never differ in one place alone: the check character is made to show that. But a clerk who
reads one digit wrong and lets the check character be worked out (old cards of 15 digits, a repaired file) registers a
number that differs in one of the seventeen digits, or has two neighbours swapped, and a check character of its own.
Strangers have such numbers too: those born on one day in one county are numbered one after the other. So a number
nearly the same says something only together with a name that sounds the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

NEWBORN = "newborn"
NUMBER = "number"
NAME_AND_BIRTH = "name_birth"
NAME_AND_PHONE = "name_phone"
SOUND_AND_PHONE = "sound_phone"
BIRTH_AND_HOME = "birth_home"

# How much each reason weighs; several add up. Only their order means something.
STRENGTH: Mapping[str, int] = {
    NAME_AND_BIRTH: 60,
    NUMBER: 55,
    NEWBORN: 50,
    NAME_AND_PHONE: 45,
    SOUND_AND_PHONE: 35,
    BIRTH_AND_HOME: 25,
}
_DIGITS = 17  # of an ID card number, before its check character


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person's, the older one (lower id) first, and why (codes, the strongest first)."""

    one_id: int
    other_id: int
    reasons: tuple[str, ...]

    @property
    def strength(self) -> int:
        """The more, the likelier it is one person."""
        return sum(STRENGTH[reason] for reason in self.reasons)


def gather(found: Iterable[tuple[int, int, str]], apart: Iterable[tuple[int, int]] = ()) -> list[Pair]:
    """Pairs (in either order, with one reason each) put together, the strongest first, without those said to be two."""
    reasons: dict[tuple[int, int], set[str]] = defaultdict(set)
    for one, other, reason in found:
        reasons[min(one, other), max(one, other)].add(reason)
    for known in apart:
        reasons.pop(known, None)
    pairs = [Pair(*ids, tuple(sorted(said, key=lambda code: -STRENGTH[code]))) for ids, said in reasons.items()]
    return sorted(pairs, key=lambda pair: (-pair.strength, pair.one_id, pair.other_id))


def alike_numbers(numbers: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """The persons (id, ID card number) whose numbers differ in one of the digits, or by two swapped neighbours."""
    holders: dict[str, list[int]] = defaultdict(list)
    for person_id, number in numbers:
        for key in _keys(number):
            holders[key].append(person_id)
    found = set()
    for ids in holders.values():
        for place, one in enumerate(ids):
            found |= {(min(one, other), max(one, other)) for other in ids[place + 1 :] if other != one}
    yield from sorted(found)


def _keys(number: str) -> Iterator[str]:
    """Texts of which two numbers share one exactly when they are alike: a digit left open, two neighbours in order."""
    digits = number[:_DIGITS]
    for place in range(len(digits)):
        yield f"{digits[:place]}?{digits[place + 1 :]}"
    for place in range(len(digits) - 1):
        pair = digits[place : place + 2]
        if pair[0] != pair[1]:
            yield f"{digits[:place]}<{''.join(sorted(pair))}>{digits[place + 2 :]}"
