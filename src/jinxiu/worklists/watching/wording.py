"""The lines of the first page of administrator and auditor, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from jinxiu.accounts.watching import queries as accounts
from jinxiu.audit.anchors import last_kept
from jinxiu.people.access import Viewer, may
from jinxiu.people.clock import SHANGHAI, true_now
from jinxiu.people.roles import MANAGE_ACCOUNTS, SEE_TRAIL
from jinxiu.worklists.models import EvaluationRun
from jinxiu.worklists.watching import queries

LATE = timedelta(hours=36)  # a thing of each night that is older was missed once
# As the rooms that write them call them in the trail.
FAILED, BACKED_UP, WHOLE, BROKEN = "account.sign_in_failed", "backup.made", "trail.verified", "trail.broken"
UNDELIVERED = "message.failed"
NUMBERS, EXPORTED, EXPORTED_WHOLE = "person.numbers_shown", "records.exported", "records.exported_with_numbers"
LISTED = "group.exported"
OPENED, RESTRICTED, DELETED = "person.opened_in_emergency", "person.restricted", "deletion.done"


@dataclass(frozen=True)
class Watched:
    """One line: words with a count or a time, the page behind it, and what is alarming about it ("": nothing)."""

    words: str
    url: str = ""
    alarm: str = ""


def lines_for(viewer: Viewer, run: EvaluationRun | None) -> list[Watched]:
    """The lines of the viewer's office; seven questions to the database at most, and none for other roles."""
    now = true_now()
    if may(viewer, MANAGE_ACCOUNTS):
        return _administrator(viewer, run, now)
    return _auditor(viewer, now) if may(viewer, SEE_TRAIL) else []


def _administrator(viewer: Viewer, run: EvaluationRun | None, now: datetime) -> list[Watched]:
    told = queries.told(now, FAILED, BACKED_UP, UNDELIVERED)
    bare, unused = accounts.without_second_step(viewer.today).count(), accounts.unused(now).count()
    waiting, expired = map(len, accounts.invitations(now))
    failed, undelivered = told[FAILED].in_a_day, told[UNDELIVERED].in_a_day
    return [
        Watched(
            _counted(
                ngettext(
                    "%(count)s account without the second step that its role needs",
                    "%(count)s accounts without the second step that their roles need",
                    bare,
                ),
                bare,
            ),
            _staff(accounts.BARE),
        ),
        Watched(
            _counted(ngettext("%(count)s invitation open", "%(count)s invitations open", waiting), waiting),
            _staff(accounts.WAITING),
        ),
        Watched(
            _counted(ngettext("%(count)s invitation expired", "%(count)s invitations expired", expired), expired),
            _staff(accounts.EXPIRED),
        ),
        Watched(
            _counted(
                ngettext("%(count)s account unused for 90 days", "%(count)s accounts unused for 90 days", unused),
                unused,
            ),
            _staff(accounts.QUIET),
        ),
        Watched(
            _counted(
                ngettext("%(count)s failed sign-in in 24 hours", "%(count)s failed sign-ins in 24 hours", failed),
                failed,
            )
        ),
        Watched(
            _counted(
                ngettext(
                    "%(count)s message could not be delivered in 24 hours",
                    "%(count)s messages could not be delivered in 24 hours",
                    undelivered,
                ),
                undelivered,
            ),
            f"{reverse('messages')}?state=failed",
            gettext("see why") if undelivered else "",
        ),
        nightly(gettext("Everybody last evaluated"), run.finished_at if run else None, now),
        nightly(gettext("Last backup"), told[BACKED_UP].last, now),
        _anchor(now),
    ]


def _auditor(viewer: Viewer, now: datetime) -> list[Watched]:
    told = queries.told(now, WHOLE, BROKEN, NUMBERS, EXPORTED, EXPORTED_WHOLE, LISTED, DELETED)
    waiting, late = queries.reviews(now)
    restricted = queries.restricted(now, viewer.today)
    counts = (
        (gettext("Emergency openings that wait for review"), waiting, OPENED),
        (gettext("Emergency openings whose review is late"), late, OPENED),
        (gettext("Whole numbers shown in 30 days"), told[NUMBERS].times, NUMBERS),
        (gettext("Exports of records in 30 days"), told[EXPORTED].times, EXPORTED),
        (gettext("Exports of groups in 30 days"), told[LISTED].times, LISTED),
        (gettext("Exports with whole numbers in 30 days"), told[EXPORTED_WHOLE].times, EXPORTED_WHOLE),
        (gettext("Deletions in 30 days"), told[DELETED].times, DELETED),
        (gettext("Restrictions in force"), restricted, RESTRICTED),
    )
    lines = [Watched(_line(label, f"{count:,}"), _trail(viewer, action)) for label, count, action in counts]
    return [_check(viewer, told), _anchor(now), *lines]


def _check(viewer: Viewer, told: dict[str, queries.Told]) -> Watched:
    label, whole, broken = gettext("Last check of the trail"), told[WHOLE].last, told[BROKEN].last
    if broken and (not whole or whole < broken):
        return Watched(_line(label, _at(broken)), _trail(viewer, BROKEN), gettext("not as it was closed"))
    if whole:
        return Watched(_line(label, _at(whole), gettext("whole")), _trail(viewer, WHOLE))
    return Watched(label, alarm=gettext("none for a month or ever"))


def _anchor(now: datetime) -> Watched:
    kept = last_kept(settings.JINXIU_ANCHORS)
    return nightly(gettext("Last anchor of the trail"), kept.at if kept else None, now)


def nightly(label: str, at: datetime | None, now: datetime) -> Watched:
    """A thing of each night with its last time; missed once, it is an alarm."""
    if at is None:
        return Watched(label, alarm=gettext("none for a month or ever"))
    if now - at > LATE:
        return Watched(_line(label, _at(at)), alarm=gettext("late"))
    return Watched(_line(label, _at(at)))


def _staff(kind: str) -> str:
    return f"{reverse('staff')}?{urlencode({'kind': kind})}"


def _trail(viewer: Viewer, action: str) -> str:
    since = viewer.today - queries.MONTH
    asked = {"since": since.isoformat(), "until": viewer.today.isoformat(), "action": action}
    return f"{reverse('trail')}?{urlencode(asked)}"


def _line(label: str, *values: str) -> str:
    text: str = gettext("%(label)s: %(value)s")
    return text % {"label": label, "value": gettext(", ").join(values)}


def _counted(words: str, count: int) -> str:
    return words % {"count": f"{count:,}"}


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
