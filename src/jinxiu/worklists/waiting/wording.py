"""What waits for a doctor, in words."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import get_language

from jinxiu.standards import codes, explain
from jinxiu.standards.model import URGENT
from jinxiu.worklists.cards import short_title
from jinxiu.worklists.standards import standard_of
from jinxiu.worklists.waiting.queries import Waiting


@dataclass(frozen=True, slots=True)
class Line:
    """One contact that waits: whose, recorded when and by whom, what is suggested and why, where to look at it."""

    name: str
    url: str
    on: date
    by: str
    what: str
    classification: str
    why: str
    is_urgent: bool


def line(one: Waiting, today: date) -> Line:
    """Lay out one contact in the active language."""
    language = get_language() or ""
    standard = standard_of(one.standard, one.version)
    return Line(
        name=one.name,
        url=reverse("followup", args=[one.person_id, one.contact_id]),
        on=one.happened_on,
        by=(one.by_en if language.startswith("en") else "") or one.by,
        what=short_title(standard) if standard else one.standard,
        classification=codes.installed().name("classifications", one.classification, language),
        why=explain.sentence(standard, one, language, today) if standard else "",
        is_urgent=one.urgency >= URGENT,
    )
