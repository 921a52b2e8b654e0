"""Pages for what went wrong: one calm sentence, the way on, and the number under which our log has it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from jinxiu.audit import origin
from jinxiu.portal.access import PATH


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request could not be read."""
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the role does not include this page."""
    return _page(request, "403.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there, or nothing that this viewer may know of."""
    return _page(request, "portal/not_found.html" if _is_for_residents(request) else "404.html", 404)


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the CSRF check: the form stood open too long or the cookie is missing."""
    return _page(request, "403_csrf.html", 403)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than anything that Jinxiu takes in."""
    return _page(request, "413.html", 413)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: more pages in a minute than a person can look at."""
    response = _page(request, "429.html", 429)
    response.headers["Retry-After"] = "60"
    return response


def fault(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, since the database may be what failed."""
    said = {"request_id": origin.current().request_id, "is_for_residents": _is_for_residents(request)}
    page = render_to_string("500.html", said)
    return HttpResponse(page, status=500)


def _is_for_residents(request: HttpRequest) -> bool:
    """Whether it went wrong on the pages of residents, who have no business on those of staff."""
    return request.path.startswith(PATH)


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    frame = "portal/trouble.html" if _is_for_residents(request) else "ui/trouble.html"
    return render(request, template, {"frame": frame, "request_id": origin.current().request_id}, status=status)
