"""A backup comes back whole, or says why not; what is not a backup is refused before anything is touched."""

import hashlib
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jinxiu.cli.postgres import embedded
from tests.cli.conftest import RESIDENTS, command_environment, command_line, jinxiu, new_data_dir, wait_until

_LEFT_OUT = {"cache", "django_session"}


@pytest.fixture(scope="module")
def backup(district: Path) -> tuple[Path, Path]:
    """The district's backup and its keys."""
    files = district.parent / "district.zip", district.parent / "district.keys"
    assert _run(_ADD_PHOTO, district) == "True"
    done = jinxiu("backup", files[0], "--keys", files[1], "--data", district)
    assert done.returncode == 0, done.stderr
    assert "rows of" in done.stderr
    return files


def everything(url: str) -> dict[str, tuple[int, str]]:
    """Each table's rows, hashed here and not by the database: number and digest."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: _rows(connection, name) for (name,) in names if name not in _LEFT_OUT}


def _rows(connection: Any, name: str) -> tuple[int, str]:
    rows = sorted(repr(row) for row in connection.execute(f'SELECT * FROM "{name}"').fetchall())
    return len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()


def test_a_backup_comes_back_row_by_row_and_a_person_opens(
    district: Path, backup: tuple[Path, Path], data_dir: Path
) -> None:
    file, keys = backup
    done = jinxiu("restore", file, "--keys", keys, "--data", data_dir, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Restored and compared" in done.stderr
    with embedded(district) as before, embedded(data_dir) as after:
        made, restored = everything(before), everything(after)
        # That a backup was made is told by a line that is not in the backup itself.
        assert made.pop("audit_auditentry")[0] == restored.pop("audit_auditentry")[0] + 1
        assert made == restored
        assert restored["people_person"][0] == RESIDENTS
    due = json.loads(jinxiu("due", "--format", "json", "--data", data_dir).stdout)
    assert due == json.loads(jinxiu("due", "--format", "json", "--data", district).stdout)
    assert _run(_OPEN, data_dir) == "200 True 200 image/jpeg"


# What a nurse's browser gets: the person's page, with the phone number to dial (only the right keys open that).
_OPEN = """
import sys
from argparse import Namespace
from pathlib import Path
from jinxiu.cli.environment import database
with database(Namespace(data=Path(sys.argv[1])), must_exist=True):
    from django.test import Client
    from jinxiu.people.models import ContactPoint, TeamMembership, StaffAssignment
    from jinxiu.people.sealing import open_sealed, PHONE
    from jinxiu.attachments.models import Attachment
    nurse = StaffAssignment.objects.get(role="nurse", staff__user__isnull=False)
    person = TeamMembership.objects.filter(team=nurse.team_id, end_on=None).first().person_id
    client = Client(headers={"host": "localhost"})
    client.force_login(nurse.staff.user)
    page = client.get(f"/people/{person}/")
    phone = ContactPoint.objects.order_by("pk").first()
    photo = Attachment.objects.get()
    file = client.get(f"/people/{photo.person_id}/documents/{photo.pk}/file/")
    print(page.status_code, open_sealed(phone.sealed, PHONE).isdecimal(), file.status_code, file["Content-Type"])
"""

# A nurse keeps a photo, as her page does.
_ADD_PHOTO = """
import sys
from argparse import Namespace
from pathlib import Path
from jinxiu.cli.environment import database
with database(Namespace(data=Path(sys.argv[1])), must_exist=True):
    from jinxiu.attachments.actions import add
    from jinxiu.people.access import viewer_for
    from jinxiu.people.models import StaffAssignment, TeamMembership
    from tests.attachments.files import photo
    nurse = StaffAssignment.objects.get(role="nurse", staff__user__isnull=False)
    person = TeamMembership.objects.filter(team=nurse.team_id, end_on=None).first().person_id
    viewer = viewer_for(nurse.staff.user)
    print(add(viewer=viewer, person_id=person, content=photo(), kind="wound", on=viewer.today).is_new)
"""


def _run(program: str, directory: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, str(directory)],
        env=command_environment(),
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or done.stderr


def test_neither_file_is_for_others(backup: tuple[Path, Path]) -> None:
    for file in backup:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_key_and_no_session_is_in_the_backup(district: Path, backup: tuple[Path, Path]) -> None:
    keys = json.loads((district / "secrets.json").read_text())
    whole = backup[0].read_bytes()
    assert not [name for name, value in keys.items() if value.encode() in whole]
    with zipfile.ZipFile(backup[0]) as file:
        assert file.namelist() == ["database.dump", "contents.json"]
        assert not _LEFT_OUT & json.loads(file.read("contents.json"))["tables"].keys()


def test_people_may_go_on_writing(district: Path, data_dir: Path, tmp_path: Path) -> None:
    """Rows that come while the backup runs are in it whole or not at all: the counts are of the dump's own moment."""
    file = tmp_path / "meanwhile.zip"
    with embedded(district) as url, psycopg.connect(url, autocommit=True) as connection:
        before = everything(url)["people_place"][0]
        running = subprocess.Popen(
            command_line("backup", file, "--data", district), env=command_environment(), stderr=subprocess.PIPE
        )
        number = 0
        while running.poll() is None:
            number += 1
            connection.execute(
                "INSERT INTO people_place (code, name, name_en, kind) VALUES (%s, 'x', '', 'city')", [f"new-{number}"]
            )
        assert running.communicate()[1] is not None
        assert running.returncode == 0
        connection.execute("DELETE FROM people_place WHERE code LIKE 'new-%'")
    with zipfile.ZipFile(file) as read:
        counted = int(json.loads(read.read("contents.json"))["tables"]["people_place"][0])
    assert before <= counted <= before + number
    done = jinxiu("restore", file, "--data", data_dir, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Now put the secrets.json with the keys" in done.stderr


def test_into_a_server_database_and_out_of_it(backup: tuple[Path, Path], data_dir: Path, tmp_path: Path) -> None:
    with embedded(data_dir / "server") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE elsewhere")
        elsewhere = url.removesuffix("/jinxiu") + "/elsewhere"
        place = data_dir / "keys"
        words = ("restore", backup[0], "--keys", backup[1], "--data", place)
        done = jinxiu(*words, timeout=120, DATABASE_URL=elsewhere)
        assert done.returncode == 0, done.stderr
        assert (place / "secrets.json").exists()
        again = jinxiu(*words, DATABASE_URL=elsewhere)
        assert (again.returncode, "already holds tables" in again.stderr) == (2, True)
        second = jinxiu("backup", tmp_path / "second.zip", "--data", place, DATABASE_URL=elsewhere)
        assert second.returncode == 0, second.stderr
    assert _tables(tmp_path / "second.zip") == _tables(backup[0])


def _tables(file: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(file) as read:
        return json.loads(read.read("contents.json"))["tables"]


# --- refused ----------------------------------------------------------------------------------------------------------


def spoilt(original: Path, target: Path, how: str) -> Path:
    """A copy of the backup that went wrong on its way."""
    data = bytearray(original.read_bytes())
    if how == "cut short":
        del data[len(data) // 2 :]
    elif how == "one bit":
        data[len(data) // 3] ^= 1
    elif how == "something else":
        data = bytearray(b"not a backup")
    elif how == "empty":
        data = bytearray()
    target.write_bytes(data)
    return target


def _with_list(original: Path, target: Path, **changes: Any) -> Path:
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("database.dump", old.read("database.dump"))
        new.writestr("contents.json", json.dumps(json.loads(old.read("contents.json")) | changes))
    return target


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("cut short", "is no backup of Jinxiu, or it was cut short"),
        ("one bit", "is damaged: what it holds is not what was written"),
        ("something else", "is no backup of Jinxiu"),
        ("empty", "is no backup of Jinxiu"),
        ("absent", "There is no file"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_nothing_is_touched(
    backup: tuple[Path, Path], data_dir: Path, tmp_path: Path, how: str, sentence: str
) -> None:
    file = tmp_path / "spoilt.zip"
    if how != "absent":
        spoilt(backup[0], file, how)
    done = jinxiu("restore", file, "--data", data_dir)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not data_dir.exists()


def test_a_backup_of_another_format_or_of_a_newer_version_is_refused(
    backup: tuple[Path, Path], data_dir: Path, tmp_path: Path
) -> None:
    other = jinxiu("restore", _with_list(backup[0], tmp_path / "format.zip", format=2), "--data", data_dir)
    assert (other.returncode, "was made by another version of Jinxiu" in other.stderr) == (2, True)
    newer = _with_list(backup[0], tmp_path / "newer.zip", jinxiu="9.0", migrations=["people.0999_later"])
    done = jinxiu("restore", newer, "--data", data_dir)
    assert done.returncode == 2
    assert "was made by a newer version of Jinxiu (9.0, with people.0999_later)" in done.stderr


def test_rows_that_did_not_come_back_are_noticed(backup: tuple[Path, Path], data_dir: Path, tmp_path: Path) -> None:
    tables = _tables(backup[0])
    tables["people_person"][0] = "101"
    done = jinxiu("restore", _with_list(backup[0], tmp_path / "more.zip", tables=tables), "--data", data_dir)
    assert done.returncode == 1
    assert "is not what the backup says it held (people_person)" in done.stderr


def test_other_keys_are_refused(backup: tuple[Path, Path], data_dir: Path, tmp_path: Path) -> None:
    values = json.loads(backup[1].read_text())
    values["index_key"] = values["identifier_key"]
    (tmp_path / "other").write_text(json.dumps(values))
    done = jinxiu("restore", backup[0], "--keys", tmp_path / "other", "--data", data_dir)
    assert done.returncode == 2
    assert "The backup was made with the keys" in done.stderr
    assert not (data_dir / "postgres").exists()


def test_a_district_is_never_written_over(district: Path, backup: tuple[Path, Path]) -> None:
    with embedded(district) as url:
        before = everything(url)
        done = jinxiu("restore", backup[0], "--data", district)
        assert done.returncode == 2
        assert "already holds tables, and a restore writes over nothing" in done.stderr
        assert everything(url) == before


@pytest.mark.parametrize(
    ("file", "sentence"),
    [("district.zip", "exists already"), ("no/such/place.zip", "There is no directory")],
)
def test_a_place_that_will_not_do(district: Path, backup: tuple[Path, Path], file: str, sentence: str) -> None:
    done = jinxiu("backup", backup[0].parent / file, "--data", district)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_to_back_up(data_dir: Path, tmp_path: Path) -> None:
    done = jinxiu("backup", tmp_path / "b.zip", "--data", data_dir)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "There is no district in" in done.stderr


def test_a_full_disk_leaves_nothing_behind(district: Path, tmp_path: Path) -> None:
    import resource

    done = subprocess.run(
        command_line("backup", tmp_path / "b.zip", "--data", district),
        env=command_environment(),
        capture_output=True,
        text=True,
        # A limit on file sizes stands in for the disk: the write fails in the same place.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY)),
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("jinxiu: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["Writing the tables", "Counting every row"])
def test_a_killed_restore_is_begun_again(backup: tuple[Path, Path], word: str) -> None:
    with new_data_dir() as directory:
        words = ("restore", backup[0], "--keys", backup[1], "--data", directory)
        killed = subprocess.Popen(command_line(*words), env=command_environment(), stderr=subprocess.PIPE, text=True)
        assert killed.stderr
        wait_until(lambda: word in killed.stderr.readline())  # type: ignore[union-attr]
        killed.kill()
        killed.communicate()
        done = jinxiu(*words, timeout=120)
        assert done.returncode == 0 or "already holds tables" in done.stderr, done.stderr
        if word == "Counting every row":
            assert "already holds tables" in done.stderr  # it was whole already
        assert jinxiu("due", "--format", "json", "--data", directory).returncode == 0


def test_the_password_of_a_server_is_nobody_elses_to_see() -> None:
    from jinxiu.cli.archive import connection_words

    words, secret = connection_words("postgres://jinxiu:p%40ss@db.example.org:5432/jinxiu?sslmode=verify-full")
    assert "p@ss" not in words
    assert secret == {"PGPASSWORD": "p@ss"}
    assert "sslmode=verify-full" in words
