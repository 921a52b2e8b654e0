"""The address of a merged record leads to the one that is kept."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.people.access import PersonMerged


class MergedRecords:
    """Answer PersonMerged with the same page of the kept record; a form that was sent is sent there, whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Lead on where the address names the person; anywhere else a merged record is not found."""
        match = request.resolver_match
        if not isinstance(exception, PersonMerged) or match is None or "person_id" not in match.kwargs:
            return None
        address = reverse(match.view_name, kwargs={**match.kwargs, "person_id": exception.kept_id})
        if query := request.META.get("QUERY_STRING"):
            address = f"{address}?{query}"
        messages.info(request, gettext("Two records of this person were merged; this is the one that is kept."))
        return HttpResponseRedirect(address, preserve_request=request.method not in ("GET", "HEAD"))
