"""What follows when a consent is taken back, said before."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_FOLLOWS: dict[str, Promise] = {
    "messages": _(
        "No reminders and no health information are sent any more. Codes, and what the agreement itself has to tell "
        "you, still come."
    ),
    "auto_renewal": _("The agreement ends on its last day, unless you sign a new one."),
}
_ANY = _("From now on nothing is done with it any more. What was done before stays right.")
ENDS_AGREEMENT = _(
    "Without this consent the team cannot work for you: to take it back is to end the agreement. The care that the law "
    "owes everybody goes on, and the record is kept as the law demands."
)


def follows(consent: str) -> str:
    """What follows when this consent is taken back."""
    return str(_FOLLOWS.get(consent, _ANY))


def at_least(months: int) -> str:
    """How long something is kept at least, in years where they are whole."""
    if months % 12:
        return gettext("at least %(months)s months") % {"months": months}
    return gettext("at least %(years)s years") % {"years": months // 12}
