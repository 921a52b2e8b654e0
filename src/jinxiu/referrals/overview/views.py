"""The pages about all referrals within reach: the list, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from jinxiu.indicators.queries import Scope, scope_of
from jinxiu.indicators.rules import Figure
from jinxiu.indicators.wording import group_name, percent_text, share_text
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import SEE_RECORD, SEE_TEAM_NUMBERS
from jinxiu.people.wording import about, named
from jinxiu.referrals import actions, shown, wording
from jinxiu.referrals.overview import queries, rules
from jinxiu.referrals.overview.forms import ListFilter, PeriodForm
from jinxiu.referrals.overview.queries import BY_HOSPITAL, BY_INSTITUTION, BY_TEAM, Row
from jinxiu.referrals.overview.rules import Numbers
from jinxiu.standards.verdict import number_text

PAGE_ROWS = 25


# --- the list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A line of the list: whose referral it is, where it stands, and what the centre does next."""

    name: str
    about: str
    url: str
    line: shown.Line
    sent_on: date | None
    next: str


@require_GET
def referrals(request: HttpRequest) -> HttpResponse:
    """The referrals of the people within reach, the newest first, filtered by the address; the trail keeps who was
    shown."""
    viewer = access.viewer_for(request)
    access.require(viewer, SEE_RECORD)
    teams = [(str(team.pk), named(team)) for team in access.teams_for(viewer, SEE_RECORD)]
    form = ListFilter(request.GET, teams=teams, hospitals=queries.hospitals(viewer))
    after = number_sent(request.GET.get("after", "")) or 0
    rows = queries.page(viewer, form.asked, after=after, limit=PAGE_ROWS + 1)
    seen = rows[:PAGE_ROWS]
    actions.note_list(viewer=viewer, people=[row.person_id for row in seen])
    page = {
        "form": form,
        "cards": [_card(row, viewer) for row in seen],
        "first_url": _url("referrals", form.address()) if after else "",
        "next_url": _url("referrals", form.address(after=str(seen[-1].referral.pk))) if len(rows) > PAGE_ROWS else "",
        "is_narrowed": bool(form.address()),
        "may_count": access.may(viewer, SEE_TEAM_NUMBERS),
    }
    return render(request, "referrals/overview/list.html", page)


def _card(row: Row, viewer: Viewer) -> Card:
    return Card(
        name=row.name,
        about=about(row.birth_date, row.sex, viewer.today),
        url=reverse("referral", args=[row.person_id, row.referral.pk]),
        line=shown.line_of(row.referral, viewer.today),
        sent_on=row.referral.sent_on,
        next=wording.next_step(row.referral, viewer.today),
    )


def _url(name: str, values: Mapping[str, str]) -> str:
    return f"{reverse(name)}?{urlencode(values)}" if values else reverse(name)


# --- numbers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in words; with `url`, the way to the people behind it."""

    words: str
    soft: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of a group; no cells where they would tell of fewer than five people."""

    name: str
    sent: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers by hospital, by team or by institution; `top` is the most that one of them sent."""

    id: str
    title: str
    head: str
    lines: list[Line]
    top: int


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are counted, and whether the viewer may see who stands behind a number."""

    since: date
    until: date
    opens: bool

    def url(self, **narrowed: str) -> str:
        """The list of the people of these days."""
        days = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return _url("referrals", {**days, **narrowed}) if self.opens else ""


@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """How many were sent, arrived and were answered for, how long it took, and how many came back, by hospital and
    team; each number leads to its people where the viewer may see them."""
    viewer = access.viewer_for(request)
    scope = scope_of(viewer)
    form = PeriodForm(request.GET)
    form.full_clean()
    since, until = rules.period(form.cleaned_data.get("since"), form.cleaned_data.get("until"), viewer.today)
    days = Days(since, until, opens=access.may(viewer, SEE_RECORD))
    by_team = BY_INSTITUTION if scope.numbers_only else BY_TEAM
    groups = {by: queries.numbers(scope, since, until, by=by) for by in (BY_HOSPITAL, by_team)}
    small = {by: rules.too_small(found) if scope.numbers_only else frozenset() for by, found in groups.items()}
    everybody = queries.numbers(scope, since, until)[""]
    is_small = "" in small[BY_HOSPITAL] | small[by_team]
    total = _line(gettext("All together"), everybody, days, {}, is_hidden=is_small)
    page: dict[str, Any] = {
        "form": PeriodForm(initial={"since": since, "until": until}),
        "errors": form.errors,
        "stats": list(zip(_heads(), total.cells, strict=False)),  # none where it may not be shown
        "heads": _heads(),
        "tables": [table for by, found in groups.items() if (table := _table(by, found, small[by], scope, days)).lines],
        "numbers_only": scope.numbers_only,
        "list_url": _url("referrals", {}) if days.opens else "",
    }
    return render(request, "referrals/overview/numbers.html", page)


def _heads() -> list[str]:
    return [
        gettext("Sent"),
        gettext("Arrived"),
        gettext("Days to arrival"),
        gettext("Answered"),
        gettext("Days to answer"),
        gettext("Sent back to us"),
    ]


def _table(by: str, found: Mapping[str, Numbers], small: frozenset[str], scope: Scope, days: Days) -> Table:
    names = {group.key: group_name(group) for group in scope.groups}
    narrowed = "hospital" if by == BY_HOSPITAL else "team"
    lines = [
        _line(names.get(key, key), one, days, {narrowed: key}, is_hidden=key in small) for key, one in found.items()
    ]
    titles = {
        BY_HOSPITAL: (gettext("By hospital"), gettext("Hospital")),
        BY_TEAM: (gettext("By team"), gettext("Team")),
        BY_INSTITUTION: (gettext("By institution"), gettext("Institution")),
    }
    shown_lines = sorted(lines, key=lambda line: (not line.cells, -line.sent if line.cells else 0, line.name))
    return Table(narrowed, *titles[by], shown_lines, max((line.sent for line in lines if line.cells), default=0))


def _line(name: str, one: Numbers, days: Days, narrowed: Mapping[str, str], *, is_hidden: bool) -> Line:
    if is_hidden:
        return Line(name, 0, ())

    def cell(counted: str, words: str, soft: str = "") -> Cell:
        return Cell(words, soft, days.url(**narrowed, counted=counted))

    cells = (
        cell(rules.SENT, f"{one.sent:,}"),
        cell(rules.ARRIVED, *_share(one.arrival)),
        cell(rules.ARRIVED, _median(one.days_to_arrival)),
        cell(rules.ANSWERED, *_share(one.reply)),
        cell(rules.ANSWERED, _median(one.days_to_answer)),
        cell(rules.BACK, f"{one.back:,}", _ratio(one)),
    )
    return Line(name, one.sent, cells)


def _share(figure: Figure) -> tuple[str, str]:
    return percent_text(figure).replace(" ", "\N{NO-BREAK SPACE}"), share_text(figure)


def _median(days: float | None) -> str:
    return "–" if days is None else number_text(round(days, 1))


def _ratio(one: Numbers) -> str:
    ratio = one.down_for_each_up
    return "" if ratio is None else gettext("%(ratio)s for each one sent") % {"ratio": f"{ratio:.2f}"}
