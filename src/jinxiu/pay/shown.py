"""A month's money as pages tell it, in words of the active language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.documents.cells import Value
from jinxiu.pay import queries, wording
from jinxiu.pay.models import PayLine, PayRun
from jinxiu.pay.rules import CENTRE, FROZEN
from jinxiu.pay.scheme import Scheme
from jinxiu.pay.wording import money, yuan
from jinxiu.people.wording import named


@dataclass(frozen=True, slots=True)
class Bar:
    """A sum that is drawn; `share` of the largest one, at least nothing."""

    label: str
    fen: int
    money: str
    url: str = ""

    @property
    def drawn(self) -> int:
        """What the bar shows; a sum below zero shows none."""
        return max(self.fen, 0)


@dataclass(frozen=True, slots=True)
class Bars:
    """Sums under each other, the largest first; `top` fills a bar."""

    id: str
    title: str
    head: str
    rows: list[Bar]

    @property
    def top(self) -> int:
        """The largest sum."""
        return max((row.drawn for row in self.rows), default=0)


def bars(name: str, title: str, head: str, sums: Mapping[Any, int], names: Mapping[Any, str], urls: Any = None) -> Bars:
    """Sums by what `names` calls them, each leading where `urls` says."""
    rows = [Bar(names.get(key, str(key)), fen, money(fen), urls(key) if urls else "") for key, fen in sums.items()]
    return Bars(name, title, head, sorted(rows, key=lambda row: (-row.fen, row.label)))


def unit_names(team_ids: Iterable[int | None]) -> dict[int | None, str]:
    """How units are called: teams by name, no team (or CENTRE) the centre itself."""
    teams = queries.teams_by_id({one for one in team_ids if one})
    found: dict[int | None, str] = {team_id: named(team) for team_id, team in teams.items()}
    centre = str(wording.CENTRE_ITSELF)
    return found | {None: centre, CENTRE: centre}


def by_team(lines: Sequence[PayLine]) -> Bars:
    """What each team's members get, corrections left out."""
    sums: Counter[int | None] = Counter()
    for line in lines:
        if line.correction_id is None:
            sums[line.team_id] += line.fen
    return bars("team", gettext("By team"), gettext("Team"), sums, unit_names(sums))


def by_member(run: PayRun, lines: Sequence[PayLine]) -> Bars:
    """What each member gets, corrections among it; leads to how it was made."""
    sums: Counter[int] = Counter()
    names = {line.staff_id: named(line.staff) for line in lines}
    for line in lines:
        sums[line.staff_id] += line.fen
    return bars(
        "member",
        gettext("By member"),
        gettext("Member"),
        sums,
        names,
        lambda staff_id: reverse("pay-staff", args=[run.pk, staff_id]),
    )


@dataclass(frozen=True, slots=True)
class UnitOfItem:
    """A unit's part of an item of a month."""

    name: str
    points: str
    rate: str
    is_cut: bool
    corrected: str
    money: str


@dataclass(frozen=True, slots=True)
class ItemOfMonth:
    """An item of a month: its money and the units that share it."""

    title: str
    money: str
    units: list[UnitOfItem]


def items_of(run: PayRun, scheme: Scheme | None) -> list[ItemOfMonth]:
    """The items of a month as it was worked out."""
    results = defaultdict(list)
    for one in run.figures["results"]:
        results[one["item"]].append(one)
    names = unit_names(one["unit"] for one in run.figures["results"])
    return [
        ItemOfMonth(
            title=wording.item_title(scheme, item),
            money=money(fen),
            units=[
                UnitOfItem(
                    name=names.get(one["unit"], ""),
                    points=wording.number(one["points"]),
                    rate=wording.percent(one["rate"]) if one["scores"] else "–",
                    is_cut=one["points"] != one["corrected"],
                    corrected=wording.number(one["corrected"]),
                    money=money(one["unit_fen"]),
                )
                for one in results[item]
            ],
        )
        for item, fen in run.figures["items"]
    ]


@dataclass(slots=True)
class Piece:
    """Somebody's money of an item in a unit, and how it was worked out; or a correction, and why."""

    title: str
    unit: str
    fen: int
    steps: list[str] = field(default_factory=list)

    @property
    def money(self) -> str:
        """The sum in yuan."""
        return money(self.fen)


def pieces_of(lines: Sequence[PayLine], scheme: Scheme | None) -> list[Piece]:
    """Somebody's lines of a month, each item once with its steps, then the corrections."""
    together: dict[tuple[str, int | None], list[PayLine]] = defaultdict(list)
    for line in lines:
        if line.correction_id is None:
            together[line.item, line.team_id].append(line)
    pieces = [_piece(item, found, scheme) for (item, _team), found in together.items()]
    return pieces + [_correction(line) for line in lines if line.correction_id is not None]


def _piece(item: str, lines: Sequence[PayLine], scheme: Scheme | None) -> Piece:
    unit = named(lines[0].team) if lines[0].team else str(wording.CENTRE_ITSELF)
    title = wording.item_title(scheme, item)
    told = wording.steps(
        {line.part: line.formula for line in lines}, {line.part: line.fen for line in lines}, title, unit
    )
    return Piece(title, unit, sum(line.fen for line in lines), told)


def _correction(line: PayLine) -> Piece:
    assert line.correction is not None  # asked for those that have one
    month = wording.month_text(line.correction.of_month)
    why = gettext("For %(month)s: %(reason)s") % {"month": month, "reason": line.correction.reason}
    return Piece(str(wording.CORRECTION), "", line.fen, [why])


def run_head(run: PayRun) -> dict[str, Any]:
    """What stands above every page of a month."""
    return {
        "run": run,
        "month": wording.month_text(run.month),
        "state": wording.STATES[run.state],
        "tone": wording.TONES[run.state],
        "is_frozen": run.state == FROZEN,
        "institution": named(run.institution),
        "scheme": queries.scheme_of(run.month),
    }


def run_table(run: PayRun, lines: Sequence[PayLine]) -> list[list[Value]]:
    """A month as a table for a file: its heads, then every line."""
    scheme = queries.scheme_of(run.month)
    heads: list[Value] = [gettext("Member"), gettext("Team"), gettext("Item"), gettext("Basis"), gettext("Yuan")]
    rows: list[list[Value]] = []
    for line in lines:
        shared = line.correction_id is None
        rows.append(
            [
                named(line.staff),
                (named(line.team) if line.team else str(wording.CENTRE_ITSELF)) if shared else "",
                wording.item_title(scheme, line.item) if shared else str(wording.CORRECTION),
                str(wording.PARTS[line.part]) if shared else line.formula["reason"],
                yuan(line.fen),
            ]
        )
    return [heads, *rows]
