"""Give every request an id that ties its log lines and audit entries together."""

import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from jinxiu.audit import origin


class RequestOrigin:
    """Set the origin for this request and send its id back as X-Request-ID.

    The id is always our own: one taken from outside could be made to look like another request's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        here = origin.Origin(request_id=str(uuid.uuid4()), address=_address(request))
        origin.enter(here)
        try:
            response = self.get_response(request)
        finally:
            origin.enter(origin.Origin())  # the thread serves somebody else next
        response.headers["X-Request-ID"] = here.request_id
        return response


def _address(request: HttpRequest) -> str:
    if settings.JINXIU_PROXY:
        # Only the last hop is written by our own proxy; what stands before it is the sender's claim.
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return (forwarded or request.META.get("REMOTE_ADDR", ""))[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


class RequestIdFilter(logging.Filter):
    """Write the request's id into its log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = origin.current().request_id or "-"
        return True
