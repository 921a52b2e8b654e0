"""Reads of ratings: what may be shown of teams, and what one person has said.

Numbers come out of `rules.batches` only, so that no two of them lead to a single answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import TruncMonth
from django.http import Http404

from jinxiu.evidence.models import Event
from jinxiu.evidence.sheltered import open_events
from jinxiu.people import sealing
from jinxiu.people.access import Viewer, people_for
from jinxiu.people.matching.queries import whose
from jinxiu.people.models import Person, Restriction, TeamMembership
from jinxiu.people.restricting.kinds import CLOSED_TO_CARE
from jinxiu.people.restricting.queries import running
from jinxiu.people.roles import ASK_RATINGS, MANAGE_TEAMS
from jinxiu.ratings import rules, statements
from jinxiu.ratings.models import Asking, CallWish, NotAsked, Rating
from jinxiu.ratings.rules import Summary, Tally
from jinxiu.ratings.survey_files import read_surveys
from jinxiu.ratings.surveys import SERVICE, SUBJECTS, YEAR, Question, Survey, Surveys
from jinxiu.standards.codes import installed
from jinxiu.standards.days import months_after


@cache
def surveys() -> Surveys:
    """What this installation asks. Raises StandardError when the file cannot be read."""
    return read_surveys(settings.JINXIU_SURVEYS, installed())


def in_force() -> QuerySet[Rating]:
    """What was said last of each service and each year."""
    return Rating.objects.exclude(Exists(Rating.objects.filter(supersedes=OuterRef("pk"))))


def _tallies(team_ids: Iterable[int], today: date) -> dict[int, list[Tally]]:
    """The answers to the question about the whole, by team and month, of the months that are final. One query."""
    rows = in_force().filter(team__in=list(team_ids), given_on__lt=rules.first_open_month(today))
    points = {f"points{value}": Count("pk", filter=Q(score=value)) for value in range(1, rules.BEST + 1)}
    months = (
        rows.annotate(month=TruncMonth("given_on"))
        .values("team_id", "month")
        .annotate(different=Count("person", distinct=True), **points)
        .annotate(people=Case(When(different__lt=rules.FEW, then=ArrayAgg("person", distinct=True))))
    )
    found: dict[int, list[Tally]] = defaultdict(list)
    for row in map(dict[str, Any], months):
        people = None if row["people"] is None else frozenset(row["people"])
        found[row["team_id"]].append(Tally(row["month"], row["month"], tuple(row[one] for one in points), people))
    return found


def satisfaction(team_ids: Iterable[int], first: date, last: date, *, today: date) -> dict[int, Summary]:
    """What may be shown today of the answers given to each team between two days, both inside. One query.

    A batch of months counts when it lies wholly between them. Summaries can be added up.
    """
    ids = list(team_ids)
    months = _tallies(ids, today)
    return {one: rules.summary(rules.within(rules.batches(months.get(one, ())), first, last)) for one in ids}


def summaries_of(team_ids: Iterable[int], today: date) -> dict[int, Summary]:
    """What the people of each team said in the last twelve months that are final, for everybody to see. One query."""
    return satisfaction(team_ids, *rules.window(today), today=today)


@dataclass(frozen=True, slots=True)
class Result:
    """What one team may read of its answers in the last twelve months that are final: all together, the batches that
    they come from (the latest first), every question but the one about the whole, and free words.

    The words stand in no order of time and beside no number.
    """

    summary: Summary
    months: tuple[Tally, ...]
    questions: tuple[tuple[Survey, Question, Summary], ...]
    words: tuple[str, ...]


def result_of(team_id: int, today: date, *, with_words: bool) -> Result:
    """The results of a team. Three queries at most.

    The whole is told of all surveys together only: told of each, one could be taken from the other.
    """
    first, last = rules.window(today)
    shown = rules.within(rules.batches(_tallies([team_id], today).get(team_id, ())), first, last)
    words = _words(team_id, shown) if with_words and shown else ()
    return Result(rules.summary(shown), tuple(reversed(shown)), tuple(_questions(team_id, today)), words)


def _questions(team_id: int, today: date) -> Iterator[tuple[Survey, Question, Summary]]:
    months: dict[tuple[str, str], list[Tally]] = defaultdict(list)
    values: dict[str, Any] = {
        "team": team_id,
        "before": rules.first_open_month(today),
        "few": rules.FEW,
        "best": rules.BEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.QUESTIONS, values)
        for survey_id, code, month, points, people in cursor.fetchall():
            some = None if people is None else frozenset(people)
            months[survey_id, code].append(Tally(month, month, tuple(points), some))
    for survey in filter(None, (surveys().on(subject, today) for subject in SUBJECTS)):
        for question in survey.questions:
            shown = rules.within(rules.batches(months.get((survey.id, question.code), ())), *rules.window(today))
            if question.code != survey.whole and shown:
                yield survey, question, rules.summary(shown)


def _words(team_id: int, shown: Iterable[Tally]) -> tuple[str, ...]:
    days = reduce(or_, (Q(given_on__gte=one.first, given_on__lt=months_after(one.last, 1)) for one in shown))
    return tuple(
        in_force().filter(days, team=team_id).exclude(words="").order_by("words").values_list("words", flat=True)
    )


# --- one person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Service:
    """A service that was delivered to a person and can be rated; `said` is what was said of it already."""

    event_id: int
    kind: str
    happened_on: date
    mode: str
    team_id: int
    said: Rating | None


def services_of(person_id: int, today: date, *, with_sheltered: bool) -> list[Service]:
    """What the teams of a person did lately, as it stands in the evidence today, the latest first.

    A corrected service is the same one: what was said of it is still said. One that was withdrawn is not among them.
    """
    survey = surveys().on(SERVICE, today)
    if survey is None:
        return []
    said = {one.event_id: one for one in said_by(person_id) if one.event_id is not None}
    steps = Event.objects.filter(whose(person_id), supersedes__isnull=False)
    before = dict(steps.values_list("pk", "supersedes_id"))
    teams = list(TeamMembership.objects.filter(whose(person_id)).order_by("start_on", "pk"))
    found = []
    for event in _events(person_id, survey, today, with_sheltered=with_sheltered):
        team_id = _team_on(teams, event.happened_on)
        if team_id is not None:
            one = _said_of(event.pk, said, before)
            found.append(Service(event.pk, event.kind, event.happened_on, event.mode, team_id, one))
    return found


def _events(person_id: int, survey: Survey, today: date, *, with_sheltered: bool) -> QuerySet[Event]:
    days = (today - timedelta(days=survey.days), today)
    shown = Q() if with_sheltered else open_events()
    rows = Event.objects.filter(shown, whose(person_id), kind__in=survey.events, happened_on__range=days)
    return rows.exclude(Exists(Event.objects.filter(supersedes=OuterRef("pk")))).order_by("-happened_on", "-pk")


def _team_on(teams: Iterable[TeamMembership], day: date) -> int | None:
    there = [one.team_id for one in teams if one.start_on <= day and (one.end_on is None or day <= one.end_on)]
    return there[-1] if there else None


def _said_of(event_id: int | None, said: Mapping[int, Rating], before: Mapping[int, int | None]) -> Rating | None:
    """What was said of an event, or of one that it corrects."""
    while event_id is not None and event_id not in said:
        event_id = before.get(event_id)
    return None if event_id is None else said[event_id]


def service_of(person_id: int, event_id: int, today: date, *, with_sheltered: bool) -> Service | None:
    """One of the services that a person can rate; None for everything else, and for other people's."""
    found = services_of(person_id, today, with_sheltered=with_sheltered)
    return next((one for one in found if one.event_id == event_id), None)


def said_by(person_id: int, *, with_sheltered: bool = True) -> list[Rating]:
    """All that was said by or for a person, as it stands now, the latest first."""
    rows = in_force().filter(whose(person_id)).select_related("event")
    if not with_sheltered:
        rows = rows.filter(Q(event__isnull=True) | Q(event__in=Event.objects.filter(open_events())))
    return list(rows.order_by("-given_on", "-pk"))


@dataclass(frozen=True, slots=True)
class Year:
    """The survey of a person's year with a team; `said` is what was answered in this year already."""

    year: int
    team_id: int
    said: Rating | None


def year_of(person_id: int, today: date) -> Year | None:
    """The survey of this year; None without a team, without a survey, and within 30 days of the last one."""
    teams = list(TeamMembership.objects.filter(whose(person_id)).order_by("start_on", "pk"))
    team_id = _team_on(teams, today)
    if team_id is None or surveys().on(YEAR, today) is None:
        return None
    answered = [one for one in said_by(person_id) if one.year is not None]
    said = next((one for one in answered if one.year == today.year), None)
    if said is None and any(not rules.may_ask(one.given_on, today) for one in answered):
        return None
    return Year(today.year, team_id, said)


def team_on(person_id: int, day: date) -> int | None:
    """The team that a person belongs to on a day."""
    return _team_on(TeamMembership.objects.filter(whose(person_id)).order_by("start_on", "pk"), day)


# --- wishes to be called ----------------------------------------------------------------------------------------------

SETTLED_SHOWN = 20


class CallNotFound(Http404):
    """There is no wish to be called of that number for this viewer."""


def waiting_call(person_id: int) -> CallWish | None:
    """The wish of a person to be called that waits."""
    return CallWish.objects.filter(whose(person_id), settled_at__isnull=True).first()


def _calls(viewer: Viewer) -> QuerySet[CallWish]:
    """Also of those whose data are for care only: they asked for this very call."""
    closed = _restricted(viewer.today).filter(kind__in=CLOSED_TO_CARE)
    teams = viewer.reach.get(MANAGE_TEAMS, frozenset())
    return CallWish.objects.filter(team__in=teams).exclude(Exists(closed))


def _restricted(today: date) -> QuerySet[Restriction]:
    return Restriction.objects.filter(running(today), person=OuterRef("person"))


def calls_for(viewer: Viewer) -> list[CallWish]:
    """The wishes to be called that wait, of the teams whose centre the viewer leads, the oldest first."""
    return list(_calls(viewer).filter(settled_at__isnull=True).select_related("person", "team").order_by("pk"))


def settled_for(viewer: Viewer) -> list[CallWish]:
    """The last ones that were settled, with by whom."""
    rows = _calls(viewer).filter(settled_at__isnull=False).select_related("person", "team", "settled_by")
    return list(rows.order_by("-settled_at", "-pk")[:SETTLED_SHOWN])


def call_of(viewer: Viewer, wish_id: int, *, lock: bool) -> CallWish:
    """One wish within the viewer's reach; locked for who settles it. Raises CallNotFound."""
    rows = _calls(viewer)
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=wish_id).first()
    if found is None:
        raise CallNotFound
    return found


def number_of(wish: CallWish) -> str:
    """The number to call."""
    return sealing.open_sealed(wish.sealed, CallWish.sealed_as)


# --- asking -----------------------------------------------------------------------------------------------------------


def does_not_wish_to_be_asked(person_id: int) -> bool:
    """Tell whether somebody said not to be asked by message."""
    return NotAsked.objects.filter(whose(person_id)).exists()


def to_ask(person_ids: Iterable[int], today: date) -> dict[int, int]:
    """Who of some people may be asked today, and about which event: the last one of the days before. One query."""
    survey = surveys().on(SERVICE, today)
    if survey is None:
        return {}
    since, month = today - timedelta(days=rules.LATELY_DAYS), today - timedelta(days=rules.ASK_DAYS)
    asked = Asking.objects.filter(person=OuterRef("person"), free_on__gt=today)
    said = Rating.objects.filter(person=OuterRef("person"), given_on__gt=month)
    quiet = NotAsked.objects.filter(person=OuterRef("person"))
    days = Q(happened_on__gte=since, happened_on__lt=today)
    rows = Event.objects.filter(open_events(), days, person__in=list(person_ids), kind__in=survey.events)
    rows = rows.exclude(Exists(Event.objects.filter(supersedes=OuterRef("pk"))))
    for why_not in (asked, said, quiet, _restricted(today)):
        rows = rows.exclude(Exists(why_not))
    return dict(rows.order_by("happened_on", "pk").values_list("person_id", "pk"))


SAMPLE = 10


def to_call(viewer: Viewer) -> list[Person]:
    """Some of those of 65 and more whom the viewer may call to ask about the year, by lot: anew each time, so that
    nobody chooses who is heard."""
    day, month = viewer.today, viewer.today - timedelta(days=rules.ASK_DAYS)
    mine = OuterRef("pk")
    people = people_for(viewer, ASK_RATINGS).filter(
        birth_date__lte=months_after(day, -12 * rules.BY_PHONE_FROM), died_on__isnull=True, left_on__isnull=True
    )
    people = people.exclude(Exists(Asking.objects.filter(person=mine, free_on__gt=day)))
    people = people.exclude(Exists(NotAsked.objects.filter(person=mine)))
    answered = Q(given_on__gt=month) | Q(year=day.year)
    return list(people.exclude(Exists(Rating.objects.filter(answered, person=mine))).order_by("?")[:SAMPLE])
