"""Forms that were begun and not saved are known by the service above, which tells it here when it starts."""

from collections.abc import Callable
from dataclasses import dataclass

from jinxiu.people.access import Viewer
from jinxiu.worklists.services import Services


@dataclass(frozen=True, slots=True)
class Line:
    """One form that was not saved: whose, which, kept when, where to go on with it."""

    name: str
    what: str
    at: str
    url: str


Lines = Callable[[Viewer], list[Line]]

_services = Services[Lines]()
add = _services.add


def lines_for(viewer: Viewer) -> list[Line]:
    """The viewer's own unfinished forms."""
    return [line for service in _services for line in service(viewer)]
