"""The demo's accounts, one for each role: their passwords, and the file that remembers them for the next run."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "demo-accounts.json"
_EASY_TO_TYPE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
_GROUPS, _GROUP_LENGTH = 3, 4


@dataclass(frozen=True)
class Account:
    """Somebody of the demo who may sign in; `name` and `scope` (team or institution) say as whom."""

    role: str
    username: str
    name: str
    scope: str
    password: str = field(repr=False)


def new_password() -> str:
    """A password of 12 random letters and digits in groups of four: about 59 bits."""
    groups = ("".join(secrets.choice(_EASY_TO_TYPE) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def remember(directory: Path, token: str, accounts: Sequence[Account]) -> None:
    """Write the accounts of the district with that token; only the owner can read them, never half a file."""
    path = directory / FILE_NAME
    half_made = path.with_name(f".{FILE_NAME}.{os.getpid()}")
    with os.fdopen(os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(
            {"district": token, "accounts": [asdict(row) for row in accounts]}, file, indent=1, ensure_ascii=False
        )
    half_made.replace(path)


def recall(directory: Path, token: str) -> list[Account] | None:
    """The accounts as remembered; None when the file is missing, unreadable or of another district."""
    try:
        kept = json.loads((directory / FILE_NAME).read_text(encoding="utf-8"))
        if kept["district"] != token:
            return None
        return [Account(**row) for row in kept["accounts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
