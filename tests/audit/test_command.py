"""`./jinxiu audit`: what it prints and with which code it ends."""

import argparse
import contextlib
from pathlib import Path

import pytest

from jinxiu.cli import audit
from jinxiu.cli.problems import BadInput
from tests.audit.conftest import Tamper
from tests.audit.test_chain import closed, small_blocks, write

__all__ = ["closed", "small_blocks"]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the test's database."""
    monkeypatch.setattr(audit, "database", lambda args, must_exist: contextlib.nullcontext())


def verify(anchors: Path | None = None) -> int:
    return audit.run_verify(argparse.Namespace(anchors=anchors))


def test_a_whole_trail_is_closed_to_its_end(closed: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    assert verify() == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "The trail is whole: 10 lines in 4 blocks."
    assert said[1].startswith(f"jinxiu-audit 4 {closed[-1] + 2} ")


def test_the_first_broken_line_is_named_with_its_times(
    closed: list[int], tamper: Tamper, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper("UPDATE audit_auditentry SET at = '2026-03-04 05:06:07+00' WHERE id IN (%s, %s)", closed[3], closed[5])
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[4])
    assert verify() == 3
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["The trail is broken.", said[1]]
    assert said[1].startswith(f"  Line {closed[3]} (block 2) was changed after it was closed. It stood between ")
    assert (
        said[2] == f"  Line {closed[4]} (block 2) is gone. "
        "It stood between 2026-03-04 13:06:07+08:00 and 2026-03-04 13:06:07+08:00."
    )


def test_a_broken_trail_is_not_closed_any_further(closed: list[int], tamper: Tamper) -> None:
    write(1)
    tamper("DELETE FROM audit_auditentry WHERE id = %s", closed[0])
    assert (verify(), verify()) == (3, 3)


def test_many_broken_lines_are_counted(
    closed: list[int], tamper: Tamper, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_SHOWN", 2)
    tamper("DELETE FROM audit_auditentry")
    assert verify() == 3
    assert "  … and 6 more." in capsys.readouterr().out


def test_kept_anchors_are_compared(
    closed: list[int], tamper: Tamper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "anchors.txt"
    audit.run_anchor(argparse.Namespace())
    kept.write_text(f"# kept by the auditor\n{capsys.readouterr().out}", encoding="utf-8")
    assert verify(kept) == 0
    assert "It agrees with 1 anchors." in capsys.readouterr().out
    tamper("DELETE FROM audit_auditblock WHERE number = 3")
    assert verify(kept) == 3
    assert "Block 3 is gone: its anchor was kept" in capsys.readouterr().out


def test_a_file_without_anchors_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="cannot be read as text"):
        verify(wrong)
    wrong.write_text("jinxiu-audit one two", encoding="utf-8")
    with pytest.raises(BadInput, match="holds no anchor"):
        verify(wrong)


def test_without_lines_there_is_no_anchor(db: None) -> None:
    with pytest.raises(BadInput, match="no lines that could be closed yet"):
        audit.run_anchor(argparse.Namespace())
