"""`./jinxiu restore`: a backup into an empty directory or an empty database, proven row by row."""

import argparse
import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from jinxiu.cli import archive
from jinxiu.cli.environment import data_directory, database, only_server_of, say
from jinxiu.cli.options import add_data
from jinxiu.cli.output import Progress, progress
from jinxiu.cli.problems import BadInput, Problem
from jinxiu.cli.server_binaries import environment

_HELP = """\
Bring a backup back into an empty data directory, or into the empty database that DATABASE_URL names, all or nothing;
then compare every table with what the backup says it held.

  ./jinxiu restore /backup/jinxiu-2026-11-25.zip --data ~/restored --keys /media/safe/jinxiu-2026-11-25.keys
  ./jinxiu serve --data ~/restored

Without --keys, the secrets.json that belongs to the backup must be in the data directory before anybody signs in.
Exit codes: 0 done and every row compared, 2 no backup, a damaged one, other keys, or a place that is not empty, 1 the
disk is full or a fault of ours."""

# Written by newer programs than the server that may be at the other end; it means nothing to a restore.
_UNKNOWN_TO_OLD_SERVERS = b"SET transaction_timeout = 0;\n"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("restore", help="bring a backup back into an empty place", description=_HELP)
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that ./jinxiu backup wrote")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the keys that ./jinxiu backup --keys wrote")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the file, restore it, compare, and say what to do next."""
    path, directory = args.file.expanduser().absolute(), data_directory(args)
    contents = archive.read_contents(path)
    with progress("Restoring") as show:
        archive.refuse_damaged(path, contents, lambda words, share: show(words, share * 0.1))
        with only_server_of(directory, "nowhere yet: it is being restored"):
            _take_keys(args.keys, directory, contents)
            with database(args):
                _refuse_newer(path, contents)
                _restore(path, lambda words, share: show(words, 0.1 + share * 0.6))
                _compare(contents, lambda words, share: show(words, 0.7 + share * 0.3))
    rows = sum(int(count) for count, _ in contents.tables.values())
    say(f"Restored and compared: {rows:,} rows of {len(contents.tables)} tables, as they were at {contents.made_at}.")
    if not _has_keys(directory):
        say(f"Now put the secrets.json with the keys {contents.keys} into {directory}; then: ./jinxiu serve")
    return 0


def _take_keys(given: Path | None, directory: Path, contents: archive.Contents) -> None:
    """Put the keys into the directory; keys that are there must be the backup's. Raises BadInput."""
    from jinxiu.people.keys import secrets

    place = directory / secrets.FILE_NAME
    source = given.expanduser() if given else place
    if not given and not _has_keys(directory):
        return
    keys = secrets.load(directory) if not given else secrets.read_file(source)
    if keys.fingerprint != contents.keys:
        raise BadInput(
            f"The backup was made with the keys {contents.keys}, but {source} holds {keys.fingerprint}; "
            "name the file that was written with the backup in --keys."
        )
    if given and not place.exists():
        secrets.write_new(place, keys)
    elif given and secrets.read_file(place).fingerprint != keys.fingerprint:
        raise BadInput(f"{place} holds other keys; choose an empty directory with --data DIR.")


def _has_keys(directory: Path) -> bool:
    from jinxiu.people.keys import secrets

    return (directory / secrets.FILE_NAME).exists() or bool(secrets.set_outside())


def _refuse_newer(path: Path, contents: archive.Contents) -> None:
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ()}
    if unknown := sorted(set(contents.migrations) - known):
        raise BadInput(
            f"{path} was made by a newer version of Jinxiu ({contents.jinxiu}, with {unknown[0]}); "
            "restore it with that version or a later one."
        )


def _restore(path: Path, show: Progress) -> None:
    """Let pg_restore turn the dump into statements and psql carry them out in one transaction. Raises Problem."""
    address, secret = archive.connection_words(os.environ["DATABASE_URL"])
    _refuse_filled()
    reading = [archive.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    writing = [archive.program("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    writing += ["--output=/dev/null", address]
    with tempfile.TemporaryFile() as read_log, tempfile.TemporaryFile() as write_log:
        with (
            _running(reading, read_log, stdout=subprocess.PIPE) as reader,
            _running(writing, write_log, secret) as writer,
        ):
            feeder = threading.Thread(target=_feed, args=(path, reader, show), daemon=True)
            feeder.start()
            complete = _pass_on(reader, writer)
            feeder.join()
        # psql commits what it got when its input ends: the input must have been whole.
        if reader.returncode or not complete or writer.returncode:
            raise Problem(f"The database could not be restored: {_reason(read_log, write_log)}. Nothing was kept.")


def _refuse_filled() -> None:
    from django.db import connection

    if connection.introspection.table_names():
        raise BadInput(
            "The database there already holds tables, and a restore writes over nothing; "
            "choose an empty directory with --data DIR, or an empty database in DATABASE_URL."
        )


@contextlib.contextmanager
def _running(
    command: list[str], log: IO[bytes], more: dict[str, str] | None = None, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=stdout, stderr=log, env={**environment(), **(more or {})}
    )
    try:
        yield process
        process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _feed(path: Path, reader: subprocess.Popen[bytes], show: Progress) -> None:
    assert reader.stdin
    with contextlib.suppress(BrokenPipeError), reader.stdin as stdin:
        for chunk in archive.chunks(path, show, "Writing the tables"):
            stdin.write(chunk)


def _pass_on(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> bool:
    """Pass the statements on; true when all of them came and went. Else the writer is ended before it can commit."""
    assert reader.stdout
    assert writer.stdin
    try:
        chunk = reader.stdout.read(archive.CHUNK).replace(_UNKNOWN_TO_OLD_SERVERS, b"", 1)
        while chunk:
            writer.stdin.write(chunk)
            chunk = reader.stdout.read(archive.CHUNK)
        if reader.wait():
            writer.kill()
            return False
        writer.stdin.close()
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()
        reader.kill()
        return False
    return True


def _reason(*logs: IO[bytes]) -> str:
    found = [archive.complaint(log) for log in reversed(logs)]
    return next((reason for reason in found if reason != "no reason given"), found[0])


def _compare(contents: archive.Contents, show: Progress) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        found = archive.sums(cursor, show)
    different = sorted(
        name for name in contents.tables.keys() | found.keys() if contents.tables.get(name) != found.get(name)
    )
    if different:
        raise Problem(
            f"What was restored is not what the backup says it held ({', '.join(different)}); "
            "do not use this database, and report this as a fault of ours."
        )
