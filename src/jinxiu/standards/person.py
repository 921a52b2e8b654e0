"""What is known of one person: the facts contract's rows as small frozen records, and the arithmetic of ages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person is in a programme from `start_on`; `end_on` is the last day inside, empty while it runs."""

    enrolment_id: str
    kind: str
    start_on: date
    end_on: date | None = None
    end_reason: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a person on a day: a contact, an examination.

    `end_on` is its last day when it took longer than one; `code` has the codes that its source gave it, `system|code`,
    apart by spaces.
    """

    event_id: str
    kind: str
    happened_on: date
    mode: str | None = None
    end_on: date | None = None
    setting: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured value or flag, in the unit of the code list; it may hang on an event or stand alone."""

    observation_id: str
    code: str
    happened_on: date
    value: float | None
    event_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody decided that a promise need not be kept for a while; an empty `cycle` means every cycle."""

    standard: str
    clause: str
    start_on: date
    cycle: str | None = None
    end_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """All that the engine may know of one person. The order of the tuples has no meaning."""

    person_id: str
    birth_date: date | None = None
    sex: str = "U"
    died_on: date | None = None
    left_on: date | None = None
    enrolments: tuple[Enrolment, ...] = ()
    events: tuple[Event, ...] = ()
    observations: tuple[Observation, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def owed_nothing_on(self, day: date) -> bool:
        """True once the person has died or left, from that very day."""
        return any(gone is not None and gone <= day for gone in (self.died_on, self.left_on))


def age_on(birth_date: date | None, day: date) -> int | None:
    """Completed years on a day; None when the birth date is unknown. Born on 29 February: older on 1 March."""
    if birth_date is None:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def birthday(birth_date: date, age: int) -> date:
    """The day on which somebody reaches an age; 1 March for 29 February in common years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)
