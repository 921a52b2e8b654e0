"""The tests of ratings stand in the named town."""

from tests.kernel.conftest import _in_english
from tests.town import town

__all__ = ["_in_english", "town"]
