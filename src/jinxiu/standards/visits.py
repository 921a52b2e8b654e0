"""What can be done in one visit: promises of several standards that share a visit's name and are open together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from jinxiu.standards.model import Standard

OPEN = ("due", "overdue")


class Promise(Protocol):
    """A verdict, or the due item that was made of one."""

    @property
    def standard(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def cycle(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def due_on(self) -> date: ...


P = TypeVar("P", bound=Promise)


@dataclass(frozen=True, slots=True)
class Together(Generic[P]):
    """Open promises of one person to be kept in one visit, by the day of the one that is due first.

    `visit` is the name that the clauses share; empty for a promise that stands alone.
    """

    visit: str
    due_on: date
    verdicts: tuple[P, ...]


def combined(verdicts: Iterable[P], standards: Iterable[Standard]) -> list[Together[P]]:
    """One person's open verdicts (due or overdue) put together by the visit that their clauses name.

    Groups stand by due day, then visit, standard, clause and cycle; inside a group the verdicts stand alike.
    `standards` are the versions that made the verdicts; KeyError when one is missing.
    """
    known = {(standard.id, standard.version): standard for standard in standards}
    groups: dict[tuple[str, ...], list[P]] = {}
    for verdict in verdicts:
        if verdict.status in OPEN:
            visit = known[verdict.standard, verdict.version].clause(verdict.clause).visit
            alone = (verdict.standard, verdict.clause, verdict.cycle)
            groups.setdefault((visit,) if visit else ("", *alone), []).append(verdict)
    together = []
    for (visit, *_), members in groups.items():
        in_order = tuple(sorted(members, key=_order))
        together.append(Together(visit, in_order[0].due_on, in_order))
    return sorted(together, key=lambda group: (group.due_on, group.visit, _order(group.verdicts[0])))


def _order(verdict: Promise) -> tuple[date, str, str, str]:
    return verdict.due_on, verdict.standard, verdict.clause, verdict.cycle
