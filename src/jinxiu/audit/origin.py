"""Where the work at hand comes from: a request with its id and address, or a command."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The request's id and the address that it came from; both empty for a command."""

    request_id: str = ""
    address: str = ""


@dataclass(frozen=True)
class Actor:
    """Who acts, as the trail will name them; `user_id` is None for the system itself."""

    user_id: int | None
    name: str
    role: str = ""


SYSTEM = Actor(user_id=None, name="jinxiu", role="system")

_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("jinxiu_origin", default=_NOWHERE)


def current() -> Origin:
    """The origin of the request that this thread is working on; empty outside requests."""
    return _current.get()


def enter(origin: Origin) -> None:
    """Begin a request: what is recorded from here on bears its id and address."""
    _current.set(origin)
