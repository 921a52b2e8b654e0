"""The page of who looked at the own record."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from jinxiu.portal import access
from jinxiu.portal.lookers.queries import lookers_of
from jinxiu.portal.pages import resident_page, show
from jinxiu.portal.queries import team_for


@require_safe
@resident_page
def lookers(request: HttpRequest, whom: int) -> HttpResponse:
    """Show who looked, by day; reading this leaves a line like every look."""
    visit = access.rights_for(request, whom, access.LOOKERS)
    before = _day(request.GET.get("before", ""))
    page = {"found": lookers_of(visit, before), "is_first": before is None, "team": team_for(visit)}
    return show(request, "portal/lookers/lookers.html", visit, page)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
