"""Sending: a message and its job are written in one transaction with what they tell of; a worker delivers."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.sentences import define
from jinxiu.messaging import channels, jobs, queries, rules
from jinxiu.messaging.channels import NotDeliveredError
from jinxiu.messaging.models import Delivery, EmailAddress, Message
from jinxiu.messaging.texts import EMAIL_CODE, Text
from jinxiu.people import clock, sealing
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import kept_id, lock_kept, whose
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE
from jinxiu.people.restricting.queries import restriction_of

SENT = define("message.asked", _("%(actor)s had a message put on its way to %(person)s (%(text)s)."))
FAILED = define("message.failed", _("A message to %(person)s could not be delivered (%(text)s: %(reason)s)."))
EMAIL_KEPT = define("message.email_kept", _("%(actor)s wrote down the e-mail address of %(person)s."))
EMAIL_PROVED = define("message.email_proved", _("%(actor)s proved the e-mail address of %(person)s."))
EMAIL_FORGOTTEN = define("message.email_forgotten", _("%(actor)s took back the e-mail address of %(person)s."))

DELIVER = "messaging.deliver"  # the task that carries a message out
_NOBODY_TO_REACH = "no_address"
_CODE = "e-mail code"


@transaction.atomic
def send(
    *,
    person_id: int,
    text: Text,
    expires_at: datetime,
    actor: Actor,
    arguments: Mapping[str, str | int] | None = None,
    secret: Mapping[str, str] | None = None,
    contact_id: int | None = None,
    dedupe_key: str = "",
    language: str = "zh-hans",
    now: datetime | None = None,
) -> Message | None:
    """Put a message on its way; it leaves when this transaction is committed, or after the quiet hours.

    `secret` holds arguments that nobody else may read. Returns None when one with this dedupe key was sent before.
    """
    now = now or clock.true_now()
    kept = kept_id(person_id)
    message = Message(
        person_id=kept,
        kind=text.kind,
        text=text.key,
        text_version=text.version,
        language=language,
        arguments=dict(arguments or {}),
        sealed=sealing.seal(json.dumps(secret), Message.sealed_as) if secret else None,
        contact_id=contact_id,
        dedupe_key=dedupe_key,
        created_at=now,
        expires_at=expires_at,
    )
    if not _is_new(message):
        return None
    audit.record(SENT, actor=actor, person_id=kept, detail={"text": text.key, "message": message.pk})
    jobs.put(DELIVER, at=rules.goes_out_at(text.kind, now.astimezone(clock.SHANGHAI)), message_id=message.pk)
    return message


def _is_new(message: Message) -> bool:
    """Write the message, unless the person was sent one with its key; of two at once the second finds the first."""
    same = Message.objects.filter(person=message.person_id, dedupe_key=message.dedupe_key).exclude(dedupe_key="")
    if same.exists():
        return False
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        if same.exists():
            return False
        raise
    return True


def deliver(*, message_id: int, is_last: bool, now: datetime | None = None) -> bool:
    """Try every channel and address in turn; returns whether it should be tried again later.

    One that went out, failed for good or came too late is done: calling this again does nothing.
    """
    now = now or clock.true_now()
    message = Message.objects.select_related("person", "contact").filter(pk=message_id).first()
    if message is None or message.state != rules.WAITING:
        return False
    if reason := _why_none(message, now):
        _close(message, rules.DROPPED, reason, now)
        return False
    reason, again = _try_all(message, now)
    if not reason:
        _close(message, rules.SENT, "", now)
    elif is_last or not again:
        _close(message, rules.FAILED, reason, now)
    return bool(reason) and again and not is_last


def _why_none(message: Message, now: datetime) -> str:
    person, today = message.person, clock.today()
    restriction = restriction_of(person.pk, today)
    return rules.why_none(
        kind=message.kind,
        died_on=person.died_on,
        is_closed=restriction is not None and restriction.kind in CLOSED_TO_CARE,
        expires_at=message.expires_at,
        now=now,
        today=today,
    )


def _try_all(message: Message, now: datetime) -> tuple[str, bool]:
    """Why it was not delivered (empty when it was), and whether a later try may succeed."""
    addresses, reason, again = queries.addresses_of(message, clock.today()), "", False
    for channel in channels.in_order():
        for address in addresses:
            if address.kind != channel.takes:
                continue
            failed = _try(message, channel, address, now)
            if failed is None:
                return "", False
            reason, again = failed.reason, again or failed.again
    if reason:
        return reason, again
    return (_NOBODY_TO_REACH if channels.in_order() else "no_channel"), False


def _try(
    message: Message, channel: channels.Channel, address: queries.Address, now: datetime
) -> NotDeliveredError | None:
    row = Delivery(message=message, person_id=message.person_id, channel=channel.name, masked=address.masked)
    failed: NotDeliveredError | None = None
    try:
        row.provider_id = _hand_over(message, channel, address)
    except NotDeliveredError as error:
        failed, row.reason = error, error.reason
    row.tried_at = now
    row.save(force_insert=True)
    return failed


def _hand_over(message: Message, channel: channels.Channel, address: queries.Address) -> str:
    if message.person.is_synthetic and channel.name != channels.INBOX:
        raise NotDeliveredError("synthetic", again=False)  # an invented person's number may be a real one's
    return channels.deliver(
        channel,
        address=address.value,
        text=queries.words_of(message),
        template=message.text,
        reference=str(message.pk),
    )


@transaction.atomic
def _close(message: Message, state: str, reason: str, now: datetime) -> None:
    """End a message; what was sealed in it is gone, but for the inbox page, which shows it until it expires."""
    shown = state == rules.SENT and message.deliveries.filter(channel=channels.INBOX).exists()
    message.state, message.reason, message.done_at = state, reason, now
    message.sealed = message.sealed if shown else None
    message.save(update_fields=["state", "reason", "done_at", "sealed"])
    if state == rules.FAILED:
        detail = {"text": message.text, "message": message.pk, "reason": reason}
        audit.record(FAILED, actor=SYSTEM, person_id=message.person_id, detail=detail)


def give_up(*, message_id: int) -> None:
    """End a message that a fault of ours keeps from going out; the log of faults says which."""
    message = Message.objects.filter(pk=message_id, state=rules.WAITING).first()
    if message is not None:
        _close(message, rules.FAILED, "fault", clock.true_now())


def forget_secrets(*, now: datetime | None = None) -> int:
    """Take what is sealed out of messages that are too old to be read; returns how many there were."""
    old = Message.objects.filter(sealed__isnull=False, expires_at__lte=now or clock.true_now())
    return old.exclude(state=rules.WAITING).update(sealed=None)


# --- where somebody wants messages ------------------------------------------------------------------------------------


@transaction.atomic
def keep_email(*, person_id: int, address: str, language: str, actor: Actor, now: datetime) -> None:
    """Write down where a person wants messages by e-mail, instead of what stood there, and send a code there; nothing
    else goes there until `prove_email` has it. An empty address takes it back.

    Raises PeopleError for too many codes in a day.
    """
    person_id = lock_kept(person_id).pk
    lately = Message.objects.filter(whose(person_id), text=EMAIL_CODE.key, created_at__gt=now - timedelta(days=1))
    if address and lately.count() >= rules.EMAIL_CODES_A_DAY:
        raise PeopleError(_("Codes were sent five times today. Please try again tomorrow."))
    EmailAddress.objects.filter(whose(person_id)).delete()
    audit.record(EMAIL_KEPT if address else EMAIL_FORGOTTEN, actor=actor, person_id=person_id)
    if not address:
        return
    row = EmailAddress.objects.create(
        person_id=person_id,
        sealed=sealing.seal(address, EmailAddress.sealed_as),
        masked=rules.mask_email(address),
        kept_at=now,
    )
    code = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"
    row.code_hash = _code_hash(row.pk, code)
    row.save(update_fields=["code_hash"])
    send(
        person_id=person_id,
        text=EMAIL_CODE,
        secret={"code": code},
        expires_at=now + rules.EMAIL_CODE_LASTS,
        language=language,
        actor=actor,
        now=now,
    )


def _code_hash(email_id: int, code: str) -> bytes:
    return sealing.keyed_hash(f"{email_id}:{code}", _CODE)


@transaction.atomic
def prove_email(*, person_id: int, code: str, actor: Actor, now: datetime) -> bool:
    """Prove an e-mail address with the code that went there; False for a wrong or late one, or after five tries."""
    person_id = lock_kept(person_id).pk
    row = EmailAddress.objects.filter(whose(person_id), code_hash__isnull=False).first()
    if row is None or not rules.may_try(tries=row.tries, asked_at=row.kept_at, now=now):
        return False
    row.tries += 1
    if hmac.compare_digest(bytes(row.code_hash or b""), _code_hash(row.pk, code)):
        row.proved_at, row.code_hash = now, None
        audit.record(EMAIL_PROVED, actor=actor, person_id=person_id)
    row.save(update_fields=["tries", "proved_at", "code_hash"])
    return row.proved_at is not None
