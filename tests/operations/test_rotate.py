"""Keys change all or nothing; killed anywhere, the same command finishes; nobody is locked out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import models
from django.test import Client

from jinxiu.audit.origin import SYSTEM
from jinxiu.cli.postgres import embedded
from jinxiu.people import queries, sealing
from jinxiu.people.keys import actions, secrets
from jinxiu.people.models import ContactPoint, Identifier, User
from tests.cli.conftest import command_environment, jinxiu, new_data_dir
from tests.town import Town, town

__all__ = ["town"]

NUMBERS = (Identifier, ContactPoint)


@pytest.fixture
def own_keys(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A directory of keys that the test may spoil; the town in the same test is sealed with them."""
    settings.JINXIU_DATA = tmp_path
    settings.JINXIU_SECRETS = secrets.load(tmp_path)
    yield tmp_path
    django_settings.JINXIU_SECRETS = None  # put back by the fixture `settings`


def opened() -> list[tuple[str, str]]:
    return [
        (model.__name__, sealing.open_sealed(row.sealed, model.sealed_as))
        for model in NUMBERS
        for row in model.objects.order_by("pk")
    ]


def change() -> int:
    return actions.change_keys(actor=SYSTEM, progress=lambda words, share: None)


def test_every_number_is_sealed_anew_and_found_again(own_keys: Path, town: Town) -> None:
    before, stored = opened(), [bytes(row.sealed) for row in Identifier.objects.order_by("pk")]
    hashes = [bytes(row.whole_hash) for row in Identifier.objects.order_by("pk")]
    assert change() == len(before)
    assert opened() == before
    after = list(Identifier.objects.order_by("pk"))
    assert not {bytes(row.sealed) for row in after} & set(stored)
    assert not {bytes(row.whole_hash) for row in after} & set(hashes)
    assert {bytes(row.sealed)[0] for row in after} == {2}
    assert queries.person_id_by_identifier("id_card", before[0][1]) == town.chen.pk
    assert queries.keys_fit()


def test_the_trail_tells_of_it(own_keys: Path, town: Town) -> None:
    from jinxiu.audit.models import AuditEntry

    change()
    assert AuditEntry.objects.get(action="keys.changed").detail == {"values": len(opened())}


def test_a_change_that_fails_leaves_everything_and_is_finished_later(
    own_keys: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened()
    hashes = [bytes(row.whole_hash) for row in ContactPoint.objects.order_by("pk")]

    def fails(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(actions, "_seal_second_steps", fails)  # after all numbers, before the end of the transaction
        with pytest.raises(OSError, match="No space"):
            change()
    assert [bytes(row.whole_hash) for row in ContactPoint.objects.order_by("pk")] == hashes
    assert opened() == before
    begun = secrets.load(own_keys)
    assert begun.next_index_key
    assert change() == len(before)
    ended = secrets.load(own_keys)
    assert (ended.index_key, ended.next_index_key) == (begun.next_index_key, None)
    assert ended.identifier_keys == begun.identifier_keys, "no third key: the same change went on"


def test_cut_off_between_the_database_and_the_file(own_keys: Path, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    really = secrets.replace

    def cut_off(directory: Path, keys: Any) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(keys)
        really(directory, keys)

    with monkeypatch.context() as broken:
        broken.setattr(secrets, "replace", cut_off)
        with pytest.raises(KeyboardInterrupt):
            change()
    assert change() == 0, "the database was ready: only the file was behind"
    assert secrets.load(own_keys).next_index_key is None
    assert queries.keys_fit()


def test_two_step_sign_in_goes_on(own_keys: Path, town: Town) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from allauth.mfa.utils import decrypt

    secret = generate_totp_secret()
    TOTP.activate(town.wang.user, secret)
    codes = RecoveryCodes.activate(town.wang.user).get_unused_codes()
    change()
    totp = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert bytes.fromhex(totp.data["secret"])[0] == 2
    assert decrypt(totp.data["secret"]) == secret
    assert RecoveryCodes.activate(town.wang.user).get_unused_codes() == codes


def test_people_stay_signed_in(own_keys: Path, town: Town, client: Client, settings: Any) -> None:
    settings.SECRET_KEY = secrets.load(own_keys).django_secret_keys[-1]
    client.force_login(User.objects.get(pk=town.wang.user_id))
    change()
    keys = secrets.load(own_keys).django_secret_keys
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys[-1], list(keys[:-1])
    assert client.get("/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/").status_code == 200, "the session has moved to the new key"


def test_every_table_with_sealed_values_says_what_they_are() -> None:
    """Else the command would leave them behind, sealed with a key that everybody believes gone."""
    with_seals = [
        model for model in apps.get_models() if any(field.name == "sealed" for field in model._meta.get_fields())
    ]
    assert set(with_seals) == set(actions.sealed_models())
    # A document is sealed with a key of its own, which stands sealed beside it. Nothing is opened by a hash; those of
    # residents' sign-ins, and of codes that went to an address, are over with the change: they ask again.
    other = {("attachments", "content"), ("attachments", "preview"), ("portal", "key_hash"), ("portal", "phone_hash")}
    other |= {("portal", "number_hash"), ("portal", "code_hash"), ("messaging", "code_hash")}
    hidden = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
        if field.name not in {"sealed", "whole_hash", "last4_hash"} and model._meta.app_label != "audit"
        if (model._meta.app_label, field.name) not in other
    ]
    assert not hidden, "a sealed value stands in a column named sealed"


# --- the command ------------------------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from jinxiu.cli import rotate
moment = sys.argv.pop(1)
def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
def aim():
    from jinxiu.people.keys import actions, secrets
    if moment == "before":
        actions._seal_second_steps = killed
    else:
        really, calls = secrets.replace, []
        secrets.replace = lambda *words: killed() if calls else (calls.append(1), really(*words))
rotate._refuse_company = aim
from jinxiu.cli.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_before_or_after_the_database_changed(district: Path, moment: str) -> None:
    phones = _numbers(district)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, moment, "keys", "rotate", "--data", str(district)],
        env=command_environment(),
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -9, killed.stderr
    refused = jinxiu("migrate", "--data", district)
    assert refused.returncode == 2
    assert "A change of keys was interrupted; finish it first with: ./jinxiu keys rotate" in refused.stderr
    done = jinxiu("keys", "rotate", "--data", district)
    assert done.returncode == 0, done.stderr
    assert ("is finished" in done.stderr) == (moment == "after")
    assert "next_index_key" not in json.loads((district / "secrets.json").read_text())
    assert jinxiu("migrate", "--data", district).returncode == 0
    assert _numbers(district) == phones


_NUMBERS = """
import sys
from argparse import Namespace
from pathlib import Path
from jinxiu.cli.environment import database
with database(Namespace(data=Path(sys.argv[1])), must_exist=True):
    from jinxiu.people import queries
    from jinxiu.people.models import ContactPoint
    from jinxiu.people.sealing import open_sealed, PHONE
    print(queries.keys_fit(), sorted(open_sealed(row.sealed, PHONE) for row in ContactPoint.objects.all()))
"""


def _numbers(directory: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _NUMBERS, str(directory)], env=command_environment(), capture_output=True, text=True
    )
    assert done.stdout.startswith("True ["), done.stderr
    return done.stdout


def test_somebody_else_is_connected(district: Path) -> None:
    before = (district / "secrets.json").read_text()
    with embedded(district) as url, psycopg.connect(url):
        done = jinxiu("keys", "rotate", "--data", district)
    assert done.returncode == 2
    assert "Somebody else is connected to the database (1): stop the pages" in done.stderr
    assert (district / "secrets.json").read_text() == before


def test_keys_that_are_set_outside(district: Path) -> None:
    key = json.loads((district / "secrets.json").read_text())["index_key"]
    done = jinxiu("keys", "rotate", "--data", district, JINXIU_INDEX_KEY=key)
    assert done.returncode == 2
    assert "JINXIU_INDEX_KEY in the environment wins" in done.stderr


def test_a_directory_without_a_district() -> None:
    with new_data_dir() as directory:
        done = jinxiu("keys", "rotate", "--data", directory)
        assert (done.returncode, "There is no district in" in done.stderr) == (2, True)


def test_the_file_of_keys_stays_closed_to_others(own_keys: Path, town: Town) -> None:
    change()
    assert (own_keys / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in own_keys.iterdir()] == ["secrets.json"]
