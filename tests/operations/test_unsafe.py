"""`./jinxiu serve` does not serve health data through an open door, and says how to close it."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import jinxiu
from tests.cli.test_commands import free_port


@pytest.mark.parametrize(
    ("environment", "sentences"),
    [
        ({"JINXIU_HOSTS": "jinxiu.example.cn", "JINXIU_DEBUG": "1"}, ["JINXIU_DEBUG shows programmers' pages"]),
        ({"JINXIU_HOSTS": "jinxiu.example.cn", "JINXIU_HTTPS": "0"}, ["Passwords and health data would travel"]),
        ({"JINXIU_HOSTS": "*"}, ["JINXIU_HOSTS is *", "Warning: JINXIU_PROXY is not set", "Write the names"]),
    ],
)
def test_an_open_door_is_not_opened(district: Path, environment: dict[str, str], sentences: list[str]) -> None:
    done = jinxiu("serve", "--port", str(free_port()), "--data", district, **environment)
    assert done.returncode == 2
    assert "Serving" not in done.stderr
    for sentence in sentences:
        assert sentence in done.stderr


def test_keys_that_others_can_read(district: Path) -> None:
    keys = district / "secrets.json"
    os.chmod(keys, 0o644)
    try:
        done = jinxiu("serve", "--port", str(free_port()), "--data", district)
    finally:
        os.chmod(keys, 0o600)
    assert done.returncode == 2
    assert f"Others on this machine can read the keys in {keys}. chmod 600 {keys}" in done.stderr


def test_a_token_that_is_no_secret(district: Path) -> None:
    done = jinxiu("serve", "--port", str(free_port()), "--data", district, JINXIU_METRICS_TOKEN="short")
    assert (done.returncode, "JINXIU_METRICS_TOKEN is too short" in done.stderr) == (2, True)
