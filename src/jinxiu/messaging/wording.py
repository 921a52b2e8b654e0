"""Words for codes of the log."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: Mapping[str, Promise] = {"sms": _("SMS"), "email": _("e-mail"), "inbox": _("inbox page")}

REASONS: Mapping[str, Promise] = {
    "person_dead": _("The person has died; nothing is sent any more."),
    "restricted": _("The use of the person's data is restricted."),
    "expired": _("It came too late to be of use."),
    "no_address": _("There is no number or address that a channel reaches."),
    "no_channel": _("No channel is set up: JINXIU_SMS_URL or JINXIU_SMTP."),
    "synthetic": _("The person is invented; messages to invented people go to the inbox page only."),
    "refused": _("The provider does not take this number or this message."),
    "busy": _("The provider had no time, or a fault."),
    "unreachable": _("The provider could not be reached."),
    "fault": _("A fault of ours; the log of faults says which."),
}


def reason_words(code: str) -> str:
    """Why a message did not go out; a code of another version stands for itself."""
    return str(REASONS.get(code, code))
