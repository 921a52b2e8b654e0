"""Reads: where a person can be reached, the log of messages, the inbox of a demonstration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet

from jinxiu.messaging import channels, texts
from jinxiu.messaging.models import Delivery, EmailAddress, Message
from jinxiu.messaging.rules import CODE, SENT, STATES
from jinxiu.messaging.texts import EMAIL_CODE
from jinxiu.people import clock, sealing
from jinxiu.people.families import rules as families
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import ContactPoint, Person, Relationship

PAGE_ROWS = 50


@dataclass(frozen=True)
class Address:
    """Where somebody can be reached: a kind that a channel takes, the value, and what may be shown of it."""

    kind: str
    value: str
    masked: str


def addresses_of(message: Message, today: date) -> list[Address]:
    """Where a message may go: to the number it was asked for; of a child under 14, to the guardians; else to the
    person's own numbers, mobile ones first, and e-mail address, once it is proved. The code that proves it goes nowhere
    else."""
    if message.text == EMAIL_CODE.key:
        return list(_emails(EmailAddress.objects.filter(whose(message.person_id))))
    if message.contact is not None:
        return [_phone(message.contact)]
    if families.is_younger(message.person, families.OWN_CONSENT, today):
        return list(_of_guardians(message.person, today))
    return list(_own(message.person_id))


def _own(person_id: int) -> Iterator[Address]:
    own = ContactPoint.objects.filter(whose(person_id)).exclude(use=ContactPoint.Use.RELATIVE)
    yield from map(_phone, sorted(own, key=lambda one: (one.use != ContactPoint.Use.MOBILE, one.pk)))
    yield from _emails(EmailAddress.objects.filter(whose(person_id), proved_at__isnull=False))


def _emails(rows: QuerySet[EmailAddress]) -> Iterator[Address]:
    for one in rows:
        yield Address(channels.EMAIL, sealing.open_sealed(one.sealed, EmailAddress.sealed_as), one.masked)


def _of_guardians(child: Person, today: date) -> Iterator[Address]:
    bonds = Relationship.objects.filter(whose(child.pk), role=families.GUARDIAN).select_related("relative")
    for bond in bonds.order_by("pk"):
        if not families.may_act_for(bond, child, today).may:
            continue
        if bond.relative_id:
            yield from _own(bond.relative_id)
        elif bond.sealed is not None:
            yield Address(channels.PHONE, sealing.open_sealed(bond.sealed, sealing.PHONE), bond.masked)


def _phone(point: ContactPoint) -> Address:
    return Address(channels.PHONE, sealing.open_sealed(point.sealed, sealing.PHONE), point.masked)


def words_of(message: Message) -> str:
    """What a message says, with its sealed part while that is there; call it for who may read the message only."""
    secret = json.loads(sealing.open_sealed(message.sealed, Message.sealed_as)) if message.sealed else {}
    return texts.render(message.text, {**message.arguments, **secret}, message.language)


# --- the log ----------------------------------------------------------------------------------------------------------


def states() -> list[tuple[str, str]]:
    """Every state of a message with its word in the active language."""
    return [(code, str(label)) for code, label in Message.State.choices]


def log(state: str, *, before_id: int | None = None) -> list[Message]:
    """Messages with their attempts, the newest first; one more than a page tells that there is another."""
    rows = Message.objects.filter(state=state) if state in STATES else Message.objects.all()
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    tries = Prefetch("deliveries", Delivery.objects.order_by("pk"))
    return list(rows.order_by("-pk").prefetch_related(tries)[: PAGE_ROWS + 1])


# --- one person's own -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    """A message as somebody reads it; `words` are empty where it was too late to read it."""

    at: datetime
    masked: str
    words: str


def email_of(person_id: int) -> tuple[str, bool]:
    """The masked e-mail address of a person, empty where there is none, and whether it is proved."""
    row = EmailAddress.objects.filter(whose(person_id)).only("masked", "proved_at").first()
    return (row.masked, row.proved_at is not None) if row else ("", False)


def sent_to(person_id: int) -> list[Letter]:
    """The last messages that went out to a person, the newest first; of a one-time code only that it was one."""
    rows = Message.objects.filter(whose(person_id), state=SENT).order_by("-pk")[:PAGE_ROWS]
    return [Letter(one.created_at, "", texts.label_of(one.text) if one.kind == CODE else words_of(one)) for one in rows]


# --- the inbox of a demonstration -------------------------------------------------------------------------------------


def inbox(now: datetime | None = None) -> list[Letter]:
    """The newest messages that went to the inbox page."""
    now = now or clock.true_now()
    found = Delivery.objects.filter(channel=channels.INBOX, message__state=SENT).select_related("message")
    return [
        Letter(one.tried_at, one.masked, words_of(one.message) if one.message.expires_at > now else "")
        for one in found.order_by("-pk")[:PAGE_ROWS]
    ]
