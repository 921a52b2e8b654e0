"""The states of a referral, who may bring which about, and what waits too long. Pure, no Django.

Source: section 5 of the reference page "family doctor facts": every state has a person and an instant; arrival is asked
for after three days, the result after two weeks; who was sent back is seen within a week.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

# A person is sent up to a hospital, or a hospital sends one down without having been asked.
UP, DOWN = "up", "down"
ROUTINE, URGENT, STAT = "routine", "urgent", "stat"

DRAFT, SENT, CANCELLED = "draft", "sent", "cancelled"
ACCEPTED, BOOKED, REFUSED = "accepted", "booked", "refused"
ARRIVED, NOT_ARRIVED, ANSWERED = "arrived", "not_arrived", "answered"
RETURNED, DECLINED = "returned", "declined"  # the hospital sends the person back; we say that we cannot take over
TAKEN, FOLLOWED, CLOSED = "taken", "followed_up", "closed"
STATES = (
    *(DRAFT, SENT, ACCEPTED, BOOKED, REFUSED, ARRIVED, NOT_ARRIVED, ANSWERED),
    *(RETURNED, DECLINED, TAKEN, FOLLOWED, CLOSED, CANCELLED),
)
ENDED = (CLOSED, CANCELLED)

# Who brings a state about: the hospital by the letter's code, whoever records care, a doctor.
HOSPITAL, STAFF, DOCTOR = "hospital", "staff", "doctor"
_BOTH, _OURS, _SIGNED = frozenset({HOSPITAL, STAFF, DOCTOR}), frozenset({STAFF, DOCTOR}), frozenset({DOCTOR})

Steps = Mapping[str, Mapping[str, frozenset[str]]]
_SEEN = {ANSWERED: _BOTH, RETURNED: _BOTH}
_ON_ITS_WAY = {BOOKED: _BOTH, REFUSED: _BOTH, ARRIVED: _BOTH, NOT_ARRIVED: _BOTH, **_SEEN, CANCELLED: _SIGNED}
_UP: Steps = {
    DRAFT: {SENT: _SIGNED, CANCELLED: _OURS},
    SENT: {ACCEPTED: _BOTH, **_ON_ITS_WAY},
    ACCEPTED: _ON_ITS_WAY,
    BOOKED: _ON_ITS_WAY,
    REFUSED: {ACCEPTED: _BOTH, BOOKED: _BOTH, ARRIVED: _BOTH, **_SEEN, CLOSED: _OURS},
    NOT_ARRIVED: {BOOKED: _BOTH, ARRIVED: _BOTH, **_SEEN, CLOSED: _OURS},
    ARRIVED: {**_SEEN, CLOSED: _OURS},
    ANSWERED: {**_SEEN, TAKEN: _SIGNED},
    RETURNED: {RETURNED: _BOTH, TAKEN: _SIGNED, DECLINED: _OURS},
    DECLINED: {**_SEEN, CLOSED: _OURS},
    TAKEN: {**_SEEN, FOLLOWED: _OURS, CLOSED: _OURS},
    FOLLOWED: {**_SEEN, CLOSED: _OURS},
    CLOSED: {},
    CANCELLED: {},
}
# A hospital's own letter begins with the return; nothing goes by a code, so every step is ours.
_DOWN: Steps = {
    RETURNED: {RETURNED: _OURS, TAKEN: _SIGNED, DECLINED: _OURS, CANCELLED: _OURS},
    DECLINED: {RETURNED: _OURS, CLOSED: _OURS},
    TAKEN: {RETURNED: _OURS, FOLLOWED: _OURS, CLOSED: _OURS},
    FOLLOWED: {RETURNED: _OURS, CLOSED: _OURS},
    CLOSED: {},
    CANCELLED: {},
}
NEXT: Mapping[str, Steps] = {UP: _UP, DOWN: _DOWN}
# … and a close before anything was taken into the record.
NEEDS_WORDS = frozenset({REFUSED, NOT_ARRIVED, DECLINED, CANCELLED})

MODES = ("clinic", "home", "phone")  # how somebody is followed up after an answer or a return

# Wrong birth dates to one code: after so many it is shut for an hour, after so many in all for good.
LOCK_AT, REVOKE_AT = 5, 15
CODE_DAYS = 90  # a letter's code works so long after it was made
BOOKED_WITHIN = 366  # days from today that an appointment may lie ahead

ARRIVAL_DAYS, RESULT_DAYS = 3, 14  # as in the standard `referral`
NO_ARRIVAL = (SENT, ACCEPTED, BOOKED, REFUSED)  # the states in which nobody knows of an arrival …
NO_RESULT = (*NO_ARRIVAL, ARRIVED)  # … and of a result; who did not arrive brings none
# The states in which the next step is the centre's.
OURS = (DRAFT, REFUSED, NOT_ARRIVED, ANSWERED, RETURNED, DECLINED, TAKEN, FOLLOWED)


def may_become(state: str, to: str, who: str, direction: str = UP) -> bool:
    """Tell whether somebody may bring a referral from a state into another."""
    return who in NEXT[direction][state].get(to, frozenset())


def next_states(state: str, who: str, direction: str = UP) -> tuple[str, ...]:
    """The states into which somebody may bring a referral, in their order."""
    return tuple(to for to, by in NEXT[direction][state].items() if who in by)


def needs_words(state: str, to: str) -> bool:
    """Tell whether the step from one state into another says why."""
    return to in NEEDS_WORDS or (to == CLOSED and state not in (TAKEN, FOLLOWED))


def late(state: str, sent_on: date | None, today: date) -> str:
    """What has waited too long: "arrival", "result", or nothing (an empty text)."""
    if sent_on is None:
        return ""
    if state in NO_RESULT and sent_on < result_asked_before(today):
        return "result"
    return "arrival" if state in NO_ARRIVAL and sent_on < arrival_asked_before(today) else ""


def arrival_asked_before(today: date) -> date:
    """Who was sent before this day, and of whose arrival nobody knows, has waited too long."""
    return today - timedelta(days=ARRIVAL_DAYS)


def result_asked_before(today: date) -> date:
    """Who was sent before this day, and of whom no result is known, has waited too long."""
    return today - timedelta(days=RESULT_DAYS)


def waits_for_us(state: str, sent_on: date | None, today: date) -> bool:
    """Tell whether the next step is the centre's: by the state, or because the hospital has been silent too long."""
    return state in OURS or bool(late(state, sent_on, today))
