"""An invitation by e-mail: the same one-time link as on the page, in both languages."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts import rules
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people.models import Staff

MAILED = define("account.invitation_mailed", _("%(actor)s sent the invitation of staff member %(staff)s to %(to)s."))
NOT_MAILED = define(
    "account.invitation_not_mailed", _("The invitation of staff member %(staff)s by %(actor)s to %(to)s was not sent.")
)
LANGUAGES = ("zh-hans", "en")  # the invited person's comes first

_log = logging.getLogger(__name__)


def is_set_up() -> bool:
    """Tell whether there is a mail server (JINXIU_SMTP)."""
    return bool(settings.JINXIU_MAIL)


def send_invitation(*, staff_id: int, link: str, to: str, actor: Actor) -> Promise | None:
    """Send the link; returns None, or the sentence that says why it did not go out.

    Call it when the invitation is committed: the link is valid then, whatever becomes of the mail. The trail keeps that
    and where it was sent, never the link.
    """
    staff = Staff.objects.select_related("user").get(pk=staff_id)
    detail = {"staff": staff_id, "to": to}
    try:
        _message(staff, link, to).send()
    except (OSError, ValueError) as error:
        # Not the text of the error: a server may quote what it was sent.
        _log.warning("An invitation was not sent: %s %s", type(error).__name__, getattr(error, "smtp_code", ""))
        audit.record(NOT_MAILED, actor=actor, detail=detail)
        return rules.why_not_sent(error)
    audit.record(MAILED, actor=actor, detail=detail)
    return None


def _message(staff: Staff, link: str, to: str) -> EmailMessage:
    subjects, bodies = [], []
    for language in LANGUAGES:
        with translation.override(language):
            subjects.append(gettext("Jinxiu: choose your password"))
            bodies.append(render_to_string("accounts/invitation.txt", {"staff": staff, "link": link}))
    return EmailMessage(" · ".join(subjects), "\n\n----\n\n".join(bodies), to=[to])
