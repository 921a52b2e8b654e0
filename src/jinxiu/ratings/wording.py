"""How ratings are told."""

from __future__ import annotations

from django.utils.translation import get_language

from jinxiu.standards.codes import installed


def title_of(kind: str) -> str:
    """A kind of service as people say it."""
    return installed().name("events", kind, get_language() or "")
