"""The ways to reach somebody: SMS by HTTP, e-mail by SMTP, and the inbox page of a demonstration.

A channel gets an address and a text, and gives the provider's id back, or says why it could not deliver. Neither the
address nor the text stands in what it says.
"""

from __future__ import annotations

import http.client
import json
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext

SMS, EMAIL, INBOX = "sms", "email", "inbox"
PHONE = "phone"
_SECONDS = 10
_LONGEST_ANSWER = 10_000  # bytes


class NotDeliveredError(Exception):
    """It did not go out; `reason` is a code. `again`: a later try may succeed."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


@dataclass(frozen=True)
class Channel:
    """A way to deliver; `takes` is the kind of address that it needs."""

    name: str
    takes: str


def in_order() -> Sequence[Channel]:
    """The channels of this installation in the order in which they are tried.

    The inbox page stands in for all of them, where none is set up and JINXIU_INBOX says so.
    """
    found = [Channel(SMS, PHONE)] if settings.JINXIU_SMS_URL else []
    found += [Channel(EMAIL, EMAIL)] if settings.JINXIU_MAIL else []
    return found or ([Channel(INBOX, PHONE), Channel(INBOX, EMAIL)] if settings.JINXIU_INBOX else [])


def takes_email() -> bool:
    """Whether anything goes out by e-mail here."""
    return any(channel.takes == EMAIL for channel in in_order())


def deliver(channel: Channel, *, address: str, text: str, template: str, reference: str) -> str:
    """Deliver by a channel and return the provider's id, which may be empty. Raises NotDeliveredError."""
    if channel.name == SMS:
        return _sms(address, text, template, reference)
    if channel.name == EMAIL:
        return _email(address, text)
    return ""  # the message itself is what the inbox page shows


class _StaysHere(HTTPRedirectHandler):
    """A number and a text go to the address that was set up, and are not carried on to another."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


_open = build_opener(_StaysHere).open


def _sms(number: str, text: str, template: str, reference: str) -> str:
    body = {"to": number, "text": text, "template": template, "reference": reference}
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
    if settings.JINXIU_SMS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.JINXIU_SMS_TOKEN}"
    request = Request(settings.JINXIU_SMS_URL, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - checked at the start
    try:
        with _open(request, timeout=_SECONDS) as response:
            return _provider_id(response.read(_LONGEST_ANSWER))
    except HTTPError as error:
        error.close()
        later = error.code in (408, 429) or error.code >= 500
        raise NotDeliveredError("busy" if later else "refused", again=later) from None
    except (OSError, http.client.HTTPException):
        raise NotDeliveredError("unreachable", again=True) from None


def _provider_id(answer: bytes) -> str:
    """The id in the provider's answer, {"id": …}; an answer without one is no fault."""
    try:
        said = json.loads(answer)
    except ValueError:
        return ""
    return str(said.get("id") or "")[:100] if isinstance(said, dict) else ""


def _email(address: str, text: str) -> str:
    try:
        EmailMessage(gettext("A message from your health centre"), text, to=[address]).send()
    except (smtplib.SMTPRecipientsRefused, ValueError):
        raise NotDeliveredError("refused", again=False) from None
    except OSError:  # of which every other error of SMTP is one
        raise NotDeliveredError("unreachable", again=True) from None
    return ""
