"""Which roles one person may not hold together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Holding:
    """A role as somebody holds it: where ("team:3", "institution:1"), and from which day to which."""

    role: str
    place: str
    start_on: date
    end_on: date | None
    permissions: frozenset[str]

    def overlaps(self, other: "Holding") -> bool:
        """Tell whether there is a day on which both hold."""
        ends = [day for day in (self.end_on, other.end_on) if day is not None]
        return not ends or max(self.start_on, other.start_on) <= min(ends)


def held_already(new: Holding, held: Iterable[Holding]) -> bool:
    """Tell whether the same role in the same place is held on one of the new one's days."""
    return any(one.role == new.role and one.place == new.place and one.overlaps(new) for one in held)


def powers_that_clash(new: Holding, held: Iterable[Holding], separate: frozenset[str]) -> frozenset[str]:
    """The powers that would come into one hand on some day although they belong in separate ones; mostly none."""
    together = frozenset(new.permissions).union(*(one.permissions for one in held if one.overlaps(new)))
    both = together & separate
    return both if len(both) > 1 else frozenset()
