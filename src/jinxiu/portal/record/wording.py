"""The record in plain words: what values mean, what was done, where referrals stand."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from jinxiu.portal.record import rules
from jinxiu.standards.codes import installed

MEANINGS: dict[str, Promise] = {
    rules.DANGER: _(
        "This was dangerous. If nobody of the team has spoken with you about it, call today. With chest pain, no "
        "breath, a weak arm, a crooked mouth or confusion, call 120 at once."
    ),
    rules.HIGH: _("Above the target (below %(target)s). Please talk about it with the team."),
    rules.GOOD: _("On target (below %(target)s). Well done."),
    rules.UNKNOWN: _("No target is set here. The team tells you what it means for you."),
}
# What a contact was for, where the name of its kind is no everyday word.
_KINDS: dict[str, Promise] = {
    "followup.hypertension": pgettext_lazy("done", "blood pressure"),
    "followup.diabetes": pgettext_lazy("done", "blood sugar"),
    "exam.annual": pgettext_lazy("done", "the yearly examination"),
    "assessment.self_care": pgettext_lazy("done", "how everyday life is managed"),
    "screening.tcm_constitution": pgettext_lazy("done", "the TCM constitution"),
    "visit.newborn": pgettext_lazy("done", "mother and newborn at home"),
    "visit.child": pgettext_lazy("done", "the child's health check"),
    "visit.antenatal": pgettext_lazy("done", "the pregnancy"),
    "visit.postpartum": pgettext_lazy("done", "after the birth"),
    "check.postpartum_42d": pgettext_lazy("done", "six weeks after the birth"),
    "counselling.health": pgettext_lazy("done", "advice"),
    "prescription.reviewed": pgettext_lazy("done", "the long prescription"),
    "contact.call": pgettext_lazy("done", "how things are"),
    "home.answered_now": pgettext_lazy("done", "a dangerous value from home"),
    "home.answered_soon": pgettext_lazy("done", "a value from home"),
}
# These happen between two people; everything else is a fact, and nobody asks where it took place.
_CONTACTS = (
    *("followup.", "visit.", "check.", "exam.", "assessment.", "screening.", "counselling.", "service.", "contact."),
    *("prescription.", "evaluation.", "home.answered"),
)
_WITH: dict[str, Promise] = {
    "clinic": _("At the centre, %(who)s: %(what)s"),
    "home": _("Home visit by %(who)s: %(what)s"),
    "phone": _("Phone call by %(who)s: %(what)s"),
    "online": _("Online, %(who)s: %(what)s"),
}
_WITHOUT: dict[str, Promise] = {
    "clinic": _("At the centre: %(what)s"),
    "home": _("Home visit: %(what)s"),
    "phone": _("Phone call: %(what)s"),
    "online": _("Online: %(what)s"),
}


def what(kind: str) -> str:
    """A kind of event in everyday words."""
    return str(_KINDS.get(kind) or installed().name("events", kind, get_language() or ""))


def done(kind: str, mode: str, who: str) -> str:
    """What was done, in one sentence; `who` may be empty."""
    if not kind.startswith(_CONTACTS):
        return what(kind)
    sentence = (_WITH if who else _WITHOUT)[mode]
    return str(sentence) % {"who": who, "what": what(kind)}


def began(kind: str) -> str:
    """That a programme (or an agreement) began, in one sentence."""
    name = installed().name("enrolments", kind, get_language() or "")
    if kind in ("agreement", "long_prescription"):
        return gettext("Began: %(what)s") % {"what": name}
    return gettext("Taken into care: %(what)s") % {"what": name}


def staff(role: str, name: str) -> str:
    """Somebody of the staff, as people speak of them: "Nurse Zhao Min"."""
    return gettext("%(role)s %(name)s") % {"role": role, "name": name} if role else name
