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

# Who brings a state about: whoever records care, a doctor.
STAFF, DOCTOR = "staff", "doctor"
_ALL, _SIGNED = frozenset({STAFF, DOCTOR}), frozenset({DOCTOR})

NEXT: dict[str, dict[str, frozenset[str]]] = {
    DRAFT: {SENT: _SIGNED, CANCELLED: _ALL},
    SENT: {ACCEPTED: _ALL, REFUSED: _ALL, ARRIVED: _ALL, NOT_ARRIVED: _ALL, ANSWERED: _ALL, CANCELLED: _SIGNED},
    ACCEPTED: {REFUSED: _ALL, ARRIVED: _ALL, NOT_ARRIVED: _ALL, ANSWERED: _ALL, CANCELLED: _SIGNED},
    REFUSED: {ACCEPTED: _ALL, ARRIVED: _ALL, ANSWERED: _ALL, CLOSED: _ALL},
    NOT_ARRIVED: {ARRIVED: _ALL, ANSWERED: _ALL, CLOSED: _ALL},
    ARRIVED: {ANSWERED: _ALL, CLOSED: _ALL},
    ANSWERED: {ANSWERED: _ALL, TAKEN: _SIGNED},
    TAKEN: {ANSWERED: _ALL, CLOSED: _ALL},
    CLOSED: {},
    CANCELLED: {},
}
NEEDS_WORDS = frozenset({REFUSED, NOT_ARRIVED, CANCELLED})  # … and a close before anything was taken into the record

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
