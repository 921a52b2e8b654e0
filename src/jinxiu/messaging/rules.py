"""When a message may go out, and to whom none goes. Pure, no Django.

Source: facts of the family-doctor contract, 4.4 (push rules): quiet hours, the dead, minors, kinds of messages.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

SERVICE, SAFETY, CODE = "service", "safety", "code"
KINDS = (SERVICE, SAFETY, CODE)
WAITING, SENT, FAILED, DROPPED = "waiting", "sent", "failed", "dropped"
STATES = (WAITING, SENT, FAILED, DROPPED)

QUIET_FROM, QUIET_UNTIL = time(21), time(8)  # of the district's clock
TRIES = 5  # after the first one
# A code that proves an e-mail address: how long it works, how often it is tried, how many are sent to one person a day.
EMAIL_CODE_LASTS, TRIES_OF_CODE, EMAIL_CODES_A_DAY, DIGITS = timedelta(minutes=15), 5, 5, 6
WAIT_FACTOR = 6  # seconds to the power of the try: 6 s, 36 s, 4 min, 22 min, 2 h


def goes_out_at(kind: str, now: datetime) -> datetime:
    """The first moment from `now` (local time) on at which a message of this kind may go out."""
    if kind != SERVICE or QUIET_UNTIL <= now.time() < QUIET_FROM:
        return now
    day = now.date() if now.time() < QUIET_UNTIL else now.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, tzinfo=now.tzinfo)


def why_none(
    *, kind: str, died_on: date | None, is_closed: bool, expires_at: datetime, now: datetime, today: date
) -> str:
    """Why a message is not sent at all: person_dead, restricted, expired; empty when it may go.

    `is_closed`: the person's data are only kept and protected (PIPL 47). A warning for safety goes out even then.
    """
    if died_on is not None and died_on <= today:
        return "person_dead"
    if is_closed and kind != SAFETY:
        return "restricted"
    return "expired" if expires_at <= now else ""


def may_try(*, tries: int, asked_at: datetime, now: datetime) -> bool:
    """Tell whether the code of an e-mail address may still be tried."""
    return tries < TRIES_OF_CODE and now < asked_at + EMAIL_CODE_LASTS


def mask_email(address: str) -> str:
    """What may be shown of an e-mail address: the first letter and the host."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}"
