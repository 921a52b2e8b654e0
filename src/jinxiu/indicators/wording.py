"""Words about figures: months, shares, groups and the parts of a denominator."""

from datetime import date

from django.utils import dateformat
from django.utils.translation import get_language, gettext

from jinxiu.indicators.queries import Group
from jinxiu.indicators.rules import EXCEPTION, EXCLUSION, NUMERATOR, OTHER, Figure
from jinxiu.people.wording import named
from jinxiu.standards.measures.model import Measure


def month_text(month: date) -> str:
    """Write the month: "November 2026"."""
    return dateformat.format(month, gettext("F Y"))


def percent_text(figure: Figure) -> str:
    """Write the share: "62.3 %", or a dash of nothing."""
    return "–" if figure.percent is None else f"{figure.percent:.1f} %"


def share_text(figure: Figure) -> str:
    """Write how many of how many: "123 of 198"."""
    return gettext("%(counted)s of %(of)s") % {"counted": f"{figure.counted:,}", "of": f"{figure.of:,}"}


def group_name(group: Group) -> str:
    """The team's or institution's name; those who have none."""
    return named(group.thing) if group.thing else gettext("Without a team")


def part_title(measure: Measure, part: str) -> str:
    """What the people of a part have in common; what is missing of them is a fact of the measure, by its own title."""
    titles = {
        NUMERATOR: gettext("Reached"),
        OTHER: gettext("Not reached"),
        EXCLUSION: gettext("Left out by an exclusion"),
        EXCEPTION: gettext("Left out by an exception"),
    }
    if part in titles:
        return titles[part]
    return measure.fact(part).title.language(get_language() or "")
