"""The numbers of the manager's page as tables that also draw: each number with the way to its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.familydoctor.managing import queries, rules, wording
from jinxiu.familydoctor.managing.forms import ELSEWHERE, PageFilter
from jinxiu.familydoctor.managing.queries import Counted
from jinxiu.familydoctor.managing.wording import percent_text
from jinxiu.indicators.rules import hidden
from jinxiu.indicators.wording import group_name
from jinxiu.people.access import Viewer
from jinxiu.people.wording import named
from jinxiu.ui.templatetags.jinxiu import share

EVERYBODY = ""  # the key of the row of all together


@dataclass(frozen=True)
class Cell:
    """A number in a table; `url` leads to its people. A hidden one is not shown because it would tell of few."""

    text: str
    url: str = ""
    is_hidden: bool = False
    number: int | None = None  # None where it is no number of people, or hidden


@dataclass(frozen=True)
class Bar:
    """A piece of a row's drawing: its tone, where it begins, how wide it is (percentages)."""

    tone: str
    x: str
    width: str


@dataclass(frozen=True)
class Line:
    """A row: its words, its numbers, its drawing, and what is alarming about it ("": nothing). `marks` are lines across
    its bars (percentages)."""

    label: str
    cells: tuple[Cell, ...]
    bars: tuple[Bar, ...] = ()
    marks: tuple[str, ...] = ()
    alarm: str = ""


@dataclass(frozen=True)
class Table:
    """A table that also draws; `note` tells what is drawn."""

    id: str
    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""

    @property
    def is_drawn(self) -> bool:
        """Whether any row has a drawing."""
        return any(line.bars for line in self.lines)


@dataclass
class Row:
    """Numbers of a row before it is laid out: of each state how many people, and what was owed to them and done."""

    label: str
    where: dict[str, str] = field(default_factory=dict)  # parameters of the address that narrow to this row
    key: str = ""  # of the number, where the row is one of its own
    people: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    owed: int = 0
    done: int = 0
    share: float = 0
    passed: float = 0

    def add(self, one: Counted) -> None:
        """Count a number in."""
        self.people[one.number.partition(".")[0]] += one.people
        self.owed, self.done = self.owed + one.owed, self.done + one.done
        self.share, self.passed = self.share + one.share, self.passed + one.passed

    def of(self, states: Iterable[str]) -> int:
        """People of some states together."""
        return sum(self.people[state] for state in states)


Rows = dict[str, Row]
TONES = {
    **dict.fromkeys((rules.SIGNED, rules.RENEWED, rules.WHOLE, rules.CAME), "jade"),
    **dict.fromkeys((rules.OPEN, rules.ENDED, rules.SOME), "amber"),
    rules.LEFT: "blue",
}


@dataclass(frozen=True)
class Layout:
    """How rows become lines. States of a pair stand beside each other and are shown or hidden together.

    `rate` heads the share of the first state among all of its pair; with `average` it is the mean of what was done for
    each person instead. Rows that `overlap` add up to nothing. `targets` are drawn across the bars.
    """

    pairs: tuple[tuple[str, ...], ...]
    rate: str = ""
    average: bool = False
    overlap: bool = False
    note: str = ""
    targets: tuple[rules.Target, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the columns."""
        rate = (self.rate,) if self.rate else ()
        return tuple(head for pair in self.pairs for head in (*(str(wording.STATES[one]) for one in pair), *rate))

    def percent(self, row: Row) -> float | None:
        """The share of a row."""
        (pair,) = self.pairs
        return rules.percent(row.share if self.average else row.people[pair[0]], row.of(pair))

    def bars(self, row: Row, top: int, *, is_total: bool) -> tuple[Bar, ...]:
        """The drawing of a row: its share of a hundred, or its people, those of the largest row being the whole."""
        if self.rate:
            return (Bar("jade", "0%", share(self.percent(row) or 0, 100)),)
        pieces, begins = list[Bar](), 0
        for state in () if is_total or len(self.pairs) > 1 else self.pairs[0]:
            pieces.append(Bar(TONES.get(state, "plain"), share(begins, top), share(row.people[state], top)))
            begins += row.people[state]
        return tuple(pieces)


@dataclass(frozen=True)
class Page:
    """One part of the manager's page for one viewer, as it was asked for."""

    viewer: Viewer
    form: PageFilter

    @property
    def part(self) -> str:
        """One of rules.PARTS."""
        return self.form.part

    @property
    def today(self) -> date:
        """The business day."""
        return self.viewer.today

    @cached_property
    def asked(self) -> queries.Asked:
        """What is counted."""
        return self.form.asked(self.part, self.today)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def by_team(self, numbers: Iterable[Counted]) -> Rows:
        """The numbers by team, or by institution for who sees the district; open ones without any are there, too."""
        scope, teams = self.form.scope, self.asked.teams
        groups = [one for one in scope.groups if one.team_ids & teams or not one.team_ids]
        rows = {one.key: Row(group_name(one), {"team": one.key}) for one in groups}
        filled = _filled(rows, numbers, lambda one: scope.group_of(one.team_id))
        gone = {one.key for one in groups if not one.thing or (one.thing.closed_on or date.max) <= self.today}
        return {key: row for key, row in filled.items() if row.people or key not in gone}

    def by_place(self, numbers: Iterable[Counted]) -> Rows:
        """The numbers by community; those who live in none of them are one row."""
        places = self.form.places.by_id
        rows = {str(pk): Row(named(place), {"place": place.code}) for pk, place in places.items()}
        rows[ELSEWHERE] = Row(str(wording.ELSEWHERE), {"place": ELSEWHERE})
        filled = _filled(rows, numbers, lambda one: str(one.place_id) if one.place_id in places else ELSEWHERE)
        return {key: row for key, row in filled.items() if row.people}

    def by_key(self, numbers: Iterable[Counted], keys: Iterable[str]) -> Rows:
        """The numbers by what they are about."""
        rows = {key: Row(wording.key_title(self.part, key, self.today), key=key) for key in keys}
        return _filled(rows, numbers, lambda one: one.number.partition(".")[2])

    # --- tables -------------------------------------------------------------------------------------------------------

    def table(self, name: str, title: str, head: str, rows: Rows, layout: Layout, *, key: str = "") -> Table:
        """Lay rows out; `key` is what their numbers are about, where it is the same for all."""
        listed = rows
        if not layout.overlap and len(rows) > 1:
            listed = {**rows, EVERYBODY: _together(rows.values())}
        out = [self._hidden(rows, pair, overlap=layout.overlap) for pair in layout.pairs]
        top = max((row.of(layout.pairs[0]) for row in rows.values()), default=0)
        lines = []
        for row_key, row in listed.items():
            hidden_pairs = [row_key in gone for gone in out]
            cells = [
                cell
                for pair, is_hidden in zip(layout.pairs, hidden_pairs, strict=True)
                for cell in self._cells(row, pair, layout, key, is_hidden=is_hidden)
            ]
            drawn = () if any(hidden_pairs) else layout.bars(row, top, is_total=row_key == EVERYBODY)
            marks = tuple(f"{one.of(row.key or key):g}%" for one in layout.targets)
            lines.append(Line(row.label, tuple(cells), drawn, marks))
        return Table(name, title, (head, *layout.heads), tuple(lines), layout.note)

    def _hidden(self, rows: Rows, pair: Sequence[str], *, overlap: bool) -> frozenset[str]:
        """The rows whose numbers who sees numbers only is not shown, because they tell of few people."""
        if not self.form.scope.numbers_only:
            return frozenset()
        figures = {key: rules.figure([row.people[state] for state in pair]) for key, row in rows.items()}
        return frozenset(key for key in rows if figures[key].is_small) if overlap else hidden(figures)

    def _cells(self, row: Row, pair: Sequence[str], layout: Layout, key: str, *, is_hidden: bool) -> Iterable[Cell]:
        for state in pair:
            people = row.people[state]
            url = self.url(state, row.key or key, **row.where) if people and not is_hidden else ""
            yield Cell("", "", True) if is_hidden else Cell(f"{people:,}", url, number=people)
        if layout.rate:
            yield Cell("" if is_hidden else percent_text(layout.percent(row)), is_hidden=is_hidden)

    def url(self, state: str, key: str = "", **where: str) -> str:
        """Where the people of a number are; empty for who sees numbers only, and where it tells what is sheltered."""
        number = f"{state}.{key}" if key else state
        if self.form.scope.numbers_only or not queries.may_list(self.part, number):
            return ""
        return f"{reverse('managing-people', args=[self.part])}?{urlencode(self.form.address(**where, number=number))}"


def _filled(rows: Rows, numbers: Iterable[Counted], key_of: Callable[[Counted], str]) -> Rows:
    for one in numbers:
        if (key := key_of(one)) in rows:
            rows[key].add(one)
    return rows


def _together(rows: Iterable[Row]) -> Row:
    everything = Row(gettext("All together"))
    for row in rows:
        for state, people in row.people.items():
            everything.people[state] += people
        everything.owed, everything.done = everything.owed + row.owed, everything.done + row.done
        everything.share, everything.passed = everything.share + row.share, everything.passed + row.passed
    return everything
