"""Who may have an account, how long codes and sign-ins last, how often one may try. Pure, no Django."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from jinxiu.people.families.rules import OF_AGE, OWN_CONSENT, Answer, Somebody, is_dead, is_younger

LOOK_UP, FIND = "portal.look_up", "portal.find"  # tasks of the worker
DIGITS = 6
CODE_LASTS = timedelta(minutes=5)
TRIES = 5  # for one code
SIGN_IN_LASTS = timedelta(hours=12)  # however busy somebody is
NOTE_EVERY = timedelta(minutes=1)  # how exactly we know when somebody was here last

# Codes asked for within an hour: for a document and a phone together, for each alone; from one address, which a whole
# network of phones may share.
AN_HOUR = timedelta(hours=1)
FOR_BOTH, FOR_NUMBER, FOR_PHONE, FROM_ADDRESS = 5, 20, 20, 600
WISHES_A_DAY = 5  # to help somebody, of one person


def why_no_account(person: Somebody, today: date) -> str:
    """Why somebody has no account of their own: dead, child (the guardians act); empty when they may have one."""
    if is_dead(person, today):
        return "dead"
    return "child" if is_younger(person, OWN_CONSENT, today) else ""


def reads_record(answer: Answer | None, person: Somebody, today: date) -> bool:
    """Tell whether somebody may read a person's record: oneself (no `answer`), a helper whom the person let in, a
    guardian.

    From 14 to 17 the record is the young person's own: nobody reads it by what a guardian is or has consented to
    (PIPL art. 31; Law on the protection of minors art. 4). What is due and what is signed is the guardian's still.
    """
    if answer is None:
        return True
    is_young = is_younger(person, OF_AGE, today) and not is_younger(person, OWN_CONSENT, today)
    return answer.may and (not is_young or answer.reason == "helper")


def may_try(*, tries: int, is_used: bool, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a code may still be tried: in time, not used, not guessed at too often."""
    return not is_used and tries < TRIES and now < expires_at


def is_over(*, started_at: datetime, seen_at: datetime, idle: timedelta, now: datetime) -> bool:
    """Tell whether a sign-in has ended by itself: not used for so long, or begun too long ago."""
    return now >= seen_at + idle or now >= started_at + SIGN_IN_LASTS
