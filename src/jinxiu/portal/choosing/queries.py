"""Reads of teams for everybody: what they say of themselves, who works there, how full they are; of residents nothing
but counts. And of the own agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language

from jinxiu.agreements import queries as agreements
from jinxiu.agreements import rules as states
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import Load
from jinxiu.people.access import in_force, open_on
from jinxiu.people.families import rules as families
from jinxiu.people.matching.queries import records_of, whose
from jinxiu.people.models import Institution, Place, Relationship, StaffAssignment, Team, TeamMembership
from jinxiu.people.organisation.offers import words_of
from jinxiu.people.roles import ROLES
from jinxiu.people.wording import named, told
from jinxiu.portal.access import Visit
from jinxiu.portal.choosing import rules, wording
from jinxiu.ratings.queries import summaries_of
from jinxiu.ratings.rules import Summary

_CARE = ("doctor", "nurse", "public_health_doctor")  # roles that a resident meets, in the order of the page


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a team as everybody may read: role, name, title (in Chinese alone)."""

    role: str
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A team as everybody may read of it. `has_neighbours`: it looks after people of the community asked for."""

    id: int
    name: str
    institution: str
    address: str
    hours: str
    phone: str  # the institution's where the team has none
    dial: str  # its digits alone
    introduction: str
    members: tuple[Member, ...]
    specialities: tuple[str, ...]
    languages: tuple[str, ...]
    services: tuple[str, ...]
    at_home: tuple[str, ...]
    load: Load
    rated: Summary
    has_neighbours: bool

    @property
    def room(self) -> str:
        """How full it is, a code of `rules.room_of`."""
        return rules.room_of(self.load.signed, self.load.cap)

    @property
    def room_words(self) -> str:
        """The same in words."""
        return str(wording.ROOM[self.room])

    @property
    def people(self) -> str:
        """How many people have signed, and how many should at most; empty without a doctor."""
        return wording.people_of(self.load.signed, self.load.cap)

    @property
    def rating(self) -> str:
        """What people think of it, with the number of answers; a sentence where few have said anything."""
        return wording.rating_of(self.rated)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which teams are looked for: of a street or a community, of an institution, by a name."""

    place_id: int | None = None
    institution_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the teams that were looked for, and whether more follow."""

    teams: tuple[Offered, ...]
    has_more: bool


def page_of(asked: Asked, number: int, today: date) -> Page:
    """The teams of a page (from 1), those that look after most people of the community first."""
    place = Place.objects.filter(pk=asked.place_id).first() if asked.place_id else None
    neighbours = _neighbours(place, today) if place is not None and place.kind == Place.Kind.COMMUNITY else {}
    ids = list(_found(asked, place, neighbours, today).values_list("pk", flat=True))
    ids.sort(key=lambda one: -neighbours.get(one, 0))  # by institution and code where they have as many
    first = rules.PER_PAGE * (number - 1)
    shown = ids[first : first + rules.PER_PAGE]
    return Page(tuple(offered(shown, today, frozenset(neighbours))), len(ids) > first + rules.PER_PAGE)


def _found(asked: Asked, place: Place | None, neighbours: Iterable[int], today: date) -> QuerySet[Team]:
    teams = _open_teams(today)
    if place is not None:
        teams = teams.filter(Q(institution__in=_institutions_near(place)) | Q(pk__in=list(neighbours)))
    elif asked.place_id is not None:
        teams = teams.none()
    if asked.institution_id is not None:
        teams = teams.filter(institution=asked.institution_id)
    for word in asked.name.split():
        staff = StaffAssignment.objects.filter(
            Q(staff__name__icontains=word) | Q(staff__name_en__icontains=word),
            in_force(today),
            role__in=_CARE,
            team__isnull=False,
        )
        own = Q(name__icontains=word) | Q(name_en__icontains=word)
        house = Q(institution__name__icontains=word) | Q(institution__name_en__icontains=word)
        teams = teams.filter(own | house | Q(pk__in=staff.values("team")))
    return teams.order_by("institution__code", "code")


def _open_teams(today: date) -> QuerySet[Team]:
    house = Q(institution__closed_on__isnull=True) | Q(institution__closed_on__gt=today)
    return Team.objects.filter(open_on(today), house)


def _institutions_near(place: Place) -> QuerySet[Institution]:
    """Those of a street and of its communities; of a community, those of its street."""
    street = place.parent_id if place.kind == Place.Kind.COMMUNITY else place.pk
    return Institution.objects.filter(Q(place=street) | Q(place__parent=street))


def _neighbours(community: Place, today: date) -> dict[int, int]:
    """The teams that look after people of a community, with how many; few are left out."""
    there = TeamMembership.objects.filter(in_force(today), person__household__place=community)
    counted = there.values("team").annotate(number=Count("pk")).filter(number__gte=rules.NEIGHBOURS)
    return dict(counted.values_list("team", "number"))


def offered(team_ids: Sequence[int], today: date, with_neighbours: frozenset[int] = frozenset()) -> list[Offered]:
    """Open teams in the order of their ids; one that is closed or that nobody knows is left out. Five queries."""
    found = {one.pk: one for one in _open_teams(today).filter(pk__in=team_ids).select_related("institution")}
    members = _members(found, today)
    loads, ratings = agreements.load_of(found, today), summaries_of(found, today)
    return [
        _offered(found[one], members[one], loads[one], ratings[one], has_neighbours=one in with_neighbours)
        for one in team_ids
        if one in found
    ]


def _members(team_ids: Iterable[int], today: date) -> dict[int, list[Member]]:
    english = (get_language() or "").startswith("en")
    rows = StaffAssignment.objects.filter(
        in_force(today), team__in=list(team_ids), role__in=_CARE, stands_in_for__isnull=True
    ).select_related("staff")
    members: dict[int, list[Member]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (_CARE.index(one.role), one.staff_id)):
        assert row.team_id is not None  # by the filter
        title = "" if english else row.staff.title
        members[row.team_id].append(Member(str(ROLES[row.role].label), named(row.staff), title))
    return members


def _offered(team: Team, members: Iterable[Member], load: Load, rated: Summary, *, has_neighbours: bool) -> Offered:
    phone = team.phone or team.institution.phone
    return Offered(
        id=team.pk,
        name=named(team),
        institution=named(team.institution),
        address=team.institution.address,
        hours=told(team.hours, team.hours_en) or told(team.institution.hours, team.institution.hours_en),
        phone=phone,
        dial="".join(filter(str.isdecimal, phone)),
        introduction=told(team.introduction, team.introduction_en),
        members=tuple(members),
        specialities=tuple(words_of("specialities", team.specialities)),
        languages=tuple(words_of("languages", team.languages)),
        services=tuple(words_of("services", team.services)),
        at_home=tuple(words_of("home_visit_items", team.home_visit_items)),
        load=load,
        rated=rated,
        has_neighbours=has_neighbours,
    )


def place_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every street in force with itself and its communities, for a form: (street, [(id, name)])."""
    kinds = (Place.Kind.STREET, Place.Kind.COMMUNITY)
    rows = Place.objects.filter(kind__in=kinds, retired_on=None).order_by("code")
    streets: dict[int, tuple[Place, list[Place]]] = {one.pk: (one, []) for one in rows if one.kind == kinds[0]}
    for one in rows:
        if one.parent_id in streets and one.kind == kinds[1]:
            streets[one.parent_id][1].append(one)
    return [
        (named(street), [(str(one.pk), named(one)) for one in (street, *communities)])
        for street, communities in streets.values()
    ]


def institution_choices(today: date) -> list[tuple[str, str]]:
    """The institutions that have an open team, for a form."""
    here = _open_teams(today).values("institution")
    return [(str(one.pk), named(one)) for one in Institution.objects.filter(pk__in=here).order_by("code")]


def team_choices(today: date) -> list[tuple[int, str]]:
    """Every open team with its institution, for a form."""
    teams = _open_teams(today).select_related("institution").order_by("institution__code", "code")
    return [(one.pk, f"{named(one)} · {named(one.institution)}") for one in teams]


# --- the own agreement ------------------------------------------------------------------------------------------------


def guardian_is(visit: Visit) -> str:
    """What the guardian who is signed in is to the person, as a code of people.families.wording.RELATIONS."""
    bonds = Relationship.objects.filter(
        whose(visit.person.pk), relative__in=records_of(visit.resident.person.pk), role=families.GUARDIAN
    ).select_related("relative")
    running = (one for one in bonds.order_by("pk") if families.is_running(one, visit.person, visit.today))
    return next((one.relation for one in running), "")


def earliest_start(person_id: int, today: date) -> date:
    """From which day a person can have a new agreement: today, or the day after one that ended today."""
    held = agreements.overlapping(person_id, today, date.max).order_by("-last_on").first()
    return held.last_on + timedelta(days=1) if held else today


OPEN, SIGNED = "open", "signed"


def renewal_of(agreement: Agreement, today: date) -> str:
    """Where the renewal of an agreement stands: it can be signed today, or it is; empty while it is not its time."""
    terms = agreements.terms_on(today)
    if terms is None or not states.may_renew(agreement.state, agreement.last_on, today, terms.renew_days):
        return ""
    return SIGNED if agreements.follower_of(agreement) else OPEN


def lapsed(person_id: int, today: date) -> Agreement | None:
    """The agreement that ended of itself a short while ago and can still be renewed; None where there is none."""
    held = (one for one in agreements.agreements_of(person_id) if one.has_begun)
    last = next(held, None)
    return last if last and last.state == states.EXPIRED and renewal_of(last, today) == OPEN else None


def signed_today(person_id: int, today: date, *, but: UUID) -> int:
    """How many agreements of a person were signed today by the own pages, one form's left out."""
    signed = Agreement.objects.filter(whose(person_id), channel=states.OWN_PAGES, signed_on=today).exclude(token=but)
    return signed.count()
