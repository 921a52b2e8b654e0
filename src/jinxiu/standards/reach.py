"""Does every case and every test of a standard hold for somebody? Tried on all readings that make a difference.

A comparison changes its answer at its limit only. So each reading is tried at every limit that it is compared with,
between them and beyond, and not taken at all; each age at which a limit changes, and the year before; each look at an
earlier contact as if it said yes or no. What holds for none of these holds for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from math import prod

from jinxiu.standards.codes import Codes
from jinxiu.standards.model import All, Always, Any, Compare, Has, Named, Not, Previous, Standard, Test, walk
from jinxiu.standards.schedules import compares

_MOST = 100_000  # contacts to try; a standard that would need more is not judged


@dataclass(frozen=True, slots=True)
class _Contact:
    """A contact as it might be: the readings taken, the age, and what each look back says."""

    readings: Mapping[str, float | None]
    age: int | None
    back: Mapping[Previous, bool]


def never_holding(standard: Standard, codes: Codes) -> tuple[list[str], list[str]]:
    """The names of the contact's tests that never hold, and the reasons of the cases that never decide."""
    contact = standard.contact
    if contact is None:
        return [], []
    whens = [case.when for case in standard.cases]
    tests = [contact.counts_if, *contact.tests, *whens]
    values = {code: _values(code, tests, codes) for code in contact.readings}
    ages = _ages(tests)
    looks = list(dict.fromkeys(test for when in whens for test in walk(when) if isinstance(test, Previous)))
    if prod(map(len, values.values())) * len(ages) * 2 ** len(looks) > _MOST:
        return [], []
    named, deciding = {test.name: test for test in contact.tests}, dict(enumerate(whens))
    for one in _contacts(values, ages, looks):
        named = {name: test for name, test in named.items() if not _holds(test, one)}
        if deciding and _holds(contact.counts_if, one):
            first = next((number for number, when in enumerate(whens) if _holds(when, one)), -1)
            deciding.pop(first, None)
    return list(named), [standard.cases[number].reason for number in deciding]


def _contacts(
    values: Mapping[str, Sequence[float | None]], ages: Sequence[int | None], looks: Sequence[Previous]
) -> Iterator[_Contact]:
    for taken in product(*values.values()):
        readings = dict(zip(values, taken, strict=True))
        for age in ages:
            for said in product((True, False), repeat=len(looks)):
                yield _Contact(readings, age, dict(zip(looks, said, strict=True)))


def _values(code: str, tests: Sequence[Test], codes: Codes) -> list[float | None]:
    """Not taken, each limit, between the limits, and beyond them as far as such a reading can be."""
    asked = [inner for test in tests for inner in walk(test) if isinstance(inner, Compare)]
    compared = [compare.limit for compare in asked if compare.reading == code]
    limits = sorted({value for limit in compared for value in (limit.value, *(number for _, number in limit.from_age))})
    known = codes.observations.get(code)
    if known is not None and known.is_flag:
        return [None, 0.0, 1.0]
    if not limits:
        return [None, 1.0]
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    beyond = [limits[0] - 1, limits[-1] + 1]
    possible = [value for value in (*limits, *between, *beyond) if known is None or known.is_possible(value)]
    return [None, *possible]


def _ages(tests: Sequence[Test]) -> list[int | None]:
    steps = {age for test in tests for one in walk(test) if isinstance(one, Compare) for age, _ in one.limit.from_age}
    return [None, *sorted(set(chain.from_iterable((age - 1, age) for age in steps)))]


def _holds(test: Test, contact: _Contact) -> bool:
    match test:
        case Always():
            return True
        case Named(_, inner):
            return _holds(inner, contact)
        case All(tests):
            return all(_holds(inner, contact) for inner in tests)
        case Any(tests):
            return any(_holds(inner, contact) for inner in tests)
        case Not(inner):
            return not _holds(inner, contact)
        case Has(reading):
            return contact.readings[reading] is not None
        case Compare(reading, comparison, limit):
            return compares(contact.readings[reading], comparison, limit.at_age(contact.age))
        case Previous():
            return contact.back[test]
    raise TypeError(f"no test of ours: {test!r}")
