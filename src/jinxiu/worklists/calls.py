"""Who is to be called at once is known by the services above, which tell it here when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from jinxiu.people.access import Viewer


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to call now: who, about what, why, and where it is recorded."""

    name: str
    url: str
    what: str
    why: str


Lines = Callable[[Viewer], list[Line]]

_services: list[Lines] = []


def add(lines: Lines) -> None:
    """Ask this service, too, who is to be called; told again it is asked once."""
    if lines not in _services:
        _services.append(lines)


def lines_for(viewer: Viewer) -> list[Line]:
    """Whom the viewer's teams should call now."""
    return [line for service in _services for line in service(viewer)]
