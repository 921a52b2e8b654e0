"""A command that shows people out of the database leaves a line in the trail: who typed it, what, of how many."""

import argparse
import contextlib
import getpass
import json
from types import ModuleType

import pytest

from jinxiu.audit.models import AuditEntry
from jinxiu.cli import due, duplicates, explain
from tests.town import TODAY, Town, town  # noqa: F401 - the fixture


def test_what_the_operator_prints_stands_in_the_trail(
    town: Town,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def line(command: ModuleType, **asked: object) -> AuditEntry:
        monkeypatch.setattr(command, "database", lambda args, must_exist: contextlib.nullcontext())
        before = AuditEntry.objects.count()
        assert command.run(argparse.Namespace(**asked)) == 0
        assert AuditEntry.objects.count() == before + 1
        entry = AuditEntry.objects.order_by("-pk")[0]
        assert (entry.actor_id, entry.actor_name, entry.role) == (None, getpass.getuser(), "operator")
        return entry

    entry = line(due, as_of=TODAY, team="lx-1", standard="hypertension", format="json", lang="zh")
    people = {row["person_id"] for row in json.loads(capsys.readouterr().out)}
    assert people
    assert (entry.action, entry.person_id) == ("people.printed", None)
    assert entry.detail == {
        "command": f"due --as-of {TODAY} --team lx-1 --standard hypertension",
        "people": len(people),
    }

    entry = line(explain, person=str(town.li.pk), standard=None, as_of=TODAY, lang="en")
    assert (entry.action, entry.person_id, entry.purpose) == ("person.explained", town.li.pk, "command")

    entry = line(duplicates, limit=100, format="table")
    assert (entry.action, entry.detail["command"]) == ("people.printed", "duplicates")
