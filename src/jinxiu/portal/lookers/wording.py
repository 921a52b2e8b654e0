"""What was special about a look, in plain words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.emergency.queries import REASONS
from jinxiu.people.access import NUMBERS_SHOWN, OPENED_IN_EMERGENCY, SHELTER_OPENED

NOTES: dict[str, Promise] = {
    OPENED_IN_EMERGENCY.code: _("in an emergency, from another team"),
    NUMBERS_SHOWN.code: _("saw the whole phone and document numbers"),
    SHELTER_OPENED.code: _("opened what is under special protection"),
}
_REVIEWS: dict[bool | None, Promise] = {
    True: _("%(reason)s; looked at afterwards: it was right"),
    False: _("%(reason)s; looked at afterwards: it was not right"),
    None: _("%(reason)s; nobody has looked at it afterwards yet"),
}


def emergency(reason: str, was_right: bool | None) -> str:
    """Why a record was opened in an emergency, and what the review found (None: not reviewed yet)."""
    return str(_REVIEWS[was_right]) % {"reason": dict(REASONS).get(reason, reason)}
