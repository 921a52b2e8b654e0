"""What the generated residents think of their teams: some answer about the year, some after a service."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jinxiu.demo.chance import Array, ages, chance_for, day, days, pick
from jinxiu.demo.district import District
from jinxiu.ratings.surveys import Survey

ANSWER_THE_YEAR, RATE_A_SERVICE, SKIP, SAY_SOMETHING = 0.06, 0.04, 0.5, 0.1  # shares of people, services, answers
_HISTORY_DAYS = 330
_TEAMS, _PEOPLE = (4.3, 0.25), 0.75  # mean and spread of the teams' scores; spread among people
_GLAD = ("护士很耐心，讲得明白。", "预约方便，不用等。", "医生记得我的情况，很放心。", "上门量血压，省了跑一趟。")
_NOT_GLAD = ("等的时间长了点。", "电话有时打不通。", "希望多说说药怎么吃。")


@dataclass(frozen=True)
class Opinions:
    """One row an answer; `event` indexes the events (none of a year's). `answers` is written as JSON."""

    person: Array
    event: Array
    on: Array
    score: Array
    answers: list[str]
    words: Array
    way: Array

    def __len__(self) -> int:
        return len(self.person)


def about_the_year(district: District, survey: Survey, seed: int, today: dt.date) -> Opinions:
    """Some of the grown residents, each once, within the last months and after they came."""
    chance = chance_for(seed, "ratings of the year")
    people = district.residents
    here = np.isnat(people.gone_on) & (ages(people.birth_date, day(today)) >= 18)
    who = np.flatnonzero(here & (chance.random(len(people)) < ANSWER_THE_YEAR))
    on = day(today) - days(1, _HISTORY_DAYS, chance, len(who))
    fits = (on >= people.signed_on[who]) & (on >= day(survey.valid_from))
    return _say(district, survey, seed, who[fits], np.full(int(fits.sum()), -1), on[fits])


def after_services(district: District, survey: Survey, hidden: frozenset[str], seed: int, today: dt.date) -> Opinions:
    """Some of the last months' services, a few days after them; what is under shelter is rated by nobody."""
    chance = chance_for(seed, "ratings of services")
    events, gone_on = district.events, district.residents.gone_on
    can = np.isin(events.kind, [kind for kind in survey.events if kind not in hidden])
    can &= (events.happened_on >= day(today) - np.timedelta64(_HISTORY_DAYS, "D")) & np.isnat(gone_on[events.person])
    rows = np.flatnonzero(can & (chance.random(len(can)) < RATE_A_SERVICE))
    on = events.happened_on[rows] + days(0, 6, chance, len(rows))
    fits = (on < day(today)) & (on >= day(survey.valid_from))
    return _say(district, survey, seed, events.person[rows[fits]], rows[fits], on[fits])


def _say(district: District, survey: Survey, seed: int, who: Array, event: Array, on: Array) -> Opinions:
    chance = chance_for(seed, f"answers to {survey.id}")
    level = chance.normal(*_TEAMS, size=len(district.ground.teams))[district.residents.team[who]]
    score = np.clip(np.rint(chance.normal(level, _PEOPLE)), 1, 5).astype(int)
    speaks = chance.random(len(who)) < SAY_SOMETHING
    words = np.where(score >= 4, pick(chance, _GLAD, len(who)), pick(chance, _NOT_GLAD, len(who)))
    return Opinions(
        person=who,
        event=event,
        on=on,
        score=score,
        answers=_answers(survey, score, chance),
        words=np.where(speaks, words, ""),
        way=pick(chance, ("self", "helper"), len(who), (0.85, 0.15)),
    )


def _answers(survey: Survey, score: Array, chance: np.random.Generator) -> list[str]:
    """The whole as it is, the other questions near it; what need not concern everybody is often left out."""
    columns: dict[str, Sequence[int]] = {}
    for question in survey.questions:
        value = np.clip(score + pick(chance, (-1, 0, 0, 0, 1), len(score)), 1, 5)
        if question.may_skip:
            value = np.where(chance.random(len(score)) < SKIP, 0, value)
        columns[question.code] = (score if question.code == survey.whole else value).tolist()
    rows = zip(*columns.values(), strict=True)
    return [json.dumps({code: one for code, one in zip(columns, row, strict=True) if one}) for row in rows]
