"""What stands in the district this morning, on one screen: people, what waits for each team, and control rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jinxiu.demo.queries import TeamLoad, people_here, stored_shares, team_loads
from jinxiu.standards.measures.catalogue import installed
from jinxiu.worklists.standards import in_force

TEAMS_SHOWN = 8
RATES_SHOWN = (
    *("hypertension_controlled", "hypertension_managed", "diabetes_controlled", "diabetes_managed"),
    "elderly_managed",
)
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Rate:
    """An indicator over the whole district, as its page has it: of so many people, so many."""

    title: str
    numerator: int
    denominator: int

    @property
    def percent(self) -> str:
        """The share as people write it; nothing when nobody is counted."""
        return f"{100 * self.numerator / self.denominator:.1f} %" if self.denominator else ""


@dataclass(frozen=True)
class Summary:
    """The numbers of one day; `standards` are ids, teams stand in the order of what is overdue."""

    today: dt.date
    people: int
    standards: tuple[str, ...]
    teams: tuple[TeamLoad, ...]
    rates: tuple[Rate, ...]


def summary(today: dt.date, progress: Progress | None = None) -> Summary:
    """Add up the day's due items and indicators; the day must have been evaluated before.

    `progress` is told a few words and the share done: in a big city this takes some time.
    """
    say = progress or (lambda _words, _share: None)
    standards = in_force(today)
    say("Counting what is due", 0.0)
    teams = tuple(team_loads(today))
    say("Looking up control rates", 0.9)
    rates = tuple(_rates(today))
    waiting = {standard for team in teams for standard in team.waiting}  # one that nobody is in has no column
    shown = tuple(standard.id for standard in standards if standard.id in waiting)
    return Summary(today, people_here(today), shown, teams, rates)


def _rates(today: dt.date) -> Iterator[Rate]:
    stored = stored_shares(today.replace(day=1))
    titles = {measure.id: measure.title.en for measure in installed().in_force(today)}
    for measure in RATES_SHOWN:
        if measure in stored:
            yield Rate(titles[measure], *stored[measure])


def text(numbers: Summary, console: Console | None = None) -> str:
    """The summary as it is printed, as wide as the terminal."""
    console = console or Console()
    with console.capture() as captured:
        console.print(f"{numbers.people:,} people in {len(numbers.teams)} teams on {numbers.today.isoformat()}")
        console.print(_teams_table(numbers))
        console.print("Who is due for one thing and overdue for another counts in both.", style="dim")
        console.print(_rates_table(numbers))
    return captured.get()


def _teams_table(numbers: Summary) -> Table:
    """People with something due and, apart, with something overdue; a big district shows its busiest teams."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("\nteam", no_wrap=True)
    table.add_column("\npeople", justify="right")
    for standard in numbers.standards:
        table.add_column(f"{standard}\ndue / overdue", justify="right")
    for load in numbers.teams[:TEAMS_SHOWN]:
        table.add_row(*_cells(load, numbers))
    rest = numbers.teams[TEAMS_SHOWN:]
    if rest:
        table.add_row(*_cells(_together(f"{len(rest)} more teams", rest, numbers), numbers))
    table.add_section()
    table.add_row(*_cells(_together("all", numbers.teams, numbers), numbers))
    return table


def _cells(load: TeamLoad, numbers: Summary) -> list[Text]:
    waiting = [load.waiting.get(standard, (0, 0)) for standard in numbers.standards]
    counts = (f"{due:,} / {overdue:,}" for due, overdue in waiting)
    return [Text(load.name), Text(f"{load.people:,}"), *map(Text, counts)]


def _together(name: str, loads: Sequence[TeamLoad], numbers: Summary) -> TeamLoad:
    waiting = {}
    for standard in numbers.standards:
        pairs = [load.waiting.get(standard, (0, 0)) for load in loads]
        waiting[standard] = (sum(due for due, _overdue in pairs), sum(overdue for _due, overdue in pairs))
    return TeamLoad(name, sum(load.people for load in loads), waiting)


def _rates_table(numbers: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("indicator")
    for heading in ("of", "are", "rate"):
        table.add_column(heading, justify="right")
    for rate in numbers.rates:
        counts = (f"{rate.denominator:,}", f"{rate.numerator:,}", rate.percent)
        table.add_row(Text(rate.title), *counts)
    return table
