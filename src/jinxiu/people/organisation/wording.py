"""Words about teams, standing in and qualifications."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TEAMS = _("Teams")
KINDS: dict[str, Promise] = {
    "physician": _("licensed physician"),
    "assistant_physician": _("licensed assistant physician"),
    "rural_doctor": _("rural doctor"),
    "tcm_physician": _("licensed physician of Chinese medicine"),
    "public_health_physician": _("licensed public-health physician"),
    "general_practice": _("training in general practice"),
    "nurse": _("licensed nurse"),
    "pharmacist": _("pharmacist"),
    "health_manager": _("health manager"),
}
VALIDITY: dict[str, Promise] = {
    "expired": _("expired"),
    "soon": _("expires within 60 days"),
    "valid": _("valid"),
}
# Why somebody cannot stand in: the field, and the sentence.
NOT_STANDING_IN: dict[str, tuple[str, Promise]] = {
    "closed": ("colleague", _("This team is closed; nobody works in it any more.")),
    "past": ("start_on", _("Standing in begins today or later; choose a later first day.")),
    "order": ("end_on", _("The last day cannot be before the first; choose a later day.")),
    "long": ("end_on", _("Standing in lasts one year at most; choose an earlier last day.")),
    "over": ("end_on", _("Days that are over stay as they were; choose yesterday, which ends it at once, or later.")),
    "begun": ("end_on", _("It has begun and is not called off any more; choose yesterday or today as the last day.")),
    "gone_then": ("end_on", _("The colleague does not have the role on the further days; choose an earlier last day.")),
    "gone": ("colleague", _("This colleague does not have the role on the first day; choose another day.")),
    "same": ("stand_in", _("Nobody stands in for themselves; choose somebody else.")),
    "self": ("stand_in", _("Nobody gives a role to themselves; ask another manager or the administrator.")),
    "already": ("stand_in", _("This role in this team is held already on some of these days; choose other days.")),
    "taken": ("colleague", _("Somebody stands in for this colleague on some of these days; choose other days.")),
    "unfit": (
        "stand_in",
        _(
            "Who stands in must have a role of the same kind in this institution on all these days: a doctor stands in "
            "for a doctor. Choose somebody else or other days."
        ),
    ),
}
WITHDRAWN_BEFORE = _("This qualification was withdrawn before; nothing was changed.")


def standing_in(names: Iterable[str]) -> str:
    """Say for whom somebody stands in today."""
    return gettext("standing in for %(names)s") % {"names": gettext(", ").join(names)}
