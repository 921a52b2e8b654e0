"""Writes: the invited are told by message, each thing once; the worker does it every hour of the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from jinxiu.agreements.telling.queries import declined_messages
from jinxiu.agreements.telling.texts import LANGUAGE, whose
from jinxiu.audit.origin import SYSTEM
from jinxiu.familydoctor.examdays.queries import Booking
from jinxiu.familydoctor.examdays.telling import queries, texts
from jinxiu.messaging import actions as messaging
from jinxiu.messaging.rules import SERVICE, goes_out_at
from jinxiu.messaging.texts import Text
from jinxiu.people import clock
from jinxiu.people.queries import team_of

AN_HOUR = 2_000  # messages of a kind at most
_DAY = timedelta(days=1)
_FURTHEST = timedelta(days=400)


def tell(*, today: date, now: datetime) -> int:
    """Send what is to be said now; returns how many messages. Whoever signed without reminders gets none."""
    if goes_out_at(SERVICE, now.astimezone(clock.SHANGHAI)) > now:
        return 0
    tomorrow = today + _DAY
    rows = [
        (texts.TOMORROW, queries.to_tell(queries.TOMORROW, tomorrow, tomorrow, today, AN_HOUR)),
        (texts.INVITED, queries.to_tell(queries.INVITED, tomorrow + _DAY, today + _FURTHEST, today, AN_HOUR)),
        (texts.CANCELLED, queries.cancelled(today, AN_HOUR)),
    ]
    found = [(text, booking, key) for text, some in rows for booking, key in some]
    declined = declined_messages([booking.person_id for _text, booking, _key in found], today)
    people = queries.people(booking.person_id for _text, booking, _key in found)
    return sum(
        _send(text, booking, key, whose(people[booking.person_id], today), today, now)
        for text, booking, key in found
        if booking.person_id not in declined
    )


def _send(text: Text, booking: Booking, key: str, of_whom: str, today: date, now: datetime) -> bool:
    team = team_of(booking.person_id, today)
    sent = messaging.send(
        person_id=booking.person_id,
        text=text,
        expires_at=max(clock.start_of(booking.on) + timedelta(hours=12), now + timedelta(hours=1)),
        actor=SYSTEM,
        arguments={"whose": of_whom, **texts.said_of(booking, team.phone if team else "")},
        dedupe_key=key,
        language=LANGUAGE,
        now=now,
    )
    return sent is not None
