"""The standards in force, read once in a process."""

from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from jinxiu.evidence.sheltered import sheltered
from jinxiu.people.access import Viewer, may
from jinxiu.people.roles import SEE_SHELTERED
from jinxiu.standards.catalogue import Catalogue
from jinxiu.standards.model import Standard


@cache
def catalogue() -> Catalogue:
    """All standards of this installation. Raises StandardError when one of them cannot be read."""
    return Catalogue.load(*settings.JINXIU_STANDARDS)


def in_force(day: date) -> tuple[Standard, ...]:
    """The standards that hold in this district on a day, one version of each."""
    return tuple(standard for standard in catalogue().in_force(day) if _is_taken_up(standard))


def _is_taken_up(standard: Standard) -> bool:
    """A district's own standards hold; of the shipped ones those that it has taken up."""
    shipped = Path(standard.file).parent == settings.JINXIU_STANDARDS[0]
    return not shipped or bool({standard.id, "all"} & set(settings.JINXIU_IN_FORCE))


def standard_of(standard_id: str, version: str) -> Standard | None:
    """The version that a due item was made by; None when it is no longer installed."""
    return catalogue().version(standard_id, version)


@cache
def sheltered_ids() -> frozenset[str]:
    """The standards of which only those who have the permission may know that they apply to somebody."""
    return frozenset(standard.id for standard in catalogue().all() if sheltered().covers(standard))


def shown_to(viewer: Viewer) -> tuple[Standard, ...]:
    """The standards in force today that this viewer's pages may name."""
    shown = in_force(viewer.today)
    if may(viewer, SEE_SHELTERED):
        return shown
    return tuple(standard for standard in shown if standard.id not in sheltered_ids())
