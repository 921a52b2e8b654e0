"""The keys of this installation: made on first use, kept in one file that only its owner can read."""

import base64
import binascii
import contextlib
import hashlib
import json
import os
import secrets as random
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FILE_NAME = "secrets.json"
_KEY_BYTES = 32
_MOST_KEYS = 255  # the number of the key is one byte of what it sealed
_NAMES = ("django_secret_key", "identifier_key", "index_key")
_NEXT_INDEX_KEY = "next_index_key"  # stands in the file while the keys are being changed


@dataclass(frozen=True)
class Secrets:
    """The keys as the application uses them.

    The last of `django_secret_keys` signs, those before it are still believed. The last of `identifier_keys` seals
    numbers (AES-256-GCM), those before it open what they sealed. `index_key` finds numbers (HMAC-SHA256);
    `next_index_key` is there while a change of keys has begun and has not ended.
    """

    django_secret_keys: tuple[str, ...] = field(repr=False)
    identifier_keys: tuple[bytes, ...] = field(repr=False)
    index_key: bytes = field(repr=False)
    next_index_key: bytes | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """Eight characters that tell these keys from others without giving anything away."""
        return hashlib.sha256(b"jinxiu keys\0" + self.index_key + self.identifier_keys[-1]).hexdigest()[:8]

    def as_text(self) -> str:
        """The keys as the file holds them."""
        values = {
            "django_secret_key": ",".join(self.django_secret_keys),
            "identifier_key": ",".join(map(_in_base64, self.identifier_keys)),
            "index_key": _in_base64(self.index_key),
        }
        if self.next_index_key:
            values[_NEXT_INDEX_KEY] = _in_base64(self.next_index_key)
        return json.dumps(values, indent=1)

    def with_new_keys(self) -> "Secrets":
        """These keys with new ones beside them, before anything is sealed or found by the new ones.

        Raises ImproperlyConfigured when the numbers of keys are used up.
        """
        if len(self.identifier_keys) >= _MOST_KEYS:
            raise ImproperlyConfigured(f"The keys were changed {_MOST_KEYS - 1} times; no number is left for another.")
        return Secrets(
            django_secret_keys=(self.django_secret_keys[-1], random.token_urlsafe(48)),
            identifier_keys=(*self.identifier_keys, random.token_bytes(_KEY_BYTES)),
            index_key=self.index_key,
            next_index_key=random.token_bytes(_KEY_BYTES),
        )

    def settled(self) -> "Secrets":
        """The keys after the change: numbers are found by the new one only."""
        assert self.next_index_key is not None
        return Secrets(self.django_secret_keys, self.identifier_keys, self.next_index_key)


def load(data_dir: Path) -> Secrets:
    """Read the keys of the data directory, making them when there are none; the environment wins over the file.

    Raises ImproperlyConfigured with one sentence when a key is not what it should be.
    """
    given = {name: os.environ[_variable(name)] for name in set_outside()}
    if len(given) == len(_NAMES):
        return _parse(given, "the environment")
    path = data_dir / FILE_NAME
    if not path.exists():
        _write_new(path, _new().as_text())
    return _parse({**_read(path), **given}, str(path))


def read_file(path: Path) -> Secrets:
    """Read a file of keys wherever it is. Raises ImproperlyConfigured with one sentence."""
    return _parse(_read(path), str(path))


def set_outside() -> list[str]:
    """The names of keys that the environment sets; this program cannot change those."""
    return [name for name in _NAMES if _variable(name) in os.environ]


def replace(data_dir: Path, keys: Secrets) -> None:
    """Write the keys of the data directory, whole or not at all."""
    path = data_dir / FILE_NAME
    os.replace(_half_made(path, keys.as_text()), path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name must outlive a power cut: the database will depend on it
    finally:
        os.close(folder)


def write_new(path: Path, keys: Secrets) -> None:
    """Write the keys to a file of their own, readable by its owner only. Raises FileExistsError."""
    half_made = _half_made(path, keys.as_text())
    if path.exists():
        half_made.unlink()
        raise FileExistsError(path)
    os.replace(half_made, path)


def _variable(name: str) -> str:
    return f"JINXIU_{name.upper()}"


def _new() -> Secrets:
    return Secrets((random.token_urlsafe(48),), (random.token_bytes(_KEY_BYTES),), random.token_bytes(_KEY_BYTES))


def _in_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _half_made(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_name(f".{path.name}.{os.getpid()}.{random.token_hex(4)}")
    with os.fdopen(os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return half_made


def _write_new(path: Path, text: str) -> None:
    half_made = _half_made(path, text)
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
    unfinished = values.get(_NEXT_INDEX_KEY)
    return Secrets(
        django_secret_keys=tuple(values["django_secret_key"].split(",")),
        identifier_keys=tuple(_key(part, "identifier_key", where) for part in values["identifier_key"].split(",")),
        index_key=_key(values["index_key"], "index_key", where),
        next_index_key=_key(unfinished, _NEXT_INDEX_KEY, where) if unfinished else None,
    )


def _key(text: str, name: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ImproperlyConfigured(f"{name} in {where} must be {_KEY_BYTES} bytes written in base64.")
    return key
