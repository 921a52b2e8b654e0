"""What a command stands on: its data directory, its database, and Django set up for both."""

import contextlib
import fcntl
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from jinxiu.cli.postgres import embedded
from jinxiu.cli.problems import BadInput, Problem

SERVER_GUIDE = "docs/how-to/postgresql-server.md"


def default_data_directory() -> Path:
    """Where Jinxiu keeps its things when nobody says otherwise."""
    if os.environ.get("JINXIU_DATA"):
        return Path(os.environ["JINXIU_DATA"])
    if os.geteuid() == 0:
        return Path("/var/lib/jinxiu")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jinxiu"


def data_directory(args: Namespace) -> Path:
    """The data directory of this command as an absolute path; it need not exist yet."""
    return (getattr(args, "data", None) or default_data_directory()).expanduser().absolute()


def say(text: str) -> None:
    """Tell the user what is going on, apart from the command's result."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def database(args: Namespace, must_exist: bool = False, will_prepare: bool = False) -> Iterator[None]:
    """Set up Django on the database of DATABASE_URL, or on the data directory's embedded server while inside.

    `must_exist` is for commands that make no district: a directory without data is refused instead of filled with an
    empty database, and so are tables of an older version, unless the command `will_prepare` them. Migrates nothing.
    Raises BadInput or Problem with one sentence.
    """
    directory = data_directory(args)
    own_server = bool(os.environ.get("DATABASE_URL"))
    if must_exist and not own_server and not (directory / "postgres" / "data").exists():
        raise BadInput(_nothing_here(directory))
    _make(directory)
    os.environ["JINXIU_DATA"] = str(directory)
    with contextlib.ExitStack() as stack:
        if not own_server:
            os.environ["DATABASE_URL"] = stack.enter_context(embedded(directory, say))
            stack.callback(os.environ.pop, "DATABASE_URL")
        _set_up_django()
        _connect()
        stack.callback(disconnect)
        if must_exist:
            _refuse_unprepared(directory, will_prepare)
        yield


def prepare_database() -> None:
    """Bring the tables up to date, if they are not. Refuses a database that holds what our keys do not open."""
    from django.conf import settings
    from django.core.management import call_command

    from jinxiu.people.queries import keys_fit

    if settings.JINXIU_SECRETS.next_index_key:
        raise BadInput("A change of keys was interrupted; finish it first with: ./jinxiu keys rotate")
    if _pending():
        say("Preparing the tables …")
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if not keys_fit():
        raise BadInput(
            f"The keys in {settings.JINXIU_DATA}/secrets.json do not open what this database holds; "
            "put the secrets.json there that belongs to the database, or name its directory with --data DIR."
        )


@contextlib.contextmanager
def only_server_of(directory: Path, address: str) -> Iterator[None]:
    """Hold the right to build and serve this data directory; a second copy is told where the first one serves."""
    _make(directory)
    with (directory / "serving.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(_already(lock, directory)) from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


def _already(lock: IO[str], directory: Path) -> str:
    lock.seek(0)
    return (
        f"Jinxiu already works with {directory} and serves it at {lock.read().strip()}; "
        "open that address, or stop the other copy first, or choose another --data DIR."
    )


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        if not os.access(directory, os.W_OK):
            raise PermissionError(13, "permission denied")
    except OSError as error:
        raise Problem(
            f"The data directory {directory} cannot be written ({error.strerror}); choose another one with --data DIR."
        ) from error


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinxiu.config.settings")
    _refuse_unreadable_address(os.environ["DATABASE_URL"])
    import django

    django.setup()


def _refuse_unreadable_address(address: str) -> None:
    import dj_database_url

    try:
        engine = dj_database_url.parse(address).get("ENGINE", "")
    except Exception as error:
        raise BadInput(_address_problem("cannot be read")) from error
    if not engine.endswith("postgresql"):
        raise BadInput(_address_problem("names another kind of database"))


def _address_problem(what: str) -> str:
    # The address may hold a password, so it is not repeated here.
    return f"DATABASE_URL {what}; it should look like postgres://user:password@host:5432/name ({SERVER_GUIDE})."


def _connect() -> None:
    """Try the address once, without Django's pool: that would retry in silence and keep the reason to itself."""
    import psycopg

    try:
        psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=10).close()
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise Problem(f"The PostgreSQL server cannot be reached ({reason}); see {SERVER_GUIDE}.") from error


def disconnect() -> None:
    """Give all database connections back, the pool's too, so that the server can stop or a child process can start."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _pending() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_unprepared(directory: Path, will_prepare: bool) -> None:
    from django.db import connection

    if not connection.introspection.table_names():
        raise BadInput(_nothing_here(directory))
    if not will_prepare and _pending():
        raise BadInput("The database's tables are from an older version of Jinxiu; run: ./jinxiu migrate")


def _nothing_here(directory: Path) -> str:
    return (
        f"There is no district in {directory} yet; make one with ./jinxiu demo, bring one in with "
        "./jinxiu import fhir, or name another directory with --data DIR."
    )
