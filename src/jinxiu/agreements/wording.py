"""Words about agreements: states, reasons, roles, payers, and why something cannot be signed."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jinxiu.agreements import rules

STATES: dict[str, Promise] = {
    rules.DRAFT: pgettext_lazy("agreement", "draft"),
    rules.PENDING: pgettext_lazy("agreement", "waits for the team"),
    rules.ACTIVE: pgettext_lazy("agreement", "in force"),
    rules.EXPIRED: pgettext_lazy("agreement", "expired"),
    rules.RENEWED: pgettext_lazy("agreement", "renewed"),
    rules.TERMINATED: pgettext_lazy("agreement", "ended early"),
    rules.TRANSFERRED: pgettext_lazy("agreement", "transferred to another team"),
}
BEGINS_LATER = pgettext_lazy("agreement", "agreed, begins later")
PARTIES: dict[str, Promise] = {"resident": _("Resident"), "team": _("Team")}
LISTS: dict[str, Promise] = {
    "waiting": _("Waiting for the team"),
    "expiring": _("Ending soon"),
    "in_force": _("In force or agreed"),
    "ended": _("Over"),
}
TONES = {rules.PENDING: "amber", rules.ACTIVE: "jade", rules.TERMINATED: "plain"}
REASONS: dict[str, Promise] = {
    rules.SIGNED: pgettext_lazy("agreement", "signed"),
    rules.CONFIRMED: pgettext_lazy("agreement", "confirmed by the team"),
    rules.TERM_OVER: pgettext_lazy("agreement", "its time was over"),
    rules.TAKEN_BACK: pgettext_lazy("agreement", "the end was taken back"),
    rules.MOVED: pgettext_lazy("agreement", "moved away"),
    rules.NO_CONTACT: pgettext_lazy("agreement", "not reached for a year"),
    rules.REFUSED: pgettext_lazy("agreement", "refused the service for a year"),
    rules.OWN_WISH: pgettext_lazy("agreement", "the resident's own wish"),
    rules.OTHER: pgettext_lazy("agreement", "another reason"),
    rules.DIED: pgettext_lazy("agreement", "died"),
    rules.TEAM_DISSOLVED: pgettext_lazy("agreement", "the team was dissolved"),
    rules.MISTAKE: pgettext_lazy("agreement", "entered by mistake"),
    rules.DUPLICATE: pgettext_lazy("agreement", "a second record of the same person"),
    rules.NOT_ACCEPTED: pgettext_lazy("agreement", "the team does not accept"),
    rules.WITHDRAWN: pgettext_lazy("agreement", "withdrawn before it began"),
    rules.TEAM_CHANGED: pgettext_lazy("agreement", "the person's team changed"),
    rules.DOCTOR_CHANGED: pgettext_lazy("agreement", "the family doctor is another one"),
    rules.AS_AGREED: pgettext_lazy("agreement", "renewed without a new signature, as agreed"),
}
NATURES: dict[str, Promise] = {
    rules.NEW: pgettext_lazy("agreement", "new"),
    rules.RENEWAL: pgettext_lazy("agreement", "renewal"),
    rules.TRANSFER: pgettext_lazy("agreement", "taken over from another team"),
}
CHANNELS: dict[str, Promise] = {
    "site": pgettext_lazy("agreement", "at the centre"),
    "home": pgettext_lazy("agreement", "at home"),
    "app": pgettext_lazy("agreement", "by the resident's own pages"),
    "batch": pgettext_lazy("agreement", "many at once"),
    "import": pgettext_lazy("agreement", "from a file"),
}
SIGNERS: dict[str, Promise] = {
    rules.SELF: _("the person"),
    rules.GUARDIAN: _("a guardian"),
    rules.REPRESENTATIVE: _("who represents the household"),
}
METHODS: dict[str, Promise] = {
    rules.ELECTRONIC: _("here, electronically"),
    rules.PAPER: _("on paper"),
}
SIGNED: dict[str, Promise] = {  # how it was signed, at the centre or on the own pages
    rules.ELECTRONIC: _("electronically"),
    rules.PAPER: _("on paper"),
}
PAYERS: dict[str, Promise] = {
    "insurance": _("health-insurance fund"),
    "public_health": _("public-health money"),
    "resident": _("resident"),
}
GROUPS: dict[str, Promise] = {
    "child": _("children of 0 to 6"),
    "elderly": _("people of 65 and more"),
    "hypertension": _("people with hypertension"),
    "diabetes": _("people with type 2 diabetes"),
    "maternal": _("pregnant women and mothers"),
}
# Why an agreement cannot be signed, by the codes of `rules.why_not_sign`.
TROUBLES: dict[str, Promise] = {
    "dead": _("This person has died; nothing can be signed any more. If that is wrong, take it back first."),
    "left": _("This person has moved away; record first that they are back, then sign."),
    "child": _("Who is younger than 14 does not sign alone; choose a guardian as the one who signs."),
    "past": _("An agreement begins today or later; only one signed on paper may have begun before."),
    "paper_too_old": _("A paper agreement is entered within %(paper_days)s days of its beginning; sign a new one."),
    "too_far": _("Choose a first day within the next %(ahead_days)s days."),
    "years": _("Choose one of the lengths that are offered."),
    "package_ended": _("A package that was chosen is not offered any more; choose again."),
    "no_basic": _("The basic package belongs to every agreement; choose it, too."),
    "consent": _("Without the consent to health data the team cannot work; it belongs to every agreement."),
    "no_terms": _("There is no text to sign on this day; the operator installs one (JINXIU_PACKAGES)."),
    "signer": _("Write the name of who signs."),
    "relation": _("Say what the signer is to the person, for example mother."),
}
