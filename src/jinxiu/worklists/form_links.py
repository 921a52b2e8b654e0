"""Which form keeps a promise is known by the service above, which tells it here when it starts (`AppConfig.ready`)."""

from collections.abc import Callable

from jinxiu.people.access import Viewer
from jinxiu.standards.model import Standard

# Standard, clause, action, who looks, person; the address, empty where there is no form or it may not be filled in.
FormUrl = Callable[[Standard, str, str, Viewer, int], str]

_services: list[FormUrl] = []


def add(form_url: FormUrl) -> None:
    """Ask this service, too, where a promise is kept; told again it is asked once."""
    if form_url not in _services:
        _services.append(form_url)


def form_url(standard: Standard, clause_id: str, action: str, viewer: Viewer, person_id: int) -> str:
    """Return the address of the form that keeps a promise; empty where no service has one."""
    found = (service(standard, clause_id, action, viewer, person_id) for service in _services)
    return next((url for url in found if url), "")
