"""The tests of money stand in the named town, also in committed transactions."""

from tests.kernel.conftest import _emptied_at_the_end, _in_english, committed_town
from tests.town import town

__all__ = ["_emptied_at_the_end", "_in_english", "committed_town", "town"]
