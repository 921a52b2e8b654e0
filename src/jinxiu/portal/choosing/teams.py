"""Teams for everybody to read, without signing in: near me, one, two side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from jinxiu.people import clock
from jinxiu.people.asked import number_sent
from jinxiu.portal import access
from jinxiu.portal.choosing import queries
from jinxiu.portal.choosing.forms import FindForm
from jinxiu.portal.choosing.queries import Offered
from jinxiu.portal.pages import public_page, show

_ASKED = ("place", "institution", "name")


@require_safe
@public_page
def teams(request: HttpRequest) -> HttpResponse:
    """The teams near a place, of an institution, or by a name; two of them can be ticked and compared."""
    today = clock.today()
    form = FindForm(request.GET, today=today)
    number = max(1, number_sent(request.GET.get("page", "")) or 1)
    found = queries.page_of(form.asked, number, today)
    asked = {name: request.GET[name] for name in _ASKED if request.GET.get(name)}
    page = {
        "form": form,
        "is_asked": bool(asked),
        "teams": found.teams,
        "next_url": _address(asked | {"page": str(number + 1)}) if found.has_more else "",
        "previous_url": _address(asked | {"page": str(number - 1)}) if number > 1 else "",
    }
    return show(request, "portal/choosing/teams.html", None, page)


def _address(query: dict[str, str]) -> str:
    return f"{reverse('my-teams')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class For:
    """Somebody for whom the one who is signed in may choose a team."""

    name: str
    is_self: bool
    url: str


@require_safe
@public_page
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """All that a team says of itself, and the way to choose it."""
    found = queries.offered([team_id], clock.today())
    if not found:
        return show(request, "portal/choosing/no_team.html", None, {}, status=404)
    page = {
        "team": found[0],
        "choose_for": _choose_for(request, team_id),
        "sign_in_url": f"{reverse('my-sign-in')}?{urlencode({'next': request.path})}",
    }
    return show(request, "portal/choosing/team.html", None, page)


def _choose_for(request: HttpRequest, team_id: int) -> list[For]:
    resident = access.resident_of(request)
    visits = access.persons_for(resident) if resident is not None else []
    return [
        For(one.person.name, one.is_self, reverse("my-choose", args=[one.person.pk, team_id]))
        for one in visits
        if one.may_decide
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of two teams side by side, as lines."""

    words: str | Promise
    cells: tuple[tuple[str, ...], ...]


@require_safe
@public_page
def compare(request: HttpRequest) -> HttpResponse:
    """Two teams side by side, by an address that can be passed on: ?team=1&team=2."""
    sent = [number_sent(one) for one in request.GET.getlist("team")[:20]]
    wanted = list(dict.fromkeys(one for one in sent if one is not None))
    found = queries.offered(wanted, clock.today())[:2]
    page = {
        "teams": found,
        "rows": _rows(found) if len(found) == 2 else [],
        "choices": queries.team_choices(clock.today()),
        "chosen": [one.id for one in found] + [None] * (2 - len(found)),
        "is_more": len(wanted) > 2,
        "is_gone": len(found) < min(2, len(wanted)),
    }
    return show(request, "portal/choosing/compare.html", None, page)


# What two teams are compared by: the words, and a team's lines.
_COMPARED: tuple[tuple[Promise, Callable[[Offered], tuple[str, ...]]], ...] = (
    (_("Health centre"), lambda team: (team.institution,)),
    (_("Address"), lambda team: (team.address,)),
    (_("Hours"), lambda team: (team.hours,)),
    (_("Room for new people"), lambda team: (team.room_words, team.people)),
    (_("How people rate it"), lambda team: (team.rating,)),
    (_("Who works there"), lambda team: tuple(f"{one.role} {one.name}" for one in team.members)),
    (_("Good at"), lambda team: team.specialities),
    (_("Languages"), lambda team: team.languages),
    (_("Services"), lambda team: team.services),
    (_("At your home"), lambda team: team.at_home),
)


def _rows(found: list[Offered]) -> list[Row]:
    return [Row(words, tuple(tuple(filter(None, told(one))) for one in found)) for words, told in _COMPARED]
