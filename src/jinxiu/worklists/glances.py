"""How the teams of a manager stand is known by the services above, which tell it here when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from jinxiu.people.access import Viewer
from jinxiu.worklists.services import Services


@dataclass(frozen=True, slots=True)
class Number:
    """One number at a glance: of what, the number, what it is made of, its tone, where more of it is."""

    label: str
    value: str
    hint: str
    tone: str
    href: str


@dataclass(frozen=True, slots=True)
class Glance:
    """Some numbers of one subject, and the page of all of them."""

    title: str
    url: str
    numbers: tuple[Number, ...]


Ask = Callable[[Viewer], Glance | None]

_services = Services[Ask]()
add = _services.add


def glances_for(viewer: Viewer) -> list[Glance]:
    """What the viewer looks at first; nothing for who manages nothing."""
    return [glance for service in _services if (glance := service(viewer)) is not None]
