"""Numbers at rest: readable with the right keys only, equal only where they should be."""

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from jinxiu.people import queries, sealing
from jinxiu.people.keys import secrets
from jinxiu.people.keys.secrets import Secrets
from jinxiu.people.models import ContactPoint, Identifier
from tests.town import Town

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = Secrets(django_secret_keys=("x",), identifier_keys=(OLD,), index_key=b"i" * 32)


@pytest.fixture
def keys(settings: Any) -> Any:
    settings.JINXIU_SECRETS = KEYS
    return settings


def test_what_is_sealed_opens(keys: Any) -> None:
    sealed = sealing.seal("13812340021", "phone")
    assert b"138" not in sealed
    assert sealing.open_sealed(sealed, "phone") == "13812340021"


def test_no_two_seals_are_alike(keys: Any) -> None:
    assert sealing.seal("1", "phone") != sealing.seal("1", "phone")


def test_it_opens_in_its_own_context_only(keys: Any) -> None:
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(sealing.seal("1", "phone"), "identifier")


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_a_changed_byte_is_noticed(keys: Any, place: int) -> None:
    sealed = bytearray(sealing.seal("13812340021", "phone"))
    sealed[place] ^= 1
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(bytes(sealed), "phone")


@pytest.mark.parametrize("nothing", [b"", b"\x01", b"\x01" + b"0" * 12])
def test_something_else_is_refused(keys: Any, nothing: bytes) -> None:
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(nothing, "phone")


def test_a_new_key_seals_and_the_old_one_still_opens(keys: Any) -> None:
    before = sealing.seal("old", "phone")
    keys.JINXIU_SECRETS = Secrets(django_secret_keys=("x",), identifier_keys=(OLD, NEW), index_key=KEYS.index_key)
    after = sealing.seal("new", "phone")
    assert (before[0], after[0]) == (1, 2)
    assert (sealing.open_sealed(before, "phone"), sealing.open_sealed(after, "phone")) == ("old", "new")


def test_a_hash_is_equal_within_its_context_and_key(keys: Any) -> None:
    here = sealing.keyed_hash("13812340021", "phone")
    assert here == sealing.keyed_hash("13812340021", "phone")
    assert here != sealing.keyed_hash("13812340021", "identifier")
    keys.JINXIU_SECRETS = Secrets(django_secret_keys=("x",), identifier_keys=(OLD,), index_key=b"j" * 32)
    assert here != sealing.keyed_hash("13812340021", "phone")


def test_people_are_found_by_their_number_as_it_is_written(town: Town) -> None:
    card = Identifier.objects.get(person=town.chen)
    number = sealing.open_sealed(card.sealed, sealing.IDENTIFIER)
    spaced = f"{number[:6]} {number[6:14]} {number[14:].lower()}"
    assert queries.person_id_by_identifier("id_card", spaced) == town.chen.pk
    assert queries.person_id_by_identifier("passport", number) is None


def test_the_database_holds_no_number_in_the_open(town: Town) -> None:
    for row in (*Identifier.objects.all(), *ContactPoint.objects.all()):
        number = sealing.open_sealed(
            row.sealed, sealing.IDENTIFIER if isinstance(row, Identifier) else sealing.PHONE
        ).encode()
        stored = b"".join(map(bytes, (row.sealed, row.whole_hash, row.last4_hash))) + row.masked.encode()
        assert number not in stored


def test_keys_of_another_installation_are_noticed(town: Town, settings: Any) -> None:
    assert queries.keys_fit()
    settings.JINXIU_SECRETS = KEYS
    assert not queries.keys_fit()


# --- the file of keys -------------------------------------------------------------------------------------------------


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    made = secrets.load(tmp_path)
    assert secrets.load(tmp_path) == made
    assert stat.S_IMODE(os.stat(tmp_path / "secrets.json").st_mode) == 0o600
    assert os.listdir(tmp_path) == ["secrets.json"]


def test_keys_are_not_printed(tmp_path: Path) -> None:
    assert secrets.load(tmp_path).django_secret_keys[0] not in repr(secrets.load(tmp_path))


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = base64.b64encode(NEW).decode()
    monkeypatch.setenv("JINXIU_IDENTIFIER_KEY", f"{base64.b64encode(OLD).decode()},{key}")
    assert secrets.load(tmp_path).identifier_keys == (OLD, NEW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read"),
        ("[]", "one JSON object"),
        ("{}", "lacks django_secret_key, identifier_key, index_key"),
        (json.dumps({"django_secret_key": "x", "identifier_key": "c2hvcnQ=", "index_key": "!"}), "identifier_key"),
    ],
)
def test_a_spoilt_file_is_said_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "secrets.json").write_text(text)
    with pytest.raises(ImproperlyConfigured, match=says):
        secrets.load(tmp_path)
