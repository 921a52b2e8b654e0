"""What the pages need around every request."""

from collections.abc import Callable
from time import time

from django.http import HttpRequest, HttpResponse

TOUCH_AFTER_SECONDS = 5 * 60


class IdleSession:
    """Let a session end after a time without use, not after a time since sign-in.

    Saving the session on every request would write a row for every click; once in five minutes is enough.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.session_key and time() - session.get("used_at", 0) > TOUCH_AFTER_SECONDS:
            session["used_at"] = int(time())
        return self.get_response(request)
