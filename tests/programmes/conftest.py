"""Programmes are tested in the named town."""

from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.town import town

__all__ = ["_emptied_at_the_end", "committed_town", "town"]
