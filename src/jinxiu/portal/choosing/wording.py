"""Words about teams and the own agreement, as an old resident says them."""

from __future__ import annotations

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.portal.choosing import rules

ROOM: dict[str, Promise] = {
    rules.HAS_ROOM: _("Has room"),
    rules.NEARLY_FULL: _("Nearly full"),
    rules.FULL: _("Full: you can still choose it, but may have to wait longer"),
    rules.NO_DOCTOR: _("No family doctor here at present"),
}


def people_of(signed: int, cap: int) -> str:
    """How many people have signed with a team, and how many it should have at most; empty without a doctor."""
    if not cap:
        return ""
    return gettext("%(signed)s of %(cap)s people") % {
        "signed": formats.number_format(signed, force_grouping=True),
        "cap": formats.number_format(cap, force_grouping=True),
    }
