"""Why an agreement was left out of a run of renewals, in words, in the order in which they are shown."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

REASONS: dict[str, Promise] = {
    "not_agreed": pgettext_lazy("renewal", "has not agreed to renewal without a new signature"),
    "renewed": pgettext_lazy("renewal", "renewed already"),
    "other": pgettext_lazy("renewal", "has another agreement for that time"),
    "dearer": pgettext_lazy("renewal", "would pay more than was agreed"),
    "grown": pgettext_lazy("renewal", "is 14 now and signs without the guardian"),
    "signer": pgettext_lazy("renewal", "it is not written down who signed for the person"),
    "child": pgettext_lazy("renewal", "is younger than 14, and no guardian had signed"),
    "dead": pgettext_lazy("renewal", "has died"),
    "left": pgettext_lazy("renewal", "has moved away"),
    "restricted": pgettext_lazy("renewal", "the use of the data is restricted"),
    "team_closed": pgettext_lazy("renewal", "the team is closed"),
    "ended": pgettext_lazy("renewal", "has ended meanwhile"),
    "no_basic": pgettext_lazy("renewal", "the basic package is not offered any more"),
    "consent": pgettext_lazy("renewal", "a consent that is needed is missing"),
    "too_far": pgettext_lazy("renewal", "it is too early to renew"),
    "years": pgettext_lazy("renewal", "one year is not offered"),
}
