"""Where a person stands, what may be recorded next, and which days cannot be. Pure, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

HERE, AWAY, DEAD = "here", "away", "dead"
MOVED, DIED, WITHIN, BACK, MISTAKE = "moved", "died", "within", "back", "mistake"
CAME_BACK, TAKEN_BACK = "came_back", "taken_back"  # reasons of versions

# What may be recorded of somebody, by where they stand.
NEXT = {HERE: (WITHIN, MOVED, DIED), AWAY: (BACK, DIED, MISTAKE), DEAD: (MISTAKE,)}
# How a death became known.
HOW = ("family", "hospital", "certificate", "police", "community", "other")


@dataclass(frozen=True, slots=True)
class Known:
    """What the days are held against."""

    born: date | None
    left_on: date | None
    last_contact: date | None


def standing(died_on: date | None, left_on: date | None) -> str:
    """Whether somebody lives here, moved away or died."""
    return DEAD if died_on else AWAY if left_on else HERE


def why_not(change: str, on: date, know: Known, today: date) -> str:
    """Why a change cannot be of that day: future, before_birth, before_leaving, not_after_leaving; or empty."""
    if on > today:
        return "future"
    if know.born is not None and on < know.born:
        return "before_birth"
    if change == DIED and know.left_on is not None and on < know.left_on:
        return "before_leaving"
    if change == BACK and know.left_on is not None and on <= know.left_on:
        return "not_after_leaving"
    return ""


def is_doubtful(change: str, on: date, know: Known) -> bool:
    """Tell whether somebody was seen or heard of after they are said to have died or moved away."""
    return change in (MOVED, DIED) and know.last_contact is not None and on < know.last_contact
