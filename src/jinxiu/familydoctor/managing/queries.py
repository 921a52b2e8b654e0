"""Reads of the manager's page: how far it reaches, its numbers, and the people behind one.

Coverage and fulfilment are read as the last night counted them, everything else as it stands. A number and the list
behind it come from the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import Http404

from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import load_of, terms_on
from jinxiu.evidence.sheltered import sheltered
from jinxiu.familydoctor.managing import rules, statements
from jinxiu.familydoctor.models import NightCount
from jinxiu.indicators.queries import Group, Scope
from jinxiu.indicators.queries import scope_of as scope_of_numbers
from jinxiu.people.access import Viewer, may, people_for, teams_for
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Identifier, Place
from jinxiu.people.roles import MANAGE_TEAMS, SEE_DISTRICT_NUMBERS, SEE_RECORD

RELATIONS = {
    rules.EXPIRING: statements.EXPIRING,
    rules.CHANGES: statements.CHANGES,
    rules.LOAD: statements.LOAD,
    rules.RENEWAL: statements.RENEWAL,
}


class NoSuchPage(Http404):
    """There is no such page of numbers for this viewer."""


@cache
def targets() -> tuple[rules.Target, ...]:
    """The targets of this installation. Raises ValueError for a file that is none."""
    return rules.read_targets(Path(settings.JINXIU_TARGETS).read_text(encoding="utf-8"))


def scope_of(viewer: Viewer) -> Scope:
    """The teams that somebody manages; for who sees only the district's numbers its institutions. Raises NoSuchPage."""
    if viewer.reach.get(MANAGE_TEAMS):
        teams = teams_for(viewer, MANAGE_TEAMS)
        return Scope(tuple(Group(str(one.pk), one, frozenset({one.pk})) for one in teams), frozenset(), False)
    if not may(viewer, SEE_DISTRICT_NUMBERS):
        raise NoSuchPage
    return scope_of_numbers(viewer)


@dataclass(frozen=True)
class Asked:
    """What a page is about: one of rules.PARTS, in which teams and communities (empty: everywhere; `elsewhere`: in
    none of them), in which period."""

    part: str
    today: date
    teams: frozenset[int]
    districts: frozenset[int] = frozenset()  # also of those without a team who live there
    places: frozenset[int] = frozenset()
    elsewhere: bool = False
    period: tuple[date, date] = (date.min, date.min)


@dataclass(frozen=True, slots=True)
class Counted:
    """People (or agreements) counted under a number, and what was owed to them and done, as models.NightCount."""

    number: str
    team_id: int | None
    place_id: int | None
    people: int
    owed: int = 0
    done: int = 0
    share: float = 0
    passed: float = 0


def counted(asked: Asked, key: str = rules.ALL, *, by_place: bool = True) -> list[Counted]:
    """How many people stand behind each number by team and community; of stored ones those of a `key`. One query."""
    if asked.part in rules.BY_NIGHT:
        rows = _stored(asked).filter(number__in=[f"{state}.{key}" for state in rules.STATES[asked.part]])
        names = ("number", "team_id", "place_id", "counted", "owed", "done", "share", "passed")
        return [Counted(*row) for row in rows.values_list(*names)]
    place = "place_id" if by_place else "NULL::bigint"
    statement = f"SELECT number, team_id, {place}, count(*) FROM ({_relation(asked)}) r GROUP BY 1, 2, 3"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(asked))
        return [Counted(*row) for row in cursor.fetchall()]


def totals(asked: Asked) -> list[Counted]:
    """How many people stand behind each stored number, everywhere together. One query."""
    sums = {name: Sum(name) for name in ("counted", "owed", "done", "share", "passed")}
    rows = _stored(asked).values("number").annotate(**{f"of_{name}": one for name, one in sums.items()})
    names = ("number", *(f"of_{name}" for name in sums))
    return [Counted(row[0], None, None, *row[1:]) for row in rows.values_list(*names)]


def counted_on(asked: Asked) -> date | None:
    """The day of the stored numbers; None before the first night."""
    return NightCount.objects.filter(part=asked.part).values_list("day", flat=True).first()


def _stored(asked: Asked) -> Any:
    where = Q(team__in=asked.teams)
    if asked.districts:
        where |= Q(team__isnull=True, place__in=_within(asked.districts))
    rows = NightCount.objects.filter(where, part=asked.part)
    if asked.elsewhere:
        return rows.filter(Q(place__isnull=True) | ~Q(place__in=asked.places))
    return rows.filter(place__in=asked.places) if asked.places else rows


def _within(districts: Iterable[int]) -> Any:
    ids = list(districts)
    within = Q(pk__in=ids) | Q(parent__in=ids) | Q(parent__parent__in=ids)
    return Place.objects.filter(within).values("pk")


def _relation(asked: Asked) -> str:
    relation = RELATIONS[asked.part]
    if asked.elsewhere:
        where = "place_id IS NULL OR place_id <> ALL(%(places)s::bigint[])"
    elif asked.places:
        where = "place_id = ANY(%(places)s::bigint[])"
    else:
        return relation
    return f"SELECT * FROM ({relation}) everywhere WHERE {where}"  # noqa: S608 - parts of ours


def _values(asked: Asked) -> dict[str, Any]:
    first, last = asked.period
    if asked.part == rules.EXPIRING:
        last = asked.today + timedelta(days=rules.WEEKS_AHEAD)
    return {
        "today": asked.today,
        "teams": sorted(asked.teams),
        "places": sorted(asked.places),
        "first": first,
        "last": last,
        "window": rules.RENEWAL_DAYS,
    }


@cache
def sheltered_groups() -> frozenset[str]:
    """The groups of which numbers are shown, and nobody behind them: their programme is under special shelter."""
    return frozenset(one.code for one in rules.GROUPS if one.programme in sheltered().enrolments)


def may_list(part: str, number: str) -> bool:
    """Tell whether the people behind a number may be listed: none of whom it tells what is under special shelter."""
    return part != rules.COVERAGE or number.partition(".")[2] not in (rules.PRIORITY, *sheltered_groups())


# --- load -------------------------------------------------------------------------------------------------------------


def doctors_of(team_ids: Iterable[int], today: date) -> tuple[dict[int, int], int]:
    """How many family doctors each team has today, and how many people one should have at most. Two queries."""
    terms = terms_on(today)
    return {team: load.doctors for team, load in load_of(team_ids, today).items()}, terms.per_doctor if terms else 0


# --- the people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody behind a number; with `name` empty the person is out of the viewer's reach today. `on` is what the list
    is in the order of: an agreement's last day, or the day of the change."""

    person_id: int
    key: str
    on: date | None = None
    agreement_id: int | None = None
    contract_no: str = ""
    name: str = ""
    sex: str = ""
    birth_date: date | None = None
    masked_id: str = ""
    community: str = ""
    community_en: str = ""


def people(viewer: Viewer, asked: Asked, number: str, after: str, limit: int) -> list[Row]:
    """The people behind a number, after the row of this key. Three queries at most."""
    rows = (
        _stored_ids(asked, number, after, limit) if asked.part in rules.BY_NIGHT else _live(asked, number, after, limit)
    )
    known = _known(viewer, [row.person_id for row in rows])
    numbers = dict(
        Agreement.objects.filter(pk__in=[row.agreement_id for row in rows if row.agreement_id]).values_list(
            "pk", "contract_no"
        )
    )
    return [
        Row(
            row.person_id,
            row.key,
            row.on,
            row.agreement_id,
            numbers.get(row.agreement_id or 0, ""),
            **known.get(row.person_id, {}),
        )
        for row in rows
    ]


def _stored_ids(asked: Asked, number: str, after: str, limit: int) -> list[Row]:
    rows, parameters = _stored(asked).filter(number=number).values("people").query.sql_with_params()
    statement = f"SELECT id FROM ({rows}) c, unnest(c.people) AS id WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, _number(after), limit])
        return [Row(person_id, str(person_id)) for (person_id,) in cursor.fetchall()]


def _live(asked: Asked, number: str, after: str, limit: int) -> list[Row]:
    day, _dot, last = after.partition(".")
    values = _values(asked) | {"number": number, "limit": limit, "day": _day(day), "after": _number(last)}
    statement = f"""SELECT person_id, agreement_id, day FROM ({_relation(asked)}) r
        WHERE (number = %(number)s OR starts_with(number, %(number)s || '.'))
            AND (day, agreement_id) > (%(day)s, %(after)s)
        ORDER BY day, agreement_id LIMIT %(limit)s"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            Row(person, f"{on.isoformat()}.{agreement}", on, agreement) for person, agreement, on in cursor.fetchall()
        ]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date(1900, 1, 1)


def _known(viewer: Viewer, ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """What is shown of those of the people whom the viewer reaches today."""
    numbers = Identifier.objects.filter(person=OuterRef("pk"), system=ID_CARD).order_by("pk")
    found = people_for(viewer, SEE_RECORD).filter(pk__in=ids)
    rows = found.values(
        *("pk", "name", "sex", "birth_date"),
        masked_id=Coalesce(Subquery(numbers.values("masked")[:1]), Value("")),
        community=Coalesce(F("household__place__name"), Value("")),
        community_en=Coalesce(F("household__place__name_en"), Value("")),
    )
    return {row.pop("pk"): row for row in map(dict[str, Any], rows)}


# --- what the filters offer -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Places:
    """Communities by id, each with its street: for the filter, and for the rows of a table."""

    by_id: Mapping[int, Place] = field(default_factory=dict)

    def ids_of(self, code: str) -> frozenset[int]:
        """The communities of a code, of themselves or of a street; none of an empty one."""
        return frozenset(
            pk for pk, one in self.by_id.items() if one.code == code or (one.parent and one.parent.code == code)
        )


def places_of(scope: Scope) -> Places:
    """The communities in which people of the scope were counted. One query."""
    teams = frozenset[int]().union(*(group.team_ids for group in scope.groups))
    here = _stored(Asked(rules.COVERAGE, date.min, teams, scope.district_ids)).values("place")
    rows = Place.objects.filter(pk__in=here).select_related("parent").order_by("code")
    return Places({one.pk: one for one in rows})
