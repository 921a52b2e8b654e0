"""Reads of the boards: who is in, how many miss what, and a page of them by name. People come through `access`.

What is under special shelter has a board only for whoever may open it, of the very people for whom they may.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.http import Http404

from jinxiu.evidence.models import Enrolment, Event
from jinxiu.familydoctor.boards import rules
from jinxiu.familydoctor.boards.rules import Call, Gap
from jinxiu.familydoctor.records.queries import current, staff_name
from jinxiu.people import sealing
from jinxiu.people.access import Viewer, in_force, open_to, people_for, team_ids_for
from jinxiu.people.among import among, in_array
from jinxiu.people.identity import ID_CARD
from jinxiu.people.matching.queries import KEPT
from jinxiu.people.models import NAME_IN_ORDER, ContactPoint, Identifier, Person, Place, TeamMembership
from jinxiu.people.roles import SEE_RECORD, SEE_SHELTERED
from jinxiu.standards.model import (
    AllOf,
    AnyOf,
    BelowAge,
    BelowAgeMonths,
    Eligibility,
    EnrolledIn,
    Everybody,
    MinAge,
    MinAgeMonths,
    NotIn,
    SexIs,
    Standard,
)
from jinxiu.worklists.models import DueItem
from jinxiu.worklists.queries import Item, LastValue, last_values, named_like, open_items, open_of
from jinxiu.worklists.rules import read_search_term
from jinxiu.worklists.standards import sheltered_ids, shown_to


class BoardNotFound(Http404):
    """There is no board of that standard for this viewer."""


@dataclass(frozen=True, slots=True)
class Board:
    """A standard, and the permission by which its people are reached."""

    standard: Standard
    permission: str

    @property
    def is_sheltered(self) -> bool:
        """Whether it stands under special shelter."""
        return self.permission == SEE_SHELTERED


@dataclass(frozen=True, slots=True)
class Scope:
    """Where: a team (None: all within reach), and the code of a community or of a street (empty: everywhere)."""

    team_id: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom of them: `status` is one of rules.statuses_of, `gap` the key of one of rules.gaps_of (empty: any), `text`
    part of a name, pinyin, initials or four last digits."""

    status: str = rules.OPEN
    gap: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The people of a board in a scope, worked out once for a request: `ids` is an array as people.among has it."""

    viewer: Viewer
    board: Board
    scope: Scope
    people: int
    ids: str


@dataclass(frozen=True, slots=True)
class GapCount:
    """How many people miss something today, and for how many of them it is overdue."""

    gap: Gap
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """People, not items: for whom something is open today, for whom something is overdue, by what is missing (one
    person may miss several things), and who left the programme without having completed it, by how."""

    open: int
    overdue: int
    gaps: tuple[GapCount, ...] = ()
    gone: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A person on a board with what is open for them by its standard, or how and when they left the programme."""

    person_id: int
    name: str
    sex: str
    birth_date: date | None
    masked_id: str
    masked_phone: str
    place: str
    place_en: str
    items: tuple[Item, ...] = ()
    last_value: LastValue | None = None
    gone: tuple[str, date] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the number to pass as `after` for those that follow (0 at the end)."""

    rows: tuple[Row, ...]
    after: int


# --- which boards -----------------------------------------------------------------------------------------------------


def boards_for(viewer: Viewer) -> list[Board]:
    """The boards of the standards in force that this viewer may know of, in the standards' order."""
    shown = [one for one in shown_to(viewer) if rules.is_of_a_group(one)]
    boards = [Board(one, SEE_SHELTERED if one.id in sheltered_ids() else SEE_RECORD) for one in shown]
    return [board for board in boards if viewer.reach.get(board.permission)]


def board_of(viewer: Viewer, standard_id: str) -> Board:
    """One board. Raises BoardNotFound where there is none for this viewer."""
    found = next((board for board in boards_for(viewer) if board.standard.id == standard_id), None)
    if found is None:
        raise BoardNotFound
    return found


def places_for(viewer: Viewer) -> list[Place]:
    """The communities in which people within reach live, each with its street, by code."""
    teams = team_ids_for(viewer, None, SEE_RECORD)
    members = _memberships(viewer, teams).filter(person__household__place=OuterRef("pk"))
    return list(Place.objects.filter(Exists(members)).select_related("parent").order_by("code"))


# --- who is in --------------------------------------------------------------------------------------------------------


def group_of(viewer: Viewer, board: Board, scope: Scope) -> Group:
    """For whom the standard holds today. One query. Raises TeamNotFound for a team out of reach."""
    members = _members(viewer, board, scope).filter(_eligible(board.standard.eligible, viewer.today))
    found = members.aggregate(people=Count("person"), ids=Cast(ArrayAgg("person"), TextField()))
    return Group(viewer, board, scope, found["people"], found["ids"] or "{}")


def _memberships(viewer: Viewer, team_ids: Iterable[int]) -> QuerySet[TeamMembership]:
    return TeamMembership.objects.filter(in_force(viewer.today), among("team_id", team_ids))


def _members(viewer: Viewer, board: Board, scope: Scope) -> QuerySet[TeamMembership]:
    """Everybody of the team and the place whom the permission reaches, the living who are here; each has one row."""
    today, place = viewer.today, Q()
    if scope.place:
        home = "person__household__place"
        place = Q(**{f"{home}__code": scope.place}) | Q(**{f"{home}__parent__code": scope.place})
    return _memberships(viewer, team_ids_for(viewer, scope.team_id, board.permission)).filter(
        Q(person__died_on=None) | Q(person__died_on__gt=today),
        Q(person__left_on=None) | Q(person__left_on__gt=today),
        open_to(viewer, board.permission, "person_id"),
        place,
        person__merged_into__isnull=True,
    )


def _eligible(eligible: Eligibility, today: date) -> Q:
    match eligible:
        case EnrolledIn(kind):
            running = _enrolments(kind, today).filter(in_force(today))
            merged = running.filter(person__merged_into__isnull=False)
            return Q(person__in=running.values("person")) | Q(person__in=merged.values("person__merged_into"))
        case MinAge() | MinAgeMonths():
            return Q(person__birth_date__lte=rules.latest_birth(eligible, today))
        case BelowAge() | BelowAgeMonths():
            return Q(person__birth_date__gt=rules.latest_birth(eligible, today), person__birth_date__lte=today)
        case Everybody():
            return Q()
        case SexIs(sex):
            return Q(person__sex=sex)
        case NotIn(part):
            return ~_eligible(part, today)
        case AllOf(inner):
            return Q(*(_eligible(part, today) for part in inner))
        case AnyOf(inner):
            return Q(*(_eligible(part, today) for part in inner), _connector=Q.OR)


def _enrolments(kind: str, today: date) -> QuerySet[Enrolment]:
    corrected = Enrolment.objects.filter(supersedes=OuterRef("pk"))
    return Enrolment.objects.filter(~Exists(corrected), kind=kind, start_on__lte=today)


def _gone(group: Group) -> dict[int, tuple[str, date]]:
    """Who of the scope is in the programme no more without having completed it: how it ended, and the last day.

    Two queries.
    """
    kind, today = rules.programme_of(group.board.standard), group.viewer.today
    if not kind:
        return {}
    ended = _enrolments(kind, today).filter(end_on__lt=today, end_reason__in=rules.GONE).order_by("end_on", "pk")
    found = {kept: (how, day) for kept, how, day in ended.values_list(KEPT, "end_reason", "end_on")}
    members = _members(group.viewer, group.board, group.scope).exclude(in_array("person_id", group.ids))
    here = set(members.filter(among("person_id", found)).values_list("person", flat=True))
    return {person_id: end for person_id, end in found.items() if person_id in here}


# --- numbers ----------------------------------------------------------------------------------------------------------


def totals(group: Group) -> Numbers:
    """The numbers of a board without what is missing. One query."""
    return Numbers(**_items(group).aggregate(**_counts(group.viewer.today, "", Q())))


def numbers(group: Group) -> Numbers:
    """All numbers of a board. Three queries."""
    standard, today = group.board.standard, group.viewer.today
    gaps = rules.gaps_of(standard)
    asked = _counts(today, "", Q())
    for place, gap in enumerate(gaps):
        asked |= _counts(today, f"gap_{place}_", _of_gap(gap))
    found = _items(group).aggregate(**asked)
    by_gap = [GapCount(gap, found[f"gap_{n}_open"], found[f"gap_{n}_overdue"]) for n, gap in enumerate(gaps)]
    gone = Counter(how for how, _day in _gone(group).values())
    return Numbers(found["open"], found["overdue"], tuple(by_gap), {how: gone[how] for how in rules.gone_of(standard)})


def _items(group: Group) -> QuerySet[DueItem]:
    return open_of(group.viewer, group.board.standard.id).filter(in_array("person_id", group.ids))


def _of_gap(gap: Gap) -> Q:
    of_clause = Q(clause=gap.clause.id)
    if not gap.reason:
        return of_clause
    never = Q(reason_code=gap.reason)
    return of_clause & (never if gap.never_seen else ~never)


def _counts(today: date, prefix: str, which: Q) -> dict[str, Count]:
    late = which & Q(due_on__lt=today)
    return {
        f"{prefix}open": Count("person", distinct=True, filter=which),
        f"{prefix}overdue": Count("person", distinct=True, filter=late),
    }


# --- a page -----------------------------------------------------------------------------------------------------------


def page(group: Group, wanted: Wanted, *, after: int = 0, limit: int) -> Page:
    """Some people of a board by name. Four queries, one more after the first page, two more for those who are gone."""
    gone = _gone_as(group, wanted)
    people = _asked(group, wanted, gone).annotate(by_name=NAME_IN_ORDER)
    if last := _name_of(group, after):
        people = people.filter(Q(by_name__gt=last) | Q(by_name=last, pk__gt=after))
    found = list(people.order_by("by_name", "pk").values_list("pk", flat=True)[: limit + 1])
    shown = found[:limit]
    return Page(_rows(group, shown, gone), shown[-1] if len(found) > limit else 0)


def ids_by_name(group: Group, wanted: Wanted) -> list[int]:
    """Everybody whom a filter leaves, by name."""
    people = _asked(group, wanted, _gone_as(group, wanted)).annotate(by_name=NAME_IN_ORDER)
    return list(people.order_by("by_name", "pk").values_list("pk", flat=True))


def rows_of(group: Group, wanted: Wanted, ids: list[int]) -> tuple[Row, ...]:
    """The rows of some people of `ids_by_name`, in that order."""
    return _rows(group, ids, _gone_as(group, wanted))


def _gone_as(group: Group, wanted: Wanted) -> dict[int, tuple[str, date]]:
    return _gone(group) if wanted.status in rules.GONE else {}


def _asked(group: Group, wanted: Wanted, gone: Iterable[int]) -> QuerySet[Person]:
    """The people whom a filter leaves."""
    term = read_search_term(wanted.text)
    named = named_like(term) if term else Q()
    if wanted.status in rules.GONE:
        return Person.objects.filter(among("pk", gone), named)
    people = Person.objects.filter(in_array("pk", group.ids), named)
    if wanted.status == rules.EVERYBODY and not wanted.gap:
        return people
    items = _items(group)
    if wanted.status == rules.OVERDUE:
        items = items.filter(due_on__lt=group.viewer.today)
    if gap := rules.gap_of(group.board.standard, wanted.gap):
        items = items.filter(_of_gap(gap))
    missing = Q(pk__in=items.values("person"))
    return people.filter(~missing if wanted.status == rules.NOTHING else missing)


def _name_of(group: Group, person_id: int) -> str:
    """The name after which a page begins; who has left the board meanwhile still has one, who is out of reach none."""
    if not person_id:
        return ""
    people = people_for(group.viewer, group.board.permission)
    return people.filter(pk=person_id).values_list("name", flat=True).first() or ""


def _rows(group: Group, ids: list[int], gone: Mapping[int, tuple[str, date]]) -> tuple[Row, ...]:
    if not ids:
        return ()
    standard, today = group.board.standard, group.viewer.today
    persons = {row["person_id"]: row for row in _persons(ids)}
    items = {} if gone else open_items(group.viewer, ids, standard.id)
    values = last_values(ids, today, [standard] if standard.last_value else None)
    return tuple(
        Row(**persons[one], items=items.get(one, ()), last_value=values.get(one), gone=gone.get(one)) for one in ids
    )


def _persons(ids: list[int]) -> QuerySet[Person, Any]:
    numbers = Identifier.objects.filter(person=OuterRef("pk"), system=ID_CARD).order_by("pk")
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk")
    return Person.objects.filter(pk__in=ids).values(
        *("name", "sex", "birth_date"),
        person_id=F("pk"),
        masked_id=Coalesce(Subquery(numbers.values("masked")[:1]), Value("")),
        masked_phone=Coalesce(Subquery(phones.values("masked")[:1]), Value("")),
        place=Coalesce(F("household__place__name"), Value("")),
        place_en=Coalesce(F("household__place__name_en"), Value("")),
    )


# --- calls ------------------------------------------------------------------------------------------------------------


def last_calls(person_ids: Iterable[int], today: date) -> dict[int, Call]:
    """The latest call to each of these people in the last days that count. One query; who was not called is missing."""
    since = today - timedelta(days=rules.CALL_DAYS)
    calls = current(Event).filter(among("person_id", person_ids), kind=rules.CALL, happened_on__range=(since, today))
    latest = calls.order_by("person_id", "-happened_on", "-pk").distinct("person_id")
    rows = latest.values("person_id", "happened_on", "answers", "recorded_by__name", "recorded_by__name_en")
    return {row["person_id"]: _call(row) for row in rows}


def whole_phones(person_ids: Iterable[int]) -> dict[int, list[str]]:
    """The numbers to dial of these people, whole; whoever asks writes a line for each into the trail."""
    ids, found = list(person_ids), defaultdict[int, list[str]](list)
    rows = ContactPoint.objects.filter(Q(person__in=ids) | Q(person__merged_into__in=ids)).order_by("pk")
    for person_id, sealed in rows.values_list(KEPT, "sealed"):
        number = sealing.open_sealed(sealed, sealing.PHONE)
        if number not in found[person_id]:
            found[person_id].append(number)
    return found


def _call(row: Mapping[str, Any]) -> Call:
    said = row["answers"]
    again_on = date.fromisoformat(said["again_on"]) if said.get("again_on") else None
    return Call(row["happened_on"], said.get("outcome", ""), again_on, staff_name(row))
