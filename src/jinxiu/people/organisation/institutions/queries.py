"""Reads of institutions: which somebody may read, their teams, which open ones and which places a form offers."""

import re
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


MOST_OFFERED = 20  # places; who means another one types more
_CODE = re.compile(r"\(([^()\s]+)\)$")


def places_like(text: str, kept: int | None = None) -> list[Place]:
    """The places in force that have every word of a typed text in their name, that of the place above, or at the
    beginning of their code; and the one that an institution has already. By code, not many."""
    places, words = _in_force(kept), text.replace("·", " ").split()
    for word in words:
        places = places.filter(
            Q(name__contains=word)
            | Q(name_en__icontains=word)
            | Q(code__startswith=word)
            | Q(parent__name__contains=word)
            | Q(parent__name_en__icontains=word)
        )
    return list(places[: MOST_OFFERED + 1]) if words else []


def places_meant(text: str, kept: int | None = None) -> list[Place]:
    """The places that a typed text may mean: one that was offered, those that it names in full, or all like it."""
    said = " ".join(text.split())
    if chosen := _CODE.search(said):
        return list(_in_force(kept).filter(code=chosen[1]))
    named_so = Q(name=said) | Q(name_en__iexact=said) | Q(code=said)
    return list(_in_force(kept).filter(named_so)[: MOST_OFFERED + 1]) or places_like(text, kept)


def _in_force(kept: int | None) -> QuerySet[Place]:
    return Place.objects.filter(Q(retired_on=None) | Q(pk=kept)).select_related("parent").order_by("code")


def offered(place: Place) -> str:
    """A place as a list offers it: "Liuxiang Street · Community 3 (140106001003)"; `places_meant` reads it."""
    return f"{words_of(place)} ({place.code})"


def words_of(place: Place) -> str:
    """A place with the one above it: "Liuxiang Street · Community 3"."""
    return f"{named(place.parent)} · {named(place)}" if place.parent else named(place)
