"""What is seen on a board leaves a line in the trail: it lists people for whom nothing is to do, too."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people.access import Viewer

LISTED = define("group.people_listed", _("%(actor)s saw %(rows)s people of the group %(standard)s."))


@transaction.atomic
def note_people(*, viewer: Viewer, standard: str, people: Sequence[int]) -> None:
    """Write down whom somebody saw on a board."""
    detail = {"standard": standard, "rows": len(people), "people": [*people]}
    audit.record(LISTED, actor=viewer.actor, detail=detail)
