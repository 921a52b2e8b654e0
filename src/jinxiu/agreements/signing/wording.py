"""Words of signing many: why somebody cannot be signed now, and what to do instead."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements.signing import rules
from jinxiu.agreements.wording import TROUBLES

HINDERED: dict[str, Promise] = {
    rules.DEAD: TROUBLES["dead"],
    rules.LEFT: TROUBLES["left"],
    rules.NO_GUARDIAN: _(
        "A child under 14 is signed by a guardian, and none is entered. Enter the guardian first, or let father or "
        "mother sign for the household."
    ),
    rules.WAITS: _("Signed already (%(signed)s, %(by)s): number %(number)s waits for %(team)s."),
    rules.RENEW: _("Has an agreement with %(team)s to %(last)s; renew it instead."),
    rules.TRANSFER: _("Has an agreement with %(team)s to %(last)s; transfer it instead, or leave it as it is."),
    rules.HAS_ONE: _("Has an agreement with %(team)s to %(last)s; nothing is left to sign."),
    rules.BEGINS_LATER: _("Has an agreement with %(team)s that begins on %(first)s; nothing is left to sign."),
    rules.ENDED: _("An agreement with %(team)s ended only on %(last)s; choose a first day after it."),
}
ANOTHER_CLERK = _("Nothing was signed now.")
CHANGED = _(
    "What is signed here has changed since the page was opened (packages, setup or the person's data). Nothing was "
    "signed; look at it again."
)

NOBODY_OF_HOUSEHOLD = _("%(name)s: %(why)s Nobody of the household is signed.")
NOT_OF_HOUSEHOLD = _("does not live in this household any more.")
NO_GUARDIAN_HERE = _(
    "a child under 14 is signed by father, mother, or who is entered as the guardian; enter the guardian first."
)
NO_RELATION = _("say what the representative is to this member.")
NOBODY_TICKED = _("Tick at least one member who signs.")
NO_REPRESENTATIVE = _("Whoever signs for the household lives in it and is 18 or older; choose another member.")
