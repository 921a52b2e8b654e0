"""What each line of pay was worked out from, as it is kept with the line. Pure; exact numbers are texts ("17/2")."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

from jinxiu.pay.rules import Known, Outcome, Score, Share, UnitResult
from jinxiu.pay.scheme import Item, Scheme

Json = dict[str, Any]


def exact(number: Fraction) -> str:
    """A number to the last digit: "8", "17/2"."""
    return str(number)


def formula_of(share: Share, known: Known, scheme: Scheme) -> Json:
    """Every number that a share was worked out from, from the month's money down to the fen."""
    result = share.result
    item = scheme.item(result.item)
    member = known.members[result.unit, share.staff]
    assert item is not None  # the results are of this scheme
    return {
        "version": scheme.version,
        "pot_fen": known.pot,
        "weight": exact(item.weight),
        "weights": exact(sum((one.weight for one in scheme.items), Fraction(0))),
        **result_of(result),
        "threshold": exact(scheme.threshold),
        "percent": result.percent,
        "part_fen": share.part_fen,
        "coefficient": exact(member.coefficient),
        "days": member.days,
        "work": _work(share, item, known, scheme),
        "people": _people(share, item, known),
        "own": exact(share.own),
        "all": exact(share.all),
    }


def result_of(result: UnitResult) -> Json:
    """A unit's part of an item."""
    return {
        "item": result.item,
        "unit": result.unit,
        "item_fen": result.item_fen,
        "points": exact(result.points),
        "scores": [_score(one) for one in result.scores],
        "rate": exact(result.rate),
        "corrected": exact(result.corrected),
        "all_corrected": exact(result.all_corrected),
        "unit_fen": result.fen,
    }


def figures_of(outcome: Outcome) -> Json:
    """A month as a whole: the money of each item, and the part of each unit."""
    return {
        "items": [[item, fen] for item, fen in outcome.items.items()],
        "results": [result_of(one) for one in outcome.results],
    }


def _people(share: Share, item: Item, known: Known) -> list[Json]:
    """The agreements of a unit that give an item points, by package."""
    return [
        {"package": package, "count": count, "weight": exact(weight), "points": exact(weight * count)}
        for package, weight in sorted(item.people.items())
        if (count := known.held.get((share.result.unit, package)))
    ]


def _score(one: Score) -> Json:
    numbers = {"counted": one.counted, "of": one.of, "baseline": exact(one.baseline)} if one.measure else {}
    return {"measure": one.measure, "got": exact(one.got), "full": exact(one.full), **numbers}


def _work(share: Share, item: Item, known: Known, scheme: Scheme) -> list[Json]:
    """What somebody did of an item in a unit, by kind and mode."""
    counts: Counter[tuple[str, str]] = Counter()
    for work in known.work:
        if (work.staff, work.unit) == (share.staff, share.result.unit) and work.kind in item.events:
            counts[work.kind, work.mode] += work.count
    return [
        {
            "kind": kind,
            "mode": mode,
            "count": count,
            "weight": exact(item.events[kind]),
            "difficulty": exact(scheme.difficulty[mode]),
            "points": exact(item.events[kind] * count * scheme.difficulty[mode]),
        }
        for (kind, mode), count in sorted(counts.items())
    ]
