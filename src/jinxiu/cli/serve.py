"""`./jinxiu serve`: the pages on this machine's own address, until Ctrl-C."""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from jinxiu.cli.environment import data_directory, database, disconnect, only_server_of, prepare_database, say
from jinxiu.cli.options import add_data, add_port, positive
from jinxiu.cli.problems import BadInput
from jinxiu.cli.worker import working_beside

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

_HELP = """\
Serve the pages on http://localhost:8000 until Ctrl-C; brings the database's tables up to date first.

  ./jinxiu serve
  ./jinxiu serve --port 8080 --data ~/district
  DATABASE_URL='postgres://jinxiu@db.example.org/jinxiu?sslmode=verify-full' ./jinxiu serve

Only this machine can reach it; put a web server with TLS before it for others (docs/how-to/postgresql-server.md).
Exit codes: 0 stopped by Ctrl-C, 2 port taken or directory in use, 1 a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("serve", help="serve the pages on this machine", description=_HELP)
    add_port(parser)
    add_data(parser)
    add_workers(parser)
    parser.set_defaults(run=run)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """`--workers N`."""
    cores = min(os.cpu_count() or 1, 2)
    parser.add_argument(
        "--workers", type=positive, default=cores, metavar="N", help=f"processes that answer (default here: {cores})"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    refuse_taken_port(args.port)
    with only_server_of(data_directory(args), address_of(args.port)), database(args):
        prepare_database()
        refuse_unsafe()
        (data_directory(args) / "static").mkdir(exist_ok=True)  # its absence is reported at every start
        with working_beside():
            serve_pages(args.port, args.workers)
    return 0


def refuse_unsafe() -> None:
    """Say what makes this installation unsafe; where health data would lie open, refuse to serve."""
    from django.core.checks import ERROR, run_checks

    found = run_checks(tags=["security", "database", "standards"], databases=["default"])
    refused = [message for message in found if message.level >= ERROR]
    for message in found:
        if message not in refused:
            say(f"Warning: {_with_remedy(message)}")
    if refused:
        raise BadInput(" ".join(map(_with_remedy, refused)))


def _with_remedy(message: "CheckMessage") -> str:
    return f"{message.msg} {message.hint or ''}".strip()


def address_of(port: int) -> str:
    """What to type into the browser: a name, because no passkey works on a page that is called by a number."""
    return f"http://localhost:{port}"


def refuse_taken_port(port: int) -> None:
    """Say at once, before any work, that another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise BadInput(f"Port {port} is reserved for root; choose another one with --port, e.g. 8000.") from None
        except OSError:
            hint = port + 1 if port < 65535 else 8000
            raise BadInput(
                f"Port {port} is taken by another program; choose another one, for example --port {hint}."
            ) from None


def serve_pages(port: int, workers: int, ready: Callable[[], None] | None = None) -> None:
    """Answer requests until SIGINT or SIGTERM; calls `ready` once the first page can be had."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    disconnect()  # each worker opens its own connections
    server = Granian(
        "jinxiu.config.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    with _as_before(signal.SIGINT, signal.SIGTERM), _announcing(port, ready or (lambda: _announce(port))):
        server.serve()
    say("Stopped.")


def _announce(port: int) -> None:
    say(f"Serving {address_of(port)} (Ctrl-C stops it)")


@contextlib.contextmanager
def _announcing(port: int, ready: Callable[[], None]) -> Iterator[None]:
    stopped = threading.Event()
    watcher = threading.Thread(target=_wait_for_first_answer, args=(port, ready, stopped), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopped.set()
        watcher.join()


def _wait_for_first_answer(port: int, ready: Callable[[], None], stopped: threading.Event) -> None:
    deadline = time.monotonic() + 60
    while not stopped.wait(0.1):
        if _answers(port):
            ready()
            return
        if time.monotonic() > deadline:
            say("The pages do not answer yet; the messages above may say why (Ctrl-C stops the attempt).")
            return


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": _allowed_host()})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _allowed_host() -> str:
    """A name under which the pages may be asked for; another one would be refused and fill the log."""
    from django.conf import settings

    return str(next((host for host in settings.ALLOWED_HOSTS if host[:1] not in "*."), "localhost"))


@contextlib.contextmanager
def _as_before(*signals: signal.Signals) -> Iterator[None]:
    # The web server sets its own handlers and leaves them; ours put the embedded database in order.
    handlers = {number: signal.getsignal(number) for number in signals}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
