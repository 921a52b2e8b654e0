"""How long things are kept: never shorter than the law asks, each with its source."""

import argparse
import contextlib
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from jinxiu.audit.models import AuditEntry
from jinxiu.cli import audit
from jinxiu.oversight.queries import oldest
from jinxiu.oversight.rules import retentions
from jinxiu.standards.days import months_after
from tests.town import Town


def test_each_is_kept_as_long_as_the_law_asks_and_says_why_in_both_languages() -> None:
    known = {one.code: one for one in retentions()}
    assert known["records"].months >= 15 * 12
    assert known["trail"].months >= 3 * 12 > known["trail"].law_months >= 6
    for one in known.values():
        for text in (one.title, one.counted_from, one.source):
            assert set(text) == {"zh", "en"}
            assert all(text.values())


def test_a_shorter_time_than_the_laws_is_refused(tmp_path: Path) -> None:
    text = Path(audit.__file__).parents[1].joinpath("oversight/retention.yaml").read_text(encoding="utf-8")
    shorter = tmp_path / "retention.yaml"
    shorter.write_text(text.replace("  months: 36", "  months: 5"), encoding="utf-8")
    with pytest.raises(ValueError, match="trail is kept for 5 months; the law asks for 6"):
        retentions(shorter)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-11-25", 180, "2041-11-25"),
        ("2024-02-29", 36, "2027-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
    ],
)
def test_months_are_counted_by_the_calendar(day: str, months: int, later: str) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(later)


def test_the_first_day_is_that_of_whoever_was_not_seen_longest(town: Town) -> None:
    since = oldest()
    assert since["records"] is not None
    assert since["records"] < date(2026, 8, 20), "Chen's last visit was later; somebody else's was longer ago"
    assert since["trail"] == timezone.localdate(AuditEntry.objects.earliest("at").at)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "《网络安全法》（2017年文本第二十一条）"), ("en", "Cybersecurity Law (art. 21 of the text of 2017)")],
)
def test_the_command_prints_times_and_sources(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    monkeypatch.setattr(audit, "database", lambda args, must_exist: contextlib.nullcontext())
    assert audit.run_retention(argparse.Namespace(lang=language)) == 0
    said = capsys.readouterr().out
    assert "15 years" in said
    assert "6 months" in said
    assert words in said
    assert "past their time" in said


def test_nothing_yet_is_free_from_no_day(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "database", lambda args, must_exist: contextlib.nullcontext())
    assert oldest() == {"records": None, "trail": None}
    assert audit.run_retention(argparse.Namespace(lang="en")) == 0
    assert "Nothing is deleted by itself." in capsys.readouterr().out
