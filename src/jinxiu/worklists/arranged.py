"""What is arranged already for something due is known by the service above, which tells it here when it starts."""

from collections.abc import Callable, Collection, Mapping

from jinxiu.people.access import Viewer

# Persons, who looks; by person and clause a few words.
Arranged = Callable[[Collection[int], Viewer], Mapping[tuple[int, str], str]]

_services: list[Arranged] = []


def add(arranged: Arranged) -> None:
    """Ask this service, too, what is arranged; told again it is asked once."""
    if arranged not in _services:
        _services.append(arranged)


def arranged_for(person_ids: Collection[int], viewer: Viewer) -> dict[tuple[int, str], str]:
    """What is arranged for these people, by person and clause, in a few words."""
    found: dict[tuple[int, str], str] = {}
    for service in _services:
        found |= service(person_ids, viewer)
    return found
