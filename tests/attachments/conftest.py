"""Documents of the named town's people; their files are read in this process, which is quicker than one for each."""

import pytest

from jinxiu.attachments import actions
from jinxiu.attachments.examine import examine
from tests.kernel.conftest import _emptied_at_the_end, _in_english, committed_town
from tests.town import town

__all__ = ["_emptied_at_the_end", "_in_english", "committed_town", "town"]


@pytest.fixture
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "read", examine)
