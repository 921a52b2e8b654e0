"""Words of the manager's page: its parts, groups, states and periods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import wording as agreements
from jinxiu.agreements.queries import catalogue
from jinxiu.familydoctor.managing import rules
from jinxiu.ui.templatetags.jinxiu import day_text

MANAGING = _("Signing and service")
PARTS: dict[str, str | Promise] = {
    rules.COVERAGE: _("Who is signed"),
    rules.EXPIRING: _("Agreements that end soon"),
    rules.CHANGES: _("Transfers and early ends"),
    rules.LOAD: _("Load of the doctors"),
    rules.KEPT: _("What was kept of what is promised"),
    rules.RENEWAL: _("Renewals"),
}
ELSEWHERE = _("Elsewhere, or without an address")
GROUPS: dict[str, str | Promise] = {
    rules.ALL: _("everybody"),
    rules.PRIORITY: _("all priority groups"),
    **agreements.GROUPS,
    "tb": _("people with tuberculosis"),
    "mental": _("people with a severe mental disorder"),
}
STATES: dict[str, str | Promise] = {
    rules.SIGNED: _("Signed"),
    rules.UNSIGNED: _("Not signed"),
    rules.OPEN: _("No new one yet"),
    rules.RENEWED: _("Renewed"),
    rules.LAPSED: _("Not renewed"),
    rules.CAME: _("Came from another team"),
    rules.LEFT: _("Went to another team"),
    rules.ENDED: _("Ended early"),
    rules.WHOLE: _("All done"),
    rules.SOME: _("Part done"),
    rules.NOTHING: _("Nothing done"),
}
PERIODS: dict[str, str | Promise] = {
    "this_year": _("This year"),
    "twelve_months": _("Twelve months"),
    "quarter": _("Three months"),
    "month": _("This month"),
}


def capital(words: str | Promise) -> str:
    """The words as a row begins with them."""
    text = str(words)
    return text[:1].upper() + text[1:]


def key_title(part: str, key: str, today: date) -> str:
    """Name what a number is about beside its state: the group, the week, the reason, the item of a package."""
    if not key:
        return ""
    if part == rules.COVERAGE:
        return capital(GROUPS[key])
    if part == rules.EXPIRING:
        first, last = list(rules.weeks(today))[int(key)]
        return span(first, last, today)
    if part == rules.CHANGES:
        return capital(agreements.REASONS[key])
    return gettext("All items together") if key == rules.ALL else item_title(key)


def is_key(part: str, key: str, today: date) -> bool:
    """Tell whether a number of a page can be about this; without any it is about all together."""
    known: dict[str, Iterable[str]] = {
        rules.COVERAGE: GROUPS,
        rules.EXPIRING: ("", *(str(number) for number, _week in enumerate(rules.weeks(today)))),
        rules.CHANGES: ("", *agreements.REASONS),
    }
    if part == rules.KEPT:
        return key == rules.ALL or "/" in key
    return key in known.get(part, ("",))


def item_title(key: str) -> str:
    """The title of an item ("package/item"); its key where it is no longer installed."""
    package_key, _slash, code = key.partition("/")
    package = catalogue().package(package_key)
    item = next((one for one in package.items if one.code == code), None) if package else None
    return item.title.language(get_language() or "") if item else key


def package_title(key: str) -> str:
    """The title of an item's package."""
    package = catalogue().package(key.partition("/")[0])
    return package.title.language(get_language() or "") if package else ""


def span(first: date, last: date, today: date) -> str:
    """From a day to a day, in words."""
    if first == last:
        return day_text(first, today)
    return gettext("%(first)s to %(last)s") % {"first": day_text(first, today), "last": day_text(last, today)}


def percent_text(value: float | None) -> str:
    """Write a share: "62.3 %", or a dash of nothing."""
    return "–" if value is None else f"{value:.1f} %"


def ahead(today: date) -> str:
    """The days in which expiring agreements are looked for."""
    return span(today, today + timedelta(days=rules.WEEKS_AHEAD), today)
