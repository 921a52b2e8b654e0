"""Reads of ratings: what may be shown of teams, and what one person has said.

Numbers come out of `rules.batches` only, so that no two of them lead to a single answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import TruncMonth

from jinxiu.ratings import rules
from jinxiu.ratings.models import Rating
from jinxiu.ratings.rules import Summary, Tally


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
