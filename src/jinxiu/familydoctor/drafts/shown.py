"""The unfinished forms of a member of staff, as the home page lists them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from jinxiu.familydoctor.drafts import queries, wording
from jinxiu.familydoctor.drafts.queries import Unfinished
from jinxiu.familydoctor.followups import visits
from jinxiu.people.access import Viewer, reads_sheltered
from jinxiu.worklists.unfinished import Line


def lines_for(viewer: Viewer) -> list[Line]:
    """The viewer's own unfinished forms, the one kept last in front."""
    return [_line(viewer, one) for one in queries.unfinished(viewer)]


def _line(viewer: Viewer, one: Unfinished) -> Line:
    """A form under special shelter neither names itself nor is in the address until the shelter is open."""
    at = wording.instant(one.kept_at)
    if wording.is_sheltered(one.form) and not reads_sheltered(viewer, one.person_id):
        return Line(one.name, gettext("A form"), at, reverse("person", args=[one.person_id]))
    return Line(one.name, wording.title(one.form), at, visits.address_of(one.person_id, one.form))
