"""The provider of SMS out of the environment, or the reason why it cannot be used."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def sms_url(text: str) -> str:
    """JINXIU_SMS_URL as it may be used: https, or http to this machine; empty when no provider is named.

    Raises ImproperlyConfigured with a sentence that does not repeat the address, which may hold a password.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_open = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
    except ValueError:
        is_open, parts = False, urlsplit("")
    if not parts.hostname or not (is_open or parts.scheme == "https"):
        raise ImproperlyConfigured(
            "JINXIU_SMS_URL cannot be used; write https://host/path, or http://localhost:port/path for a program on "
            "this machine: what is sent holds phone numbers."
        )
    return text
