"""Reads of the day's work: a page of a worklist, a team's counts, one person's due items.

People come through the viewer's teams, as `access` has them. Each person stands at his most urgent fitting item. Items
under special shelter are there only for whoever has the permission for the person; values and contacts under shelter
stand in no list at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, When

from jinxiu.evidence.models import Event, Observation
from jinxiu.evidence.sheltered import open_events, open_observations
from jinxiu.people import clock, sealing
from jinxiu.people.access import Viewer, in_force, open_to, team_ids_for
from jinxiu.people.identity import ID_CARD
from jinxiu.people.matching.queries import KEPT
from jinxiu.people.models import ContactPoint, Identifier, Person, Team, TeamMembership
from jinxiu.people.roles import SEE_RECORD, SEE_SHELTERED, SEE_TEAM_NUMBERS
from jinxiu.standards.model import Standard
from jinxiu.standards.verdict import status_by_dates
from jinxiu.worklists.models import DueItem, EvaluationRun
from jinxiu.worklists.rules import Key, SearchTerm, read_search_term
from jinxiu.worklists.standards import in_force as standards_in_force
from jinxiu.worklists.standards import sheltered_ids

TWO_WEEKS = 14  # days


@dataclass(frozen=True, slots=True)
class Item:
    """An open due item on a day; what `standards.explain` needs for its sentences is all here."""

    id: int
    person_id: int
    standard: str
    version: str
    clause: str
    cycle: str
    status: str
    opens_on: date
    due_on: date
    closes_on: date | None
    classification: str
    action: str
    urgency: int
    reason_code: str
    reason_args: Mapping[str, Any]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class LastValue:
    """The latest readings of one event or day (code to value, in the code's unit); `mode` is empty for a loose one."""

    happened_on: date
    mode: str
    readings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person on the worklist: the item that put him there first, then everything else open or upcoming."""

    person_id: int
    name: str
    sex: str
    birth_date: date | None
    masked_id: str
    masked_phone: str
    street: str
    street_en: str
    items: tuple[Item, ...]
    last_value: LastValue | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the key to pass as `after` for those that follow (empty at the end)."""

    rows: tuple[PersonRow, ...]
    after: str


@dataclass(frozen=True, slots=True)
class TeamCounts:
    """People of the team(s), not items; one person may be counted under several heads."""

    members: int
    open: int
    danger: int
    two_weeks: int
    soonest_two_weeks: date | None
    overdue: int
    overdue_since: date | None
    week: int
    done_today: int


# --- which items ------------------------------------------------------------------------------------------------------

_OPEN = Q(closed_at__isnull=True)


def _alive(today: date) -> Q:
    return Q(closes_on__isnull=True) | Q(closes_on__gte=today)


def _open(today: date) -> Q:
    return _alive(today) & Q(opens_on__lte=today)


# What may be chosen as `status`, and what each card of the team's counts counts: the same words, the same people.
STATUSES: dict[str, Callable[[date], Q]] = {
    "open": _open,
    "due": lambda today: _open(today) & Q(due_on__gte=today),
    "overdue": lambda today: _alive(today) & Q(due_on__lt=today),
    "week": lambda today: _open(today) & Q(due_on__range=(today, clock.week_of(today)[1])),
    "upcoming": lambda today: _alive(today) & Q(opens_on__gt=today),
    "danger": lambda today: _open(today) & Q(urgency=3),
    "two_weeks": lambda today: (
        _open(today) & Q(urgency__in=(1, 2), due_on__range=(today, today + timedelta(days=TWO_WEEKS)))
    ),
}


def _known_to(viewer: Viewer, team_ids: Iterable[int]) -> Q:
    """The open items of these teams' people that the viewer may know of, and that no restriction of use keeps back."""
    known = _OPEN & open_to(viewer, SEE_RECORD, "person_id")
    reach = viewer.reach.get(SEE_SHELTERED, frozenset())
    if not sheltered_ids() or reach.issuperset(team_ids):
        return known
    in_the_open = ~Q(standard__in=sheltered_ids())
    if not reach:
        return known & in_the_open
    return known & (in_the_open | Q(Exists(_memberships(viewer.today, reach).filter(person=OuterRef("person_id")))))


def known_of_teams(viewer: Viewer, team_ids: Iterable[int]) -> QuerySet[DueItem]:
    """The open items of the people of these teams that the viewer may know of."""
    ids = list(team_ids)
    members = _memberships(viewer.today, ids).filter(person=OuterRef("person_id"))
    return DueItem.objects.filter(_known_to(viewer, ids), Exists(members))


def worklist(
    viewer: Viewer,
    *,
    team_id: int | None = None,
    standard: str = "",
    status: str = "open",
    street: str = "",
    name: str = "",
    mine: bool = False,
    after: str = "",
    limit: int = 25,
) -> Page:
    """A page of the people of a team (or of all the viewer's teams) who need something, most urgent first.

    `status` is one of STATUSES, `street` a place's code, `name` part of a name, pinyin, initials or four last digits.
    `mine` keeps those whose last contact recorded by staff was recorded by the viewer. Four queries, whatever the page.
    Raises TeamNotFound for a team out of reach, KeyError for an unknown status.
    """
    team_ids = team_ids_for(viewer, team_id, SEE_RECORD)
    known = _known_to(viewer, team_ids)
    fitting = known & STATUSES[status](viewer.today) & (Q(standard=standard) if standard else Q())
    members = _memberships(viewer.today, team_ids).filter(person=OuterRef("person_id"))
    items = DueItem.objects.filter(fitting, Exists(members), _person_filter(street, name))
    if mine:
        items = _last_seen_by(items, viewer.staff_id)
    leading = _gathered(items) if len(team_ids) == 1 else items.filter(~Exists(_more_urgent(fitting)))
    if key := Key.read(after):
        leading = leading.filter(_after(key))
    leading = leading.order_by("-urgency", "due_on", "person_id")
    found = [Key(*row) for row in leading.values_list("urgency", "due_on", "person_id")[: limit + 1]]
    shown = found[:limit]
    chosen = STATUSES[status](viewer.today) & (Q(standard=standard) if standard else Q())
    rows = _rows([one.person_id for one in shown], known, chosen, viewer.today)
    return Page(rows, str(shown[-1]) if len(found) > limit else "")


def _memberships(today: date, team_ids: Iterable[int]) -> QuerySet[TeamMembership]:
    return TeamMembership.objects.filter(in_force(today), team__in=team_ids)


def _gathered(items: QuerySet[DueItem]) -> QuerySet[DueItem]:
    """Each person's most urgent item, by gathering all of them first: the quickest way for the few of one team.

    For many teams the other way is quicker: walk along the index, most urgent first, and skip who came before.
    """
    first = items.order_by("person_id", "-urgency", "due_on", "pk").distinct("person_id")
    return DueItem.objects.filter(pk__in=first.values("pk"))


def _more_urgent(fitting: Q) -> QuerySet[DueItem]:
    """Fitting items of the same person that come before this one."""
    return DueItem.objects.filter(
        fitting,
        Q(urgency__gt=OuterRef("urgency"))
        | Q(urgency=OuterRef("urgency"), due_on__lt=OuterRef("due_on"))
        | Q(urgency=OuterRef("urgency"), due_on=OuterRef("due_on"), pk__lt=OuterRef("pk")),
        person_id=OuterRef("person_id"),
    )


def _after(key: Key) -> Q:
    # The first condition follows from the others; it lets the walk along the index begin at the right place.
    return Q(urgency__lte=key.urgency) & (
        Q(urgency__lt=key.urgency)
        | Q(urgency=key.urgency, due_on__gt=key.due_on)
        | Q(urgency=key.urgency, due_on=key.due_on, person_id__gt=key.person_id)
    )


def _person_filter(street: str, name: str) -> Q:
    where = Q()
    if street:
        place = "person__household__place"
        where &= Q(**{f"{place}__code": street}) | Q(**{f"{place}__parent__code": street})
    if term := read_search_term(name):
        where &= named_like(term, "person__")
    return where


def named_like(term: SearchTerm, person: str = "") -> Q:
    """The people whom a typed text may mean; `person` is the way to them from other rows, such as "person__"."""
    if term.last4:
        phones = ContactPoint.objects.filter(last4_hash=sealing.last4_hash(term.last4, sealing.PHONE))
        numbers = Identifier.objects.filter(last4_hash=sealing.last4_hash(term.last4, sealing.IDENTIFIER))
        return Q(**{f"{person}pk__in": phones.values_list(KEPT).union(numbers.values_list(KEPT))})
    where = Q(**{f"{person}name__icontains": term.name})
    if term.letters:
        where |= Q(**{f"{person}pinyin__contains": term.letters})
        where |= Q(**{f"{person}initials__startswith": term.letters})
    return where


def _last_seen_by(items: QuerySet[DueItem], staff_id: int | None) -> QuerySet[DueItem]:
    by_staff = Event.objects.filter(open_events(), person=OuterRef("person_id"), recorded_by__isnull=False)
    last = by_staff.order_by("-happened_on", "-pk").values("recorded_by")[:1]
    return items.alias(last_recorder=Subquery(last)).filter(last_recorder=staff_id) if staff_id else items.none()


# --- what a row shows -------------------------------------------------------------------------------------------------

_ITEM = tuple(name for name in Item.__slots__ if name != "status")


def _rows(person_ids: list[int], known: Q, chosen: Q, today: date) -> tuple[PersonRow, ...]:
    if not person_ids:
        return ()
    persons = {person["pk"]: person for person in _persons(person_ids)}
    items = _items_of(person_ids, known, chosen, today)
    values = last_values(person_ids, today)
    return tuple(_row(persons[one], tuple(items[one]), values.get(one)) for one in person_ids)


def _row(person: dict[str, Any], items: tuple[Item, ...], last_value: LastValue | None) -> PersonRow:
    return PersonRow(
        person_id=person["pk"],
        name=person["name"],
        sex=person["sex"],
        birth_date=person["birth_date"],
        masked_id=person["masked_id"] or "",
        masked_phone=person["masked_phone"] or "",
        street=person["street"] or "",
        street_en=person["street_en"] or person["street"] or "",
        items=items,
        last_value=last_value,
    )


def _persons(person_ids: list[int]) -> QuerySet[Person, Any]:
    numbers = Identifier.objects.filter(person=OuterRef("pk"), system=ID_CARD).order_by("pk")
    phones = ContactPoint.objects.filter(person=OuterRef("pk")).order_by("pk")
    return Person.objects.filter(pk__in=person_ids).values(
        "pk",
        "name",
        "sex",
        "birth_date",
        masked_id=Subquery(numbers.values("masked")[:1]),
        masked_phone=Subquery(phones.values("masked")[:1]),
        street=F("household__place__parent__name"),
        street_en=F("household__place__parent__name_en"),
    )


def _items_of(person_ids: list[int], known: Q, chosen: Q, today: date) -> dict[int, list[Item]]:
    """Everything open of these people, what was chosen first: it says why the row is where it is."""
    rows = (
        DueItem.objects.filter(known & _alive(today), person_id__in=person_ids)
        .annotate(fits=Case(When(chosen, then=True), default=False))
        .order_by("-fits", "-urgency", "due_on", "pk")
    )
    items: dict[int, list[Item]] = defaultdict(list)
    for row in rows.values(*_ITEM):
        items[row["person_id"]].append(_item(row, today))
    return items


def _item(row: dict[str, Any], today: date) -> Item:
    return Item(**row, status=status_by_dates(row["opens_on"], row["due_on"], row["closes_on"], today))


def open_of(viewer: Viewer, standard: str) -> QuerySet[DueItem]:
    """What one standard has open today of anybody within reach, as far as the viewer may know of it.

    Who is within reach is the caller's to say: he asks for these items of people whom `access` gave him.
    """
    team_ids = team_ids_for(viewer, None, SEE_RECORD)
    return DueItem.objects.filter(_known_to(viewer, team_ids) & _open(viewer.today), standard=standard)


def open_items(viewer: Viewer, person_ids: Iterable[int], standard: str) -> dict[int, tuple[Item, ...]]:
    """What one standard has open today for these people, most urgent first, as far as the viewer may know of it.

    Take the people from `access`. One query; people without any are missing.
    """
    rows = open_of(viewer, standard).filter(person_id__in=list(person_ids))
    items: dict[int, list[Item]] = defaultdict(list)
    for row in rows.order_by("-urgency", "due_on", "pk").values(*_ITEM):
        items[row["person_id"]].append(_item(row, viewer.today))
    return {person_id: tuple(found) for person_id, found in items.items()}


def last_values(
    person_ids: Iterable[int], today: date, shown_by: Sequence[Standard] | None = None
) -> dict[int, LastValue]:
    """For each person the latest reading of those that some standards show (without any named: all in force), with its
    companions of that event.

    One query; people without any are missing.
    """
    asked = list(person_ids)
    latest = (
        Observation.objects.filter(
            open_observations(),
            ~Exists(Observation.objects.filter(supersedes=OuterRef("pk"))),
            ~Exists(Event.objects.filter(supersedes=OuterRef("event"))),
            person__in=Person.objects.filter(Q(pk__in=asked) | Q(merged_into__in=asked)).values("pk"),
            code__in=_shown_codes(standards_in_force(today) if shown_by is None else shown_by),
            value__isnull=False,
            happened_on__lte=today,
        )
        .order_by("person_id", "code", "-happened_on", "-pk")
        .distinct("person_id", "code")
    )
    by_person: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    latest = latest.annotate(kept_id=KEPT)
    for row in latest.values("pk", "kept_id", "code", "value", "happened_on", "event_id", "event__mode"):
        by_person[row["kept_id"]].append(row)
    return {person_id: _together(rows) for person_id, rows in by_person.items()}


def _shown_codes(standards: Iterable[Standard]) -> list[str]:
    shown = (standard.last_value for standard in standards)
    return sorted({code for template in shown if template for code in template.placeholders})


def _together(rows: list[Mapping[str, Any]]) -> LastValue:
    last = max(rows, key=lambda row: (row["happened_on"], row["pk"]))
    same = [row for row in rows if (row["event_id"], row["happened_on"]) == (last["event_id"], last["happened_on"])]
    return LastValue(last["happened_on"], last["event__mode"] or "", {row["code"]: row["value"] for row in same})


# --- counts -----------------------------------------------------------------------------------------------------------


def team_counts(viewer: Viewer, team_id: int | None = None, permission: str = SEE_TEAM_NUMBERS) -> TeamCounts:
    """Today's counts of a team, or of all teams that the permission reaches. Three queries. Raises TeamNotFound."""
    today = viewer.today
    team_ids = team_ids_for(viewer, team_id, permission)
    members = _memberships(today, team_ids)
    people = (
        DueItem.objects.filter(
            _known_to(viewer, team_ids), _alive(today), Exists(members.filter(person=OuterRef("person_id")))
        )
        .values("person_id")
        .annotate(
            **{f"is_{status}": BoolOr(STATUSES[status](today)) for status in ("open", "danger", "overdue", "week")},
            is_two_weeks=BoolOr(STATUSES["two_weeks"](today)),
            soonest=Min("due_on", filter=STATUSES["two_weeks"](today)),
            longest=Min("due_on", filter=STATUSES["overdue"](today)),
        )
        .aggregate(
            open=Count("person_id", filter=Q(is_open=True)),
            danger=Count("person_id", filter=Q(is_danger=True)),
            overdue=Count("person_id", filter=Q(is_overdue=True)),
            week=Count("person_id", filter=Q(is_week=True)),
            two_weeks=Count("person_id", filter=Q(is_two_weeks=True)),
            soonest_two_weeks=Min("soonest"),
            overdue_since=Min("longest"),
        )
    )
    return TeamCounts(members=members.count(), done_today=_done_today(members, today), **people)


def _done_today(members: QuerySet[TeamMembership], today: date) -> int:
    """People for whom staff recorded something today, on whatever day it happened."""
    start = clock.start_of(today)
    return (
        Event.objects.annotate(kept_id=KEPT)
        .filter(
            open_events(),
            Exists(members.filter(person=OuterRef("kept_id"))),
            recorded_by__isnull=False,
            recorded_at__range=(start, start + timedelta(days=1)),
        )
        .values("kept_id")
        .distinct()
        .count()
    )


def open_by_standard(viewer: Viewer, team_id: int | None = None, permission: str = SEE_TEAM_NUMBERS) -> dict[str, int]:
    """People with something due or overdue today, by standard; one person may stand under several."""
    team_ids = team_ids_for(viewer, team_id, permission)
    members = _memberships(viewer.today, team_ids)
    rows = DueItem.objects.filter(
        _known_to(viewer, team_ids) & _open(viewer.today), Exists(members.filter(person=OuterRef("person_id")))
    ).values("standard")
    counted = rows.annotate(people=Count("person_id", distinct=True)).order_by("standard")
    return dict(counted.values_list("standard", "people"))


def overdue_by_team(viewer: Viewer, permission: str = SEE_TEAM_NUMBERS) -> list[tuple[Team, int, int]]:
    """Each team that the permission reaches, with its members and those of them who are overdue today."""
    today = viewer.today
    team_ids = team_ids_for(viewer, None, permission)
    known = _known_to(viewer, team_ids)
    late = DueItem.objects.filter(known & STATUSES["overdue"](today), person_id=OuterRef("person_id"))
    members = _memberships(today, team_ids).annotate(is_late=Exists(late))
    counted = members.values("team").annotate(people=Count("pk"), late=Count("pk", filter=Q(is_late=True)))
    by_team = {row["team"]: row for row in counted}
    teams = Team.objects.filter(pk__in=by_team).select_related("institution").order_by("code")
    return [(team, by_team[team.pk]["people"], by_team[team.pk]["late"]) for team in teams]


# --- one person, one run ----------------------------------------------------------------------------------------------


def due_for_person(person_id: int, today: date) -> tuple[Item, ...]:
    """All open items of a person, most urgent first, upcoming and sheltered ones too; for tests and commands."""
    rows = DueItem.objects.filter(_OPEN & _alive(today), person_id=person_id).order_by("-urgency", "due_on", "pk")
    return tuple(_item(row, today) for row in rows.values(*_ITEM))


def last_run() -> EvaluationRun | None:
    """The last evaluation of everybody that was finished."""
    return EvaluationRun.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
