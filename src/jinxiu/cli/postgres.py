"""The embedded PostgreSQL: one cluster in the data directory, shared by all jinxiu commands that run at the same time.

Every command holds a shared lock while it uses the server; the last one to leave stops it. Locks vanish with their
process, so a killed command leaves at worst a running server, which the next command joins and stops when it leaves.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from jinxiu.cli.problems import Problem
from jinxiu.cli.server_binaries import Server, can_reach, find_server, missing_library

_PORT = 5432  # of the socket's name only: the server listens on no network address
_SOCKET_PATH_LIMIT = 100  # bytes; the system allows 107 on Linux, 103 on macOS
_ROOM_FOR_A_NEW_CLUSTER = 150 * 2**20  # bytes: what an empty cluster and its first log segments take, twice over
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}

Say = Callable[[str], None]

_ATTEMPTS = 20  # half a second apart: how long the helpers of a killed server may take to notice

_children: dict[int, subprocess.Popen[bytes]] = {}


class _StillInUse(Problem):
    """Helpers of a server that was killed have not ended yet."""


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True)
class Cluster:
    """Where the embedded server keeps its things, all derived from the data directory."""

    home: Path
    sockets: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data_dir: Path, throw_away: bool = False) -> "Cluster":
        """Name the places of the data directory's cluster; touches nothing."""
        home = Path(os.path.realpath(data_dir)) / "postgres"
        return cls(home, _socket_directory(home), {**_SETTINGS, **(_THROW_AWAY if throw_away else {})})

    @property
    def files(self) -> Path:
        """The server's own directory. It gets this name only when it is complete, so no half-made one is ever used."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def url(self) -> str:
        return f"postgres://jinxiu@{quote(str(self.sockets), safe='')}:{_PORT}/jinxiu"


@contextlib.contextmanager
def embedded(data_dir: Path, say: Say = _silent, throw_away: bool = False) -> Iterator[str]:
    """Run the data directory's own PostgreSQL, made on first use, and yield its DATABASE_URL.

    A server that another command started is joined. `throw_away` trades safety on a crash for speed (tests).
    Raises Problem with one sentence when the server cannot be had.
    """
    cluster = Cluster.of(data_dir, throw_away)
    _make_home(cluster)
    with _users_lock(cluster) as users:
        with _one_at_a_time(cluster, say):
            _ensure_running(cluster, say)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield cluster.url
        finally:
            _leave(cluster, users)


def _leave(cluster: Cluster, users: IO[str]) -> None:
    with _one_at_a_time(cluster, _silent):
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still works with it and will stop it
        _stop(cluster)


@contextlib.contextmanager
def _users_lock(cluster: Cluster) -> Iterator[IO[str]]:
    with (cluster.home / "users.lock").open("a") as users:
        yield users


@contextlib.contextmanager
def _one_at_a_time(cluster: Cluster, say: Say) -> Iterator[None]:
    with (cluster.home / "start.lock").open("a") as start:
        try:
            fcntl.flock(start, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another jinxiu command to start or stop the database …")
            fcntl.flock(start, fcntl.LOCK_EX)
        yield


def _make_home(cluster: Cluster) -> None:
    try:
        # Passing through is enough for the server's account; it cannot list or read what else is here.
        cluster.home.parent.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        cluster.home.mkdir(exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        for name in ("users.lock", "start.lock", cluster.log.name):
            (cluster.home / name).touch(mode=0o600)
    except OSError as error:
        raise Problem(_unwritable(cluster.home, error)) from error


def _unwritable(path: Path, error: OSError) -> str:
    if error.errno == 28:  # ENOSPC
        return _disk_full(path)
    return (
        f"The data directory {path} cannot be written ({error.strerror}); "
        "choose another one with --data DIR, or run as the user who made it."
    )


def _disk_full(path: Path) -> str:
    return f"The disk that holds {path} is full; free some space (1 GB is plenty for a demo) and run the same again."


# --- starting ---------------------------------------------------------------------------------------------------------


def _ensure_running(cluster: Cluster, say: Say) -> None:
    if _answers(cluster):
        return
    server = find_server(fallback=_programs_home(cluster), cluster=cluster.files)
    _refuse_unreachable(cluster, server)
    for left in cluster.home.glob("data.new-*"):  # by a command that was killed while it made the database
        shutil.rmtree(left, ignore_errors=True)
    if not cluster.files.exists():
        say("Making the database …")
        _create(cluster, server)
    _clear_stale_pid(cluster)
    _start(cluster, server, say)


def _programs_home(cluster: Cluster) -> Path:
    return Path("/var/lib/jinxiu") if os.access("/var/lib", os.W_OK) else cluster.home.parent


def _answers(cluster: Cluster) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(cluster.sockets / f".s.PGSQL.{_PORT}"))
        except OSError:
            return False
    return _state(cluster) == "ready"


def _state(cluster: Cluster) -> str:
    """The server's own word on how far it is: the eighth line of postmaster.pid; empty when there is none."""
    lines = _pid_file(cluster)
    return lines[7].strip() if len(lines) > 7 else ""


def _pid_file(cluster: Cluster) -> list[str]:
    try:
        return (cluster.files / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _refuse_unreachable(cluster: Cluster, server: Server) -> None:
    if server.account and not can_reach(server.account, cluster.home / "."):
        raise Problem(
            f"The database server runs as the user {server.account.name}, who may not enter {cluster.home.parent}; "
            "choose a data directory outside closed folders, for example --data /var/lib/jinxiu."
        )


def _create(cluster: Cluster, server: Server) -> None:
    _refuse_full_disk(cluster)
    # A name of its own each time: the killed command's helper may still be writing to the old one.
    half_made = Path(tempfile.mkdtemp(prefix="data.new-", dir=cluster.home))
    if server.account:
        os.chown(half_made, server.account.uid, server.account.gid)
    options = ["--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "--no-instructions"]
    if cluster.settings.get("fsync") == "off":
        options.append("--no-sync")
    _run(cluster, server, "initdb", [*options, f"--pgdata={half_made}"])
    _create_database(cluster, server, half_made)
    half_made.rename(cluster.files)


def _refuse_full_disk(cluster: Cluster) -> None:
    if shutil.disk_usage(cluster.home).free < _ROOM_FOR_A_NEW_CLUSTER:
        raise Problem(_disk_full(cluster.home))


def _create_database(cluster: Cluster, server: Server, files: Path) -> None:
    # The same role as on a real server: owner of its database, no superuser. The socket's folder is closed to others.
    statements = "CREATE ROLE jinxiu LOGIN CREATEDB;\n\nCREATE DATABASE jinxiu OWNER jinxiu;\n\n"
    _run(cluster, server, "postgres", ["--single", "-j", "-D", str(files), "postgres"], statements)


def _run(cluster: Cluster, server: Server, program: str, arguments: list[str], words: str = "") -> None:
    process = server.start(program, arguments, output=subprocess.PIPE, words=subprocess.PIPE)
    try:
        output, _ = process.communicate(words.encode())
    except BaseException:  # Ctrl-C: the program has a session of its own and would go on
        process.kill()
        process.wait()
        raise
    text = output.decode(errors="replace")
    if process.returncode or "ERROR:" in text or "FATAL:" in text:
        raise Problem(_explain(cluster, text))


def _start(cluster: Cluster, server: Server, say: Say) -> None:
    _make_socket_directory(cluster, server)
    for _attempt in range(_ATTEMPTS - 1):
        with contextlib.suppress(_StillInUse):
            return _start_once(cluster, server, say)
        time.sleep(0.5)
        _clear_stale_pid(cluster)
    return _start_once(cluster, server, say)


def _start_once(cluster: Cluster, server: Server, say: Say) -> None:
    settings = {**cluster.settings, "unix_socket_directories": str(cluster.sockets), "port": str(_PORT)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with cluster.log.open("ab") as log:
        began = log.tell()
        process = server.start("postgres", ["-D", str(cluster.files), *options], output=log)
    _children[process.pid] = process
    try:
        _wait_until_ready(cluster, process, began, say)
    except BaseException:
        process.send_signal(signal.SIGINT)
        _reap(process.pid)
        raise


def _wait_until_ready(cluster: Cluster, process: subprocess.Popen[bytes], log_from: int, say: Say) -> None:
    patience = time.monotonic() + 3
    while not (process.poll() is None and _pid_file(cluster)[:1] == [str(process.pid)] and _answers(cluster)):
        if process.poll() is not None:
            words = _log_since(cluster, log_from)
            raise (_StillInUse if "still in use" in words else Problem)(_explain(cluster, words))
        if time.monotonic() > patience:
            say("The database was not closed properly last time and is recovering …")
            patience = float("inf")
        time.sleep(0.02)


def _log_since(cluster: Cluster, start: int) -> str:
    with cluster.log.open("rb") as log:
        log.seek(start)
        return log.read().decode(errors="replace")


def _explain(cluster: Cluster, output: str) -> str:
    if sentence := missing_library(output):
        return sentence
    if "No space left on device" in output:
        return _disk_full(cluster.home)
    if "not compatible with this version" in output or "incompatible with server" in output:
        return f"The database in {cluster.home} was made by another version of PostgreSQL; choose another --data DIR."
    last = next((line for line in reversed(output.splitlines()) if "FATAL" in line or "error" in line.lower()), "")
    return f"The database server did not start ({last.strip() or 'no reason given'}); its log is {cluster.log}."


# --- the folder of the socket -----------------------------------------------------------------------------------------


def _socket_directory(home: Path) -> Path:
    """A short path of its own for each cluster: a socket's path has a hard limit that a data directory may exceed."""
    name = "jinxiu-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return next(place / name for place in _runtime_places() if _fits(place / name))


def _runtime_places() -> Iterator[Path]:
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.geteuid() != 0 and own and Path(own).is_dir() and Path(own).stat().st_uid == os.geteuid():
        yield Path(own)
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        yield Path("/run")
    yield Path("/tmp")  # noqa: S108 - the folder made in it is checked to be ours and closed to others


def _fits(place: Path) -> bool:
    return len(os.fsencode(place / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_LIMIT


def _make_socket_directory(cluster: Cluster, server: Server) -> None:
    # What a killed server left there would keep the next one from starting; no living one is here now.
    shutil.rmtree(cluster.sockets, ignore_errors=True)
    owner = server.account.uid if server.account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        cluster.sockets.mkdir(mode=0o700)
        if server.account:
            os.chown(cluster.sockets, server.account.uid, server.account.gid)
    found = cluster.sockets.lstat()
    if cluster.sockets.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
        raise Problem(f"The folder {cluster.sockets} belongs to somebody else or is open to others; remove it first.")


# --- stopping ---------------------------------------------------------------------------------------------------------


def _stop(cluster: Cluster) -> None:
    """Stop the server the quick and clean way: open sessions are ended, everything is written."""
    if pid := _pid(cluster):
        _end(pid)
    shutil.rmtree(cluster.sockets, ignore_errors=True)


def _end(pid: int) -> None:
    if _is_server(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    while _is_server(pid):
        time.sleep(0.02)
    _reap(pid)


def _pid(cluster: Cluster) -> int | None:
    first = (_pid_file(cluster) or [""])[0].strip()
    return int(first) if first.isdigit() else None


def _reap(pid: int) -> None:
    # Our own child stays behind as a zombie until it is waited for; the system waits for other commands' children.
    if child := _children.pop(pid, None):
        child.wait()


def _clear_stale_pid(cluster: Cluster) -> None:
    """Make way for a new server where an old one, or the command that was starting it, was killed.

    The pid file stays: by its other lines PostgreSQL sees whether the old server's helpers still use its memory. Only
    the number changes, to one that PostgreSQL takes for stale (its parent's): the old one may be another program's now.
    """
    pid = _pid(cluster)
    if pid is None:
        return
    _end(pid)  # a server that does not answer although nobody is starting it: its command was killed half-way
    with contextlib.suppress(FileNotFoundError), (cluster.files / "postmaster.pid").open("r+") as file:
        lines = file.read().splitlines()
        file.seek(0)
        file.truncate()
        file.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _is_server(pid: int) -> bool:
    """Tell whether the process is a living PostgreSQL."""
    if Path("/proc/self/stat").exists():
        try:
            name, _, rest = (Path(f"/proc/{pid}/stat").read_text()).partition("(")[2].rpartition(")")
        except OSError:
            return False
        return name == "postgres" and rest.split()[0] != "Z"
    listing = subprocess.run(
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = listing.stdout.strip().partition(" ")
    return command.strip().endswith("postgres") and not state.startswith("Z")
