"""The night stores the figures from the facts of its worklists; that it cannot takes no worklist back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from jinxiu.cli.demo import store_earlier_months
from jinxiu.cli.night import evaluate_database
from jinxiu.indicators import actions
from jinxiu.indicators.models import StoredFigure
from jinxiu.people.models import Restriction
from jinxiu.standards.measures.catalogue import Measures, installed
from jinxiu.worklists.models import EvaluationRun
from tests.town import TODAY, Town

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    settings.JINXIU_ANCHORS = tmp_path
    few = Measures(one for one in installed().all() if one.id == "hypertension_controlled")
    monkeypatch.setattr(actions, "installed", lambda: few)


def test_the_night_stores_the_month_under_its_run(town: Town) -> None:
    assert evaluate_database(TODAY) == TODAY
    (run,) = EvaluationRun.objects.all()
    assert set(StoredFigure.objects.values_list("run", "month")) == {(run.pk, TODAY.replace(day=1))}


def test_figures_that_fail_leave_the_worklists_as_the_night_made_them(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(actions, "measure_rows", lambda *_: 1 / 0)
    assert evaluate_database(TODAY) == TODAY
    assert EvaluationRun.objects.get().finished_at is not None
    assert not StoredFigure.objects.exists()
    assert "what is due stands" in capsys.readouterr().err


def test_a_new_demo_shows_the_months_before_too(town: Town) -> None:
    store_earlier_months()
    assert set(StoredFigure.objects.values_list("month", flat=True)) == {date(2026, month, 1) for month in (8, 9, 10)}


def test_whose_use_of_data_is_restricted_is_not_counted(town: Town) -> None:
    Restriction.objects.create(
        person=town.wu, kind="care_only", reason="asked", start_at="2026-11-01T00:00:00+08:00", made_by=town.wang
    )
    evaluate_database(TODAY)
    row = StoredFigure.objects.get(team=town.team1)
    assert row.people == {"numerator": [town.li.pk], "other": [town.chen.pk]}
