"""The keys of this installation: made on first use, kept in one file that only its owner can read."""

import base64
import binascii
import contextlib
import json
import os
import secrets as random
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FILE_NAME = "secrets.json"
_KEY_BYTES = 32
_NAMES = ("django_secret_key", "identifier_key", "index_key")


@dataclass(frozen=True)
class Secrets:
    """`identifier_keys` seal identifiers (AES-256-GCM; the last one seals), `index_key` finds them (HMAC-SHA256)."""

    django_secret_key: str = field(repr=False)
    identifier_keys: tuple[bytes, ...] = field(repr=False)
    index_key: bytes = field(repr=False)


def load(data_dir: Path) -> Secrets:
    """Read the keys of the data directory, making them when there are none; the environment wins over the file.

    Raises ImproperlyConfigured with one sentence when a key is not what it should be.
    """
    from_environment = {
        name: os.environ[f"JINXIU_{name.upper()}"] for name in _NAMES if f"JINXIU_{name.upper()}" in os.environ
    }
    if len(from_environment) == len(_NAMES):
        return _parse(from_environment, "the environment")
    path = data_dir / FILE_NAME
    if not path.exists():
        _write(path, _new())
    return _parse({**_read(path), **from_environment}, str(path))


def _new() -> dict[str, str]:
    return {
        "django_secret_key": random.token_urlsafe(48),
        "identifier_key": base64.b64encode(random.token_bytes(_KEY_BYTES)).decode(),
        "index_key": base64.b64encode(random.token_bytes(_KEY_BYTES)).decode(),
    }


def _write(path: Path, values: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_name(f".{FILE_NAME}.{os.getpid()}.{random.token_hex(4)}")
    with os.fdopen(os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    # A second command that starts at the same moment must not replace the keys that the first one already uses.
    with contextlib.suppress(FileExistsError):
        os.link(half_made, path)
    half_made.unlink()


def _read(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"The keys in {path} cannot be read ({error}); restore the file from your backup."
        ) from error
    if not isinstance(values, dict):
        raise ImproperlyConfigured(
            f"{path} must hold one JSON object with {', '.join(_NAMES)}; restore it from your backup."
        )
    return values


def _parse(values: dict[str, str], where: str) -> Secrets:
    missing = [name for name in _NAMES if not values.get(name)]
    if missing:
        raise ImproperlyConfigured(f"{where} lacks {', '.join(missing)}; restore the keys from your backup.")
    return Secrets(
        django_secret_key=values["django_secret_key"],
        identifier_keys=tuple(_key(part, "identifier_key", where) for part in values["identifier_key"].split(",")),
        index_key=_key(values["index_key"], "index_key", where),
    )


def _key(text: str, name: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ImproperlyConfigured(f"{name} in {where} must be {_KEY_BYTES} bytes written in base64.")
    return key
