"""The first page: one card for each part, with the number that says how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from jinxiu.familydoctor.managing import queries, rules, wording
from jinxiu.familydoctor.managing.forms import PageFilter
from jinxiu.familydoctor.managing.pages import coverage_by_group, doctors_by_row
from jinxiu.familydoctor.managing.queries import Places
from jinxiu.familydoctor.managing.shown import Page, Row, Table
from jinxiu.familydoctor.managing.wording import percent_text
from jinxiu.indicators.queries import Scope
from jinxiu.people.access import Viewer, may
from jinxiu.people.roles import MANAGE_TEAMS, SEE_DISTRICT_NUMBERS
from jinxiu.ratings.queries import summaries_of
from jinxiu.ratings.rules import Summary
from jinxiu.worklists.glances import Glance, Number

NOT_SHOWN = "*"


@dataclass(frozen=True)
class Overview:
    """All cards of a viewer's teams or district, this year, and the coverage of the groups."""

    viewer: Viewer
    scope: Scope
    places: Places

    def page(self, part: str) -> Page:
        """A part as it is without any filter."""
        return Page(self.viewer, PageFilter({}, part=part, scope=self.scope, places=self.places))  # type: ignore[arg-type]

    def glance(self) -> Glance:
        """What the first page of the day says of it."""
        numbers = (*self._coverage(), self._expiring(), self._kept())
        return Glance(str(wording.MANAGING), reverse("managing"), numbers)

    def coverage(self) -> Table:
        """Everybody and each group, by who is signed."""
        return coverage_by_group(self.page(rules.COVERAGE))

    def cards(self) -> list[Number]:
        """A card of each part or two, and what people think of the teams."""
        return [
            *self._coverage(),
            self._expiring(),
            *self._changes(),
            self._load(),
            self._kept(),
            self._renewal(),
            self._satisfaction(),
        ]

    def _coverage(self) -> list[Number]:
        page = self.page(rules.COVERAGE)
        labels = {rules.ALL: gettext("Signing rate"), rules.PRIORITY: gettext("Signing rate, priority groups")}
        rows = page.by_key(queries.totals(page.asked), labels)
        return [self._signed(row, labels[key]) for key, row in rows.items()]

    def _signed(self, row: Row, label: str) -> Number:
        states = rules.STATES[rules.COVERAGE]
        percent = rules.percent(row.people[rules.SIGNED], row.of(states))
        hint, tone = "", "plain"
        for target in rules.targets_on(queries.targets(), self.viewer.today)[:1]:
            words = gettext("target of %(year)s: %(percent)s %%")
            hint = words % {"year": target.year, "percent": f"{target.of(row.key):g}"}
            tone = "jade" if percent is not None and percent >= target.of(row.key) else "amber"
        return self._card(rules.COVERAGE, label, percent_text(percent), hint, tone, row, states)

    def _card(
        self, part: str, label: str, value: str, hint: str, tone: str, row: Row, states: tuple[str, ...]
    ) -> Number:
        is_small = self.scope.numbers_only and rules.figure([row.people[one] for one in states]).is_small
        url = reverse("managing-part", args=[part])
        return Number(label, NOT_SHOWN if is_small else value, "" if is_small else hint, tone, url)

    def _everything(self, part: str) -> Row:
        row = Row("")
        for one in queries.counted(self.page(part).asked, by_place=False):
            row.add(one)
        return row

    def _expiring(self) -> Number:
        row = self._everything(rules.EXPIRING)
        hint = gettext("not renewed yet; %(renewed)s are") % {"renewed": f"{row.people[rules.RENEWED]:,}"}
        tone = "amber" if row.people[rules.OPEN] else "plain"
        label = gettext("End within %(days)s days") % {"days": rules.WEEKS_AHEAD}
        return self._card(
            rules.EXPIRING, label, f"{row.people[rules.OPEN]:,}", hint, tone, row, rules.STATES[rules.EXPIRING]
        )

    def _changes(self) -> list[Number]:
        row = self._everything(rules.CHANGES)
        year = str(wording.PERIODS["this_year"])
        came, left, ended = (row.people[one] for one in rules.STATES[rules.CHANGES])
        both, moved = (rules.CAME, rules.LEFT), gettext("to these teams and from them, this year")
        return [
            self._card(rules.CHANGES, gettext("Transfers"), f"+{came:,} −{left:,}", moved, "plain", row, both),
            self._card(
                rules.CHANGES, str(wording.STATES[rules.ENDED]), f"{ended:,}", year, "plain", row, (rules.ENDED,)
            ),
        ]

    def _load(self) -> Number:
        page = self.page(rules.LOAD)
        rows = page.by_team(queries.counted(page.asked, by_place=False))
        doctors, cap = doctors_by_row(page)
        over = sum(row.people[rules.SIGNED] > cap * doctors[key] for key, row in rows.items())
        words = ngettext("team above its limit", "teams above their limit", over)
        if self.scope.numbers_only:
            words = ngettext("institution above its limit", "institutions above their limit", over)
        return Number(
            str(wording.PARTS[rules.LOAD]),
            f"{over:,}",
            words,
            "amber" if over else "jade",
            reverse("managing-part", args=[rules.LOAD]),
        )

    def _kept(self) -> Number:
        row, states = self._everything(rules.KEPT), rules.STATES[rules.KEPT]
        people = row.of(states)
        hint = gettext("on average; %(passed)s of the year is over")
        hint %= {"passed": percent_text(rules.percent(row.passed, people))}
        value = percent_text(rules.percent(row.share, people))
        return self._card(rules.KEPT, gettext("Kept of what is promised"), value, hint, "plain", row, states)

    def _renewal(self) -> Number:
        row, states = self._everything(rules.RENEWAL), rules.STATES[rules.RENEWAL]
        ran_out = row.of(states)
        hint = gettext("of %(number)s that ran out this year") % {"number": f"{ran_out:,}"}
        value = percent_text(rules.percent(row.people[rules.RENEWED], ran_out))
        return self._card(rules.RENEWAL, gettext("Renewed"), value, hint, "plain", row, states)

    def _satisfaction(self) -> Number:
        """Of the last twelve months; few answers are in no summary (ratings.rules)."""
        teams = frozenset[int]().union(*(group.team_ids for group in self.scope.groups))
        found = sum(summaries_of(teams, self.viewer.today).values(), Summary())
        words = ngettext("of %(number)s answer in a year", "of %(number)s answers in a year", found.answers)
        return Number(
            gettext("Satisfied"),
            percent_text(found.percent),
            words % {"number": f"{found.answers:,}"},
            "plain",
            reverse("ratings"),
        )


def glance_for(viewer: Viewer) -> Glance | None:
    """What the first page of the day says of it; nothing to who manages no teams and sees no district's numbers."""
    if not viewer.reach.get(MANAGE_TEAMS) and not may(viewer, SEE_DISTRICT_NUMBERS):
        return None
    return Overview(viewer, queries.scope_of(viewer), Places()).glance()
