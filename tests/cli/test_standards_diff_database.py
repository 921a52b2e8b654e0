"""`./jinxiu standards diff` on what the installation's own database holds."""

import argparse
import contextlib
import re
from pathlib import Path

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.cli import change
from jinxiu.worklists.models import DueItem
from tests.cli.test_standards_diff import SHIPPED
from tests.town import TODAY, Town, town  # noqa: F401 - the fixture

TAKEN_UP = "hypertension-2017.1"


def diff(capsys: pytest.CaptureFixture[str], new: Path, *, people: bool = False) -> str:
    asked = {"old": TAKEN_UP, "new": str(new), "facts": None, "on": TODAY, "language": "en", "words": False}
    assert change.run(argparse.Namespace(**asked, people=people)) == 0
    return capsys.readouterr().out


@pytest.fixture
def stricter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The standard with a limit that fewer readings meet; the command finds the test's database open."""
    monkeypatch.setattr(change, "database", lambda args, must_exist: contextlib.nullcontext())
    file = tmp_path / "stricter.yaml"
    words = SHIPPED.read_text(encoding="utf-8").replace('version: "2017.1"', 'version: "mine"')
    file.write_text(words.replace("value: 140", "value: 120").replace("{65: 150}", "{65: 120}"), encoding="utf-8")
    return file


def test_the_people_of_the_database_are_counted(
    town: Town,  # noqa: F811 - the fixture
    stricter: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = AuditEntry.objects.count(), DueItem.objects.count()
    told = diff(capsys, stricter)
    assert f"As if both were in force on {TODAY}:" in told
    assert "such as" not in told
    rows = [line.split() for line in told.splitlines()]
    assert ["Next", "contact", "[followup]", "overdue", "1", "2", "1", "0"] in rows
    assert (AuditEntry.objects.count(), DueItem.objects.count()) == before, "it only asks"

    named = re.findall(r"such as ([0-9, ]+)", diff(capsys, stricter, people=True))
    ids = {int(one) for few in named for one in few.split(", ")}
    assert ids
    assert ids <= {person.pk for person in town.people}
    line = AuditEntry.objects.order_by("-pk")[0]
    assert AuditEntry.objects.count() == before[0] + 1
    assert (line.action, line.detail["people"], line.role) == ("people.printed", len(ids), "operator")
    assert line.detail["command"].startswith(f"standards diff {TAKEN_UP} ")
