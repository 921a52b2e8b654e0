"""Words of a change of a person's data: what the parts are called and how their values are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.correcting import rules
from jinxiu.people.correcting.forms import PHONE_USES, REASONS
from jinxiu.people.wording import DOCUMENTS
from jinxiu.ui.templatetags.jinxiu import day_text

FIELDS: dict[str, Promise] = {
    "name": _("Name"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
    "address": _("Home address"),
    "identifiers": _("Numbers"),
    "phones": _("Phones"),
    "died_on": _("Died on"),
    "left_on": _("Moved away on"),
}
_SEXES: dict[str, Promise] = {"M": _("male"), "F": _("female"), "U": _("unknown")}
_REASONS: dict[str, Promise] = {
    **REASONS,
    rules.IMPORT: _("an import"),
    "merge": _("two records merged"),
    "unmerge": _("two records taken apart again"),
    "moved": _("moved away"),
    "died": _("died"),
    "came_back": _("came back"),
    "taken_back": _("recorded by mistake"),
}


def reason_words(reason: str) -> str:
    """Why somebody's data changed, in words."""
    return str(_REASONS.get(reason, reason))


def value_words(field: str, data: rules.Data) -> str:
    """One part of a version's data as a reader sees it; "–" for nothing."""
    return _written(field, data.get(field), str(data.get("place") or "")) or "–"


def _written(field: str, value: Any, place: str) -> str:
    if field == "sex":
        return str(_SEXES.get(value, ""))
    if field in ("birth_date", "died_on", "left_on"):
        return day_text(date.fromisoformat(value)) if value else ""
    if field == "address":
        return str(value) if place in (value or "") else f"{place} {value or ''}".strip()
    if field == "identifiers":
        return gettext("; ").join(f"{DOCUMENTS.get(kind, kind)} {masked}" for kind, masked in value or ())
    if field == "phones":
        uses = dict(PHONE_USES)
        return gettext("; ").join(f"{uses.get(use, use)} {masked}" for use, masked in value or ())
    return str(value or "")
