"""No page before the second step is set up, for those who hold a power over others."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from jinxiu.people import access
from jinxiu.people.roles import SECOND_STEP_REQUIRED

SET_UP = "mfa_index"
# What is needed to set it up in either way, to leave, or to read the page in one's language.
OPEN = frozenset(
    {SET_UP, "mfa_activate_totp", "mfa_add_webauthn"}
    | {"account_reauthenticate", "account_logout", "set_language", "health"}
)


class SecondStepRequired:
    """Send an administrator or auditor without a second step to the page that sets it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let the request go on, or redirect it."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not request.user.is_authenticated or name in OPEN:
            return None
        if not SECOND_STEP_REQUIRED & access.viewer_for(request).permissions or is_mfa_enabled(request.user):
            return None
        messages.warning(request, gettext("Your role needs two-step sign-in. Set it up to go on."))
        return redirect(SET_UP)
