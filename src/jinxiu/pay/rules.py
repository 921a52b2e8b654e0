"""Sharing money out: points, quality, shares that add up to the last fen. Pure, no Django.

Money is whole fen. What lies between is exact (`Fraction`), and is rounded once, by largest remainders, so that the
parts of a sum are the sum. Source: section 6.3 of the reference page "family doctor facts".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeVar

from jinxiu.pay.scheme import Item, Scheme

FULL, NONE = Fraction(1), Fraction(0)
DRAFT, FROZEN = "draft", "frozen"  # states of a month
TEAM = 0  # in the place of a member: points of a unit as a whole
CENTRE = 0  # the unit of those who belong to a centre and to none of its teams; other units are teams by id
TOGETHER, POINTS = "together", "points"  # the two parts of a unit's money: by role and days, and by own points
PARTS = (TOGETHER, POINTS)

K = TypeVar("K", int, str)


def shares(total: int, weights: Mapping[K, Fraction]) -> dict[K, int]:
    """A sum in fen by weights: each its exact part rounded down, and the fen left over to the largest remainders.

    Equal remainders go by key, so that the order of the weights changes nothing. Without any weight above zero nothing
    can be shared, and everybody gets 0. Raises ValueError for a weight or a sum below zero.
    """
    if total < 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("a sum and its weights are not below zero")
    whole = sum(weights.values(), NONE)
    if whole == 0:
        return dict.fromkeys(weights, 0)
    exact = {key: total * weight / whole for key, weight in weights.items()}
    found = {key: int(part) for key, part in exact.items()}
    order = sorted(weights, key=lambda key: (found[key] - exact[key], key))
    for key in order[: total - sum(found.values())]:
        found[key] += 1
    return found


def score(counted: int, of: int, baseline: Fraction, full: Fraction) -> Fraction:
    """What a figure scores: `full` from the baseline (in percent) on, else score × value ÷ (denominator × baseline)."""
    return full * min(FULL, Fraction(100 * counted) / (of * baseline))


def quality(got: Fraction, full: Fraction) -> Fraction:
    """Score ÷ full score, at most 1; where nothing could be scored nothing is held against anybody. Raises ValueError
    for a score below zero."""
    if full < 0 or got < 0:
        raise ValueError("a score is not below zero")
    return min(got / full, FULL) if full else FULL


def corrected(points: Fraction, rate: Fraction, threshold: Fraction) -> Fraction:
    """Points after quality: below the threshold they are multiplied by the rate, from it on they stay."""
    return points * rate if rate < threshold else points


# --- who worked where -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Post:
    """A role of somebody in a unit of an institution, from one day to another, with its coefficient."""

    institution: int
    unit: int
    first: date
    last: date
    coefficient: Fraction


def post_on(posts: Iterable[Post], day: date, team: int | None, institution: int | None) -> Post | None:
    """In which of somebody's posts something was done on a day for a person of a team: in that team, else in its
    institution, else in another team, else in another centre; of equal ones the first."""
    held = [one for one in posts if one.first <= day <= one.last]
    place = {True: 0, False: 1}
    return min(
        held,
        key=lambda one: (
            place[one.unit != CENTRE and one.unit == team],
            place[one.institution == institution],
            place[one.unit != CENTRE],
            one.unit,
            one.institution,
        ),
        default=None,
    )


def members_of(
    posts: Mapping[int, Iterable[Post]], institution: int, first: date, last: date
) -> dict[tuple[int, int], Member]:
    """Everybody of each unit of an institution in a month: the best coefficient there, and the days."""
    found = {}
    for staff, held in posts.items():
        here = [one for one in held if one.institution == institution]
        for unit in {one.unit for one in here}:
            mine = [one for one in here if one.unit == unit]
            days = {day for one in mine for day in range(max(one.first, first).toordinal(), _end(one, last))}
            found[unit, staff] = Member(max(one.coefficient for one in mine), len(days))
    return found


def _end(post: Post, last: date) -> int:
    return min(post.last, last).toordinal() + 1


# --- a month ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """So many events of a kind and mode that somebody recorded for a unit."""

    staff: int
    unit: int
    kind: str
    mode: str
    count: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a unit: the best coefficient of the roles there, and the days there in the month."""

    coefficient: Fraction
    days: int


@dataclass(frozen=True, slots=True)
class Score:
    """A line of a unit's score sheet: of a stored figure, or ("" as its measure) given by hand."""

    got: Fraction
    full: Fraction
    measure: str = ""
    counted: int = 0
    of: int = 0
    baseline: Fraction = NONE


@dataclass(frozen=True, slots=True)
class Known:
    """All that a month is worked out from; the order of what is in it changes nothing."""

    pot: int
    work: tuple[Work, ...]
    members: Mapping[tuple[int, int], Member]  # by unit and staff
    scores: Mapping[tuple[int, str], tuple[Score, ...]]  # by unit and item
    held: Mapping[tuple[int, str], int] = field(default_factory=dict)  # agreements by unit and package


@dataclass(frozen=True, slots=True)
class UnitResult:
    """A unit's part of an item: its points, its rate of quality, and the money that the corrected points bring."""

    item: str
    unit: int
    points: Fraction
    rate: Fraction
    corrected: Fraction
    all_corrected: Fraction  # of all units
    item_fen: int
    fen: int
    percent: int  # of it by role and days
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a member gets of one part of a unit's money: `own` weight of `all` weights of `part_fen`."""

    result: UnitResult
    staff: int
    part: str
    own: Fraction
    all: Fraction
    part_fen: int
    fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A month shared out; `left` is what nobody did anything for, in fen. Shares and `left` add up to the pot."""

    items: Mapping[str, int]
    results: tuple[UnitResult, ...]
    shares: tuple[Share, ...]
    left: int


def share_out(known: Known, scheme: Scheme) -> Outcome:
    """A month's money: items by weight, units by corrected points, members by role and days, and by their points."""
    items = shares(known.pot, {item.id: item.weight for item in scheme.items})
    results: list[UnitResult] = []
    found: list[Share] = []
    for item in scheme.items:
        points = points_of(item, known, scheme)
        for result in _units(item, items[item.id], points, known, scheme):
            results.append(result)
            found += _members(result, points, known)
    return Outcome(items, tuple(results), tuple(found), known.pot - sum(share.fen for share in found))


def points_of(item: Item, known: Known, scheme: Scheme) -> dict[tuple[int, int], Fraction]:
    """The points of an item by unit and staff: weight × count × difficulty, of those who have a coefficient there; and
    of the people of units in which somebody has one, under TEAM."""
    found: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for work in known.work:
        member = known.members.get((work.unit, work.staff))
        if member is not None and member.coefficient and work.kind in item.events:
            found[work.unit, work.staff] += item.events[work.kind] * work.count * scheme.difficulty[work.mode]
    manned = {unit for (unit, _staff), member in known.members.items() if member.coefficient}
    for (unit, package), count in known.held.items():
        if unit in manned and package in item.people:
            found[unit, TEAM] += item.people[package] * count
    return {key: points for key, points in found.items() if points}


def _units(
    item: Item, item_fen: int, points: Mapping[tuple[int, int], Fraction], known: Known, scheme: Scheme
) -> Iterator[UnitResult]:
    """Item budget × own corrected points ÷ those of all units; nothing where nobody has points."""
    by_unit: dict[int, Fraction] = defaultdict(Fraction)
    for (unit, _staff), number in points.items():
        by_unit[unit] += number
    rates = {unit: rate_of(known.scores.get((unit, item.id), ())) for unit in by_unit}
    after = {unit: corrected(number, rates[unit], scheme.threshold) for unit, number in by_unit.items()}
    fen = shares(item_fen, after)
    for unit in sorted(by_unit):
        yield UnitResult(
            item=item.id,
            unit=unit,
            points=by_unit[unit],
            rate=rates[unit],
            corrected=after[unit],
            all_corrected=sum(after.values(), NONE),
            item_fen=item_fen,
            fen=fen[unit],
            percent=100 if item.people else scheme.together_percent,
            scores=known.scores.get((unit, item.id), ()),
        )


def rate_of(scores: Iterable[Score]) -> Fraction:
    """The rate of quality of a score sheet."""
    lines = list(scores)
    return quality(sum((one.got for one in lines), NONE), sum((one.full for one in lines), NONE))


def _members(result: UnitResult, points: Mapping[tuple[int, int], Fraction], known: Known) -> Iterator[Share]:
    here = {staff: one for (unit, staff), one in known.members.items() if unit == result.unit}
    weights = {
        TOGETHER: {staff: one.coefficient * one.days for staff, one in here.items()},
        POINTS: {staff: one.coefficient * points.get((result.unit, staff), NONE) for staff, one in here.items()},
    }
    together = Fraction(result.percent)
    parts = shares(result.fen, {TOGETHER: together, POINTS: 100 - together})
    for part in PARTS:
        whole = sum(weights[part].values(), NONE)
        for staff, fen in sorted(shares(parts[part], weights[part]).items()):
            if weights[part][staff]:
                yield Share(result, staff, part, weights[part][staff], whole, parts[part], fen)
