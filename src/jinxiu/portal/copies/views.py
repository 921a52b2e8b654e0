"""The page on which a copy of the own data is taken."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jinxiu.people import clock
from jinxiu.people.actions import PeopleError
from jinxiu.portal import access
from jinxiu.portal.copies import actions, rules
from jinxiu.portal.pages import resident_page, show

_FILES = {rules.PAPER: ("record", "pdf", "application/pdf"), rules.ARCHIVE: ("copy", "zip", "application/zip")}


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def copy(request: HttpRequest, whom: int) -> HttpResponse:
    """Say what a copy holds, and hand it out to who has just signed in."""
    visit = access.rights_for(request, whom, access.OWN_COPY)
    now, here = clock.true_now(), reverse("my-copy", args=[whom])
    again = f"{reverse('my-sign-in')}?{urlencode({'again': 1, 'next': here})}"
    is_fresh = rules.is_fresh(visit.resident.signed_in_at, now)
    what = request.POST.get("what", "")
    if request.method == "POST" and not is_fresh:
        return redirect(again)
    if what in rules.WHAT:
        try:
            file = actions.take(visit=visit, what=what, now=now)
        except PeopleError as refused:
            messages.error(request, str(refused.sentence))
            return redirect(here)
        name, suffix, media = _FILES[what]
        named = f"{name}-{whom}-{visit.today.isoformat()}.{suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{named}"', "Cache-Control": "no-store"}
        return HttpResponse(file, content_type=media, headers=headers)
    page = {"is_fresh": is_fresh, "again": again, "most": rules.A_DAY}
    return show(request, "portal/copies/copy.html", visit, page)
