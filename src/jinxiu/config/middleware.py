"""What every answer carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


class ContentSecurityPolicy:
    """Send the content security and permissions policies with every answer, and keep personal pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        # Static files set their own lifetime before they get here; a page about people stays nowhere.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
