"""Pages: the administrator's log of messages, and the inbox of a demonstration."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jinxiu.messaging import queries, texts, wording
from jinxiu.messaging.models import Message
from jinxiu.people import access
from jinxiu.people.asked import number_sent
from jinxiu.people.roles import MANAGE_ACCOUNTS


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every message with what became of it; numbers masked, nobody's name, nothing of what was said."""
    access.require(access.viewer_for(request), MANAGE_ACCOUNTS)
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    before_id = number_sent(after)
    found = queries.log(state, before_id=before_id)
    page: dict[str, Any] = {
        "rows": [_row(one) for one in found[: queries.PAGE_ROWS]],
        "states": [{"code": code, "label": label, "chosen": code == state} for code, label in queries.states()],
        "first_url": _url(state=state) if before_id else "",
    }
    if len(found) > queries.PAGE_ROWS:
        page["next_url"] = _url(state=state, after=str(found[queries.PAGE_ROWS - 1].pk))
    return render(request, "messaging/log.html", page)


def _row(message: Message) -> dict[str, Any]:
    tries = [
        {
            "channel": wording.CHANNELS.get(one.channel, one.channel),
            "masked": one.masked,
            "at": one.tried_at,
            "reason": wording.reason_words(one.reason) if one.reason else "",
            "provider_id": one.provider_id,
        }
        for one in message.deliveries.all()
    ]
    reason = wording.reason_words(message.reason) if message.reason else ""
    return {"message": message, "label": texts.label_of(message.text), "reason": reason, "tries": tries}


def _url(**asked: str) -> str:
    words = urlencode({name: value for name, value in asked.items() if value})
    return reverse("messages") + (f"?{words}" if words else "")


@login_not_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What would have gone to phones, for whoever runs a demonstration; there is no such page elsewhere."""
    if not settings.JINXIU_INBOX:
        raise Http404
    return render(request, "messaging/inbox.html", {"letters": queries.inbox()})
