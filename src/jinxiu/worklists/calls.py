"""Who is to be called at once is known by the services above, which tell it here when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from jinxiu.people.access import Viewer
from jinxiu.worklists.services import Services


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to call now: who, about what, why, and where it is recorded."""

    name: str
    url: str
    what: str
    why: str


Lines = Callable[[Viewer], list[Line]]

_services = Services[Lines]()
add = _services.add


def lines_for(viewer: Viewer) -> list[Line]:
    """Whom the viewer's teams should call now."""
    return [line for service in _services for line in service(viewer)]
