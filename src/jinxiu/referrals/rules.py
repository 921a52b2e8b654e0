"""The states of a referral, who may bring which about, and what waits too long. Pure, no Django.

Source: section 5 of the reference page "family doctor facts": every state has a person and an instant; arrival is asked
for after three days, the result after two weeks.
"""

from __future__ import annotations

from datetime import date

ROUTINE, URGENT, STAT = "routine", "urgent", "stat"

DRAFT, SENT, CANCELLED = "draft", "sent", "cancelled"
ACCEPTED, REFUSED, ARRIVED, NOT_ARRIVED = "accepted", "refused", "arrived", "not_arrived"
ANSWERED, TAKEN, CLOSED = "answered", "taken", "closed"
STATES = (DRAFT, SENT, ACCEPTED, REFUSED, ARRIVED, NOT_ARRIVED, ANSWERED, TAKEN, CLOSED, CANCELLED)
ENDED = (CLOSED, CANCELLED)

# Who brings a state about: the hospital by the letter's code, whoever records care, a doctor.
HOSPITAL, STAFF, DOCTOR = "hospital", "staff", "doctor"
_BOTH, _OURS, _SIGNED = frozenset({HOSPITAL, STAFF, DOCTOR}), frozenset({STAFF, DOCTOR}), frozenset({DOCTOR})

NEXT: dict[str, dict[str, frozenset[str]]] = {
    DRAFT: {SENT: _SIGNED, CANCELLED: _OURS},
    SENT: {ACCEPTED: _BOTH, REFUSED: _BOTH, ARRIVED: _BOTH, NOT_ARRIVED: _BOTH, ANSWERED: _BOTH, CANCELLED: _SIGNED},
    ACCEPTED: {REFUSED: _BOTH, ARRIVED: _BOTH, NOT_ARRIVED: _BOTH, ANSWERED: _BOTH, CANCELLED: _SIGNED},
    REFUSED: {ACCEPTED: _BOTH, ARRIVED: _BOTH, ANSWERED: _BOTH, CLOSED: _OURS},
    NOT_ARRIVED: {ARRIVED: _BOTH, ANSWERED: _BOTH, CLOSED: _OURS},
    ARRIVED: {ANSWERED: _BOTH, CLOSED: _OURS},
    ANSWERED: {ANSWERED: _BOTH, TAKEN: _SIGNED},
    TAKEN: {ANSWERED: _BOTH, CLOSED: _OURS},
    CLOSED: {},
    CANCELLED: {},
}
NEEDS_WORDS = frozenset({REFUSED, NOT_ARRIVED, CANCELLED})  # … and a close before anything was taken into the record

# Wrong birth dates to one code: after so many it is shut for an hour, after so many in all for good.
LOCK_AT, REVOKE_AT = 5, 15
CODE_DAYS = 90  # a letter's code works so long after it was made

ARRIVAL_DAYS, RESULT_DAYS = 3, 14  # as in the standard `referral`


def may_become(state: str, to: str, who: str) -> bool:
    """Tell whether somebody may bring a referral from a state into another."""
    return who in NEXT[state].get(to, frozenset())


def next_states(state: str, who: str) -> tuple[str, ...]:
    """The states into which somebody may bring a referral, in their order."""
    return tuple(to for to, by in NEXT[state].items() if who in by)


def needs_words(state: str, to: str) -> bool:
    """Tell whether the step from one state into another says why."""
    return to in NEEDS_WORDS or (to == CLOSED and state != TAKEN)


def late(state: str, sent_on: date | None, today: date) -> str:
    """What has waited too long: "arrival", "result", or nothing (an empty text)."""
    if sent_on is None or state in (DRAFT, ANSWERED, TAKEN, *ENDED):
        return ""
    days = (today - sent_on).days
    if state != NOT_ARRIVED and days > RESULT_DAYS:
        return "result"
    return "arrival" if state in (SENT, ACCEPTED, REFUSED) and days > ARRIVAL_DAYS else ""
