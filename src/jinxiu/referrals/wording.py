"""Words about referrals: states, who, how soon, what waits."""

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from jinxiu.people.wording import named
from jinxiu.referrals import rules
from jinxiu.referrals.models import Referral, ReferralAnswer, ReferralStep

REFERRALS, NUMBERS = _("Referrals"), _("Numbers of referrals")
STATES: dict[str, Promise] = {
    rules.DRAFT: pgettext_lazy("referral", "draft"),
    rules.SENT: pgettext_lazy("referral", "sent"),
    rules.ACCEPTED: pgettext_lazy("referral", "accepted"),
    rules.BOOKED: pgettext_lazy("referral", "appointment booked"),
    rules.REFUSED: pgettext_lazy("referral", "not accepted"),
    rules.ARRIVED: pgettext_lazy("referral", "arrived"),
    rules.NOT_ARRIVED: pgettext_lazy("referral", "did not arrive"),
    rules.ANSWERED: pgettext_lazy("referral", "answered"),
    rules.RETURNED: pgettext_lazy("referral", "sent back to us"),
    rules.DECLINED: pgettext_lazy("referral", "return not accepted"),
    rules.TAKEN: pgettext_lazy("referral", "answer in the record"),
    rules.FOLLOWED: pgettext_lazy("referral", "followed up"),
    rules.CLOSED: pgettext_lazy("referral", "closed"),
    rules.CANCELLED: pgettext_lazy("referral", "cancelled"),
}
# What a button says that brings a referral into a state.
STEPS: dict[str, Promise] = {
    rules.ACCEPTED: _("The hospital accepts"),
    rules.BOOKED: _("An appointment is booked"),
    rules.REFUSED: _("The hospital does not accept"),
    rules.ARRIVED: _("The person has arrived"),
    rules.NOT_ARRIVED: _("The person did not arrive"),
    rules.DECLINED: _("We cannot take the person over"),
    rules.FOLLOWED: _("The person was followed up"),
    rules.CLOSED: _("Close the referral"),
    rules.CANCELLED: _("Cancel the referral"),
}
# What the centre does next, by the state.
_NEXT: dict[str, Promise] = {
    rules.DRAFT: _("a doctor reads and sends it"),
    rules.REFUSED: _("find another hospital, or close it"),
    rules.NOT_ARRIVED: _("call the person, or close it"),
    rules.ANSWERED: _("a doctor takes the answer into the record"),
    rules.RETURNED: _("a doctor reads it; see the person within a week"),
    rules.DECLINED: _("settle it with the hospital, or close it"),
    rules.TAKEN: _("follow the person up, then close it"),
    rules.FOLLOWED: _("close it"),
}
_ASK: dict[str, Promise] = {
    "arrival": _("ask whether the person arrived"),
    "result": _("ask the hospital for its answer"),
}
TONES = {rules.ROUTINE: "plain", rules.URGENT: "amber", rules.STAT: "red"}
_LATE = {"arrival": _("arrival not known for %(days)s days"), "result": _("result not known for %(days)s days")}


def late_words(referral: Referral, today: date) -> str:
    """What has waited too long and how long; empty when nothing has."""
    what = rules.late(referral.state, referral.sent_on, today)
    if not what or referral.sent_on is None:
        return ""
    return str(_LATE[what]) % {"days": (today - referral.sent_on).days}


def next_step(referral: Referral, today: date) -> str:
    """What the centre does next; empty while the hospital has its time, and after the end."""
    ask = _ASK.get(rules.late(referral.state, referral.sent_on, today))
    return str(_NEXT.get(referral.state) or ask or "")


def step_by(step: ReferralStep) -> str:
    """Who brought the referral into a state: a colleague, or somebody in the hospital as they gave their name."""
    return named(step.by) if step.by else gettext("%(author)s (hospital, by the code)") % {"author": step.author}


def answer_by(answer: ReferralAnswer) -> str:
    """Who answered: name, title, department."""
    return " · ".join(part for part in (answer.author, answer.title, answer.department) if part)


def place_of(referral: Referral) -> str:
    """Hospital, department and doctor in one line, as the letter has them from its sending on."""
    live = {"hospital": referral.hospital.name, "department": referral.department, "doctor": referral.doctor}
    names = referral.letter.get("place", live)
    return " · ".join(part for part in (names["hospital"], names["department"], names["doctor"]) if part)
