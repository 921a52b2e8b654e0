"""The night keeps the trail's anchor outside of the database, and a trail that was cut back or closed anew is found."""

import argparse
import contextlib
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from jinxiu.audit import actions as trail
from jinxiu.audit import anchors
from jinxiu.audit.models import AuditBlock, AuditEntry
from jinxiu.audit.queries import last_block
from jinxiu.cli import audit, night
from tests.audit.conftest import Tamper
from tests.audit.test_chain import closed, small_blocks, write

__all__ = ["closed", "small_blocks"]
FIRST, SECOND = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> None:
    """The command works on the test's database, and the night keeps its anchors in a directory of the test."""
    monkeypatch.setattr(audit, "database", lambda args, must_exist: contextlib.nullcontext())
    settings.JINXIU_ANCHORS = tmp_path / "anchors"


def verify(path: Path) -> int:
    return audit.run_verify(argparse.Namespace(anchors=path))


def test_each_day_has_its_file_and_one_night_twice_adds_nothing(closed: list[int], tmp_path: Path) -> None:
    night.keep_anchor(FIRST)
    night.keep_anchor(FIRST)
    write(1)
    night.keep_anchor(SECOND)
    kept = {path.name: path.read_text().splitlines() for path in (tmp_path / "anchors").iterdir()}
    assert {name: len(lines) for name, lines in kept.items()} == {"2026-11-24.txt": 1, "2026-11-25.txt": 1}
    last = last_block()
    assert last
    assert kept["2026-11-25.txt"] == [anchors.anchor_of(last)]
    found = anchors.last_kept(tmp_path / "anchors")
    assert found
    assert found.block == last.number
    assert verify(tmp_path / "anchors") == 0


def test_a_trail_that_was_cut_back_is_found(
    closed: list[int], tamper: Tamper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night.keep_anchor(FIRST)
    last = last_block()
    assert last
    tamper("DELETE FROM audit_auditentry WHERE id > %s", last.after_id)
    tamper("DELETE FROM audit_auditblock WHERE number = %s", last.number)
    assert verify(tmp_path / "anchors") == 3
    assert f"Block {last.number} is gone: its anchor was kept" in capsys.readouterr().out


def test_a_chain_closed_anew_is_found_although_the_next_night_kept_it(
    closed: list[int], tamper: Tamper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night.keep_anchor(FIRST)
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[1])
    tamper("DELETE FROM audit_auditblock")
    while AuditBlock.objects.count() < 3 and trail.close_block(wait=0):
        pass
    night.keep_anchor(SECOND)
    assert verify(tmp_path / "anchors") == 3
    assert "has another fingerprint than its anchor" in capsys.readouterr().out


def test_every_check_is_a_line_of_the_trail(closed: list[int], tamper: Tamper, tmp_path: Path) -> None:
    night.keep_anchor(FIRST)
    assert verify(tmp_path / "anchors") == 0
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[0])
    assert verify(tmp_path / "anchors") == 3
    lines = AuditEntry.objects.filter(action__in=["trail.verified", "trail.broken"]).order_by("pk")
    assert [(line.action, line.detail["findings"], line.detail["anchors"]) for line in lines] == [
        ("trail.verified", 0, 1),
        ("trail.broken", 1, 1),
    ]


def test_a_place_that_cannot_be_written_does_not_undo_the_night(
    closed: list[int], tmp_path: Path, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("here is no directory")
    settings.JINXIU_ANCHORS = tmp_path / "file" / "anchors"
    night.keep_anchor(FIRST)
    assert "could not be kept" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"jinxiu-audit one two\n"])
def test_without_a_readable_anchor_none_is_the_last(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "2026-11-24.txt").write_bytes(content)
    assert anchors.last_kept(tmp_path) is None
