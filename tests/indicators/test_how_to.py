"""The example of docs/how-to/add-a-measure.md is read, stored, and shown with its people's reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jinxiu.indicators import actions
from jinxiu.indicators.models import StoredFigure
from jinxiu.standards.measures.catalogue import Measures
from tests.town import TODAY, Town

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-measure.md"


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_the_example_of_the_page_is_counted(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "pressure_measured.yaml").write_text(example, encoding="utf-8")
    measures = Measures.load(tmp_path / "pressure_measured.yaml")
    monkeypatch.setattr(actions, "installed", lambda: measures)
    actions.refresh(month=TODAY, today=TODAY)
    row = StoredFigure.objects.get(team=town.team1)
    assert row.people == {"numerator": [town.chen.pk, town.wu.pk], "not_measured": [town.li.pk]}
    assert row.period_start.isoformat() == "2026-10-01"
