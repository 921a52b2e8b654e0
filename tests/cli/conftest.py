"""Commands as a user runs them: in processes of their own, on data directories of their own."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jinxiu.cli.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
RESIDENTS = 100  # of the district


def command_environment(**changes: str) -> dict[str, str]:
    """The environment of a newcomer: nothing of ours is set, except what the test changes."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("JINXIU", "DATABASE_URL", "PG"))
    }
    for name in ("PYTEST_XDIST_WORKER", "PYTHONDONTWRITEBYTECODE"):  # the latter only makes each command slower
        inherited.pop(name, None)
    return {**inherited, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", **changes}


def jinxiu(*words: str | Path, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `./jinxiu WORDS` to its end, past the part that makes the virtual environment."""
    return subprocess.run(
        command_line(*words),
        env=command_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def command_line(*words: str | Path) -> list[str]:
    return [sys.executable, "-P", "-m", "jinxiu.cli", *map(str, words)]


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.02)


@contextlib.contextmanager
def new_data_dir() -> Iterator[Path]:
    """A directory that the server's own account can pass through, without a server when it is given back."""
    directory = Path(tempfile.mkdtemp(prefix="jinxiu-cli-"))
    directory.chmod(0o755)
    try:
        yield directory / "data"
    finally:
        _end_server(directory / "data")
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory that does not exist yet."""
    with new_data_dir() as directory:
        yield directory


@pytest.fixture(scope="module")
def district() -> Iterator[Path]:
    """A small district with accounts, judged, that the tests of one module may change."""
    with new_data_dir() as directory:
        # With its owners and permissions, as an operator copies a stopped server.
        subprocess.run(["cp", "-a", _built_district(), directory], check=True)
        yield directory


def _built_district() -> Path:
    """The district as the command builds it, once in a run, whichever worker needs it first."""
    built = Path(os.environ["JINXIU_DATA"]) / "district"
    with (built.parent / "district.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            done = jinxiu("demo", "--no-serve", "--residents", str(RESIDENTS), "--data", built, timeout=120)
            assert done.returncode == 0, done.stderr
    return built


def _end_server(directory: Path) -> None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = server_pid(directory)
        os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(Cluster.of(directory).sockets, ignore_errors=True)


def server_pid(directory: Path) -> int:
    return int((directory / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
