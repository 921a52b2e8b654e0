"""Reads of institutions: which somebody may read, their teams, and which places and open ones a form offers."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from jinxiu.people.access import Viewer, may, open_on
from jinxiu.people.models import Institution, Place, Team
from jinxiu.people.roles import MANAGE_ORGANISATION
from jinxiu.people.wording import named


def open_institutions(day: date) -> QuerySet[Institution]:
    """The institutions that a form may offer on a day, by code."""
    return Institution.objects.filter(open_on(day)).order_by("code")


def to_read(viewer: Viewer) -> QuerySet[Institution]:
    """The institutions of the teams within the viewer's reach, with their open teams; all for who keeps them."""
    found = Institution.objects.all()
    if not may(viewer, MANAGE_ORGANISATION):
        reached = frozenset[int]().union(*viewer.reach.values())
        teams = Team.objects.filter(pk__in=reached)
        found = found.filter(Q(pk__in=viewer.institution_ids) | Q(pk__in=teams.values("institution")))
    teams = Team.objects.filter(open_on(viewer.today)).order_by("code")
    return found.select_related("place__parent").prefetch_related(Prefetch("teams", teams)).order_by("code")


def one_to_read(viewer: Viewer, institution_id: int) -> Institution:
    """An institution that the viewer may read. Raises Http404."""
    found = to_read(viewer).filter(pk=institution_id).first()
    if found is None:
        raise Http404
    return found


def teams_open_on(institution_id: int, day: date) -> QuerySet[Team]:
    """The teams of an institution that are open on a day or later, by code."""
    return Team.objects.filter(open_on(day), institution=institution_id).order_by("code")


def place_choices(kept: int | None = None) -> list[tuple[str, str]]:
    """The districts, streets and communities in force as (id, words), and the one that an institution has already."""
    rows = Place.objects.filter(Q(retired_on=None) | Q(pk=kept)).select_related("parent").order_by("code")
    return [(str(one.pk), words_of(one)) for one in rows]


def words_of(place: Place) -> str:
    """A place with the one above it: "Liuxiang Street · Community 3"."""
    return f"{named(place.parent)} · {named(place)}" if place.parent else named(place)
