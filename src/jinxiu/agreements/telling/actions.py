"""Writes: residents are told by message what becomes of their agreement, each thing once.

The worker does this every hour of the day, so many at a time: phones of centres do not ring all at once. The quiet
hours, the dead, restrictions of use and guardians are the business of `messaging`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules
from jinxiu.agreements.models import Agreement, AgreementStep
from jinxiu.agreements.telling import queries, statements, texts
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.sentences import define
from jinxiu.messaging import actions as messaging
from jinxiu.messaging.rules import SERVICE, goes_out_at
from jinxiu.messaging.texts import Text
from jinxiu.people import clock

PASSED_ON = define(
    "agreement.doctor_changed", _("%(actor)s let agreement %(agreement)s of %(person)s go on with doctor %(doctor)s.")
)
AN_HOUR = 2_000  # messages at most
_STAYS_NEWS = timedelta(days=14)


@transaction.atomic
def pass_on(*, today: date) -> int:
    """Let agreements whose doctor left the team go on with the team's first doctor; returns how many. Twice is once."""
    with connection.cursor() as cursor:
        cursor.execute(statements.NEXT_DOCTOR, {"today": today, "now": clock.now()})
        changed = cursor.fetchall()
    if changed:
        lines = ((person, {"agreement": agreement, "doctor": doctor}) for agreement, person, doctor in changed)
        audit.record_many(PASSED_ON, actor=SYSTEM, lines=lines)
    return len(changed)


def tell(*, today: date, now: datetime) -> int:
    """Send what is to be said now; returns how many messages. In the quiet hours nothing: the next hour does it."""
    if goes_out_at(SERVICE, now.astimezone(clock.SHANGHAI)) > now:
        return 0
    ending = queries.ending(today, AN_HOUR)
    changed = queries.with_another_doctor(today, AN_HOUR)
    answered = queries.answered(today, AN_HOUR)
    return (
        sum(_say_it_ends(one, today, now) for one in ending)
        + sum(_say_who_is_the_doctor(one, step, today, now) for one, step in changed)
        + sum(_say_the_answer(one, step, today, now) for one, step in answered)
    )


def _say_it_ends(agreement: Agreement, today: date, now: datetime) -> bool:
    text = texts.RENEWS_ITSELF if getattr(agreement, "renews_itself", False) else texts.ENDS
    end = clock.start_of(agreement.last_on + timedelta(days=1))
    return _send(agreement, text, f"{queries.ENDS}{agreement.pk}", end, today, now, day=texts.day(agreement.last_on))


def _say_who_is_the_doctor(agreement: Agreement, step: int, today: date, now: datetime) -> bool:
    assert agreement.doctor is not None  # the query asks for one
    key = f"{queries.CHANGED}{step}"
    return _send(agreement, texts.NEW_DOCTOR, key, now + _STAYS_NEWS, today, now, doctor=agreement.doctor.name)


def _say_the_answer(agreement: Agreement, step: AgreementStep, today: date, now: datetime) -> bool:
    text = texts.CONFIRMED if step.reason == rules.CONFIRMED else texts.NOT_ACCEPTED
    key, start = f"{queries.ANSWERED}{step.pk}", texts.day(agreement.start_on)
    return _send(agreement, text, key, now + _STAYS_NEWS, today, now, day=start)


def _send(
    agreement: Agreement, text: Text, key: str, expires_at: datetime, today: date, now: datetime, **more: str
) -> bool:
    person, team = agreement.person.merged_into or agreement.person, agreement.team
    said = {"whose": texts.whose(person, today), "team": team.name, "phone": team.phone or team.institution.phone}
    sent = messaging.send(
        person_id=person.pk,
        text=text,
        expires_at=max(expires_at, now + timedelta(hours=1)),
        actor=SYSTEM,
        arguments={**said, **more},
        dedupe_key=key,
        language=texts.LANGUAGE,
        now=now,
    )
    return sent is not None
