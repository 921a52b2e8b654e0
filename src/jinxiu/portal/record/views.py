"""The own record: health at a glance with referrals and agreements, and page by page what was done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from jinxiu.familydoctor.records.queries import Key
from jinxiu.portal import access
from jinxiu.portal.pages import resident_page, show
from jinxiu.portal.queries import team_for
from jinxiu.portal.record import queries


@require_safe
@resident_page
def record(request: HttpRequest, whom: int) -> HttpResponse:
    """Show a person's health at a glance, referrals and agreements."""
    visit = access.record_for(request, whom, access.OWN_RECORD)
    page = {
        "health": queries.health_of(visit),
        "team": team_for(visit),
        "referrals": queries.referrals_of(visit),
        "agreements": queries.agreements_of(visit),
    }
    return show(request, "portal/record/record.html", visit, page)


@require_safe
@resident_page
def done(request: HttpRequest, whom: int) -> HttpResponse:
    """Show what was done, the newest first."""
    visit = access.record_for(request, whom, access.OWN_RECORD)
    after = Key.parse(request.GET.get("after", ""))
    entries, then = queries.done_page(visit, after)
    page = {"entries": entries, "after": then, "is_first": after is None}
    return show(request, "portal/record/done.html", visit, page)
