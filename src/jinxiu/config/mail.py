"""The mail server out of the environment: Django's settings for it, or the reason why it cannot be used."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# How each kind of address is protected, and its port when none is written.
_KINDS = {"smtps": ("EMAIL_USE_SSL", 465), "smtp": ("EMAIL_USE_TLS", 587)}
_SHAPE = "write smtp://user:password@host:port (TLS after hello) or smtps://user:password@host:port (TLS at once)"


def mail_settings(server: str, sender: str) -> dict[str, Any]:
    """Django's EMAIL_… settings for JINXIU_SMTP and JINXIU_MAIL_FROM; nothing when no server is named.

    Without TLS (`?tls=no`) only a server on this machine is used: a link that sets a password is a secret. Raises
    ImproperlyConfigured with a sentence that does not repeat the address, which may hold a password.
    """
    if not server:
        return {}
    try:
        parts = urlsplit(server)
        port, options = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ImproperlyConfigured(f"JINXIU_SMTP cannot be read; {_SHAPE}.") from None
    if parts.scheme not in _KINDS or not parts.hostname or parts.path.strip("/") or not options.keys() <= {"tls"}:
        raise ImproperlyConfigured(f"JINXIU_SMTP cannot be read; {_SHAPE}.")
    protection, usual_port = _KINDS[parts.scheme]
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or usual_port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_TIMEOUT": 10,  # seconds for which somebody looks at a page that does not come
        "DEFAULT_FROM_EMAIL": _sender(sender),
        protection: _is_protected(options.get("tls", ["yes"]), parts.hostname),
    }


def _is_protected(tls: list[str], host: str) -> bool:
    if tls == ["yes"]:
        return True
    if tls != ["no"]:
        raise ImproperlyConfigured("JINXIU_SMTP: tls is yes or no.")
    if host not in _THIS_MACHINE:
        raise ImproperlyConfigured("JINXIU_SMTP: tls=no is for a mail server on this machine; leave it out.")
    return False


def _sender(sender: str) -> str:
    try:
        validate_email(parseaddr(sender)[1])
    except ValidationError:
        raise ImproperlyConfigured(
            f"JINXIU_MAIL_FROM is {sender!r}; write who sends our mails, for example 锦绣 <jinxiu@hospital.example>."
        ) from None
    return sender
