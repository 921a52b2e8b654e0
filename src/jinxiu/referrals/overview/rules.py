"""What the numbers of referrals are, and which are too small to be shown. Pure, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from jinxiu.indicators.rules import Figure, hidden

PERIOD_DAYS = 365  # up to today, when no days are chosen

# What a number of the page counts, and what the list is then narrowed to.
SENT, ARRIVED, NOT_ARRIVED = "sent", "arrived", "no_arrival"
ANSWERED, NOT_ANSWERED, BACK = "answered", "no_answer", "back"
COUNTED = (SENT, ARRIVED, NOT_ARRIVED, ANSWERED, NOT_ANSWERED, BACK)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The referrals sent in some days. `arrived` and `answered` are among those `sent` up; `back` came from hospitals,
    asked or not. The days are medians, None of nobody."""

    sent: int = 0
    arrived: int = 0
    answered: int = 0
    back: int = 0
    days_to_arrival: float | None = None
    days_to_answer: float | None = None

    @property
    def arrival(self) -> Figure:
        """Who arrived of those who were sent."""
        return _of(self.arrived, self.sent)

    @property
    def reply(self) -> Figure:
        """Who was answered for of those who were sent."""
        return _of(self.answered, self.sent)

    @property
    def down_for_each_up(self) -> float | None:
        """How many come from hospitals for each one who is sent to them; None when nobody was sent."""
        return self.back / self.sent if self.sent else None

    @property
    def figures(self) -> tuple[Figure, Figure, Figure]:
        """Everything that may tell of few people: arrivals, answers, and the two directions."""
        return self.arrival, self.reply, Figure(self.back, self.back + self.sent, self.back, self.sent)


def _of(part: int, whole: int) -> Figure:
    return Figure(counted=part, of=whole, numerator=part, other=whole - part)


def too_small(groups: Mapping[str, Numbers]) -> frozenset[str]:
    """The groups of which nothing may be shown to who sees numbers only, "" standing for all of them together."""
    kinds = range(len(Numbers().figures))
    return frozenset[str]().union(
        *(hidden({name: one.figures[kind] for name, one in groups.items()}) for kind in kinds)
    )


def period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The days that are meant: those chosen, or the last year."""
    last = until or today
    return since or last - timedelta(days=PERIOD_DAYS), last
