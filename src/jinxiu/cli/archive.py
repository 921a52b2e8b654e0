"""A backup as one file: a zip (stored, not packed again) with PostgreSQL's dump and a list of what it must contain.

The list holds each table's number of rows and a sum over the hashes of its rows, taken from the same snapshot as the
dump, so that a restore can prove that every row came back. Without Jinxiu, `unzip -p FILE database.dump | pg_restore …`
reads it as well.
"""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from jinxiu.cli.output import Progress
from jinxiu.cli.problems import BadInput, Problem
from jinxiu.cli.server_binaries import installed_programs

DUMP = "database.dump"
LIST = "contents.json"
FORMAT = 1
CHUNK = 1 << 20  # bytes
# Sessions and counters of failed sign-ins are of the hour: a backup that lies around must let nobody in.
LEFT_OUT = ("cache", "django_session")
# Sixteen hexadecimal digits of each row's MD5 as a number: no secret, but a changed row cannot hide in the sum.
_COUNT_AND_SUM = (
    "SELECT count(*)::text, coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text"
)


@dataclass(frozen=True)
class Contents:
    """What a backup holds: `tables` maps each table to [rows, sum of hashes]; `migrations` are "app.name"."""

    format: int
    jinxiu: str
    made_at: str
    postgresql: str
    keys: str
    migrations: list[str]
    tables: dict[str, list[str]]
    sha256: str

    def as_text(self) -> str:
        """The list as it stands in the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)


def read_contents(path: Path) -> Contents:
    """Read what a backup holds. Raises BadInput with one sentence when it is none, or one of another version."""
    try:
        with zipfile.ZipFile(path) as file:
            values = json.loads(file.read(LIST))
            file.getinfo(DUMP)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError):
        raise BadInput(f"{path} is no backup of Jinxiu, or it was cut short; use another one.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BadInput(f"{path} was made by another version of Jinxiu; restore it with that version.")
    return Contents(**values)


def refuse_damaged(path: Path, contents: Contents, show: Progress) -> None:
    """Read the dump once from end to end. Raises BadInput when a single bit of it is not as it was written."""
    seen = hashlib.sha256()
    try:
        for chunk in chunks(path, show, "Checking the backup"):
            seen.update(chunk)
    except (zipfile.BadZipFile, EOFError, OSError):
        seen = hashlib.sha256(b"damaged")
    if seen.hexdigest() != contents.sha256:
        raise BadInput(f"{path} is damaged: what it holds is not what was written; use another backup.")


def chunks(path: Path, show: Progress, words: str) -> Iterator[bytes]:
    """The dump piece by piece, with the share that was read."""
    with zipfile.ZipFile(path) as file, file.open(DUMP) as dump:
        total, done = max(file.getinfo(DUMP).file_size, 1), 0
        while chunk := dump.read(CHUNK):
            done += len(chunk)
            show(words, done / total)
            yield chunk


def sums(cursor: Any, show: Progress) -> dict[str, list[str]]:
    """Each table's number of rows and the sum of its rows' hashes, as the cursor's transaction sees them.

    The sum does not depend on the order of the rows; the texts that are hashed do not depend on the server's settings.
    """
    for setting in ("DateStyle = 'ISO'", "TimeZone = 'UTC'", "bytea_output = 'hex'", "extra_float_digits = 1"):
        cursor.execute(f"SET LOCAL {setting}")
    cursor.execute("SET LOCAL IntervalStyle = 'postgres'")
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
        'AND relname <> ALL (%s) ORDER BY relname COLLATE "C"',
        [list(LEFT_OUT)],
    )
    names = [name for (name,) in cursor.fetchall()]
    found = {}
    for ordinal, name in enumerate(names):
        show("Counting every row", ordinal / len(names))
        cursor.execute(f'{_COUNT_AND_SUM} FROM "{name}" AS t')
        found[name] = list(cursor.fetchone())
    return found


# --- PostgreSQL's own programs ----------------------------------------------------------------------------------------


def program(name: str) -> str:
    """Where pg_dump, pg_restore or psql is: with the embedded server, else on the PATH. Raises Problem."""
    own = installed_programs()
    found = str(own / name) if own and (own / name).exists() else shutil.which(name)
    if not found:
        raise Problem(f"The program {name} is not on this machine; install PostgreSQL's client programs.")
    return found


def connection_words(address: str) -> tuple[str, dict[str, str]]:
    """The address as libpq's programs take it, with the password apart: others can see a program's words."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts = conninfo_to_dict(address)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {"PGPASSWORD": str(password)} if password else {}


def complaint(log: IO[bytes]) -> str:
    """The last error in what a program said, without its prefix."""
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines()
    errors = [line for line in lines if re.search(r"\b(error|ERROR|FATAL|fatal)\b", line)]
    found = (errors or lines or ["no reason given"])[0]
    return re.sub(r"^[\w<>./-]+:(\d+:)? ?(error: )?", "", found).strip()
