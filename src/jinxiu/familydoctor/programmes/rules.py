"""Which programmes may begin, which ends may be taken back, and which days can be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.standards.model import EnrolledIn, Standard, parts

PREGNANCY = "pregnancy"
AGREEMENT = "agreement"
LONG_PRESCRIPTION = "long_prescription"
# The programmes whose standard reads a second day, kept as the enrolment's value: the first day of the last period, the
# last day that the drugs last.
WITH_A_DAY = frozenset({PREGNANCY, LONG_PRESCRIPTION})
REASONS = ("completed", "refused", "lost")  # a move or a death ends all programmes at once, on a page of its own
BY_RESIDENCY = frozenset({"moved", "died"})
_LONGEST_PREGNANCY = timedelta(days=308)  # [D] 44 weeks since the last period
_LONGEST_PRESCRIPTION = timedelta(days=84)  # 12 weeks, section 1.7 of the reference page


@dataclass(frozen=True, slots=True)
class Programme:
    """One enrolment as it stands: the newest row of its chain."""

    id: int
    kind: str
    start_on: date
    end_on: date | None
    end_reason: str


def kinds(standards: Iterable[Standard]) -> tuple[str, ...]:
    """The programmes that the standards ask for, in their order."""
    asked = (part.kind for standard in standards for part in parts(standard.eligible) if isinstance(part, EnrolledIn))
    return tuple(dict.fromkeys(asked))


def offered(kinds: Iterable[str], sex: str) -> tuple[str, ...]:
    """Those of the programmes that somebody of this sex can be taken into; an agreement is signed on its own page."""
    return tuple(kind for kind in kinds if kind != AGREEMENT and (kind != PREGNANCY or sex != "M"))


def may_take_back(one: Programme, all_of_person: Iterable[Programme]) -> bool:
    """Tell whether an end may be taken back: of the latest enrolment of its kind, if no move or death made it."""
    if one.end_on is None or one.kind == AGREEMENT or one.end_reason in BY_RESIDENCY:
        return False
    later = (other for other in all_of_person if other.kind == one.kind and other.id != one.id)
    return all(other.end_on is not None and other.start_on < one.start_on for other in later)


def wrong_value(kind: str, value: date, start_on: date) -> str:
    """Say in one word why the second day of a programme cannot be; empty when it can."""
    if kind == PREGNANCY:
        return "" if start_on - _LONGEST_PREGNANCY <= value <= start_on else "period"
    if value < start_on:
        return "before_start"
    if kind == LONG_PRESCRIPTION and value > start_on + _LONGEST_PRESCRIPTION:
        return "too_long"
    return ""
