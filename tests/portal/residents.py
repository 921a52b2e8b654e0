"""Residents of the town at their phones: what they type, and what the SMS said."""

from __future__ import annotations

import re
from datetime import date

from django.test import Client
from django.urls import reverse

from jinxiu.messaging.queries import inbox
from jinxiu.people.models import Person
from tests.messaging.queue import carry_out
from tests.town import id_card

BORN_AND_SERIAL = {
    "chen": (date(1955, 6, 15), 7),
    "li": (date(1968, 3, 1), 8),
    "wu": (date(1960, 9, 30), 7),
    "feng": (date(1966, 4, 4), 5),
    # Only of the site that browsers look at.
    "shang": (date(1958, 5, 20), 5),
    "ning": (date(1961, 8, 12), 6),
}
PHONES = {
    "chen": "13812340021",
    "li": "13812343318",
    "wu": "13812341147",
    "feng": "13812349006",
    "shang": "13812347101",
    "ning": "13812347102",
}


def numbers(who: str) -> dict[str, str]:
    """Phone and ID card of one of the town."""
    return {"phone": PHONES[who], "number": id_card(*BORN_AND_SERIAL[who])}


def ask(client: Client, who: str, **typed: str):
    """Ask for a code, and let the worker do its part; returns the page's answer."""
    response = client.post(reverse("my-sign-in"), numbers(who) | typed)
    carry_out()
    return response


def last_code() -> str:
    """The code of the last SMS; empty when there was none."""
    letters = inbox()
    found = re.search(r"\b\d{6}\b", letters[0].words) if letters else None
    return found[0] if found else ""


def sign_in(who: str, client: Client | None = None) -> Client:
    """Somebody of the town signed in on a phone of their own."""
    client = client or Client(headers={"accept-language": "en"})
    ask(client, who)
    response = client.post(reverse("my-code"), {"code": last_code()})
    assert response.status_code == 302, response.content.decode()
    return client


def home_of(person: Person) -> str:
    """The address of a person's first page."""
    return reverse("my-home", args=[person.pk])
