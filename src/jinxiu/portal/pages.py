"""What the pages of residents have in common: who may open them, how often, and what stands in the head."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from jinxiu.audit import origin
from jinxiu.portal import access
from jinxiu.portal.access import RecordClosed, Visit
from jinxiu.portal.limits import PerAddress

View = Callable[..., HttpResponse]


def resident_page(view: View) -> View:
    """A page for whoever is signed in as a resident; others are led to the sign-in and come back afterwards.

    The sign-in of staff does not count here. The view gets its person from `access.resident_for`.
    """

    @login_not_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if access.resident_of(request) is None:
            return redirect(_sign_in_for(request))
        try:
            return view(request, *args, **kwargs)
        except RecordClosed:
            return show(request, "portal/closed.html", None, {}, status=403)
        except Http404:
            return show(request, "portal/not_found.html", None, {}, status=404)

    return page


_asked = PerAddress()


def public_page(view: View) -> View:
    """A page that everybody may read without signing in; so many a minute from one address, and nobody's data on it."""

    @login_not_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        most = settings.JINXIU_REQUESTS_PER_MINUTE
        if _asked.is_too_much(origin.current().address, most=most, now=time.monotonic()):
            response = render(request, "portal/too_many.html", status=429)
            response.headers["Retry-After"] = "60"
            return response
        return view(request, *args, **kwargs)

    return page


def _sign_in_for(request: HttpRequest) -> str:
    """The sign-in, and the page to come back to, where it is one to be looked at."""
    address = reverse("my-sign-in")
    return f"{address}?{urlencode({'next': request.path})}" if request.method in ("GET", "HEAD") else address


def show(
    request: HttpRequest, template: str, visit: Visit | None, page: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page about the person of a visit; the template extends portal/base.html, which names the person."""
    resident = access.resident_of(request)
    others = access.persons_for(resident) if resident is not None and visit is not None else []
    return render(request, template, {"resident": resident, "visit": visit, "persons": others, **page}, status=status)
