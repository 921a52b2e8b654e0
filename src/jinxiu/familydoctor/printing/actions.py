"""What was printed leaves a line in the trail: paper goes where no password reaches."""

from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people.access import Viewer

FORM_PRINTED = define("form.printed", _("%(actor)s made a PDF of a recorded form of %(person)s."))
YEAR_PRINTED = define("year.printed", _("%(actor)s made a PDF of the year %(year)s of %(person)s."))


def form_printed(*, viewer: Viewer, person_id: int, event_id: int) -> None:
    """Write down that a form was printed, and which."""
    audit.record(FORM_PRINTED, actor=viewer.actor, person_id=person_id, detail={"event": event_id})


def year_printed(*, viewer: Viewer, person_id: int, year: int) -> None:
    """Write down that a year's summary was printed, and of which year."""
    audit.record(YEAR_PRINTED, actor=viewer.actor, person_id=person_id, detail={"year": year})
