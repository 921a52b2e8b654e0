"""Signing in by phone and document with a one-time code, and signing out.

Whether somebody is in the register shows nowhere: what is said, and how long it takes, is the same for everybody.
"""

from __future__ import annotations

from time import monotonic, sleep

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST

from jinxiu.audit import origin
from jinxiu.people import clock
from jinxiu.portal import access, actions, queries, rules
from jinxiu.portal.forms import CodeForm, NumbersForm
from jinxiu.portal.pages import resident_page, show

_TRYING = "jinxiu_resident_try"  # the browser's cookie between the two pages
_LONGEST_ADDRESS = 200
_WRONG_TAKES = 0.25  # seconds, of which the work takes a few hundredths


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for phone and document; with `again` in the address also of who is signed in."""
    if request.method != "POST":
        if access.resident_of(request) and "again" not in request.GET:
            return redirect("my")
        return show(request, "portal/sign_in.html", None, {"form": NumbersForm(), "next": _next(request)})
    form, now = NumbersForm(request.POST), clock.true_now()
    if form.is_valid():
        phone_hash, number_hash = form.cleaned_data["hashes"]
        if not _too_many("ask", rules.FROM_ADDRESS) and not queries.asked_too_often(phone_hash, number_hash, now):
            key = actions.ask_for_code(
                phone_hash=phone_hash, number_hash=number_hash, language=get_language() or "zh-hans", now=now
            )
            response = redirect("my-code")
            _set(response, _TRYING, f"{key} {_next(request)}", seconds=int(rules.CODE_LASTS.total_seconds()) + 60)
            return response
        form.add_error(None, gettext("Codes were asked for very often. Please wait an hour, or ask your centre."))
    page = {"form": form, "next": _next(request)}
    return show(request, "portal/sign_in.html", None, page, status=200 if form.is_valid() else 400)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Take the code; only the browser that asked for it can use it."""
    key, _space, then = request.COOKIES.get(_TRYING, "").partition(" ")
    if not key:
        return redirect("my-sign-in")
    form, began = CodeForm(request.POST or None), monotonic()
    if request.method == "POST" and form.is_valid():
        session = None
        if not _too_many("code", rules.FROM_ADDRESS):
            session = actions.check_code(key=key, code=form.cleaned_data["code"], now=clock.true_now())
        if session is not None:
            # A browser has one sign-in: the one before has ended when somebody proves themselves again.
            if before := access.resident_of(request):
                actions.sign_out(resident=before, everywhere=False, now=clock.true_now())
            response = redirect(then if _is_ours(request, then) else "my")
            _set(response, access.COOKIE, session, seconds=int(rules.SIGN_IN_LASTS.total_seconds()))
            response.delete_cookie(_TRYING, path=access.PATH)
            return response
        form.add_error(
            "code",
            gettext("This code does not fit, or it works no more. Look at the SMS again, or ask for a new code."),
        )
        sleep(max(0.0, began + _WRONG_TAKES - monotonic()))
    return show(request, "portal/code.html", None, {"form": form}, status=400 if form.errors else 200)


@require_POST
@resident_page
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sign-in of this browser, or of all."""
    resident = access.resident_of(request)
    if resident is not None:
        actions.sign_out(resident=resident, everywhere="everywhere" in request.POST, now=clock.true_now())
    response = redirect("my-sign-in")
    response.delete_cookie(access.COOKIE, path=access.PATH)
    return response


def _next(request: HttpRequest) -> str:
    """Where somebody wanted to go; nothing but a page of residents."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("next", "")
    return wanted if _is_ours(request, wanted) else ""


def _is_ours(request: HttpRequest, address: str) -> bool:
    is_local = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    is_short = address.isascii() and " " not in address and len(address) <= _LONGEST_ADDRESS  # it travels in a cookie
    return is_local and is_short and address.startswith(access.PATH)


def _set(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=access.PATH, httponly=True, samesite="Lax", secure=settings.JINXIU_HTTPS
    )


def _too_many(what: str, most: int) -> bool:
    """Whether this address has tried more often in this hour than a whole health centre's visitors would."""
    hour = int(clock.true_now().timestamp()) // 3600
    key = f"portal:{what}:{origin.current().address}:{hour}"
    cache.add(key, 0, 2 * 3600)
    return cache.incr(key) > most
