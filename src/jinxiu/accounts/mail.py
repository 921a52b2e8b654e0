"""An invitation by e-mail: the same one-time link as on the page, in both languages."""

import logging
import smtplib
import ssl

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.accounts import queries
from jinxiu.accounts.queries import Member
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import clock

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
    member = queries.member(staff_id, clock.today())
    detail = {"staff": staff_id, "to": to}
    try:
        _message(member, link, to).send()
    except (OSError, ValueError) as error:
        # Not the text of the error: a server may quote what it was sent.
        _log.warning("An invitation was not sent: %s %s", type(error).__name__, getattr(error, "smtp_code", ""))
        audit.record(NOT_MAILED, actor=actor, detail=detail)
        return why_not_sent(error)
    audit.record(MAILED, actor=actor, detail=detail)
    return None


def _message(member: Member, link: str, to: str) -> EmailMessage:
    subjects, bodies = [], []
    for language in LANGUAGES:
        with translation.override(language):
            subjects.append(gettext("Jinxiu: choose your password"))
            bodies.append(render_to_string("accounts/invitation.txt", {"member": member, "link": link}))
    return EmailMessage(" · ".join(subjects), "\n\n----\n\n".join(bodies), to=[to])


_WHY_NOT_SENT: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Promise], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        _("The mail server did not accept our own name and password; tell whoever runs this installation."),
    ),
    (
        (smtplib.SMTPNotSupportedError, ssl.SSLError),
        _("There is no protected connection to the mail server; tell whoever runs this installation."),
    ),
    (
        (smtplib.SMTPRecipientsRefused, ValueError),
        _("The mail server does not take this address; compare it letter by letter."),
    ),
    (
        (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError),
        _("The mail server does not answer; try later, or tell whoever runs this installation."),
    ),
    (smtplib.SMTPException, _("The mail server refused the mail; tell whoever runs this installation.")),
    (OSError, _("The mail server does not answer; try later, or tell whoever runs this installation.")),
)


def why_not_sent(error: OSError | ValueError) -> Promise:
    """Say in a sentence why a mail did not go out; the error's own words stay inside, they may quote the mail."""
    return next(sentence for kinds, sentence in _WHY_NOT_SENT if isinstance(error, kinds))
