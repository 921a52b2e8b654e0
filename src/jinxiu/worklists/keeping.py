"""What waits for who keeps teams: qualifications, loads, standing in, emergency reviews; nothing that is not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import ngettext

from jinxiu.emergency.queries import to_review
from jinxiu.people.access import Viewer
from jinxiu.people.organisation import rules
from jinxiu.people.organisation.queries import ending_qualifications, loads, running_stand_ins, teams_to_read
from jinxiu.people.roles import MANAGE_TEAMS, REVIEW_EMERGENCIES
from jinxiu.people.wording import named

WEEK = timedelta(days=7)
MOST_LINKS = 3


@dataclass(frozen=True)
class Line:
    """One thing that waits: how many, and where (words, address)."""

    words: str
    links: tuple[tuple[str, str], ...]


def lines_for(viewer: Viewer) -> list[Line]:
    """What waits for the viewer, at most one line of a kind; six questions to the database, however many teams."""
    if MANAGE_TEAMS not in viewer.reach:
        return []
    teams = {team.pk: named(team) for team in teams_to_read(viewer).filter(pk__in=viewer.reach[MANAGE_TEAMS])}
    found = [_reviews(viewer), *_qualifications(viewer, teams), _loads(viewer, teams), *_stand_ins(viewer, teams)]
    return [line for line in found if line is not None]


def _reviews(viewer: Viewer) -> Line | None:
    waiting = to_review(viewer.reach.get(REVIEW_EMERGENCIES, frozenset()), viewer.staff_id).count()
    words = ngettext(
        "%(count)s emergency opening waits for review", "%(count)s emergency openings wait for review", waiting
    )
    return Line(_counted(words, waiting), ((_link_words(waiting), reverse("emergency-reviews")),)) if waiting else None


def _link_words(count: int) -> str:
    return ngettext("Review it", "Review them", count)


def _qualifications(viewer: Viewer, teams: dict[int, str]) -> list[Line | None]:
    by_validity: dict[str, list[tuple[int, int]]] = {rules.EXPIRED: [], rules.EXPIRES_SOON: []}
    for qualification, team, valid_to in ending_qualifications(teams, viewer.today):
        by_validity[rules.validity(valid_to, viewer.today)].append((qualification, team))
    expired, soon = by_validity[rules.EXPIRED], by_validity[rules.EXPIRES_SOON]
    return [
        _in_teams(
            ngettext("%(count)s qualification has expired", "%(count)s qualifications have expired", _number(expired)),
            expired,
            teams,
        ),
        _in_teams(
            ngettext(
                "%(count)s qualification expires within 60 days",
                "%(count)s qualifications expire within 60 days",
                _number(soon),
            ),
            soon,
            teams,
        ),
    ]


def _loads(viewer: Viewer, teams: dict[int, str]) -> Line | None:
    over = [(team, team) for team, load in loads(teams, viewer.today).items() if load.is_over]
    words = ngettext("%(count)s team is above its limit", "%(count)s teams are above their limit", len(over))
    return _in_teams(words, over, teams)


def _stand_ins(viewer: Viewer, teams: dict[int, str]) -> list[Line | None]:
    running = running_stand_ins(teams, viewer.today)
    now = [(pk, team) for pk, team, _end_on in running]
    ending = [(pk, team) for pk, team, end_on in running if end_on <= viewer.today + WEEK]
    return [
        _in_teams(ngettext("%(count)s stand-in today", "%(count)s stand-ins today", _number(now)), now, teams),
        _in_teams(
            ngettext("%(count)s stand-in ends within 7 days", "%(count)s stand-ins end within 7 days", _number(ending)),
            ending,
            teams,
        ),
    ]


def _number(found: Iterable[tuple[int, int]]) -> int:
    return len({one for one, _team in found})


def _counted(words: str, count: int) -> str:
    return words % {"count": f"{count:,}"}


def _in_teams(words: str, found: list[tuple[int, int]], teams: dict[int, str]) -> Line | None:
    """A line with the teams in which something was found (what, team); of many teams the list of all."""
    if not found:
        return None
    concerned = {team for _one, team in found}
    links = [(name, reverse("team", args=[pk])) for pk, name in teams.items() if pk in concerned]
    if len(links) > MOST_LINKS:
        more = len(links) - MOST_LINKS
        rest = ngettext("%(count)s more team", "%(count)s more teams", more)
        links = [*links[:MOST_LINKS], (_counted(rest, more), reverse("teams"))]
    return Line(_counted(words, _number(found)), tuple(links))
