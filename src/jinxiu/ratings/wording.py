"""How ratings are told."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jinxiu.standards.codes import installed

RATINGS = _("Ratings")
BY_PHONE = _("Ask by phone")


def title_of(kind: str) -> str:
    """A kind of service as people say it."""
    return installed().name("events", kind, get_language() or "")
