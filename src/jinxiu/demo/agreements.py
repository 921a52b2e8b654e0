"""Who of the generated residents has signed: the agreement of today, or the last one of who is gone or let it end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import Array, ages, chance_for, day, months_after, pick
from jinxiu.demo.residents import Residents

NEVER_SIGNED, LET_IT_END = 0.07, 0.05  # of residents; the old and their families sign more often
_TERMS, _SHARES = (1, 2, 3), (0.55, 0.15, 0.3)  # years


@dataclass(frozen=True)
class Agreements:
    """One row an agreement; `last_on` is its last day as agreed, `end_on` the real one where it has ended, or NaT."""

    person: Array
    start_on: Array
    last_on: Array
    end_on: Array
    end_reason: Array


def play_agreements(people: Residents, seed: int, today: dt.date) -> Agreements:
    """Everybody signs with the team and renews at each end, but for some who never do and some who let it end."""
    chance = chance_for(seed, "agreements")
    size = len(people)
    until = np.where(np.isnat(people.gone_on), day(today), people.gone_on)
    years = pick(chance, _TERMS, size, _SHARES).astype(int)
    term = ages(people.signed_on, until) // years
    draw = chance.random(size) * np.where(ages(people.birth_date, day(today)) >= 65, 2.5, 1)
    lets_end = (draw >= NEVER_SIGNED) & (draw < NEVER_SIGNED + LET_IT_END)
    term = term - lets_end
    signs = (draw >= NEVER_SIGNED) & (term >= 0)
    who = np.flatnonzero(signs)
    start_on = months_after(people.signed_on[who], 12 * (term * years)[who])
    last_on = months_after(people.signed_on[who], 12 * ((term + 1) * years)[who]) - np.timedelta64(1, "D")
    gone_on = people.gone_on[who]
    leaves = ~np.isnat(gone_on) & (gone_on <= last_on)
    ends = leaves | (last_on < day(today))
    left = np.where(np.isnat(people.died_on[who]), "moved", "died").astype(object)
    return Agreements(
        person=who,
        start_on=start_on,
        last_on=last_on,
        end_on=np.where(ends, np.fmin(gone_on, last_on), np.datetime64("NaT", "D")),
        end_reason=np.where(leaves, left, np.where(ends, "completed", "")).astype(object),
    )
