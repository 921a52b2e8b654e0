"""Unsafe installations are told so; a safe one hears nothing."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jinxiu.config import checks
from jinxiu.people.keys.secrets import Secrets
from jinxiu.worklists import standards
from jinxiu.worklists.models import EvaluationRun
from tests.town import TODAY, Town

_ABROAD = {
    "ALLOWED_HOSTS": ["jinxiu.example.cn"],
    "JINXIU_HTTPS": True,
    "JINXIU_PROXY": True,
    "DEBUG": False,
}


def ids(messages: list[Any]) -> list[str]:
    assert all(message.hint or message.id == "jinxiu.E009" for message in messages), "each says what to do"
    return [message.id for message in messages]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"DEBUG": True}, ["jinxiu.E001"]),
        ({"JINXIU_HTTPS": False}, ["jinxiu.E002"]),
        ({"ALLOWED_HOSTS": ["*"]}, ["jinxiu.E003"]),
        ({"JINXIU_PROXY": False}, ["jinxiu.W004"]),
        ({"ALLOWED_HOSTS": ["localhost"], "DEBUG": True, "JINXIU_HTTPS": False}, []),
    ],
)
def test_hosts(settings: Any, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], found: list[str]) -> None:
    monkeypatch.delenv("JINXIU_TODAY", raising=False)
    for name, value in (_ABROAD | change).items():
        setattr(settings, name, value)
    assert ids(checks.check_hosts(None)) == found


def test_a_pinned_day_is_for_demonstrations(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINXIU_TODAY", "2026-11-25")
    for name, value in _ABROAD.items():
        setattr(settings, name, value)
    assert ids(checks.check_hosts(None)) == ["jinxiu.W005"]


@pytest.mark.parametrize(("mode", "found"), [(0o600, []), (0o640, ["jinxiu.E006"]), (0o604, ["jinxiu.E006"])])
def test_the_keys_are_for_their_owner(settings: Any, tmp_path: Path, mode: int, found: list[str]) -> None:
    settings.JINXIU_DATA = tmp_path
    assert checks.check_keys(None) == []
    (tmp_path / "secrets.json").touch()
    os.chmod(tmp_path / "secrets.json", mode)
    assert ids(checks.check_keys(None)) == found


@pytest.mark.parametrize(
    ("host", "sslmode", "found"),
    [
        ("/run/postgresql", None, []),
        ("", None, []),
        ("127.0.0.1", None, []),
        ("db.example.cn", "verify-full", []),
        ("db.example.cn", "require", ["jinxiu.W007"]),
        ("db.example.cn", None, ["jinxiu.W007"]),
    ],
)
def test_the_way_to_the_database(settings: Any, host: str, sslmode: str | None, found: list[str]) -> None:
    options = {"sslmode": sslmode} if sslmode else {}
    settings.DATABASES = {"default": {"HOST": host, "OPTIONS": options}}
    assert ids(checks.check_way_to_database(None)) == found


def test_a_broken_standard_is_named_with_its_line(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("id: broken\nverson: 1\n")
    settings.JINXIU_STANDARDS = [tmp_path]
    standards.catalogue.cache_clear()
    try:
        found = checks.check_standards(None)
    finally:
        settings.JINXIU_STANDARDS = []
        standards.catalogue.cache_clear()
    assert "jinxiu.E008" in ids(found)
    assert any("broken.yaml:2" in message.msg for message in found)


def test_other_keys_than_the_databases(town: Town, settings: Any) -> None:
    assert checks.check_keys_fit(None, databases=["default"]) == []
    settings.JINXIU_SECRETS = Secrets(django_secret_keys=("x",), identifier_keys=(b"k" * 32,), index_key=b"k" * 32)
    assert ids(checks.check_keys_fit(None, databases=["default"])) == ["jinxiu.E009"]
    assert checks.check_keys_fit(None) == []


# --- every answer -----------------------------------------------------------------------------------------------------


def test_health_says_when_and_nothing_of_people(town: Town, client: Client) -> None:
    assert client.get("/health").json() == {"status": "ok", "evaluated_for": None, "evaluated_at": None}
    EvaluationRun.objects.create(
        as_of=TODAY, started_at="2026-11-25T00:05+08:00", finished_at="2026-11-25T00:06+08:00", seconds=60
    )
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["evaluated_for"] == "2026-11-25"


def test_every_answer_is_guarded_and_has_an_id_of_its_own(db: None, client: Client) -> None:
    first = client.get("/account/login/", headers={"X-Request-ID": "chosen-outside"})
    second = client.get("/account/login/")
    policy = first["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (first["X-Frame-Options"], first["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "no-store" in first["Cache-Control"]
    assert len({first["X-Request-ID"], second["X-Request-ID"], "chosen-outside"}) == 3
