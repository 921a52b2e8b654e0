"""What every answer carries, what is written down about it, and how much one person may ask for."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import is_valid_path

from jinxiu.config import errors

_access_log = logging.getLogger("jinxiu.access")

# Everything comes from ourselves; no inline script or style, no frame, no plugin. Charts and icons may be data images.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)

Answer = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Send the content security and permissions policies with every answer, and keep personal pages out of caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Static files set their own lifetime before they get here; a page about people stays nowhere.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class AccessLog:
    """Write one line for each answer: which route, who by number, how it went, how long it took.

    The route and not the address, the account's number and not its name: the line tells nothing about anybody's health.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        if match or not request.path.startswith(settings.STATIC_URL):
            user = getattr(request, "_cached_user", None)  # as far as somebody asked: a line in a log asks no database
            _access_log.info(
                "method=%s route=/%s status=%d ms=%d user=%s",
                request.method if request.method in _METHODS else "?",
                match.route if match else "?",
                response.status_code,
                (time.perf_counter() - began) * 1000,
                getattr(user, "pk", None) or "-",
            )
        return response


class PageAbove:
    """Lead a browser that opens or reloads an address which only takes forms to the page above it, not to a blank one.

    The answer to a form that was not right stands at such an address; so do links that somebody kept.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        by_browser = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        return redirect(_page_above(request.path_info)) if response.status_code == 405 and by_browser else response


def _page_above(path: str) -> str:
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path):
            break
    return path


_LARGEST_ID = 2**63 - 1
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class RequestLimits:
    """Refuse a request that is too large before it is read, and more pages in a minute than a person can look at.

    Each server process counts for itself and forgets at a restart: the limit keeps a script from copying the register
    unnoticed, it is no account of who did what (that is the trail's).
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self._spent: dict[int, tuple[float, float]] = {}  # account → (requests not yet forgotten, when that was)
        self._lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) > settings.JINXIU_LARGEST_REQUEST:
            return errors.too_large(request)
        if request.user.is_authenticated and self._is_too_much(request.user.pk):
            return errors.too_many(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Answer "not found" to an id that no row can have, which the database would refuse as a fault."""
        if any(isinstance(value, int) and value > _LARGEST_ID for value in kwargs.values()):
            raise Http404

    def _is_too_much(self, user_id: int) -> bool:
        a_minute, now = settings.JINXIU_REQUESTS_PER_MINUTE, time.monotonic()
        with self._lock:
            spent, since = self._spent.get(user_id, (0.0, now))
            spent = max(0.0, spent - (now - since) * a_minute / 60)
            if spent >= a_minute:
                return True
            self._spent[user_id] = (spent + 1, now)
            return False


def _length(request: HttpRequest) -> int:
    """Bytes of the body as the sender announces them; Django reads no further than that."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
