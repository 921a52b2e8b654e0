"""An early pytest plugin: a throw-away PostgreSQL and data directory for the run, unless DATABASE_URL names a server.

The address is fixed before Django reads its settings; the server starts when the first collected test needs it. With
xdist each worker joins the same server, and the last to leave stops it.
"""

import contextlib
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from jinxiu.cli.postgres import Cluster, embedded
from tests.hashers import QUICK_HASHERS

_OWN_SERVER = "JINXIU_TEST_CLUSTER"  # tells workers that the address in DATABASE_URL is the throw-away one
_DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup", "django_db_reset_sequences"}

_lifetime = contextlib.ExitStack()


def _prepare_environment() -> Path | None:
    """Point JINXIU_DATA, and DATABASE_URL when unset, to a new folder; None in a worker, which inherits them."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return None
    root = Path(tempfile.mkdtemp(prefix="jinxiu-tests-"))
    root.chmod(0o711)  # the server's own account passes through when root runs the tests
    os.environ["JINXIU_DATA"] = str(root)
    if "DATABASE_URL" not in os.environ:
        os.environ[_OWN_SERVER] = str(root)
        os.environ["DATABASE_URL"] = Cluster.of(root).url
    return root


_root = _prepare_environment()
# Tests ask for more pages in a minute than any person; the limit has a test of its own.
os.environ.setdefault("JINXIU_REQUESTS_PER_MINUTE", "1000000")
# The browser of one test leaves an event loop in the process, in which Django refuses the database to the next test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure() -> None:
    # A runner that is told to stop should still stop the server and remove the folder.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("stopped by SIGTERM", returncode=143))
    # Each test client builds the middleware anew, which would read the whole folder of static files every time.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = QUICK_HASHERS


def pytest_collection_finish(session: pytest.Session) -> None:
    # Thousands of tests and all that was imported stay to the end: looking through them again and again is for nothing.
    gc.collect()
    gc.freeze()
    own = os.environ.get(_OWN_SERVER)
    if own and any(_needs_database(item) for item in session.items):
        _lifetime.enter_context(embedded(Path(own), throw_away=True))


def _needs_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(_DATABASE_FIXTURES & fixtures)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_unconfigure() -> Iterator[None]:
    try:
        yield  # pytest-django drops the test databases first
    finally:
        _lifetime.close()
        if _root:
            shutil.rmtree(_root, ignore_errors=True)
