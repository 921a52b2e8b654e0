"""What is arranged already for something due is known by the service above, which tells it here when it starts."""

from collections.abc import Callable, Collection, Mapping

from jinxiu.people.access import Viewer
from jinxiu.worklists.services import Services

# Persons, who looks; by person and clause a few words.
Arranged = Callable[[Collection[int], Viewer], Mapping[tuple[int, str], str]]

_services = Services[Arranged]()
add = _services.add


def arranged_for(person_ids: Collection[int], viewer: Viewer) -> dict[tuple[int, str], str]:
    """What is arranged for these people, by person and clause, in a few words."""
    found: dict[tuple[int, str], str] = {}
    for service in _services:
        found |= service(person_ids, viewer)
    return found
