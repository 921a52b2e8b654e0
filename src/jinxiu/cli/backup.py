"""`./jinxiu backup`: the whole database in one file, while people go on working."""

import argparse
import contextlib
import hashlib
import os
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import jinxiu
from jinxiu.cli import archive
from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_data
from jinxiu.cli.output import Progress, progress
from jinxiu.cli.problems import BadInput, Problem
from jinxiu.cli.server_binaries import environment

_HELP = """\
Write the whole database into one file, as it is at this moment; people may go on working meanwhile.

  ./jinxiu backup /backup/jinxiu-2026-11-25.zip
  ./jinxiu backup /backup/jinxiu-2026-11-25.zip --keys /media/safe/jinxiu-2026-11-25.keys

ID numbers and phone numbers in it are sealed: without the keys of this installation they are lost. The keys are not in
the file; --keys writes them to a second one, which belongs in another place, where few can read it. Names and health
records in the backup are not sealed: keep it as you keep the records. Nobody's session is in it.
docs/how-to/backup.md has the whole way, with a nightly example and a drill.
Exit codes: 0 done, 2 a file that cannot be written there or no data yet, 1 the disk is full or a fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("backup", help="write the whole database into one file", description=_HELP)
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup; it must not exist yet")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="write the keys to a second file, mode 0600")
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the backup and say what it holds."""
    target, keys = _new_file(args.file), args.keys and _new_file(args.keys)
    if keys and keys == target:
        raise BadInput("The backup and its keys need two files; keep them in two places.")
    with database(args, must_exist=True), progress("Backing up") as show:
        contents = write_backup(target, show)
        rows = sum(int(count) for count, _ in contents.tables.values())
        _note(rows, len(contents.tables))
        if keys:
            _write_keys(keys)
    say(f"{target}: {rows:,} rows of {len(contents.tables)} tables, {target.stat().st_size / 1e6:,.1f} MB.")
    if keys:
        say(f"{keys}: the keys ({contents.keys}). Keep them apart from the backup.")
    else:
        say(f"The keys ({contents.keys}) are not in it; without them no ID or phone number in it can be read.")
    return 0


def _note(rows: int, tables: int) -> None:
    from jinxiu.oversight.actions import note_backup

    note_backup(rows=rows, tables=tables)


def _new_file(path: Path) -> Path:
    path = path.expanduser().absolute()
    if path.exists():
        raise BadInput(f"{path} exists already; choose another name, a backup is never written over.")
    if not path.parent.is_dir():
        raise BadInput(f"There is no directory {path.parent}; make it first, or choose another place.")
    if not os.access(path.parent, os.W_OK):
        raise BadInput(f"{path.parent} cannot be written; choose another place.")
    return path


def write_backup(target: Path, show: Progress) -> archive.Contents:
    """Write the database of DATABASE_URL to the file; it gets its name when it is whole. Raises Problem."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        # One view of the database for the dump and for the counting, whatever others write meanwhile.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = _value(cursor, "SELECT pg_export_snapshot()")
        with _half_made(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as backup:
            digest = _dump(backup, snapshot, _sizes(cursor), lambda share: show("Writing the tables", share * 0.7))
            tables = archive.sums(cursor, lambda words, share: show(words, 0.7 + share * 0.3))
            contents = _contents(cursor, tables, digest)
            backup.writestr(archive.LIST, contents.as_text())
    return contents


def _value(cursor: Any, query: str) -> str:
    cursor.execute(query)
    return str(cursor.fetchone()[0])


@contextlib.contextmanager
def _half_made(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its name at the end, or leaves nothing behind."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(half, target)
        finally:
            half.unlink(missing_ok=True)


def _sizes(cursor: Any) -> dict[str, int]:
    """Bytes of each table, to tell how far the dump is."""
    cursor.execute(
        "SELECT relname, pg_table_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    return dict(cursor.fetchall())


def _dump(backup: zipfile.ZipFile, snapshot: str, sizes: dict[str, int], show: Any) -> str:
    """Let pg_dump write into the backup; returns the SHA-256 of what it wrote."""
    address, secret = archive.connection_words(os.environ["DATABASE_URL"])
    command = [archive.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--verbose"]
    command += [f"--snapshot={snapshot}", *(f"--exclude-table-data={name}" for name in archive.LEFT_OUT), address]
    digest = hashlib.sha256()
    entry = zipfile.ZipInfo(archive.DUMP, datetime.now(UTC).timetuple()[:6])
    with tempfile.TemporaryFile() as log, backup.open(entry, "w", force_zip64=True) as dump:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment(), **secret}
        )
        assert process.stdout
        assert process.stderr
        watcher = threading.Thread(target=_watch, args=(process.stderr, log, sizes, show), daemon=True)
        watcher.start()
        try:
            while chunk := process.stdout.read(archive.CHUNK):
                digest.update(chunk)
                dump.write(chunk)
        except BaseException:  # the disk is full, or Ctrl-C
            process.kill()
            raise
        finally:
            process.wait()
            watcher.join()
        if process.returncode:
            raise Problem(f"The database could not be read whole: {archive.complaint(log)}. No backup was written.")
    return digest.hexdigest()


def _watch(words: IO[bytes], log: IO[bytes], sizes: dict[str, int], show: Any) -> None:
    """Keep what pg_dump says, and tell the share done from the tables that it names."""
    total, done = max(sum(sizes.values()), 1), 0
    for line in words:
        if b"dumping contents of table" in line:
            show(done / total)
            done += sizes.get(line.decode(errors="replace").rpartition(".")[2].strip(' "\n'), 0)
        elif b"error" in line or b"FATAL" in line or b"detail" in line:
            log.write(line)


def _contents(cursor: Any, tables: dict[str, list[str]], digest: str) -> archive.Contents:
    from django.conf import settings

    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return archive.Contents(
        format=archive.FORMAT,
        jinxiu=jinxiu.__version__,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        postgresql=_value(cursor, "SHOW server_version"),
        keys=settings.JINXIU_SECRETS.fingerprint,
        migrations=[name for (name,) in cursor.fetchall()],
        tables=tables,
        sha256=digest,
    )


def _write_keys(path: Path) -> None:
    from django.conf import settings

    from jinxiu.people.keys import secrets

    secrets.write_new(path, secrets.load(settings.JINXIU_DATA))
