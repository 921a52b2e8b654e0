"""Reads of the stored figures, as far as the viewer's permissions reach, and of the people behind one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from jinxiu.evidence.sheltered import sheltered
from jinxiu.indicators import rules
from jinxiu.indicators.models import StoredFigure
from jinxiu.indicators.rules import OTHER, PARTS, Figure
from jinxiu.people.access import Viewer, may, people_for, teams_for
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Identifier, Institution, Place, Team
from jinxiu.people.roles import SEE_DISTRICT_NUMBERS, SEE_RECORD, SEE_SHELTERED, SEE_TEAM_NUMBERS
from jinxiu.standards.measures.catalogue import installed
from jinxiu.standards.measures.model import Measure

NO_TEAM = "none"
_AT_ONCE = 200  # people looked up together
_SUMS = ("counted", "of", *PARTS, "unknown")


@dataclass(frozen=True)
class Group:
    """Some of the people within reach: a team's, an institution's, or those without a team."""

    key: str
    thing: Team | Institution | None
    team_ids: frozenset[int]


@dataclass(frozen=True)
class Scope:
    """How far the viewer's numbers reach. `numbers_only`: small ones are not shown, and nobody behind them."""

    groups: tuple[Group, ...]
    district_ids: frozenset[int]
    numbers_only: bool

    @property
    def rows(self) -> Q:
        """The stored rows within reach."""
        teams = frozenset().union(*(group.team_ids for group in self.groups))
        where = Q(team__in=teams)
        return where | Q(team__isnull=True, district__in=self.district_ids) if self.district_ids else where

    def group_of(self, team_id: int | None) -> str:
        """The key of the group that a stored row belongs to."""
        if team_id is None:
            return NO_TEAM
        return next(group.key for group in self.groups if team_id in group.team_ids)


def scope_of(viewer: Viewer) -> Scope:
    """The teams of a viewer who sees team numbers; the institutions of the district for who sees only that district's.

    Raises PermissionDenied for everybody else.
    """
    if may(viewer, SEE_TEAM_NUMBERS):
        teams = teams_for(viewer, SEE_TEAM_NUMBERS)
        return Scope(tuple(Group(str(one.pk), one, frozenset({one.pk})) for one in teams), frozenset(), False)
    if not may(viewer, SEE_DISTRICT_NUMBERS):
        raise PermissionDenied
    by_institution: dict[Institution, set[int]] = defaultdict(set)
    for team in teams_for(viewer, SEE_DISTRICT_NUMBERS):
        by_institution[team.institution].add(team.pk)
    groups = [Group(str(one.pk), one, frozenset(teams)) for one, teams in by_institution.items()]
    return Scope((*groups, Group(NO_TEAM, None, frozenset())), _districts_of(viewer), True)


def _districts_of(viewer: Viewer) -> frozenset[int]:
    """The districts of the places of the viewer's institutions, or in them."""
    places = Institution.objects.filter(pk__in=viewer.institution_ids, place__isnull=False).values("place")
    within = Q(pk__in=places) | Q(parent__in=places)
    return frozenset(Place.objects.filter(within, kind=Place.Kind.DISTRICT).values_list("pk", flat=True))


Cells = Mapping[tuple[str, date], Mapping[str, Figure]]  # (measure, month) to group ("" is the total) to its figure


def cells(scope: Scope, months: Iterable[date], measure: str = "") -> Cells:
    """The figures of every measure (or of one), month and group, and of all groups together; what may not be shown is
    left out. One query."""
    rows = StoredFigure.objects.filter(scope.rows, month__in=list(months))
    if measure:
        rows = rows.filter(measure=measure)
    found: dict[tuple[str, date], dict[str, Figure]] = defaultdict(dict)
    sums = rows.values("measure", "month", "team_id").annotate(**{f"sum_{name}": Sum(name) for name in _SUMS})
    for row in map(dict[str, Any], sums):
        groups, key = found[row["measure"], row["month"]], scope.group_of(row["team_id"])
        figure = _figure(row, "sum_")
        groups[key] = groups.get(key, Figure()) + figure
    return {key: _shown(groups, scope) for key, groups in found.items()}


def _figure(row: Mapping[str, Any], prefix: str = "", missing: Mapping[str, int] | None = None) -> Figure:
    return Figure(
        counted=row[f"{prefix}counted"],
        of=row[f"{prefix}of"],
        numerator=row[f"{prefix}numerator"],
        other=row[f"{prefix}other"],
        exclusion=row[f"{prefix}exclusion"],
        exception=row[f"{prefix}exception"],
        unknown=row[f"{prefix}unknown"],
        missing=missing or {},
    )


def _shown(groups: dict[str, Figure], scope: Scope) -> dict[str, Figure]:
    out = rules.hidden(groups) if scope.numbers_only else frozenset()
    everything = {"": rules.total(groups.values()), **groups}
    return {key: figure for key, figure in everything.items() if key not in out}


def stored_months(scope: Scope, measure: str = "") -> list[date]:
    """The months that have figures within reach, the newest first."""
    rows = StoredFigure.objects.filter(scope.rows)
    if measure:
        rows = rows.filter(measure=measure)
    return list(rows.order_by("-month").values_list("month", flat=True).distinct())


@dataclass(frozen=True)
class Detail:
    """What stands behind one figure: how far its period goes, which version made it, and its parts."""

    version: str
    period_start: date
    period_end: date
    figure: Figure


def detail(scope: Scope, measure: str, month: date, group: str = "") -> Detail | None:
    """One figure with what is missing by reason; None when there is none stored. One query."""
    rows = _rows_of(scope, measure, month, group).values(*_SUMS, "missing", "version", "period_start", "period_end")
    found = list(rows)
    if not found:
        return None
    figure = rules.total(_figure(row, missing=row["missing"]) for row in found)
    newest = max(found, key=lambda row: (row["period_end"], row["version"]))
    return Detail(newest["version"], newest["period_start"], newest["period_end"], figure)


def _rows_of(scope: Scope, measure: str, month: date, group: str) -> Any:
    rows = StoredFigure.objects.filter(scope.rows, measure=measure, month=month)
    if not group:
        return rows
    teams = next((one.team_ids for one in scope.groups if one.key == group), frozenset())
    return rows.filter(team__isnull=True) if group == NO_TEAM else rows.filter(team__in=teams)


def last_stored(scope: Scope, month: date) -> Any:
    """When the month's figures within reach last changed, and the day up to which they count; None without any."""
    rows = StoredFigure.objects.filter(scope.rows, month=month).order_by("-period_end", "-computed_at")
    return rows.values("computed_at", "period_end").first()


# --- the people -------------------------------------------------------------------------------------------------------


@cache
def sheltered_measures() -> frozenset[str]:
    """The measures of which only those who may open the shelter see the people: they look at what is sheltered."""
    hidden = sheltered()
    words = hidden.enrolments | hidden.events | hidden.observations
    return frozenset(one.id for one in installed().all() if not words.isdisjoint(rules.words_of(one)))


def permission_for(measure: str) -> str:
    """What somebody needs to see the people behind a measure."""
    return SEE_SHELTERED if measure in sheltered_measures() else SEE_RECORD


def parts_of(measure: Measure) -> tuple[str, ...]:
    """The parts whose people can be listed; OTHER is everybody who is counted and not in the numerator."""
    return (*PARTS, *measure.missing)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person behind a figure."""

    person_id: int
    name: str
    sex: str
    birth_date: date | None
    masked_id: str
    community: str
    community_en: str


def people_behind(
    viewer: Viewer, scope: Scope, measure: Measure, month: date, *, part: str, group: str, after: int, limit: int
) -> list[PersonRow]:
    """The people of one part of a figure by their number, those whom the viewer may see today.

    Who was counted and has since gone to another team is not among them.
    """
    reach = viewer.reach.get(permission_for(measure.id), frozenset())
    rows = _rows_of(scope, measure.id, month, group).filter(team__in=reach)
    ids = sorted(one for one in _ids(rows, _parts_together(measure, part)) if one > after)
    found: list[PersonRow] = []
    for start in range(0, len(ids), _AT_ONCE):
        found += _people(viewer, permission_for(measure.id), ids[start : start + _AT_ONCE])
        if len(found) >= limit:
            break
    return found[:limit]


def _parts_together(measure: Measure, part: str) -> Sequence[str]:
    return (OTHER, *measure.missing) if part == OTHER else (part,)


def _ids(rows: Any, parts: Sequence[str]) -> set[int]:
    lists = rows.values_list(*(f"people__{part}" for part in parts))
    return {one for row in lists for ids in row for one in ids or ()}


def _people(viewer: Viewer, permission: str, ids: Sequence[int]) -> list[PersonRow]:
    numbers = Identifier.objects.filter(person=OuterRef("pk"), system=ID_CARD).order_by("pk")
    rows = people_for(viewer, permission).filter(pk__in=ids).order_by("pk")
    found = rows.values(
        *("name", "sex", "birth_date"),
        person_id=F("pk"),
        masked_id=Coalesce(Subquery(numbers.values("masked")[:1]), Value("")),
        community=Coalesce(F("household__place__name"), Value("")),
        community_en=Coalesce(F("household__place__name_en"), Value("")),
    )
    return [PersonRow(**row) for row in found]
