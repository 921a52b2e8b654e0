"""Where an uploaded file waits for somebody's yes: sealed, outside of everything that is served, for an hour.

Beside it stands how far its import is, for whoever looks at the page meanwhile.
"""

import base64
import contextlib
import re
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404

from jinxiu.people import sealing

LARGEST_UPLOAD = 20 * 1024 * 1024
_CONTEXT = "upload"
_SECONDS_KEPT = 60 * 60
_TOKEN = re.compile(r"[0-9a-f]{32}")


def keep(content: bytes) -> str:
    """Keep a file and return its token; files that nobody came back for are deleted on the way."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    _sweep(folder)
    token = uuid.uuid4().hex
    path = folder / token
    path.touch(mode=0o600)
    path.write_bytes(sealing.seal(base64.b64encode(content).decode(), _CONTEXT))
    return token


def fetch(token: str) -> bytes | None:
    """The file of a token; None when it was deleted or is too old."""
    path = _path(token)
    try:
        if path is None or time.time() - path.stat().st_mtime > _SECONDS_KEPT:
            return None
        return base64.b64decode(sealing.open_sealed(path.read_bytes(), _CONTEXT))
    except (FileNotFoundError, sealing.SealError):
        return None


def forget(token: str) -> None:
    """Delete the file of a token, if there is one."""
    path = _path(token)
    if path is not None:
        path.unlink(missing_ok=True)
        _beside(path).unlink(missing_ok=True)


def note_share(token: str, share: float) -> None:
    """Note how far the import of a file is, 0 to 1."""
    path = _path(token)
    if path is not None:
        _beside(path).write_text(f"{share:.2f}")


def share_of(token: str) -> float:
    """How far the import of a file is, 0 to 1; 0 when it has not begun."""
    path = _path(token)
    try:
        return float(_beside(path).read_text()) if path is not None else 0.0
    except (FileNotFoundError, ValueError):  # it is being written
        return 0.0


def waiting(session: SessionBase, key: str, token: str) -> dict[str, Any]:
    """What this session has waiting under the token; another session's file is not found. Raises Http404."""
    found: dict[str, Any] | None = session.get(key)
    if found is None or found["token"] != token:
        raise Http404
    return found


def wait(session: SessionBase, key: str, content: bytes, **known: Any) -> dict[str, Any]:
    """Let a file wait, in place of what this session has waiting; returns what is known of it, with its token."""
    drop(session, key)
    session[key] = {"token": keep(content), **known}
    found: dict[str, Any] = session[key]
    return found


def drop(session: SessionBase, key: str) -> None:
    """Delete the file that this session has waiting, if there is one."""
    found = session.pop(key, None)
    if found:
        forget(found["token"])


def _folder() -> Path:
    return Path(settings.JINXIU_DATA) / "uploads"


def _path(token: str) -> Path | None:
    return _folder() / token if _TOKEN.fullmatch(token) else None


def _beside(path: Path) -> Path:
    return path.with_suffix(".share")


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # somebody else sweeps as well
            if time.time() - path.stat().st_mtime > _SECONDS_KEPT:
                path.unlink()
