"""`./jinxiu worker`: carries out what pages put into the queue, messages to people above all."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_data

_HELP = """\
Carry out what pages put into the queue (messages to people) until Ctrl-C. `serve` and `demo` run a worker themselves;
this is for more of them, or for one on another machine.

  ./jinxiu worker
  DATABASE_URL='postgres://jinxiu@db.example.org/jinxiu?sslmode=verify-full' ./jinxiu worker

Exit codes: 0 stopped by Ctrl-C, 2 no district there, 1 a fault of ours."""

_AT_ONCE = 4  # jobs; each waits for a provider most of its time
_PATIENCE = 15  # seconds for a job that is at work when the worker is told to stop
_BEFORE_THE_NEXT = 5  # seconds after a worker ended that should not have


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("worker", help="deliver messages and other work in the queue", description=_HELP)
    add_data(parser)
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work until told to stop; a job that has begun is finished first."""
    with database(args, must_exist=True):
        if args.with_parent:
            threading.Thread(target=_stop_with_parent, daemon=True).start()
        else:
            say("Waiting for work (Ctrl-C stops it)")
        _work()
    return 0


def _work() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    with app.replace_connector(DjangoConnector().get_worker_connector()) as working:
        working.run_worker(concurrency=_AT_ONCE, shutdown_graceful_timeout=_PATIENCE)


def _stop_with_parent() -> None:
    """Stop when the pipe from `serve` closes, however it ended."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


# --- beside the pages -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def working_beside() -> Iterator[None]:
    """Run a worker as a process of its own while inside, and another one should it end."""
    stopping = threading.Event()
    beside = _Beside(stopping)
    watcher = threading.Thread(target=beside.keep_working, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        beside.stop()
        watcher.join(_PATIENCE + 5)


class _Beside:
    """The process; what it needs to know (database, data directory) stands in the environment."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._process: subprocess.Popen[bytes] | None = None

    def keep_working(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jinxiu.cli", "worker", "--with-parent", "--data", os.environ["JINXIU_DATA"]],
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in the terminal is for the server, which then tells the worker
            )
            code = self._process.wait()
            if not self._stopping.is_set():
                say(f"The worker ended ({code}); another one begins.")
                self._stopping.wait(_BEFORE_THE_NEXT)

    def stop(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
