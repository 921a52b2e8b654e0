"""What the packages of an agreement promise for this year of it, and what of that is done, as the resident reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from jinxiu.agreements import queries as agreements
from jinxiu.agreements import rules
from jinxiu.agreements.models import Agreement
from jinxiu.portal.access import Visit


@dataclass(frozen=True, slots=True)
class Item:
    """One promise: so many of so many, and the days that counted."""

    title: str
    done: int
    owed: int
    days: tuple[date, ...]

    @property
    def left(self) -> int:
        """How often it is still owed this year."""
        return max(self.owed - self.done, 0)


@dataclass(frozen=True, slots=True)
class Promised:
    """This year of the agreement: its days, and the items of each package."""

    first: date
    last: date
    packages: tuple[tuple[str, tuple[Item, ...]], ...]

    @property
    def left(self) -> int:
        """How many things are still owed this year."""
        return sum(item.left for _title, items in self.packages for item in items)


def promised_for(visit: Visit, agreement: Agreement | None) -> Promised | None:
    """What is promised in the year of the agreement that today lies in; None before it begins, and where nothing is.

    Nothing that is under special shelter counts towards a package, so nothing of it stands here.
    """
    if agreement is None or agreement.state != rules.ACTIVE or agreement.start_on > visit.today:
        return None
    language = get_language() or ""
    packages: dict[str, list[Item]] = {}
    for one in agreements.progress_of(agreement, visit.person, visit.today):
        item = Item(one.item.title.language(language), one.done, one.owed, one.days)
        packages.setdefault(one.package.title.language(language), []).append(item)
    if not packages:
        return None
    first, last = rules.year_on(agreement.counted_from, agreement.end_on, visit.today)
    return Promised(
        first, min(last, agreement.last_on), tuple((title, tuple(items)) for title, items in packages.items())
    )
