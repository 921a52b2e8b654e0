"""Tags and filters that every page uses: icons, marks of urgency, dates and numbers as people say them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from jinxiu.ui.marks import mark_for

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "icons"


@cache
def _drawing(name: str) -> str:
    """Return what stands inside the icon's <svg>; an unknown name raises FileNotFoundError where it is written."""
    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    return text[text.index(">") + 1 : text.rindex("</svg>")].strip()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a vendored icon in the text's colour; `label` makes it speak, without one it is silent decoration."""
    drawing = mark_safe(_drawing(name))  # noqa: S308 - a file of our own, checked by sha256
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" role="img" aria-label="{}">{}</svg>',
            label,
            drawing,
        )
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" focusable="false">{}</svg>',
        drawing,
    )


@register.simple_tag
def mark(item: Any, today: date, what: str = "") -> SafeString:
    """Show the mark of a thing with urgency, action, status and due_on; `what` follows it ("· Hypertension")."""
    shown = mark_for(urgency=item.urgency, action=item.action, status=item.status, due_on=item.due_on, today=today)
    tail = format_html(" · {}", what) if what else ""
    return format_html(
        '<span class="tag {}"><span aria-hidden="true">{}</span> {}{}</span>', shown.tone, shown.sign, shown.word, tail
    )


@register.filter
def day(value: date | None, today: date | None = None) -> SafeString | str:
    """Write a date as people say it: today, yesterday, tomorrow, "24 November", with the year if it is another."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value, today))


def day_text(value: date, today: date | None = None) -> str:
    """The words of `day`, for places that cannot hold markup."""
    if today is not None:
        near = {0: gettext("today"), -1: gettext("yesterday"), 1: gettext("tomorrow")}.get((value - today).days)
        if near:
            return near
        if value.year == today.year:
            return formats.date_format(value, "MONTH_DAY_FORMAT")
    return formats.date_format(value, "DATE_FORMAT")


@register.filter
def days_left(due_on: date, today: date) -> str:
    """Say how far a due day is: "3 days left", "due today", "overdue by 41 days"."""
    days = (due_on - today).days
    if days == 0:
        return gettext("due today")
    if days > 0:
        return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return ngettext("overdue by %(days)d day", "overdue by %(days)d days", -days) % {"days": -days}


@register.filter
def grouped(number: int | None) -> str:
    """Write a whole number with thousands apart: 90,000."""
    return "" if number is None else f"{number:,}"


@register.filter
def share(part: float, whole: float) -> str:
    """Return part of whole as the percentage that an SVG bar takes as its width, "0%" for an empty whole."""
    return f"{100 * part / whole:.1f}%" if whole else "0%"
