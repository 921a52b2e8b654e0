"""What watching leaves behind: whoever reads the trail stands in it."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM, Actor
from jinxiu.audit.queries import Wanted
from jinxiu.audit.sentences import define, define_purpose
from jinxiu.people.access import Viewer

SEARCHED = define("trail.searched", _("%(actor)s searched the trail from %(since)s to %(until)s."))
EXPORTED = define(
    "trail.exported",
    _("%(actor)s exported %(lines)s lines of the trail from %(since)s to %(until)s; the reason: %(reason)s."),
)

VERIFIED = define("trail.verified", _("%(actor)s checked the trail: %(lines)s closed lines are whole."))
BROKEN = define("trail.broken", _("%(actor)s checked the trail: %(findings)s places are not as they were closed."))
BACKED_UP = define("backup.made", _("%(actor)s wrote a backup of %(rows)s rows."))

COPIED = define(
    "person.copied", _("%(actor)s gave out a copy of all data of %(person)s (%(purpose)s); the reason: %(reason)s.")
)
COPY = define_purpose("copy", _("a copy of all data"))
PRINTED = define("people.printed", _("%(actor)s printed %(people)s people out of the database with %(command)s."))
EXPLAINED = define("person.explained", _("%(actor)s printed what is due for %(person)s and why (%(purpose)s)."))
COMMAND = define_purpose("command", _("a command of the operator"))


def note_search(*, viewer: Viewer, wanted: Wanted) -> None:
    """Write that the trail was searched, and for what."""
    audit.record(SEARCHED, actor=viewer.actor, person_id=wanted.person_id, detail=_asked(wanted))


def note_export(*, viewer: Viewer, wanted: Wanted, lines: int, reason: str) -> None:
    """Write that lines of the trail left the system, how many and why."""
    detail = {**_asked(wanted), "lines": lines, "reason": reason}
    audit.record(EXPORTED, actor=viewer.actor, person_id=wanted.person_id, detail=detail)


def note_check(*, lines: int, findings: int, anchors: int) -> None:
    """Write that the chain was checked against so many anchors, and what was found."""
    action = BROKEN if findings else VERIFIED
    audit.record(action, actor=SYSTEM, detail={"lines": lines, "findings": findings, "anchors": anchors})


def note_backup(*, rows: int, tables: int) -> None:
    """Write that all data left in a backup; the line itself is not in that backup."""
    audit.record(BACKED_UP, actor=SYSTEM, detail={"rows": rows, "tables": tables})


def note_copy(*, actor: Actor, person_id: int, reason: str) -> None:
    """Write that a copy of all that is kept of a person was given out, and why."""
    audit.record(COPIED, actor=actor, person_id=person_id, purpose=COPY, detail={"reason": reason})


def note_printed(*, actor: Actor, command: str, people: int) -> None:
    """Write that a command printed people out of the database, how many; `command` with its options."""
    audit.record(PRINTED, actor=actor, detail={"command": command, "people": people})


def note_explained(*, actor: Actor, person_id: int) -> None:
    """Write that a command printed the verdicts on one person, with the facts behind them."""
    audit.record(EXPLAINED, actor=actor, person_id=person_id, purpose=COMMAND)


def _asked(wanted: Wanted) -> dict[str, str]:
    asked = {
        "since": wanted.since.date().isoformat(),
        "until": (wanted.until - timedelta(days=1)).date().isoformat(),  # the last day inside
        "of": wanted.actor,
        "what": wanted.action,
        "why": wanted.purpose,
    }
    return {name: value for name, value in asked.items() if value}
