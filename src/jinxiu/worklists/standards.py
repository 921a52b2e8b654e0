"""The standards in force, read once in a process."""

from datetime import date
from functools import cache

from django.conf import settings

from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.model import Standard


@cache
def catalogue() -> Catalogue:
    """All standards of this installation. Raises StandardError when one of them cannot be read."""
    return Catalogue.load(*settings.JINXIU_STANDARDS)


def in_force(day: date) -> tuple[Standard, ...]:
    """The standards that hold on a day, one version of each."""
    return catalogue().in_force(day)


def standard_of(standard_id: str, version: str) -> Standard | None:
    """The version that a due item was made by; None when it is no longer installed."""
    return catalogue().version(standard_id, version)
