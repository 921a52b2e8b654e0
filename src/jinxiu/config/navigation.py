"""What stands in the head of every page: who is looking, where they work, and where they may go."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.managing.wording import MANAGING
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.organisation.queries import names_of_staff
from jinxiu.people.organisation.wording import TEAMS, standing_in
from jinxiu.people.roles import (
    ASK_RATINGS,
    DELETE_PEOPLE,
    EXPORT_RECORDS,
    IMPORT_PEOPLE,
    KEEP_PAY,
    MANAGE_ACCOUNTS,
    MANAGE_ORGANISATION,
    MANAGE_TEAMS,
    OPEN_IN_EMERGENCY,
    PLAN_EXAMS,
    RECORD_FOLLOWUP,
    REGISTER_PEOPLE,
    REVIEW_EMERGENCIES,
    ROLES,
    SEE_DISTRICT_NUMBERS,
    SEE_PEOPLE,
    SEE_RECORD,
    SEE_TEAM_NUMBERS,
    SEE_TRAIL,
)
from jinxiu.people.wording import named
from jinxiu.ratings.wording import BY_PHONE, RATINGS
from jinxiu.referrals.wording import NUMBERS, REFERRALS

# (name of the address, words, icon, permissions of which one is needed; none: everybody's)
ENTRIES = (
    ("home", _("Today"), "house", ()),
    ("worklist", _("Worklist"), "list-check", (SEE_RECORD,)),
    ("boards", _("Groups"), "clipboard2-pulse", (SEE_RECORD,)),
    ("referrals", REFERRALS, "arrow-right", (SEE_RECORD,)),
    ("referral-numbers", NUMBERS, "arrow-right", (SEE_DISTRICT_NUMBERS,)),
    ("exam-days", _("Examination days"), "calendar-check", (PLAN_EXAMS, SEE_RECORD)),
    ("agreement-lists", _("Agreements"), "pencil-square", (SEE_PEOPLE,)),
    ("pay-runs", _("Pay"), "bar-chart", (KEEP_PAY,)),
    ("managing", MANAGING, "activity", (MANAGE_TEAMS, SEE_DISTRICT_NUMBERS)),
    ("indicators", _("Indicators"), "graph-up", (SEE_TEAM_NUMBERS, SEE_DISTRICT_NUMBERS)),
    ("ratings", RATINGS, "star", (SEE_TEAM_NUMBERS, SEE_DISTRICT_NUMBERS)),
    ("ratings-phone", BY_PHONE, "telephone", (ASK_RATINGS,)),
    ("people", _("Find a person"), "search", (SEE_PEOPLE,)),
    ("emergency", _("Emergency"), "life-preserver", (OPEN_IN_EMERGENCY,)),
    ("pay-mine", _("My pay"), "bar-chart", (RECORD_FOLLOWUP, REGISTER_PEOPLE)),
    ("import", _("Import"), "table", (IMPORT_PEOPLE,)),
    ("export", _("Export"), "download", (EXPORT_RECORDS,)),
    ("emergency-reviews", _("Emergency reviews"), "life-preserver", (REVIEW_EMERGENCIES,)),
    ("deletions", _("Deletions"), "person-x", (DELETE_PEOPLE,)),
    ("teams", TEAMS, "hospital", ()),
    ("staff", _("Staff"), "people", (MANAGE_ACCOUNTS,)),
    ("messages", _("Messages"), "inbox", (MANAGE_ACCOUNTS,)),
    ("places", _("Places"), "geo-alt", (MANAGE_ORGANISATION,)),
    ("trail", _("Trail"), "clock-history", (SEE_TRAIL,)),
)
# Who may go to more than MANY places finds these one step further, under a common word with an icon.
MANY = 9
GROUPS = {
    "figures": (_("Figures"), "graph-up", ("managing", "indicators", "ratings")),
    "more": (_("More"), "table", ("pay-mine", "import", "export", "emergency-reviews", "deletions", "teams")),
}


@dataclass(frozen=True)
class Entry:
    """One link of the main navigation, or several under a common word: then `inside` has them and `url` is empty."""

    url: str
    label: str
    icon: str
    current: bool
    inside: tuple["Entry", ...] = ()


def context(request: HttpRequest) -> dict[str, Any]:
    """Give `viewer`, `viewer_name`, `viewer_role`, `standing_in`, `viewer_place`, `navigation`, `today` and
    `emergencies` to every page of somebody signed in, and nothing to others."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    viewer = access.viewer_for(request)
    return {
        "viewer": viewer,
        "viewer_name": viewer.name_en if get_language() == "en" else viewer.name,
        "viewer_role": gettext(", ").join(str(ROLES[role].label) for role in viewer.roles),
        "standing_in": standing_in(names_of_staff(viewer.stands_in_for)) if viewer.stands_in_for else "",
        "viewer_place": SimpleLazyObject(lambda: place_of(viewer)),
        "navigation": entries_for(viewer, request),
        "today": viewer.today,
        "emergencies": SimpleLazyObject(lambda: access.emergencies_of(viewer)),
    }


def entries_for(viewer: Viewer, request: HttpRequest) -> list[Entry]:
    """Return the links that the viewer's roles permit; of many, those that belong together under one word."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    found = {
        name: Entry(reverse(name), str(label), icon, current=name == here)
        for name, label, icon, permissions in ENTRIES
        if not permissions or any(access.may(viewer, one) for one in permissions)
    }
    return list(found.values()) if len(found) <= MANY else _grouped(found)


def _grouped(found: dict[str, Entry]) -> list[Entry]:
    """Put the entries of a group under its word, where the first one stands; one alone stays as it is."""
    group_of = {name: group for group, (_label, _icon, names) in GROUPS.items() for name in names}
    together: dict[str, list[Entry]] = {}
    for name, entry in found.items():
        together.setdefault(group_of.get(name, name), []).append(entry)
    return [rows[0] if len(rows) == 1 else _group(group, rows) for group, rows in together.items()]


def _group(group: str, rows: list[Entry]) -> Entry:
    label, icon, _names = GROUPS[group]
    return Entry("", str(label), icon, current=any(one.current for one in rows), inside=tuple(rows))


def place_of(viewer: Viewer) -> str:
    """Say where the viewer works: the institution with its team, the institution alone, or nothing."""
    permission = SEE_DISTRICT_NUMBERS if access.may(viewer, SEE_DISTRICT_NUMBERS) else SEE_TEAM_NUMBERS
    if permission == SEE_DISTRICT_NUMBERS:
        return gettext("The whole district")
    teams = list(access.open_teams_for(viewer, permission))
    institutions = {named(team.institution) for team in teams}
    if len(institutions) != 1:
        return ""
    place = institutions.pop()
    return f"{place} · {named(teams[0])}" if len(teams) == 1 else place
