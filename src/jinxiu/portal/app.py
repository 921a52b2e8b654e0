"""What makes the pages installable: manifest, service worker, and a page for when there is no network."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from jinxiu.portal import access

_WORKER = Path(__file__).parent / "static" / "portal" / "worker.js"


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The name, the icon and the colours of the installed app."""
    icons = [
        {"src": static(f"portal/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return JsonResponse(
        {
            "id": access.PATH,
            "name": gettext("Jinxiu: my family doctor"),
            "short_name": gettext("Family doctor"),
            "start_url": reverse("my"),
            "scope": access.PATH,
            "display": "standalone",
            "background_color": "#f5f7f5",
            "theme_color": "#0d6b59",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from an address whose scope is the residents' pages."""
    script = _WORKER.read_text(encoding="utf-8")
    for name, address in _addresses().items():
        script = script.replace(name, address)
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def _addresses() -> dict[str, str]:
    return {"{offline}": reverse("my-offline"), "{look}": static("portal/portal.css")}


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the browser keeps for when there is no network: in both languages, about nobody."""
    return render(request, "portal/offline.html", {"languages": [_offline(code) for code, _name in settings.LANGUAGES]})


def _offline(language: str) -> dict[str, str]:
    with translation.override(language):
        return {
            "code": language,
            "title": gettext("No network"),
            "text": gettext("There is no connection now. Please try again later. In an emergency, call."),
            "call": gettext("Emergency 120"),
        }
