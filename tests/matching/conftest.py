"""Two records of one person are tested in the named town."""

import pytest

from jinxiu.people.models import Person
from tests.kernel.conftest import _emptied_at_the_end, committed_town
from tests.matching.twice import second_li
from tests.town import Town, town

__all__ = ["_emptied_at_the_end", "committed_town", "town"]


@pytest.fixture
def again(town: Town) -> Person:
    """A second record of Li Xiulan, with care of its own."""
    return second_li(town)
